/**
 * What the scenarios with a busy server have in common: CPU time for each message, throughput,
 * and a line about who was busy.
 *
 * @module
 */

import { allRowsOf, type Claim, interleave, participants, type Row, type Setting } from "../compare.ts";
import type { Duration, Measured, MeasuredCommand } from "../load/commands.ts";
import { Rig, type ServerSpec } from "../rig.ts";
import { median } from "../statistics.ts";

/** A server below this part of its core had something else to wait for. */
const SATURATED = 0.9;
const WARM_UP_MS = 2_000;
/** What is counted in each round. */
const ROUND_MS = 800;
const SLICES = 8;
/** `/proc/PID/stat` counts in steps of 10 ms, which adds up over the slices of a round. */
const STEPS_OFF_MS = 40;

/** Microseconds of the server's CPU for each unit. */
export function cpu(unit: string): Claim<Measured> {
  return {
    measure: `CPU per ${unit}`,
    unit: "µs",
    pick: ({ serverMs, units }) => serverMs / units * 1000,
  };
}

/** The same, at most so many times the baseline's. */
export function cpuPerUnit(unit: string, ratio: number): Claim<Measured> {
  return { ...cpu(unit), bound: { of: "ratio", is: "at most", value: ratio } };
}

/** Thousands of units in a second. */
export function rate(units: string): Claim<Measured> {
  return {
    measure: units,
    unit: "k/s",
    pick: (sample) => sample.units / sample.ms,
    isTelling: (sample) => sample.serverMs / sample.ms >= SATURATED,
  };
}

/** The same, at least so many times the baseline's. */
export function throughput(units: string, ratio: number): Claim<Measured> {
  return { ...rate(units), bound: { of: "ratio", is: "at least", value: ratio } };
}

/** A load that keeps a server busy. */
export interface BusyLoad {
  /** Connections that are open before it begins. */
  readonly connections: number;
  /** Parts of a round; fewer where it takes long until nothing is under way any more. */
  readonly slices?: number;
  command(duration: Duration): MeasuredCommand;
}

/** Measures the participants in turn, says who was busy, and makes the rows of all claims. */
export async function runBusy(
  scenario: string,
  setting: Setting,
  claims: readonly Claim<Measured>[],
  load: BusyLoad,
): Promise<Row[]> {
  const { slices = SLICES } = load;
  const samples = await interleave(setting, {
    slices,
    prepare: (spec) => warmRig(spec, setting, load),
    measure: (rig: Rig) => rig.run(load.command({ warmMs: 10, ms: ROUND_MS / slices })),
    combine: sum,
  });
  tellShares(setting, samples);
  return allRowsOf(scenario, claims, setting, samples);
}

/** A server and its load, with connections open and code compiled. */
export async function warmRig(spec: ServerSpec, { cores }: Setting, load: BusyLoad): Promise<Rig> {
  const rig = await Rig.start(spec, cores);
  if (load.connections > 0) await rig.open(load.connections);
  await rig.run(load.command({ warmMs: 0, ms: WARM_UP_MS }));
  return rig;
}

/** What slices come to when they are taken as one. */
export function sum(slices: readonly Measured[]): Measured {
  const total = (pick: (slice: Measured) => number) => slices.reduce((so, slice) => so + pick(slice), 0);
  return {
    units: total(({ units }) => units),
    ms: total(({ ms }) => ms),
    serverMs: total(({ serverMs }) => serverMs),
    serverUserMs: total(({ serverUserMs }) => serverUserMs),
    serverSystemMs: total(({ serverSystemMs }) => serverSystemMs),
    loadMs: total(({ loadMs }) => loadMs),
    pings: total(({ pings }) => pings),
    receivedBytes: total(({ receivedBytes }) => receivedBytes),
    receivedMessages: total(({ receivedMessages }) => receivedMessages),
    receivedFrames: total(({ receivedFrames }) => receivedFrames),
    latencies: {
      untilHalf: slices.flatMap(({ latencies }) => latencies?.untilHalf ?? []),
      untilLast: slices.flatMap(({ latencies }) => latencies?.untilLast ?? []),
    },
  };
}

function tellShares(setting: Setting, samples: readonly (readonly Measured[])[]): void {
  for (const [index, { name }] of participants(setting).entries()) {
    const own = samples[index]!;
    const part = (pick: (sample: Measured) => number) => percent(median(own.map(pick)));
    setting.log(
      `  ${name.padEnd(15)} server ${part((s) => s.serverMs / s.ms)} of its core ` +
        `(${part((s) => s.serverSystemMs / (s.serverUserMs + s.serverSystemMs))} of it in the kernel), ` +
        `load ${part((s) => s.loadMs / s.ms)} of its core`,
    );
    const counted = own.reduce((so, { serverUserMs, serverSystemMs }) => so + serverUserMs + serverSystemMs, 0);
    const exact = own.reduce((so, { serverMs }) => so + serverMs, 0);
    if (Math.abs(exact - counted) > STEPS_OFF_MS * own.length + 0.02 * exact) {
      setting.log(`  ${name}: CPU clock ${exact.toFixed()} ms, but /proc says ${counted} ms`);
    }
  }
}

function percent(part: number): string {
  return `${(part * 100).toFixed().padStart(3)} %`;
}
