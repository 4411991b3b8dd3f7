/** Tests of refusals in band: said once, closed, and gone in time. */

import { assertEquals } from "@std/assert";
import { CLOSED, CONNECTING } from "../../src/internal/socket_like.ts";
import { InBandRefuser } from "../../src/server/in_band.ts";
import { testScheduler } from "./tools/parts.ts";
import { ScriptedSocket } from "./tools/scripted_socket.ts";

const FULL = { closeCode: 1013, reason: "full", message: { type: "$refused", code: "full", retryAfterMs: 5 } } as const;

function refuser() {
  const { clock, scheduler } = testScheduler();
  return { clock, refuser: new InBandRefuser(scheduler) };
}

Deno.test("InBandRefuser.refuse() says why when the socket opens, closes, and is done when the peer has answered", () => {
  const { clock, refuser: inBand } = refuser();
  const socket = new ScriptedSocket(CONNECTING);

  inBand.refuse(socket, FULL);
  assertEquals([socket.sent, inBand.size], [[], 1]);
  socket.opens();
  assertEquals([socket.messages, socket.closes], [[FULL.message], [[1013, "full"]]]);
  socket.isClosed(1013);

  assertEquals([inBand.size, clock.pending, socket.listeners], [0, 0, 0]);
});

Deno.test("InBandRefuser.refuse() says nothing to plain peers but the close code", () => {
  const { refuser: inBand } = refuser();
  const socket = new ScriptedSocket();

  inBand.refuse(socket, { ...FULL, message: undefined });

  assertEquals([socket.sent, socket.closes], [[], [[1013, "full"]]]);
});

Deno.test("InBandRefuser.refuse() gives up a peer that neither opens nor closes, and ends it where that is possible", async () => {
  const { clock, refuser: inBand } = refuser();
  const socket = new ScriptedSocket(CONNECTING);
  let isTerminated = false;
  socket.terminate = () => isTerminated = true;

  inBand.refuse(socket, FULL);
  await clock.advance(5_050);

  assertEquals([inBand.size, isTerminated, clock.pending, socket.listeners], [0, true, 0, 0]);
});

Deno.test("InBandRefuser.refuse() is done at once with a peer that has gone", () => {
  const { clock, refuser: inBand } = refuser();
  const gone = new ScriptedSocket(CONNECTING);
  const failing = new ScriptedSocket();
  failing.sendError = new Error("gone");

  inBand.refuse(gone, FULL);
  gone.fails("reset", CLOSED);
  inBand.refuse(failing, FULL);

  assertEquals([inBand.size, clock.pending], [0, 0]);
});

Deno.test("InBandRefuser.hasRoom is false while a hundred are under way", () => {
  const { refuser: inBand } = refuser();
  const sockets = Array.from({ length: 100 }, () => new ScriptedSocket(CONNECTING));

  for (const socket of sockets) inBand.refuse(socket, FULL);
  assertEquals([inBand.size, inBand.hasRoom], [100, false]);
  sockets[0]!.fails();

  assertEquals([inBand.size, inBand.hasRoom], [99, true]);
});
