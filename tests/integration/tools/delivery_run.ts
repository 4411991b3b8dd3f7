/**
 * A run of a test of delivery: a server and its clients in processes of their own, from the first message to the reports.
 *
 * @module
 */

import { downTroubles, upTroubles } from "./delivery_check.ts";
import { faultLines } from "./chaos_proxy.ts";
import type { LoadPlan, LoadReport, ServerPlan, ServerReport } from "./delivery_plan.ts";
import { Program } from "./program.ts";

/** What a run is told. Whatever is left out has no part in it. */
export interface RunPlan
  extends
    Pick<LoadPlan, "clients" | "rooms" | "chaos" | "isRough" | "asksNothing" | "resetEveryMs">,
    Pick<ServerPlan, "isRelay"> {
  /** How many messages go each way, for each client and for each room. */
  readonly messages: number;
  /** How many of them in a second. */
  readonly perSecond: number;
  /** Options of the server, beside those of every run. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** What came of a run. */
export interface RunResult {
  readonly server: ServerReport;
  readonly load: LoadReport;
  /** How often a session went on, and how often it did not although there was one. */
  readonly resumed: number;
  readonly lost: number;
}

/** A frozen connection is found within two seconds. */
const OPTIONS = {
  heartbeatInterval: 1_000,
  heartbeatTimeoutMs: 1_000,
  closeTimeoutMs: 500,
  maxJoinsPerSecond: 1_000_000,
};

/** So much of what is wrong is shown. */
const MAX_SHOWN = 20;

/** What the server of a run is told. */
export function serverPlan(plan: RunPlan, more: Partial<ServerPlan> = {}): ServerPlan {
  const { clients, rooms, messages: perRoom, perSecond, isRelay = false } = plan;
  const options = { ...OPTIONS, ...plan.options };
  return { clients, rooms, perRoom, perSecond, isRelay, options, port: 0, life: 1, ...more };
}

/** What the clients of a run are told. */
export function loadPlan(plan: RunPlan, port: number): LoadPlan {
  const { messages: perClient, options: _options, isRelay: _isRelay, ...rest } = plan;
  return { ...rest, perClient, port };
}

/** Lets all messages go both ways while the proxy rages, and waits until all is quiet. */
export async function run(plan: RunPlan): Promise<RunResult> {
  await using server = new Program("delivery_main", serverPlan(plan));
  const port = await server.answer<number>();
  await using load = new Program("delivery_load_main", loadPlan(plan, port));
  await load.answer();

  await Promise.all([server.ask("publish"), load.ask("send")]);
  return await finish(server, load);
}

/** Waits until all is quiet, and asks for the reports. */
export async function finish(server: Program, load: Program): Promise<RunResult> {
  await load.ask("settle");
  const seen = await load.ask<LoadReport>("report", await server.ask<ServerReport["published"]>("finish"));
  const report = await server.ask<ServerReport>("report");
  const again = seen.clients.flatMap(({ resumed }) => resumed.slice(1));
  const resumed = again.filter((isResumed) => isResumed).length;
  return { server: report, load: seen, resumed, lost: again.length - resumed };
}

/** All that is wrong with a run in which nothing may be lost, or nothing without a word, in words. */
export function troublesOf({ server, load }: RunResult, plan: RunPlan): string[] {
  const ofClients = load.clients.flatMap((client) => {
    const found = [...client.troubles, ...upTroubles(client, server), ...downTroubles(client, server, plan)]
      .map((trouble) => `client ${client.client}: ${trouble}`);
    if (found.length === 0) return [];
    return [...found.slice(0, MAX_SHOWN), ...faultLines(load.faults, `${client.client}`).map((line) => `  ${line}`)];
  });
  const sent = load.clients.reduce((sum, client) => sum + client.sent, 0);
  const keys = server.effects === sent ? [] : [`${sent} messages had ${server.effects} keys`];
  // Only where the first welcome was lost there is no session that would know what was handled.
  const again = server.repeated === 0 || plan.isRough ? [] : [`${server.repeated} messages were handled again`];
  return [...server.troubles, ...keys, ...again, ...ofClients].slice(0, 5 * MAX_SHOWN);
}

/** Where in a run somebody was told that something is missing: client, source and what was told. */
export function excusesOf({ load }: RunResult): { client: number; source: string; told: string }[] {
  return load.clients.flatMap(({ client, logs }) =>
    Object.entries(logs).flatMap(([source, entries]) =>
      entries.flatMap((told) => typeof told === "string" ? [{ client, source, told }] : [])
    )
  );
}
