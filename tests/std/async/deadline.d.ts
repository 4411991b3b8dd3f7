/** The types of `@std/async/deadline`. */

/** What else may end the wait. */
export interface DeadlineOptions {
  /** Ends the wait when it aborts. */
  signal?: AbortSignal;
}

/** Resolves like `p`, and rejects with a `TimeoutError` when that takes longer than `ms`. */
export function deadline<T>(p: Promise<T>, ms: number, options?: DeadlineOptions): Promise<T>;
