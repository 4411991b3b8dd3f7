/**
 * Messages that come back to managed peers, which number and acknowledge them: 64 connections with 16 under way on each.
 * Such a peer gets in one frame what the server has for it in one turn, and may send so itself.
 *
 * @module
 */

import type { Scenario } from "../compare.ts";
import { GATHERING, MANAGED, RAW_NO_PINGS } from "../servers.ts";
import { runBusy } from "./busy.ts";
import { atLeast, RIVALS, shown } from "./managed_busy.ts";

const CONNECTIONS = 64;
const IN_FLIGHT = 16;
/** How many times raw's rate, where each frame of the peers holds one message, and where it holds what they send at once. */
const SINGLE = 1.6;
const GATHERED = 2.5;

/** CPU for each message, rate and bytes, beside raw and others. */
export const MANAGED_ECHO: Scenario = {
  name: "managed-echo",
  title: `echo to managed peers, ${CONNECTIONS} connections, ${IN_FLIGHT} in flight`,
  run: (given) => {
    const setting = { ...given, candidates: [MANAGED, GATHERING, RAW_NO_PINGS, ...RIVALS] };
    const claims = [
      ...shown("message", "messages"),
      ...atLeast(SINGLE, "message", "messages", { of: MANAGED.name }),
      ...atLeast(GATHERED, "message", "messages", { of: GATHERING.name }),
    ];
    return runBusy("managed-echo", setting, claims, {
      connections: CONNECTIONS,
      command: (duration) => ({ do: "echo", inFlight: IN_FLIGHT, ...duration }),
    });
  },
};
