/**
 * Quiet peers beside one that floods with 20,000 messages a second, under the rate limit with its defaults: how soon the
 * flood is over, and what the quiet ones notice of it.
 *
 * @module
 */

import { interleave, rowsOf, type Scenario } from "../compare.ts";
import type { Flooded } from "../load/commands.ts";
import { Rig } from "../rig.ts";
import { LIMITED } from "../servers.ts";
import { quantile } from "../statistics.ts";

const QUIET = 50;
const SLICE_MS = 1_000;
const FLOODED = { ...LIMITED, name: "flooded" };

/** The answer to a quiet peer, and the end of a flood. */
export const FLOOD: Scenario = {
  name: "flood",
  title: `${QUIET} quiet peers beside one that floods`,
  async run(given) {
    const setting = { ...given, baseline: LIMITED, candidates: [FLOODED] };
    const samples = await interleave<Rig, Flooded>(setting, {
      slices: 3,
      async prepare(spec) {
        const rig = await Rig.start(spec, setting.cores);
        await rig.open(QUIET);
        await rig.flood({ do: "flood", ms: SLICE_MS, floods: spec.name === FLOODED.name });
        return rig;
      },
      measure: (rig) => rig.flood({ do: "flood", ms: SLICE_MS, floods: rig.spec.name === FLOODED.name }),
      combine: (slices) => ({
        roundTrips: slices.flatMap(({ roundTrips }) => roundTrips),
        untilClosed: slices.flatMap(({ untilClosed }) => untilClosed),
      }),
    });
    const floods = samples[1]!.flatMap(({ untilClosed }) => untilClosed);
    setting.log(`  ${floods.length} floods, the longest ${Math.max(...floods).toFixed(1)} ms`);
    return [
      ...rowsOf(
        "flood",
        {
          measure: "p99 of an answer to a quiet peer",
          unit: "ms",
          bound: { of: "difference", is: "at most", value: 3 },
          pick: ({ roundTrips }: Flooded) => quantile(roundTrips, 0.99),
        },
        setting,
        samples,
      ),
      ...rowsOf(
        "flood",
        {
          measure: "longest flood until its end",
          unit: "ms",
          bound: { of: "difference", is: "at most", value: 200 },
          pick: ({ untilClosed }: Flooded) => Math.max(0, ...untilClosed),
        },
        setting,
        samples,
      ),
    ];
  },
};
