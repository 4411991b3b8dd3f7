/**
 * Two sockets joined in memory: what one end sends arrives at the other, in turns of its own, with no network between.
 *
 * @module
 */

import type { SocketLike } from "../internal/socket_like.ts";
import { type Carry, Wire } from "./wire.ts";

/** How a {@linkcode SocketPair} behaves. */
export interface SocketPairOptions {
  /**
   * The subprotocol that was chosen, as the client's end tells it. The server's end says `""`, as native sockets do.
   *
   * @default {""}
   */
  readonly protocol?: string;
  /**
   * When events arrive: `"microtask"` each by itself in a turn of its own, `"manual"` when the test calls
   * {@linkcode SocketPair.deliver}.
   *
   * @default {"microtask"}
   */
  readonly delivery?: "microtask" | "manual";
  /** A network between the ends, which decides when what one sends arrives at the other. At once where there is none. */
  readonly carry?: Carry;
}

/** One end of a {@linkcode SocketPair}. */
export interface PairedSocket extends SocketLike {
  /** Whether this end reads nothing. */
  readonly isStalled: boolean;
  /** Messages and close frames on their way to this end. */
  readonly waiting: number;
  /**
   * Reads nothing from now on: what the other end sends waits and counts as its `bufferedAmount`, and its close is not
   * answered. So is a peer that hangs, or whose machine has lost its network.
   */
  stall(): void;
  /** Reads `frames` of what waits and no more: a slow reader. For an end that is stalled. */
  read(frames?: number): void;
  /** Reads on. */
  resume(): void;
}

/**
 * A connection in memory. Both ends are sockets as a runtime gives them: states, closing handshake, codes and
 * `bufferedAmount` are those of the standard, with the peculiarities of a native server socket at the server's end.
 *
 * @example
 * ```ts
 * import { SocketPair } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const pair = new SocketPair({ delivery: "manual" });
 * pair.open();
 * pair.deliverAll();
 * pair.client.addEventListener("message", { handleEvent: ({ data }) => assertEquals(data, "hello") });
 *
 * pair.server.send("hello");
 * assertEquals(pair.server.bufferedAmount, 5);
 * assertEquals(pair.deliverAll(), 1);
 * assertEquals(pair.server.bufferedAmount, 0);
 * ```
 */
export class SocketPair {
  /** The server's end. */
  readonly server: PairedSocket;
  /** The client's end. */
  readonly client: PairedSocket;
  /** Resolves when both ends have heard that the connection is over. */
  readonly ended: Promise<void>;
  readonly #wire: Wire;

  /** Makes two ends that are not open yet. */
  constructor({ protocol = "", delivery = "microtask", carry }: SocketPairOptions = {}) {
    const wire = new Wire(delivery === "microtask", protocol, carry);
    this.#wire = wire;
    this.server = wire.server;
    this.client = wire.client;
    this.ended = Promise.all([wire.server.ended.promise, wire.client.ended.promise]).then(() => {});
  }

  /** Opens both ends, the server's first; with a `protocol`, it is the one that was chosen. */
  open(protocol?: string): void {
    if (protocol !== undefined) this.#wire.client.protocol = protocol;
    const { server, client } = this.#wire;
    server.post({ type: "open", event: { type: "open" } });
    this.#wire.send(client, { type: "open", event: { type: "open" } });
  }

  /**
   * Breaks the connection: what is on its way is lost, and both ends hear of an end without a close frame. With a
   * `message` an `error` event comes before it, as when the other end resets the connection.
   *
   * @param learns Which end hears of it. The other goes on with a connection that is none any more, until it is told too.
   */
  cut(message?: string, learns: "both" | "server" | "client" = "both"): void {
    for (const end of this.#wire.ends) if (learns === "both" || learns === end.role) end.break(message);
  }

  /** Delivers the oldest event that can be delivered; tells whether there was one. */
  deliver(): boolean {
    return this.#wire.deliver();
  }

  /** Delivers until nothing is left, what the deliveries give rise to as well; tells how many there were. */
  deliverAll(): number {
    let count = 0;
    while (this.#wire.deliver()) count++;
    return count;
  }
}
