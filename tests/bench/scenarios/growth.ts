/**
 * Whether a broadcast's cost for each receiver grows with the number of receivers, as memory no
 * longer fits into the caches: from 100 to 10,000.
 *
 * @module
 */

import { type Claim, interleave, type Row, rowsOf, type Scenario, type Setting } from "../compare.ts";
import type { Measured } from "../load/commands.ts";
import type { Rig } from "../rig.ts";
import { type BusyLoad, sum, warmRig } from "./busy.ts";

const FEW = 100;
const MANY = 10_000;
const IN_FLIGHT = 1;
/** A broadcast to many takes 50 ms and more; what is counted is always whole broadcasts. */
const SLICES = 3;
const SLICE = { warmMs: 10, ms: 200 } as const;

interface Growth {
  readonly few: Measured;
  readonly many: Measured;
}

const GROWTH_CLAIM: Claim<Growth> = {
  measure: `CPU per delivery, ${MANY} to ${FEW} receivers`,
  unit: "times",
  bound: { of: "ratio", is: "at most", value: 1.1 },
  pick: ({ few, many }) => microseconds(many) / microseconds(few),
};

/** Growth of the cost for each receiver, against the baseline's growth. */
export const GROWTH: Scenario = {
  name: "growth",
  title: `broadcast to ${FEW} and to ${MANY} plain peers`,
  async run(setting: Setting): Promise<Row[]> {
    const load = (connections: number): BusyLoad => ({
      connections,
      command: (duration) => ({ do: "broadcast", inFlight: IN_FLIGHT, ...duration }),
    });
    const samples = await interleave(setting, {
      slices: SLICES,
      prepare: async (spec) => {
        const rigs = new AsyncDisposableStack();
        const few = rigs.use(await warmRig(spec, setting, load(FEW)));
        const many = rigs.use(await warmRig(spec, setting, load(MANY)));
        return { few, many, [Symbol.asyncDispose]: () => rigs.disposeAsync() };
      },
      measure: async ({ few, many }: { few: Rig; many: Rig } & AsyncDisposable): Promise<Growth> => {
        const { command } = load(0);
        return { few: await few.run(command(SLICE)), many: await many.run(command(SLICE)) };
      },
      combine: (slices) => ({ few: sum(slices.map(({ few }) => few)), many: sum(slices.map(({ many }) => many)) }),
    });
    return rowsOf("growth", GROWTH_CLAIM, setting, samples);
  },
};

function microseconds({ serverMs, units }: Measured): number {
  return serverMs / units * 1000;
}
