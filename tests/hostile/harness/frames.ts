/**
 * Pure: writes and reads WebSocket frames (RFC 6455, section 5), correct and deliberately wrong ones alike.
 *
 * Nothing is checked on the way out, because breaking the rules is what the callers want. What it is not: a connection.
 *
 * @module
 */

/** The opcodes that RFC 6455 defines; any other number from 0 to 15 may be sent just as well. */
export const OPCODE = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** The masking key of the examples in RFC 6455, so that what a test sends is the same bytes every time. */
const DEFAULT_MASK: MaskingKey = [0x37, 0xfa, 0x21, 0x3d];

/** Four bytes that every payload byte is combined with. */
export type MaskingKey = readonly [number, number, number, number];

/** A frame to write. What is left out is what a correct client would put there. */
export interface FrameOptions {
  /** 0 to 15. */
  opcode: number;
  /** Text is written as UTF-8. */
  payload?: Uint8Array | string;
  /** The FIN bit. */
  isFinal?: boolean;
  /** The three reserved bits as a number: 4 is RSV1, 2 is RSV2, 1 is RSV3. */
  rsv?: number;
  /** The masking key; `null` sends the frame unmasked, as only a server may. */
  mask?: MaskingKey | null;
  /** How many bits the length is written with; the shortest form when omitted. */
  lengthBits?: 7 | 16 | 64;
  /** The length to announce, whatever the payload is. */
  announcedLength?: number | bigint;
}

/** A frame that was read. */
export interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly rsv: number;
  readonly isMasked: boolean;
  /** Unmasked already. */
  readonly payload: Uint8Array;
}

/** Writes one frame. */
export function encodeFrame(options: FrameOptions): Uint8Array<ArrayBuffer> {
  const { opcode, isFinal = true, rsv = 0, mask = DEFAULT_MASK } = options;
  const payload = typeof options.payload === "string"
    ? new TextEncoder().encode(options.payload)
    : options.payload ?? new Uint8Array();
  const length = BigInt(options.announcedLength ?? payload.length);
  const header = [(isFinal ? 0x80 : 0) | (rsv << 4) | opcode, ...lengthBytes(length, options.lengthBits)];
  if (mask !== null) {
    header[1]! |= 0x80;
    header.push(...mask);
  }
  const frame = new Uint8Array(header.length + payload.length);
  frame.set(header);
  for (let index = 0; index < payload.length; index++) {
    frame[header.length + index] = payload[index]! ^ (mask === null ? 0 : mask[index % 4]!);
  }
  return frame;
}

/** Writes a text frame. */
export function textFrame(payload: Uint8Array | string, options: Partial<FrameOptions> = {}): Uint8Array<ArrayBuffer> {
  return encodeFrame({ opcode: OPCODE.text, payload, ...options });
}

/** Writes a close frame; without a code it is empty. */
export function closeFrame(code?: number, reason: Uint8Array | string = ""): Uint8Array<ArrayBuffer> {
  if (code === undefined) return encodeFrame({ opcode: OPCODE.close });
  const text = typeof reason === "string" ? new TextEncoder().encode(reason) : reason;
  return encodeFrame({ opcode: OPCODE.close, payload: concat(new Uint8Array([code >> 8, code & 0xff]), text) });
}

/** The code in a close frame; `1005` when it is empty, as RFC 6455, section 7.1.5 calls it. */
export function closeCodeOf(frame: Frame): number {
  return frame.payload.length < 2 ? 1005 : (frame.payload[0]! << 8) | frame.payload[1]!;
}

/** The reason in a close frame. */
export function closeReasonOf(frame: Frame): string {
  return new TextDecoder().decode(frame.payload.subarray(2));
}

/** The payload of a frame as text, with every character that was sent. */
export function textOf(frame: Frame): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(frame.payload);
}

/** Reads one frame from the front of `bytes`; `undefined` while it is not complete. */
export function decodeFrame(bytes: Uint8Array): { readonly frame: Frame; readonly size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isMasked = (bytes[1]! & 0x80) !== 0;
  let length = bytes[1]! & 0x7f;
  let offset = 2;
  if (length >= 126) {
    const width = length === 126 ? 2 : 8;
    if (bytes.length < offset + width) return undefined;
    length = width === 2 ? view.getUint16(offset) : Number(view.getBigUint64(offset));
    offset += width;
  }
  const mask = isMasked ? bytes.subarray(offset, offset + 4) : undefined;
  offset += isMasked ? 4 : 0;
  if (bytes.length < offset + length) return undefined;
  const payload = bytes.slice(offset, offset + length);
  if (mask !== undefined) { for (let i = 0; i < length; i++) payload[i]! ^= mask[i % 4]!; }
  const first = bytes[0]!;
  return {
    frame: { opcode: first & 0xf, isFinal: (first & 0x80) !== 0, rsv: (first >> 4) & 7, isMasked, payload },
    size: offset + length,
  };
}

/** Joins pieces of bytes into one. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

function lengthBytes(length: bigint, bits: FrameOptions["lengthBits"]): number[] {
  const form = bits ?? (length < 126n ? 7 : length < 65_536n ? 16 : 64);
  if (form === 7) return [Number(length & 0x7fn)];
  const bytes = Array.from(
    { length: form / 8 },
    (_, index) => Number((length >> BigInt(form - 8 - 8 * index)) & 0xffn),
  );
  return [form === 16 ? 126 : 127, ...bytes];
}
