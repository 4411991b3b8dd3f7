/**
 * Group M of the hostile inputs, seventh part: members and headers that are the protocol's, and bytes and text where the other is
 * expected (M30, M50 to M52).
 *
 * @module
 */

import { all, closed, fact } from "./harness/expectations.ts";
import { binary, frame, LEFT } from "./harness/frame_cases.ts";
import { answered, endedLocally, heard } from "./harness/frame_expectations.ts";
import { OPCODE, textFrame } from "./harness/frames.ts";
import { exchange, type HostileCase } from "./harness/hostile_case.ts";
import { observed, offerManaged } from "./harness/observation.ts";
import { FAULT, MANAGED, message, PLAIN } from "./harness/wording.ts";

const TYPED = { configuration: "typed" } as const;
const TYPED_MANAGED = { ...TYPED, isManaged: true } as const;

/** Members that begin with `$` are the protocol's for managed peers, and the application's own for plain ones. */
const RESERVED: readonly HostileCase[] = [
  observed(
    "M30rm",
    "members of the protocol beside a message, managed",
    [textFrame('{"type":"whole","id":1,"$room":"r","$timeoutMs":5,"$x":{"__proto__":1},"$":0,"a$":1}')],
    all(answered(MANAGED.reply(1, { type: "whole", id: 1, "a$": 1 })), heard({ type: "whole" }), LEFT),
    TYPED_MANAGED,
  ),
  observed(
    "M30rp",
    "members of the protocol beside a message, plain",
    [textFrame('{"type":"whole","id":1,"$room":"r"}')],
    all(answered(PLAIN.reply(1, { type: "whole", id: 1, "$room": "r" })), heard({ type: "whole" }), LEFT),
    TYPED,
  ),
  ...["0", "1e308", "1e400", "-1", '"5"', "null", "[]", "9007199254740993"].map((timeoutMs, index) =>
    observed(
      `M30s${"abcdefgh"[index]}`,
      `a deadline of ${timeoutMs} ms, managed`,
      [textFrame(`{"type":"deadline","id":1,"$timeoutMs":${timeoutMs}}`)],
      all(
        answered(MANAGED.reply(1, ["0", "1e308", "1e400", "9007199254740993"].includes(timeoutMs) ? "string" : null)),
        heard({ type: "deadline" }),
        LEFT,
      ),
      TYPED_MANAGED,
    )
  ),
];

/** A binary frame of a managed peer that breaks the protocol. */
function badHeader(id: string, title: string, bytes: readonly number[] | Uint8Array): HostileCase {
  return observed(
    id,
    `binary frame, ${title}, managed`,
    [frame(OPCODE.binary, Uint8Array.from(bytes))],
    all(closed(4400), heard(), endedLocally({ code: 4400, wasClean: false, hasError: true })),
    { isManaged: true },
  );
}

/** A header with this text, and its true length. */
function header(text: string, ...payload: readonly number[]): number[] {
  const bytes = new TextEncoder().encode(text);
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes, ...payload];
}

const LIES: readonly (readonly [string, readonly number[]])[] = [
  ["of no byte", []],
  ["of one byte", [0]],
  ["whose header is longer than the frame", [0xff, 0xff, 0x7b, 0x7d]],
  ["whose header is longer than the frame by one", [0, 3, 0x7b, 0x7d]],
  ["whose header is no JSON", header("{x}", 1)],
  ["whose header is an array", header("[]", 1)],
  ["whose header is null", header("null", 1)],
  ["whose header is a number", header("7", 1)],
  ["whose header is no UTF-8", [0, 2, 0xc0, 0x80, 1]],
  ["whose header is nested 30,000 deep and not closed", header("[".repeat(30_000))],
];

const BINARY: readonly HostileCase[] = [
  observed(
    "M50p",
    "bytes that nobody handles, plain",
    [frame(OPCODE.binary, Uint8Array.of(1, 2, 3))],
    all(answered(), heard(), LEFT),
    TYPED,
  ),
  observed(
    "M50m",
    "bytes that nobody handles, managed",
    [frame(OPCODE.binary, Uint8Array.of(0, 0, 1, 2, 3))],
    all(answered(...MANAGED.complaint(FAULT.unknownType)), heard(), LEFT),
    TYPED_MANAGED,
  ),
  ...LIES.map(([title, bytes], index) => badHeader(`M51${"abcdefghij"[index]}m`, title, bytes)),
  ...LIES.map(([title, bytes], index) => {
    const payload = Uint8Array.from(bytes);
    return observed(
      `M51${"abcdefghij"[index]}p`,
      `binary frame, ${title}, plain: it is the application's`,
      [frame(OPCODE.binary, payload)],
      all(answered(binary(payload)), heard({ type: "binary", size: payload.length }), LEFT),
    );
  }),
  observed(
    "M51km",
    "binary frame, whose header has members that nobody knows, managed",
    [
      frame(
        OPCODE.binary,
        Uint8Array.from(header('{"$room":"r","__proto__":{"polluted":1},"x":[]}', 7)),
      ),
    ],
    all(answered(binary(Uint8Array.of(0, 0, 7))), heard({ type: "binary", size: 1 }), LEFT),
    { isManaged: true },
  ),
  {
    id: "M51lm",
    title: "binary frame before the hello, managed",
    script: async (target) => {
      using peer = await offerManaged(target);
      const { frames, end } = await exchange(peer, frame(OPCODE.binary, Uint8Array.of(0, 0, 1)));
      return { frames, end, facts: { events: target.events().length } };
    },
    expect: all(closed(4400), fact("events", 0)),
  },
  // Without a contract a handler has to look itself at what it is given.
  ...['{"type":"binary","data":"no bytes"}', '{"type":"text","data":"a text"}'].flatMap((text, index) => {
    const { type, data } = JSON.parse(text) as { type: string; data: string };
    return [false, true].map((isManaged) =>
      observed(
        `M52${"ab"[index]}${isManaged ? "m" : "p"}`,
        `a message that calls itself ${type}, ${isManaged ? "managed" : "plain"}`,
        [textFrame(text)],
        all(
          answered(isManaged ? message("$value", { data }) : data),
          heard({ type, size: data.length, text: data }),
          LEFT,
        ),
        { isManaged },
      )
    );
  }),
];

/** All members, headers and kinds of data. */
export const GROUP_M_FRAMES: readonly HostileCase[] = [...RESERVED, ...BINARY];
