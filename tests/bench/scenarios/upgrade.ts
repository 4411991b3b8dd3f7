/**
 * Connections that come and go: accept, upgrade with a browser's headers, closing handshake.
 *
 * @module
 */

import type { Scenario } from "../compare.ts";
import { cpuPerUnit, runBusy } from "./busy.ts";

const PARALLEL = 32;

/** CPU for each connection's whole life. */
export const UPGRADE: Scenario = {
  name: "upgrade",
  title: `connect, upgrade with 1 KiB of headers, close; ${PARALLEL} at a time`,
  run: (setting) =>
    runBusy("upgrade", setting, [cpuPerUnit("upgrade", 1.2)], {
      connections: 0,
      command: (duration) => ({ do: "upgrades", parallel: PARALLEL, ...duration }),
    }),
};
