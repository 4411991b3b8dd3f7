/** Tests of handing messages to one peer: what is kept, where it goes, and what the caller is told. */

import { assertEquals } from "@std/assert";
import { Rig } from "./tools/rig.ts";
import { SessionPeer } from "./tools/session_peer.ts";

Deno.test("Delivery says what became of a message to a client that keeps a session", async () => {
  const rig = new Rig({ highWaterBytes: 100, maxBufferedBytes: 1_000, resume: { windowMs: 5_000 } });
  const peer = new SessionPeer(rig);
  const data = "x".repeat(100); // so that the socket is asked each time

  const here = peer.connection.send({ type: "a" });
  peer.socket.bufferedAmount = 500;
  const slow = [1, 2, 3].map(() => peer.connection.send({ type: "b", data }));
  peer.socket.bufferedAmount = 2_000;
  const over = peer.connection.send({ type: "c", data });
  const away = peer.connection.send({ type: "d" });
  await rig.clock.advance(6_000);
  const ended = peer.connection.send({ type: "e" });

  assertEquals([here, slow[2], over, away, ended], ["sent", "queued", "queued", "queued", "closed"]);
});

Deno.test("Delivery loses nothing where too much waits for a peer: it comes when the client is back", async () => {
  const rig = new Rig({ highWaterBytes: 100, maxBufferedBytes: 1_000 });
  const first = new SessionPeer(rig);
  first.socket.bufferedAmount = 2_000;

  first.connection.send({ type: "n", data: 1 });
  await rig.settle();
  const second = first.again();

  assertEquals([first.socket.closes[0]?.[0], rig.closes[0]!.resumable], [1013, true]);
  assertEquals(second.heard, [{ type: "n", data: 1 }]);
});

Deno.test("Delivery counts answers and errors, and numbers no message of the protocol", () => {
  const rig = new Rig();
  rig.server.handle("ask", () => 1);
  rig.server.handle("fail", () => {
    throw new Error("broken");
  });
  rig.server.room("tea");
  const peer = new SessionPeer(rig);

  peer.say({ type: "ask", id: 1 }).say({ type: "fail", id: 2 }).say({ type: "fail" }).say({ type: "$ping" }).join(
    "tea",
  );
  peer.say({ type: "$credentials", id: 3, token: "t" });
  peer.connection.join("attic");

  assertEquals(peer.types, ["$reply", "$error", "$error", "$pong", "$reply", "$error", "$joined"]);
  assertEquals([peer.received, peer.connection.session!.inbox.end], [5, 5]);
});

Deno.test("Delivery of what is volatile or in a log is not counted, and what a rule picks is", () => {
  const rig = new Rig({ history: { rooms: { nothing: false } } });
  const peer = new SessionPeer(rig);
  peer.connection.join("nothing");

  rig.server.broadcast({ type: "all" });
  rig.server.broadcast({ type: "volatile" }, { volatile: true });
  rig.server.broadcast({ type: "no log" }, { room: "nothing" });
  rig.server.broadcast({ type: "picked" }, { where: () => true });
  rig.server.broadcast({ type: "picked, volatile" }, { where: () => true, volatile: true });

  assertEquals(peer.heard.slice(1), [
    { type: "all", $at: 1 },
    { type: "volatile", $volatile: true },
    { type: "no log", $room: "nothing", $volatile: true },
    { type: "picked" },
    { type: "picked, volatile", $volatile: true },
  ]);
  assertEquals([peer.received, peer.connection.session!.inbox.end], [1, 1]);
});

Deno.test("Delivery keeps bytes for who is away, as it keeps text", () => {
  const rig = new Rig();
  const first = new SessionPeer(rig).cut();
  rig.server.send(first.welcome.id, Uint8Array.of(1, 2));
  rig.server.broadcast(Uint8Array.of(3));

  const { heard } = first.again();

  assertEquals(heard as unknown[], [
    { type: "binary", data: Uint8Array.of(1, 2) },
    { type: "binary", data: Uint8Array.of(3), $at: 1 },
  ]);
});
