/** Does many things at an even pace, as far as the machine keeps up. */

/** Often enough for the pace to look even, and rarely enough to cost nothing. */
const TICK_MS = 10;

/** Calls `step` with 0, 1, 2 and so on, `count` times, so many times in a second. Resolves after the last one. */
export async function pace(count: number, perSecond: number, step: (n: number) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let done = 0;
  let due = 0;
  let tickedAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    // A machine that is late goes on later, and does not catch up in one burst.
    due = Math.min(count, due + Math.min(now - tickedAt, 3 * TICK_MS) * perSecond / 1_000);
    tickedAt = now;
    try {
      while (done < due) step(done++);
    } catch (error) {
      reject(error);
    }
    if (done >= count) resolve();
  }, TICK_MS);
  try {
    await promise;
  } finally {
    clearInterval(timer);
  }
}
