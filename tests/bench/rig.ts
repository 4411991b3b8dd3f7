/**
 * A server under test and the load generator that belongs to it, each in a process of its own and
 * on a core of its own.
 *
 * @module
 */

import { linesOf } from "./lines.ts";
import type {
  Answer,
  Command,
  FloodCommand,
  Flooded,
  Measured,
  MeasuredCommand,
  PreparingCommand,
} from "./load/commands.ts";
import type { Exchange, PeerKind } from "./load/dialect.ts";
import type { Memory, Ready } from "./servers/control.ts";

/** How a server is started. Everything it needs is in the command; a line with its port comes back. */
export interface ServerSpec {
  /** Stands in tables. */
  readonly name: string;
  readonly command: readonly string[];
  /** What its load generator connects as; plain by default. */
  readonly peers?: PeerKind;
  /** What is sent in the echo load: messages by default, or requests, which are answered. */
  readonly exchange?: Exchange;
  /** Fetches what the command needs; called before each start. */
  prepare?(): Promise<void>;
}

/** Which cores the processes are kept on. */
export interface Cores {
  readonly server: number;
  readonly load: number;
}

/** The server on one core, the load and the benchmark itself on the other; `undefined` where that cannot be. */
export async function twoCores(): Promise<Cores | undefined> {
  const cores = { server: 0, load: 1 };
  try {
    const self = ["-cp", String(cores.load), String(Deno.pid)];
    const { success } = await new Deno.Command("taskset", { args: self, stdout: "null", stderr: "null" }).output();
    return success ? cores : undefined;
  } catch {
    return undefined;
  }
}

/** Opens as many files as the system lets us, then becomes the command. */
const MANY_FILES = 'ulimit -n "$(ulimit -Hn)"; exec "$@"';
const ANSWER_DEADLINE_MS = 120_000;

/** A process that answers each line on its input with a line of JSON. */
class LineProcess {
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncGenerator<string, void>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #name: string;

  constructor(name: string, core: number | undefined, command: readonly string[]) {
    const pinned = core === undefined ? command : ["taskset", "-c", String(core), ...command];
    this.#name = name;
    this.#child = new Deno.Command("sh", {
      args: ["-c", MANY_FILES, "sh", ...pinned],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.pid = this.#child.pid;
    this.#lines = linesOf(this.#child.stdout);
    this.#input = this.#child.stdin.getWriter();
  }

  async ask<T>(line: string, withinMs = ANSWER_DEADLINE_MS): Promise<T> {
    await this.#input.write(new TextEncoder().encode(line + "\n"));
    return await this.next<T>(withinMs);
  }

  async next<T>(withinMs = ANSWER_DEADLINE_MS): Promise<T> {
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      this.#child.kill("SIGKILL");
    }, withinMs);
    const { done, value } = await this.#lines.next();
    clearTimeout(deadline);
    if (isLate) throw new Error(`The process of ${this.#name} did not answer within ${withinMs} ms`);
    if (done) throw new Error(`The process of ${this.#name} ended`);
    return JSON.parse(value) as T;
  }

  /** Ends the input, which ends the process; what is not gone in time is killed. */
  async end(): Promise<void> {
    const deadline = setTimeout(() => this.#child.kill("SIGKILL"), 5_000);
    await this.#input.close().catch(() => {});
    for await (const _line of this.#lines);
    await this.#child.status;
    clearTimeout(deadline);
  }
}

/** One server and its load. */
export class Rig implements AsyncDisposable {
  readonly spec: ServerSpec;
  readonly #server: LineProcess;
  readonly #load: LineProcess;

  private constructor(spec: ServerSpec, server: LineProcess, load: LineProcess) {
    this.spec = spec;
    this.#server = server;
    this.#load = load;
  }

  /** Starts both processes; the server is ready when this resolves. */
  static async start(spec: ServerSpec, cores: Cores | undefined): Promise<Rig> {
    await spec.prepare?.();
    const server = new LineProcess(spec.name, cores?.server, spec.command);
    const { port } = await server.next<Ready>();
    const main = new URL("load/main.ts", import.meta.url).pathname;
    const load = new LineProcess("the load generator", cores?.load, [
      Deno.execPath(),
      "run",
      "--quiet",
      // Reading /proc takes all permissions.
      "--allow-all",
      main,
      String(port),
      String(server.pid),
      spec.peers ?? "plain",
      spec.exchange ?? "message",
    ]);
    return new Rig(spec, server, load);
  }

  /** Opens connections that stay, evenly over `spreadMs`. */
  async open(count: number, spreadMs = 0): Promise<void> {
    await this.prepare({ do: "open", count, parallel: 64, spreadMs });
  }

  /** Makes the peers ready for a load. */
  async prepare(command: PreparingCommand): Promise<void> {
    await this.#command(command);
  }

  /** Runs a load and gives what was measured. */
  async run(command: MeasuredCommand): Promise<Measured> {
    return (await this.#command(command)).measured!;
  }

  /** Runs a flood and gives what was measured. */
  async flood(command: FloodCommand): Promise<Flooded> {
    return (await this.#command(command)).flooded!;
  }

  /** The server's memory after collection. */
  memory(): Promise<Memory> {
    return this.#server.ask<Memory>("memory");
  }

  /** Has a server do something of its own; gives its answer. */
  ask(line: string): Promise<unknown> {
    return this.#server.ask(line);
  }

  async #command(command: Command): Promise<Exclude<Answer, { error: string }>> {
    const deadlineMs = runsForMs(command) + ANSWER_DEADLINE_MS;
    const answer = await this.#load.ask<Answer>(JSON.stringify(command), deadlineMs);
    if ("error" in answer) throw new Error(`${this.spec.name}, ${command.do}: ${answer.error}`);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#load.end();
    await this.#server.end();
  }
}

/** How long a command takes even if everybody is quick. */
function runsForMs(command: Command): number {
  if (command.do === "open") return command.spreadMs;
  return ("ms" in command ? command.ms : 0) + ("warmMs" in command ? command.warmMs : 0);
}
