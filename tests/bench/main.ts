/**
 * The benchmark: `deno task bench [SCENARIO …] [--pairs N] [--attempts N] [--server NAME …] [--before FOLDER]`.
 *
 * Compares servers with raw `Deno.serve` and `Deno.upgradeWebSocket` that do the same JSON work. The server has one core,
 * the load generator the other. Raw, ours and raw again are measured in turn; what is compared first is CPU time for each
 * message, which other work on the machine disturbs less than throughput. A scenario whose control (raw again) differs from
 * raw says nothing and is repeated after the others, until `--attempts`, 3 by default, were made. Ends with one table, and
 * with exit code 1 unless every bound was met.
 *
 * The scenarios `managed-…` put Bun, `ws` and Socket.IO beside raw, which npm fetches the first time (`rivals.ts`) and
 * which need Node in the path; `resume-…` measure sessions that are resumed. `load` shows what the load generator can do.
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
import { MANAGED_BROADCASTS } from "./scenarios/managed_broadcast.ts";
import { MANAGED_ECHO } from "./scenarios/managed_echo.ts";
import { REQUEST } from "./scenarios/request.ts";
import { RESUME_ROOMS } from "./scenarios/resume_rooms.ts";
import { RESUME_STORMS } from "./scenarios/resume_storm.ts";
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
  MANAGED_ECHO,
  ...MANAGED_BROADCASTS,
  ...RESUME_STORMS,
  RESUME_ROOMS,
];
const LOAD_CHECK = "load";
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
    earlier.find(({ measure, to, server, bound, verdict }) =>
      measure === row.measure && to === row.to && server === row.server && bound?.value === row.bound?.value &&
      verdict !== "says nothing"
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
        attempts: { type: "string", default: "3" },
        server: { type: "string", multiple: true, default: ["ours"] },
        before: { type: "string" },
      },
    });
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0
    ? value
    : usage(`"--${name}" must be a whole number above 0: current value is ${text}`);
}

const { values, positionals } = readArguments();
const SCENARIOS = values.before === undefined ? ALWAYS : [echoAgainst(oursIn(values.before)), ...ALWAYS];
const pairs = wholeNumber("pairs", values.pairs);
const attempts = wholeNumber("attempts", values.attempts);
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
for (let attempted = 0; attempted < attempts; attempted++) {
  const open = chosen.filter((scenario) => saysNothing(results.get(scenario) ?? []));
  if (attempted > 0 && open.length > 0) print("Once more what says nothing, as its control differs or it failed");
  for (const scenario of open) {
    const earlier = results.get(scenario) ?? [];
    const later = await attempt(scenario, setting);
    results.set(scenario, later.length === 0 ? earlier : settled(earlier, later));
  }
}
if (chosen.length > 0) {
  const rows = chosen.flatMap((scenario) => results.get(scenario)!);
  if (rows.length > 0) {
    print(
      `\n${pairs} pairs, medians; "control" is raw, or the baseline that stands there, against itself\n${table(rows)}`,
    );
  }
  const failed = chosen.filter((scenario) => results.get(scenario)!.length === 0).map(({ name }) => name);
  if (failed.length > 0) print(`Failed: ${failed.join(", ")}`);
  const bounds = rows.filter(({ bound }) => bound !== undefined);
  const open = bounds.filter(({ verdict }) => verdict !== "met").length;
  if (open > 0) print(`${open} of ${bounds.length} bounds are not shown to be met`);
  if (open + failed.length === 0) print("All bounds are met");
  else Deno.exitCode = 1;
}
