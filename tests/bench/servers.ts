/**
 * The servers that the benchmark knows, by name. Another one needs an entry here and a program
 * that behaves as `servers/control.ts` says.
 *
 * @module
 */

import type { ServerSpec } from "./rig.ts";

/** A program in `servers/`, run by this Deno. */
function onDeno(name: string, file: string, ...args: string[]): ServerSpec {
  const path = new URL(`servers/${file}`, import.meta.url).pathname;
  const flags = ["run", "--quiet", "--allow-all", "--v8-flags=--expose-gc"];
  return { name, command: [Deno.execPath(), ...flags, path, ...args] };
}

/** `Deno.serve` and `Deno.upgradeWebSocket` alone. */
export const RAW = onDeno("raw", "raw.ts");

/** Raw with the idle timeout that our defaults give to plain peers, and without any: how much is the runtime's. */
export const RAW_BY_IDLE_TIMEOUT: readonly ServerSpec[] = [
  onDeno("raw, 90 s", "raw.ts", "90"),
  onDeno("raw, no pings", "raw.ts", "0"),
];

/** `WebSocketServer` of this module. */
export const OURS = onDeno("ours", "ours.ts");

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

/** What `--server` takes. */
export const SERVERS: ReadonlyMap<string, ServerSpec> = new Map([["raw", RAW], ["ours", OURS]]);
