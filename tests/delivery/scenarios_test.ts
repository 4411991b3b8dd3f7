/**
 * Whatever the network does, and whenever servers are replaced: no message is lost unnoticed, none comes twice, none out of
 * its order, none is made up, and nothing is left behind. Judged by a checker that knows nothing of how it is done.
 *
 * Seeds 1 to 500, always the same; in a soak 10,000 others. A failure prints its seed, and what happened.
 * To play one again: `deno run tests/delivery/play_main.ts <seed>`, and with `--frames` to see every frame.
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Outcome, play } from "./play.ts";

/** How many runs there are, and in a soak, where property tests run very often: see tests/tools/many_seeds.ts. */
const [RUNS, SOAK_RUNS] = [500, 10_000];
/** How many runs stand in one test. */
const RUNS_PER_TEST = 250;
/** Failures that are told in full. */
const MAX_TOLD = 3;

const isSoak = fc.readConfigureGlobal().numRuns !== undefined;
const first = isSoak ? 1_000 + Math.floor(Math.random() * 1e9) : 1;
const last = first + (isSoak ? SOAK_RUNS : RUNS) - 1;

for (let from = first; from <= last; from += RUNS_PER_TEST) {
  const to = Math.min(last, from + RUNS_PER_TEST - 1);
  Deno.test(`delivery keeps its promises with the seeds from ${from} to ${to}`, async () => {
    const failures: Outcome[] = [];
    for (let seed = from; seed <= to; seed++) {
      const outcome = await play(seed);
      if (outcome.complaints.length > 0) failures.push(outcome);
    }

    assertEquals(failures.map(({ scenario }) => scenario.seed), [], failures.slice(0, MAX_TOLD).map(tell).join("\n\n"));
  });
}

function tell({ scenario, complaints, log }: Outcome): string {
  const again = `deno run tests/delivery/play_main.ts ${scenario.seed}`;
  return [`Seed ${scenario.seed} failed; to play it again: ${again}`, ...complaints.slice(0, 20), ...log].join("\n");
}
