/** Tests of requests from the server to its peers. */

import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { ConnectionClosedError, OutboxFullError, RemoteError, RequestTimeoutError } from "../../src/errors.ts";
import { CONNECTING } from "../../src/internal/socket_like.ts";
import { NOTHING, Rig } from "./tools/rig.ts";

Deno.test("WebSocketConnection.request() resolves with the answer of a plain or a managed peer", async () => {
  const rig = new Rig();
  const plain = rig.peer();
  const managed = rig.peer({ isManaged: true });

  const answers = [plain.connection.request("add", [1, 2]), managed.connection.request("add", [3], { timeoutMs: 500 })];
  assertEquals(plain.socket.messages, [{ type: "add", data: [1, 2], id: 1 }]);
  assertEquals(managed.socket.messages.at(-1), { type: "add", data: [3], id: 2, $timeoutMs: 500 });
  plain.socket.receives({ type: "reply", id: 1, data: 3 });
  managed.socket.receives({ type: "$reply", id: 2, data: { sum: 3 } });

  assertEquals(await Promise.all(answers), [3, { sum: 3 }]);
  assertEquals(rig.messages, []);
});

Deno.test("WebSocketConnection.request() rejects with what the peer said", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();

  const answer = connection.request("add");
  socket.receives({ type: "error", id: 1, error: { code: "odd", message: "Only even ones", data: 5 } });

  const error = await assertRejects(() => answer, RemoteError, "Only even ones");
  assertEquals([error.code, error.remoteCode, error.data], ["remote_error", "odd", 5]);
});

Deno.test("WebSocketConnection.request() takes a refusal of any shape", async () => {
  for (const error of [undefined, null, "no", 5, {}, { code: 5, message: [] }]) {
    const rig = new Rig();
    const { socket, connection } = rig.peer();

    const answer = connection.request("add");
    socket.receives({ type: "error", id: 1, error });

    assertEquals((await assertRejects(() => answer, RemoteError)).remoteCode, "unknown");
  }
});

Deno.test("WebSocketConnection.request() gives up after timeoutMs, tells a managed peer, and ignores a late answer", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer({ isManaged: true });

  const answer = connection.request("add", undefined, { timeoutMs: 1_000 });
  answer.catch(() => {});
  await rig.clock.advance(950);
  assertEquals(socket.messages.at(-1), { type: "add", id: 1, $timeoutMs: 1_000 });
  await rig.clock.advance(100);
  socket.receives({ type: "$reply", id: 1, data: 3 });

  const error = await assertRejects(() => answer, RequestTimeoutError);
  assertEquals([error.type, error.timeoutMs], ["add", 1_000]);
  assertEquals(socket.messages.at(-1), { type: "$cancel", id: 1 });
  assertEquals([rig.messages, rig.errors], [[], []]);
});

Deno.test("WebSocketConnection.request() asks again under the same id as often as retries says", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();

  const answer = connection.request("add", 1, { timeoutMs: 1_000, retries: 2 });
  await rig.clock.advance(2_200);
  assertEquals(socket.messages, Array(3).fill({ type: "add", data: 1, id: 1 }));
  socket.receives({ type: "reply", id: 1, data: 2 });

  assertEquals(await answer, 2);
});

Deno.test("WebSocketConnection.request() is given up by its signal", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer({ isManaged: true });
  const controller = new AbortController();
  const reason = new Error("changed my mind");

  const answer = connection.request("add", 1, { signal: controller.signal });
  controller.abort(reason);

  assertEquals(await assertRejects(() => answer), reason);
  assertEquals(socket.messages.at(-1), { type: "$cancel", id: 1 });
  const late = await assertRejects(() => connection.request("add", 1, { signal: controller.signal }));
  assertEquals(late, reason);
});

Deno.test("WebSocketConnection.request() rejects when the peer goes, and when it has gone", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();

  const answer = connection.request("add");
  socket.isClosed(1001, "bye");

  const error = await assertRejects(() => answer, ConnectionClosedError);
  assertEquals([error.closeCode, error.reason], [1001, "bye"]);
  await assertRejects(() => connection.request("add"), ConnectionClosedError);
  await rig.settle();
  assertEquals(rig.left, NOTHING);
});

Deno.test("WebSocketConnection.request() leaves nothing behind when it was answered", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();

  const answer = connection.request("add");
  socket.receives({ type: "reply", id: 1, data: null });
  await answer;
  socket.isClosed(1000);
  await rig.settle();

  assertEquals([connection.asked?.size, rig.left], [0, NOTHING]);
});

Deno.test("WebSocketConnection.request() refuses more than maxPendingRequests", async () => {
  const rig = new Rig({ maxPendingRequests: 1 });
  const { socket, connection } = rig.peer();

  const first = connection.request("add");
  await assertRejects(() => connection.request("add"), OutboxFullError, "maxPendingRequests");
  socket.receives({ type: "reply", id: 1, data: 1 });

  assertEquals([await first, socket.sent.length], [1, 1]);
});

Deno.test("WebSocketConnection.request() refuses what cannot be sent or waited for", async () => {
  const rig = new Rig();
  const { connection } = rig.peer();

  await assertRejects(() => connection.request("add", 1n), TypeError);
  await assertRejects(() => connection.request("$add"), TypeError, 'begin with "$"');
  for (const type of ["", undefined, 5, {}]) {
    await assertRejects(() => connection.request(type as string), TypeError, '"type" must be a string');
  }
  await assertRejects(() => connection.request("add", 1, { timeoutMs: 0 }), RangeError, "timeoutMs");
  await assertRejects(() => connection.request("add", 1, { retries: -1 }), RangeError, "retries");
  await assertRejects(() => connection.request("add", 1, { timeoutMs: Infinity }), RangeError, "timeoutMs");
  await assertRejects(() => connection.request("add", 1, { retries: NaN }), TypeError, "retries");
  assertEquals(connection.asked?.size ?? 0, 0);
});

