/**
 * What 10,000 connections that do nothing cost in memory, each opened with a browser's headers.
 *
 * @module
 */

import { type Claim, participants, type Row, rowsOf, type Scenario, type Setting } from "../compare.ts";
import { Rig, type ServerSpec } from "../rig.ts";
import type { Memory } from "../servers/control.ts";

const CONNECTIONS = 10_000;
/** Opened before the first look at memory, so that what is loaded at first use does not count. */
const FIRST = 200;

/** Heap and resident memory for each connection, above the baseline's. */
export const IDLE: Scenario = {
  name: "idle",
  title: `memory of ${CONNECTIONS} idle connections`,
  async run(setting: Setting): Promise<Row[]> {
    const specs = participants(setting);
    const samples: Memory[][] = specs.map(() => []);
    for (let round = 0; round < setting.pairs; round++) {
      // At the same time: memory does not depend on who has the core.
      const figures = await Promise.all(specs.map((spec) => bytesEach(spec, setting)));
      for (const [index, figure] of figures.entries()) samples[index]!.push(figure);
    }
    const claims = [
      aboveRaw("heap after collection", 3, ({ heapBytes }) => heapBytes),
      aboveRaw("resident memory", 5, ({ residentBytes }) => residentBytes),
    ];
    return claims.flatMap((claim) => rowsOf("idle", claim, setting, samples));
  },
};

async function bytesEach(spec: ServerSpec, { cores }: Setting): Promise<Memory> {
  await using rig = await Rig.start(spec, cores);
  await rig.open(FIRST);
  const before = await rig.memory();
  await rig.open(CONNECTIONS);
  const after = await rig.memory();
  return {
    heapBytes: (after.heapBytes - before.heapBytes) / CONNECTIONS,
    residentBytes: (after.residentBytes - before.residentBytes) / CONNECTIONS,
  };
}

function aboveRaw(measure: string, kib: number, pick: (memory: Memory) => number): Claim<Memory> {
  return {
    measure: `${measure}, each`,
    unit: "KiB",
    bound: { of: "difference", is: "at most", value: kib },
    pick: (memory) => pick(memory) / 1024,
  };
}
