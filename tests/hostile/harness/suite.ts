/**
 * Runs tables of hostile cases against one server process for each configuration and says, case by case, what was expected
 * and what came.
 *
 * Cases run side by side, and so do servers. If the rule was broken meanwhile, halves of them are run again, to find out whose fault it was.
 *
 * @module
 */

import type { ConfigurationName } from "./configurations.ts";
import { expectationOf, type HostileCase, play, type TransportName } from "./hostile_case.ts";
import { describe } from "./outcome.ts";
import { type Breach, WatchedServer } from "./watched_server.ts";

/** So many cases run at the same time. */
const SIDE_BY_SIDE = 12;
/** So many servers are at work at the same time. */
const LANES = 3;

/** What became of one case. */
export interface Result {
  readonly id: string;
  readonly title: string;
  readonly expected: string;
  readonly got: string;
  /** What is wrong with the answer; `undefined` if nothing is. */
  readonly complaint: string | undefined;
  /** How the rule for everything around it was broken; empty if it was not. */
  readonly breaches: readonly string[];
}

/** Servers for a run over all tables. */
export class Suite implements AsyncDisposable {
  readonly #module: URL;
  readonly #transport: TransportName;
  readonly #servers = new Map<ConfigurationName, WatchedServer>();
  /** Servers that died or went wrong and were replaced, in words. */
  readonly #replaced: string[] = [];
  /** What was wrong with servers when they were done, in words. */
  readonly #leftBehind: string[] = [];

  /** `module` is the program of the server process; it gets the name of a configuration as its argument. */
  constructor(module: URL, transport: TransportName) {
    this.#module = module;
    this.#transport = transport;
  }

  /** Runs a table; the results are in the table's order. */
  async run(table: readonly HostileCase[]): Promise<Result[]> {
    return (await this.runAll({ table })).get("table")!;
  }

