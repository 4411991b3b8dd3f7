/**
 * 1,000 peers lose their connections, miss 50 messages each, and come back at one moment: what that costs the server, from
 * the first connection over upgrade and hello to the last message that was missed.
 *
 * @module
 */

import { allRowsOf, type Claim, interleave, type Scenario } from "../compare.ts";
import type { Measured } from "../load/commands.ts";
import { Rig } from "../rig.ts";
import { RESUME } from "../servers.ts";
import { sum } from "./busy.ts";

const PEERS = 1_000;
const MISSED = 50;
/** As many as wait to be accepted without the kernel turning some away for a second. */
const PARALLEL = 100;
const WARM_UPS = 2;
const SLICES = 3;

/** Server's CPU for the return of all. Slices are storms; a sample is their mean. */
const CLAIM: Claim<Measured> = {
  measure: `CPU until ${PEERS} have what they missed`,
  unit: "ms",
  bound: { of: "value", is: "at most", value: 1_000 },
  pick: ({ serverMs, units }) => serverMs / units * PEERS,
};
const SHOWN: readonly Claim<Measured>[] = [
  { measure: "time of the storm", unit: "ms", pick: ({ ms, units }) => ms / units * PEERS },
  {
    measure: "bytes per missed message",
    unit: "B",
    pick: ({ receivedBytes, units }) => receivedBytes / units / MISSED,
  },
];

function storm(rooms: number, where: string): Scenario {
  const name = `resume-storm-${rooms}`;
  return {
    name,
    title: `${PEERS} peers resume at once, ${where}, ${MISSED} missed messages each`,
    async run(given) {
      const setting = { ...given, baseline: { ...RESUME, name: "ours, another" }, candidates: [RESUME] };
      const samples = await interleave<Rig, Measured>(setting, {
        slices: SLICES,
        async prepare(spec) {
          const rig = await Rig.start(spec, setting.cores);
          await rig.open(PEERS);
          await rig.prepare({ do: "join", rooms });
          for (let i = 0; i < WARM_UPS; i++) await once(rig, rooms);
          return rig;
        },
        measure: (rig) => once(rig, rooms),
        combine: sum,
      });
      return allRowsOf(name, [CLAIM, ...SHOWN], setting, samples);
    },
  };
}

async function once(rig: Rig, rooms: number): Promise<Measured> {
  await rig.prepare({ do: "cut" });
  await rig.ask(`publish ${rooms} ${MISSED}`);
  return await rig.run({ do: "return", parallel: PARALLEL, missed: MISSED });
}

/** All in one room, where what is sent is the same for all, and each in a room of its own. */
export const RESUME_STORMS: readonly Scenario[] = [storm(1, "all in one room"), storm(PEERS, "each in its own room")];
