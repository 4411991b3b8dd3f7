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
const MAX_MESSAGES = 8;
const MAX_MEMBERS = 6;

/** What a managed client may send, and values that do not belong where they could end up. */
const MESSAGES = [
  '{"type":"$ping","data":{"a":[1,2,3]}}',
  '{"type":"$value","data":"text"}',
  '{"type":"$join","id":"j","room":"lobby"}',
  '{"type":"$credentials","id":2,"token":"t"}',
  '{"type":"$leave","id":"l","room":"lobby"}',
  '{"type":"$cancel","id":"j"}',
  '{"type":"$ack","n":0}',
  '{"type":"$history","id":"h","room":"$all","since":{"epoch":"e","offset":1},"limit":5}',
  '{"type":"$join","id":"j","room":"lobby","since":{"epoch":"e","offset":1}}',
  '{"type":"$reply","id":1,"data":{"a":1}}',
  '{"type":"$error","id":1,"error":{"code":"x","message":"y","data":[]}}',
  '[{"type":"spread","id":1,"$timeoutMs":5,"data":{"__proto__":{"polluted":1}}},{"type":"throws","id":"x","data":0}]',
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

/** Types that mean something to a server with rooms, sign-in and handlers, and some that mean nothing. */
const TYPES = [
  ...["$join", "$leave", "$credentials", "$cancel", "$reply", "$error", "$ping", "$pong", "$value"],
  ...["$welcome", "$refused", "$left", "$advice", "$nothing", "$", ""],
  ...["$ack", "$history", "$history", "$skipped", "$joined"],
  ...["enter", "exit", "publish", "look", "mine", "say", "empty", "nest", "change_after"],
  ...["spread", "assign", "clone", "whole", "deadline", "refuses", "throws", "returns_bigint", "ask_me", "listens"],
  ...["__proto__", "constructor", "then", "reply", "error", "text", "binary", "ping", "nobody"],
];
/** Members that mean something in one of those, and some that mean nothing. */
const MEMBERS = [
  ...["id", "id", "room", "room", "data", "data", "token", "error", "code", "message", "type", "heartbeat", "features"],
  ...["$room", "$timeoutMs", "$x", "__proto__", "constructor", "then", "toJSON", "length"],
  ...["n", "since", "limit", "$ack", "$at", "$key", "$volatile", "offset", "epoch"],
];
/** Values as JSON: right ones, and others that may stand in their place. */
const VALUES = [
  ...["1", "-1", "0", "1.5", "1e400", "9007199254740993", "null", "true", '""', '"x"', "[]", "{}"],
  ...['"lobby"', '"private/other"', '"failing/throws"', '"hooks/throws"', '"hooks/rejects"', '"leaky/x"', '"$all"'],
  ...['{"epoch":"e","offset":1}', '{"epoch":"e","offset":-1}', '{"epoch":{},"offset":"1"}', '["lobby","$all"]'],
  ...['"__proto__"', '"a\\r\\nb"', '"\\ud800"', '"good"', '{"code":"x","message":"y"}', '{"code":1,"message":{}}'],
  ...['{"__proto__":{"polluted":1}}', '{"room":"lobby","text":"x"}', '{"from":"lobby","to":"x"}', '{"timeoutMs":60}'],
  ...[
    `"${"n".repeat(129)}"`,
    `"${"n".repeat(10_000)}"`,
    "[[[[[[[[[[[]]]]]]]]]]]",
    '{"then":{"then":1}}',
    '["x",1,null]',
  ],
];

/** Messages that are JSON and objects with a type, of whose other members any may be any. */
export function mutatedMembers(seed: string): string {
  const random = randomSource(seed);
  const messages = times(1 + random() % MAX_MESSAGES, () => {
    const members = times(random() % MAX_MEMBERS, () => `"${pick(MEMBERS, random)}":${pick(VALUES, random)}`);
    const id = random() % 2 === 0 ? [`"id":${random() % 3}`] : [];
    return `{${[`"type":${JSON.stringify(pick(TYPES, random))}`, ...id, ...members].join(",")}}`;
  });
  return messages.length === 1 ? messages[0]! : `[${messages.join(",")}]`;
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
