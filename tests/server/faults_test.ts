/** The faults of other systems that are known, each with the proof that it is not repeated here. */

import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { getWebSocketServer, initWebSocket, resetWebSocket } from "../../src/access.ts";
import { WebSocketClient } from "../../src/client/mod.ts";
import { maySend } from "../../src/protocol/close_codes.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { connect, testClientPlatform, testPlatform, VirtualClock } from "../../src/testing/mod.ts";
import { NOTHING, Rig } from "./tools/rig.ts";

Deno.test("fault 1 is not repeated here: what the documents promise is there, and objects are sent as they are", async () => {
  const clock = new VirtualClock();
  try {
    const initialized = initWebSocket({
      platform: testPlatform(clock),
      handlers: { onConnect: (conn) => void conn.send({ type: "welcome", message: "hello" }) },
    });
    assertInstanceOf(initialized, Promise);
    assertStrictEquals(await initialized, getWebSocketServer());
    const server = getWebSocketServer();
    const client = new WebSocketClient({ url: "ws://localhost/ws", platform: testClientPlatform(clock, { server }) });
    const received: unknown[] = [];
    client.on("message", (message) => received.push(message));

    await client.connect();
    server.broadcast({ type: "notification", message: "to all" });
    await clock.advance(0);
    assertEquals(server.close(server.connections.ids()[0]!), true);
    await client.disconnect();

    assertEquals(received, [{ type: "welcome", message: "hello" }, { type: "notification", message: "to all" }]);
  } finally {
    await resetWebSocket();
  }
});

Deno.test("fault 2 is not repeated here: bytes arrive as bytes", async () => {
  const rig = new Rig();
  await using client = await connect(rig.server);

  client.send(Uint8Array.of(0, 255, 128));
  await rig.settle();

  assertEquals(rig.messages, [{ type: "binary", data: Uint8Array.of(0, 255, 128) }]);
  assertInstanceOf(rig.messages[0]!.data, Uint8Array);
});

Deno.test("fault 3 is not repeated here: the application's stream has no pings, silence has an end, codes are legal, and one timer does for all", async () => {
  const rig = new Rig({ heartbeatInterval: 10_000, heartbeatTimeoutMs: 5_000, idleTimeoutMs: 3_600_000 });
  const plain = Array.from({ length: 1_000 }, () => rig.peer());
  const silent = rig.peer({ isManaged: true });

  assertEquals(rig.clock.pending, 1, "timers for 1,001 connections");
  await rig.clock.advance(15_150);

  assertEquals(plain.filter(({ socket }) => socket.sent.length > 0).length, 0, "plain peers that were sent anything");
  assertEquals(silent.socket.closes, [[4408, "silent for too long"]]);
  assert(maySend(silent.socket.closes[0]![0]!));
  for (const { socket } of [...plain, silent]) socket.isClosed(1000);
  assertEquals(rig.left, NOTHING);
});

Deno.test("fault 4 is not repeated here: requests that ask for no upgrade are no errors, the path counts, and copies of requests are refused in order", async () => {
  const rig = new Rig({ path: "/chat" });

  assertEquals(rig.server.handleUpgrade(new Request("http://localhost/chat")), null);
  assertEquals(
    rig.server.handleUpgrade(new Request("http://localhost/ws", { headers: { upgrade: "websocket" } })),
    null,
  );
  assertEquals([rig.errors, rig.server.getStats().refused], [[], 0]);

  const failing = () => {
    throw new TypeError("Upgrade unavailable");
  };
  const wrapped = {
    handleUpgrade: (request: Request, info: object) => rig.server.handleUpgrade(request, { ...info, upgrade: failing }),
  };
  const error = await connect(wrapped, { url: "/chat" }).catch((error) => error);
  assertEquals([error.status, rig.errors.length, rig.left], [500, 1, NOTHING]);
});

Deno.test("fault 5 is not repeated here: a welcome that is sent in onConnect arrives", async () => {
  const rig = new Rig({ handlers: { onConnect: (conn) => void conn.send({ type: "welcome" }) } });

  await using plain = await connect(rig.server);
  await using managed = await connect(rig.server, { managed: true });

  assertEquals([await plain.next(), await managed.next()], [{ type: "welcome" }, { type: "welcome" }]);
});

Deno.test("fault 6 is not repeated here: a handler that throws at once is caught like one that rejects", async () => {
  const rig = new Rig({
    handlers: {
      onMessage: () => {
        throw new Error("at once");
      },
      onClose: () => Promise.reject(new Error("later")),
    },
  });
  const client = await connect(rig.server);

  client.send("x");
  await client.close();
  await rig.settle();

  assertEquals(rig.errorTexts, ["at once", "later"]);
});

