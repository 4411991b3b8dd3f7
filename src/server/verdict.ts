/**
 * Waits for the answer of an application's check, no longer than the peer does, and no longer than its deadline.
 *
 * @module
 */

import { Alarm, type Scheduler } from "./scheduler.ts";

/** The answer, or why there is none. */
export type Verdict = boolean | { readonly error: unknown };

/**
 * Waits for `answer`. The peer's leaving counts as a no: whoever has left must not hold a place until a slow check ends.
 *
 * @param timeoutMs How long the check may take, in milliseconds; 0 for any time.
 */
export async function settle(
  answer: boolean | Promise<boolean>,
  signal: AbortSignal,
  scheduler: Scheduler,
  timeoutMs: number,
): Promise<Verdict> {
  const other = Promise.withResolvers<Verdict>();
  const alarm = new Alarm(() => other.resolve({ error: new Error(`The check has not answered in ${timeoutMs} ms`) }));
  const leave = (): void => other.resolve(false);
  if (timeoutMs > 0) scheduler.wakeIn(alarm, timeoutMs);
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  try {
    return await Promise.race([isYes(answer), other.promise]);
  } catch (error) {
    return { error };
  } finally {
    signal.removeEventListener("abort", leave);
    scheduler.forget(alarm);
  }
}

/** Whatever an application's rule answers that is not true means no. */
async function isYes(answer: boolean | Promise<boolean>): Promise<boolean> {
  return await answer === true;
}
