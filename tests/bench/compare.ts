/**
 * Measures several servers in turn and puts the results in rows: the baseline, what is compared
 * with it, and the baseline once more as the control.
 *
 * @module
 */

import type { Cores, ServerSpec } from "./rig.ts";
import { type Bound, compared, judge, median, quantile, type Verdict } from "./statistics.ts";

/** What all scenarios are given. */
export interface Setting {
  readonly baseline: ServerSpec;
  readonly candidates: readonly ServerSpec[];
  /** How many times each server is measured, in turn with the others. */
  readonly pairs: number;
  readonly cores: Cores | undefined;
  /** Tells how things go. */
  log(text: string): void;
}

/** One scenario of the benchmark. */
export interface Scenario {
  readonly name: string;
  /** What is done, in one line. */
  readonly title: string;
  run(setting: Setting): Promise<Row[]>;
}

/** A number that is taken from each sample, and what is claimed of it. */
export interface Claim<T> {
  readonly measure: string;
  readonly unit: string;
  /** What is claimed of each candidate; nothing where it is absent, and the values are shown. */
  readonly bound?: Bound;
  /** The candidate of which it is claimed; of all by default. */
  readonly of?: string;
  /** Another candidate that it is compared with; the setting's baseline by default. */
  readonly to?: string;
  pick(sample: T): number;
  /** Whether the sample can tell this measure at all, such as throughput of a server that was not busy. */
  isTelling?(sample: T): boolean;
}

/** One line of the table. */
export interface Row {
  readonly scenario: string;
  readonly measure: string;
  readonly unit: string;
  /** What it is compared with. */
  readonly to: string;
  readonly server: string;
  readonly baseline: number;
  readonly value: number;
  /** Ratio, difference or value, the middle one of all rounds and the quartiles around it. */
  readonly result: number;
  readonly quartiles: readonly [number, number];
  /** The setting's baseline against itself, whatever the row is compared with. */
  readonly control: number;
  readonly bound: Bound | undefined;
  readonly verdict: Verdict;
}

/** Baseline, candidates, control: the order of all sample lists. */
export function participants({ baseline, candidates }: Setting): ServerSpec[] {
  return [baseline, ...candidates, { ...baseline, name: `${baseline.name} again` }];
}

/** How something is measured. `R` is what has been started, `T` what comes of it. */
export interface Method<R extends AsyncDisposable, T> {
  /** Parts of a round; the participants change places after each, as noise comes in bursts of a second. */
  readonly slices: number;
  /** Starts a participant and warms it up. */
  prepare(spec: ServerSpec): Promise<R>;
  measure(subject: R): Promise<T>;
  /** Makes one sample of a round's slices. */
  combine(slices: readonly T[]): T;
}

/**
 * Measures the participants in turn, so many rounds; gives a list of samples for each participant.
 * Each round has processes of its own: two processes of one program differ by a percent or two.
 */
export async function interleave<R extends AsyncDisposable, T>(
  setting: Setting,
  method: Method<R, T>,
): Promise<T[][]> {
  const specs = participants(setting);
  const samples: T[][] = specs.map(() => []);
  for (let round = 0; round < setting.pairs; round++) {
    await using processes = new AsyncDisposableStack();
    const subjects: R[] = [];
    for (const spec of specs) subjects.push(processes.use(await method.prepare(spec)));
    const slices: T[][] = specs.map(() => []);
    for (let slice = 0; slice < method.slices; slice++) {
      for (let i = 0; i < specs.length; i++) {
        const turn = (i + slice + round) % specs.length;
        slices[turn]!.push(await method.measure(subjects[turn]!));
      }
    }
    for (const [index, own] of slices.entries()) samples[index]!.push(method.combine(own));
  }
  return samples;
}

/** The rows of a claim, one for each candidate that it is of. `samples` is ordered as {@linkcode participants}. */
export function rowsOf<T>(
  scenario: string,
  claim: Claim<T>,
  setting: Pick<Setting, "candidates"> & { readonly baseline?: ServerSpec },
  samples: readonly (readonly T[])[],
): Row[] {
  const { bound, measure, unit } = claim;
  const { candidates } = setting;
  const values = samples.map((list) => list.map((sample) => claim.pick(sample)));
  const compares = bound?.of === "ratio" || bound === undefined ? "ratio" : "difference";
  const control = median(compared(compares, values.at(-1)!, values[0]!));
  const base = claim.to === undefined ? 0 : 1 + indexNamed(candidates, claim.to);
  const baseline = values[base]!;
  return candidates.flatMap((candidate, index) => {
    if (claim.of !== undefined && claim.of !== candidate.name) return [];
    const own = values[index + 1]!;
    const results = bound?.of === "value" ? own : compared(compares, own, baseline);
    const result = median(results);
    const both = [...samples[base]!, ...samples[index + 1]!];
    const telling = both.filter((sample) => claim.isTelling?.(sample) ?? true);
    return [{
      scenario,
      measure,
      unit,
      to: claim.to ?? setting.baseline?.name ?? "raw",
      server: candidate.name,
      baseline: median(baseline),
      value: median(own),
      result,
      quartiles: [quantile(results, 0.25), quantile(results, 0.75)],
      control,
      bound,
      verdict: verdictOf(bound, result, control, telling.length * 2 > both.length),
    }];
  });
}

/** The rows of several claims; what is claimed of a server need not be shown as well. */
export function allRowsOf<T>(
  scenario: string,
  claims: readonly Claim<T>[],
  setting: Pick<Setting, "candidates"> & { readonly baseline?: ServerSpec },
  samples: readonly (readonly T[])[],
): Row[] {
  const rows = claims.flatMap((claim) => rowsOf(scenario, claim, setting, samples));
  const isTwin = (row: Row, other: Row) =>
    other.bound !== undefined && other.measure === row.measure && other.to === row.to && other.server === row.server;
  return rows.filter((row) => row.bound !== undefined || !rows.some((other) => isTwin(row, other)));
}

function verdictOf(bound: Bound | undefined, result: number, control: number, isTelling: boolean): Verdict {
  if (bound === undefined) return "shown";
  return isTelling ? judge(bound, result, control) : "says nothing";
}

function indexNamed(candidates: readonly ServerSpec[], name: string): number {
  const index = candidates.findIndex((candidate) => candidate.name === name);
  if (index < 0) throw new Error(`There is no candidate "${name}" to compare with`);
  return index;
}
