/** Tests of loops over the messages of a connection. */

import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { HandlerTimeoutError } from "../../src/errors.ts";
import { CONNECTING } from "../../src/internal/socket_like.ts";
import type { WebSocketMessage } from "../../src/protocol/messages.ts";
import { MessageReader } from "../../src/server/reader.ts";
import type { WebSocketConnection } from "../../src/server/types.ts";
import { gate, NOTHING, Rig } from "./tools/rig.ts";

/** A loop that waits for what `body` returns before it asks for the next message. */
async function forEach(connection: AsyncIterable<WebSocketMessage>, body: (data: unknown) => unknown): Promise<void> {
  for await (const { data } of connection) await body(data);
}

function never(): never {
  throw new Error("It was left");
}

async function collect(connection: AsyncIterable<WebSocketMessage>, into: unknown[], most = Infinity): Promise<void> {
  for await (const message of connection) {
    into.push(message.data);
    if (into.length >= most) break;
  }
}

Deno.test("for await over a connection takes its messages in place of onMessage, until it is closed", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();
  const got: unknown[] = [];

  const loop = collect(connection, got);
  for (const data of ["a", "b", "c"]) socket.receives(data);
  await rig.settle();
  socket.isClosed(1000);
  await loop;

  assertEquals(got, ["a", "b", "c"]);
  assertEquals(rig.told, ["connect", "close 1000"]);
  assertEquals(rig.left, NOTHING);
});

Deno.test("for await may be begun in onConnect, and waits for nothing but its messages", async () => {
  const got: unknown[] = [];
  const rig = new Rig({ handlerTimeoutMs: 1_000, handlers: { onConnect: (connection) => collect(connection, got) } });
  const { socket } = rig.peer();

  socket.receives("a");
  await rig.clock.advance(60_000);
  socket.receives("b");
  await rig.settle();
  socket.isClosed(1000);
  await rig.settle();

  assertEquals([got, rig.errors, rig.told], [["a", "b"], [], ["connect", "close 1000"]]);
});

Deno.test("for await may be begun in a handler, and takes the messages behind it", async () => {
  const got: unknown[] = [];
  const rig = new Rig({ handlers: { onMessage: (connection) => collect(connection, got, 2) } });
  const { socket } = rig.peer();

  for (const data of ["first", "a", "b", "after"]) socket.receives(data);
  await rig.settle();

  assertEquals(got, ["a", "b"]);
  assertEquals(rig.messages.map(({ data }) => data), ["first", "after"]);
});

Deno.test("for await that is begun while a wish to join waits gets nothing before that is decided", async () => {
  const [begin, decide] = [gate(), gate()];
  const got: unknown[] = [];
  const rig = new Rig({ handlers: { onMessage: (connection) => begin.promise.then(() => collect(connection, got)) } });
  rig.server.room("a", { join: () => decide.promise });
  const { socket } = rig.peer({ isManaged: true });

  socket.receives({ type: "first" });
  socket.receives({ type: "$join", id: 1, room: "a" });
  socket.receives({ type: "behind", data: "behind" });
  begin.resolve();
  await rig.settle();
  assertEquals(got, []);
  decide.resolve();
  await rig.settle();

  assertEquals([got, socket.messages.at(-1)], [["behind"], { type: "$reply", id: 1, data: null }]);
});

Deno.test("for await leaves messages that have a handler of their type to it", async () => {
  const rig = new Rig();
  rig.server.handle("add", (data) => data + 1);
  const { socket, connection } = rig.peer();
  const got: unknown[] = [];

  const loop = collect(connection, got);
  socket.receives({ type: "add", data: 1, id: 1 });
  socket.receives({ type: "other", data: 5 });
  await rig.settle();
  socket.isClosed(1000);
  await loop;

  assertEquals([got, socket.messages], [[5], [{ type: "reply", id: 1, data: 2 }]]);
});

