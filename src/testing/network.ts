/**
 * A network in memory between clients and a server, with the faults of real ones, and the same ones for the same seed.
 *
 * @module
 */

import type { ClientPlatform } from "../client/platform.ts";
import type { SocketLike } from "../internal/socket_like.ts";
import { disturb, type Disturbance, type DisturbOptions } from "./disturbance.ts";
import { dial, type UpgradeTarget } from "./handshake.ts";
import type { Pace } from "./network_lane.ts";
import { NetworkLine } from "./network_line.ts";
import { SeededRandom } from "./seeded_random.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** What a {@linkcode SeededNetwork} joins, and how fast. */
export interface SeededNetworkOptions {
  /** What all that happens by chance depends on. */
  readonly seed: number | string;
  /** The server, or a function that tells it anew for each attempt; `undefined` when nobody listens. */
  readonly server: UpgradeTarget | (() => UpgradeTarget | undefined);
  /**
   * The least and the most time for which a frame is on its way, in milliseconds, drawn for each. Those of one direction
   * stay in their order.
   *
   * @default {[1, 40]}
   */
  readonly delayMs?: readonly [least: number, most: number];
  /**
   * Bytes that a direction of a connection sends in a millisecond. The fewer there are, the longer a large message is on
   * its way, and the more often a cut comes in the middle of one.
   *
   * @default {1_000}
   */
  readonly bytesPerMs?: number;
}

/** Who is on the network. */
export interface NetworkPlatformOptions {
  /**
   * What to call the client in the log.
   *
   * @default {"client"}
   */
  readonly name?: string;
  /**
   * The address that the server sees.
   *
   * @default {"127.0.0.1"}
   */
  readonly remoteAddr?: string;
}

/** A {@linkcode ClientPlatform} on a {@linkcode SeededNetwork}. */
export interface NetworkPlatform extends ClientPlatform {
  /** The connections of all attempts of this client, oldest first. */
  readonly lines: readonly NetworkLine[];
  /** Wakes the client, as a network that is back or a page that is shown again does. */
  wake(): void;
}

/**
 * A network in virtual time. Frames take time, connections break in the middle of what is on its way, one end may hear
 * of that long after the other or never, peers read nothing for a while, and nobody can connect for another: when a test
 * says so, or by chance with {@linkcode SeededNetwork.disturb}. The same program meets the same faults with the same seed.
 *
 * @example A cut in the middle of a conversation
 * ```ts
 * import { WebSocketClient, WebSocketServer } from "@switchboard/websocket";
 * import { eventually, SeededNetwork, testPlatform, VirtualClock } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const server = new WebSocketServer({ platform: testPlatform(clock) });
 * const network = new SeededNetwork(clock, { seed: 7, server });
 * const platform = network.platform({ name: "ann" });
 * const client = new WebSocketClient({ url: "ws://localhost/ws", platform, reconnect: { retryFirst: true } });
 *
 * await network.explain(async () => {
 *   client.connect();
 *   await eventually(clock, () => client.isConnected());
 *   platform.lines[0]?.cut();
 *   await eventually(clock, () => platform.lines.length === 2 && client.isConnected());
 * });
 *
 * assertEquals(network.log.length, 1);
 * await Promise.all([client.disconnect(), clock.advance(1_000)]);
 * assertEquals(clock.pending, 0);
 * ```
 */
export class SeededNetwork {
  /** What all that happens by chance depends on. */
  readonly seed: number | string;
  readonly #clock: VirtualClock;
  readonly #server: SeededNetworkOptions["server"];
  readonly #pace: Pace;
  readonly #random: SeededRandom;
  readonly #log: string[] = [];
  readonly #lines = new Set<NetworkLine>();
  #disturbance: Disturbance | undefined;
  #outageUntil = 0;
  #isSilent = false;

  /** Makes a network without faults. */
  constructor(clock: VirtualClock, { seed, server, delayMs = [1, 40], bytesPerMs = 1_000 }: SeededNetworkOptions) {
    this.seed = seed;
    this.#clock = clock;
    this.#server = server;
    this.#pace = { delayMs, bytesPerMs };
    this.#random = new SeededRandom(seed);
  }

