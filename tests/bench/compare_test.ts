/**
 * Tests of what stands in the rows of the benchmark's table.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { allRowsOf, type Claim, rowsOf } from "./compare.ts";
import { table } from "./table.ts";

const RAW = { name: "raw", command: [] };
const OURS = { name: "ours", command: [] };
const RIVAL = { name: "rival", command: [] };
const SETTING = { baseline: RAW, candidates: [OURS, RIVAL] };
/** Raw, ours, the rival, raw again; two rounds. */
const SAMPLES = [[10, 20], [30, 60], [15, 30], [10, 20]];
const RATE: Claim<number> = { measure: "rate", unit: "k/s", pick: (value) => value };
const TWICE = { of: "ratio", is: "at least", value: 2 } as const;

Deno.test("rowsOf() compares each candidate with the baseline, round by round", () => {
  const rows = rowsOf("s", { ...RATE, bound: TWICE }, SETTING, SAMPLES);

  assertEquals(rows.map(({ server, to, result, verdict }) => [server, to, result, verdict]), [
    ["ours", "raw", 3, "met"],
    ["rival", "raw", 1.5, "missed"],
  ]);
});

Deno.test("rowsOf() compares one candidate with another that is named", () => {
  const rows = rowsOf("s", { ...RATE, bound: TWICE, of: "ours", to: "rival" }, SETTING, SAMPLES);

  assertEquals(
    rows.map(({ server, to, baseline, value, result, control, verdict }) => {
      return [server, to, baseline, value, result, control, verdict];
    }),
    [["ours", "rival", 22.5, 45, 2, 1, "met"]],
  );
});

Deno.test("rowsOf() refuses to compare with a candidate that is not there", () => {
  assertThrows(() => rowsOf("s", { ...RATE, to: "nobody" }, SETTING, SAMPLES), Error, 'no candidate "nobody"');
});

Deno.test("rowsOf() bounds a value alone, with a control that may differ by a tenth of the bound", () => {
  const bound = { of: "value", is: "at most", value: 50 } as const;
  const steady = rowsOf("s", { ...RATE, bound }, SETTING, SAMPLES);
  const unsteady = rowsOf("s", { ...RATE, bound }, SETTING, [...SAMPLES.slice(0, 3), [16, 26]]);

  assertEquals(steady.map(({ result, verdict }) => [result, verdict]), [[45, "met"], [22.5, "met"]]);
  assertEquals(unsteady.map(({ verdict }) => verdict), ["says nothing", "says nothing"]);
});

Deno.test("allRowsOf() does not show again what is claimed", () => {
  const rows = allRowsOf("s", [RATE, { ...RATE, bound: TWICE, of: "ours" }], SETTING, SAMPLES);

  assertEquals(rows.map(({ server, verdict }) => [server, verdict]), [["rival", "shown"], ["ours", "met"]]);
});

Deno.test("table() says what each row is compared with, and leaves out bounds that are not there", () => {
  const rows = [
    ...rowsOf("s", { ...RATE, bound: TWICE, of: "ours", to: "rival" }, SETTING, SAMPLES),
    ...rowsOf("s", { ...RATE, of: "rival" }, SETTING, SAMPLES),
  ];

  assertEquals(table(rows).split("\n").slice(1), [
    "s         rate     rival     22.50 k/s  ours    45.00 k/s  2.000  2.000 to 2.000  1.000    >= 2.00  met",
    "s         rate     raw       15.00 k/s  rival   22.50 k/s  1.500  1.500 to 1.500  1.000             shown",
  ]);
});
