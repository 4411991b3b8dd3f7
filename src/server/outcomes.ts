/**
 * Counts what became of messages, and sums it up for who sent them. Pure.
 *
 * @module
 */

import type { BroadcastOutcome, SendOutcome } from "./types.ts";

/** How many receivers met which outcome. */
export type Counts = Record<SendOutcome, number>;

/** Begins to count. */
export function newCounts(): Counts {
  return { sent: 0, queued: 0, dropped: 0, closed: 0, forwarded: 0 };
}

/** Sums up. */
export function outcomeOf({ sent, queued, dropped }: Counts): BroadcastOutcome {
  return { sent, queued, dropped, merged: 0 };
}

const NONE: BroadcastOutcome = Object.freeze({ sent: 0, queued: 0, dropped: 0, merged: 0 });

/** The sum for one receiver, made once: it is told for every message. */
export const OF_ONE: Readonly<Record<SendOutcome, BroadcastOutcome>> = {
  sent: Object.freeze({ ...NONE, sent: 1 }),
  queued: Object.freeze({ ...NONE, queued: 1 }),
  dropped: Object.freeze({ ...NONE, dropped: 1 }),
  closed: NONE,
  forwarded: NONE,
};
