import { assertEquals } from "@std/assert";
import { watchPageEnd } from "../../src/client/page_end.ts";

Deno.test("watchPageEnd() tells when a page is left for good, and not when the browser keeps it", () => {
  let ends = 0;
  const stop = watchPageEnd(() => ends++);
  const leave = (persisted: boolean) => globalThis.dispatchEvent(Object.assign(new Event("pagehide"), { persisted }));

  leave(true);
  const kept = ends;
  leave(false);
  stop();
  leave(false);

  assertEquals([kept, ends], [0, 1]);
});
