/**
 * Pure: streams of frames, and messages of `switchboard.v1`, with random damage. The same seed gives the same bytes.
 *
 * @module
 */

import { closeFrame, concat, encodeFrame, OPCODE, textFrame } from "./frames.ts";
import { noise, randomSource } from "./noise.ts";

type Random = () => number;

/** Sizes at which the form of a length, or the buffer of a reader, changes. */
const SIZES = [0, 1, 2, 125, 126, 127, 1_024, 65_535, 65_536];
const MAX_FRAMES = 6;
const MAX_WOUNDS = 4;

/** What a managed client may send, and values that do not belong where they could end up. */
const MESSAGES = [
  '{"type":"$ping","data":{"a":[1,2,3]}}',
  '{"type":"$value","data":"text"}',
  '{"type":"$join","id":"j","room":"lobby"}',
  '{"type":"$credentials","id":2,"token":"t"}',
  '[{"type":"a","id":1},{"type":"b","data":[[],{}]},{"type":"$pong"}]',
  '{"type":"chat","id":"x","data":{"text":"hello \\u20ac","list":[1.5,-0,1e300,null,true]}}',
];
const SCRAPS = ["[", "{", '"', "\\", "null", '"type":', '"$hello"', "\u0000", "__proto__", ",", ":", "1e999", "\ud800"];

/** A stream of client frames, most of them correct, into which damage was done. */
export function mutatedFrames(seed: string): Uint8Array<ArrayBuffer> {
  const random = randomSource(seed);
  let bytes = concat(...times(1 + random() % MAX_FRAMES, () => anyFrame(random)));
  for (let wounds = 1 + random() % MAX_WOUNDS; wounds > 0; wounds--) bytes = wound(bytes, random);
  return bytes;
}

/** A text of a managed client into which damage was done. */
export function mutatedMessage(seed: string): string {
  const random = randomSource(seed);
  let text = pick(MESSAGES, random);
  for (let wounds = 1 + random() % MAX_WOUNDS; wounds > 0; wounds--) {
    const from = random() % (text.length + 1);
    const to = Math.min(text.length, from + random() % 8);
    const scrap = random() % 3 === 0 ? text.slice(from, to).repeat(2) : random() % 2 === 0 ? pick(SCRAPS, random) : "";
    text = text.slice(0, from) + scrap + text.slice(to);
  }
  return text;
}

function anyFrame(random: Random): Uint8Array {
  const payload = noise(String(random()), pick(SIZES, random));
  switch (random() % 8) {
    case 0:
      return closeFrame(1000 + random() % 5000, payload.subarray(0, random() % 124));
    case 1:
      return encodeFrame({ opcode: random() % 2 === 0 ? OPCODE.ping : OPCODE.pong, payload: payload.subarray(0, 125) });
    case 2:
      return encodeFrame({ opcode: random() % 3, payload, isFinal: random() % 2 === 0 });
    case 3:
      return encodeFrame({ opcode: OPCODE.binary, payload });
    default:
      return textFrame(payload.toHex());
  }
}

function wound(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const at = random() % (bytes.length + 1);
  const end = Math.min(bytes.length, at + random() % 16);
  switch (random() % 5) {
    case 0:
      return concat(bytes.subarray(0, at), bytes.subarray(end));
    case 1:
      return concat(bytes.subarray(0, at), noise(String(random()), random() % 16), bytes.subarray(at));
    case 2:
      return concat(bytes.subarray(0, end), bytes.subarray(at));
    default:
      if (at < bytes.length) bytes[at]! ^= 1 << random() % 8;
      return bytes;
  }
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[random() % items.length]!;
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}
