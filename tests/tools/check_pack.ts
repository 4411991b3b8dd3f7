/**
 * Packs for npm into a folder of its own, and loads in Node what is meant for Node: the client and the protocol must not
 * need anything that is not in the package.
 *
 * The server's entry points are not loaded: with `links` in deno.json, `deno pack` leaves imports of `@std/*` as they are.
 *
 * @module
 */

import { run, runDeno } from "./process.ts";
import { readManifest, ROOT } from "./repository.ts";

/** The entry points that other runtimes load. */
const FOR_NODE = ["./client", "./client/plain", "./protocol"];

const TIMEOUT_MS = 120_000;

/** Runs one step and ends with its output if it fails. */
async function step(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await run(program, args, { timeoutMs: TIMEOUT_MS, cwd, quiet: true });
  if (code !== 0) throw new Error(`Cannot check the package, as "${program} ${args.join(" ")}" failed:\n${output}`);
}

/** Loads the entry points of an unpacked package in Node, by their names. */
async function loadInNode(folder: string, packageName: string): Promise<void> {
  await Deno.mkdir(`${folder}/node_modules/${packageName.split("/")[0]}`, { recursive: true });
  await Deno.rename(`${folder}/package`, `${folder}/node_modules/${packageName}`);
  for (const entry of FOR_NODE) {
    const script = `const names = Object.keys(await import("${packageName}${entry.slice(1)}"));
      if (names.length === 0) throw new Error("nothing is exported");`;
    await step("node", ["--input-type=module", "--eval", script], folder);
    console.log(`${entry} loads in Node`);
  }
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir();
  try {
    const dryRun = await runDeno(["pack", "--dry-run", "--allow-dirty"], { timeoutMs: TIMEOUT_MS, cwd: ROOT });
    if (dryRun.code !== 0) throw new Error("Cannot check the package, as the dry run failed");
    await step(Deno.execPath(), ["pack", "--allow-dirty", `--output=${folder}/package.tgz`], ROOT);
    await step("tar", ["-xzf", "package.tgz"], folder);
    await loadInNode(folder, readManifest().name);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
