import { assertEquals, assertThrows } from "@std/assert";
import { makeMessage } from "../../src/protocol/create_message.ts";

Deno.test("makeMessage() puts type, data, identifier and time together", () => {
  const message = makeMessage("chat", { text: "hi" }, "01JGFJJZ00Z5W1Z3Y8P9Q6XK7M", "2030-01-01T00:00:00.000Z");

  assertEquals(message, {
    type: "chat",
    data: { text: "hi" },
    messageId: "01JGFJJZ00Z5W1Z3Y8P9Q6XK7M",
    timestamp: "2030-01-01T00:00:00.000Z",
  });
});

Deno.test("makeMessage() refuses a type of the protocol's and one that is no string", () => {
  const time = "2030-01-01T00:00:00.000Z";

  assertThrows(() => makeMessage("$reply", 1, "id", time), TypeError, 'current value is "$reply"');
  assertThrows(() => makeMessage("$a\n", 1, "id", time), TypeError, 'current value is "$a\\u000a"');
  assertThrows(() => makeMessage(7 as unknown as string, 1, "id", time), TypeError, "current value is 7");
});
