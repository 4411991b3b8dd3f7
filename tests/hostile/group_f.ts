/**
 * Group F of the hostile inputs: frames.
 *
 * On the native transport the runtime reads the frames. To what breaks RFC 6455 it answers with the end of the TCP connection
 * and no close frame. Frames that are not masked, lengths in a longer form than needed, long pongs and closes, and a new message
 * inside a fragmented one it lets pass.
 *
 * @module
 */

import { all, closed, dropped, ended, type Expectation, fact, factAtMost } from "./harness/expectations.ts";
import {
  announcing,
  binary,
  breaking,
  ending,
  type Expected,
  frame,
  large,
  lastPart,
  lawful,
  LEFT,
  LOST,
  part,
  pong,
  repeated,
  SILENT,
} from "./harness/frame_cases.ts";
import { answered, broken, endedLocally, heard, heardText, received } from "./harness/frame_expectations.ts";
import { closeFrame, concat, OPCODE, textFrame } from "./harness/frames.ts";
import { collect, type HostileCase } from "./harness/hostile_case.ts";
import { observed, playObserved, seen } from "./harness/observation.ts";
import { noise } from "./harness/noise.ts";

const MEBIBYTE = 1_048_576;
/** The default of `maxMessageBytes`. */
const LIMIT = MEBIBYTE;
/** The native transport's own limit for one frame. */
const NATIVE_FRAME_LIMIT = 64 * MEBIBYTE;

const { node: BROKEN } = broken(1002);
const PAYLOAD_125 = new Uint8Array(125).fill(0x70);
const PAYLOAD_126 = new Uint8Array(126).fill(0x70);
const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);
const EMPTY_PARTS = concat(part(OPCODE.text), repeated(9_999, part(OPCODE.continuation)));
const PINGS = repeated(Math.ceil(MEBIBYTE / 131), frame(OPCODE.ping, PAYLOAD_125));

/** A text that is echoed, whatever was wrong with its frame. */
function accepted(text: string): Expectation {
  return all(answered(text), heardText(text), LEFT);
}

/** What breaks the protocol and passes on the native transport. */
function passing(native: Expectation): Expected {
  return { native, node: BROKEN };
}

/** A length that no frame may have. */
function tooLong(code: number | readonly number[]): Expected {
  return { native: all(dropped(), LOST), node: all(closed(code), heard()) };
}

/** A close whose reason has so many bytes, of which the handler gets no more than RFC 6455 allows. */
function longReason(size: number): Expectation {
  const reason = "r".repeat(Math.min(size, 123));
  return all(closed(1000), heard(), endedLocally({ code: 1000, wasClean: true, reason }));
}

const BITS_AND_OPCODES: readonly HostileCase[] = [
  observed("F01", "text that is not masked", [textFrame("hello", { mask: null })], passing(accepted("hello"))),
  observed("F02", "mask of zeros", [textFrame("hello", { mask: [0, 0, 0, 0] })], accepted("hello")),
  ...[1, 2, 3, 4, 7].map((rsv, index) => breaking(`F0${3 + index}`, `RSV ${rsv}`, textFrame("hello", { rsv }))),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode, index) =>
    breaking(`F${String(8 + index).padStart(2, "0")}`, `opcode ${opcode}`, frame(opcode, "hello"))
  ),
];

const PINGS_AND_PONGS: readonly HostileCase[] = [
  lawful("F18", "ping of 125 bytes", [frame(OPCODE.ping, PAYLOAD_125)], answered(pong(PAYLOAD_125)), heard()),
  breaking("F19", "ping of 126 bytes", frame(OPCODE.ping, PAYLOAD_126)),
  breaking("F20", "ping in parts", part(OPCODE.ping, "p")),
  lawful("F21", "pong that nobody asked for", [frame(OPCODE.pong, "p")], answered(), heard()),
  observed("F22", "pong of 126 bytes", [frame(OPCODE.pong, PAYLOAD_126)], passing(all(answered(), heard(), LEFT))),
  observed(
    "F23",
    "pong of 70,000 bytes",
    [frame(OPCODE.pong, new Uint8Array(70_000))],
    passing(all(answered(), heard(), LEFT)),
  ),
  breaking("F24", "pong in parts", part(OPCODE.pong, "p")),
];

