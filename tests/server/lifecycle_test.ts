/** Tests of how connections come and go: the one way in and the one way out. The table of all events is apart. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { CLOSED, CONNECTING } from "../../src/internal/socket_like.ts";
import { NOTHING, Rig } from "./tools/rig.ts";

Deno.test("Lifecycle.begin() asks for bytes as ArrayBuffers", () => {
  const { socket } = new Rig().peer();

  assertEquals(socket.binaryType, "arraybuffer");
});

Deno.test("Lifecycle.begin() takes a socket that is closed already for one that never came", () => {
  const rig = new Rig();

  const { connection } = rig.peer({ readyState: CLOSED });

  assertEquals([connection.state, rig.told, rig.left], ["closed", [], NOTHING]);
});

Deno.test("Lifecycle.enter() has the connection in the registry before anybody is told, and says welcome first", () => {
  const seen: unknown[] = [];
  const rig = new Rig({
    handlers: {
      onConnect: (conn) => void seen.push(rig.server.getConnection(conn.id) === conn, conn.send({ type: "a" })),
    },
  });
  rig.server.on("connection:added", (conn) => seen.push(rig.server.getConnection(conn.id) === conn));

  const { socket } = rig.peer({ isManaged: true });

  assertEquals(seen, [true, true, "sent"]);
  assertEquals(socket.messages.map((message) => (message as { type: string }).type), ["$welcome", "a"]);
});

Deno.test("Lifecycle.enter() lets onConnect refuse by closing: one onClose, and no message gets through", async () => {
  const rig = new Rig({ handlers: { onConnect: (conn) => conn.close(4403, "not you") } });

  const { socket } = rig.peer();
  socket.receives({ type: "chat" });
  socket.isClosed(4403, "not you");
  await rig.settle();

  assertEquals([rig.told, socket.closes], [["connect", "close 4403"], [[4403, "not you"]]]);
});

Deno.test("Lifecycle.close() takes the connection out at once, and tells when the peer has answered", () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();

  connection.close();

  assertEquals([rig.server.getConnection(connection.id), rig.server.connections.size], [undefined, 0]);
  assertEquals([socket.closes, rig.told, connection.send("x")], [[[1000, ""]], ["connect"], "closed"]);
  socket.isClosed(1000);
  assertEquals(rig.closes, [{ code: 1000, reason: "", wasClean: true, resumable: false }]);
});

Deno.test("Lifecycle.close() keeps our code and reason, whatever the peer or the runtime makes of it", () => {
  for (const [code, wasClean, expected] of [[4000, true, true], [1005, false, true], [0, false, false]] as const) {
    const rig = new Rig();
    const { socket, connection } = rig.peer();

    connection.close(4321, "ours");
    socket.isClosed(code, "theirs", wasClean);

    assertEquals(rig.closes, [{ code: 4321, reason: "ours", wasClean: expected, resumable: false }]);
  }
});

Deno.test("Lifecycle.close() before the socket is open closes it as soon as it is", () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer({ readyState: CONNECTING });

  connection.close(4000, "changed my mind");
  connection.close(4001, "twice");
  assertEquals([connection.state, socket.closes], ["closing", []]);
  socket.opens();
  socket.isClosed(4000);

  assertEquals([socket.closes, rig.told, rig.left], [[[4000, "changed my mind"]], [], NOTHING]);
});

Deno.test("Lifecycle gives up a socket that does not open in time, and closes it if it opens later", async () => {
  const rig = new Rig({ openTimeoutMs: 1_000 });
  const { socket, connection } = rig.peer({ readyState: CONNECTING });

  await rig.clock.advance(1_050);
  assertEquals([connection.state, rig.left, socket.closes], ["closed", NOTHING, []]);
  socket.opens();
  assertEquals(socket.closes, [[4408, "opened too late"]]);
  socket.isClosed(4408);

  assertEquals([rig.told, rig.left], [[], NOTHING]);
});

Deno.test("Lifecycle keeps no deadline for opening, hello and handlers that are switched off", async () => {
  const rig = new Rig({ openTimeoutMs: 0, helloTimeoutMs: 0 });
  const opening = rig.peer({ readyState: CONNECTING });
  const silent = rig.peer({ isManaged: true, greets: false });

  await rig.clock.advance(3_600_000);

  assertEquals([opening.connection.state, silent.connection.state, rig.left.timers], ["connecting", "connecting", 0]);
});

Deno.test("Lifecycle closes a managed peer that says no hello, and the application never knew it", async () => {
  const rig = new Rig({ helloTimeoutMs: 1_000 });
  const { socket } = rig.peer({ isManaged: true, greets: false });

  await rig.clock.advance(1_050);

  assertEquals(socket.closes, [[4408, "no hello"]]);
  assertEquals([rig.told, rig.server.getStats().timeouts], [[], 1]);
});

Deno.test("Lifecycle.kill() tells the application at once, with our code, and does not wait for the peer", async () => {
  const rig = new Rig({ maxMessageBytes: 10 });
  const { socket } = rig.peer();

  socket.receives("x".repeat(11));
  await rig.settle();

  assertEquals(rig.closes, [{ code: 1009, reason: "a message may have 10 bytes", wasClean: false, resumable: false }]);
  assertEquals([rig.left.connections, rig.left.closing], [0, 1]);
  socket.isClosed(1009);
  assertEquals([rig.closes.length, rig.left], [1, NOTHING]);
});

Deno.test("Lifecycle.kill() inside a handler calls onClose after the handler, not within it", async () => {
  const order: string[] = [];
  const rig = new Rig({
    highWaterBytes: 0,
    maxBufferedBytes: 1,
    handlers: {
      onMessage: async (conn) => {
        order.push("handler", conn.send("too much"));
        await null;
        order.push("handler ends");
      },
      onClose: () => void order.push("close"),
    },
  });
  const { socket } = rig.peer();
  socket.bufferedAmount = 2;

  socket.receives({ type: "chat" });
  await rig.settle();

  assertEquals(order, ["handler", "dropped", "handler ends", "close"]);
});

Deno.test("Lifecycle.kill() of many in one broadcast lets each onClose broadcast in its turn, not inside another", async () => {
  let depth = 0, deepest = 0;
  const rig = new Rig({
    highWaterBytes: 0,
    maxBufferedBytes: 1,
    handlers: {
      onClose: () => {
        deepest = Math.max(deepest, ++depth);
        rig.server.broadcast({ type: "left" });
        depth--;
      },
    },
  });
  const stuck = Array.from({ length: 50 }, () => rig.peer());
  const { socket } = rig.peer();
  for (const each of stuck) each.socket.bufferedAmount = 2;

  const { dropped } = rig.server.broadcast({ type: "first" });
  await rig.settle();

  assertEquals([dropped, deepest, rig.closes.length], [50, 1, 50]);
  assertEquals(socket.messages, [{ type: "first" }, ...Array(50).fill({ type: "left" })]);
});

Deno.test("Lifecycle counts a peer that never answers our close as a zombie, until its socket closes", async () => {
  const rig = new Rig({ closeTimeoutMs: 500, maxConnections: 1 });
  const { socket, connection } = rig.peer();

  connection.close();
  await rig.clock.advance(550);

  assertEquals(rig.left, { ...NOTHING, zombies: 1 });
  assertEquals([rig.told, socket.closes.length], [["connect", "close 1000"], 1]);
  socket.isClosed(0);
  assertEquals([rig.left, rig.told.length], [NOTHING, 2]);
});

Deno.test("Lifecycle ends the socket of a peer that never answers our close, where the transport can", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();
  let isTerminated = false;
  socket.terminate = () => {
    isTerminated = true;
    socket.isClosed(0);
  };

  connection.close();
  await rig.clock.advance(5_050);

  assertEquals([isTerminated, rig.left, rig.told], [true, NOTHING, ["connect", "close 1000"]]);
});

Deno.test("Lifecycle reports a socket that cannot even be closed, and gives it up in time", async () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();
  socket.closeError = new Error("no");

  connection.close();
  await rig.clock.advance(5_050);

  assertEquals([rig.errorTexts, rig.told], [["no"], ["connect", "close 1000"]]);
});

Deno.test("Lifecycle gives the error that broke a connection to onClose, with and without a close event after it", async () => {
  for (const hasCloseEvent of [true, false]) {
    const rig = new Rig();
    const { socket } = rig.peer();

    socket.fails("connection reset");
    if (hasCloseEvent) socket.isClosed(0);
    else await rig.clock.advance(5_050);

    const [{ code, wasClean, error }] = rig.closes as [typeof rig.closes[0]];
    assertEquals([code, wasClean, error?.message], [1006, false, "The socket failed: connection reset"]);
    assertEquals(rig.left, NOTHING);
  }
});

Deno.test("Lifecycle takes the runtime's idle end, a 1001 and then a 1005, for one end: silent for too long", () => {
  const rig = new Rig();
  const { socket } = rig.peer();

  socket.isClosed(1001, "", false);
  socket.isClosed(1005, "", false);

  assertEquals(rig.closes, [{ code: 4408, reason: "silent for too long", wasClean: false, resumable: false }]);
  assertEquals(rig.server.getStats().timeouts, 1);
});

Deno.test("Lifecycle cuts the reason of a peer to what a close frame may hold", () => {
  const rig = new Rig();
  const { socket } = rig.peer();

  socket.isClosed(4000, "ä".repeat(100));

  assertEquals(rig.closes[0]!.reason, "ä".repeat(61));
});

Deno.test("Lifecycle fires connection:removed when the connection has left the registry, before onClose", () => {
  const rig = new Rig();
  rig.server.on(
    "connection:removed",
    (conn) => rig.told.push(`removed ${rig.server.getConnection(conn.id) === undefined}`),
  );
  const { socket } = rig.peer();

  socket.isClosed(1000);

  assertEquals(rig.told, ["connect", "removed true", "close 1000"]);
});

Deno.test("Lifecycle hands the same connection to every handler", () => {
  const seen: unknown[] = [];
  const rig = new Rig({
    handlers: {
      onConnect: (conn) => void seen.push(conn),
      onMessage: (conn) => void seen.push(conn),
      onClose: (conn) => void seen.push(conn),
    },
  });
  const { socket, connection } = rig.peer();
  socket.receives("x");
  socket.isClosed(1000);

  for (const each of seen) assertStrictEquals(each, connection);
  assertEquals(seen.length, 3);
});
