/**
 * The gate: every check in turn, then every test. What decides whether the repository is in order.
 *
 * @module
 */

import { type Counts, sum, summaryLine } from "./junit.ts";
import { runDeno } from "./process.ts";
import { ROOT } from "./repository.ts";
import { runTests } from "./run_tests.ts";

/** A check: what to call it and what `deno` is run with. */
interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

/** What one check may take, from an empty cache on a slow machine. */
const CHECK_TIMEOUT_MS = 180_000;

/** Checks that are more than a task by their name. */
const CHECKS: readonly Check[] = [
  { name: "fmt", args: ["fmt", "--check"] },
  ...["lint", "check", "check:browser", "check:docs", "publish:check", "pack:check", "size"].map((name) => ({
    name,
    args: ["task", "--quiet", name],
  })),
];

/** Runs the checks; each counts as one test. Shows what a check wrote if it failed, or if it has something to tell. */
async function runChecks(): Promise<Counts[]> {
  const counts: Counts[] = [];
  for (const { name, args } of CHECKS) {
    const startedAt = performance.now();
    const { code, output, timedOut } = await runDeno(args, {
      timeoutMs: CHECK_TIMEOUT_MS,
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      quiet: true,
    });
    const passed = code === 0;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (!passed || name === "size") console.log(output.trimEnd());
    console.log(`${passed ? "ok    " : "FAILED"} ${name}${timedOut ? ", took too long" : ""} (${seconds} s)`);
    counts.push({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 });
  }
  return counts;
}

if (import.meta.main) {
  const checks = sum(await runChecks());
  const tests = await runTests([]);
  console.log(`checks: ${summaryLine(checks)}; tests: ${summaryLine(tests)}; together:`);
  const total = sum([checks, tests]);
  console.log(summaryLine(total));
  Deno.exit(total.failed === 0 ? 0 : 1);
}
