/** Tests of turns: what is given up while it runs or waits, how long things may take, and several handlers at once. */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { z } from "zod";
import { ConnectionClosedError, HandlerTimeoutError } from "../../src/errors.ts";
import { defineContract } from "../../src/protocol/contract.ts";
import type { ServerConnection } from "../../src/server/connection.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import type { MessageContext } from "../../src/server/types.ts";
import { testPlatform, VirtualClock } from "../../src/testing/mod.ts";
import { gate, NOTHING, Rig } from "./tools/rig.ts";
import { ScriptedSocket } from "./tools/scripted_socket.ts";

/** A server with a handler for `slow` that waits until it is let go, and a record of the data that it got. */
function slowRig(config: ConstructorParameters<typeof Rig>[0] = {}) {
  const rig = new Rig(config);
  const open = gate();
  const handled: unknown[] = [];
  const contexts: MessageContext[] = [];
  rig.server.handle("slow", (data, context) => {
    handled.push(data);
    contexts.push(context);
    return open.promise;
  });
  return { rig, open, handled, contexts };
}

Deno.test("a request that was sent twice is handled no more when it is cancelled, wherever its copies are", async () => {
  const { rig, open, handled, contexts } = slowRig();
  const { socket } = rig.peer({ isManaged: true });

  for (const data of ["runs", "first copy", "second copy"]) socket.receives({ type: "slow", id: 1, data });
  socket.receives({ type: "slow", id: 2, data: "another" });
  socket.receives({ type: "$cancel", id: 1 });
  assertEquals(contexts[0]!.signal.aborted, true);
  open.resolve();
  await rig.settle();

  assertEquals(handled, ["runs", "another"]);
});

Deno.test("a cancel means nothing for a message that comes after it under the same id", async () => {
  const { rig, open, handled } = slowRig();
  const { socket } = rig.peer({ isManaged: true });

  for (const id of [1, 2]) socket.receives({ type: "slow", id, data: id });
  socket.receives({ type: "$cancel", id: 3 });
  socket.receives({ type: "slow", id: 3, data: 3 });
  open.resolve();
  await rig.settle();

  assertEquals(handled, [1, 2, 3]);
});

Deno.test("a flood of cancels for what never was does not keep a true one from counting", async () => {
  const { rig, open, handled } = slowRig();
  const { socket } = rig.peer({ isManaged: true });

  for (const id of [1, 2]) socket.receives({ type: "slow", id, data: id });
  for (let id = 100; id < 1_100; id++) socket.receives({ type: "$cancel", id });
  socket.receives({ type: "$cancel", id: 2 });
  open.resolve();
  await rig.settle();

  assertEquals(handled, [1]);
});

Deno.test("what was cancelled frees its place among those that wait", async () => {
  const { rig, open, handled } = slowRig({ maxQueuedMessages: 1 });
  const { socket } = rig.peer({ isManaged: true });

  for (const id of [1, 2]) socket.receives({ type: "slow", id, data: id });
  socket.receives({ type: "$cancel", id: 2 });
  socket.receives({ type: "slow", id: 3, data: 3 });
  open.resolve();
  await rig.settle();

  assertEquals([handled, socket.closes], [[1, 3], []]);
});

Deno.test("a request that is cancelled while a middleware has it does not reach its handler", async () => {
  const { rig, handled } = slowRig();
  const checked = gate();
  rig.server.use({
    message: async (_connection, _message, next) => {
      await checked.promise;
      await next();
    },
  });
  const { socket } = rig.peer({ isManaged: true });
  const before = socket.sent.length;

  socket.receives({ type: "slow", id: 1 });
  socket.receives({ type: "other", id: 2 });
  socket.receives({ type: "$cancel", id: 1 });
  socket.receives({ type: "$cancel", id: 2 });
  checked.resolve();
  await rig.settle();

  assertEquals([handled, rig.messages, socket.sent.length, rig.errors], [[], [], before, []]);
});

