/**
 * Guards for waiting: an event that does not come becomes an error that says what was waited for.
 *
 * @module
 */

/** Something was awaited that did not happen in time. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/**
 * Waits for a promise, at most for so long.
 *
 * @throws {DeadlineError} If `deadlineMs` passes first. The promise is left to itself.
 */
export async function within<T>(promise: Promise<T>, deadlineMs: number, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DeadlineError(`Waited ${deadlineMs} ms for ${what}`)), deadlineMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Wakes everyone who waits for "something changed". */
export class Changes {
  #next = Promise.withResolvers<void>();

  /** Wakes all who wait now. */
  notify(): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers();
    resolve();
  }

  /**
   * Looks at once and after each change until `look` finds something.
   *
   * @throws {DeadlineError} If it has found nothing when `deadlineMs` passes.
   */
  async until<T>(look: () => T | undefined, deadlineMs: number, what: string): Promise<T> {
    const endsAt = performance.now() + deadlineMs;
    while (true) {
      const found = look();
      if (found !== undefined) return found;
      await within(this.#next.promise, Math.max(0, endsAt - performance.now()), what);
    }
  }
}