  /** What was done to the network so far, a line for each fault, with its time. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** The connections, those in their handshake too, of which not both ends know that they are over; oldest first. */
  get lines(): readonly NetworkLine[] {
    return [...this.#lines];
  }

  /** Makes a place on the network for one client, for its option `platform`. */
  platform({ name = "client", remoteAddr = "127.0.0.1" }: NetworkPlatformOptions = {}): NetworkPlatform {
    const clock = this.#clock;
    const random = this.#random.fork(name);
    const lines: NetworkLine[] = [];
    const watching = new Set<() => void>();
    return {
      lines,
      wake() {
        for (const onWake of [...watching]) onWake();
      },
      now: () => clock.now(),
      setTimer: (callback: () => void, delayMs: number) => clock.setTimer(callback, delayMs),
      clearTimer: (timer: unknown) => clock.clearTimer(timer),
      random: () => random.next(),
      connect: (url: string, protocols: readonly string[], headers?: HeadersInit): SocketLike => {
        const line = this.#draw(`${name}#${lines.length + 1}`);
        lines.push(line);
        this.#attempt(line, { url, protocols, headers, remoteAddr, signal: undefined });
        return line.pair.client;
      },
      watchWakes(onWake: () => void): () => void {
        watching.add(onWake);
        return () => watching.delete(onWake);
      },
    };
  }

  /**
   * Lets nobody connect for so long; connections that are open stay.
   *
   * @param isSilent Whether attempts are not even refused, so that clients have to give up by themselves.
   */
  outage(forMs: number, isSilent = false): void {
    this.note(`nobody can connect for ${forMs} ms, attempts ${isSilent ? "are never answered" : "are refused"}`);
    this.#outageUntil = this.#clock.now() + forMs;
    this.#isSilent = isSilent;
  }

  /** Makes faults by chance from now on, in place of those that were asked for before. */
  disturb(options: DisturbOptions): void {
    this.#disturbance?.end();
    this.#disturbance = disturb(this, { clock: this.#clock, random: this.#random.fork("faults"), ...options });
  }

  /**
   * Ends all faults: none are made any more, everybody reads on and can connect, and who does not know of a cut hears of
   * it now. What was lost stays lost.
   */
  quiet(): void {
    this.#disturbance?.end();
    this.#disturbance = undefined;
    this.#outageUntil = 0;
    for (const line of this.#lines) line.quiet();
    this.note("quiet: no faults any more");
  }

  /** Writes a line into the log, with the time: what the test itself did, for who has to read the log. */
  note(text: string): void {
    this.#log.push(`${this.#clock.now().toFixed(1).padStart(9)} ms  ${text}`);
  }

  /**
   * Runs a test. What it throws comes out with the seed and the log in its message.
   *
   * @throws {Error} What `body` threw, as its cause.
   */
  async explain<Result>(body: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await body();
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${text}\n\nThe seed was ${this.seed}, and this happened:\n${this.#log.join("\n")}`, { cause });
    }
  }

  #draw(name: string): NetworkLine {
    const [clock, random, pace] = [this.#clock, this.#random.fork(name), this.#pace];
    const line = new NetworkLine({ name, clock, random, pace, note: (text) => this.note(text) });
    this.#lines.add(line);
    line.pair.ended.then(() => this.#lines.delete(line));
    return line;
  }

  #attempt(line: NetworkLine, handshake: Parameters<typeof dial>[2]): void {
    const fail = (text: string) => line.carry("client", () => line.pair.cut(`The handshake failed: ${text}`));
    line.carry("server", async () => {
      if (this.#clock.now() < this.#outageUntil) {
        if (!this.#isSilent) fail("refused");
        return;
      }
      const server = typeof this.#server === "function" ? this.#server() : this.#server;
      const failure = await dial(server, line.pair, handshake);
      if (failure !== undefined) fail(failure);
    });
  }
}
