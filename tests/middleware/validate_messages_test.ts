/** Tests of the validation of messages: its defaults, what it refuses with which answer, what it cleans. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { MessageError } from "../../src/errors.ts";
import { validateMessages, type ValidateMessagesOptions } from "../../src/middleware/validate_messages.ts";
import type { WebSocketMessage } from "../../src/protocol/messages.ts";
import { FakeConnection, FakeHost } from "./tools/fake_host.ts";

/** The message as the handler gets it, or why it was refused. */
function validated(message: unknown, options?: ValidateMessagesOptions): unknown {
  const host = new FakeHost();
  host.use(validateMessages(options));
  try {
    return host.receive(new FakeConnection(), message as WebSocketMessage);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    assertEquals(error.errorCode, "invalid_message");
    return error.data;
  }
}

Deno.test("validateMessages() takes text, init and ping by default, and nothing else", () => {
  const types = ["text", "init", "ping", "chat", "binary", "TEXT", "__proto__", "constructor"];

  assertEquals(
    types.map((type) => validated({ type })),
    [...["text", "init", "ping"].map((type) => ({ type })), ...Array(5).fill({ reason: "type_not_allowed" })],
  );
});

Deno.test("validateMessages() takes 10,000 characters of message and 8,000 of content by default", () => {
  const rest = { type: "text", title: "x".repeat(1_900) };

  assertEquals(validated({ ...rest, content: "x".repeat(8_001) }), { reason: "content_too_long", limit: 8_000 });
  assertEquals(validated({ ...rest, content: "x".repeat(8_000) }) instanceof Object, true);
  assertEquals(validated({ ...rest, more: "x".repeat(8_500) }), { reason: "message_too_long", limit: 10_000 });
});

Deno.test("validateMessages() cleans control characters out of content by default", () => {
  assertEquals(validated({ type: "text", data: "a\0b" }), { type: "text", data: "ab" });
  assertEquals(validated({ type: "text", content: { a: ["\x1b[2J"] } }), { type: "text", content: { a: ["[2J"] } });
});

Deno.test("validateMessages() hands on the message itself when there is nothing to clean, or cleaning is off", () => {
  const clean = { type: "text", data: "a" };
  const dirty = { type: "text", data: "\0" };

  assertStrictEquals(validated(clean), clean);
  assertStrictEquals(validated(dirty, { enableSanitization: false }), dirty);
});

Deno.test("validateMessages() cleans by the function that it is given", () => {
  assertEquals(validated({ type: "text", data: " a " }, { sanitize: (text) => text.trim() }), {
    type: "text",
    data: "a",
  });
});

Deno.test("validateMessages() takes other types, or any", () => {
  const allowedTypes = ["chat"];

  assertEquals(validated({ type: "chat" }, { allowedTypes }), { type: "chat" });
  assertEquals(validated({ type: "text" }, { allowedTypes }), { reason: "type_not_allowed" });
  assertEquals(validated({ type: "whatever" }, { allowedTypes: "any" }), { type: "whatever" });
});

Deno.test("validateMessages() refuses what is nested too deep, and says nothing of what was sent", () => {
  const host = new FakeHost();
  host.use(validateMessages({ maxDepth: 2 }));
  const message = { type: "text", data: [["secret"]] } as unknown as WebSocketMessage;

  const error = assertThrows(() => host.receive(new FakeConnection(), message), MessageError);

  assertEquals([error.message, error.data], ["The message is nested too deep", { reason: "too_deep", limit: 2 }]);
});

Deno.test("validateMessages() lifts its limits with Infinity", () => {
  const message = { type: "text", data: "x".repeat(100_000) };
  const options = { maxMessageLength: Infinity, maxContentLength: Infinity };

  assertStrictEquals(validated(message, options), message);
});

for (
  const [options, kind, text] of [
    [{ maxMessageLength: 0 }, RangeError, '"maxMessageLength" must be a number of at least 1, or Infinity'],
    [{ maxContentLength: "8000" }, TypeError, '"maxContentLength"'],
    [{ maxDepth: 1_001 }, RangeError, '"maxDepth" must be a whole number from 1 to 1000'],
    [{ allowedTypes: "text" }, TypeError, '"allowedTypes" must be a list of types, or "any": current value is "text"'],
    [{ allowedTypes: [1] }, TypeError, '"allowedTypes" must hold strings: current value is 1'],
    [{ enableSanitization: 1 }, TypeError, '"enableSanitization" must be true or false'],
    [{ sanitize: true }, TypeError, '"sanitize" must be a function'],
    [{ allowTypes: [] }, TypeError, 'validateMessages has no option "allowTypes"'],
  ] as const
) {
  Deno.test(`validateMessages() refuses the options ${JSON.stringify(options)}`, () => {
    assertThrows(() => validateMessages(options as unknown as ValidateMessagesOptions), kind, text);
  });
}