Deno.test("with concurrency, each of the handlers that run can be cancelled, and has a deadline of its own", async () => {
  const { rig, handled, contexts } = slowRig({ concurrency: 2, handlerTimeoutMs: 1_000 });
  const { socket } = rig.peer({ isManaged: true });
  const before = socket.sent.length;

  socket.receives({ type: "slow", id: 1, data: 1 });
  await rig.clock.advance(500);
  for (const id of [2, 3]) socket.receives({ type: "slow", id, data: id });
  socket.receives({ type: "$cancel", id: 2 });
  assertEquals(contexts.map(({ signal }) => signal.aborted), [false, true]);
  assertEquals(handled, [1, 2]);
  await rig.clock.advance(550);
  assertEquals(handled, [1, 2, 3]);
  await rig.clock.advance(1_050);

  assertEquals(
    socket.messages.slice(before).map((message) => (message as { id: number }).id),
    [1, 3],
  );
});

Deno.test("handlers that never end are forgotten when their time is over", async () => {
  const { rig } = slowRig({ handlerTimeoutMs: 1_000 });
  const { socket, connection } = rig.peer();

  for (let i = 0; i < 5; i++) {
    socket.receives({ type: "slow", id: i });
    await rig.clock.advance(1_050);
  }

  assertEquals([connection.exchanges?.size, connection.turn], [0, undefined]);
});

Deno.test("MessageContext.deadline counts from when the message arrived, however long it waited", async () => {
  const { rig, open, contexts } = slowRig();
  const { socket } = rig.peer({ isManaged: true });
  const arrivedAt = rig.clock.date();

  for (const id of [1, 2]) socket.receives({ type: "slow", id, $timeoutMs: 30_000 });
  await rig.clock.advance(10_000);
  open.resolve();
  await rig.settle();

  assertEquals(contexts.map(({ deadline }) => deadline?.getTime()), [arrivedAt + 30_000, arrivedAt + 30_000]);
});

Deno.test("MessageContext.deadline is a date, whatever the peer says", () => {
  for (const timeoutMs of [Number.MAX_SAFE_INTEGER, 1e300, 1.5, 0]) {
    const { rig, contexts } = slowRig();

    rig.peer({ isManaged: true }).socket.receives({ type: "slow", id: 1, $timeoutMs: timeoutMs });

    assert(!Number.isNaN(contexts[0]!.deadline?.getTime()), String(timeoutMs));
  }
  for (const timeoutMs of [-1, "5", null, [], {}]) {
    const { rig, contexts } = slowRig();

    rig.peer({ isManaged: true }).socket.receives({ type: "slow", id: 1, $timeoutMs: timeoutMs });

    assertEquals(contexts[0]!.deadline, undefined);
  }
});

Deno.test("MessageContext.signal is aborted from the start for a message that is handled when its peer has gone", async () => {
  const rig = new Rig();
  const open = gate();
  const reasons: unknown[] = [];
  rig.server.handle("slow", (_data, { signal }) => {
    reasons.push(signal.reason);
    return open.promise;
  });
  const { socket } = rig.peer();

  for (const id of [1, 2]) socket.receives({ type: "slow", id });
  socket.isClosed(1001, "bye");
  open.resolve();
  await rig.settle();

  assertEquals(reasons[0], undefined);
  assertInstanceOf(reasons[1], ConnectionClosedError);
  assertEquals([rig.told.at(-1), rig.errors], ["close 1001", []]);
});

Deno.test("MessageContext.signal is aborted when the handler itself closes the connection", async () => {
  const rig = new Rig();
  let reason: unknown;
  rig.server.handle("leave", async (_data, { connection, signal }) => {
    connection.close(4000, "enough");
    await Promise.resolve();
    reason = signal.reason;
  });
  const { socket } = rig.peer();

  socket.receives({ type: "leave", id: 1 });
  await rig.settle();

  assertInstanceOf(reason, ConnectionClosedError);
  assertEquals([reason.closeCode, socket.sent, rig.errors], [4000, [], []]);
});

