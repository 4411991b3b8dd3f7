/**
 * Medians, and what may be concluded from pairs of measurements on a noisy machine.
 *
 * This file is pure.
 *
 * @module
 */

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which the given part of the values lies, interpolated. */
export function quantile(values: readonly number[], part: number): number {
  if (values.length === 0) throw new RangeError("Cannot take a quantile of nothing");
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * part;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}

/** What a claim allows: a ratio to the baseline, a difference from it in the measure's unit, or the value alone. */
export interface Bound {
  readonly of: "ratio" | "difference" | "value";
  readonly is: "at most" | "at least";
  readonly value: number;
}

/** `met` and `missed` are said only where the control agrees with the baseline; `shown` where nothing is claimed. */
export type Verdict = "met" | "missed" | "says nothing" | "shown";

/** How far a control's ratio may be from 1. */
const CONTROL_RATIO = 0.03;
/** How far a control's difference may be from 0, where values or differences are bounded, as a part of the bound. */
const CONTROL_DIFFERENCE = 0.1;

/** Compares the values of one round after the other. */
export function compared(of: "ratio" | "difference", values: readonly number[], baseline: readonly number[]): number[] {
  return values.map((value, round) => of === "ratio" ? value / baseline[round]! : value - baseline[round]!);
}

/** Whether a second copy of the baseline came out like the first, so that the run says something. */
export function isSteady(bound: Bound, control: number): boolean {
  return bound.of === "ratio"
    ? Math.abs(control - 1) <= CONTROL_RATIO
    : Math.abs(control) <= CONTROL_DIFFERENCE * Math.abs(bound.value);
}

/** What a result means for its bound. */
export function judge(bound: Bound, result: number, control: number): Verdict {
  if (!isSteady(bound, control)) return "says nothing";
  const holds = bound.is === "at most" ? result <= bound.value : result >= bound.value;
  return holds ? "met" : "missed";
}
