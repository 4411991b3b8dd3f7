/** Tests that after thousands of connections which came and went in every way nothing of them is left. */

import { assert, assertEquals } from "@std/assert";
import { checkCycles } from "./tools/cycles.ts";

Deno.test("10,000 connections that come and go, a tenth of them reset, leave nothing behind", async () => {
  const { closes, bytesPerCycle } = await checkCycles(10_000);

  assertEquals(closes, {
    "1000": 7_000,
    "1006 The socket failed: Connection reset by peer": 1_000,
    "1006 The socket failed: Unexpected EOF": 1_000,
    "4000": 1_000,
  });
  assert(bytesPerCycle < 50, `the heap grew by ${bytesPerCycle} bytes per cycle over the second half`);
});