Deno.test("for await lets messages wait while its body is at work, within the bounds of the queue", async () => {
  const rig = new Rig({ maxQueuedMessages: 2 });
  const { socket, connection } = rig.peer();
  const open = gate();
  const got: unknown[] = [];
  const loop = forEach(connection, (data) => {
    got.push(data);
    return open.promise;
  });

  for (const data of [1, 2, 3]) socket.receives({ type: "n", data });
  await rig.settle();
  assertEquals([got, socket.closes], [[1], []]);
  socket.receives({ type: "n", data: 4 });
  assertEquals(socket.closes, [[4429, "too many messages wait for their handler"]]);
  open.resolve();
  await loop;

  assertEquals(got, [1]);
});

Deno.test("onClose waits for the message that the loop is at work on", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();
  const open = gate();
  const loop = forEach(connection, () => open.promise);

  socket.receives("a");
  await rig.settle();
  socket.isClosed(1000);
  await rig.settle();
  assertEquals(rig.told, ["connect"]);
  open.resolve();
  await loop;

  assertEquals(rig.told, ["connect", "close 1000"]);
});

Deno.test("for await twice at a time throws; one after the other goes on where the first left", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();
  const first: unknown[] = [];
  const second: unknown[] = [];

  const loop = collect(connection, first, 1);
  assertThrows(() => connection[Symbol.asyncIterator](), TypeError, "twice at a time");
  socket.receives("a");
  await loop;
  const other = collect(connection, second);
  socket.receives("b");
  socket.isClosed(1000);
  await other;

  assertEquals([first, second], [["a"], ["b"]]);
});

Deno.test("for await over a connection that is gone ends at once", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();
  const got: unknown[] = [];

  socket.isClosed(1000);
  await collect(connection, got);

  assertEquals(got, []);
});

Deno.test("for await ends when a connection is killed, without what had waited", async () => {
  const rig = new Rig({ maxMessageBytes: 10 });
  const { socket, connection } = rig.peer();
  const got: unknown[] = [];
  const loop = collect(connection as WebSocketConnection, got);

  socket.receives("x".repeat(11));
  await loop;

  assertEquals([got, socket.closes[0]![0]], [[], 1009]);
});

Deno.test("for await that is left loses nothing that it had not read yet, also with concurrency", async () => {
  const rig = new Rig({ concurrency: 4 });
  const { socket, connection } = rig.peer();
  const got: unknown[] = [];

  const loop = collect(connection, got, 1);
  for (const data of ["a", "b", "c", "d", "e", "f"]) socket.receives(data);
  await loop;
  await rig.settle();

  assertEquals([got, rig.messages.map(({ data }) => data)], [["a"], ["b", "c", "d", "e", "f"]]);
});

Deno.test("for await that is left hands on messages, and what becomes of them is told", async () => {
  const rig = new Rig({
    concurrency: 2,
    handlers: {
      onMessage: () => {
        throw new Error("no");
      },
    },
  });
  const { socket, connection } = rig.peer();

  const loop = collect(connection, [], 1);
  for (const id of [1, 2]) socket.receives({ type: "x", id });
  await loop;
  await rig.settle();

  assertEquals([rig.errorTexts, socket.messages.map((message) => (message as { id: number }).id)], [["no"], [2]]);
});

Deno.test("for await ends by a throw of its body as by a break, and the messages go to onMessage again", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();
  const loop = forEach(connection, (data) => Promise.reject(new Error(String(data))));

  for (const data of ["a", "b"]) socket.receives(data);
  await assertRejects(() => loop, Error, "a");
  await rig.settle();

  assertEquals([rig.messages.map(({ data }) => data), rig.errors], [["b"], []]);
});

Deno.test("for await over a connection that never opened ends", async () => {
  for (const isManaged of [false, true]) {
    const rig = new Rig();
    const opening = rig.peer({ readyState: CONNECTING, isManaged });
    const got: unknown[] = [];
    const loop = collect(opening.connection, got);

    if (isManaged) opening.socket.opens(); // and no hello comes
    opening.socket.isClosed();
    await loop;

    assertEquals([got, rig.told, rig.left], [[], [], NOTHING]);
  }
});

