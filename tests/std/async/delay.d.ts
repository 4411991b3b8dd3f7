/** The types of `@std/async/delay`. */

/** How to wait. */
export interface DelayOptions {
  /** Ends the wait when it aborts. */
  signal?: AbortSignal;
  /** Whether the process stays alive for it; yes when left out. */
  persistent?: boolean;
}

/** Resolves after `ms` milliseconds; any length is allowed. */
export function delay(ms: number, options?: DelayOptions): Promise<void>;