  /**
   * Runs several tables; the results are by their names, in their order. Servers of different configurations are at work at
   * the same time, but for cases that must run alone.
   *
   * @param isLast Whether no more tables will follow: servers end then as soon as they are done, as many take much memory.
   */
  async runAll(
    tables: Readonly<Record<string, readonly HostileCase[]>>,
    { isLast = false }: { isLast?: boolean } = {},
  ): Promise<Map<string, Result[]>> {
    const results = new Map<HostileCase, Result>();
    const note = (cases: readonly HostileCase[], judged: readonly Result[]) => {
      for (const [index, hostile] of cases.entries()) results.set(hostile, judged[index]!);
    };
    const playAlone = async (configuration: ConfigurationName, cases: readonly HostileCase[]) => {
      const alone = cases.filter(({ mayLeaveFiles = false }) => !mayLeaveFiles);
      note(alone, await this.#judge(configuration, alone, 1));
      for (const hostile of cases.filter((one) => !alone.includes(one))) {
        note([hostile], await this.#judge(configuration, [hostile], 1));
      }
      if (isLast) await this.#end(configuration);
    };
    const all = Object.values(tables).flat();
    const byConfiguration = [...Map.groupBy(all, ({ configuration = "default" }) => configuration)];
    await inParallel(byConfiguration, LANES, async ([configuration, cases]) => {
      const isShared = ({ runsAlone = false, mayLeaveFiles = false }: HostileCase) => !runsAlone && !mayLeaveFiles;
      // Table by table, so that what breaks the rule is soon found.
      for (const table of Object.values(tables)) {
        const shared = table.filter((one) => (one.configuration ?? "default") === configuration && isShared(one));
        note(shared, await this.#judge(configuration, shared, SIDE_BY_SIDE));
      }
      if (isLast && cases.every(isShared)) await this.#end(configuration);
    });
    for (const [configuration, cases] of byConfiguration) {
      const others = cases.filter((one) => !results.has(one));
      if (others.length > 0) await playAlone(configuration, others);
    }
    return new Map(
      Object.entries(tables).map(([name, table]) => [name, table.map((hostile) => results.get(hostile)!)]),
    );
  }

  /**
   * Whether every server is still the process that was started at first, serves, and is empty once nobody is connected;
   * what is wrong where not. The last thing to be asked.
   */
  async endBreaches(): Promise<string[]> {
    await Promise.all(Array.from(this.#servers.keys(), (configuration) => this.#end(configuration)));
    return [...this.#replaced, ...this.#leftBehind];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#servers.values(), (server) => server[Symbol.asyncDispose]()));
  }

  /** Runs cases side by side; where the rule was broken, halves them until it is clear by whom. */
  async #judge(configuration: ConfigurationName, cases: readonly HostileCase[], width: number): Promise<Result[]> {
    if (cases.length === 0) return [];
    const server = await this.#server(configuration);
    const mark = await server.mark();
    const played = await inParallel(cases, width, (hostile) => this.#playOne(hostile, server));
    const mayLeaveFiles = cases.every((hostile) => hostile.mayLeaveFiles);
    const breaches = [...played.flatMap(({ fresh }) => fresh ?? []), ...await server.breaches(mark)]
      .filter(({ kind }) => !(mayLeaveFiles && kind === "files"));
    const results = played.map(({ result }) => result);
    if (breaches.length === 0) return results;
    const lasting = breaches.filter(({ kind }) => kind !== "slowness").map(({ text }) => text);
    if (lasting.length > 0) await this.#replace(configuration, lasting);
    if (cases.length === 1) return results.map((result) => ({ ...result, breaches: breaches.map(({ text }) => text) }));
    const middle = Math.ceil(cases.length / 2);
    const halves = [
      ...await this.#judge(configuration, cases.slice(0, middle), width),
      ...await this.#judge(configuration, cases.slice(middle), width),
    ];
    const isFound = halves.some((result) => result.breaches.length > 0);
    if (isFound || lasting.length === 0) return halves;
    return halves.map((result) => ({ ...result, breaches: lasting.map((text) => `together with others: ${text}`) }));
  }

  async #playOne(hostile: HostileCase, server: WatchedServer): Promise<{ result: Result; fresh: Breach | undefined }> {
    const { id, title } = hostile;
    const expectation = expectationOf(hostile, this.#transport);
    const played = await play(hostile, server.process).then(
      (outcome) => ({ got: describe(outcome), complaint: expectation.complaint(outcome) }),
      (error: Error) => ({ got: error.message, complaint: "the case could not be played" }),
    );
    const result = { id, title, expected: expectation.says, ...played, breaches: [] };
    return { result, fresh: await server.freshConnectionBreach() };
  }

  async #server(configuration: ConfigurationName): Promise<WatchedServer> {
    const server = this.#servers.get(configuration) ?? await WatchedServer.start(this.#module, configuration);
    this.#servers.set(configuration, server);
    return server;
  }

  /** Ends a server and notes what was wrong with it at the end. */
  async #end(configuration: ConfigurationName): Promise<void> {
    const server = this.#servers.get(configuration);
    if (server === undefined) return;
    const last = [await server.freshConnectionBreach(), ...await server.breaches(await server.mark())];
    const texts = [...last.flatMap((breach) => breach?.text ?? []), ...await server.emptyBreaches()];
    this.#leftBehind.push(...texts.map((text) => `${configuration}: ${text}`));
    await server[Symbol.asyncDispose]();
    this.#servers.delete(configuration);
  }

  async #replace(configuration: ConfigurationName, why: readonly string[]): Promise<void> {
    this.#replaced.push(`${configuration}: the server had to be replaced: ${why.join("; ")}`);
    await this.#servers.get(configuration)?.[Symbol.asyncDispose]();
    this.#servers.delete(configuration);
  }
}

/** Does some work for each item, for so many at a time. */
export async function inParallel<T, U>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<U>,
): Promise<U[]> {
  const results = new Array<U>(items.length);
  const entries = items.entries();
  const worker = async () => {
    for (const [index, item] of entries) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
