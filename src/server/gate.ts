/**
 * Who gets a place, and who waits for one.
 *
 * @module
 */

import { NOWHERE } from "../internal/timing_wheel.ts";
import type { FullReason, Registry } from "./registry.ts";
import type { Scheduler, Sleeper } from "./scheduler.ts";

/** What happens to requests for which there is no place. */
export type WhenFull = "reject" | "wait" | "closeWith";

/** How many may wait, and for how long. */
export interface GateLimits {
  /** What happens when there is no place. */
  readonly whenFull: WhenFull;
  /** Requests that may wait. */
  readonly maxWaiting: number;
  /** How long one waits, in milliseconds. */
  readonly waitTimeoutMs: number;
}

/** Gives places out. Those who wait get theirs in the order in which they came. */
export class Gate<Data> {
  readonly #limits: GateLimits;
  readonly #registry: Registry<Data>;
  readonly #scheduler: Scheduler;
  readonly #waiting = new Set<Waiter>();

  /** Puts the part together. */
  constructor(limits: GateLimits, registry: Registry<Data>, scheduler: Scheduler) {
    this.#limits = limits;
    this.#registry = registry;
    this.#scheduler = scheduler;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Takes a place for `address`, now or, as a promise, when there is one; the answer is why there is none.
   *
   * @param gone Asked only for who has to wait: aborted when the peer leaves, which ends the wait.
   */
  admit(address: string, gone?: () => AbortSignal): FullReason | undefined | Promise<FullReason | undefined> {
    const reason = this.#waiting.size > 0 ? "full" : this.#registry.whyFull(address);
    if (reason === undefined) {
      this.#registry.takePlace(address);
      return undefined;
    }
    // One address that has all it may have would only keep others waiting.
    const mayWait = this.#limits.whenFull === "wait" && reason === "full";
    if (!mayWait || this.#waiting.size >= this.#limits.maxWaiting) return reason;
    const signal = gone?.();
    if (signal?.aborted === true) return reason;
    return new Promise((resolve) => {
      const waiter = new Waiter(address, resolve, () => this.#waiting.delete(waiter));
      this.#waiting.add(waiter);
      this.#scheduler.wakeIn(waiter, this.#limits.waitTimeoutMs);
      signal?.addEventListener("abort", () => this.#waiting.has(waiter) && this.#settle(waiter, "full"), {
        once: true,
      });
    });
  }

  /** Gives free places to those who wait. */
  placeFree(): void {
    for (const waiter of this.#waiting) {
      const reason = this.#registry.whyFull(waiter.address);
      if (reason === "full") return;
      this.#settle(waiter, reason);
    }
  }

  /** Sends all away who wait. */
  close(): void {
    for (const waiter of this.#waiting) this.#settle(waiter, "full");
  }

  #settle(waiter: Waiter, reason: FullReason | undefined): void {
    this.#waiting.delete(waiter);
    this.#scheduler.forget(waiter);
    if (reason === undefined) this.#registry.takePlace(waiter.address);
    waiter.settle(reason);
  }
}

/** A request that waits. When its time is over, it goes without a place. */
class Waiter implements Sleeper {
  readonly address: string;
  readonly settle: (reason: FullReason | undefined) => void;
  readonly #leave: () => void;
  slot: number = NOWHERE;
  place = 0;

  constructor(address: string, settle: (reason: FullReason | undefined) => void, leave: () => void) {
    this.address = address;
    this.settle = settle;
    this.#leave = leave;
  }

  wake(): undefined {
    this.#leave();
    this.settle("full");
  }
}
