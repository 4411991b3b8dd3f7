/**
 * Sends: encodes once for all receivers, hands over, and cuts off those for whom too much is waiting.
 *
 * @module
 */

import { OPEN } from "../internal/socket_like.ts";
import { encodeManaged, encodePlain, type Payload } from "../protocol/codec.ts";
import type { ControlMessage, Sendable } from "../protocol/messages.ts";
import type { ServerConnection } from "./connection.ts";
import { NO_SEAT, type Roster } from "./roster.ts";
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
  readonly #roster: Roster<Data>;
  readonly #watch: WriteWatch<Data>;
  readonly #counters: Counters;
  readonly #ports: OutboundPorts<Data>;

  /** Puts the part together. */
  constructor(
    limits: OutboundLimits,
    roster: Roster<Data>,
    watch: WriteWatch<Data>,
    counters: Counters,
    ports: OutboundPorts<Data>,
  ) {
    this.#limits = limits;
    this.#roster = roster;
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

  /** Sends an application's message to all but those left out. */
  broadcast(
    message: Sendable,
    { except = [], where }: BroadcastOptions<Data>,
    sender?: ServerConnection<Data>,
  ): BroadcastOutcome {
    const forms = new Forms(message);
    const leftOut = this.#leftOut(except, sender);
    const counts = { sent: 0, queued: 0, dropped: 0, closed: 0, forwarded: 0 };
    const others = where === undefined ? this.#sendToAll(forms, leftOut, counts) : this.#pick(where, leftOut);
    // What runs code of others, or may end a connection, comes when the loop over the seats is done.
    for (const connection of others) {
      if (!leftOut.has(connection)) counts[this.deliver(connection, forms.of(connection.isManaged))]++;
    }
    const { sent, queued, dropped } = counts;
    const outcome = { sent, queued, dropped, merged: 0 };
    this.#ports.sent(message, outcome);
    return outcome;
  }

  /** Sends to all plain peers for whom nothing speaks against it; returns the others, who have to be looked at one by one. */
  #sendToAll(
    forms: Forms,
    leftOut: ReadonlySet<ServerConnection<Data> | undefined>,
    counts: { sent: number },
  ): readonly ServerConnection<Data>[] {
    const { connections, sockets, managed, room } = this.#roster;
    const others: ServerConnection<Data>[] = [];
    const plain = forms.of(false);
    const hasLeftOut = leftOut.size > 0;
    const size = plain.length;
    let sent = 0;
    for (let seat = 0; seat < sockets.length; seat++) {
      try {
        for (; seat < sockets.length; seat++) {
          const left = room[seat]! - size;
          if (left < 0 || managed[seat] || (hasLeftOut && leftOut.has(connections[seat]))) {
            others.push(connections[seat]!);
            continue;
          }
          sockets[seat]!.send(plain);
          room[seat] = left;
          sent++;
        }
      } catch {
        others.push(connections[seat]!); // it fails again there, and is told
      }
    }
    counts.sent += sent;
    this.#counters.sent += sent;
    return others;
  }

  #pick(
    where: (connection: ServerConnection<Data>) => boolean,
    leftOut: ReadonlySet<ServerConnection<Data> | undefined>,
  ): readonly ServerConnection<Data>[] {
    const candidates = this.#roster.connections.filter((connection) => !leftOut.has(connection));
    return candidates.filter((connection) => this.#isPicked(connection, where));
  }

  /** Hands a payload to the socket of one connection. */
  deliver(connection: ServerConnection<Data>, payload: Payload): SendOutcome {
    const { seat, socket } = connection;
    // The runtime may know of an end of which it has not told us yet, and would swallow what is sent then.
    if (seat === NO_SEAT || socket.readyState !== OPEN) return "closed";
    // An estimate, as a string's bytes are not known: it only decides when the socket is asked for the true number.
    const { room } = this.#roster;
    const left = room[seat]! - payload.length;
    if (left < 0) return this.#deliverCloser(connection, payload);
    room[seat] = left;
    return this.#handOver(connection, payload) ? "sent" : "closed";
  }

  #deliverCloser(connection: ServerConnection<Data>, payload: Payload): SendOutcome {
    const { highWaterBytes, maxBufferedBytes } = this.#limits;
    const waiting = connection.socket.bufferedAmount;
    if (waiting > maxBufferedBytes) {
      this.#counters.dropped++;
      this.#ports.overflow(connection);
      return "dropped";
    }
    if (!connection.isWatched) this.#watch.add(connection);
    if (connection.writes !== undefined) this.#watch.count(connection.writes, payload);
    else this.#roster.room[connection.seat] = Math.max(0, highWaterBytes - waiting - payload.length);
    if (!this.#handOver(connection, payload)) return "closed";
    return waiting > highWaterBytes ? "queued" : "sent";
  }

  #handOver(connection: ServerConnection<Data>, payload: Payload): boolean {
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
    except: string | readonly string[],
    sender: ServerConnection<Data> | undefined,
  ): ReadonlySet<ServerConnection<Data> | undefined> {
    if (except.length === 0 && sender === undefined) return NOBODY;
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

/** The forms of one message, each made once, when it is first needed. */
class Forms {
  readonly #message: Sendable;
  readonly #plain: Payload;
  #managed: Payload | undefined;

  constructor(message: Sendable) {
    this.#message = message;
    this.#plain = encodePlain(message); // at once: what cannot be sent is refused also where nobody is connected
  }

  of(isManaged: boolean): Payload {
    return isManaged ? this.#managed ??= encodeManaged(this.#message) : this.#plain;
  }
}

const NOBODY: ReadonlySet<undefined> = new Set();
const NONE: BroadcastOutcome = Object.freeze({ sent: 0, queued: 0, dropped: 0, merged: 0 });
const OF_ONE: Readonly<Record<SendOutcome, BroadcastOutcome>> = {
  sent: Object.freeze({ ...NONE, sent: 1 }),
  queued: Object.freeze({ ...NONE, queued: 1 }),
  dropped: Object.freeze({ ...NONE, dropped: 1 }),
  closed: NONE,
  forwarded: NONE,
};
