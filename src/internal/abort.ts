/**
 * Aborts without being hurt by who listens.
 *
 * @module
 */

/**
 * Aborts, and tells `failed` what listeners of the signal throw. A runtime takes that for an error that nobody caught,
 * which on Deno ends the process; it tells the global object first, within the call of `abort`.
 */
export function abortSafely(controller: AbortController, reason: unknown, failed: (error: unknown) => void): void {
  function onError(event: ErrorEvent): void {
    event.preventDefault();
    event.stopImmediatePropagation(); // one of these calls may stand within another
    failed(event.error);
  }
  globalThis.addEventListener?.("error", onError);
  try {
    controller.abort(reason);
  } finally {
    globalThis.removeEventListener?.("error", onError);
  }
}
