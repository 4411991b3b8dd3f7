/**
 * Runs a child process to its end, shows what it writes while it does, and keeps it.
 *
 * @module
 */

/** How to run it. */
export interface RunOptions {
  /** Milliseconds after which it is ended. */
  readonly timeoutMs: number;
  /** Variables added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs. */
  readonly cwd?: string;
  /** Whether its output is kept and not shown. */
  readonly quiet?: boolean;
}

/** What became of it. */
export interface RunResult {
  /** Its exit code. */
  readonly code: number;
  /** What it wrote, both streams in the order of arrival, without colours. */
  readonly output: string;
  /** Whether it was ended because it took too long. */
  readonly timedOut: boolean;
}

/** Runs this Deno with `args`. */
export function runDeno(args: readonly string[], options: RunOptions): Promise<RunResult> {
  return run(Deno.execPath(), args, options);
}

/** Runs a program. */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { timeoutMs, env = {}, cwd, quiet = false } = options;
  const child = new Deno.Command(program, {
    args: [...args],
    env: { ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  const chunks: string[] = [];
  const ended = Promise.all([
    collect(child.stdout, quiet ? undefined : Deno.stdout, chunks),
    collect(child.stderr, quiet ? undefined : Deno.stderr, chunks),
  ]);
  const { code } = await child.status;
  clearTimeout(timer);
  await ended;
  return { code, output: withoutColors(chunks.join("")), timedOut };
}

/** A text without the escape sequences that colour it. */
export function withoutColors(text: string): string {
  // deno-lint-ignore no-control-regex -- escape sequences begin with a control character
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  screen: { writeSync(bytes: Uint8Array): number } | undefined,
  chunks: string[],
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    chunks.push(decoder.decode(chunk, { stream: true }));
    if (screen !== undefined) writeAll(screen, chunk);
  }
}

function writeAll(screen: { writeSync(bytes: Uint8Array): number }, chunk: Uint8Array): void {
  for (let written = 0; written < chunk.length;) written += screen.writeSync(chunk.subarray(written));
}
