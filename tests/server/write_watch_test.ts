/** Tests of the watch on peers that take no more bytes. */

import { assert, assertEquals } from "@std/assert";
import { CLOSED, CLOSING } from "../../src/internal/socket_like.ts";
import { NOTHING, Rig } from "./tools/rig.ts";

const LIMITS = { writeTimeoutMs: 10_000, heartbeatInterval: 0 };

Deno.test("WriteWatch closes a peer that accepts not one byte for writeTimeoutMs", async () => {
  const rig = new Rig(LIMITS);
  const { socket, connection } = rig.peer();

  connection.send("stuck");
  socket.bufferedAmount = 5;
  await rig.clock.advance(10_900);
  assertEquals(connection.isOpen, true);
  await rig.clock.advance(1_200);

  assertEquals([socket.closes, rig.told], [[[4408, "too slow a reader"]], ["connect", "close 4408"]]);
  assertEquals(rig.server.getStats().timeouts, 1);
  socket.isClosed(0);
  assertEquals(rig.left, NOTHING);
});

Deno.test("WriteWatch leaves a peer alone that is slow and moves, also while more is sent to it", async () => {
  const rig = new Rig(LIMITS);
  const { socket, connection } = rig.peer();

  connection.send("x".repeat(100));
  socket.bufferedAmount = 100;
  for (let i = 0; i < 20; i++) {
    await rig.clock.advance(8_000);
    connection.send("x".repeat(100));
    socket.bufferedAmount += 99; // one byte of 100 was accepted
  }

  assertEquals([connection.isOpen, socket.bufferedAmount], [true, 2_080]);
});

Deno.test("WriteWatch counts what it is sent in bytes, so that text in other alphabets does not look like progress", async () => {
  const rig = new Rig(LIMITS);
  const { socket, connection } = rig.peer();
  connection.send("x");
  socket.bufferedAmount = 1;
  await rig.clock.advance(1_100);

  for (let i = 0; i < 12; i++) {
    connection.send("ä€😀");
    connection.send(Uint8Array.of(1, 2));
    socket.bufferedAmount += 2 + 3 + 4 + 2;
    await rig.clock.advance(1_000);
  }

  assertEquals(connection.isOpen, false);
});

Deno.test("WriteWatch begins anew with a peer that has caught up", async () => {
  const rig = new Rig(LIMITS);
  const { socket, connection } = rig.peer();

  connection.send("x");
  socket.bufferedAmount = 1;
  await rig.clock.advance(9_000);
  socket.bufferedAmount = 0;
  await rig.clock.advance(1_100);
  assertEquals([connection.isWatched, connection.writes], [false, undefined]);
  connection.send("x");
  socket.bufferedAmount = 1;
  await rig.clock.advance(9_000);

  assertEquals(connection.isOpen, true);
});

Deno.test("WriteWatch looks at nobody to whom nothing was sent, and at each only while something waits", async () => {
  const rig = new Rig(LIMITS);
  const quiet = rig.peer();
  const { connection } = rig.peer();
  assertEquals([quiet.connection.isWatched, connection.isWatched], [false, false]);

  connection.send("x");
  assertEquals([quiet.connection.isWatched, connection.isWatched, rig.clock.pending], [false, true, 1]);
  await rig.clock.advance(2_000);

  assertEquals([connection.isWatched, rig.clock.pending], [false, 0]);
});

Deno.test("WriteWatch gives up a socket that the runtime began to close and that never closes", async () => {
  const rig = new Rig(LIMITS);
  const { socket, connection } = rig.peer();
  connection.send("x");
  socket.bufferedAmount = 1;

  socket.readyState = CLOSING;
  await rig.clock.advance(1_050);
  assertEquals(connection.isOpen, true, "the event may be on its way");
  await rig.clock.advance(1_050);

  assertEquals([connection.isOpen, rig.told], [false, ["connect", "close 4408"]]);
});

Deno.test("WriteWatch leaves it to the event when a socket closes in time", async () => {
  const rig = new Rig(LIMITS);
  const { socket, connection } = rig.peer();
  connection.send("x");
  socket.bufferedAmount = 1;

  socket.readyState = CLOSED;
  await rig.clock.advance(1_050);
  socket.isClosed(1000);
  await rig.clock.advance(5_000);

  assertEquals([rig.told, rig.left], [["connect", "close 1000"], NOTHING]);
});

Deno.test("WriteWatch is off when its deadline is 0", async () => {
  const rig = new Rig({ ...LIMITS, writeTimeoutMs: 0 });
  const { socket, connection } = rig.peer();

  connection.send("x");
  socket.bufferedAmount = 1;
  await rig.clock.advance(3_600_000);

  assertEquals([connection.isOpen, connection.isWatched], [true, false]);
});

Deno.test("WriteWatch looks as often as a short deadline needs", async () => {
  const rig = new Rig({ ...LIMITS, writeTimeoutMs: 400 });
  const { socket, connection } = rig.peer();
  let deadAt = 0;
  rig.server.on("connection:removed", () => deadAt = rig.clock.now());

  connection.send("x");
  socket.bufferedAmount = 1;
  await rig.clock.advance(1_000);

  assert(deadAt >= 400 && deadAt <= 700, `${deadAt}`);
});

Deno.test("WriteWatch forgets a connection that ends, whoever is still watched", async () => {
  const rig = new Rig(LIMITS);
  const [gone, stuck] = [rig.peer(), rig.peer()];
  for (const { connection, socket } of [gone, stuck]) {
    connection.send("x");
    socket.bufferedAmount = 1;
  }
  await rig.clock.advance(2_000);

  gone.socket.isClosed(1000);
  assertEquals([gone.connection.isWatched, gone.connection.writes, rig.clock.pending], [false, undefined, 1]);
  stuck.socket.isClosed(1000);

  assertEquals(rig.left, NOTHING);
});
