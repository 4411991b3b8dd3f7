/** Tests of the way back from what stands in a log to what was sent. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodeBinary, encodeManaged, encodePlain } from "../../src/protocol/codec.ts";
import type { Sendable } from "../../src/protocol/messages.ts";
import { withMembers } from "../../src/server/forms.ts";
import { messageOf, plainOf } from "../../src/server/logged_message.ts";

/** What is sent, and what comes back. */
const MESSAGES: readonly (readonly [sent: Sendable, back: unknown])[] = [
  [{ type: "a", data: 1, id: 2 }, { type: "a", data: 1, id: 2 }],
  ["text", "text"],
  ["", ""],
  ['{"type":"a"}', '{"type":"a"}'],
  [{ type: "text", data: "said" }, { type: "text", data: "said" }],
  [{ type: "binary", data: 1 }, { type: "binary", data: 1 }],
  [5, 5],
  [null, null],
  [[1, "2"], [1, "2"]],
  [{ no: "type" }, { no: "type" }],
  [{ type: 5 }, { type: 5 }],
  [{ type: "text", data: 1, $own: 2 }, { type: "text", data: 1, $own: 2 }],
  [new Date(0), "1970-01-01T00:00:00.000Z"],
];

Deno.test("messageOf() gives what was sent, or what JSON makes of it, without what the protocol added", async (t) => {
  const members = { $room: "tea", $at: 7, $key: "k" };
  for (const [sent, back] of MESSAGES) {
    await t.step(JSON.stringify(sent), () => {
      const read = messageOf(withMembers(encodeManaged(sent), members));

      assertEquals([read.message, { ...read.members }], [back, members] as unknown[]);
    });
  }
});

Deno.test("messageOf() gives bytes, and what stands in their header", () => {
  const { message, members } = messageOf(encodeBinary(Uint8Array.of(1, 2), { $at: 7 }));

  assertEquals([message, { ...members }], [Uint8Array.of(1, 2), { $at: 7 }]);
});

Deno.test("plainOf() makes what a plain peer would have got, of whatever was sent", () => {
  const members = fc.dictionary(fc.constantFrom("$a", "$at", "b", "data", "id", "room"), fc.jsonValue());
  const typed = fc.tuple(fc.constantFrom("a", "text", "binary", ""), members).map(([type, rest]) => ({
    type,
    ...rest,
  }));
  fc.assert(fc.property(fc.oneof(fc.jsonValue(), typed, fc.string()), (value) => {
    const sent = value as Sendable;
    let plain: unknown;
    try {
      plain = encodePlain(sent);
    } catch {
      return; // it cannot be sent
    }

    assertEquals(
      JSON.parse(jsonOf(plainOf(withMembers(encodeManaged(sent), { $room: "tea" })))),
      JSON.parse(jsonOf(plain)),
    );
  }));
});

/** A text that need not be JSON, as JSON. */
function jsonOf(text: unknown): string {
  try {
    JSON.parse(text as string);
    return text as string;
  } catch {
    return JSON.stringify(text);
  }
}
