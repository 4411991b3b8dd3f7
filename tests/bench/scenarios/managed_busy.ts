/**
 * What the scenarios with managed peers have in common: the servers beside ours, and what is shown and claimed of them.
 *
 * @module
 */

import type { Claim } from "../compare.ts";
import type { Measured } from "../load/commands.ts";
import { BUN, SOCKET_IO, WS } from "../servers.ts";
import { cpu, cpuPerUnit, rate, throughput } from "./busy.ts";

/** Other servers that do the same. */
export const RIVALS = [BUN, WS, SOCKET_IO] as const;

/** CPU, rate and bytes for each message, and messages for each frame, of all servers beside raw. */
export function shown(unit: string, units: string): Claim<Measured>[] {
  const bytes: Claim<Measured> = {
    measure: `bytes per ${unit}`,
    unit: "B",
    pick: ({ receivedBytes, receivedMessages }) => receivedBytes / receivedMessages,
  };
  const gathered: Claim<Measured> = {
    measure: `${units} per frame`,
    unit: "",
    pick: ({ receivedMessages, receivedFrames }) => receivedMessages / receivedFrames,
  };
  return [cpu(unit), rate(units), bytes, gathered];
}

/** At least so many times another server's rate, and CPU to match. */
export function atLeast(times: number, unit: string, units: string, between: Between): Claim<Measured>[] {
  return [{ ...cpuPerUnit(unit, 1 / times), ...between }, { ...throughput(units, times), ...between }];
}

/** Of whom something is claimed, and what it is compared with: raw by default. */
export type Between = Pick<Claim<Measured>, "of" | "to">;
