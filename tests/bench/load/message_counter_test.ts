/**
 * Tests of counting messages without reading them.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { MESSAGE } from "../workload.ts";
import { MessageCounter } from "./message_counter.ts";

const logged = (offset: number) => `${MESSAGE.slice(0, -1)},"$at":${offset}}`;
const LOGGED = logged(12);
const IN_ROOM = `${MESSAGE.slice(0, -1)},"$room":"room/1","$at":7}`;
const ACK = '{"type":"$ack","n":32}';

/** What is counted, or `undefined` where the frame has to be read as JSON. */
function counted(text: string): readonly [messages: number, counted: number] | undefined {
  const counter = new MessageCounter(MESSAGE);
  const payload = new TextEncoder().encode(`#${text}}#`);
  return counter.scan(payload, 1, 1 + text.length) ? [counter.messages, counter.counted] : undefined;
}

for (
  const { text, result } of [
    { text: MESSAGE, result: [1, 1] },
    { text: LOGGED, result: [1, 0] },
    { text: IN_ROOM, result: [1, 0] },
    { text: ACK, result: [0, 0] },
    { text: "[]", result: [0, 0] },
    { text: `[${MESSAGE}]`, result: [1, 1] },
    { text: `[${[LOGGED, ACK, MESSAGE, IN_ROOM, MESSAGE].join(",")}]`, result: [4, 2] },
    { text: `[${[7, 99, 100, 5, 1000, 1001].map(logged).join(",")}]`, result: [6, 0] },
    { text: `[${new Array(64).fill(LOGGED).join(",")}]`, result: [64, 0] },
  ] as const
) {
  Deno.test(`MessageCounter.scan() counts ${result.join(", ")} in ${text.slice(0, 200)}`, () => {
    assertEquals(counted(text), result);
  });
}

for (
  const text of [
    "",
    "[",
    "[[]]",
    `[${MESSAGE}`,
    `[${MESSAGE},]`,
    `[${MESSAGE}${MESSAGE}]`,
    `${MESSAGE},${MESSAGE}`,
    `${MESSAGE} `,
    MESSAGE.slice(0, -1),
    MESSAGE.slice(0, 20),
    `${MESSAGE.slice(0, -1)},"other":1}`,
    `[${MESSAGE},{"type":"$ping"}]`,
    '{"type":"$welcome","id":"1"}',
    '{"type":"other","data":"abcdefghijklmnopqrstuvwxyz0123456789ab"}',
    '{"data":1,"type":"message"}',
  ]
) {
  Deno.test(`MessageCounter.scan() knows nothing of ${text.slice(0, 100) || "nothing"} and ${text.length} bytes`, () => {
    assertEquals(counted(text), undefined);
  });
}

Deno.test("MessageCounter refuses a text that does not begin with its type", () => {
  assertThrows(() => new MessageCounter('{"data":1,"type":"message"}'), Error, "does not begin with its type");
});
