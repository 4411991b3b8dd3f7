import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { decodeTime } from "@std/ulid";
import { createMessage } from "../src/create_message.ts";

Deno.test("createMessage() gives a message an identifier that tells its time, and the time", () => {
  const message = createMessage("chat", { text: "hi" }, { now: 1_893_456_000_000 });

  assertEquals(message.type, "chat");
  assertEquals(message.data, { text: "hi" });
  assertEquals(message.timestamp, "2030-01-01T00:00:00.000Z");
  assertEquals(decodeTime(message.messageId), 1_893_456_000_000);
});

Deno.test("createMessage() takes the clock's time, and never the same identifier twice", () => {
  const before = Date.now();
  const [first, second] = [createMessage("a"), createMessage("a")];
  const after = Date.now();

  assertNotEquals(first.messageId, second.messageId);
  const at = Date.parse(first.timestamp);
  assert(before <= at && at <= after);
  assertEquals(decodeTime(first.messageId), at);
});

Deno.test("createMessage() takes an identifier that the application has already", () => {
  assertEquals(createMessage("a", 1, { id: "mine", now: 0 }).messageId, "mine");
});

Deno.test("createMessage() asks for no answer: what it makes has no id", () => {
  assertEquals(Object.keys(createMessage("a")), ["type", "data", "messageId", "timestamp"]);
  assertEquals(JSON.parse(JSON.stringify(createMessage("a", undefined, { now: 0, id: "x" }))), {
    type: "a",
    messageId: "x",
    timestamp: "1970-01-01T00:00:00.000Z",
  });
});

Deno.test("createMessage() refuses types of the protocol's, and what is no time", () => {
  assertThrows(() => createMessage("$ping"), TypeError, "protocol's");
  assertThrows(() => createMessage("a", 1, { now: NaN, id: "x" }), TypeError, `"now"`);
  for (const now of [Infinity, -1, 2 ** 48]) {
    assertThrows(() => createMessage("a", 1, { now, id: "x" }), RangeError, `"now"`);
  }
});
