/**
 * One managed peer asks, 1,000 receive what also goes into the log: with 64, 4 and 1 broadcasts under way. With one, nobody
 * can gather anything, and it is measured how long a broadcast takes.
 *
 * @module
 */

import type { Claim, Scenario } from "../compare.ts";
import type { Latencies, Measured } from "../load/commands.ts";
import { BUN, MANAGED, SOCKET_IO } from "../servers.ts";
import { quantile } from "../statistics.ts";
import { runBusy } from "./busy.ts";
import { atLeast, type Between, RIVALS, shown } from "./managed_busy.ts";

const RECEIVERS = 1_000;
/** With more, emptying the pipeline after each slice takes longer than the slice. */
const MANY_IN_FLIGHT = 16;

function claimed(times: number, to?: string): Claim<Measured>[] {
  const between: Between = { of: MANAGED.name, ...(to === undefined ? {} : { to }) };
  return atLeast(times, "delivery", "deliveries", between);
}

function latency(until: keyof Latencies, part: number, ratio?: number): Claim<Measured> {
  const receiver = until === "untilHalf" ? "half" : "the last";
  return {
    measure: `p${part * 100} until ${receiver} had it`,
    unit: "ms",
    ...(ratio === undefined ? {} : { of: MANAGED.name, bound: { of: "ratio", is: "at most", value: ratio } }),
    pick: ({ latencies }) => quantile(latencies![until], part),
  };
}

function broadcast(inFlight: number, claims: readonly Claim<Measured>[]): Scenario {
  const name = `managed-broadcast-${inFlight}`;
  return {
    name,
    title: `broadcast to ${RECEIVERS} managed peers, ${inFlight} in flight`,
    run: (setting) =>
      runBusy(
        name,
        { ...setting, candidates: [MANAGED, ...RIVALS] },
        [...shown("delivery", "deliveries"), ...claims],
        {
          connections: RECEIVERS,
          ...(inFlight > MANY_IN_FLIGHT ? { slices: 2 } : {}),
          command: (duration) => ({ do: "broadcast", inFlight, ...duration }),
        },
      ),
  };
}

/** With little under way nobody can gather messages, with much everybody could. */
export const MANAGED_BROADCASTS: readonly Scenario[] = [
  broadcast(64, [...claimed(1.3, BUN.name), ...claimed(20, SOCKET_IO.name)]),
  broadcast(4, [...claimed(0.7, BUN.name), ...claimed(3)]),
  broadcast(1, [
    ...claimed(0.95),
    latency("untilHalf", 0.5, 1.1),
    latency("untilLast", 0.5, 1.1),
    latency("untilHalf", 0.99),
    latency("untilLast", 0.99),
  ]),
];
