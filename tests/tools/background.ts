/**
 * A child process that is meant to keep running: waits until it says that it is ready, and ends it.
 *
 * @module
 */

import { ANNOUNCEMENT } from "./announce.ts";
import { withoutColors } from "./process.ts";
import { ROOT } from "./repository.ts";

/** A running program. */
export class Background implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #ready = Promise.withResolvers<number | undefined>();
  readonly #streams: Promise<unknown>;
  readonly #pattern: RegExp;
  #output = "";

  /** Starts `deno` with `args`; it is ready when it announces what `readyWhen` says. */
  constructor(args: readonly string[], readyWhen: "listening" | "connected") {
    this.#pattern = readyWhen === "connected"
      ? new RegExp(`^${ANNOUNCEMENT}connected$`, "m")
      : new RegExp(`^(?:${ANNOUNCEMENT}listening |deno serve: Listening on .*:)(\\d+)`, "m");
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: ROOT,
      env: { ANNOUNCE: "yes", DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0", NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#streams = Promise.all([this.#read(this.#child.stdout), this.#read(this.#child.stderr)]);
    this.#child.status.then(({ code }) => this.#ready.reject(this.#failure(`ended with exit code ${code}`)));
    this.#ready.promise.catch(() => {});
  }

  /** What it wrote so far, both streams. */
  get output(): string {
    return this.#output;
  }

  /**
   * Waits until it is ready. Resolves to the port on which it listens, if it does.
   *
   * @throws {Error} If it ends, or is not ready within `timeoutMs`.
   */
  async whenReady(timeoutMs: number): Promise<number | undefined> {
    const timer = setTimeout(
      () => this.#ready.reject(this.#failure(`was not ready within ${timeoutMs} ms`)),
      timeoutMs,
    );
    try {
      return await this.#ready.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Ends it.
   *
   * @throws {Error} If it had ended by itself.
   */
  async stop(): Promise<void> {
    const isRunning = this.#signal("SIGKILL");
    const { signal } = await this.#child.status;
    await this.#streams;
    if (!isRunning || signal === null) throw this.#failure("ended by itself, and was meant to keep running");
  }

  /** Ends it, whatever has become of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal("SIGKILL");
    await this.#child.status;
    await this.#streams;
  }

  #signal(signal: Deno.Signal): boolean {
    try {
      this.#child.kill(signal);
      return true;
    } catch (error) {
      if (error instanceof TypeError) return false;
      throw error;
    }
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.#output += withoutColors(decoder.decode(chunk, { stream: true }));
      const [announcement, port] = this.#pattern.exec(this.#output) ?? [];
      if (announcement !== undefined && this.#output.includes("\n", this.#output.indexOf(announcement))) {
        this.#ready.resolve(port === undefined ? undefined : Number(port));
      }
    }
  }

  #failure(what: string): Error {
    return new Error(`The program ${what}:\n${this.#output}`);
  }
}
