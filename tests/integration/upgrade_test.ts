/** Tests on real sockets: ways to put a server into an application, and what stands on the 101. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { within } from "../hostile/harness/deadline.ts";
import { closeFrame, decodeFrame, OPCODE, textFrame } from "../hostile/harness/frames.ts";
import { decodeResponseHead, encodeHandshake } from "../hostile/harness/handshake.ts";
import { RawPeer } from "../hostile/harness/raw_peer.ts";
import { WebSocketServer } from "../../src/server/mod.ts";
import { DEADLINE_MS, PlainSocket } from "./tools/plain_socket.ts";
import { selfSigned } from "./tools/self_signed.ts";
import { WatchedServer } from "./tools/watched_server.ts";

const LOOPBACK = { port: 0, hostname: "127.0.0.1", onListen: () => {} };

/** The answer to a handshake, and the end of it. */
async function handshake(port: number, target: string, headers: Record<string, string>) {
  using peer = await RawPeer.connect({ hostname: "127.0.0.1", port });
  await peer.write(encodeHandshake(`127.0.0.1:${port}`, { target, headers }));
  const response = await peer.nextResponse();
  if (response?.status === 101) await peer.leave();
  return { status: response!.status, headers: response!.headers };
}

Deno.test("handleUpgrade() works inside a Deno.serve handler, beside the application's own routes", async () => {
  const server = new WebSocketServer({ handlers: { onMessage: (conn, message) => conn.send(message) } });
  await using http = Deno.serve(LOOPBACK, (request, info) => {
    return server.handleUpgrade(request, info) ?? new Response("Not Found", { status: 404 });
  });
  const { port } = http.addr;
  await using socket = await PlainSocket.open(`ws://127.0.0.1:${port}/ws`);

  socket.socket.send('{"type":"hello"}');

  assertEquals(await socket.nextJson(), { type: "hello" });
  assertEquals([...server.connections].map((conn) => conn.remoteAddr), ["127.0.0.1"]);
  const other = await fetch(`http://127.0.0.1:${port}/other`);
  assertEquals([other.status, await other.text()], [404, "Not Found"]);
});

Deno.test("fetch is a whole handler for Deno.serve", async () => {
  const server = new WebSocketServer();
  await using http = Deno.serve(LOOPBACK, server.fetch);
  const base = `http://127.0.0.1:${http.addr.port}`;

  const statuses = [];
  for (const path of ["/ws", "/other"]) {
    const response = await fetch(`${base}${path}`);
    statuses.push(response.status);
    await response.body?.cancel();
  }
  await using socket = await PlainSocket.open(`${base.replace("http", "ws")}/ws`);

  assertEquals([statuses, socket.socket.readyState], [[426, 404], WebSocket.OPEN]);
});

Deno.test("handleUpgrade() with a check that takes its time upgrades afterwards, and refuses", async () => {
  const server = new WebSocketServer({
    origins: async (_origin, request) => {
      await within(new Promise<void>((resolve) => setImmediate(resolve)), DEADLINE_MS, "a turn");
      return request.url.endsWith("?yes");
    },
  });
  await using http = Deno.serve(LOOPBACK, server.fetch);
  const open = async (query: string): Promise<number> => {
    const response = await handshake(http.addr.port, `/ws?${query}`, { Origin: "http://localhost" });
    return response.status;
  };

  assertEquals([await open("yes"), await open("no")], [101, 403]);
  await server.stop();
});

Deno.test("listen(), stop() and listen() again on the same port: peers are told, and may come back", async () => {
  const server = new WebSocketServer();
  const { port } = await server.listen({ port: 0, hostname: "127.0.0.1" });
  const url = `ws://127.0.0.1:${port}/ws`;
  const first = await PlainSocket.open(url);

  await server.stop();
  assertEquals(await first.closed, { code: 1012, reason: "the server stops", wasClean: true });
  assertEquals([server.isRunning, server.address], [false, undefined]);
  await assertRejects(() => PlainSocket.open(url));
  assertEquals(await server.listen({ port, hostname: "127.0.0.1" }), { port, hostname: "127.0.0.1" });
  const second = await PlainSocket.open(url);

  assertEquals(server.connections.size, 1);
  await second.close();
  await server.stop();
});

Deno.test("listen() rejects when the port is taken", async () => {
  await using one = new WebSocketServer();
  const { port } = await one.listen({ port: 0, hostname: "127.0.0.1" });
  const other = new WebSocketServer();

  const error = await assertRejects(() => other.listen({ port, hostname: "127.0.0.1" }), Error, `127.0.0.1:${port}`);

  assertEquals((error as Error & { cause: unknown }).cause instanceof Deno.errors.AddrInUse, true);
});

Deno.test("the 101 carries the headers of the option headers, and each cookie in a line of its own", async () => {
  await using watched = await WatchedServer.start({
    headers: ({ cookies }) => [["set-cookie", "a=1; Path=/"], ["set-cookie", "b=2"], ["x-seen", cookies.who ?? ""]],
  });
  using peer = await watched.raw({ headers: { Cookie: "who=Ada" } });

  const response = await peer.nextResponse();

  assertEquals(response?.status, 101);
  assertEquals([response?.headers.get("set-cookie"), response?.headers.get("x-seen")], ["a=1; Path=/, b=2", "Ada"]);
  await peer.leave();
});

