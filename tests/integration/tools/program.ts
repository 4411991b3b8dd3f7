/**
 * A program in a process of its own that is told what to do line by line, and answers each line with one of JSON.
 *
 * @module
 */

import { within } from "../../hostile/harness/deadline.ts";
import { readLines } from "../../hostile/harness/lines.ts";

/** How long an answer may take before a test says that there is none. */
const PATIENCE_MS = 120_000;

/** The test's end of it. */
export class Program implements AsyncDisposable {
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #commands: WritableStreamDefaultWriter<Uint8Array>;

  /** Starts a module that stands beside this one; it finds `plan` as JSON in its first argument. */
  constructor(name: string, plan: unknown) {
    this.#name = name;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--allow-net=127.0.0.1",
        "--allow-env",
        "--allow-sys",
        "--allow-write",
        new URL(`${name}.ts`, import.meta.url).href,
        JSON.stringify(plan),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = readLines(this.#child.stdout)[Symbol.asyncIterator]();
    this.#commands = this.#child.stdin.getWriter();
    this.#commands.closed.catch(() => {});
  }

  /** The next answer: the first one comes without a question, when the program is ready. */
  async answer<T>(): Promise<T> {
    const { value, done } = await within(this.#lines.next(), PATIENCE_MS, `an answer of ${this.#name}`);
    if (done) throw new Error(`Cannot go on as ${this.#name} has ended`);
    return JSON.parse(value);
  }

  /** Says something, and waits for the answer. */
  async ask<T>(command: string, argument: unknown = null): Promise<T> {
    await this.#commands.write(new TextEncoder().encode(`${command} ${JSON.stringify(argument)}\n`));
    return await this.answer();
  }

  /** Ends it as a power cut would (SIGKILL). */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A program ends with its input; one that does not go is ended.
    await this.#commands.close().catch(() => {});
    await within(this.#child.status, PATIENCE_MS, `the end of ${this.#name}`).catch(() => this.kill());
    await this.#lines.return?.();
  }
}

/** The program's end: does what each line says, and answers with what that comes to. */
export async function obey(
  ready: unknown,
  // deno-lint-ignore no-explicit-any -- each command knows what it is given
  commands: Readonly<Record<string, (argument: any) => unknown>>,
): Promise<void> {
  answer(ready);
  for await (const line of readLines(Deno.stdin.readable)) {
    const end = line.indexOf(" ");
    const command = commands[line.slice(0, end)];
    if (command === undefined) throw new Error(`Cannot do "${line}" as there is no such command`);
    answer(await command(JSON.parse(line.slice(end))) ?? null);
  }
}

function answer(value: unknown): void {
  const bytes = new TextEncoder().encode(JSON.stringify(value) + "\n");
  for (let offset = 0; offset < bytes.length;) offset += Deno.stdout.writeSync(bytes.subarray(offset));
}
