/**
 * What `control.ts` does, for servers on Node and Bun: says the port, answers each line on the standard input with the
 * memory after collection, ends when the input ends.
 *
 * @module
 */

import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const COLLECTIONS = 4;
/** Node's, with `--expose-gc`, or Bun's. */
const collect = globalThis.gc ?? (() => globalThis.Bun.gc(true));

function say(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Says the port, then serves the benchmark's questions until its end. */
export async function answerBenchmark(port) {
  say({ port });
  for await (const _line of createInterface({ input: process.stdin })) {
    for (let i = 0; i < COLLECTIONS; i++) {
      collect();
      await delay(100);
    }
    const { heapUsed, rss } = process.memoryUsage();
    say({ heapBytes: heapUsed, residentBytes: rss });
  }
  process.exit(0);
}