Deno.test("subprotocols are negotiated, also where the list is written without spaces", async () => {
  await using watched = await WatchedServer.start({ protocols: ["chat", "superchat"] });
  for (
    const [offer, chosen] of [["superchat,chat", "chat"], ["x, superchat", "superchat"], ["x,y", undefined]] as const
  ) {
    using peer = await watched.raw({ headers: { "Sec-WebSocket-Protocol": offer } });
    const response = await peer.nextResponse();
    assertEquals([response?.status, response?.headers.get("sec-websocket-protocol")], [101, chosen]);
    await peer.leave();
  }
  await using socket = await PlainSocket.open(watched.url(), ["superchat"]);

  assertEquals(socket.socket.protocol, "superchat");
  assertEquals([...watched.server.connections].map((conn) => conn.protocol), ["superchat"]);
});

Deno.test("what the request said can be read when the connection is open, and later", async () => {
  await using watched = await WatchedServer.start({ path: "/ws/:room" });
  using peer = await watched.raw({
    target: "/ws/a%20b?token=1",
    headers: { "User-Agent": "test/1", "Cookie": "a=1", "X-More": ["one", "two"] },
  });
  await peer.nextResponse();
  const { connection } = await watched.next("connect");
  await peer.write(textFrame("hello"));
  await watched.next("message");

  assertEquals([connection.params.room, new URL(connection.url).search], ["a b", "?token=1"]);
  assertEquals([connection.userAgent, connection.cookies.a, connection.headers.get("x-more")], [
    "test/1",
    "1",
    "one, two",
  ]);
  assertMatch(connection.id, /^[0-9A-Z]{26}$/);
  await peer.leave();
});

Deno.test("the case of the Host header does not matter", async () => {
  await using watched = await WatchedServer.start();
  using peer = await watched.raw({ headers: { Host: `LocalHost:${watched.address.port}` } });

  assertEquals((await peer.nextResponse())?.status, 101);
  await peer.leave();
});

Deno.test("adopt() takes a socket that somebody else upgraded, before it is open", async () => {
  const server = new WebSocketServer({
    handlers: { onConnect: (conn) => conn.send({ type: "welcome", to: conn.remoteAddr, at: conn.url }) },
  });
  await using http = Deno.serve(LOOPBACK, (request, info) => {
    const { url } = request;
    const known = { url, headers: new Headers(request.headers), remoteAddr: info.remoteAddr.hostname };
    const { socket, response } = Deno.upgradeWebSocket(request);
    const conn = server.adopt(socket, known);
    if (url.endsWith("/closed")) conn.close(4000, "not today");
    return response;
  });
  const url = `ws://127.0.0.1:${http.addr.port}`;
  await using socket = await PlainSocket.open(`${url}/any/path`);
  const closed = await PlainSocket.open(`${url}/closed`);

  assertEquals(await socket.nextJson(), {
    type: "welcome",
    to: "127.0.0.1",
    at: `${url.replace("ws", "http")}/any/path`,
  });
  assertEquals(await within(closed.closed, DEADLINE_MS, "a close"), {
    code: 4000,
    reason: "not today",
    wasClean: true,
  });
  assertEquals(server.connections.size, 1);
});

Deno.test("listen() with a certificate speaks TLS, and an Origin of the wrong scheme is refused then", async () => {
  const { cert, key } = await selfSigned();
  const server = new WebSocketServer({ handlers: { onConnect: (conn) => conn.send(conn.url) } });
  const { port } = await server.listen({ port: 0, hostname: "127.0.0.1", cert, key });
  const talk = async (origin: string) => {
    using peer = await Deno.connectTls({ hostname: "localhost", port, caCerts: [cert] });
    await peer.write(encodeHandshake(`localhost:${port}`, { headers: { Origin: origin } }));
    let received = new Uint8Array();
    const buffer = new Uint8Array(4_096);
    for (;;) {
      const answer = decodeResponseHead(received);
      if (answer !== undefined && answer.head.status !== 101) return [answer.head.status, ""];
      const first = answer === undefined ? undefined : decodeFrame(received.subarray(answer.size));
      if (first !== undefined) {
        await peer.write(closeFrame(1000));
        return [101, new TextDecoder().decode(first.frame.payload)];
      }
      const count = await within(peer.read(buffer), DEADLINE_MS, "an answer");
      if (count === null) return [0, ""];
      received = Uint8Array.of(...received, ...buffer.subarray(0, count));
    }
  };

  assertEquals(await talk(`https://localhost:${port}`), [101, `https://localhost:${port}/ws`]);
  assertEquals(await talk(`http://localhost:${port}`), [403, ""]);
  await server.stop();
});

Deno.test("text, JSON and binary go both ways with a plain WebSocket, and the frames hold nothing else", async () => {
  await using watched = await WatchedServer.start({
    handlers: {
      onMessage: (conn, message) => {
        conn.send(message.type === "text" || message.type === "binary" ? message.data : message);
      },
    },
  });
  await using socket = await PlainSocket.open(watched.url());
  using raw = await watched.raw();
  await raw.nextResponse();
  const texts = ["hello", "", "äöü €😀", '{"type":"chat","data":[1,null]}', "{not json"];

  for (const text of texts) socket.socket.send(text);
  socket.socket.send(Uint8Array.of(0, 255, 1));
  for (const text of texts) await raw.write(textFrame(text));

  for (const text of texts) assertEquals(await socket.next(), text);
  assertEquals(await socket.next(), Uint8Array.of(0, 255, 1));
  for (const text of texts) {
    const frame = await raw.nextFrame();
    assertEquals([frame?.opcode, new TextDecoder().decode(frame?.payload)], [OPCODE.text, text]);
  }
  const binary = watched.told.find((each) => each.type === "message" && each.message.type === "binary");
  assertEquals(binary?.type === "message" && binary.message.data instanceof Uint8Array, true);
  await raw.leave();
});
