import { assertEquals } from "@std/assert";
import { watchWakes } from "../../src/client/wake_signals.ts";

/** A page, as far as it is looked at. */
class FakeDocument extends EventTarget {
  visibilityState = "visible";
}

function withDocument(run: (page: FakeDocument) => void): void {
  const page = new FakeDocument();
  Object.defineProperty(globalThis, "document", { value: page, configurable: true });
  try {
    run(page);
  } finally {
    delete (globalThis as { document?: unknown }).document;
  }
}

for (const name of ["online", "pageshow"]) {
  Deno.test(`watchWakes() tells of "${name}" until it is ended`, () => {
    let wakes = 0;
    const end = watchWakes(() => wakes++);

    globalThis.dispatchEvent(new Event(name));
    const before = wakes;
    end();
    globalThis.dispatchEvent(new Event(name));

    assertEquals([before, wakes], [1, 1]);
  });
}

Deno.test("watchWakes() tells of a page that is visible again, not of one that is hidden, until it is ended", () => {
  withDocument((page) => {
    let wakes = 0;
    const end = watchWakes(() => wakes++);
    const change = (state: string) => {
      page.visibilityState = state;
      page.dispatchEvent(new Event("visibilitychange"));
      return wakes;
    };

    const counts = [change("hidden"), change("visible")];
    end();

    assertEquals([...counts, change("visible")], [0, 1, 1]);
  });
});

Deno.test("watchWakes() does nothing where there are no such events", () => {
  const before = globalThis.addEventListener;
  (globalThis as { addEventListener?: unknown }).addEventListener = undefined;
  try {
    watchWakes(() => {})();
  } finally {
    globalThis.addEventListener = before;
  }
});
