/**
 * The benchmark's last words: one table.
 *
 * This file is pure.
 *
 * @module
 */

import type { Row } from "./compare.ts";
import type { Bound } from "./statistics.ts";

const HEAD = ["scenario", "measure", "baseline", "", "server", "", "to it", "quartiles", "control", "bound", "verdict"];

/** All rows as text, in columns. */
export function table(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd())
    .join("\n");
}

function cells(row: Row): string[] {
  const { bound, unit } = row;
  return [
    row.scenario,
    row.measure,
    row.to,
    `${plain(row.baseline)} ${unit}`,
    row.server,
    `${plain(row.value)} ${unit}`,
    resultIn(bound, row.result),
    row.quartiles.map((quartile) => resultIn(bound, quartile)).join(" to "),
    bound?.of === "value" ? signed(row.control) : resultIn(bound, row.control),
    bound === undefined ? "" : boundIn(bound, unit),
    row.verdict === "missed" ? "MISSED" : row.verdict,
  ];
}

function resultIn(bound: Bound | undefined, value: number): string {
  if (bound === undefined || bound.of === "ratio") return value.toFixed(3);
  return bound.of === "value" ? plain(value) : signed(value);
}

function boundIn({ of, is, value }: Bound, unit: string): string {
  const sign = is === "at most" ? "<=" : ">=";
  if (of === "ratio") return `${sign} ${value.toFixed(2)}`;
  return `${sign} ${of === "value" ? plain(value) : signed(value)} ${unit}`;
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(2)}`;
}

function plain(value: number): string {
  return value.toFixed(value < 100 ? 2 : 0);
}
