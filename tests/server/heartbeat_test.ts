/** Tests of the heartbeat: who is pinged, who is dead or idle, and what a pause changes. */

import { assert, assertEquals } from "@std/assert";
import { SLOT_MS } from "../../src/server/scheduler.ts";
import { NOTHING, type Peer, Rig } from "./tools/rig.ts";

const BEAT = { heartbeatInterval: 10_000, heartbeatTimeoutMs: 5_000, writeTimeoutMs: 0 };
const PONG = { type: "$pong" };

function pings({ socket }: Peer): number {
  return socket.messages.filter((message) => (message as { type: string }).type === "$ping").length;
}

Deno.test("Heartbeat pings a managed peer that was silent for the interval", async () => {
  const rig = new Rig(BEAT);
  const peer = rig.peer({ isManaged: true });

  await rig.clock.advance(9_950);
  assertEquals(pings(peer), 0);
  await rig.clock.advance(100);

  assertEquals([pings(peer), peer.socket.messages.at(-1), peer.connection.isOpen], [1, { type: "$ping" }, true]);
});

Deno.test("Heartbeat takes a peer for dead that does not answer, within interval, timeout and a slot or two", async () => {
  const rig = new Rig(BEAT);
  const peer = rig.peer({ isManaged: true });
  let deadAt = 0;
  rig.server.on("connection:removed", () => deadAt = rig.clock.now());

  await rig.clock.advance(20_000);

  assertEquals([peer.socket.closes, rig.told], [[[4408, "silent for too long"]], ["connect", "close 4408"]]);
  assert(deadAt >= 15_000 && deadAt <= 15_000 + 2 * SLOT_MS, `${deadAt}`);
  assertEquals([pings(peer), rig.server.getStats().timeouts], [1, 1]);
  peer.socket.isClosed(0);
  assertEquals(rig.left, NOTHING);
});

Deno.test("Heartbeat goes on with a peer that answers, for ever", async () => {
  const rig = new Rig(BEAT);
  const peer = rig.peer({ isManaged: true });

  for (let i = 0; i < 100; i++) {
    await rig.clock.advance(10_100);
    assertEquals(pings(peer), i + 1);
    peer.socket.receives(PONG);
  }

  assertEquals([peer.connection.isOpen, rig.told], [true, ["connect"]]);
});

Deno.test("Heartbeat takes anything at all for an answer", async () => {
  for (const answer of [{ type: "chat" }, { type: "$unknown" }, Uint8Array.of(0, 0)]) {
    const rig = new Rig(BEAT);
    const peer = rig.peer({ isManaged: true });

    await rig.clock.advance(14_900);
    peer.socket.receives(answer);
    await rig.clock.advance(5_000);

    assertEquals([pings(peer), peer.connection.isOpen], [1, true]);
  }
});

Deno.test("Heartbeat never pings a peer that talks", async () => {
  const rig = new Rig(BEAT);
  const peer = rig.peer({ isManaged: true });

  for (let i = 0; i < 50; i++) {
    await rig.clock.advance(8_000);
    peer.socket.receives({ type: "chat" });
  }

  assertEquals([pings(peer), peer.connection.isOpen], [0, true]);
});

Deno.test("Heartbeat takes no answer from before the ping for one to it", async () => {
  const rig = new Rig(BEAT);
  const peer = rig.peer({ isManaged: true });
  await rig.clock.advance(500);
  peer.socket.receives({ type: "chat" });

  await rig.clock.advance(16_700);

  assertEquals([pings(peer), peer.connection.isOpen], [1, false]);
});

Deno.test("Heartbeat takes an answer within the same tick of its coarse clock for an answer", async () => {
  const rig = new Rig(BEAT);
  const peer = rig.peer({ isManaged: true });

  await rig.clock.advance(10_000);
  assertEquals(pings(peer), 1);
  peer.socket.receives(PONG);
  await rig.clock.advance(9_000);

  assertEquals(peer.connection.isOpen, true);
});

Deno.test("Heartbeat forgives one pause of the machine: all who were there still are", async () => {
  const rig = new Rig(BEAT);
  const peers = [rig.peer({ isManaged: true }), rig.peer({ isManaged: true })];
  await rig.clock.advance(5_000);

  await rig.clock.jump(3_600_000);
  for (const { socket } of peers) socket.receives(PONG);
  await rig.clock.advance(9_000);

  assertEquals(peers.map(({ connection }) => connection.isOpen), [true, true]);
});

Deno.test("Heartbeat finds who went away during a pause, after it", async () => {
  const rig = new Rig(BEAT);
  const peer = rig.peer({ isManaged: true });
  await rig.clock.advance(12_000);
  assertEquals(pings(peer), 1);

  await rig.clock.jump(3_600_000);
  assertEquals(peer.connection.isOpen, true);
  await rig.clock.advance(6_000);

  assertEquals(peer.connection.isOpen, false);
});

Deno.test("Heartbeat sends nothing to plain peers, whom the runtime looks after, and lets none of them wait", async () => {
  const rig = new Rig(BEAT);
  const { socket, connection } = rig.peer();

  await rig.clock.advance(3_600_000);

  assertEquals([socket.sent, connection.isOpen, rig.clock.pending], [[], true, 0]);
});

Deno.test("Heartbeat is off when its interval is 0, and the peer is told so", async () => {
  const rig = new Rig({ heartbeatInterval: 0 });
  const { socket, connection } = rig.peer({ isManaged: true });

  await rig.clock.advance(3_600_000);

  assertEquals([socket.sent.length, connection.isOpen], [1, true]);
  assertEquals((socket.messages[0] as { heartbeat: unknown }).heartbeat, { intervalMs: 0, timeoutMs: 0 });
});

Deno.test("Heartbeat closes a peer that sends no message for idleTimeoutMs, plain or managed", async () => {
  const rig = new Rig({ ...BEAT, idleTimeoutMs: 30_000 });
  const plain = rig.peer();
  const managed = rig.peer({ isManaged: true });

  for (let i = 0; i < 3; i++) {
    await rig.clock.advance(9_000);
    managed.socket.receives(PONG); // a sign of life, but no message
    plain.socket.receives({ type: "ping" }); // nor is that
  }
  assertEquals([plain.connection.isOpen, managed.connection.isOpen], [true, true]);
  await rig.clock.advance(4_100);

  assertEquals(plain.socket.closes, [[4408, "no message for too long"]]);
  assertEquals(managed.socket.closes, [[4408, "no message for too long"]]);
  assertEquals(rig.server.getStats().timeouts, 2);
});

Deno.test("Heartbeat lets a peer stay that sends a message before it is idle for too long", async () => {
  const rig = new Rig({ heartbeatInterval: 0, idleTimeoutMs: 30_000 });
  const { socket, connection } = rig.peer();

  for (let i = 0; i < 5; i++) {
    await rig.clock.advance(28_000);
    socket.receives("hello");
  }
  assertEquals(connection.isOpen, true);
  await rig.clock.advance(31_100);

  assertEquals(connection.isOpen, false);
});

Deno.test("Heartbeat keeps the deadline of a close that its own ping set off", async () => {
  const rig = new Rig({ ...BEAT, highWaterBytes: 0, maxBufferedBytes: 1_000, closeTimeoutMs: 1_000 });
  const { socket, connection } = rig.peer({ isManaged: true });
  socket.bufferedAmount = 2_000;

  await rig.clock.advance(10_050);
  assertEquals([connection.state, socket.closes], ["closing", [[1013, "too much waits for this peer"]]]);
  await rig.clock.advance(1_050);

  assertEquals(connection.state, "closed");
});
