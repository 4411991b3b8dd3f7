/**
 * Waiting in virtual time, for what a test wants to see.
 *
 * @module
 */

import type { VirtualClock } from "./virtual_clock.ts";

/** How long to wait. */
export interface EventuallyOptions {
  /**
   * The most virtual time that may pass, in milliseconds.
   *
   * @default {60_000}
   */
  readonly withinMs?: number;
}

/**
 * Moves the clock from timer to timer until `condition` holds, and no further.
 *
 * @param condition Asked before the first move and after each; anything truthy will do.
 * @returns What it returned.
 * @throws {Error} If it does not hold by then, or no timer is left that could change anything.
 *
 * @example
 * ```ts
 * import { eventually, VirtualClock } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * let isDone = false;
 * clock.setTimer(() => isDone = true, 5_000);
 *
 * await eventually(clock, () => isDone);
 *
 * assertEquals(clock.now(), 5_000);
 * ```
 */
export async function eventually<Value>(
  clock: VirtualClock,
  condition: () => Value | Promise<Value>,
  { withinMs = 60_000 }: EventuallyOptions = {},
): Promise<NonNullable<Value>> {
  const endsAt = clock.now() + withinMs;
  await clock.advance(0);
  for (let value = await condition();; value = await condition()) {
    if (value) return value;
    const { nextDueAt = Infinity } = clock;
    if (nextDueAt > endsAt) {
      const why = nextDueAt === Infinity ? "no timer is left" : `the next timer is due at ${nextDueAt} ms`;
      throw new Error(`Waited ${withinMs} ms of virtual time in vain, ${why}: ${condition}`);
    }
    await clock.advance(nextDueAt - clock.now());
  }
}
