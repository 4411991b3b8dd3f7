/** Tests of peers while they are judged after their hello: what waits, what ends them, and that nobody is let in early. */

import { assertEquals } from "@std/assert";
import { CLOSED } from "../../src/internal/socket_like.ts";
import type { WebSocketConfig } from "../../src/server/options.ts";
import { NOTHING, type Peer, Rig } from "./tools/rig.ts";
import { ALL, authenticate, hello, SILENT, slowRig, typesOf } from "./tools/sign_in.ts";

Deno.test("who has not signed in is in no registry, gets no broadcast, joins nothing and is handed on nowhere", async () => {
  const { rig, answers } = slowRig();
  rig.server.room("*");
  const peer = rig.peer(SILENT);
  const others: unknown[] = [];
  rig.server.on("connection:added", (conn) => others.push(conn));

  peer.socket.receives([hello("ada"), { type: "$join", id: 1, room: "blue" }, { type: "chat" }, { type: "$ping" }]);
  peer.socket.receives({ type: "chat" });
  rig.server.broadcast({ type: "news" });
  peer.connection.send({ type: "direct" });
  const { connection } = peer;
  assertEquals([connection.join("blue"), connection.state, connection.userId], [false, "connecting", undefined]);
  assertEquals([rig.server.connections.size, rig.server.rooms.size, peer.socket.sent, rig.told, others], [
    0,
    0,
    [],
    [],
    [],
  ]);
  answers[0]!.resolve(null);
  await rig.settle();

  assertEquals([typesOf(peer), rig.told, rig.server.rooms.size], [["$refused"], [], 0]);
});

Deno.test("what came behind the hello is handled in its order when the peer is in", async () => {
  const { rig, answers } = slowRig();
  rig.server.room("*");
  const peer = rig.peer(SILENT);

  peer.socket.receives([hello("t"), { type: "one" }, { type: "$ping", data: 1 }]);
  peer.socket.receives({ type: "$join", id: 1, room: "blue" });
  peer.socket.receives(Uint8Array.of(0, 0, 7));
  peer.socket.receives({ type: "two" });
  answers[0]!.resolve({ userId: "ada" });
  await rig.settle();

  assertEquals(rig.told, ["connect", "message one", "message binary", "message two"]);
  assertEquals(typesOf(peer), ["$welcome", "$pong", "$reply"]);
  assertEquals(peer.connection.rooms, ["blue"]);
});

Deno.test("what came behind the hello is handled no further when one of it ends the connection", async () => {
  const { rig, answers } = slowRig({ handlers: { onMessage: (conn) => conn.close() } });
  const peer = rig.peer(SILENT);

  peer.socket.receives([hello("t"), { type: "one" }, { type: "two" }]);
  answers[0]!.resolve({});
  await rig.settle();

  assertEquals([rig.told, peer.socket.closes.length], [["connect", "message one"], 1]);
});

Deno.test("what a plain peer sent while it was judged is handled no further when one of it ends the connection", async () => {
  const { rig, answers } = slowRig({ ...ALL, handlers: { onMessage: (conn) => conn.close() } });
  const { socket } = rig.peer();

  socket.receives(authenticate("t"));
  socket.receives({ type: "one" });
  socket.receives({ type: "two" });
  answers[0]!.resolve({});
  await rig.settle();

  const { refused } = rig.server.getStats();
  assertEquals([rig.told, socket.closes.length, refused], [["connect", "message one"], 1, 0]);
});

Deno.test("authenticate that ends the connection which it is asked about lets nobody in", async () => {
  const rig: Rig = new Rig({
    authenticate: () => {
      rig.server.stop();
      return {};
    },
  });
  const { socket } = rig.peer(SILENT);

  socket.receives(hello("t"));
  await rig.settle();

  assertEquals([rig.told, socket.messages, socket.closes[0]?.[0]], [[], [], 1012]);
  socket.isClosed(1012);
});

Deno.test("who sends too much before it is in is closed with 4429", async () => {
  const bounds: WebSocketConfig[] = [{ maxQueuedMessages: 2 }, { maxQueuedBytes: 40 }];
  for (const config of bounds) {
    const { rig, requests } = slowRig(config);
    const peer = rig.peer(SILENT);

    peer.socket.receives(hello("t"));
    for (let i = 0; i < 3; i++) peer.socket.receives({ type: "chat", n: i });
    await rig.settle();

    assertEquals([peer.socket.closes[0]?.[0], requests[0]!.signal.aborted, rig.told], [4429, true, []]);
  }
});

Deno.test("a frame that breaks the protocol ends a peer also while it is judged", async () => {
  const { rig, answers } = slowRig();
  const peer = rig.peer(SILENT);

  peer.socket.receives(hello("t"));
  peer.socket.receives("{");
  answers[0]!.resolve({});
  await rig.settle();

  assertEquals([peer.socket.closes.map(([code]) => code), rig.told], [[4400], []]);
});

Deno.test("a second hello while the first one is judged is a breach when its turn comes", async () => {
  const { rig, answers } = slowRig();
  const peer = rig.peer(SILENT);

  peer.socket.receives(hello("t"));
  peer.socket.receives(hello("u"));
  answers[0]!.resolve({});
  await rig.settle();

  assertEquals([answers.length, peer.socket.closes[0]], [1, [4400, "a hello is said once"]]);
});

Deno.test("authenticate hears that a peer has left after its hello, and its answer lets nobody in", async () => {
  for (const leaves of [(peer: Peer) => peer.socket.isClosed(1001), (peer: Peer) => peer.connection.close()]) {
    const { rig, requests, answers } = slowRig({ openTimeoutMs: 0 });
    const peer = rig.peer(SILENT);
    peer.socket.receives(hello("t"));
    assertEquals(requests[0]!.signal.aborted, false);

    leaves(peer);
    assertEquals(requests[0]!.signal.aborted, true);
    answers[0]!.resolve({ userId: "ada" });
    await rig.settle();
    if (peer.socket.readyState !== CLOSED) peer.socket.isClosed(1000);

    assertEquals([rig.told, rig.left, [...rig.server.toUser("ada")]], [[], NOTHING, []]);
  }
});

Deno.test("authenticate has openTimeoutMs after the hello, and the peer none of helloTimeoutMs any more", async () => {
  const { rig } = slowRig({ openTimeoutMs: 3_000, helloTimeoutMs: 1_000 });
  const peer = rig.peer(SILENT);
  await rig.clock.advance(900);
  peer.socket.receives(hello("t"));

  await rig.clock.advance(2_900);
  assertEquals(peer.socket.closes, []);
  await rig.clock.advance(200);

  assertEquals([peer.socket.messages, peer.socket.closes[0]?.[0]], [
    [{ type: "$refused", code: "internal_error" }],
    1011,
  ]);
  assertEquals(rig.errorTexts, ["The check has not answered in 3000 ms"]);
});

Deno.test("a stop closes who is being judged, and waits for no decision", async () => {
  const { rig, requests } = slowRig();
  const peer = rig.peer(SILENT);
  peer.socket.receives(hello("t"));

  const stopped = rig.server.stop();
  peer.socket.isClosed(1012);
  await stopped;

  assertEquals([requests[0]!.signal.aborted, peer.socket.closes[0]?.[0], rig.left], [true, 1012, NOTHING]);
});
