/**
 * Runs the tests that load src in their own process and shows how much of it they reach.
 *
 * @module
 */

import { runDeno } from "./process.ts";
import { ROOT } from "./repository.ts";
import { runTests } from "./run_tests.ts";

if (import.meta.main) {
  const folder = await Deno.makeTempDir();
  const collect = [`--coverage=${folder}`, "--coverage-raw-data-only"];
  const { failed } = await runTests(["unit", "docstrings", "integration", ...collect]);
  const { code } = await runDeno(["coverage", folder, `--include=^file://${ROOT}(src/|mod\\.ts)`], {
    timeoutMs: 120_000,
    cwd: ROOT,
  });
  await Deno.remove(folder, { recursive: true });
  Deno.exit(failed === 0 ? code : 1);
}
