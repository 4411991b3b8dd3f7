/**
 * What the regression tests of facts about the platform share: a server process under watch for one test.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { ConfigurationName } from "./configurations.ts";
import { echoed } from "./expectations.ts";
import { exchange, Target } from "./hostile_case.ts";
import type { RawPeer } from "./raw_peer.ts";
import { WatchedServer } from "./watched_server.ts";

/** The program with `WebSocketServer` in it. */
export const SERVER = new URL("./server_main.ts", import.meta.url);
/** The program of a server without protection. */
export const RAW_SERVER = new URL("./raw_main.ts", import.meta.url);
/** Whether controls are run, which show what a server without protection does: other versions may have other faults. */
export const isMeasuredVersion = Deno.version.deno === "2.9.6";

/**
 * Gives `test` a server of its own; at the end the rule for hostile inputs must hold. `mayLeaveFiles` is for what makes the
 * runtime itself keep a socket for ever: an upgrade that fails, or whose peer is gone before the 101 is written.
 */
export async function watched(
  configuration: ConfigurationName,
  test: (server: WatchedServer, targetFor: (id: string) => Target) => Promise<void>,
  { mayLeaveFiles = false }: { mayLeaveFiles?: boolean } = {},
): Promise<void> {
  await using server = await WatchedServer.start(SERVER, configuration);
  const mark = await server.mark();

  await test(server, (id) => new Target(server.process, id, configuration));

  assertEquals(await server.freshConnectionBreach(), undefined);
  const breaches = await server.breaches(mark);
  assertEquals(breaches.filter(({ kind }) => !(mayLeaveFiles && kind === "files")), []);
}

/** Whether a connection echoes. It is left politely then. */
export async function isServed(peer: RawPeer): Promise<boolean> {
  return echoed().complaint(await exchange(peer)) === undefined;
}
