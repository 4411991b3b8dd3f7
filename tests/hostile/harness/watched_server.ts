/**
 * A server process with a bystander on it, and the rule that every hostile input is held against:
 *
 * the bystander saw every number in order and in time, a new connection opens within a second, the process is the same,
 * its registry, rooms, timers and files are back to what they were, nothing reached the global guards, and no log line holds an
 * unescaped character.
 *
 * @module
 */

import { Bystander, BYSTANDER_TAIL_MS } from "./bystander.ts";
import type { ConfigurationName } from "./configurations.ts";
import { DeadlineError, within } from "./deadline.ts";
import { Target } from "./hostile_case.ts";
import { printable } from "./outcome.ts";
import { ServerProcess } from "./server_process.ts";

/** How long a new valid connection may take to open. */
export const FRESH_CONNECTION_MS = 1_000;
/** How long the servers under test give a peer to finish a close. */
export const CLOSE_TIMEOUT_MS = 500;

/** How long the server has to be rid of everything: its close deadline, and time for a busy machine to get there. */
const CLEAN_AFTER_MS = CLOSE_TIMEOUT_MS + 1_500;
/** How long the end of a process may take to be reported. */
const LOOK_FOR_END_MS = 1_000;
/** One clock wakes everything that waits on a server, however many are connected. */
const MAX_TIMERS = 1;
/** How often a figure is looked at that tells nobody when it changes. */
const LOOK_EVERY_MS = 20;
/** Characters that can forge a log line or deceive its reader. */
const UNSAFE_IN_LOGS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** One way in which the rule was broken. */
export interface Breach {
  readonly text: string;
  /**
   * `slowness`: only time was exceeded, which a busy machine can cause as well: it counts if it happens again.
   * `files`: the process holds more files and sockets than before.
   */
  readonly kind: "slowness" | "files" | "other";
}

/** Where a stretch of time begins that is to be judged. */
export interface Mark {
  readonly at: number;
  readonly guards: number;
  readonly logs: number;
  readonly printed: number;
  readonly zombies: number;
  readonly openFiles: number | undefined;
}

/** A server under test and its bystander. */
export class WatchedServer implements AsyncDisposable {
  constructor(
    readonly process: ServerProcess,
    readonly configuration: ConfigurationName,
    readonly bystander: Bystander,
  ) {}

