/** Tests on real sockets: peers that fall silent, that do not read, and that do not answer a close, are found in time. */

import { assert, assertEquals } from "@std/assert";
import { closeCodeOf, type Frame, OPCODE, textFrame } from "../hostile/harness/frames.ts";
import type { RawPeer } from "../hostile/harness/raw_peer.ts";
import { PlainSocket } from "./tools/plain_socket.ts";
import { type Told, WatchedServer } from "./tools/watched_server.ts";

const BEAT = { heartbeatInterval: 400, heartbeatTimeoutMs: 600, closeTimeoutMs: 500 };

/** Within which a silent peer is found: interval, timeout, and a second. */
const FOUND_WITHIN_MS = 2_000;

const MANAGED = { headers: { "Sec-WebSocket-Protocol": "switchboard.v1" } };

/** Waits for the end of the one connection, and tells how it came and how long after `sinceMs`. */
async function end(
  watched: WatchedServer,
  sinceMs: number,
): Promise<Extract<Told, { type: "close" }>["info"] & { afterMs: number }> {
  const { info, atMs } = await watched.next("close");
  return { ...info, afterMs: atMs - sinceMs };
}

async function nextData(peer: RawPeer): Promise<Frame | undefined> {
  for (;;) {
    const frame = await peer.nextFrame();
    if (frame === undefined || frame.opcode < OPCODE.close) return frame;
  }
}

Deno.test("a silent plain peer is found within interval, timeout and a second, and only then", async () => {
  await using watched = await WatchedServer.start(BEAT);
  using silent = await watched.raw();
  await silent.nextResponse();
  const sinceMs = performance.now();

  const { code, wasClean, afterMs } = await end(watched, sinceMs);

  assertEquals([code, wasClean], [4408, false]);
  assert(afterMs <= FOUND_WITHIN_MS && afterMs >= 500, `${afterMs}`);
  assertEquals([watched.server.connections.size, watched.server.getStats().timeouts], [0, 1]);
});

Deno.test("a silent managed peer is found within interval, timeout and a second, and only then", async () => {
  await using watched = await WatchedServer.start(BEAT);
  using silent = await watched.raw(MANAGED);
  await silent.nextResponse();
  await silent.write(textFrame('{"type":"$hello"}'));
  const { connection } = await watched.next("connect");
  const sinceMs = performance.now();

  const { code, reason, afterMs } = await end(watched, sinceMs);

  assertEquals([connection.isManaged, code, reason], [true, 4408, "silent for too long"]);
  assert(afterMs <= FOUND_WITHIN_MS && afterMs >= 500, `${afterMs}`);
  const frames = [await nextData(silent), await nextData(silent)].map((frame) => JSON.parse(text(frame)).type);
  assertEquals(frames, ["$welcome", "$ping"]);
});

function text(frame: Frame | undefined): string {
  return new TextDecoder().decode(frame?.payload);
}

Deno.test("a plain peer that answers the runtime's pings, and does nothing else, stays", async () => {
  await using watched = await WatchedServer.start(BEAT);
  await using quiet = await PlainSocket.open(watched.url());
  using silent = await watched.raw();
  await silent.nextResponse();

  await watched.next("close"); // of the silent one: as long as it takes, the quiet one is quiet too

  assertEquals([watched.server.connections.size, quiet.socket.readyState], [1, WebSocket.OPEN]);
});

Deno.test("a peer that reads nothing is found although the runtime's pings are stuck behind what was sent to it", async () => {
  await using watched = await WatchedServer.start({ ...BEAT, writeTimeoutMs: 700 });
  using stuck = await watched.raw();
  await stuck.nextResponse();
  stuck.pause();
  const { connection } = await watched.next("connect");
  const chunk = new Uint8Array(1 << 20);
  while (connection.bufferedAmount < 4 << 20 && connection.isOpen) connection.send(chunk);
  const sinceMs = performance.now();

  const { code, afterMs } = await end(watched, sinceMs);

  assertEquals(code, 4408);
  assert(afterMs <= 700 + 1_000 + 500, `${afterMs}`);
  assertEquals(watched.server.connections.size, 0);
  await using neighbour = await PlainSocket.open(watched.url());
  neighbour.socket.send("still served");
  assertEquals((await watched.next("message")).message.data, "still served");
});

Deno.test("a peer to which too much waits is cut off with 1013, and its neighbours notice nothing", async () => {
  await using watched = await WatchedServer.start({ maxBufferedBytes: 2 << 20, closeTimeoutMs: 500 });
  await using neighbour = await PlainSocket.open(watched.url());
  using stuck = await watched.raw();
  await stuck.nextResponse();
  stuck.pause();
  await watched.next("connect", 2);
  const chunk = "x".repeat(1 << 16);

  let dropped = 0, sent = 0;
  while (dropped === 0) {
    dropped += watched.server.broadcast(chunk).dropped;
    sent++;
    assertEquals((await neighbour.next()).length, 1 << 16);
  }

  assertEquals((await watched.next("close")).info.code, 1013);
  assert(sent < 200, `${sent} messages of 64 KiB were sent before the peer was cut off`);
  assertEquals(watched.server.connections.size, 1);
});

Deno.test("a peer that never answers our close holds its place no longer than closeTimeoutMs, and is a zombie until it goes", async () => {
  await using watched = await WatchedServer.start({ ...BEAT, heartbeatInterval: 0, maxConnections: 1 });
  using stubborn = await watched.raw();
  await stubborn.nextResponse();
  const { connection } = await watched.next("connect");
  const sinceMs = performance.now();

  connection.close(4000, "go");
  const { code, reason, wasClean, afterMs } = await end(watched, sinceMs);

  assertEquals([code, reason, wasClean], [4000, "go", false]);
  assert(afterMs >= 490 && afterMs <= 1_500, `${afterMs}`);
  assertEquals([watched.server.getStats().zombies, watched.server.getStats().closing], [1, 0]);
  const frame = await stubborn.nextFrame();
  assertEquals([frame?.opcode, frame && closeCodeOf(frame)], [OPCODE.close, 4000]);
  await using next = await PlainSocket.open(watched.url());
  stubborn.reset();
  await next.close();
  await watched.allClosed();

  assertEquals(watched.server.getStats().zombies, 0);
});

Deno.test("a broken connection is told as 1006, once, whether it was reset or just ended", async () => {
  await using watched = await WatchedServer.start();
  for (const [i, breakIt] of [(peer: RawPeer) => peer.reset(), (peer: RawPeer) => peer.finish()].entries()) {
    using peer = await watched.raw();
    await peer.nextResponse();
    await watched.next("connect", i + 1);

    breakIt(peer);

    const { info } = await watched.next("close", i + 1);
    assertEquals([info.code, info.wasClean], [1006, false]);
  }
  await watched.allClosed();

  assertEquals(watched.told.filter(({ type }) => type === "close").length, 2);
});

Deno.test("the code and the reason of either end reach the other", async () => {
  await using watched = await WatchedServer.start();
  const byPeer = await PlainSocket.open(watched.url());
  assertEquals(await byPeer.close(3_210, "mine"), { code: 3_210, reason: "mine", wasClean: true });
  const first = await watched.next("close");
  const byUs = await PlainSocket.open(watched.url());
  (await watched.next("connect", 2)).connection.close(4_321, "ours");
  assertEquals(await byUs.closed, { code: 4_321, reason: "ours", wasClean: true });
  const second = await watched.next("close", 2);

  assertEquals([first.info.code, first.info.reason, first.info.wasClean], [3_210, "mine", true]);
  assertEquals([second.info.code, second.info.reason, second.info.wasClean], [4_321, "ours", true]);
});
