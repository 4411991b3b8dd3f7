/** Tests of connect() and the client that it gives, on real servers. */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { ConnectionClosedError, RefusedError } from "../../src/errors.ts";
import type { WebSocketConnection } from "../../src/server/types.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { connect, HandshakeRefusedError, testPlatform, VirtualClock } from "../../src/testing/mod.ts";

/** Answers each message with itself: of what came as text or bytes, the content. */
function echoServer(): WebSocketServer {
  return new WebSocketServer({
    handlers: {
      onMessage: (conn, message) => {
        conn.send(message.type === "text" || message.type === "binary" ? message.data : message);
      },
    },
  });
}

Deno.test("connect() goes through the real handshake: url, headers, address and subprotocol reach the server", async () => {
  const seen: WebSocketConnection[] = [];
  const server = new WebSocketServer({
    path: "/rooms/:room",
    protocols: ["chat"],
    origins: ["https://example.com"],
    headers: { "set-cookie": "seen=1" },
    handlers: { onConnect: (conn) => void seen.push(conn) },
  });

  await using client = await connect(server, {
    url: "wss://example.com/rooms/blue?x=1",
    headers: { origin: "https://example.com", cookie: "name=Ada", "user-agent": "test" },
    protocols: ["other", "chat"],
    remoteAddr: "192.0.2.7",
  });

  const conn = seen[0]!;
  assertEquals([conn.url, conn.params], ["https://example.com/rooms/blue?x=1", { room: "blue" }]);
  assertEquals([conn.cookies, conn.userAgent, conn.remoteAddr], [{ name: "Ada" }, "test", "192.0.2.7"]);
  assertEquals([conn.protocol, client.protocol], ["chat", "chat"]);
  assertEquals([client.response.status, client.response.headers.get("set-cookie")], [101, "seen=1"]);
  assertEquals(conn.headers.get("host"), "example.com");
});

Deno.test("connect() uses the path /ws of localhost when nothing else is said", async () => {
  const server = echoServer();
  await using _client = await connect(server);

  const [conn] = server.connections;
  assertEquals([conn!.url, conn!.remoteAddr, conn!.headers.has("origin")], [
    "http://localhost/ws",
    "127.0.0.1",
    false,
  ]);
});

Deno.test("connect() rejects with the status and the text of a refusal", async () => {
  const server = echoServer();

  const error = await assertRejects(
    () => connect(server, { headers: { "sec-websocket-version": "8" } }),
    HandshakeRefusedError,
    "426",
  );

  assertEquals([error.status, error.headers.get("sec-websocket-version")], [426, "13"]);
  assert(error.body.includes("Sec-WebSocket-Version must be 13"), error.body);
  assertEquals(server.getStats().refused, 1);
});

Deno.test("connect() rejects with 404 where the request is not for this server", async () => {
  const error = await assertRejects(() => connect(echoServer(), { url: "/other" }), HandshakeRefusedError, "not for");

  assertEquals([error.status, error.name], [404, "HandshakeRefusedError"]);
});

Deno.test("connect() rejects with what the server says in band to a managed peer", async () => {
  const server = new WebSocketServer({ maxConnections: 1, retryAfterMs: 7_000 });
  await using _first = await connect(server);

  const error = await assertRejects(() => connect(server, { managed: true }), RefusedError);

  assertEquals([error.refusal, error.retryAfterMs], ["full", 7_000]);
});

Deno.test("connect() rejects when the server closes before the welcome", async () => {
  const server = new WebSocketServer();
  const clock = new VirtualClock();
  const slow = new WebSocketServer({ helloTimeoutMs: 1_000, platform: testPlatform(clock) });
  await using silent = await connect(slow, { protocols: "switchboard.v1", managed: false });
  await clock.advance(1_100);
  assertEquals((await silent.closed).code, 4408);

  const connecting = connect(server, { managed: true });
  await server.stop();

  const error = await assertRejects(() => connecting, ConnectionClosedError);
  assertEquals(error.closeCode, 1012);
});

Deno.test("connect() gives up when the peer leaves while the server decides, and the server notices", async () => {
  const decided = Promise.withResolvers<boolean>();
  const server = new WebSocketServer({ origins: () => decided.promise });
  const leave = new AbortController();
  const connecting = connect(server, { headers: { origin: "https://example.com" }, signal: leave.signal });

  leave.abort(new Error("left"));
  await assertRejects(() => connecting, Error, "left");
  decided.resolve(true);
  await decided.promise;
  await server.stop();

  assertEquals([server.getStats().connecting, server.getStats().totalConnections], [0, 0]);
  await assertRejects(() => connect(server, { signal: AbortSignal.abort(new Error("gone")) }), Error, "gone");
});

Deno.test("TestClient.next() gives JSON as its value, other text as it is and bytes as bytes", async () => {
  await using client = await connect(echoServer());

  for (const message of [{ type: "a", n: 1 }, "{not json", Uint8Array.of(1, 2), [1], null]) client.send(message);
  const received = [];
  for (let i = 0; i < 5; i++) received.push(await client.next());

  assertEquals(received, [{ type: "a", n: 1 }, "{not json", Uint8Array.of(1, 2), [1], null]);
  assertEquals(client.messages, received);
});

Deno.test("TestClient.nextRaw() gives every frame as it came, apart from next()", async () => {
  await using client = await connect(echoServer());

  client.sendRaw('{ "type": "a" }');
  client.sendRaw(Uint8Array.of(1));

  assertEquals(await client.next(), { type: "a" });
  assertEquals(await client.nextRaw(), '{"type":"a"}');
  assertEquals(await client.nextRaw(), Uint8Array.of(1));
  assertEquals(client.frames, ['{"type":"a"}', Uint8Array.of(1)]);
});

