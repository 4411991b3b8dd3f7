/**
 * Group U of the hostile inputs: text that is not UTF-8, and text that looks as if it were not.
 *
 * @module
 */

import { all } from "./harness/expectations.ts";
import { ending, lastPart, lawful, LEFT, part } from "./harness/frame_cases.ts";
import { answered, broken, heardText } from "./harness/frame_expectations.ts";
import { OPCODE, textFrame } from "./harness/frames.ts";
import type { HostileCase } from "./harness/hostile_case.ts";
import { observed } from "./harness/observation.ts";

/** Bytes between two letters, so that their place cannot help them. */
function wrong(id: string, title: string, ...bytes: readonly number[]): HostileCase {
  return observed(id, title, [textFrame(new Uint8Array([0x61, ...bytes, 0x62]))], broken(1007));
}

/** Text that must arrive as it is. */
function right(id: string, title: string, text: string): HostileCase {
  return lawful(id, title, [textFrame(text)], answered(text), heardText(text));
}

const EURO = new TextEncoder().encode("€");

/** All texts. */
export const GROUP_U: readonly HostileCase[] = [
  wrong("U01", "lone 0xFF", 0xff),
  wrong("U02", "NUL in two bytes", 0xc0, 0x80),
  wrong("U03", "NUL in three bytes", 0xe0, 0x80, 0x80),
  wrong("U04", "half of a surrogate pair", 0xed, 0xa0, 0x80),
  wrong("U05", "code point above U+10FFFF", 0xf4, 0x90, 0x80, 0x80),
  wrong("U06a", "character cut before a letter", ...EURO.subarray(0, 2)),
  observed("U06b", "character cut by the end of the message", [textFrame(EURO.subarray(0, 2))], broken(1007)),
  observed(
    "U07",
    "character cut by the end of the last part",
    [part(OPCODE.text, "ab"), lastPart(EURO.subarray(0, 2))],
    // The runtime keeps what may become a character for the next part, and forgets it when there is none.
    { native: all(answered("ab"), heardText("ab"), LEFT), node: broken(1007).node },
  ),
  lawful(
    "U08",
    "character over three parts",
    [
      part(OPCODE.text, EURO.subarray(0, 1)),
      part(OPCODE.continuation, EURO.subarray(1, 2)),
      lastPart(EURO.subarray(2)),
    ],
    answered("€"),
    heardText("€"),
  ),
  ending(
    "U09",
    "bad byte in the first part of a message that never ends",
    [part(OPCODE.text, new Uint8Array([0x61, 0xff]))],
    broken(1007),
  ),
  right("U10", "lone NUL", "\0"),
  right("U11", "byte order mark first", "\ufefftext"),
  right("U12", "non-characters", "\ufffe\uffff\u{1fffe}\u{10ffff}"),
];
