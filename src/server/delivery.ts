/**
 * Hands messages to one peer: to its socket, within the bounds of what may wait there, and to what is kept for it where it
 * may come back.
 *
 * @module
 */

import { OPEN } from "../internal/socket_like.ts";
import type { Payload } from "../protocol/codec.ts";
import type { ControlMessage } from "../protocol/messages.ts";
import type { ServerConnection } from "./connection.ts";
import type { Gatherer } from "./gatherer.ts";
import { NO_SEAT, type Roster } from "./roster.ts";
import type { Session } from "./session.ts";
import type { Counters } from "./stats.ts";
import type { SendOutcome } from "./types.ts";
import type { WriteWatch } from "./write_watch.ts";

/** Bounds of what waits for one peer. */
export interface DeliveryLimits {
  /** Above this many bytes a send says `queued`. */
  readonly highWaterBytes: number;
  /** Above this many bytes nothing more is handed over, and the peer is closed. */
  readonly maxBufferedBytes: number;
}

/** The other parts that this one needs. */
export interface DeliveryParts<Data> {
  readonly roster: Roster<Data>;
  readonly gatherer: Gatherer<Data>;
  readonly watch: WriteWatch<Data>;
  readonly counters: Counters;
  /** The place of the next message among all of this node. */
  nextOrder(): number;
  /** The time, in milliseconds, on a clock that does not go back; it may be a second old. */
  now(): number;
  /** More than `maxBufferedBytes` wait for this peer. */
  overflow(connection: ServerConnection<Data>): void;
  /** The socket refused the message. */
  failed(connection: ServerConnection<Data>, error: unknown): void;
}

/** Delivers. */
export class Delivery<Data> {
  readonly #limits: DeliveryLimits;
  readonly #parts: DeliveryParts<Data>;

  /** Puts the part together. */
  constructor(limits: DeliveryLimits, parts: DeliveryParts<Data>) {
    this.#limits = limits;
    this.#parts = parts;
  }

  /**
   * Delivers what is counted: a message of the application for this peer alone, an answer. Where there is a session it is
   * kept until the peer has it, also while the peer is away, and goes to the connection that has the session now.
   */
  deliver(connection: ServerConnection<Data>, payload: Payload): SendOutcome {
    const { session } = connection;
    return session === undefined ? this.transmit(connection, payload) : this.toSession(session, payload);
  }

  /** Delivers what is counted to whoever has the session. */
  toSession(session: Session<Data>, payload: Payload): SendOutcome {
    if (session.isOver) return "closed";
    session.inbox.add(payload, this.#parts.nextOrder(), this.#parts.now());
    const { connection } = session;
    if (connection?.replay !== undefined) connection.replay.isBehind = true;
    if (connection === undefined || connection.replay !== undefined) return "queued";
    return this.transmit(connection, payload) === "sent" ? "sent" : "queued";
  }

  /** Delivers one of our own messages that is not counted: if it does not arrive, nobody misses it. */
  control(connection: ServerConnection<Data>, message: ControlMessage): SendOutcome {
    return this.transmit(connection.session?.connection ?? connection, JSON.stringify(message));
  }

  /**
   * Hands a payload to the socket of this very connection.
   *
   * @param isOneOfMany Whether others get it too, so that it is better gathered with what follows in this turn.
   */
  transmit(connection: ServerConnection<Data>, payload: Payload, isOneOfMany: boolean = false): SendOutcome {
    const { seat, socket } = connection;
    // The runtime may know of an end of which it has not told us yet, and would swallow what is sent then.
    if (seat === NO_SEAT || socket.readyState !== OPEN) return "closed";
    // An estimate, as a string's bytes are not known: it only decides when the socket is asked for the true number.
    const { room } = this.#parts.roster;
    const left = room[seat]! - payload.length;
    if (left < 0) return this.#transmitCloser(connection, payload, isOneOfMany);
    room[seat] = left;
    return this.#handOver(connection, payload, isOneOfMany) ? "sent" : "closed";
  }

  /** Hands over what was gathered for a connection that is about to be closed. */
  flush(connection: ServerConnection<Data>): void {
    this.#parts.gatherer.flush(connection);
  }

  #transmitCloser(connection: ServerConnection<Data>, payload: Payload, isOneOfMany: boolean): SendOutcome {
    const { highWaterBytes, maxBufferedBytes } = this.#limits;
    const { roster, watch, counters } = this.#parts;
    const waiting = connection.socket.bufferedAmount + (roster.pending[connection.seat]?.length ?? 0);
    if (waiting > maxBufferedBytes) {
      counters.dropped++;
      this.#parts.overflow(connection);
      return "dropped";
    }
    if (!connection.isWatched) watch.add(connection);
    if (connection.writes !== undefined) watch.count(connection.writes, payload);
    else roster.room[connection.seat] = Math.max(0, highWaterBytes - waiting - payload.length);
    if (!this.#handOver(connection, payload, isOneOfMany)) return "closed";
    return waiting > highWaterBytes ? "queued" : "sent";
  }

  #handOver(connection: ServerConnection<Data>, payload: Payload, isOneOfMany: boolean): boolean {
    const { gatherer } = this.#parts;
    if (connection.isManaged) {
      if (isOneOfMany && typeof payload === "string") gatherer.gather(connection.seat, payload);
      else gatherer.send(connection, payload);
    } else {
      try {
        connection.socket.send(payload);
      } catch (error) {
        // One socket that fails is no reason for the others of a broadcast to go without.
        this.#parts.failed(connection, error);
        return false;
      }
    }
    this.#parts.counters.sent++;
    return true;
  }
}
