/**
 * Messages that come back: 64 connections with 4 messages under way on each.
 *
 * @module
 */

import type { Scenario } from "../compare.ts";
import type { ServerSpec } from "../rig.ts";
import { type BusyLoad, cpuPerUnit, runBusy, throughput } from "./busy.ts";

const CONNECTIONS = 64;
const IN_FLIGHT = 4;

/** The echo beside the one of an earlier copy of this repository. */
export function echoAgainst(before: ServerSpec): Scenario {
  return {
    name: "echo-before",
    title: `echo, ${CONNECTIONS} connections, ${IN_FLIGHT} in flight, beside an earlier copy`,
    run: (setting) => runBusy("echo-before", { ...setting, baseline: before }, [cpuPerUnit("message", 1.03)], LOAD),
  };
}

const LOAD: BusyLoad = {
  connections: CONNECTIONS,
  command: (duration) => ({ do: "echo", inFlight: IN_FLIGHT, ...duration }),
};

/** CPU for each message, and throughput. */
export const ECHO: Scenario = {
  name: "echo",
  title: `echo, ${CONNECTIONS} connections, ${IN_FLIGHT} in flight`,
  run: (setting) => runBusy("echo", setting, [cpuPerUnit("message", 1.05), throughput("messages", 0.95)], LOAD),
};
