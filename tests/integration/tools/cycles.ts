/**
 * A server process through which connections come and go, and which is asked what remains of them.
 */

import { assertEquals } from "@std/assert";
import { readLines } from "../../hostile/harness/lines.ts";
import type { Remains } from "./cycles_main.ts";

/** A server in a process of its own. */
export class CyclesServer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #commands: WritableStreamDefaultWriter<Uint8Array>;
  #port = "";

  constructor() {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--v8-flags=--expose-gc",
        "--allow-net=127.0.0.1",
        "--allow-env",
        "--allow-sys",
        main("cycles_main"),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = readLines(this.#child.stdout)[Symbol.asyncIterator]();
    this.#commands = this.#child.stdin.getWriter();
  }

  /** Starts one and waits until it listens. */
  static async start(): Promise<CyclesServer> {
    const server = new CyclesServer();
    server.#port = await server.#line();
    return server;
  }

  /** Runs `count` cycles from another process, so that this one's watch over leaks does not slow them down. */
  async cycles(count: number): Promise<void> {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-net=127.0.0.1",
        "--allow-env",
        "--allow-sys",
        main("cycles_load_main"),
        this.#port,
        `${count}`,
      ],
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    if (!success) throw new Error("Cannot go on as a cycle did not go as it should, see above");
  }

  /** What remains now that nobody is connected. */
  async remains(): Promise<Remains> {
    await this.#commands.write(new TextEncoder().encode("measure\n"));
    return JSON.parse(await this.#line());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#commands.close();
    await this.#child.status;
    await this.#lines.return?.();
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("Cannot go on as the server process ended");
    return value;
  }
}

function main(name: string): string {
  return new URL(`${name}.ts`, import.meta.url).href;
}

/** What a run of cycles came to. */
export interface CyclesResult {
  /** How many connections ended, by code. */
  readonly closes: Readonly<Record<string, number>>;
  /** By how many bytes the heap, collected, grew for each cycle of the second half. */
  readonly bytesPerCycle: number;
}

/** Runs cycles in two halves, and sees to it that after each nothing at all is left. */
export async function checkCycles(count: number): Promise<CyclesResult> {
  await using server = await CyclesServer.start();
  const remains: Remains[] = [];
  for (let half = 0; half < 2; half++) {
    await server.cycles(count / 2);
    const now = await server.remains();
    const { connections: open, connecting, waiting, closing, zombies, errors, totalConnections } = now.stats;
    const { timers, sockets, connections } = now;
    assertEquals(totalConnections, count / 2 * (half + 1));
    assertEquals({ open, connecting, waiting, closing, zombies, errors, timers, sockets, connections }, NOTHING);
    remains.push(now);
  }
  const [halfway, after] = remains as [Remains, Remains];
  const bytesPerCycle = (after.heapBytes - halfway.heapBytes) / (count / 2);
  console.log(
    `${count} cycles, heap ${halfway.heapBytes} then ${after.heapBytes}: ${bytesPerCycle.toFixed(1)} bytes per cycle`,
  );
  return { closes: after.closes, bytesPerCycle };
}

/** What must be left: no entry in the registry, no place, no timer, no listener, no connection, no socket. */
const NOTHING = {
  open: 0,
  connecting: 0,
  waiting: 0,
  closing: 0,
  zombies: 0,
  errors: 0,
  timers: 0,
  sockets: 0,
  connections: 0,
};