Deno.test("TestClient.next() has kept what came first, and rejects when all is taken and the connection is over", async () => {
  const server = new WebSocketServer({
    handlers: {
      onConnect: (conn) => {
        conn.send("first");
        conn.close(4000, "enough");
      },
    },
  });
  await using client = await connect(server);
  await client.closed;

  assertEquals(await client.next(), "first");
  const error = await assertRejects(() => client.next(), ConnectionClosedError, 'closed with 4000 "enough"');
  assertEquals([error.closeCode, error.reason], [4000, "enough"]);
});

Deno.test("TestClient.next() rejects for who waits already when the connection ends", async () => {
  await using client = await connect(echoServer());
  const waiting = assertRejects(() => client.next(), ConnectionClosedError, "1006");

  await client.cut();

  await waiting;
});

Deno.test("TestClient speaks switchboard.v1 when it is managed", async () => {
  const server = echoServer();
  await using client = await connect(server, { managed: true });

  const [conn] = server.connections;
  assertEquals([client.isManaged, client.welcome?.id, conn!.isManaged], [true, conn!.id, true]);
  for (const message of [{ type: "a" }, "text", Uint8Array.of(7), 5]) client.send(message);
  const received = [];
  for (let i = 0; i < 4; i++) received.push(await client.next());

  assertEquals(received, [{ type: "a" }, "text", Uint8Array.of(7), "5"]);
  assertEquals(
    client.frames.length >= 2,
    true,
    "the welcome is a frame too, and what was echoed in one turn is another",
  );
});

Deno.test("TestClient takes the messages of an array one by one", async () => {
  const server = echoServer();
  await using client = await connect(server, { protocols: ["switchboard.v1"] });

  const [conn] = server.connections;
  conn!.socket.send('[{"type":"a"},{"type":"$value","data":5},{"type":"$pong"},{"type":"b"}]');

  assertEquals([await client.next(), await client.next(), await client.next()], [{ type: "a" }, 5, { type: "b" }]);
});

Deno.test("TestClient answers pings, with their data, unless it is told not to", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({
    heartbeatInterval: 1_000,
    heartbeatTimeoutMs: 1_000,
    platform: testPlatform(clock),
  });
  await using lively = await connect(server, { managed: true });
  await using silent = await connect(server, { managed: true, answersPings: false });

  await clock.advance(5_000);

  assertEquals([...server.connections].length, 1);
  assertEquals((await silent.closed).code, 4408);
  assertEquals(lively.messages, []);
  lively.answersPings = false;
  await clock.advance(5_000);
  assertEquals((await lively.closed).code, 4408);
});

Deno.test("TestClient.close() and cut() tell how it ended, and so does the server", async () => {
  const ends: [number, string, boolean][] = [];
  const server = new WebSocketServer({
    handlers: { onClose: (_conn, { code, reason, wasClean }) => void ends.push([code, reason, wasClean]) },
  });

  const closed = await (await connect(server)).close(4321, "done");
  const cut = await (await connect(server)).cut();
  await server.stop();

  assertEquals(closed, { code: 4321, reason: "done", wasClean: true });
  assertEquals(cut, { code: 1006, reason: "", wasClean: false });
  assertEquals(ends, [[4321, "done", true], [1006, "", false]]);
});

Deno.test("TestClient.stall() lets what the server sends pile up, and resume() takes it", async () => {
  const server = echoServer();
  await using client = await connect(server);
  const [conn] = server.connections;

  client.stall();
  conn!.send("x".repeat(1_000));
  assertEquals(conn!.bufferedAmount, 1_000);
  client.resume();

  assertEquals(await client.next(), "x".repeat(1_000));
  assertEquals(conn!.bufferedAmount, 0);
});

Deno.test("TestClient's disposal leaves nothing at the server, also when the client was stalled or is closed", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({ idleTimeoutMs: 60_000, platform: testPlatform(clock) });
  {
    await using stalled = await connect(server);
    await using closed = await connect(server);
    stalled.stall();
    server.broadcast("hello");
    await closed.close();
  }

  assertEquals([server.connections.size, server.getStats().closing, clock.pending], [0, 0, 0]);
});

Deno.test("TestClient.send() refuses what no client may send, and sendRaw() does not", async () => {
  const server = echoServer();
  await using client = await connect(server, { managed: true });

  assertThrows(() => client.send({ type: "$hello" }), TypeError, "belong to the protocol");
  client.sendRaw('{"type":"$hello"}');

  assertEquals((await client.closed).code, 4400);
});

Deno.test("testPlatform() keeps the pairs of upgrades that are not of connect(), for a test to open", async () => {
  const platform = testPlatform(new VirtualClock());
  const server = new WebSocketServer({ platform, protocols: ["chat"] });
  const request = new Request("http://localhost/ws", {
    headers: {
      host: "localhost",
      connection: "upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
      "sec-websocket-protocol": "chat",
    },
  });

  const response = await server.handleUpgrade(request);
  const pair = platform.pairs[0]!;
  assertEquals([response!.status, response!.ok, response!.statusText], [101, false, "Switching Protocols"]);
  assertEquals(response!.headers.get("sec-websocket-protocol"), "chat");
  assertEquals([server.connections.size, server.getStats().connecting], [0, 1]);
  pair.client.addEventListener("open", { handleEvent: () => pair.client.close() });
  pair.open();
  await pair.ended;

  assertEquals(server.getStats().totalConnections, 1);
});

Deno.test("testPlatform() says what to do in place of listening", async () => {
  const server = new WebSocketServer({ platform: testPlatform(new VirtualClock()) });

  const error = await assertRejects(() => server.listen({ port: 0 }));

  assertInstanceOf((error as Error).cause, Error);
  assert(((error as Error).cause as Error).message.includes("use connect(server)"));
});
