/**
 * Waits for what an application's check answers, no longer than the peer does, and no longer than its deadline.
 *
 * @module
 */

import { Alarm, type Scheduler } from "./scheduler.ts";

/** What came of waiting: the answer, an error (the deadline's too), or nothing, as the peer left. */
export type Outcome<Value> =
  | { readonly kind: "answered"; readonly value: Value }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "gone" };

/** The answer, or why there is none. */
export type Verdict = boolean | { readonly error: unknown };

/**
 * Waits for `answer`.
 *
 * @param signal Aborted when the peer leaves: whoever has left must not hold a place until a slow check ends.
 * @param timeoutMs How long the check may take, in milliseconds; 0 for any time.
 */
export async function waitFor<Value>(
  answer: PromiseLike<Value>,
  signal: AbortSignal,
  scheduler: Scheduler,
  timeoutMs: number,
): Promise<Outcome<Value>> {
  const other = Promise.withResolvers<Outcome<Value>>();
  const alarm = new Alarm(() => {
    const error = new DOMException(`The check has not answered in ${timeoutMs} ms`, "TimeoutError");
    other.resolve({ kind: "failed", error });
  });
  const leave = (): void => other.resolve({ kind: "gone" });
  if (timeoutMs > 0) scheduler.wakeIn(alarm, timeoutMs);
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  try {
    return await Promise.race([other.promise, answered(answer)]);
  } catch (error) {
    return { kind: "failed", error };
  } finally {
    signal.removeEventListener("abort", leave);
    scheduler.forget(alarm);
  }
}

/** Waits for a rule's yes or no; the peer's leaving counts as a no. */
export async function settle(
  answer: boolean | Promise<boolean>,
  signal: AbortSignal,
  scheduler: Scheduler,
  timeoutMs: number,
): Promise<Verdict> {
  const outcome = await waitFor(Promise.resolve(answer), signal, scheduler, timeoutMs);
  if (outcome.kind === "failed") return { error: outcome.error };
  // Whatever an application's rule answers that is not true means no.
  return outcome.kind === "answered" && outcome.value === true;
}

async function answered<Value>(answer: PromiseLike<Value>): Promise<Outcome<Value>> {
  return { kind: "answered", value: await answer };
}
