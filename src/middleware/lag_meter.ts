/**
 * How late the event loop is: measured by a timer, smoothed, and only while somebody asks.
 *
 * @module
 */

import type { PlatformPorts } from "../server/types.ts";

/** How often the loop's lateness is measured, in milliseconds. */
const INTERVAL_MS = 100;

/** After so long a time what was measured counts for a third. */
const MEMORY_MS = 1_000;

/** What one measurement counts at most: a machine that slept for a night is not busy in the morning. */
const MOST_MS = 10_000;

/** How long after the last question the measuring goes on. */
const REST_MS = 10_000;

/** Measures the lag of the event loop. Has a timer only for as long as somebody asks, and a little longer. */
export class LagMeter {
  readonly #platform: PlatformPorts;
  #timer: unknown;
  /** When the timer is due; `undefined` when there is none. */
  #dueAt: number | undefined;
  #askedAt = 0;
  #lagMs = 0;

  /** Makes a meter that does nothing yet. */
  constructor(platform: PlatformPorts) {
    this.#platform = platform;
  }

  /** Whether it measures. */
  get isMeasuring(): boolean {
    return this.#dueAt !== undefined;
  }

  /** The smoothed lag in milliseconds; 0 while nothing is measured. Does not count as a question. */
  get lagMs(): number {
    if (this.#dueAt === undefined) return 0;
    const lateMs = this.#platform.now() - this.#dueAt;
    return lateMs > 0 ? smoothed(this.#lagMs, lateMs) : this.#lagMs; // what is late already counts, though it has not rung
  }

  /** The same, and measures from now on: the first answer is 0. */
  ask(): number {
    this.#askedAt = this.#platform.now();
    if (this.#dueAt === undefined) this.#arm(this.#askedAt);
    return this.lagMs;
  }

  /** Ends the measuring. */
  stop(): void {
    if (this.#dueAt !== undefined) this.#platform.clearTimer(this.#timer);
    this.#dueAt = undefined;
    this.#lagMs = 0;
  }

  #arm(now: number): void {
    this.#dueAt = now + INTERVAL_MS;
    this.#timer = this.#platform.setTimer(() => this.#tick(), INTERVAL_MS);
  }

  #tick(): void {
    const now = this.#platform.now();
    this.#lagMs = smoothed(this.#lagMs, Math.max(0, now - (this.#dueAt ?? now)));
    this.#dueAt = undefined;
    if (now - this.#askedAt < REST_MS) this.#arm(now);
    else this.#lagMs = 0;
  }
}

/** The mean of what was measured, in which each measurement counts for the time that it stands for. */
export function smoothed(meanMs: number, lateMs: number): number {
  const share = 1 - Math.exp(-(INTERVAL_MS + lateMs) / MEMORY_MS);
  return meanMs + share * (Math.min(lateMs, MOST_MS) - meanMs);
}
