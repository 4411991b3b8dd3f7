/**
 * A TCP proxy that breaks what goes through it: it cuts, freezes and slows down connections after random numbers of bytes.
 *
 * What is random comes from the seed and the number of the connection. What was done is kept, for when a test fails.
 *
 * @module
 */

import { connect, createServer, type Server, type Socket } from "node:net";
import { randomSource } from "../../hostile/harness/noise.ts";
import { Link } from "./chaos_link.ts";

/**
 * What can be done to a connection:
 * - `reset`, `finish`: both sides are ended, by RST or by FIN;
 * - `abandon`: the client's side is reset, and the server hears of it only a while later;
 * - `freeze`, `freeze up`, `freeze down`: nothing passes for a while, in both directions or in one;
 * - `freeze and reset`: the same in both, and then it is reset;
 * - `slow`: little passes, for a while.
 */
export type FaultKind =
  | "reset"
  | "finish"
  | "abandon"
  | "freeze"
  | "freeze up"
  | "freeze down"
  | "freeze and reset"
  | "slow";

/** Every kind, those that end a connection as often as those that only hold it up. */
export const FAULT_KINDS: readonly FaultKind[] = [
  "reset",
  "reset",
  "finish",
  "finish",
  "abandon",
  "freeze",
  "freeze up",
  "freeze down",
  "freeze and reset",
  "slow",
];

/** What was done. */
export interface Fault {
  /** The number of the connection, and whose it was. */
  readonly connection: number;
  readonly name: string;
  /** After so many bytes of it, in both directions. */
  readonly bytes: number;
  readonly kind: FaultKind;
  /** How long it lasts, where it does. */
  readonly ms: number;
  /** When it was done, in milliseconds since the proxy was started. */
  readonly atMs: number;
}

/** How bad it gets. */
export interface ChaosOptions {
  /** Where everything random comes from. */
  readonly seed: string;
  /** After so many bytes, in the mean, something is done to a connection. */
  readonly meanBytes: number;
  /** What is done. */
  readonly kinds?: readonly FaultKind[];
  /** The longest freeze, and the longest slowness. */
  readonly maxFreezeMs: number;
  /** How slow slow is. */
  readonly bytesPerSecond?: number;
}

/** A new connection breaks as often as not before it is good for anything: handshake, hello and welcome are no longer. */
const FIRST_BYTES = 1_500;
/** One connection in so many breaks that early. */
const EARLY_ONE_IN = 4;
/** The first numbers of sources with similar seeds are similar. */
const SKIPPED = 8;

/** A proxy on a free port of loopback. It does nothing to anybody until it is told to rage. */
export class ChaosProxy implements AsyncDisposable {
  /** What was done so far. */
  readonly faults: Fault[] = [];
  /** The connections that there are. */
  readonly links = new Set<Link>();
  /** Called for each connection that comes. */
  onLink: (link: Link) => void = () => {};
  readonly #server: Server;
  readonly #startedAt = performance.now();
  readonly #random = new WeakMap<Link, () => number>();
  #chaos: ChaosOptions | undefined;
  #count = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Starts one before the server that listens on this port. */
  static async start(port: number): Promise<ChaosProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new ChaosProxy(server);
    server.on("connection", (client: Socket) => proxy.#accept(client, port));
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    return proxy;
  }

  /** Where it listens. */
  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Begins to break connections, those that there are and those that come. */
  rage(options: ChaosOptions): void {
    this.#chaos = options;
    for (const link of this.links) this.#provoke(link, options);
  }

  /** Breaks nothing more, and lets go on what is frozen or slow. */
  calm(): void {
    this.#chaos = undefined;
    for (const link of this.links) link.calm();
  }

  /** The connections of somebody, by the parameter `client` of their URLs. */
  linksOf(name: string): Link[] {
    return [...this.links].filter((link) => link.name === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#chaos = undefined;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const links = [...this.links];
    for (const link of links) link.reset();
    await Promise.all(links.map((link) => link.closed));
    await closed;
  }

  #accept(client: Socket, port: number): void {
    const server = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    const link = new Link(this.#count++, client, server);
    this.links.add(link);
    void link.closed.then(() => this.links.delete(link));
    if (this.#chaos !== undefined) this.#provoke(link, this.#chaos, true);
    this.onLink(link);
  }

  /** Decides what is done next to a connection, and when. */
  #provoke(link: Link, options: ChaosOptions, isNew = false): void {
    const random = this.#randomOf(link, options.seed);
    const isEarly = isNew && random() % EARLY_ONE_IN === 0;
    const bytes = isEarly
      ? 1 + random() % FIRST_BYTES
      : Math.ceil(-Math.log((random() + 1) / 2 ** 32) * options.meanBytes);
    link.dueAt = link.bytes + bytes;
    link.onDue = () => this.#do(link, options);
  }

  #do(link: Link, options: ChaosOptions): void {
    const { kinds = FAULT_KINDS, maxFreezeMs, bytesPerSecond = 1_000 } = options;
    const random = this.#randomOf(link, options.seed);
    const kind = kinds[random() % kinds.length]!;
    const lasts = kind === "reset" || kind === "finish" ? 0 : 1 + random() % maxFreezeMs;
    const atMs = Math.round(performance.now() - this.#startedAt);
    this.faults.push({ connection: link.number, name: link.name, bytes: link.bytes, kind, ms: lasts, atMs });
    this.#provoke(link, options);
    inflict(link, kind, { lasts, bytesPerSecond });
  }

  #randomOf(link: Link, seed: string): () => number {
    let random = this.#random.get(link);
    if (random === undefined) {
      random = randomSource(`${seed} ${link.number}`);
      for (let skipped = 0; skipped < SKIPPED; skipped++) random();
      this.#random.set(link, random);
    }
    return random;
  }
}

function inflict(
  link: Link,
  kind: FaultKind,
  { lasts, bytesPerSecond }: { lasts: number; bytesPerSecond: number },
): void {
  switch (kind) {
    case "reset":
      return link.reset();
    case "finish":
      return link.finish();
    case "abandon":
      return link.abandon(lasts);
    case "freeze and reset":
      link.freeze("up", "down");
      return link.after(lasts, () => link.reset());
    case "slow":
      link.slow(bytesPerSecond);
      return link.after(lasts, () => link.thaw());
    default:
      link.freeze(
        ...kind === "freeze" ? ["up", "down"] as const : [kind === "freeze up" ? "up" as const : "down" as const],
      );
      return link.after(lasts, () => link.thaw());
  }
}

/** What was done to one connection, or to all of them, in one line each. */
export function faultLines(faults: readonly Fault[], name?: string): string[] {
  return faults.filter((fault) => name === undefined || fault.name === name).map((
    { connection, kind, bytes, ms, atMs, name },
  ) =>
    `${atMs} ms: connection ${connection} of ${name || "nobody"}: ${kind} after ${bytes} bytes${
      ms > 0 ? ` for ${ms} ms` : ""
    }`
  );
}
