import { assertEquals, assertInstanceOf } from "@std/assert";
import * as errors from "../src/errors.ts";

const cause = new Error("why");

/** One of each class, its code, and what it carries. */
const SAMPLES: readonly (readonly [error: errors.SwitchboardError, code: errors.ErrorCode, carries: object])[] = [
  [new errors.ConnectFailedError("text", { cause }), "connect_failed", { cause }],
  [new errors.ConnectTimeoutError("text", "welcome", 5), "connect_timeout", { stage: "welcome", timeoutMs: 5 }],
  [new errors.ConnectionClosedError("text", 1006, "gone"), "connection_closed", { closeCode: 1006, reason: "gone" }],
  [new errors.HandlerTimeoutError("text", 5), "handler_timeout", { timeoutMs: 5 }],
  [new errors.InboxFullError("text", "bytes", 5), "inbox_full", { bound: "bytes", limit: 5 }],
  [new errors.InvalidDataError("text", "incoming", "chat", [{ path: ["a", 1], message: "no" }]), "invalid_data", {
    direction: "incoming",
    type: "chat",
    issues: [{ path: ["a", 1], message: "no" }],
  }],
  [new errors.ListenFailedError("text", { cause }), "listen_failed", { cause }],
  [new errors.MessageError("forbidden", "text", 5), "message_error", { errorCode: "forbidden", data: 5 }],
  [new errors.NotInitializedError("text"), "not_initialized", {}],
  [new errors.OutboxFullError("text", "age", 5), "outbox_full", { bound: "age", limit: 5 }],
  [new errors.ProtocolError("text", 4400, { cause }), "protocol_error", { closeCode: 4400, cause }],
  [new errors.RefusedError("text", "full", 5), "refused", { refusal: "full", retryAfterMs: 5 }],
  [new errors.RemoteError("forbidden", "text", 5), "remote_error", { remoteCode: "forbidden", data: 5 }],
  [new errors.RequestTimeoutError("text", "chat", 5), "request_timeout", { type: "chat", timeoutMs: 5 }],
  [new errors.SubprotocolMissingError("text"), "subprotocol_missing", {}],
  [new errors.UnknownTypeError("text", "chat"), "unknown_type", { type: "chat" }],
  [new errors.UpgradeFailedError("text", { cause }), "upgrade_failed", { cause }],
];

Deno.test("there is a sample here of every class of errors", () => {
  const classes = Object.values(errors).filter((each) => each !== errors.SwitchboardError);

  assertEquals(classes.filter((each) => !SAMPLES.some(([error]) => error.constructor === each)), []);
});

for (const [error, code, carries] of SAMPLES) {
  Deno.test(`${error.constructor.name} has the code ${code}, its name, its text and what it carries`, () => {
    assertInstanceOf(error, Error);
    assertInstanceOf(error, errors.SwitchboardError);
    assertEquals([error.code, error.name, error.message], [code, error.constructor.name, "text"]);
    for (const [name, value] of Object.entries(carries)) {
      assertEquals((error as unknown as Record<string, unknown>)[name], value);
    }
  });
}

Deno.test("no two classes of errors have the same code", () => {
  assertEquals(new Set(SAMPLES.map(([error]) => error.code)).size, SAMPLES.length);
});

Deno.test("RefusedError has no time to ask again where the server told none", () => {
  assertEquals(new errors.RefusedError("text", "forbidden").retryAfterMs, undefined);
});
