/**
 * Sends: encodes once for all receivers, hands over, and cuts off those for whom too much is waiting.
 *
 * @module
 */

import { OPEN } from "../internal/socket_like.ts";
import { encodeManaged, encodePlain, type Payload } from "../protocol/codec.ts";
import type { ControlMessage, Sendable } from "../protocol/messages.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import type { Counters } from "./stats.ts";
import type { BroadcastOptions, BroadcastOutcome, SendOutcome } from "./types.ts";
import type { WriteWatch } from "./write_watch.ts";

/** Bounds of what waits for one peer. */
export interface OutboundLimits {
  /** Above this many bytes a send says `queued`. */
  readonly highWaterBytes: number;
  /** Above this many bytes nothing more is handed over, and the peer is closed. */
  readonly maxBufferedBytes: number;
}

/** What the outbound part tells the others. */
export interface OutboundPorts<Data> {
  /** More than `maxBufferedBytes` wait for this peer. */
  overflow(connection: ServerConnection<Data>): void;
  /** A call of the application was carried out. */
  sent(message: Sendable, outcome: BroadcastOutcome): void;
  /** The socket refused the message, or the application's choice of receivers threw for this one. */
  failed(connection: ServerConnection<Data>, error: unknown): void;
  /** Finds an open connection. */
  find(id: string): ServerConnection<Data> | undefined;
}

/** Sends to one or to many. */
export class Outbound<Data> {
  readonly #limits: OutboundLimits;
  readonly #watch: WriteWatch<Data>;
  readonly #counters: Counters;
  readonly #ports: OutboundPorts<Data>;

  /** Puts the part together. */
  constructor(limits: OutboundLimits, watch: WriteWatch<Data>, counters: Counters, ports: OutboundPorts<Data>) {
    this.#limits = limits;
    this.#watch = watch;
    this.#counters = counters;
    this.#ports = ports;
  }

  /** Sends an application's message to one. */
  send(connection: ServerConnection<Data>, message: Sendable): SendOutcome {
    const payload = connection.isManaged ? encodeManaged(message) : encodePlain(message);
    const outcome = this.deliver(connection, payload);
    this.#ports.sent(message, OF_ONE[outcome]);
    return outcome;
  }

  /** Sends one of our own messages to one. */
  control(connection: ServerConnection<Data>, message: ControlMessage): SendOutcome {
    return this.deliver(connection, JSON.stringify(message));
  }

  /** Sends an application's message to all of `audience` but those left out. */
  broadcast(
    audience: Iterable<ServerConnection<Data>>,
    message: Sendable,
    options: BroadcastOptions<Data>,
    sender?: ServerConnection<Data>,
  ): BroadcastOutcome {
    const plain = encodePlain(message);
    let managed: Payload | undefined;
    const leftOut = this.#leftOut(options.except, sender);
    const { where } = options;
    let sent = 0, queued = 0, dropped = 0;
    for (const connection of audience) {
      if (leftOut?.has(connection)) continue;
      if (where !== undefined && !this.#isPicked(connection, where)) continue;
      const payload = connection.isManaged ? managed ??= encodeManaged(message) : plain;
      const outcome = this.deliver(connection, payload);
      if (outcome === "sent") sent++;
      else if (outcome === "queued") queued++;
      else if (outcome === "dropped") dropped++;
    }
    const outcome = { sent, queued, dropped, merged: 0 };
    this.#ports.sent(message, outcome);
    return outcome;
  }

  /** Hands a payload to the socket of one connection. */
  deliver(connection: ServerConnection<Data>, payload: Payload): SendOutcome {
    // The runtime may know of an end of which it has not told us yet, and would swallow what is sent then.
    if (connection.phase !== Phase.OPEN || connection.socket.readyState !== OPEN) return "closed";
    // An estimate, as a string's bytes are not known: it only decides when the socket is asked for the true number.
    connection.handed += payload.length;
    if (connection.handed > this.#limits.highWaterBytes) return this.#deliverHigh(connection, payload);
    return this.#handOver(connection, payload) ? "sent" : "closed";
  }

  #deliverHigh(connection: ServerConnection<Data>, payload: Payload): SendOutcome {
    const waiting = connection.socket.bufferedAmount;
    if (waiting > this.#limits.maxBufferedBytes) {
      this.#counters.dropped++;
      this.#ports.overflow(connection);
      return "dropped";
    }
    connection.handed = waiting + payload.length;
    if (!this.#handOver(connection, payload)) return "closed";
    return waiting > this.#limits.highWaterBytes ? "queued" : "sent";
  }

  #handOver(connection: ServerConnection<Data>, payload: Payload): boolean {
    if (!connection.isWatched) this.#watch.add(connection);
    else if (connection.writes !== undefined) this.#watch.count(connection.writes, payload);
    try {
      connection.socket.send(payload);
    } catch (error) {
      // One socket that fails is no reason for the others of a broadcast to go without.
      this.#ports.failed(connection, error);
      return false;
    }
    this.#counters.sent++;
    return true;
  }

  /** Those who get nothing. Found by id once: an id that nobody has read is not made for a comparison. */
  #leftOut(
    except: string | readonly string[] = [],
    sender: ServerConnection<Data> | undefined,
  ): ReadonlySet<ServerConnection<Data> | undefined> | undefined {
    if (except.length === 0 && sender === undefined) return undefined;
    const ids = typeof except === "string" ? [except] : except;
    return new Set([sender, ...ids.map((id) => this.#ports.find(id))]);
  }

  #isPicked(connection: ServerConnection<Data>, where: (connection: ServerConnection<Data>) => boolean): boolean {
    try {
      return where(connection);
    } catch (error) {
      this.#ports.failed(connection, error);
      return false;
    }
  }
}

const NONE: BroadcastOutcome = Object.freeze({ sent: 0, queued: 0, dropped: 0, merged: 0 });
const OF_ONE: Readonly<Record<SendOutcome, BroadcastOutcome>> = {
  sent: Object.freeze({ ...NONE, sent: 1 }),
  queued: Object.freeze({ ...NONE, queued: 1 }),
  dropped: Object.freeze({ ...NONE, dropped: 1 }),
  closed: NONE,
  forwarded: NONE,
};