Deno.test("onClose does not wait for ever for a loop that does not go on", async () => {
  const rig = new Rig({ handlerTimeoutMs: 1_000 });
  const { socket, connection } = rig.peer();
  const loop = forEach(connection, () => new Promise(() => {}));

  for (const data of ["a", "b", "c"]) socket.receives(data);
  await rig.clock.advance(10_000);
  assertEquals([rig.errors, rig.messages], [[], []]);
  socket.isClosed(1000);
  await rig.clock.advance(1_050);

  assertInstanceOf(rig.errors[0], HandlerTimeoutError);
  assertEquals(rig.told, ["connect", "message text", "message text", "close 1000"]);
  assertEquals([rig.left, loop instanceof Promise], [NOTHING, true]);
});

Deno.test("onClose does not wait for ever for an iterator that nobody asks", async () => {
  const rig = new Rig({ handlerTimeoutMs: 1_000 });
  const { socket, connection } = rig.peer();
  const iterator = connection[Symbol.asyncIterator]();

  socket.receives("a");
  socket.isClosed(1000);
  await rig.clock.advance(1_050);

  assertEquals([rig.told.at(-1), await iterator.next()], ["close 1000", { done: true, value: undefined }]);
});

Deno.test("onClose waits for the handlers of what a loop has left behind, each with its own deadline", async () => {
  const rig = new Rig({
    handlerTimeoutMs: 1_000,
    handlers: { onMessage: (_connection, { data }) => data === "b" ? behind.promise : undefined },
  });
  const [body, behind] = [gate(), gate()];
  const { socket, connection } = rig.peer();
  const loop = (async () => {
    for await (const _ of connection) {
      await body.promise;
      break;
    }
  })();

  for (const data of ["a", "b"]) socket.receives(data);
  socket.isClosed(1000);
  await rig.clock.advance(500);
  body.resolve();
  await loop;
  await rig.clock.advance(800);
  assertEquals([rig.told, rig.errors], [["connect", "message text"], []]);
  behind.resolve();
  await rig.settle();

  assertEquals([rig.told.at(-1), rig.left], ["close 1000", NOTHING]);
});

Deno.test("onClose waits for a loop that goes on, however long the whole takes", async () => {
  const rig = new Rig({ handlerTimeoutMs: 1_000 });
  const { socket, connection } = rig.peer();
  const steps: (() => void)[] = [];
  const got: unknown[] = [];
  const loop = forEach(connection, (data) => {
    got.push(data);
    return new Promise<void>((resolve) => steps.push(resolve));
  });

  for (const data of ["a", "b", "c", "d", "e"]) socket.receives(data);
  socket.isClosed(1000);
  for (let i = 0; i < 5; i++) {
    await rig.clock.advance(800);
    steps[i]!();
    await rig.settle();
  }
  await loop;

  assertEquals([got, rig.told, rig.errors], [["a", "b", "c", "d", "e"], ["connect", "close 1000"], []]);
});

Deno.test("WebSocketServer.stop() does not wait for a loop", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();
  const open = gate();
  const loop = forEach(connection, () => open.promise);

  socket.receives("a");
  await rig.settle();
  const stopped = rig.server.stop();
  socket.isClosed(1012);
  await stopped;
  assertEquals(rig.told, ["connect"]);
  open.resolve();
  await loop;

  assertEquals([rig.told, rig.left], [["connect", "close 1012"], NOTHING]);
});

Deno.test("MessageReader.take() resolves when the loop asks for the next message, or leaves", async () => {
  let left = 0;
  const reader = new MessageReader(() => left++);
  const handled: string[] = [];
  const next = reader.next();

  reader.take({ type: "a" }, never).then(() => handled.push("a"));
  reader.take({ type: "b" }, never).then(() => handled.push("b"));
  assertEquals(await next, { done: false, value: { type: "a" } });
  assertEquals(handled, []);
  assertEquals(await reader.next(), { done: false, value: { type: "b" } });
  assertEquals(handled, ["a"]);
  await reader.return();
  await Promise.resolve();

  assertEquals([handled, left], [["a", "b"], 1]);
  assertEquals(await reader.next(), { done: true, value: undefined });
});
