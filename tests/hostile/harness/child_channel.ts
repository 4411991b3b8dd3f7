/**
 * The server process's end of the control channel: reports what happens, answers what is asked.
 *
 * Lines are written synchronously, so that the last one before a crash still arrives; events and the log at the end of their turn, or
 * before the next other line.
 *
 * @module
 */

import type { ClockAction, Command, Line, Request, ServerEvent, Snapshot } from "./control.ts";
import { readLines } from "./lines.ts";
import type { Address } from "./raw_peer.ts";

/** The server that is under test, as the control channel needs it. */
export interface Subject {
  readonly address: Address;
  snapshot(): Snapshot;
  /** Acts upon the server's clock. */
  clock?(action: ClockAction): void;
  stop(): Promise<void>;
}

/** How often a figure is looked at that tells nobody when it changes. */
const LOOK_EVERY_MS = 20;
/** So many messages are reported for each target; a flood must not fill the channel. */
const MAX_MESSAGE_EVENTS = 32;

/** What all objects inherit from; none of it is enumerable unless somebody put it there. */
const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];

/** Connects a server process with the test that started it. */
export class ChildChannel {
  readonly #gates = new Map<string, PromiseWithResolvers<void>>();
  readonly #messageCounts = new Map<string, number>();
  /** What was seen and logged in this turn of the loop. */
  #seen: Line[] = [];

  /** Listens for what nobody caught and reports it; whether it ends the process is left to the runtime. */
  watchGlobals(): void {
    globalThis.addEventListener("unhandledrejection", (event) => this.#write(guard("rejection", event.reason)));
    globalThis.addEventListener("error", (event) => this.#write(guard("error", event.error ?? event.message)));
  }

  /** Reports something that a handler saw, and what a peer's message may have done to all objects. */
  event(event: ServerEvent): void {
    const pollution = PROTOTYPES.flatMap((prototype) => Object.keys(prototype));
    if (pollution.length > 0) this.#write(guard("polluted prototype", pollution.join(", ")));
    if (event.kind === "message") {
      const count = (this.#messageCounts.get(event.target) ?? 0) + 1;
      this.#messageCounts.set(event.target, count);
      if (count > MAX_MESSAGE_EVENTS) return;
    }
    this.#writeSoon({ kind: "event", event });
  }

  /** Reports a log line. */
  log(text: string): void {
    this.#writeSoon({ kind: "log", text });
  }

  /** Waits until the test opens this gate. */
  gate(name: string): Promise<void> {
    return this.#gateOf(name).promise;
  }

  /** Announces the server and answers until it is to stop or the test is gone. */
  async serve(subject: Subject): Promise<void> {
    this.#write({ kind: "listening", address: subject.address });
    for await (const line of readLines(Deno.stdin.readable)) {
      if (line === "") continue;
      const { id, command } = JSON.parse(line) as Request;
      if (command.name === "stop") break;
      void this.#answer(id, command, subject);
    }
    await subject.stop();
  }

  async #answer(id: number, command: Exclude<Command, { name: "stop" }>, subject: Subject): Promise<void> {
    if (command.name === "open_gate") {
      this.#gateOf(command.gate).resolve();
      return this.#write({ kind: "answer", id, snapshot: null });
    }
    if (command.name === "clock") {
      subject.clock?.(command.action);
      return this.#write({ kind: "answer", id, snapshot: null });
    }
    const endsAt = performance.now() + command.deadlineMs;
    const isSettled = ({ targets, unopened, zombies, rooms, suspended }: Snapshot) =>
      targets.length <= command.connections && unopened === 0 && rooms === 0 && suspended === 0 &&
      zombies <= (command.zombies ?? Infinity);
    let snapshot = subject.snapshot();
    while (!isSettled(snapshot) && performance.now() < endsAt) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      snapshot = subject.snapshot();
    }
    this.#write({ kind: "answer", id, snapshot });
  }

  #gateOf(name: string): PromiseWithResolvers<void> {
    const gate = this.#gates.get(name) ?? Promise.withResolvers<void>();
    this.#gates.set(name, gate);
    return gate;
  }

  #write(line: Line): void {
    this.#flush(line);
  }

  /** Together with others, as a write for each of a thousand errors holds up everybody on this server. */
  #writeSoon(line: Line): void {
    if (this.#seen.push(line) === 1) setTimeout(() => this.#flush(), 0);
  }

  /** Writes what was seen in this turn, and a line behind it. */
  #flush(...behind: readonly Line[]): void {
    const lines = [...this.#seen, ...behind];
    this.#seen = [];
    if (lines.length === 0) return;
    const bytes = new TextEncoder().encode(lines.map((line) => JSON.stringify(line) + "\n").join(""));
    for (let offset = 0; offset < bytes.length;) offset += Deno.stdout.writeSync(bytes.subarray(offset));
  }
}

function guard(kind: string, reason: unknown): Line {
  return {
    kind: "guard",
    text: `${kind}: ${reason instanceof Error ? reason.stack ?? reason.message : String(reason)}`,
  };
}
