/**
 * Sends: encodes once for all receivers, hands over, and cuts off those for whom too much is waiting.
 *
 * @module
 */

import { OPEN } from "../internal/socket_like.ts";
import type { Payload } from "../protocol/codec.ts";
import type { ControlMessage, Sendable, WebSocketMessage } from "../protocol/messages.ts";
import { isPicked, readAudience } from "./audience.ts";
import type { ServerConnection } from "./connection.ts";
import { encode, Forms, withMember } from "./forms.ts";
import { refusePromise } from "./guard.ts";
import type { Audience } from "./rooms.ts";
import { type Counts, newCounts, OF_ONE, outcomeOf } from "./outcomes.ts";
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
  /** The members of rooms. */
  readonly rooms: RoomReceivers<Data>;
  /** Checks an application's message against the contract, where outgoing messages are checked; throws what is wrong. */
  readonly check: ((message: Sendable) => void) | undefined;
}

/** Changes a message for one of its receivers, or keeps it from it. */
export type OutgoingFilter<Data> = (
  connection: ServerConnection<Data>,
  message: Sendable,
) => Sendable | null | undefined;

/** What the outbound part asks of the rooms. */
export interface RoomReceivers<Data> {
  /** Who gets a message: each once, as a list that does not change. */
  receivers(audience: Audience<ServerConnection<Data>>): readonly ServerConnection<Data>[];
  /** What changes a message on its way to the members, if there is such a rule for one of the rooms. */
  filter(rooms: readonly string[]): OutgoingFilter<Data> | undefined;
  /** Tells the server's own code that subscribed to one of the rooms. */
  tell(rooms: readonly string[], message: Sendable): void;
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
    this.#ports.check?.(message);
    const outcome = this.deliver(connection, encode(message, connection.isManaged));
    this.#ports.sent(message, OF_ONE[outcome]);
    return outcome;
  }

  /** Sends one of our own messages to one. */
  control(connection: ServerConnection<Data>, message: ControlMessage): SendOutcome {
    return this.deliver(connection, JSON.stringify(message));
  }

  /**
   * Encodes a question of the application.
   *
   * @throws {TypeError} If it has no JSON form.
   */
  encodeRequest(connection: ServerConnection<Data>, message: WebSocketMessage, timeoutMs: number): Payload {
    this.#ports.check?.(message);
    const payload = encode(message, connection.isManaged);
    return connection.isManaged ? withMember(payload, "$timeoutMs", timeoutMs) : payload;
  }

  /** Sends an application's message to all, or to the members of rooms, but those left out. */
  broadcast(
    message: Sendable,
    options: BroadcastOptions<Data>,
    sender?: ServerConnection<Data>,
  ): BroadcastOutcome {
    this.#ports.check?.(message);
    const { where } = options;
    const { rooms, except, exceptRooms } = readAudience(options);
    const forms = new Forms(message, rooms);
    const counts = newCounts();
    // What runs code of others, or may end a connection, comes when the loop over the seats is done.
    if (rooms !== undefined) {
      const audience = { rooms, exceptRooms, except: this.#leftOut(except, NO_ROOMS, sender) };
      const members = this.#pick(this.#ports.rooms.receivers(audience), where);
      const filter = this.#ports.rooms.filter(rooms);
      if (filter === undefined) this.#deliverAll(members, forms, counts);
      else this.#deliverFiltered(members, forms, filter, counts);
      this.#ports.rooms.tell(rooms, message);
    } else {
      const leftOut = this.#leftOut(except, exceptRooms, sender);
      const others = where === undefined
        ? this.#sendToAll(forms, leftOut, counts)
        : this.#pick(this.#roster.connections.filter((connection) => !leftOut.has(connection)), where);
      this.#deliverAll(others, forms, counts);
    }
    return this.#told(message, counts);
  }

  /** Sends an application's message to these. */
  sendToMany(connections: Iterable<ServerConnection<Data>>, message: Sendable): BroadcastOutcome {
    this.#ports.check?.(message);
    const counts = newCounts();
    this.#deliverAll([...connections], new Forms(message, undefined), counts);
    return this.#told(message, counts);
  }

  #deliverAll(connections: readonly ServerConnection<Data>[], forms: Forms, counts: Counts): void {
    for (const connection of connections) counts[this.deliver(connection, forms.of(connection.isManaged))]++;
  }

  #deliverFiltered(
    connections: readonly ServerConnection<Data>[],
    forms: Forms,
    filter: OutgoingFilter<Data>,
    counts: Counts,
  ): void {
    for (const connection of connections) {
      try {
        const changed = filter(connection, forms.message);
        if (changed === undefined || changed === null) continue;
        const own = changed === forms.message ? forms : this.#changed(changed, forms);
        counts[this.deliver(connection, own.of(connection.isManaged))]++;
      } catch (error) {
        this.#ports.failed(connection, error);
      }
    }
  }

  /** What a filter made of a message. */
  #changed(message: Sendable, { rooms }: Forms): Forms {
    refusePromise('"outgoing" of a room', message);
    this.#ports.check?.(message);
    return new Forms(message, rooms);
  }

  #told(message: Sendable, counts: Counts): BroadcastOutcome {
    const outcome = outcomeOf(counts);
    this.#ports.sent(message, outcome);
    return outcome;
  }

  /** Sends to all plain peers for whom nothing speaks against it; returns the others, who have to be looked at one by one. */
  #sendToAll(
    forms: Forms,
    leftOut: ReadonlySet<ServerConnection<Data>>,
    counts: Counts,
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
          if (left < 0 || managed[seat] || (hasLeftOut && leftOut.has(connections[seat]!))) {
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
    return hasLeftOut ? others.filter((connection) => !leftOut.has(connection)) : others;
  }

  #pick(
    candidates: readonly ServerConnection<Data>[],
    where: ((connection: ServerConnection<Data>) => boolean) | undefined,
  ): readonly ServerConnection<Data>[] {
    return where === undefined ? candidates : candidates.filter((connection) => this.#isPicked(connection, where));
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
    except: readonly string[],
    exceptRooms: readonly string[],
    sender: ServerConnection<Data> | undefined,
  ): ReadonlySet<ServerConnection<Data>> {
    if (except.length === 0 && exceptRooms.length === 0 && sender === undefined) return NOBODY;
    const leftOut = new Set<ServerConnection<Data>>();
    if (sender !== undefined) leftOut.add(sender);
    for (const id of except) {
      const found = this.#ports.find(id);
      if (found !== undefined) leftOut.add(found);
    }
    if (exceptRooms.length > 0) {
      for (const member of this.#ports.rooms.receivers({ rooms: exceptRooms })) leftOut.add(member);
    }
    return leftOut;
  }

  #isPicked(connection: ServerConnection<Data>, where: (connection: ServerConnection<Data>) => boolean): boolean {
    try {
      return isPicked(where(connection));
    } catch (error) {
      this.#ports.failed(connection, error);
      return false;
    }
  }
}

const NO_ROOMS: readonly string[] = [];
const NOBODY: ReadonlySet<never> = new Set();
