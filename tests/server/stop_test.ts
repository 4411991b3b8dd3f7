/** Tests of stopping: everybody is told, nobody is waited for too long, and who comes meanwhile goes too. */

import { assertEquals, assertThrows } from "@std/assert";
import { CONNECTING } from "../../src/internal/socket_like.ts";
import { NOTHING, Rig } from "./tools/rig.ts";

Deno.test("WebSocketServer.adopt() takes no place when the application's data cannot be made", () => {
  const rig = new Rig({
    data: () => {
      throw new Error("no data");
    },
  });

  assertThrows(() => rig.peer(), Error, "no data");

  assertEquals(rig.left, NOTHING);
});

Deno.test("WebSocketServer.stop() ends all, those too that are not in yet, and resolves when they are gone", async () => {
  const rig = new Rig();
  const peers = [rig.peer(), rig.peer({ isManaged: true }), rig.peer({ isManaged: true, greets: false })];
  const opening = rig.peer({ readyState: CONNECTING });
  let isStopped = false;

  const stopped = rig.server.stop().then(() => isStopped = true);
  opening.socket.opens();
  for (const { socket } of [...peers, opening]) assertEquals(socket.closes, [[1012, "the server stops"]]);
  for (const { socket } of peers) socket.isClosed(1012);
  await rig.settle();
  assertEquals(isStopped, false);
  opening.socket.isClosed(1012);
  await stopped;

  assertEquals([rig.left, rig.told], [NOTHING, ["connect", "connect", "close 1012", "close 1012"]]);
});

Deno.test("WebSocketServer.stop() waits no longer than closeTimeoutMs for peers that do not answer", async () => {
  const rig = new Rig({ closeTimeoutMs: 300 });
  rig.peer();
  rig.peer({ readyState: CONNECTING });

  const stopped = rig.server.stop();
  await rig.clock.advance(350);
  await stopped;

  assertEquals(rig.left, { ...NOTHING, zombies: 1 });
});

Deno.test("WebSocketServer.adopt() during a stop closes what it is given", async () => {
  const rig = new Rig();
  const first = rig.peer();
  const stopped = rig.server.stop();

  const { socket } = rig.peer();
  for (const each of [first.socket, socket]) each.isClosed(1012);
  await stopped;

  assertEquals(socket.closes, [[1012, "the server stops"]]);
});
