/** Tests of loops over the messages of a connection. */

import { assertEquals, assertThrows } from "@std/assert";
import type { WebSocketMessage } from "../../src/protocol/messages.ts";
import { MessageReader } from "../../src/server/reader.ts";
import type { WebSocketConnection } from "../../src/server/types.ts";
import { gate, NOTHING, Rig } from "./tools/rig.ts";

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
  const loop = (async () => {
    for await (const { data } of connection) {
      got.push(data);
      await open.promise;
    }
  })();

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
  const loop = (async () => {
    for await (const _ of connection) await open.promise;
  })();

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

Deno.test("MessageReader.take() resolves when the loop asks for the next message, or leaves", async () => {
  let left = 0;
  const reader = new MessageReader(() => left++);
  const handled: string[] = [];
  const next = reader.next();

  reader.take({ type: "a" }).then(() => handled.push("a"));
  reader.take({ type: "b" }).then(() => handled.push("b"));
  assertEquals(await next, { done: false, value: { type: "a" } });
  assertEquals(handled, []);
  assertEquals(await reader.next(), { done: false, value: { type: "b" } });
  assertEquals(handled, ["a"]);
  await reader.return();
  await Promise.resolve();

  assertEquals([handled, left], [["a", "b"], 1]);
  assertEquals(await reader.next(), { done: true, value: undefined });
});
