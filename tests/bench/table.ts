/**
 * The benchmark's last words: one table.
 *
 * This file is pure.
 *
 * @module
 */

import type { Row } from "./compare.ts";

const HEAD = ["scenario", "measure", "raw", "server", "", "to raw", "quartiles", "control", "bound", "verdict"];

/** All rows as text, in columns. */
export function table(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd())
    .join("\n");
}

function cells(row: Row): string[] {
  const { bound, unit } = row;
  const result = (value: number) => bound.of === "ratio" ? value.toFixed(3) : signed(value);
  const sign = bound.is === "at most" ? "<=" : ">=";
  return [
    row.scenario,
    row.measure,
    `${plain(row.baseline)} ${unit}`,
    row.server,
    `${plain(row.value)} ${unit}`,
    result(row.result),
    row.quartiles.map(result).join(" to "),
    result(row.control),
    `${sign} ${bound.of === "ratio" ? bound.value.toFixed(2) : `${signed(bound.value)} ${unit}`}`,
    row.verdict === "missed" ? "MISSED" : row.verdict,
  ];
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(2)}`;
}

function plain(value: number): string {
  return value.toFixed(value < 100 ? 2 : 0);
}
