/**
 * What all loads have in common: they read the clocks at two moments, and wait for what is under way.
 *
 * @module
 */

import type { Duration, Measured } from "./commands.ts";
import { cpuMs, procStatMs } from "./libc.ts";
import type { Peers } from "./peers.ts";

/** A load never waits longer than this for an answer. */
const DEADLINE_MS = 60_000;

/** Reads all clocks at the two ends of what is counted. */
export class Meter {
  readonly #peers: Peers;
  readonly #server: number;
  #from: ReturnType<Meter["read"]> | undefined;
  #to: ReturnType<Meter["read"]> | undefined;

  constructor(peers: Peers, server: number) {
    this.#peers = peers;
    this.#server = server;
  }

  read(units: number) {
    return {
      units,
      ms: performance.now(),
      serverMs: cpuMs(this.#server),
      stat: procStatMs(this.#server),
      loadMs: cpuMs(Deno.pid),
      pings: this.#peers.pings,
      receivedBytes: this.#peers.receivedBytes,
      receivedMessages: this.#peers.receivedMessages,
      receivedFrames: this.#peers.receivedFrames,
    };
  }

  begin(units: number): void {
    this.#from = this.read(units);
  }

  end(units: number): void {
    this.#to = this.read(units);
  }

  get hasBegun(): boolean {
    return this.#from !== undefined;
  }

  result(): Measured {
    const [from, to] = [this.#from!, this.#to!];
    return {
      units: to.units - from.units,
      ms: to.ms - from.ms,
      serverMs: to.serverMs - from.serverMs,
      serverUserMs: to.stat.user - from.stat.user,
      serverSystemMs: to.stat.system - from.stat.system,
      loadMs: to.loadMs - from.loadMs,
      pings: to.pings - from.pings,
      receivedBytes: to.receivedBytes - from.receivedBytes,
      receivedMessages: to.receivedMessages - from.receivedMessages,
      receivedFrames: to.receivedFrames - from.receivedFrames,
    };
  }
}

/** Handles what arrives until a time. */
export function pump(peers: Peers, untilMs: number): void {
  for (let left; (left = untilMs - performance.now()) > 0;) peers.poll(Math.ceil(left));
}

/** Handles what arrives until nothing is under way any more. */
export function drain(peers: Peers, isDone: () => boolean): void {
  const deadline = performance.now() + DEADLINE_MS;
  while (!isDone()) {
    if (performance.now() > deadline) throw new Error("A server owes answers for a minute");
    peers.poll(1000);
  }
}

/** Counts `units` between the two ends of the time that is to be counted. */
export function timed(peers: Peers, meter: Meter, { warmMs, ms }: Duration, units: () => number): void {
  pump(peers, performance.now() + warmMs);
  meter.begin(units());
  pump(peers, performance.now() + ms);
  meter.end(units());
}
