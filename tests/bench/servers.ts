/**
 * The servers that the benchmark knows, by name. Another one needs an entry here and a program
 * that behaves as `servers/control.ts` says.
 *
 * @module
 */

import { BUN_PATH, installRivals, RIVALS_FOLDER } from "./rivals.ts";
import type { ServerSpec } from "./rig.ts";

/** A program in `servers/`, run by this Deno. */
function onDeno(name: string, file: string, ...args: string[]): ServerSpec {
  const flags = ["run", "--quiet", "--allow-all", "--v8-flags=--expose-gc"];
  return { name, command: [Deno.execPath(), ...flags, programPath(file), ...args] };
}

/** A program in `servers/`, run by the Node that is in the path. */
function onNode(name: string, file: string): ServerSpec {
  const command = ["node", "--expose-gc", programPath(file), RIVALS_FOLDER];
  return { name, command, prepare: installRivals };
}

function programPath(file: string): string {
  return new URL(`servers/${file}`, import.meta.url).pathname;
}

/** `Deno.serve` and `Deno.upgradeWebSocket` alone. */
export const RAW = onDeno("raw", "raw.ts");

/** Raw without pings, as our managed peers have it. */
export const RAW_NO_PINGS = onDeno("raw, no pings", "raw.ts", "0");

/** Raw with the idle timeout that our defaults give to plain peers, and without any: how much is the runtime's. */
export const RAW_BY_IDLE_TIMEOUT: readonly ServerSpec[] = [
  onDeno("raw, 90 s", "raw.ts", "90"),
  RAW_NO_PINGS,
];

/** `WebSocketServer` of this module. */
export const OURS = onDeno("ours", "ours.ts");

/** The same, to managed peers that send one message in each frame. */
export const MANAGED: ServerSpec = { ...OURS, name: "ours, managed", peers: "managed" };

/** The same, to managed peers that put what they send at once into one frame. */
export const GATHERING: ServerSpec = { ...OURS, name: "ours, gathering", peers: "gathering" };

/** Bun's own server, which publishes. */
export const BUN: ServerSpec = {
  name: "bun",
  command: [BUN_PATH, programPath("bun.mjs")],
  prepare: installRivals,
};

/** `ws` on Node. */
export const WS: ServerSpec = onNode("ws", "ws.mjs");

/** Socket.IO on Node. */
export const SOCKET_IO: ServerSpec = { ...onNode("socket.io", "socketio.mjs"), peers: "socket.io" };

/** Sessions that are resumed in rooms. */
export const RESUME: ServerSpec = { ...onDeno("ours", "resume.ts"), peers: "managed" };

/** The same with typed requests, and a contract whose schemas accept everything, or are zod's. */
export const REQUESTS: readonly ServerSpec[] = [
  { ...onDeno("typed", "requests.ts", "accept"), exchange: "request" },
  { ...onDeno("typed, zod", "requests.ts", "zod"), exchange: "request" },
];

/** Our echo under the rate limit. */
export const LIMITED = onDeno("limited", "limited.ts");

/** The server of another copy of this repository, such as a worktree of an earlier commit. */
export function oursIn(folder: string): ServerSpec {
  const [deno, ...rest] = OURS.command;
  const path = `${folder}/tests/bench/servers/ours.ts`;
  return { name: "before", command: [deno!, ...rest.slice(0, -1), path] };
}

/** Answers without being a WebSocket server; shows what the load generator can do. */
export const FLOOR = onDeno("floor", "floor.ts");

/** The same for managed peers: broadcasts that were asked for at once go out as one frame. */
export const MANAGED_FLOOR: ServerSpec = { ...onDeno("floor, managed", "floor.ts", "managed"), peers: "managed" };

/** What `--server` takes. */
export const SERVERS: ReadonlyMap<string, ServerSpec> = new Map([
  ["raw", RAW],
  ["ours", OURS],
  ["managed", MANAGED],
  ["gathering", GATHERING],
  ["bun", BUN],
  ["ws", WS],
  ["socket.io", SOCKET_IO],
]);