Deno.test("fault 7 is not repeated here: closeAll() and close() of each one are the same way out", async () => {
  const outcomes = [];
  for (
    const closeThem of [
      (rig: Rig) => rig.server.closeAll(4000, "out"),
      (rig: Rig) => rig.server.connections.ids().forEach((id) => rig.server.close(id, 4000, "out")),
    ]
  ) {
    const rig = new Rig({ idleTimeoutMs: 60_000 });
    const clients = [await connect(rig.server), await connect(rig.server)];

    closeThem(rig);
    await Promise.all(clients.map((client) => client.closed));
    await rig.settle();

    outcomes.push([rig.told, rig.closes, rig.left, rig.server.getStats().totalConnections]);
  }

  assertEquals(outcomes[0], outcomes[1]);
  assertEquals(outcomes[0]![2], NOTHING);
});

Deno.test("fault 8 is not repeated here: after a restart the client comes back, with delays that grow and differ, and keeps one timer", async () => {
  const clock = new VirtualClock();
  const platform = () => testPlatform(clock);
  let server: WebSocketServer | undefined = new WebSocketServer({ platform: platform() });
  let drawn = 0;
  const randoms = [0.9, 0.5, 0.7, 0.3];
  const client = new WebSocketClient({
    url: "ws://localhost/ws",
    platform: testClientPlatform(clock, { server: () => server, random: () => randoms[drawn++ % randoms.length]! }),
    reconnect: { baseDelayMs: 1_000, maxDelayMs: 60_000, factor: 2 },
  });
  const delays: number[] = [];
  client.on("waiting", ({ delayMs }) => delays.push(delayMs));
  const connecting = client.connect();
  let isOpen = false;
  client.connect().then(() => isOpen = true);
  await Promise.resolve();
  assertEquals(isOpen, false, "connect() while connecting waits too");
  await connecting;
  await clock.advance(10_000);

  const old = server;
  server = undefined;
  await old.stop(); // closes with 1012, cleanly
  await clock.advance(120_000);
  assert(delays.length >= 5, `attempts go on while nobody listens: ${delays}`);
  const shares = delays.slice(1, 5).map((delayMs, i) => delayMs / (1_000 * 2 ** (i + 1)));
  assertEquals(new Set(shares.map((share) => share.toFixed(3))).size > 1, true, `drawn by lot: ${shares}`);
  assert(shares.every((share) => share >= 0 && share <= 1), `from 0 to base * factor^n: ${shares}`);
  server = new WebSocketServer({ platform: platform() });
  await clock.advance(120_000);

  assertEquals([client.getState(), server.connections.size], ["open", 1]);
  await clock.advance(3_600_000);
  assert(clock.pending <= 3, `one timer of the client, one of each server: ${clock.pending}`);
  await client.disconnect();
  await server.stop();
  assertEquals(clock.pending, 0);
});

Deno.test("fault 9 is not repeated here: a failing receiver stops no broadcast, others may come and go in it, and ids are ours", async () => {
  const rig = new Rig();
  const [failing, leaving, staying] = [rig.peer(), rig.peer(), rig.peer()];
  failing.socket.sendError = new Error("gone");
  rig.server.on("error", () => {
    leaving.connection.close();
    rig.peer();
  });

  rig.server.broadcast("x");
  assertEquals([staying.socket.sent, leaving.socket.sent], [["x"], []]);

  const { id } = staying.connection;
  await using imposter = await connect(rig.server, { url: `/ws/${id}`, headers: { "x-client-id": id } });
  imposter.send({ type: "hello", id, client_id: id });
  await rig.settle();
  assertStrictEquals(rig.server.getConnection(id), staying.connection);
});

Deno.test("fault 10 is not repeated here: a slow peer holds up nobody, and nothing points to a connection that is gone", async () => {
  const rig = new Rig({ highWaterBytes: 10, maxBufferedBytes: 100 });
  await using slow = await connect(rig.server);
  await using quick = await connect(rig.server);
  slow.stall();

  for (let i = 0; i < 50; i++) {
    rig.server.broadcast({ type: "n", data: i });
    await rig.settle();
  }

  assertEquals(quick.messages.length, 50);
  assertEquals([rig.closes.map(({ code }) => code), rig.server.connections.size], [[1013], 1]);
  assertEquals(rig.server.broadcast("x").sent, 1);
});

Deno.test("fault 11 is not repeated here: there is one limit, and it is the one that was set", async () => {
  const rig = new Rig({ maxConnections: 3 });
  const clients = [await connect(rig.server), await connect(rig.server), await connect(rig.server)];

  const error = await connect(rig.server).catch((error) => error);
  assertEquals([error.status, rig.server.connections.size], [503, 3]);
  await Promise.all(clients.map((client) => client.close()));
  const next = await connect(rig.server);

  assertEquals(rig.server.connections.size, 1);
  await next.close();
});
