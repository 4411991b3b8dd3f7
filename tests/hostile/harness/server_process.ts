/**
 * A server under test in a process of its own, seen from the test: start, ask, watch, end.
 *
 * @module
 */

import type { ClockAction, Command, Line, ServerEvent, Snapshot } from "./control.ts";
import { Changes } from "./deadline.ts";
import { readLines } from "./lines.ts";
import type { Address } from "./raw_peer.ts";

/** How long a process may take to start on a busy machine, and to answer beyond what it was asked to wait. */
const START_DEADLINE_MS = 20_000;
const SLACK_MS = 5_000;

/** A child process with a server in it. */
export class ServerProcess implements AsyncDisposable {
  /** What the server logged, as an operator would read it. */
  readonly logs: string[] = [];
  /** Lines that it wrote to its output itself, beside the control channel, and to its standard error. */
  readonly printed: string[] = [];
  /** What reached the global guards. */
  readonly guards: string[] = [];
  /** What its handlers saw, oldest first. */
  readonly events: ServerEvent[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #commands: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #answers = new Map<number, (snapshot: Snapshot | null) => void>();
  readonly #changes = new Changes();
  readonly #finished: Promise<unknown>;
  #address: Address | undefined;
  #exit: Deno.CommandStatus | undefined;
  #errorText = "";
  #nextId = 1;

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#commands = child.stdin.getWriter();
    this.#commands.closed.catch(() => {});
    this.#finished = Promise.all([this.#readOutput(), this.#readErrors(), this.#awaitExit()]);
  }

  /** Starts `module` with these arguments and waits until it listens. */
  static async start(module: URL, args: readonly string[] = []): Promise<ServerProcess> {
    const server = new ServerProcess(
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-prompt", "--allow-net=127.0.0.1", module.href, ...args],
        env: { NO_COLOR: "1" },
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
    const isStarted = () => server.#address !== undefined || server.#exit !== undefined ? true : undefined;
    try {
      await server.#changes.until(isStarted, START_DEADLINE_MS, "the server process to listen");
      if (server.#address === undefined) throw new Error(`Cannot start ${module.href}: ${server.errorText}`);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** The process's id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Where the server listens. */
  get address(): Address {
    return this.#address!;
  }

  /** How the process ended; `undefined` while it lives. */
  get exit(): Deno.CommandStatus | undefined {
    return this.#exit;
  }

  /** What the process wrote to its standard error. */
  get errorText(): string {
    return this.#errorText.trim();
  }

  /**
   * The server's figures once no more than `connections` are registered and no slot is taken beside them, or at the deadline.
   * With `zombies` it waits for these to go as well.
   */
  async settle(
    connections: number,
    { deadlineMs, zombies = null }: { deadlineMs: number; zombies?: number | null },
  ): Promise<Snapshot> {
    return (await this.#ask({ name: "settle", connections, zombies, deadlineMs }, deadlineMs + SLACK_MS))!;
  }

  /** Lets pass who waits at a gate of the configuration. */
  async openGate(gate: string): Promise<void> {
    await this.#ask({ name: "open_gate", gate }, SLACK_MS);
  }

  /** Stops the server's clock, moves it on, or lets it run again. */
  async clock(action: ClockAction): Promise<void> {
    await this.#ask({ name: "clock", action }, SLACK_MS);
  }

  /** The first event that fits, waiting for it if need be. */
  event(fits: (event: ServerEvent) => boolean, deadlineMs: number = SLACK_MS): Promise<ServerEvent> {
    return this.#changes.until(() => this.events.find(fits), deadlineMs, "an event on the server");
  }

  /** The `count`th event that fits, waiting for it if need be. */
  eventNumber(fits: (event: ServerEvent) => boolean, count: number): Promise<ServerEvent> {
    return this.#changes.until(() => this.events.filter(fits)[count - 1], SLACK_MS, `${count} events on the server`);
  }

  /** Waits until a line was printed, from the one with this index on, that fits. */
  line(fits: (line: string) => boolean, from: number, deadlineMs: number = SLACK_MS): Promise<string> {
    return this.#changes.until(() => this.printed.slice(from).find(fits), deadlineMs, "a line of the log");
  }

  /** Waits for the end of the process. */
  async ended(deadlineMs: number = SLACK_MS): Promise<Deno.CommandStatus> {
    // A dying process waits for its pending read of standard input: an empty line ends that.
    await this.#write("").catch(() => {});
    return await this.#changes.until(() => this.#exit, deadlineMs, "the end of the server process");
  }

  /**
   * How many files and sockets the process has open; `undefined` where the system does not tell. Unix sockets are left out,
   * as the runtime opens some of its own whenever it likes.
   */
  openFiles(): number | undefined {
    const folder = `/proc/${this.pid}/fd`;
    try {
      const unixSockets = new Set(Deno.readTextFileSync(`/proc/${this.pid}/net/unix`).match(/(?<= )\d+(?= |$)/gm));
      return Array.from(Deno.readDirSync(folder), ({ name }) => linkOf(`${folder}/${name}`))
        .filter((link) => !unixSockets.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? "")).length;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** The process's resident memory in bytes; `undefined` where the system does not tell. */
  residentBytes(): number | undefined {
    try {
      const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${this.pid}/status`))?.[1];
      return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#exit === undefined) {
        await this.#write(JSON.stringify({ id: 0, command: { name: "stop" } }));
        await this.ended();
      }
    } catch {
      this.#child.kill("SIGKILL");
    }
    await this.#finished;
  }

  async #ask(command: Command, deadlineMs: number): Promise<Snapshot | null> {
    let answer: { readonly snapshot: Snapshot | null } | undefined;
    const id = this.#nextId++;
    this.#answers.set(id, (snapshot) => answer = { snapshot });
    try {
      await this.#write(JSON.stringify({ id, command }));
      const isAnswered = () => answer !== undefined || this.#exit !== undefined ? true : undefined;
      await this.#changes.until(isAnswered, deadlineMs, `the server process to answer "${command.name}"`);
      if (answer === undefined) throw new Error(`Cannot ask the server process to "${command.name}" as it has ended`);
      return answer.snapshot;
    } finally {
      this.#answers.delete(id);
    }
  }

  #write(line: string): Promise<void> {
    return this.#commands.write(new TextEncoder().encode(line + "\n"));
  }

  async #readOutput(): Promise<void> {
    for await (const line of readLines(this.#child.stdout)) {
      if (line.startsWith(CONTROL_LINE)) this.#receive(JSON.parse(line) as Line);
      else this.printed.push(line);
      this.#changes.notify();
    }
  }

  #receive(line: Line): void {
    switch (line.kind) {
      case "listening":
        this.#address = line.address;
        break;
      case "answer":
        this.#answers.get(line.id)?.(line.snapshot);
        break;
      case "event":
        this.events.push(line.event);
        break;
      case "log":
        this.logs.push(line.text);
        break;
      case "guard":
        this.guards.push(line.text);
        break;
    }
  }

  async #readErrors(): Promise<void> {
    for await (const line of readLines(this.#child.stderr)) {
      this.#errorText += `${line}\n`;
      this.printed.push(line);
      this.#changes.notify();
    }
  }

  async #awaitExit(): Promise<void> {
    this.#exit = await this.#child.status;
    this.#changes.notify();
    await this.#commands.close().catch(() => {});
  }
}

/** How every line of the control channel begins, and no line of a log. */
const CONTROL_LINE = '{"kind":';

/** What a descriptor stands for; it may be closed by the time it is looked at. */
function linkOf(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return "";
  }
}
