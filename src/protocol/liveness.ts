/**
 * When a silent peer is pinged, and when it is taken for dead: four numbers to one decision. Pure.
 *
 * @module
 */

/** What is known of a peer. Times are milliseconds on one clock that does not go back. */
export interface Silence {
  /**
   * When anything was last received. As a receipt may be stamped with a clock that moves in steps, whoever sends a ping
   * sets this to `-Infinity`, and whatever arrives from then on, in the same step too, counts as the answer.
   */
  readonly lastSeenAt: number;
  /** When the last ping was sent, `undefined` when none was. Anything received since answers it. */
  readonly pingSentAt: number | undefined;
}

/** How long to be patient. */
export interface LivenessPolicy {
  /** Silence until a ping, in milliseconds. */
  readonly intervalMs: number;
  /** The wait after a ping, in milliseconds. */
  readonly timeoutMs: number;
}

/** What to do now, and when to look again. */
export type LivenessDecision =
  | { readonly action: "none" | "ping"; readonly lookAgainAt: number }
  | { readonly action: "dead" };

/** Decides about one peer at the moment `now`. */
export function decideLiveness(silence: Silence, now: number, policy: LivenessPolicy): LivenessDecision {
  const { lastSeenAt, pingSentAt } = silence;
  if (pingSentAt !== undefined && lastSeenAt < pingSentAt) {
    const deadAt = pingSentAt + policy.timeoutMs;
    return now >= deadAt ? { action: "dead" } : { action: "none", lookAgainAt: deadAt };
  }
  const pingAt = lastSeenAt + policy.intervalMs;
  if (now >= pingAt) {
    // Also after the interval, should that be shorter: by then the answer may have come, and the next ping be due.
    return { action: "ping", lookAgainAt: now + Math.min(policy.intervalMs, policy.timeoutMs) };
  }
  return { action: "none", lookAgainAt: pingAt };
}
