/**
 * One peer asks, 1,000 receive: with 4, 1 and 64 broadcasts under way.
 *
 * @module
 */

import type { Scenario } from "../compare.ts";
import { cpuPerUnit, runBusy, throughput } from "./busy.ts";

const RECEIVERS = 1_000;
/** At least this part of a raw loop's throughput, and CPU to match. */
const PART_OF_RAW = 0.97;
/** With more, emptying the pipeline after each slice takes longer than the slice. */
const MANY_IN_FLIGHT = 16;

function broadcast(inFlight: number): Scenario {
  const name = `broadcast-${inFlight}`;
  const claims = [cpuPerUnit("delivery", 1 / PART_OF_RAW), throughput("deliveries", PART_OF_RAW)];
  return {
    name,
    title: `broadcast to ${RECEIVERS} plain peers, ${inFlight} in flight`,
    run: (setting) =>
      runBusy(name, setting, claims, {
        connections: RECEIVERS,
        ...(inFlight > MANY_IN_FLIGHT ? { slices: 3 } : {}),
        command: (duration) => ({ do: "broadcast", inFlight, ...duration }),
      }),
  };
}

/** With little under way nobody can gather messages, with much everybody could. */
export const BROADCASTS: readonly Scenario[] = [broadcast(4), broadcast(1), broadcast(64)];
