/**
 * One connection through the chaos proxy: two sockets, and a pipe in each direction that can be frozen, slowed down and cut
 * at any byte.
 *
 * @module
 */

import type { Socket } from "node:net";

/** `up`: from the client to the server; `down`: the other way. */
export type Direction = "up" | "down";

/** How often a slow pipe lets something pass. */
const SLICE_MS = 50;

/** One direction of a link. */
class Pipe {
  readonly #source: Socket;
  readonly #sink: Socket;
  /** Bytes that may pass before the link wants to be asked again. */
  readonly #allowance: () => number;
  readonly #passed: (bytes: number) => void;
  readonly #held: Uint8Array[] = [];
  #isFrozen = false;
  #isFull = false;
  #isOver = false;
  #bytesPerSlice = Infinity;
  #slice: ReturnType<typeof setTimeout> | undefined;
  /** How the source ended, until that was handed on. */
  #end: "finish" | "reset" | undefined;

  constructor(source: Socket, sink: Socket, allowance: () => number, passed: (bytes: number) => void) {
    this.#source = source;
    this.#sink = sink;
    this.#allowance = allowance;
    this.#passed = passed;
    source.on("data", (chunk: Uint8Array) => {
      if (!this.#isOver) this.#held.push(chunk);
      this.#flow();
    });
    source.on("end", () => this.#ended("finish"));
    source.on("error", () => this.#ended("reset"));
    source.on("close", () => this.#ended("reset"));
    sink.on("drain", () => {
      this.#isFull = false;
      this.#flow();
    });
  }

  /** Lets nothing pass, not even an end. */
  freeze(): void {
    this.#isFrozen = true;
    this.#source.pause();
  }

  /** Lets so many bytes pass in a second; `Infinity` for any number. */
  slow(bytesPerSecond: number): void {
    this.#bytesPerSlice = Math.max(1, bytesPerSecond * SLICE_MS / 1_000);
  }

  /** Lets everything pass again. */
  thaw(): void {
    this.#isFrozen = false;
    this.slow(Infinity);
    this.#sliceOver();
  }

  /** Lets nothing pass any more, and throws away what comes. */
  stop(): void {
    this.#isOver = true;
    this.#held.length = 0;
    clearTimeout(this.#slice);
  }

  #flow(): void {
    while (this.#isOpen && this.#held.length > 0) this.#moveOne();
    if (this.#isOpen && this.#end !== undefined) return this.#handOnEnd();
    // What is over goes on reading, so that it sees the end of the socket.
    if (this.#isOver || this.#isOpen) this.#source.resume();
    else this.#source.pause();
  }

  #moveOne(): void {
    const chunk = this.#held.shift()!;
    const size = Math.min(chunk.length, this.#bytesPerSlice, Math.max(1, this.#allowance()));
    if (size < chunk.length) this.#held.unshift(chunk.subarray(size));
    this.#isFull = !this.#sink.write(chunk.subarray(0, size));
    if (this.#bytesPerSlice < Infinity) this.#slice = setTimeout(() => this.#sliceOver(), SLICE_MS);
    this.#passed(size);
  }

  get #isOpen(): boolean {
    return !this.#isFrozen && !this.#isFull && !this.#isOver && this.#slice === undefined;
  }

  #sliceOver(): void {
    clearTimeout(this.#slice);
    this.#slice = undefined;
    this.#flow();
  }

  #ended(how: "finish" | "reset"): void {
    if (this.#isOver) return;
    this.#end ??= how;
    this.#flow();
  }

  #handOnEnd(): void {
    this.stop();
    if (this.#end === "finish") this.#sink.end();
    else reset(this.#sink);
  }
}

/** One connection. */
export class Link {
  /** Settled when both sockets are gone. */
  readonly closed: Promise<unknown>;
  /** Bytes that have passed, in both directions. */
  bytes = 0;
  /** So many bytes pass, then `onDue` is called. */
  dueAt = Infinity;
  onDue: () => void = () => {};
  /** Called for each piece that has passed. */
  onPassed: (direction: Direction) => void = () => {};
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #pipes: Readonly<Record<Direction, Pipe>>;
  #name = "";
  #isAbandoned = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The `number` is that of the connection, from 0 on. */
  constructor(readonly number: number, client: Socket, server: Socket) {
    this.#client = client;
    this.#server = server;
    for (const socket of [client, server]) socket.setNoDelay(true);
    client.once("data", (chunk: Uint8Array) => {
      this.#name = /[?&]client=(\w+)/.exec(new TextDecoder("latin1").decode(chunk))?.[1] ?? "";
    });
    const allowance = () => this.dueAt - this.bytes;
    const pipe = (direction: Direction, source: Socket, sink: Socket) =>
      new Pipe(source, sink, allowance, (bytes) => this.#count(bytes, direction));
    this.#pipes = { up: pipe("up", client, server), down: pipe("down", server, client) };
    this.closed = Promise.all([client, server].map((socket) => new Promise((resolve) => socket.once("close", resolve))))
      .then(() => clearTimeout(this.#timer));
  }

  /** Who is connected, by the parameter `client` of the URL; `""` until that was read. */
  get name(): string {
    return this.#name;
  }

  /** Lets nothing pass in these directions. */
  freeze(...directions: readonly Direction[]): void {
    for (const direction of directions) this.#pipes[direction].freeze();
  }

  /** Lets so many bytes pass in a second, in each direction. */
  slow(bytesPerSecond: number): void {
    for (const pipe of Object.values(this.#pipes)) pipe.slow(bytesPerSecond);
  }

  /** Lets everything pass again. */
  thaw(): void {
    for (const pipe of Object.values(this.#pipes)) pipe.thaw();
  }

  /** Ends both sides the hard way (RST). */
  reset(): void {
    this.#stop();
    reset(this.#client);
    reset(this.#server);
  }

  /** Ends both sides (FIN), in the middle of whatever was under way. */
  finish(): void {
    this.#stop();
    this.#client.end();
    this.#server.end();
  }

  /** Ends the client's side, and lets the server think for so long that there still is somebody. */
  abandon(ms: number): void {
    this.#stop();
    this.#isAbandoned = true;
    reset(this.#client);
    this.#server.pause();
    this.after(ms, () => reset(this.#server));
  }

  /** Ends whatever is done to it: what is frozen or slow goes on, and what was abandoned ends. */
  calm(): void {
    clearTimeout(this.#timer);
    this.dueAt = Infinity;
    if (this.#isAbandoned) reset(this.#server);
    else this.thaw();
  }

  /** Does something later, in place of what was to be done later before. */
  after(ms: number, action: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, ms);
  }

  #stop(): void {
    for (const pipe of Object.values(this.#pipes)) pipe.stop();
    for (const socket of [this.#client, this.#server]) socket.resume();
    clearTimeout(this.#timer);
    this.dueAt = Infinity;
  }

  #count(bytes: number, direction: Direction): void {
    this.bytes += bytes;
    this.onPassed(direction);
    if (this.bytes >= this.dueAt) this.onDue();
  }
}

function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}
