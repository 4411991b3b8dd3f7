/**
 * Surroundings for a client in a test: virtual time, and a server that it reaches in memory.
 *
 * @module
 */

import type { ClientPlatform } from "../client/platform.ts";
import type { SocketLike } from "../internal/socket_like.ts";
import { dial, type UpgradeTarget } from "./handshake.ts";
import { SocketPair } from "./socket_pair.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** What a client in a test meets. */
export interface TestClientPlatformOptions {
  /** The server, or a function that tells it anew for each attempt; `undefined` when nobody listens. */
  readonly server: UpgradeTarget | (() => UpgradeTarget | undefined);
  /**
   * The random numbers of the client, of which its delays are made.
   *
   * @default {() => 0.5}
   */
  readonly random?: () => number;
  /**
   * The address that the server sees.
   *
   * @default {"127.0.0.1"}
   */
  readonly remoteAddr?: string;
}

/** A {@linkcode ClientPlatform} in the hands of a test. */
export interface TestClientPlatform extends ClientPlatform {
  /** The connections of all attempts, oldest first: to cut, to stall, to look at. */
  readonly pairs: readonly SocketPair[];
  /** Wakes the client, as a network that is back or a page that is shown again does. */
  wake(): void;
}

/**
 * Makes a platform on a virtual clock, for the option `platform` of a client.
 *
 * @example A client that comes back
 * ```ts
 * import { WebSocketClient, WebSocketServer } from "@switchboard/websocket";
 * import { testClientPlatform, testPlatform, VirtualClock } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const server = new WebSocketServer({ platform: testPlatform(clock) });
 * const platform = testClientPlatform(clock, { server });
 * const client = new WebSocketClient({ url: "ws://localhost/ws", platform });
 * await client.connect();
 *
 * platform.pairs[0]?.cut();
 * await clock.advance(1_000);
 *
 * assertEquals([client.getState(), platform.pairs.length], ["open", 2]);
 * await client.disconnect();
 * assertEquals(clock.pending, 0);
 * ```
 */
export function testClientPlatform(clock: VirtualClock, options: TestClientPlatformOptions): TestClientPlatform {
  const { server, random = () => 0.5, remoteAddr = "127.0.0.1" } = options;
  const pairs: SocketPair[] = [];
  const watching = new Set<() => void>();
  return {
    pairs,
    wake() {
      for (const onWake of [...watching]) onWake();
    },
    now: () => clock.now(),
    setTimer: (callback: () => void, delayMs: number) => clock.setTimer(callback, delayMs),
    clearTimer: (timer: unknown) => clock.clearTimer(timer),
    random,
    connect(url: string, protocols: readonly string[], headers?: HeadersInit): SocketLike {
      const pair = new SocketPair();
      pairs.push(pair);
      const target = typeof server === "function" ? server() : server;
      open(target, pair, { url, protocols, headers, remoteAddr, signal: undefined });
      return pair.client;
    },
    watchWakes(onWake: () => void): () => void {
      watching.add(onWake);
      return () => watching.delete(onWake);
    },
  };
}

async function open(
  server: UpgradeTarget | undefined,
  pair: SocketPair,
  handshake: Parameters<typeof dial>[2],
): Promise<void> {
  const failure = await dial(server, pair, handshake);
  if (failure !== undefined) pair.cut(`The handshake failed: ${failure}`);
}
