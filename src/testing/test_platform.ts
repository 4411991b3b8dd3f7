/**
 * Surroundings for a server in a test: virtual time, sockets in memory, no network.
 *
 * @module
 */

import type { Listener, Platform, Upgraded, UpgradeOptions } from "../server/platform.ts";
import { SocketPair } from "./socket_pair.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** A {@linkcode Platform} whose sockets are the ends of pairs. */
export interface TestPlatform extends Platform {
  /** The pairs of all upgrades that were not made by `connect`, oldest first; not open yet, see {@linkcode SocketPair.open}. */
  readonly pairs: readonly SocketPair[];
}

/** What a {@linkcode TestPlatform} tells beside the time. */
export interface TestPlatformOptions {
  /**
   * The memory that the process seems to hold, in bytes; asked anew each time.
   *
   * @default {() => 0}
   */
  readonly memoryBytes?: () => number;
  /**
   * The variables of the environment, by name.
   *
   * @default {{}}
   */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Makes a platform on a virtual clock, for the option `platform` of a server.
 *
 * @example A plain peer is idle for too long
 * ```ts
 * import { WebSocketServer } from "@switchboard/websocket";
 * import { connect, testPlatform, VirtualClock } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const server = new WebSocketServer({ idleTimeoutMs: 60_000, platform: testPlatform(clock) });
 * await using client = await connect(server);
 *
 * await clock.advance(61_000);
 *
 * assertEquals((await client.closed).code, 4408);
 * assertEquals(clock.pending, 0);
 * ```
 */
export function testPlatform(clock: VirtualClock, options: TestPlatformOptions = {}): TestPlatform {
  const { memoryBytes = () => 0, env = {} } = options;
  const pairs: SocketPair[] = [];
  return {
    pairs,
    now: () => clock.now(),
    date: () => clock.date(),
    setTimer: (callback: () => void, delayMs: number) => clock.setTimer(callback, delayMs),
    clearTimer: (timer: unknown) => clock.clearTimer(timer),
    memoryBytes,
    env: (name: string) => Object.hasOwn(env, name) ? env[name] : undefined,
    upgrade(_request: Request, options: UpgradeOptions): Upgraded {
      const pair = new SocketPair(options);
      pairs.push(pair);
      return { socket: pair.server, response: switchingProtocols(options) };
    },
    listen(): Listener {
      throw new Error(
        'Cannot listen on a test platform as it has no network: use connect(server), or leave "platform" out',
      );
    },
  };
}

/** The answer to a handshake that succeeded: a response with the status 101, which the constructor refuses. */
export function switchingProtocols({ protocol }: UpgradeOptions): Response {
  const headers = new Headers({ connection: "Upgrade", upgrade: "websocket" });
  if (protocol !== "") headers.set("sec-websocket-protocol", protocol);
  const response = new Response(null, { headers });
  Object.defineProperties(response, {
    status: { value: 101, enumerable: true },
    statusText: { value: "Switching Protocols", enumerable: true },
    ok: { value: false, enumerable: true },
  });
  return response;
}
