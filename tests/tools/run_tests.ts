/**
 * Runs the kinds of tests in turn, counts exactly from their reports, and ends with one line of counts.
 *
 * Usage: `run_tests.ts [kind …] [path …] [--flag-of-deno-test …]`; everything that runs by default when nothing is named.
 *
 * @module
 */

import { count, type Counts, readReport, sum, summaryLine, type TestResult } from "./junit.ts";
import { filesByKind, type Kind, KINDS, unownedFiles } from "./kinds.ts";
import { runDeno } from "./process.ts";
import { ROOT } from "./repository.ts";
import { MISSING } from "./requirements.ts";

/** What checking all types may take, from an empty cache on a slow machine. */
const TYPES_TIMEOUT_MS = 180_000;

/** What a kind's run came to. */
interface KindResult extends Counts {
  readonly kind: string;
  readonly seconds: number;
  /** The tests that did not pass. */
  readonly notPassed: readonly TestResult[];
  /** What the machine lacks, as the tests said it. */
  readonly missing: readonly string[];
}

/** Runs what the arguments name and prints the result. Returns the counts of all. */
export async function runTests(args: readonly string[]): Promise<Counts> {
  const { kinds, paths, flags } = readArguments(args);
  const results: KindResult[] = [];
  const unowned = unownedFiles();
  if (unowned.length > 0) results.push(failure("files", unowned, "is run by no kind of tests/tools/kinds.ts"));
  const files = filesByKind(paths);
  const chosen = kinds.map((kind) => ({ kind, own: files.get(kind) ?? [] })).filter(({ own }) => own.length > 0);
  if (chosen.length > 0) results.push(await checkTypes(chosen.flatMap(({ own }) => own)));
  for (const { kind, own } of chosen) results.push(await runKind(kind, own, flags));
  const total = sum(results);
  if (total.passed + total.failed + total.skipped === 0) {
    results.push(failure("files", [paths.join(" ") || "tests"], "holds no test"));
  }
  show(results);
  return sum(results);
}

/** Checks the types of all files at once, so that the kinds need not, and one wrong type does not keep tests from running. */
async function checkTypes(files: readonly string[]): Promise<KindResult> {
  const startedAt = performance.now();
  const { code } = await runDeno(["check", "--quiet", ...files], { timeoutMs: TYPES_TIMEOUT_MS, cwd: ROOT });
  const seconds = (performance.now() - startedAt) / 1000;
  const result = code === 0 ? { passed: 1, failed: 0, skipped: 0, notPassed: [], missing: [] } : undefined;
  return { ...(result ?? failure("types", ["tests"], "have wrong types, see above")), kind: "types", seconds };
}

/** Runs one kind. */
async function runKind(kind: Kind, files: readonly string[], flags: readonly string[]): Promise<KindResult> {
  console.log(`\n── ${kind.name} ${"─".repeat(Math.max(0, 76 - kind.name.length))}\n`);
  const isDoc = kind.flags.includes("--doc");
  const reportPath = await Deno.makeTempFile({ suffix: ".xml" });
  const startedAt = performance.now();
  const { code, output, timedOut } = await runDeno(
    [
      "test",
      isDoc ? "--check" : "--no-check",
      `-P=${kind.permissions}`,
      ...kind.flags,
      ...flags,
      `--junit-path=${reportPath}`,
      ...files,
    ],
    { timeoutMs: kind.timeoutMs, cwd: ROOT, env: { NO_COLOR: "1" } },
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const report = readReport(await Deno.readTextFile(reportPath));
  await Deno.remove(reportPath);
  const isFiltered = flags.some((flag) => flag.startsWith("--filter"));
  // The report has what a filter left out among what is skipped.
  const results = report.results.filter(({ outcome }) => !isFiltered || outcome !== "skipped");
  const silent = isDoc || isFiltered ? [] : files.filter((file) => !report.modules.has(`./${file}`));
  for (const file of silent) results.push(failed(file, "ran no test: it did not load, or it holds none"));
  if (timedOut) results.push(failed(kind.name, `was ended after ${kind.timeoutMs / 1000} s`));
  if (code !== 0 && count(results).failed === 0) results.push(failed(kind.name, `ended with exit code ${code}`));
  return {
    kind: kind.name,
    seconds,
    ...count(results),
    notPassed: results.filter(({ outcome }) => outcome !== "passed"),
    missing: output.split("\n").filter((line) => line.startsWith(MISSING)),
  };
}

function show(results: readonly KindResult[]): void {
  console.log(`\n── summary ${"─".repeat(69)}\n`);
  for (const { kind, seconds, ...counts } of results) {
    console.log(`${kind.padEnd(12)} ${summaryLine(counts).padEnd(40)} ${seconds.toFixed(1).padStart(6)} s`);
  }
  list("Failed", results.flatMap(({ notPassed }) => notPassed.filter(({ outcome }) => outcome === "failed")));
  list("Skipped", results.flatMap(({ notPassed }) => notPassed.filter(({ outcome }) => outcome === "skipped")));
  const missing = new Set(results.flatMap((result) => result.missing));
  if (missing.size > 0) console.log(`\n${[...missing].join("\n")}`);
  console.log("");
}

function list(title: string, tests: readonly TestResult[]): void {
  if (tests.length === 0) return;
  console.log(`\n${title}:`);
  for (const { module, name } of tests) console.log(`  ${module}: ${name}`);
}

function failed(module: string, name: string): TestResult {
  return { module, name, outcome: "failed" };
}

function failure(kind: string, modules: readonly string[], name: string): KindResult {
  const notPassed = modules.map((module) => failed(module, name));
  return { kind, seconds: 0, passed: 0, failed: notPassed.length, skipped: 0, notPassed, missing: [] };
}

function readArguments(args: readonly string[]): { kinds: readonly Kind[]; paths: string[]; flags: string[] } {
  const flags = args.filter((arg) => arg.startsWith("-"));
  const words = args.filter((arg) => !arg.startsWith("-"));
  const named = KINDS.filter(({ name }) => words.includes(name));
  const paths = words.filter((word) => !KINDS.some(({ name }) => name === word));
  return { kinds: named.length > 0 ? named : KINDS.filter(({ byDefault }) => byDefault), paths, flags };
}

if (import.meta.main) {
  const counts = await runTests(Deno.args);
  console.log(summaryLine(counts));
  Deno.exit(counts.failed === 0 ? 0 : 1);
}
