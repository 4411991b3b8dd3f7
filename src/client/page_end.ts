/**
 * The sign that a page is gone for good: whatever it knew is gone with it, and a session that it had can never go on. Where
 * a runtime has no such event, nothing happens.
 *
 * @module
 */

/** Calls `onEnd` when the page is left and not kept by the browser, until the returned function is called. */
export function watchPageEnd(onEnd: () => void): () => void {
  const watch = new AbortController();
  globalThis.addEventListener?.("pagehide", (event) => {
    if (!(event as Event & { readonly persisted?: boolean }).persisted) onEnd();
  }, { signal: watch.signal });
  return () => watch.abort();
}