Deno.test("MessageContext.signal: what its listeners throw is told, and ends neither the others nor the process", async () => {
  const { rig, contexts } = slowRig();
  const { socket } = rig.peer();
  const heard: string[] = [];

  socket.receives({ type: "slow" });
  contexts[0]!.signal.addEventListener("abort", () => {
    throw new Error("in a listener");
  });
  contexts[0]!.signal.addEventListener("abort", () => heard.push("second"));
  socket.isClosed(1000);
  await rig.settle();

  assertEquals([heard, rig.errorTexts], [["second"], ["in a listener"]]);
});

Deno.test("a handler that fails because its own peer has gone is no news", async () => {
  const rig = new Rig({
    handlers: {
      onConnect: async (connection) => void await connection.request("who?"),
      onMessage: async (connection) => void await connection.request("which?"),
    },
  });
  rig.server.handle("buy", (_data, { connection }) => connection.request("sure?"));
  const { socket } = rig.peer();

  socket.receives({ type: "reply", id: 1, data: "me" });
  await rig.settle();
  socket.receives({ type: "buy", id: 1 });
  socket.isClosed(1001);
  await rig.settle();
  const silent = rig.peer();
  silent.socket.isClosed(1001);
  const other = rig.peer();
  other.socket.receives({ type: "reply", id: 4, data: "me" });
  await rig.settle();
  other.socket.receives("text");
  other.connection.close();
  await rig.settle();

  assertEquals(rig.errors, []);
});

Deno.test("a handler that fails because another peer has gone is told", async () => {
  const rig = new Rig();
  const other = rig.peer();
  rig.server.handle("ask", () => other.connection.request("sure?"));
  const { socket } = rig.peer();

  socket.receives({ type: "ask", id: 1 });
  other.socket.isClosed(1001);
  await rig.settle();

  assertInstanceOf(rig.errors[0], ConnectionClosedError);
  assertEquals((socket.messages[0] as { error: { code: string } }).error.code, "internal_error");
});

Deno.test("what is synchronous stays so: with middleware, a contract, rooms and ids there is no promise and no queue", () => {
  const CONTRACT = defineContract({ requests: { add: { data: z.number(), reply: z.number() } }, rooms: { a: {} } });
  const server = new WebSocketServer({ contract: CONTRACT, platform: testPlatform(new VirtualClock()) });
  server.use({ message: (_connection, _message, next) => next() });
  server.handle("add", (data) => data + 1);
  server.room("a", { handlers: { add: (data) => data + 10 } });
  const socket = new ScriptedSocket();
  const connection = server.adopt(socket, {}) as unknown as ServerConnection<unknown>;
  connection.join("a");

  socket.receives({ type: "add", data: 1, id: 1 });
  socket.receives({ type: "add", data: 1, id: 2, room: "a" });

  assertEquals(socket.messages, [{ type: "reply", id: 1, data: 2 }, { type: "reply", id: 2, data: 11 }]);
  assertEquals([connection.turn, connection.exchanges], [undefined, undefined]);
});

/** What a handler may return in the place of a promise. */
const THENABLES: readonly [title: string, returned: () => unknown, code: string | undefined][] = [
  ["throws", () => ({ then: () => throwIt() }), "internal_error"],
  ["cannot be read", () => Object.defineProperty({}, "then", { get: throwIt }), "internal_error"],
  ["calls back twice", () => ({ then: twice }), undefined],
  ["never calls back", () => ({ then: () => {} }), "timeout"],
  ["rejects after it resolved", () => ({ then: both }), undefined],
];

function throwIt(): never {
  throw new Error("in then");
}

function twice(resolve: (value: unknown) => void): void {
  resolve(1);
  resolve(2);
}

function both(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  resolve(1);
  reject(new Error("too late"));
}

