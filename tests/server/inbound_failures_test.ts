/** Tests of handlers that fail or do not settle: what their peer is told, and that nothing waits for ever. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { HandlerTimeoutError } from "../../src/errors.ts";
import { gate, NOTHING, Rig } from "./tools/rig.ts";

Deno.test("Inbound waits for a handler as long as handlerTimeoutMs, then goes on and tells", async () => {
  const rig = new Rig({
    handlerTimeoutMs: 1_000,
    handlers: { onMessage: (_conn, { data }) => data === "stuck" ? new Promise<void>(() => {}) : undefined },
  });
  const { socket, connection } = rig.peer();

  socket.receives("stuck");
  socket.receives("next");
  await rig.clock.advance(950);
  assertEquals(rig.told.length, 2);
  await rig.clock.advance(100);

  assertEquals([rig.told.length, connection.isOpen], [3, true]);
  assertInstanceOf(rig.errors[0], HandlerTimeoutError);
  assertEquals([rig.errors[0].code, rig.errors[0].timeoutMs], ["handler_timeout", 1_000]);
});

Deno.test("Inbound does not let a handler that never settles hold up onClose for ever", async () => {
  const rig = new Rig({ handlerTimeoutMs: 1_000, handlers: { onMessage: () => new Promise<void>(() => {}) } });
  const { socket } = rig.peer();

  socket.receives("stuck");
  socket.isClosed(1000);
  await rig.clock.advance(1_050);

  assertEquals([rig.told.at(-1), rig.left], ["close 1000", NOTHING]);
});

Deno.test("Inbound waits for ever where handlerTimeoutMs is 0, and lets no timer run for it", async () => {
  const rig = new Rig({ handlerTimeoutMs: 0, handlers: { onMessage: () => new Promise<void>(() => {}) } });
  const { socket } = rig.peer();

  socket.receives("stuck");
  await rig.clock.advance(3_600_000);

  assertEquals([rig.errors, rig.clock.pending], [[], 0]);
});

Deno.test("Inbound tells a peer that its message failed if the message had an id, and never why", async () => {
  const failures = [
    () => {
      throw new Error("secret");
    },
    () => Promise.reject(new Error("secret")),
  ];
  for (const onMessage of failures) {
    const rig = new Rig({ handlers: { onMessage } });
    const { socket } = rig.peer();
    const managed = rig.peer({ isManaged: true });
    const error = { code: "internal_error", message: "The server could not handle this message" };

    for (const id of [7, "x", "x".repeat(129), { no: 1 }, null, undefined]) {
      socket.receives({ type: "ask", id });
      await rig.settle();
    }
    managed.socket.receives({ type: "ask", id: 1 });
    await rig.settle();

    assertEquals(socket.messages, [{ type: "error", id: 7, error }, { type: "error", id: "x", error }]);
    assertEquals(managed.socket.messages.slice(1), [{ type: "$error", id: 1, error }]);
    assertEquals(rig.errorTexts, Array(7).fill("secret"));
  }
});

Deno.test("Inbound answers a message that missed its deadline once, also when the handler fails later", async () => {
  const late = gate();
  const rig = new Rig({ handlerTimeoutMs: 1_000, handlers: { onMessage: () => late.promise } });
  const { socket } = rig.peer();

  socket.receives({ type: "ask", id: 1 });
  await rig.clock.advance(1_050);
  assertEquals(socket.messages.length, 1);
  late.reject(new Error("late"));
  await rig.settle();

  assertEquals([socket.messages.length, rig.errors.length, rig.errorTexts[1]], [1, 2, "late"]);
});

Deno.test("Inbound does not wait for a message that looks like a promise", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();

  socket.receives({ type: "chat", then: "not a function", data: { then: 1 } });
  await rig.settle();

  assertEquals([rig.messages.length, connection.turn], [1, undefined]);
});
