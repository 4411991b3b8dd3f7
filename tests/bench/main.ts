/**
 * The benchmark: `deno task bench [SCENARIO …] [--pairs N] [--server NAME …] [--before FOLDER]`.
 *
 * Compares servers with raw `Deno.serve` and `Deno.upgradeWebSocket` that do the same JSON work.
 * The server has one core, the load generator the other. Raw, ours and raw again are measured in
 * turn; what is compared first is CPU time for each message, which other work on the machine
 * disturbs less than throughput. A scenario whose control (raw again) differs from raw says nothing
 * and is repeated, twice at most, after the others. Ends with one table, and with exit code 1 unless every bound was met.
 *
 * `--before` names another copy of this repository, such as a worktree of an earlier commit, and adds the scenario
 * `echo-before`, which compares ours with the one there.
 *
 * Needs Linux (epoll, `/proc`) and, for numbers to be trusted, two cores and `taskset`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Row, Scenario, Setting } from "./compare.ts";
import { checkLoad } from "./load_check.ts";
import { type ServerSpec, twoCores } from "./rig.ts";
import { BROADCASTS } from "./scenarios/broadcast.ts";
import { ECHO, echoAgainst } from "./scenarios/echo.ts";
import { FLOOD } from "./scenarios/flood.ts";
import { GROWTH } from "./scenarios/growth.ts";
import { HEARTBEAT } from "./scenarios/heartbeat.ts";
import { IDLE } from "./scenarios/idle.ts";
import { REQUEST } from "./scenarios/request.ts";
import { ROOMS } from "./scenarios/rooms.ts";
import { UPGRADE } from "./scenarios/upgrade.ts";
import { oursIn, RAW, SERVERS } from "./servers.ts";
import { table } from "./table.ts";

const ALWAYS: readonly Scenario[] = [
  ECHO,
  REQUEST,
  ...BROADCASTS,
  UPGRADE,
  IDLE,
  GROWTH,
  HEARTBEAT,
  ROOMS,
  FLOOD,
];
const LOAD_CHECK = "load";
/** How often a scenario is run at most until its control agrees. */
const ATTEMPTS = 3;

function print(text: string): void {
  const bytes = new TextEncoder().encode(text + "\n");
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

function usage(problem: string): never {
  const names = [LOAD_CHECK, ...ALWAYS.map(({ name }) => name)].join(", ");
  print(`${problem}\nScenarios (beginnings will do): ${names}\nServers: ${[...SERVERS.keys()].join(", ")}`);
  Deno.exit(2);
}

function serverNamed(name: string): ServerSpec {
  return SERVERS.get(name) ?? usage(`There is no server "${name}"`);
}

/** Runs a scenario; one that fails has no rows, and the others still count. */
async function attempt(scenario: Scenario, setting: Setting): Promise<Row[]> {
  const began = performance.now();
  setting.log(`${scenario.name}: ${scenario.title}`);
  try {
    return await scenario.run(setting);
  } catch (error) {
    setting.log(`  failed: ${error instanceof Error ? error.message : error}`);
    return [];
  } finally {
    setting.log(`  ${((performance.now() - began) / 1000).toFixed()} s`);
  }
}

/** What an earlier run has settled stays. */
function settled(earlier: readonly Row[], later: readonly Row[]): Row[] {
  return later.map((row) =>
    earlier.find(({ measure, server, verdict }) =>
      measure === row.measure && server === row.server && verdict !== "says nothing"
    ) ?? row
  );
}

function saysNothing(rows: readonly Row[]): boolean {
  return rows.length === 0 || rows.some(({ verdict }) => verdict === "says nothing");
}

function readArguments() {
  try {
    return parseArgs({
      args: Deno.args,
      allowPositionals: true,
      options: {
        pairs: { type: "string", default: "9" },
        server: { type: "string", multiple: true, default: ["ours"] },
        before: { type: "string" },
      },
    });
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

const { values, positionals } = readArguments();
const SCENARIOS = values.before === undefined ? ALWAYS : [echoAgainst(oursIn(values.before)), ...ALWAYS];
const pairs = Number(values.pairs);
if (!Number.isInteger(pairs) || pairs < 1) usage(`"--pairs" must be a whole number: current value is ${values.pairs}`);
function isWanted(name: string): boolean {
  return positionals.length === 0 || positionals.some((wanted) => name.startsWith(wanted));
}
const chosen = SCENARIOS.filter(({ name }) => isWanted(name));
if (chosen.length === 0 && !isWanted(LOAD_CHECK)) usage(`There is no scenario "${positionals.join(" ")}"`);

const cores = await twoCores();
const setting: Setting = { baseline: RAW, candidates: values.server.map(serverNamed), pairs, cores, log: print };
const places = cores === undefined
  ? "no taskset or no second core: nothing is pinned"
  : "server on core 0, load on core 1";
print(`Deno ${Deno.version.deno}, ${places}`);

if (isWanted(LOAD_CHECK)) await checkLoad(setting);
const results = new Map<Scenario, Row[]>();
for (let attempts = 0; attempts < ATTEMPTS; attempts++) {
  const open = chosen.filter((scenario) => saysNothing(results.get(scenario) ?? []));
  if (attempts > 0 && open.length > 0) print("Once more what says nothing, as its control differs or it failed");
  for (const scenario of open) {
    const earlier = results.get(scenario) ?? [];
    const later = await attempt(scenario, setting);
    results.set(scenario, later.length === 0 ? earlier : settled(earlier, later));
  }
}
if (chosen.length > 0) {
  const rows = chosen.flatMap((scenario) => results.get(scenario)!);
  if (rows.length > 0) print(`\n${pairs} pairs, medians; "control" is raw against itself\n${table(rows)}`);
  const failed = chosen.filter((scenario) => results.get(scenario)!.length === 0).map(({ name }) => name);
  if (failed.length > 0) print(`Failed: ${failed.join(", ")}`);
  const open = rows.filter(({ verdict }) => verdict !== "met").length;
  if (open > 0) print(`${open} of ${rows.length} bounds are not shown to be met`);
  if (open + failed.length === 0) print("All bounds are met");
  else Deno.exitCode = 1;
}
