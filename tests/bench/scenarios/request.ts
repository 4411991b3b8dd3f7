/**
 * Typed requests beside our own untyped echo: 64 connections with 4 under way on each.
 *
 * @module
 */

import type { Scenario } from "../compare.ts";
import { OURS, REQUESTS } from "../servers.ts";
import { cpuPerUnit, runBusy } from "./busy.ts";

const CONNECTIONS = 64;
const IN_FLIGHT = 4;

/** CPU for each request. */
export const REQUEST: Scenario = {
  name: "request",
  title: `typed requests, ${CONNECTIONS} connections, ${IN_FLIGHT} in flight, beside our own untyped echo`,
  run: (setting) =>
    runBusy("request", { ...setting, baseline: { ...OURS, name: "echo" }, candidates: REQUESTS }, [
      cpuPerUnit("request", 1.15),
    ], {
      connections: CONNECTIONS,
      command: (duration) => ({ do: "echo", inFlight: IN_FLIGHT, ...duration }),
    }),
};