for (const [title, returned, code] of THENABLES) {
  for (const isTyped of [true, false]) {
    Deno.test(`${isTyped ? "a handler" : "onMessage"} may return an object whose then ${title}`, async () => {
      const rig = new Rig({ handlerTimeoutMs: 1_000, handlers: { onMessage: () => returned() as undefined } });
      if (isTyped) rig.server.handle("ask", returned);
      const { socket } = rig.peer();

      socket.receives({ type: "ask", id: 1 });
      socket.receives({ type: "behind" });
      await rig.clock.advance(1_050);
      await rig.clock.advance(1_050);

      const [answer] = socket.messages as { data?: unknown; error?: { code: string } }[];
      if (isTyped || code !== undefined) assertEquals(answer?.error?.code ?? answer?.data, code ?? 1);
      assertEquals(socket.sent.length, isTyped || code !== undefined ? 1 : 0);
      assertEquals(rig.messages.at(-1)?.type, "behind");
      socket.isClosed(1000);
      await rig.settle();
      assertEquals(rig.left, NOTHING);
    });
  }
}

Deno.test("a typed handler keeps its deadline while a loop runs over the connection", async () => {
  const { rig } = slowRig({ handlerTimeoutMs: 1_000 });
  const { socket, connection } = rig.peer();
  const got: unknown[] = [];
  const loop = (async () => {
    for await (const { data } of connection) got.push(data);
  })();

  socket.receives({ type: "slow", id: 1 });
  socket.receives("behind");
  await rig.clock.advance(1_050);
  socket.isClosed(1000);
  await loop;

  assertInstanceOf(rig.errors[0], HandlerTimeoutError);
  assertEquals([got, rig.errors.length], [["behind"], 1]);
});

Deno.test("a loop takes the time that it wants, also behind a middleware that takes its own", async () => {
  const rig = new Rig({ handlerTimeoutMs: 1_000 });
  rig.server.use({
    message: async (_connection, _message, next) => {
      await Promise.resolve();
      await next();
    },
  });
  const { socket, connection } = rig.peer();
  const open = gate();
  const got: unknown[] = [];
  const loop = (async () => {
    for await (const { data } of connection) {
      got.push(data);
      await open.promise;
    }
  })();

  for (const data of ["a", "b"]) socket.receives(data);
  await rig.clock.advance(10_000);
  assertEquals(got, ["a"]);
  open.resolve();
  await rig.settle();
  socket.isClosed(1000);
  await loop;

  assertEquals([got, rig.errors], [["a", "b"], []]);
});

Deno.test("a handler that loops over its connection can be cancelled, and hears that its peer has gone", async () => {
  for (const isCancelled of [true, false]) {
    const rig = new Rig();
    let signal: AbortSignal | undefined;
    rig.server.handle("upload", async (_data, context) => {
      signal = context.signal;
      for await (const _ of context.connection);
    });
    const { socket } = rig.peer({ isManaged: true });

    socket.receives({ type: "upload", id: 1 });
    assertEquals(signal!.aborted, false);
    if (isCancelled) socket.receives({ type: "$cancel", id: 1 });
    else socket.isClosed(1001);

    assertEquals(signal!.aborted, true);
    socket.isClosed(1001);
    await rig.settle();
  }
});

Deno.test("with concurrency, messages wait for onConnect and for the rule of a room all the same, and nothing else does", async () => {
  const [connected, decided] = [gate(), gate()];
  const { rig, open, handled } = slowRig({ concurrency: 3, handlers: { onConnect: () => connected.promise } });
  rig.server.room("tea", { join: () => decided.promise });
  const { socket } = rig.peer({ isManaged: true });
  const seen: unknown[][] = [];

  for (const data of [1, 2]) socket.receives({ type: "slow", data });
  await rig.settle();
  seen.push([...handled]);
  connected.resolve();
  await rig.settle();
  seen.push([...handled]);
  socket.receives({ type: "$join", id: 1, room: "tea" });
  socket.receives({ type: "slow", data: 3 });
  await rig.settle();
  seen.push([...handled]);
  decided.resolve();
  await rig.settle();
  seen.push([...handled]);
  open.resolve();
  await rig.settle();

  assertEquals(seen, [[], [1, 2], [1, 2], [1, 2, 3]]);
});
