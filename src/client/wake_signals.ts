/**
 * Signs that trying again now is promising: the network is back, the page is visible again, or was taken out of the
 * browser's cache. Where a runtime has no such events, nothing happens.
 *
 * @module
 */

/** A browser's document, as far as it is looked at. */
interface Page extends EventTarget {
  readonly visibilityState: string;
}

/** Calls `onWake` at each sign, until the returned function is called. */
export function watchWakes(onWake: () => void): () => void {
  const page = (globalThis as { document?: Page }).document;
  const watch = new AbortController();
  const { signal } = watch;
  for (const name of ["online", "pageshow"]) globalThis.addEventListener?.(name, () => onWake(), { signal });
  page?.addEventListener("visibilitychange", () => {
    if (page.visibilityState === "visible") onWake();
  }, { signal });
  return () => watch.abort();
}
