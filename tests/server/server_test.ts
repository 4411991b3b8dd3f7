/** Tests of the server's own methods: by id, by choice, all of them, events and figures. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { WebSocketServerEvents } from "../../src/server/types.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { connect, testPlatform, VirtualClock } from "../../src/testing/mod.ts";
import { Rig } from "./tools/rig.ts";

Deno.test("new WebSocketServer() starts nothing", () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock) });

  assertEquals([clock.pending, server.isRunning, server.address], [0, false, undefined]);
});

Deno.test("WebSocketServer.connections is always those of the moment, oldest first", () => {
  const rig = new Rig();
  const { connections } = rig.server;
  assertEquals([connections.size, [...connections], connections.ids()], [0, [], []]);
  const [a, b] = [rig.peer(), rig.peer()];

  assertEquals([connections.size, connections.ids()], [2, [a.connection.id, b.connection.id]]);
  a.socket.isClosed(1000);

  assertEquals([...connections].length, 1);
  assertStrictEquals([...connections][0], b.connection);
});

Deno.test("WebSocketServer.connections may be changed while one goes through it", () => {
  const rig = new Rig();
  for (let i = 0; i < 5; i++) rig.peer();
  let count = 0;

  for (const connection of rig.server.connections) {
    count++;
    connection.close();
  }

  assertEquals([count, rig.server.connections.size], [5, 0]);
});

Deno.test("WebSocketServer.send() and close() find a connection by its id, and say when there is none", () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();
  const { id } = connection;

  assertEquals([rig.server.send(id, "x"), rig.server.send("nobody", "x")], ["sent", "closed"]);
  assertEquals([rig.server.close(id, 4000, "out"), rig.server.close(id), rig.server.close("nobody")], [
    true,
    false,
    false,
  ]);
  assertEquals([socket.sent, socket.closes], [["x"], [[4000, "out"]]]);
  assertThrows(() => rig.server.close("nobody", 1006), RangeError);
});

Deno.test("WebSocketServer.closeAll() closes all, says how many, and goes on taking others", async () => {
  const rig = new Rig();
  const peers = [rig.peer(), rig.peer()];

  assertThrows(() => rig.server.closeAll(1005), RangeError);
  assertEquals(rig.server.closeAll(4001, "all out"), 2);

  for (const { socket } of peers) assertEquals(socket.closes, [[4001, "all out"]]);
  await using client = await connect(rig.server);
  assertEquals([client.socket.readyState, rig.server.closeAll()], [1, 1]);
});

Deno.test("WebSocketServer.closeAll() and close() go the same way out: each onClose comes once, with our code", () => {
  const rig = new Rig();
  const peers = [rig.peer(), rig.peer()];
  const removed: string[] = [];
  rig.server.on("connection:removed", ({ id }) => removed.push(id));

  rig.server.close(peers[0]!.connection.id, 4000);
  rig.server.closeAll(4000);
  for (const { socket } of peers) socket.isClosed(4000);

  assertEquals([rig.told.filter((each) => each === "close 4000").length, removed.length], [2, 2]);
});

Deno.test("WebSocketServer.select() is asked anew for each use", () => {
  const rig = new Rig();
  const peers = [rig.peer(), rig.peer(), rig.peer()];
  const chosen = rig.server.select(({ data }) => data.isIn === true);
  assertEquals([chosen.size, [...chosen], chosen.send("x").sent, chosen.close()], [0, [], 0, 0]);

  peers[0]!.connection.data.isIn = true;
  peers[2]!.connection.data.isIn = true;

  assertEquals([chosen.size, [...chosen].length, chosen.send("x").sent], [2, 2, 2]);
  assertThrows(() => chosen.close(1006), RangeError);
  assertEquals([chosen.close(4000, "out"), chosen.size, rig.server.connections.size], [2, 0, 1]);
  assertEquals(peers.map(({ socket }) => [socket.sent.length, socket.closes.length]), [[1, 1], [0, 0], [1, 1]]);
});

Deno.test("WebSocketServer.on() calls listeners in order until they are taken off", () => {
  const rig = new Rig();
  const seen: string[] = [];
  const off = rig.server.on("connection:added", ({ id }) => seen.push(`first ${id}`));
  rig.server.on("connection:added", ({ id }) => seen.push(`second ${id}`));

  const a = rig.peer().connection.id;
  off();
  off();
  const b = rig.peer().connection.id;

  assertEquals(seen, [`first ${a}`, `second ${a}`, `second ${b}`]);
});

Deno.test("WebSocketServer.on() knows its own events, and says what to use for others", () => {
  const { server } = new Rig();

  for (const name of ["chat", "message", "connection", "", "__proto__", "x".repeat(200)]) {
    const error = assertThrows(
      () => server.on(name as keyof WebSocketServerEvents, () => {}),
      TypeError,
      "for messages of your own use handle()",
    );
    assert(error.message.length < 400);
  }
  for (const name of ["connection:added", "connection:removed", "message:received", "message:sent", "error"] as const) {
    server.on(name, () => {})();
  }
});

Deno.test("WebSocketServer.on() lets no name that a peer sends be an event", () => {
  const rig = new Rig();
  let count = 0;
  rig.server.on("error", () => count++);
  rig.server.on("connection:removed", () => count++);
  const { socket } = rig.peer();

  for (const type of ["error", "connection:removed", "close", "disconnect"]) socket.receives({ type });

  assertEquals([count, rig.messages.length], [0, 4]);
});

Deno.test("WebSocketServer.getStats() tells what there is and what there was", async () => {
  const rig = new Rig({ maxConnections: 4, highWaterBytes: 0, maxBufferedBytes: 10, closeTimeoutMs: 1_000 });
  const { server } = rig;
  const [a, b, c] = [rig.peer(), rig.peer(), rig.peer({ readyState: 0 })];
  rig.server.use({
    message: (_c, { data }, next) => {
      if (data === "bad") throw new Error("bad");
      return next();
    },
  });

  a.socket.receives("hello");
  a.socket.receives("bad");
  server.broadcast("x");
  b.socket.bufferedAmount = 11;
  server.broadcast("y");
  await rig.clock.advance(500);

  assertEquals(server.getStats(), {
    connections: 1,
    peakConnections: 2,
    totalConnections: 2,
    connecting: 1,
    waiting: 0,
    closing: 1,
    zombies: 0,
    refused: 0,
    totalMessages: 2,
    messagesReceived: 2,
    messagesSent: 3,
    messagesDropped: 1,
    messagesUnhandled: 0,
    rooms: 0,
    suspended: 0,
    resumed: 0,
    notResumed: 0,
    logs: 1,
    logBytes: 56,
    errors: 1,
    timeouts: 0,
    startTime: new Date("2030-01-01T00:00:00Z"),
    uptimeMs: 500,
  });
  await rig.clock.advance(550);
  assertEquals([server.getStats().closing, server.getStats().zombies], [0, 1]);
  c.socket.isClosed(0);
  assertEquals(server.getStats().connecting, 0);
});

Deno.test("WebSocketServer is disposed of by stopping it", async () => {
  const rig = new Rig();
  const { socket } = rig.peer();
  {
    await using _server = rig.server;
    queueMicrotask(() => socket.isClosed(1012));
  }

  assertEquals([socket.closes[0]?.[0], rig.server.getStats().connections], [1012, 0]);
});
