/** The long form of tests/integration/cycles_test.ts. */

import { assert, assertEquals } from "@std/assert";
import { checkCycles } from "../integration/tools/cycles.ts";

Deno.test("300,000 connections that come and go leave nothing behind", async () => {
  const { closes, bytesPerCycle } = await checkCycles(300_000);

  assertEquals(Object.values(closes).reduce((sum, count) => sum + count, 0), 300_000);
  assert(bytesPerCycle < 5, `the heap grew by ${bytesPerCycle} bytes per cycle over the second half`);
});
