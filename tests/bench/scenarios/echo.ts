/**
 * Messages that come back: 64 connections with 4 messages under way on each.
 *
 * @module
 */

import type { Scenario } from "../compare.ts";
import { cpuPerUnit, runBusy, throughput } from "./busy.ts";

const CONNECTIONS = 64;
const IN_FLIGHT = 4;

/** CPU for each message, and throughput. */
export const ECHO: Scenario = {
  name: "echo",
  title: `echo, ${CONNECTIONS} connections, ${IN_FLIGHT} in flight`,
  run: (setting) =>
    runBusy("echo", setting, [cpuPerUnit("message", 1.05), throughput("messages", 0.95)], {
      connections: CONNECTIONS,
      command: (duration) => ({ do: "echo", inFlight: IN_FLIGHT, ...duration }),
    }),
};