Deno.test("a handler may wait for the answer of the peer whose message it handles", async () => {
  const rig = new Rig();
  rig.server.handle(
    "buy",
    async (_data, { connection }) => await connection.request("sure?") === "yes" ? "bought" : "not",
  );
  const { socket } = rig.peer();

  socket.receives({ type: "buy", id: 1 });
  socket.receives({ type: "reply", id: 1, data: "yes" });
  await rig.settle();

  assertEquals(socket.messages, [{ type: "sure?", id: 1 }, { type: "reply", id: 1, data: "bought" }]);
});

Deno.test("a reply that answers nothing is a message like any other from a plain peer, and ignored from a managed one", async () => {
  const rig = new Rig();
  const plain = rig.peer();
  const managed = rig.peer({ isManaged: true });
  const waiting = [plain.connection.request("add"), managed.connection.request("add")];

  plain.socket.receives({ type: "reply", id: 99, data: 1 });
  managed.socket.receives({ type: "$reply", id: 99, data: 1 });
  plain.socket.receives({ type: "reply", id: "1", data: 1 });

  assertEquals(rig.messages.map(({ id }) => id), [99, "1"]);
  rig.server.closeAll();
  for (const each of waiting) await assertRejects(() => each, ConnectionClosedError);
});

Deno.test("an answer to another connection's request is no answer", async () => {
  const rig = new Rig();
  const [asked, other] = [rig.peer({ isManaged: true }), rig.peer({ isManaged: true })];

  const answer = asked.connection.request("add");
  other.socket.receives({ type: "$reply", id: 1, data: "forged" });
  asked.socket.receives({ type: "$reply", id: 1, data: "true" });

  assertEquals(await answer, "true");
});

Deno.test("a late answer, and the second one to a request that was sent twice, are nobody's message", async () => {
  const rig = new Rig();
  rig.server.handle("known", () => {});
  rig.server.handlers = { onError: (_connection, error) => void rig.errors.push(error) };
  const { socket, connection } = rig.peer();

  const twice = connection.request("add", 1, { timeoutMs: 1_000, retries: 1 });
  await rig.clock.advance(1_050);
  for (const data of ["first", "second"]) socket.receives({ type: "reply", id: 1, data });
  const late = assertRejects(() => connection.request("add", 2, { timeoutMs: 1_000 }), RequestTimeoutError);
  await rig.clock.advance(1_050);
  socket.receives({ type: "reply", id: 2, data: "late" });
  socket.receives({ type: "error", id: 2, error: { code: "odd", message: "Only even ones" } });
  await rig.settle();

  assertEquals(await twice, "first");
  await late;
  assertEquals([socket.sent.length, rig.errors, rig.server.getStats().messagesUnhandled], [3, [], 0]);
});

Deno.test("WebSocketConnection.request() sends nothing again when the peer has gone between two attempts", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();

  const answer = connection.request("add", 1, { timeoutMs: 1_000, retries: 5 });
  await rig.clock.advance(1_050);
  socket.isClosed();
  await assertRejects(() => answer, ConnectionClosedError);
  await rig.clock.advance(10_000);

  assertEquals([socket.sent.length, rig.left], [2, NOTHING]);
});

Deno.test("WebSocketConnection.request() ends when what waits for the peer is too much", async () => {
  const rig = new Rig({ highWaterBytes: 10, maxBufferedBytes: 100 });
  const { socket, connection } = rig.peer({ isManaged: true });
  const controller = new AbortController();

  const first = connection.request("add", 1, { signal: controller.signal });
  socket.bufferedAmount = 1_000;
  const second = connection.request("add", 2, { retries: 3 });

  for (const each of [first, second]) await assertRejects(() => each, ConnectionClosedError);
  controller.abort();
  socket.isClosed(1013);
  await rig.settle();
  assertEquals([connection.asked?.size, rig.errors, rig.left], [0, [], NOTHING]);
});

Deno.test("WebSocketConnection.request() says of a connection that is not open yet that it is not", async () => {
  const rig = new Rig();
  const { connection, socket } = rig.peer({ readyState: CONNECTING });

  await assertRejects(() => connection.request("add"), ConnectionClosedError, "not open yet");
  socket.isClosed();
  await assertRejects(() => connection.request("add"), ConnectionClosedError, "closed");
});

Deno.test("Selection.request() gives one result for each connection, in their order", async () => {
  const rig = new Rig();
  const peers = [rig.peer(), rig.peer(), rig.peer({ isManaged: true })];

  const results = rig.server.select(() => true).request("ready?", undefined, { timeoutMs: 1_000 });
  peers[0]!.socket.receives({ type: "reply", id: 1, data: true });
  peers[1]!.socket.receives({ type: "error", id: 2, error: { code: "busy", message: "Not now" } });
  await rig.clock.advance(1_050);

  const [yes, no, late] = await results;
  assertEquals(yes, { connection: peers[0]!.connection, status: "fulfilled", value: true });
  assertEquals(no?.status === "rejected" && (no.reason as RemoteError).remoteCode, "busy");
  assertInstanceOf(late?.status === "rejected" ? late.reason : undefined, RequestTimeoutError);
});
