/** Shows that the checker and the proxy of the tests of delivery do what those rely on. */

import { assertEquals } from "@std/assert";
import { createServer, type Socket } from "node:net";
import { encodeFrame, OPCODE, textFrame } from "../hostile/harness/frames.ts";
import { RawPeer } from "../hostile/harness/raw_peer.ts";
import { ChaosProxy, type FaultKind } from "./tools/chaos_proxy.ts";
import { rowTroubles } from "./tools/delivery_check.ts";
import type { Entry } from "./tools/delivery_plan.ts";

const ROWS: readonly { readonly entries: readonly Entry[]; readonly troubles: readonly string[] }[] = [
  { entries: [1, 2, 3, 4], troubles: [] },
  { entries: [1, 2, 3], troubles: ["x: 4 to 4 are lost"] },
  { entries: [1, 3, 4], troubles: ["x: 2 to 2 are missing without a word"] },
  { entries: [1, 3, 2, 4], troubles: ["x: 2 to 2 are missing without a word", "x: 2 comes behind 3"] },
  { entries: [1, 2, 2, 3, 4], troubles: ["x: 2 is duplicated"] },
  { entries: [1, 2, 3, 4, 5], troubles: ["x: 5 is invented, as the last is 4"] },
  { entries: [1, "too_old", 4], troubles: [] },
  { entries: [1, "too_old", "too_old", 4], troubles: [] },
  { entries: [1, 2, "too_old"], troubles: [] },
  { entries: ["too_old", 3, 4], troubles: [] },
  { entries: [1, "too_old", 2, 3, 4], troubles: ['x: "too_old" was told between 1 and 2, where nothing is missing'] },
  { entries: [1, "too_old", 3, 2, 4], troubles: ["x: 2 comes behind 3"] },
  { entries: [], troubles: ["x: 1 to 4 are lost"] },
];

for (const { entries, troubles } of ROWS) {
  Deno.test(`rowTroubles() finds ${troubles.length} in ${JSON.stringify(entries)}`, () => {
    assertEquals(rowTroubles(entries, { who: "x", before: 0, last: 4 }), troubles);
  });
}

/** A server that echoes, and keeps what ended its connections. */
async function echo(): Promise<{ port: number; ends: string[] } & AsyncDisposable> {
  const ends: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("data", (bytes) => void socket.write(bytes));
    socket.on("end", () => ends.push("finish"));
    socket.on("error", () => ends.push("reset"));
    socket.on("close", () => sockets.delete(socket));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return {
    port: (server.address() as { port: number }).port,
    ends,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Sends 1,000 bytes through a proxy to a server that echoes, where after a quarter of the echo something is done. */
async function through(kind: FaultKind) {
  await using server = await echo();
  await using proxy = await ChaosProxy.start(server.port);
  using peer = await RawPeer.connect({ hostname: "127.0.0.1", port: proxy.port });
  proxy.rage({ seed: "always the same", meanBytes: 1_000_000, kinds: [kind], maxFreezeMs: 60_000 });
  await peer.write(textFrame(new Uint8Array(FIRST)));
  await peer.nextFrame();
  const [link] = proxy.links;
  link!.dueAt = link!.bytes + 1_000 + 250;

  await peer.write(encodeFrame({ opcode: OPCODE.binary, payload: new Uint8Array(1_000 - HEADER) }));
  const frame = await peer.nextFrame(500).catch(() => "frozen" as const);
  if (frame === "frozen") proxy.calm();
  const size = frame === "frozen" ? (await peer.nextFrame())?.payload.length : undefined;
  const [fault] = proxy.faults;
  return { kind: fault?.kind, bytes: fault!.bytes - 2 * (FIRST + SHORT_HEADER), end: peer.end, size };
}

/** Bytes of a message so that the proxy has met the connection, and those of the headers of frames. */
const FIRST = 5;
const SHORT_HEADER = 6;
const HEADER = 8;

Deno.test("ChaosProxy does what it does after the very byte that it means to, and tells what it did", async () => {
  const kinds = ["finish", "reset", "freeze down"] as const;

  const met = [];
  for (const kind of kinds) met.push(await through(kind));

  assertEquals(met, [
    { kind: "finish", bytes: 1_250, end: "fin", size: undefined },
    { kind: "reset", bytes: 1_250, end: "reset", size: undefined },
    { kind: "freeze down", bytes: 1_250, end: undefined, size: 1_000 - HEADER },
  ]);
});