const PARTS: readonly HostileCase[] = [
  breaking("F25", "continuation of nothing", lastPart("hello")),
  breaking("F26", "continuation of nothing, to be continued", part(OPCODE.continuation, "hello")),
  breaking("F27", "whole text inside a text in parts", part(OPCODE.text, "a"), textFrame("b")),
  observed(
    "F28",
    "text in parts inside a text in parts",
    [part(OPCODE.text, "a"), part(OPCODE.text, "b"), lastPart("c")],
    passing(accepted("bc")),
  ),
  observed(
    "F29",
    "text in parts inside bytes in parts",
    [part(OPCODE.binary, "a"), part(OPCODE.text, "b"), lastPart("c")],
    passing(accepted("bc")),
  ),
  lawful(
    "F30",
    "ping between the parts of a text",
    [part(OPCODE.text, "a"), frame(OPCODE.ping, "p"), lastPart("b")],
    answered(pong("p"), "ab"),
    heardText("ab"),
  ),
  ending(
    "F31",
    "close between the parts of a text",
    [part(OPCODE.text, "a"), closeFrame(1000)],
    all(closed(1000), heard(), LEFT),
  ),
  lawful("F32a", "empty text", [textFrame("")], answered(""), heardText("")),
  lawful("F32b", "no bytes", [frame(OPCODE.binary)], answered(binary()), heard({ type: "binary", size: 0 })),
  lawful(
    "F33",
    "three empty parts",
    [part(OPCODE.text), part(OPCODE.continuation), lastPart()],
    answered(""),
    heardText(""),
  ),
  observed("F34a", "10,000 empty parts, then the end of the message", [EMPTY_PARTS, lastPart("late")], {
    native: accepted("late"),
    node: all(closed(1008), heard()),
  }),
  ending("F34b", "10,000 empty parts, then silence", [EMPTY_PARTS], {
    native: SILENT,
    node: all(closed(1008), heard()),
  }, {
    configuration: "short_deadlines",
    deadlineMs: 3_000,
  }),
  lawful(
    "F35",
    "each byte in a TCP segment of its own",
    Array.from(textFrame("slowly"), (byte) => new Uint8Array([byte])),
    answered("slowly"),
    heardText("slowly"),
  ),
  {
    id: "F36",
    title: "two messages that stick to the handshake",
    script: async (target) => {
      using peer = await target.connect();
      await peer.write(concat(target.handshake(), textFrame("one"), textFrame("two"), closeFrame(1000)));
      const head = await peer.nextResponse();
      return { head, ...await collect(peer), facts: await seen(target) };
    },
    expect: all(
      received("one", "two"),
      closed(1000),
      heard({ type: "text", size: 3, text: "one" }, { type: "text", size: 3, text: "two" }),
      LEFT,
    ),
  },
];

const LENGTHS: readonly HostileCase[] = [
  observed(
    "F37",
    "5 bytes with a length of 16 bits",
    [textFrame("hello", { lengthBits: 16 })],
    passing(accepted("hello")),
  ),
  observed(
    "F38",
    "5 bytes with a length of 64 bits",
    [textFrame("hello", { lengthBits: 64 })],
    passing(accepted("hello")),
  ),
  observed("F39", "length of 2^63", [announcing(2n ** 63n)], tooLong(1002)),
  observed("F40", "length of 2^64 - 1", [announcing(2n ** 64n - 1n)], tooLong([1002, 1009])),
  observed("F41", "length of 2^53", [announcing(2n ** 53n)], tooLong(1009)),
  observed("F42a", "length of 64 MiB, and not one byte of them", [announcing(NATIVE_FRAME_LIMIT)], tooLong(1009)),
  ending(
    "F42b",
    "length of the limit and 1, then so many bytes",
    [large(OPCODE.text, LIMIT + 1)],
    all(closed(1009), heard(), endedLocally({ code: 1009, wasClean: false })),
  ),
  ending("F43", "length of the limit, then silence", [announcing(LIMIT)], all(ended(), SILENT), {
    configuration: "short_deadlines",
    deadlineMs: 3_000,
  }),
  ending(
    "F44",
    "half a header, then FIN",
    [textFrame("hello").subarray(0, 1), (peer) => peer.finish()],
    all(dropped(), LOST),
  ),
  ending("F45", "half a payload, then RST", [textFrame("hello").subarray(0, 8), (peer) => peer.reset()], LOST),
];

