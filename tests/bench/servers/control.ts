/**
 * How a server under test talks to the benchmark: it says its port in a line of JSON, answers
 * each line on its standard input with its memory after collection, and ends when the input ends.
 * A server in any other language or runtime does the same.
 *
 * @module
 */

import { linesOf } from "../lines.ts";

/** The first line of a server. */
export interface Ready {
  readonly port: number;
}

/** The answer to each line: memory in use after collection. */
export interface Memory {
  readonly heapBytes: number;
  readonly residentBytes: number;
}

/** Full collections until the memory that they free is small. */
const COLLECTIONS = 4;

/**
 * Says the port, then serves the benchmark's questions until its end.
 *
 * @param answer Answers the lines that do not ask for memory.
 */
export async function answerBenchmark(port: number, answer?: (line: string) => Promise<object>): Promise<void> {
  say({ port } satisfies Ready);
  for await (const line of linesOf(Deno.stdin.readable)) {
    say(answer === undefined || line === "memory" ? await memoryAfterCollection() : await answer(line));
  }
  Deno.exit(0);
}

async function memoryAfterCollection(): Promise<Memory> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("Cannot measure memory without --v8-flags=--expose-gc");
  for (let i = 0; i < COLLECTIONS; i++) {
    gc();
    // Pages are given back by other threads, and finalizers run in turns of their own.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { heapUsed, rss } = Deno.memoryUsage();
  return { heapBytes: heapUsed, residentBytes: rss };
}

function say(value: object): void {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(value) + "\n"));
}
