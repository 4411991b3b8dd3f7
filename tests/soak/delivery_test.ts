/** The long forms of tests/integration/delivery_test.ts. */

import { assert, assertEquals } from "@std/assert";
import { excusesOf, run, type RunPlan, troublesOf } from "../integration/tools/delivery_run.ts";

Deno.test("200 clients in rooms of 10, 20 messages a second each way for 60 s, miss nothing, whatever is done to them", async () => {
  const seed = crypto.randomUUID().slice(0, 8);
  const plan: RunPlan = {
    clients: 200,
    rooms: 20,
    messages: 1_200,
    perSecond: 20,
    chaos: { seed, meanBytes: 15_000, maxFreezeMs: 3_000 },
    // Whoever has bad luck several times in a row, on a busy machine, is away for longer than 256 messages take.
    options: {
      history: { maxMessages: 2_000, maxBytes: 2_097_152 },
      resume: { maxMessages: 2_000, maxBytes: 2_097_152 },
    },
  };

  const result = await run(plan);

  assertEquals([troublesOf(result, plan), excusesOf(result), result.lost], [[], [], 0], `seed ${seed}`);
  assert(result.resumed > 1_000, `${result.resumed} sessions went on, seed ${seed}`);
  console.log(`${result.resumed} sessions went on after ${result.load.faults.length} faults, seed ${seed}`);
});