const FOREIGN_BYTES: readonly HostileCase[] = [
  breaking("F46a", "256 bytes from 0 to 255 in place of frames", ALL_BYTES),
  lawful(
    "F46b",
    "256 bytes from 0 to 255 in a frame",
    [frame(OPCODE.binary, ALL_BYTES)],
    answered(binary(ALL_BYTES)),
    heard({ type: "binary", size: 256 }),
  ),
  ...["a", "b", "c", "d"].map((seed) =>
    breaking(`F47${seed}`, `1 KiB of noise in place of frames, seed "${seed}"`, noise(seed, 1_024))
  ),
  breaking("F48", "an HTTP request", new TextEncoder().encode("GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n")),
  breaking("F49", "a TLS hello", Uint8Array.fromHex(`16030100260100002203 03${"5a".repeat(32)}`.replace(" ", ""))),
];

const CLOSES: readonly HostileCase[] = [
  ending(
    "F50",
    "close without a code",
    [closeFrame()],
    all(closed(1005), heard(), endedLocally({ code: 1005, wasClean: true, reason: "" })),
  ),
  ending("F51", "close of 1 byte", [frame(OPCODE.close, "x")], broken(1002)),
  ending("F52", "close whose reason is not UTF-8", [closeFrame(1000, new Uint8Array([0x61, 0xff]))], broken(1007)),
  ending("F53", "close whose reason has 123 bytes", [closeFrame(1000, "r".repeat(123))], longReason(123)),
  ending("F54a", "close whose reason has 124 bytes", [closeFrame(1000, "r".repeat(124))], passing(longReason(124))),
  ending(
    "F54b",
    "close whose reason has a character across the 123rd byte",
    [closeFrame(1000, `${"r".repeat(122)}é`)],
    passing(longReason(122)),
  ),
  ending("F55", "close of 70,000 bytes", [closeFrame(1000, "r".repeat(69_998))], passing(longReason(69_998))),
  ending("F56", "two closes", [closeFrame(1000), closeFrame(1001)], all(closed(1000), heard(), LEFT)),
  ending("F57", "close, then text", [closeFrame(1000), textFrame("late")], all(closed(1000), heard(), LEFT)),
  {
    id: "F58",
    title: "close, then 1 MiB of pings, ten times",
    runsAlone: true,
    script: async (target) => {
      const before = target.server.residentBytes() ?? 0;
      const outcomes = [];
      for (let count = 0; count < 10; count++) {
        outcomes.push(await playObserved(target, [closeFrame(1000), PINGS], { isProbed: false }));
      }
      const last = outcomes.at(-1)!;
      await target.server.settle(1, { deadlineMs: 3_000 });
      const closes = target.events().filter(({ kind }) => kind === "close").length;
      return { ...last, facts: { ...last.facts, closes, grownBytes: (target.server.residentBytes() ?? 0) - before } };
    },
    expect: all(ended(), heard(), LEFT, fact("closes", 10), factAtMost("grownBytes", 8 * MEBIBYTE)),
  },
];

/** All frames. */
export const GROUP_F: readonly HostileCase[] = [
  ...BITS_AND_OPCODES,
  ...PINGS_AND_PONGS,
  ...PARTS,
  ...LENGTHS,
  ...FOREIGN_BYTES,
  ...CLOSES,
];
