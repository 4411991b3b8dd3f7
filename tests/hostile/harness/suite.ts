/**
 * Runs tables of hostile cases against one server process for each configuration and says, case by case, what was expected
 * and what came.
 *
 * Cases run side by side. If the rule was broken meanwhile, halves of them are run again, to find out whose fault it was.
 *
 * @module
 */

import type { ConfigurationName } from "./configurations.ts";
import { expectationOf, type HostileCase, play, type TransportName } from "./hostile_case.ts";
import { describe } from "./outcome.ts";
import { type Breach, WatchedServer } from "./watched_server.ts";

/** So many cases run at the same time. */
const SIDE_BY_SIDE = 12;

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

  /** `module` is the program of the server process; it gets the name of a configuration as its argument. */
  constructor(module: URL, transport: TransportName) {
    this.#module = module;
    this.#transport = transport;
  }

  /** Runs a table; the results are in the table's order. */
  async run(table: readonly HostileCase[]): Promise<Result[]> {
    const results = new Map<string, Result>();
    const byConfiguration = Map.groupBy(table, ({ configuration = "default" }) => configuration);
    for (const [configuration, cases] of byConfiguration) {
      const isSeparate = ({ mayLeaveFiles = false }: HostileCase) => mayLeaveFiles;
      const isAlone = ({ runsAlone = false }: HostileCase) => runsAlone;
      const shared = cases.filter((hostile) => !isSeparate(hostile));
      const judged = [
        ...await this.#judge(configuration, shared.filter((hostile) => !isAlone(hostile)), SIDE_BY_SIDE),
        ...await this.#judge(configuration, shared.filter(isAlone), 1),
      ];
      for (const hostile of cases.filter(isSeparate)) judged.push(...await this.#judge(configuration, [hostile], 1));
      for (const result of judged) results.set(result.id, result);
    }
    return table.map(({ id }) => results.get(id)!);
  }

  /**
   * Whether every server is still the process that was started at first, serves, and is empty once nobody is connected;
   * what is wrong where not. The last thing to be asked.
   */
  async endBreaches(): Promise<string[]> {
    const found = await Promise.all(Array.from(this.#servers, async ([configuration, server]) => {
      const last = [await server.freshConnectionBreach(), ...await server.breaches(await server.mark())];
      const texts = [...last.flatMap((breach) => breach?.text ?? []), ...await server.emptyBreaches()];
      return texts.map((text) => `${configuration}: ${text}`);
    }));
    return [...this.#replaced, ...found.flat()];
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

  async #replace(configuration: ConfigurationName, why: readonly string[]): Promise<void> {
    this.#replaced.push(`${configuration}: the server had to be replaced: ${why.join("; ")}`);
    await this.#servers.get(configuration)?.[Symbol.asyncDispose]();
    this.#servers.delete(configuration);
  }
}

async function inParallel<T, U>(items: readonly T[], width: number, work: (item: T) => Promise<U>): Promise<U[]> {
  const results = new Array<U>(items.length);
  const entries = items.entries();
  const worker = async () => {
    for (const [index, item] of entries) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
