/**
 * A server in a process of its own that is asked, over and over, whether anything of the connections that came and went is
 * still there.
 *
 * Prints its port, and for each line on the standard input a line of JSON, see {@linkcode Remains}. Needs `--expose-gc`.
 */

import { denoPlatform } from "../../../src/server/deno.ts";
import { type Platform, WebSocketServer, type WebSocketStats } from "../../../src/server/mod.ts";

/** What is there when nobody is connected. */
export interface Remains {
  readonly stats: WebSocketStats;
  /** Timers of the server that run. */
  readonly timers: number;
  /** Sockets that were not collected, with whatever listens to them. */
  readonly sockets: number;
  /** Connections that were not collected. */
  readonly connections: number;
  /** Bytes in use on the heap after collection. */
  readonly heapBytes: number;
  /** How many connections ended, by code and error. */
  readonly closes: Readonly<Record<string, number>>;
}

const { gc } = globalThis as { gc?: () => void };
if (gc === undefined) throw new Error("Cannot collect: run with --v8-flags=--expose-gc");

/** Short, as the runtime keeps a socket that broke until interval and timeout have passed. */
const HEARTBEAT_MS = 1_500;

/** How long to collect while sockets are left. */
const COLLECT_MS = 4 * HEARTBEAT_MS;

let sockets = 0, connections = 0;
const timers = new Set<unknown>();
const socketsGone = new FinalizationRegistry(() => sockets--);
const connectionsGone = new FinalizationRegistry(() => connections--);
const closes: Record<string, number> = {};

const platform: Platform = {
  ...denoPlatform,
  setTimer(callback, delayMs) {
    const timer = denoPlatform.setTimer(() => {
      timers.delete(timer);
      callback();
    }, delayMs);
    timers.add(timer);
    return timer;
  },
  clearTimer(timer) {
    timers.delete(timer);
    denoPlatform.clearTimer(timer);
  },
  upgrade(request, options) {
    const upgraded = denoPlatform.upgrade(request, options);
    sockets++;
    socketsGone.register(upgraded.socket, undefined);
    return upgraded;
  },
};

const server = new WebSocketServer({
  platform,
  maxConnectionsPerAddress: Infinity,
  heartbeatInterval: HEARTBEAT_MS,
  heartbeatTimeoutMs: HEARTBEAT_MS,
  idleTimeoutMs: 60_000,
  data: () => ({ count: 0 }),
  handlers: {
    onConnect: (conn) => {
      connections++;
      connectionsGone.register(conn, undefined);
      conn.send({ type: "welcome", id: conn.id });
    },
    onMessage: async (conn, message) => {
      conn.data.count++;
      await null;
      if (message.data === "close") conn.close(4_000, "as you like");
      else conn.send(message);
    },
    onClose: (_conn, { code, error }) => {
      const kind = error === undefined ? `${code}` : `${code} ${error.message.replace(/ \(os error \d+\)$/, "")}`;
      closes[kind] = (closes[kind] ?? 0) + 1;
    },
  },
});

const { port } = await server.listen({ port: 0, hostname: "127.0.0.1" });
console.log(port);
for await (const _line of Deno.stdin.readable) console.log(JSON.stringify(await measure()));
await server.stop();

/** Collects until nothing more goes, and looks. */
async function measure(): Promise<Remains> {
  const endsAt = performance.now() + COLLECT_MS;
  let heapBytes = Infinity;
  for (let unchanged = 0; unchanged < 3 && (sockets === 0 || performance.now() < endsAt);) {
    gc!();
    await new Promise((resolve) => setTimeout(resolve, 20)); // finalizers run in turns of their own
    const { heapUsed } = Deno.memoryUsage();
    if (heapUsed < heapBytes || sockets > 0) unchanged = 0;
    else unchanged++;
    heapBytes = Math.min(heapBytes, heapUsed);
  }
  return { stats: server.getStats(), timers: timers.size, sockets, connections, heapBytes, closes };
}
