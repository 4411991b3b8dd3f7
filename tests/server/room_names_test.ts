/** Tests of what may be the name of a room. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { RoomNames } from "../../src/server/room_names.ts";

const NAMES = [
  "a",
  "chat/42",
  "__proto__",
  "constructor",
  "*",
  ">",
  "a.b",
  " ",
  "\n",
  "a\r\nb",
  "\0",
  "\u001b[2J",
  "{id}",
  "a$",
  "é",
  "😀",
  "x".repeat(16),
  "😀".repeat(8),
];

const NO_NAMES = ["", "$", "$all", "\ud800", "a\udc00", "x".repeat(17), "😀".repeat(8) + "x", "x".repeat(1024 * 1024)];

const NO_STRINGS = [undefined, null, 0, 5, true, {}, [], ["a"], { toString: () => "a" }, Symbol("a")];

Deno.test("RoomNames.isName() takes every text of the right length, but names of the protocol and half characters", () => {
  const names = new RoomNames(16);

  assertEquals(NAMES.filter((name) => !names.isName(name)), []);
  assertEquals([...NO_NAMES, ...NO_STRINGS].filter((name) => names.isName(name)), []);
});

Deno.test("RoomNames.check() tells the application what a name must be, and shows no name", () => {
  const names = new RoomNames(16);

  for (const name of NAMES) names.check(name);
  for (const name of NO_NAMES) {
    const error = assertThrows(() => names.check(name), RangeError, "it must be a string of 1 to 16 characters");
    assert(error.message.length < 200 && error.message.isWellFormed());
  }
  for (const name of NO_STRINGS) assertThrows(() => names.check(name), TypeError, "current value is of the kind");
  assertThrows(() => names.check("$all"), RangeError, 'current value begins with "$"');
  assertThrows(() => names.check(""), RangeError, "current value has 0 characters");
});
