/**
 * When to renew a token: how long to wait, from how long it will be good for. Pure; all times in milliseconds.
 *
 * @module
 */

/** The least time between two attempts to renew a token, so that no server can make a client ask without end. */
export const RENEWAL_PAUSE_MS = 1_000;

/** The most of a life that is left for the renewal. */
const MAX_MARGIN_MS = 60_000;

/**
 * How long to wait until the renewal of a token that will be good for `lifeMs`: until a fifth of that is left, at most a
 * minute and at least a second, where that is not more than half of it.
 */
export function renewIn(lifeMs: number): number {
  return lifeMs - Math.min(Math.max(lifeMs * 0.2, RENEWAL_PAUSE_MS), MAX_MARGIN_MS, lifeMs / 2);
}

/**
 * How long to wait after an attempt that failed, or has not succeeded yet, while the token is good for `leftMs`: half of
 * that. `undefined` when there is no time for another.
 */
export function retryIn(leftMs: number): number | undefined {
  const waitMs = Math.max(leftMs / 2, RENEWAL_PAUSE_MS);
  return waitMs < leftMs ? waitMs : undefined;
}
