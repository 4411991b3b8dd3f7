/**
 * Runs the blocks of one file of the documentation in their order, as a reader would: what a `server` or a `client` block
 * starts keeps running for the blocks that follow.
 *
 * @module
 */

import { Background } from "./background.ts";
import { toModule, type Treatment, treatmentOf } from "./doc_block.ts";
import type { Block } from "./markdown.ts";
import { run, runDeno, type RunResult } from "./process.ts";
import { ROOT } from "./repository.ts";

/** The port that the documentation uses; a test puts the server's real one in its place. */
const WRITTEN_PORT = /\b8000\b/g;

/** What blocks may do. */
const PERMISSIONS = ["--allow-net=127.0.0.1,localhost,0.0.0.0,[::1]", "--allow-env", "--allow-read"];

/** Where the story's files stand, and how patient to be. */
export interface StoryOptions {
  /** A folder for the modules, that the caller removes. */
  readonly folder: string;
  /** Milliseconds that a block may take to end, or to be ready. */
  readonly timeoutMs: number;
  /** The Python that runs blocks in Python. */
  readonly python?: string;
}

/** Runs blocks that are programs. */
export class DocStory implements AsyncDisposable {
  readonly #options: StoryOptions;
  readonly #running: Background[] = [];
  #server: Background | undefined;
  #port: number | undefined;

  constructor(options: StoryOptions) {
    this.#options = options;
  }

  /**
   * Runs one block.
   *
   * @throws {Error} If it fails, does not end, or does not keep running if it is meant to.
   */
  async play(block: Block): Promise<void> {
    const treatment = treatmentOf(block);
    if (treatment === "server") await this.#startServer(block);
    else if (treatment === "client") await this.#start(block, "connected");
    else await this.#runToEnd(block, treatment);
  }

  /**
   * Ends what still runs.
   *
   * @throws {Error} If a server or client had ended by itself.
   */
  async end(): Promise<void> {
    const errors: unknown[] = [];
    for (const background of this.#running.splice(0).reverse()) {
      await background.stop().catch((error) => errors.push(error));
    }
    if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
  }

  /** Ends what still runs, whatever has become of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const background of this.#running.splice(0)) await background[Symbol.asyncDispose]();
  }

  /** A server takes the place of the one before, whose clients end with it. */
  async #startServer(block: Block): Promise<void> {
    if (this.#server !== undefined) await this.end();
    this.#port = undefined;
    const { background, port } = await this.#start(block, "listening");
    this.#server = background;
    this.#port = port;
  }

  async #start(
    block: Block,
    readyWhen: "listening" | "connected",
  ): Promise<{ background: Background; port: number | undefined }> {
    const path = await this.#write(block);
    const isDefault = /^export default /m.test(block.code);
    const preload = `--preload=${new URL("./announce.ts", import.meta.url).pathname}`;
    const flags = ["--no-check", preload, `--config=${ROOT}deno.json`, ...PERMISSIONS];
    const background = new Background([isDefault ? "serve" : "run", ...flags, path], readyWhen);
    this.#running.push(background);
    return { background, port: await background.whenReady(this.#options.timeoutMs) };
  }

  async #runToEnd(block: Block, treatment: Treatment): Promise<void> {
    const { folder, timeoutMs, python } = this.#options;
    const path = await this.#write(block);
    const options = { timeoutMs, cwd: folder, quiet: true, env: { NO_COLOR: "1" } };
    let result: RunResult;
    if (treatment === "python") {
      if (python === undefined) throw new Error("Cannot run a block in Python as no Python was given");
      result = await run(python, [path], options);
    } else {
      // What a block writes, such as a log, it writes into the folder.
      const flags = ["--no-check", `--config=${ROOT}deno.json`, ...PERMISSIONS, `--allow-write=${folder}`];
      const env = { ...options.env, DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" };
      result = await runDeno([treatment === "test" ? "test" : "run", ...flags, path], { ...options, env });
    }
    const { code, output, timedOut } = result;
    if (timedOut) throw new Error(`The block did not end within ${timeoutMs} ms: something of it goes on\n${output}`);
    if (code !== 0) throw new Error(`The block ended with exit code ${code}:\n${output}`);
  }

  async #write(block: Block): Promise<string> {
    const { folder } = this.#options;
    const code = this.#port === undefined ? block.code : block.code.replace(WRITTEN_PORT, String(this.#port));
    const path = `${folder}/line_${block.line}.${block.language === "python" ? "py" : block.language}`;
    await Deno.writeTextFile(path, block.language === "python" ? code : toModule({ ...block, code }));
    return path;
  }
}
