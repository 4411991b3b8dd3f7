/**
 * An example as a process of its own, until it is killed or asked to end.
 */

import { readManifest, ROOT } from "../tools/repository.ts";

/** A running example. */
export class Program implements AsyncDisposable {
  /** The port on which it listens. */
  readonly port: number;
  readonly #child: Deno.ChildProcess;
  readonly #output: Promise<void>;

  /** Takes a process that listens on `port`. */
  constructor(child: Deno.ChildProcess, port: number, output: Promise<void>) {
    this.#child = child;
    this.#output = output;
    this.port = port;
  }

  /** Runs one of the examples on a free port, with the permissions that it says it needs. */
  static runExample(file: string): Promise<Program> {
    const address = { DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" };
    return Program.run(["--allow-net", `examples/${file}`], address);
  }

  /** Runs the demo as its task does: with the same permissions, and no others. On any free port by default. */
  static runDemo(port = 0): Promise<Program> {
    const task = readManifest().tasks["demo"];
    const command = typeof task === "string" ? task : task?.command ?? "";
    const [program, subcommand, ...args] = command.split(" ");
    if (program !== "deno" || subcommand !== "run") throw new Error(`The task "demo" is not "deno run …": ${command}`);
    return Program.run(args, { PORT: String(port) });
  }

  /** Runs Deno with these arguments, and waits for the address that is printed. */
  static async run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Program> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", ...args],
      cwd: ROOT,
      env: { ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    let text = "";
    const look = (chunk: string) => {
      text += chunk;
      const [, port] = /http:\/\/[\w.]+:(\d+)[/\s]/.exec(text) ?? [];
      if (port !== undefined) resolve(Number(port));
    };
    const output = Promise.all([read(child.stdout, look), read(child.stderr, look)]).then(() => {
      reject(new Error(`The program ended before it printed its address:\n${text}`));
    });
    return new Program(child, await promise, output);
  }

  /** Where its page is. */
  get url(): string {
    return `http://localhost:${this.port}/`;
  }

  /** Where its WebSockets are. */
  get socketUrl(): string {
    return `ws://localhost:${this.port}/ws`;
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

  async #end(signal: Deno.Signal): Promise<number> {
    this.#child.kill(signal);
    const { code } = await this.#child.status;
    await this.#output;
    return code;
  }
}

async function read(stream: ReadableStream<Uint8Array>, seen: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) seen(decoder.decode(chunk, { stream: true }));
}
