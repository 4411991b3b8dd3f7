/**
 * An example as a process of its own, until it is killed or asked to end.
 */

import { readManifest, ROOT } from "../tools/repository.ts";

/** How an example is run. */
export interface RunOptions {
  /** Further permissions and flags; `--allow-net` is there by default. */
  readonly flags?: readonly string[];
  /** What it is told on the command line. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** On which port; any free one by default. */
  readonly port?: number;
}

/** A running example. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: Output;
  #port = 0;

  /** Takes a process. */
  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#output = new Output([child.stdout, child.stderr]);
  }

  /** Runs one of the examples, with the permissions that it says it needs, until it listens. */
  static async runExample(file: string, options: RunOptions = {}): Promise<Program> {
    const program = Program.start(file, options);
    await program.#listens();
    return program;
  }

  /** Runs the demo as its task does: with the same permissions, and no others. On any free port by default. */
  static async runDemo(port = 0): Promise<Program> {
    const task = readManifest().tasks["demo"];
    const command = typeof task === "string" ? task : task?.command ?? "";
    const [name, subcommand, ...args] = command.split(" ");
    if (name !== "deno" || subcommand !== "run") throw new Error(`The task "demo" is not "deno run …": ${command}`);
    const program = Program.#spawn(args, { PORT: String(port) });
    await program.#listens();
    return program;
  }

  /** Starts one of the examples, and waits for nothing. */
  static start(file: string, { flags = [], args = [], env = {}, port = 0 }: RunOptions = {}): Program {
    const address = { DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}` };
    return Program.#spawn(["--allow-net", ...flags, `examples/${file}`, ...args], { ...address, ...env });
  }

  static #spawn(args: readonly string[], env: Readonly<Record<string, string>>): Program {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", ...args],
      cwd: ROOT,
      env: { ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    return new Program(command.spawn());
  }

  /** The port on which it listens. */
  get port(): number {
    return this.#port;
  }

  /** Where its page is. */
  get url(): string {
    return `http://localhost:${this.port}/`;
  }

  /** Where its WebSockets are. */
  get socketUrl(): string {
    return `ws://localhost:${this.port}/ws`;
  }

  /** Waits until it has written something that fits, after what was waited for before. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    return await this.#output.next(pattern);
  }

  /** Kills it: nothing of it can say goodbye. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks it to end, as Ctrl+C does, and returns its exit code. */
  async interrupt(): Promise<number> {
    return await this.#end("SIGINT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.kill();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
  }

  async #listens(): Promise<void> {
    const [, port] = await this.prints(/http:\/\/[\w.]+:(\d+)[/\s]/);
    this.#port = Number(port);
  }

  async #end(signal: Deno.Signal): Promise<number> {
    this.#child.kill(signal);
    const { code } = await this.#child.status;
    await this.#output.ended;
    return code;
  }
}

/** What a process writes, read to its end. */
class Output {
  /** Resolves when nothing more can come. */
  readonly ended: Promise<void>;
  #unread = "";
  #isEnded = false;
  #changed = Promise.withResolvers<void>();

  constructor(streams: readonly ReadableStream<Uint8Array>[]) {
    this.ended = Promise.all(streams.map((stream) => this.#read(stream))).then(() => {
      this.#isEnded = true;
      this.#changed.resolve();
    });
  }

  /** The next text that fits. What comes before it is passed over. */
  async next(pattern: RegExp): Promise<RegExpExecArray> {
    while (true) {
      const found = pattern.exec(this.#unread);
      if (found !== null) {
        this.#unread = this.#unread.slice(found.index + found[0].length);
        return found;
      }
      if (this.#isEnded) throw new Error(`The program ended before it wrote ${pattern}:\n${this.#unread}`);
      await this.#changed.promise;
    }
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.#unread += decoder.decode(chunk, { stream: true });
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }
}
