/**
 * Shows how much the load generator can do: the loads of the busiest scenarios against a server
 * that does next to nothing.
 *
 * @module
 */

import type { Setting } from "./compare.ts";
import type { Measured } from "./load/commands.ts";
import { Rig } from "./rig.ts";
import { FLOOR, MANAGED_FLOOR } from "./servers.ts";

const DURATION = { warmMs: 300, ms: 1_000 } as const;

/** Prints the load generator's rates against {@linkcode FLOOR}, and how busy both sides were. */
export async function checkLoad({ cores, log }: Setting): Promise<void> {
  log("load: the load generator against raw TCP that answers without reading");
  await using processes = new AsyncDisposableStack();
  const echo = processes.use(await Rig.start(FLOOR, cores));
  await echo.open(64);
  tell("echo, 64 connections, 4 in flight", await echo.run({ do: "echo", inFlight: 4, ...DURATION }));
  const broadcast = processes.use(await Rig.start(FLOOR, cores));
  await broadcast.open(1_000);
  for (const inFlight of [1, 4, 64]) {
    const measured = await broadcast.run({ do: "broadcast", inFlight, ...DURATION });
    tell(`broadcast to 1000, ${inFlight} in flight`, measured);
  }
  const arrays = processes.use(await Rig.start(MANAGED_FLOOR, cores));
  await arrays.open(1_000);
  tell("the same to managed peers, arrays", await arrays.run({ do: "broadcast", inFlight: 64, ...DURATION }));

  function tell(what: string, { units, ms, serverMs, loadMs }: Measured): void {
    const share = (busyMs: number) => `${(busyMs / ms * 100).toFixed()} %`;
    log(
      `  ${what.padEnd(34)} ${(units / ms).toFixed().padStart(5)} k/s, ` +
        `server ${share(serverMs)} of its core, load ${share(loadMs)} of its core`,
    );
  }
}
