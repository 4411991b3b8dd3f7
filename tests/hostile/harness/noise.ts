/**
 * Pure: bytes that look random and are the same for the same seed.
 *
 * @module
 */

/** Makes a source of whole numbers from 0 to 2^32 - 1: xorshift from the hash of the seed. */
export function randomSource(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const char of seed) state = Math.imul(state ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  state ||= 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>>= 0;
  };
}

/** So many bytes of noise. */
export function noise(seed: string, size: number): Uint8Array<ArrayBuffer> {
  const next = randomSource(seed);
  return Uint8Array.from({ length: size }, () => next() >>> 24);
}
