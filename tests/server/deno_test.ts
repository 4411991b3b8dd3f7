/** Tests of what Deno tells of the process, here without any permission. */

import { assert, assertEquals } from "@std/assert";
import { denoPlatform } from "../../src/server/deno.ts";

Deno.test("denoPlatform.memoryBytes() is the resident set of the process", () => {
  const before = denoPlatform.memoryBytes?.() ?? 0;
  const filled = new Uint8Array(64 * 2 ** 20).fill(1);
  const after = denoPlatform.memoryBytes?.() ?? 0;

  assert(before > 2 ** 20, String(before));
  assert(after - before > 32 * 2 ** 20, `${after - before} more with ${filled.length}`);
});

Deno.test("denoPlatform.env() is undefined where the environment may not be read, and asks nobody", () => {
  assertEquals([denoPlatform.env?.("DEBUG"), denoPlatform.env?.("PATH")], [undefined, undefined]);
});

Deno.test("denoPlatform.env() of a name that no variable can have is undefined", () => {
  assertEquals(["", "A=B", "A\0B"].map((name) => denoPlatform.env?.(name)), [undefined, undefined, undefined]);
});