  /** Starts a server, lets it serve once so that it has loaded what it needs, and notes what it holds. */
  static async start(module: URL, configuration: ConfigurationName): Promise<WatchedServer> {
    const process = await ServerProcess.start(module, [configuration]);
    try {
      await openAndLeave(process, configuration);
      const bystander = new Bystander(await new Target(process, "bystander", configuration).open());
      await process.settle(1, { deadlineMs: CLEAN_AFTER_MS });
      return new WatchedServer(process, configuration, bystander);
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Whether the process is still the one that was started. */
  get isAlive(): boolean {
    return this.process.exit === undefined;
  }

  /** Begins a stretch of time. */
  async mark(): Promise<Mark> {
    const { guards, logs, printed } = this.process;
    const { zombies } = await this.process.settle(1, { deadlineMs: CLEAN_AFTER_MS });
    const openFiles = this.process.openFiles();
    return {
      at: performance.now(),
      guards: guards.length,
      logs: logs.length,
      printed: printed.length,
      zombies,
      openFiles,
    };
  }

  /** Opens a new connection and leaves it; what is wrong with that, if anything is. */
  async freshConnectionBreach(): Promise<Breach | undefined> {
    if (!this.isAlive) return undefined;
    try {
      await within(
        openAndLeave(this.process, this.configuration),
        FRESH_CONNECTION_MS,
        "a new connection to open and close",
      );
      return undefined;
    } catch (error) {
      const kind = error instanceof DeadlineError ? "slowness" : "other";
      return { text: `new connection: ${(error as Error).message}`, kind };
    }
  }

  /** Ends a stretch of time: every way in which the rule was broken. */
  async breaches(mark: Mark): Promise<Breach[]> {
    const until = performance.now() + BYSTANDER_TAIL_MS;
    await this.bystander.heardUntil(until);
    // The bystander may notice the end of the process before it is reported.
    if (this.bystander.breach !== undefined) await this.process.ended(LOOK_FOR_END_MS).catch(() => {});
    const found = [this.bystander.breach, this.#guardBreach(mark)];
    if (this.isAlive) found.push(...await this.#leftovers(mark));
    if (!this.isAlive) found.push(this.#deathBreach());
    found.push(this.#logBreach(mark));
    const breaches: Breach[] = found.filter((text) => text !== undefined).map((text) => ({ text, kind: "other" }));
    const files = this.isAlive ? await this.#fileBreach(mark) : undefined;
    if (files !== undefined) breaches.push({ text: files, kind: "files" });
    const delay = this.bystander.delay(mark.at, until);
    if (delay !== undefined) breaches.push({ text: delay, kind: "slowness" });
    return breaches;
  }

  /** Lets the bystander leave: what a server without connections must not hold any more. The last thing to be asked. */
  async emptyBreaches(): Promise<string[]> {
    await this.bystander[Symbol.asyncDispose]();
    const { targets, rooms, timers = 0 } = await this.process.settle(0, { deadlineMs: CLEAN_AFTER_MS });
    return [
      ...targets.map((target) => `registry still holds ${printable(target)}`),
      ...rooms > 0 ? [`${rooms} rooms still have members`] : [],
      ...timers > 0 ? [`${timers} timers run though nobody is connected`] : [],
      ...this.#unpairedEvents(),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bystander[Symbol.asyncDispose]();
    await this.process[Symbol.asyncDispose]();
  }

  /** Every connection of which the handlers were told must have ended for them, once. */
  #unpairedEvents(): string[] {
    const differences = new Map<string, number>();
    for (const { kind, target } of this.process.events) {
      if (kind === "connect") differences.set(target, (differences.get(target) ?? 0) + 1);
      else if (kind === "close" && differences.has(target)) differences.set(target, differences.get(target)! - 1);
    }
    return Array.from(differences).filter(([, difference]) => difference !== 0).map(([target, difference]) =>
      `${printable(target)} ended ${
        difference > 0 ? `${difference} times too rarely` : `${-difference} times too often`
      }`
    );
  }

  async #leftovers(mark: Mark): Promise<(string | undefined)[]> {
    try {
      const snapshot = await this.process.settle(1, { deadlineMs: CLEAN_AFTER_MS, zombies: mark.zombies });
      const { targets, unopened, zombies, timers, rooms, suspended } = snapshot;
      const strangers = targets.filter((target) => !target.endsWith("?case=bystander"));
      return [
        strangers.length === 0 ? undefined : `registry still holds ${printable(strangers.join(" "), 200)}`,
        unopened === 0 ? undefined : `${unopened} slots are still taken`,
        rooms === 0 ? undefined : `${rooms} rooms still have members`,
        suspended === 0 ? undefined : `${suspended} sessions wait for their clients`,
        zombies <= mark.zombies ? undefined : `${zombies - mark.zombies} new zombies`,
        isAtMost(timers, MAX_TIMERS) ? undefined : `${timers} timers run`,
      ];
    } catch (error) {
      return this.isAlive ? [`control channel: ${(error as Error).message}`] : [];
    }
  }

  /** The kernel tells nobody when a file was closed, so this is looked at until the deadline. */
  async #fileBreach(mark: Mark): Promise<string | undefined> {
    const endsAt = performance.now() + CLEAN_AFTER_MS;
    let openFiles = this.process.openFiles();
    while (!isAtMost(openFiles, mark.openFiles) && performance.now() < endsAt) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      openFiles = this.process.openFiles();
    }
    return isAtMost(openFiles, mark.openFiles) ? undefined : `open files went from ${mark.openFiles} to ${openFiles}`;
  }

  #guardBreach(mark: Mark): string | undefined {
    const hits = this.process.guards.slice(mark.guards);
    return hits.length === 0 ? undefined : `global guard: ${printable(hits.join("; "), 300)}`;
  }

  #logBreach(mark: Mark): string | undefined {
    const { logs, printed } = this.process;
    const unsafe = [...logs.slice(mark.logs), ...printed.slice(mark.printed)].find((line) => UNSAFE_IN_LOGS.test(line));
    return unsafe === undefined ? undefined : `logged unescaped: ${printable(unsafe, 300)}`;
  }

  #deathBreach(): string {
    const { code, signal } = this.process.exit!;
    return `the process ended (${signal ?? code}): ${printable(this.process.errorText.slice(-300), 300)}`;
  }
}

async function openAndLeave(process: ServerProcess, configuration: ConfigurationName): Promise<void> {
  using peer = await new Target(process, "fresh", configuration).open();
  await peer.leave();
}

function isAtMost(now: number | undefined, before: number | undefined): boolean {
  return now === undefined || before === undefined || now <= before;
}
