/**
 * Finds the frames that a server sent in what was read.
 *
 * This file is pure.
 *
 * @module
 */

/** Reads heads of frames; one object for all frames, so that nothing is made for each. */
export class FrameReader {
  /** What kind of frame it is. */
  opcode = 0;
  /** Where its payload begins. */
  from = 0;
  /** Where its payload ends, and the next frame begins. */
  to = 0;

  /**
   * Reads the frame that begins at `at`; `false` where it is not whole by `end`, which leaves the fields as they were
   * or with the place where it will end.
   *
   * @throws {Error} At a frame that is masked or a fragment: no server of the benchmark has a reason to send one.
   */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    if (end - at < 2) return false;
    const first = bytes[at]!;
    const short = bytes[at + 1]!;
    if ((first & 0xf0) !== 0x80 || (first & 0x0f) === 0) {
      throw new Error("A server sent a fragment, or a frame with reserved bits");
    }
    if (short > 127) throw new Error("A server sent a masked frame");
    let from = at + 2;
    let length = short;
    if (short === 126) {
      from = at + 4;
      if (end < from) return false;
      length = bytes[at + 2]! << 8 | bytes[at + 3]!;
    } else if (short === 127) {
      from = at + 10;
      if (end < from) return false;
      length = wide(bytes, at + 2) * 2 ** 32 + wide(bytes, at + 6);
    }
    this.opcode = first & 0x0f;
    this.from = from;
    this.to = from + length;
    return this.to <= end;
  }
}

/** 32 bits, most significant byte first. */
function wide(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}
