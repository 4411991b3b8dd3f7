/**
 * Sends what the application sends: encodes once for all receivers, writes down in the logs what may be missed, and has it
 * delivered.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import { ALL_ROOM, type Sendable, type WebSocketMessage } from "../protocol/messages.ts";
import { type NamedAudience, readAudience } from "./audience.ts";
import type { ServerConnection } from "./connection.ts";
import { encode, Forms, type Offsets, withMembers } from "./forms.ts";
import { isThenable } from "./guard.ts";
import type { LoggedMessage } from "./logs.ts";
import { type Counts, newCounts, OF_ONE, outcomeOf } from "./outcomes.ts";
import type { OutboundParts, OutgoingFilter } from "./outbound_types.ts";
import { idsOf, isAwayFrom, isReadFor, isTooEarlyFor, readOn, Recipients } from "./recipients.ts";
import { Refiner } from "./refiner.ts";
import { sendToSeats } from "./seat_loop.ts";
import type { Session } from "./session.ts";
import type { BroadcastOptions, BroadcastOutcome, SendOutcome } from "./types.ts";

/** A broadcast that was read and encoded. */
interface Broadcast<Data> {
  readonly forms: Forms;
  readonly options: BroadcastOptions<Data>;
  readonly audience: NamedAudience;
  readonly sender: ServerConnection<Data> | undefined;
}

/** Sends to one or to many. */
export class Outbound<Data> {
  readonly #parts: OutboundParts<Data>;
  readonly #recipients: Recipients<Data>;
  readonly #refiner: Refiner<Data>;

  /** Puts the part together. */
  constructor(parts: OutboundParts<Data>) {
    this.#parts = parts;
    this.#recipients = new Recipients<Data>(parts);
    this.#refiner = new Refiner<Data>(parts);
  }

  /** Sends an application's message to one. */
  send(connection: ServerConnection<Data>, message: Sendable): SendOutcome {
    this.#parts.check?.(message);
    const outcome = this.#parts.delivery.deliver(connection, encode(message, connection.isManaged));
    this.#parts.sent(message, OF_ONE[outcome]);
    return outcome;
  }

  /** Sends an application's message to one, and asks it to acknowledge that at once. */
  sendWanted(connection: ServerConnection<Data>, message: Sendable): SendOutcome {
    this.#parts.check?.(message);
    const forms = new Forms(message, undefined);
    forms.wantAck();
    const outcome = this.#parts.delivery.deliver(connection, forms.of(true));
    this.#parts.sent(message, OF_ONE[outcome]);
    return outcome;
  }

  /**
   * Encodes a question of the application.
   *
   * @throws {TypeError} If it has no JSON form.
   */
  encodeRequest(connection: ServerConnection<Data>, message: WebSocketMessage, timeoutMs: number): Payload {
    this.#parts.check?.(message);
    const payload = encode(message, connection.isManaged);
    return connection.isManaged ? withMembers(payload, { $timeoutMs: timeoutMs }) : payload;
  }

  /** Sends an application's message to all, or to the members of rooms, but those left out. */
  broadcast(
    message: Sendable,
    options: BroadcastOptions<Data>,
    sender?: ServerConnection<Data>,
  ): BroadcastOutcome {
    return this.#carryOut(this.#read(message, options, sender));
  }

  /** Encodes a broadcast as it is now, and returns what sends it. */
  prepare(message: Sendable, options: BroadcastOptions<Data>): () => BroadcastOutcome {
    const broadcast = this.#read(message, options, undefined);
    return () => this.#carryOut(broadcast);
  }

  /** Sends an application's message to these, also to clients that are away. */
  sendToMany(
    connections: Iterable<ServerConnection<Data>>,
    message: Sendable,
    away: readonly Session<Data>[] = [],
  ): BroadcastOutcome {
    this.#parts.check?.(message);
    const counts = newCounts();
    this.#deliverEach([...connections], away, new Forms(message, undefined), counts);
    return this.#told(message, counts);
  }

  /** What a member of rooms gets of a message from their logs; `undefined` for nothing. */
  refine(connection: ServerConnection<Data>, rooms: readonly string[], payload: Payload): Payload | undefined {
    return this.#refiner.refine(connection, rooms, payload);
  }

  #read(
    message: Sendable,
    options: BroadcastOptions<Data>,
    sender: ServerConnection<Data> | undefined,
  ): Broadcast<Data> {
    this.#parts.check?.(message);
    const audience = readAudience(options);
    return { forms: new Forms(message, audience.rooms), options, audience, sender };
  }

  #carryOut(broadcast: Broadcast<Data>): BroadcastOutcome {
    const { forms, options: { where, volatile }, audience, sender } = broadcast;
    const leftOut = this.#recipients.leftOut(audience, sender);
    const counts = newCounts();
    if (where !== undefined && volatile !== true) this.#toPicked(broadcast, where, leftOut, counts);
    else {
      const logged = volatile === true ? undefined : this.#log(broadcast, leftOut);
      if (isThenable(logged)) return this.#deliverLater(broadcast, leftOut, logged);
      if (logged === undefined) forms.leaveOut();
      this.#toAudience(broadcast, leftOut, logged !== undefined, counts);
    }
    return this.#told(forms.message, counts);
  }

  /** Writes a message down in the logs of its rooms; tells whether any keeps it. */
  #log(
    { forms, options: { key }, audience: { except, exceptRooms } }: Broadcast<Data>,
    leftOut: ReadonlySet<ServerConnection<Data>>,
  ): true | undefined | PromiseLike<true> {
    const { logs } = this.#parts;
    const names = forms.rooms ?? EVERYBODY;
    if (!names.some((name) => logs.keeps(name))) return undefined;
    const message: LoggedMessage = {
      order: this.#parts.nextOrder(),
      payload: forms.of(true),
      except: idsOf(leftOut, except),
      exceptRooms,
      key,
    };
    const offsets = names.map((name) => logs.keeps(name) ? logs.append(name, message) : null);
    const place = (offsets: Offsets): true => {
      forms.place(offsets, key);
      message.payload = forms.of(true);
      return true;
    };
    return offsets.some(isThenable) ? Promise.all(offsets).then(place) : place(offsets as Offsets);
  }

  /** The log takes its time: who gets the message gets it when that has written it down. */
  #deliverLater(
    broadcast: Broadcast<Data>,
    leftOut: ReadonlySet<ServerConnection<Data>>,
    logged: PromiseLike<unknown>,
  ): BroadcastOutcome {
    const counts = newCounts();
    logged.then(
      () => {
        this.#toAudience(broadcast, leftOut, true, counts);
        this.#told(broadcast.forms.message, counts);
      },
      (error) => this.#parts.failed(broadcast.sender, error),
    );
    return outcomeOf(counts);
  }

  #toAudience(
    { forms, options: { where } }: Broadcast<Data>,
    leftOut: ReadonlySet<ServerConnection<Data>>,
    isKept: boolean,
    counts: Counts,
  ): void {
    const { rooms } = forms;
    // What runs code of others, or may end a connection, comes when the loop over the seats is done.
    if (rooms === undefined) {
      const others = where === undefined
        ? this.#sendToSeats(forms, leftOut, counts)
        : this.#recipients.pick(this.#parts.roster.connections.filter((connection) => !leftOut.has(connection)), where);
      return this.#transmitAll(others, forms, isKept, counts);
    }
    const members = this.#recipients.pick(this.#parts.rooms.receivers({ rooms, except: leftOut }), where);
    const filter = this.#parts.rooms.filter(rooms);
    if (filter === undefined) this.#transmitAll(members, forms, isKept, counts);
    else this.#transmitFiltered(members, forms, filter, isKept, counts);
    this.#parts.rooms.tell(rooms, forms.message);
  }

  /** Sends to those whom the application picks one by one: as if it had sent to each of them, also where they are away. */
  #toPicked(
    { forms, audience }: Broadcast<Data>,
    where: (connection: ServerConnection<Data>) => boolean,
    leftOut: ReadonlySet<ServerConnection<Data>>,
    counts: Counts,
  ): void {
    const { roster, rooms } = this.#parts;
    const candidates = forms.rooms === undefined
      ? roster.connections.filter((connection) => !leftOut.has(connection))
      : rooms.receivers({ rooms: forms.rooms, except: leftOut });
    const away = this.#parts.away().filter((session) =>
      !leftOut.has(session.last) && isAwayFrom(session, audience) && this.#recipients.isPicked(session.last, where)
    );
    const members = this.#recipients.pick(candidates, where);
    const filter = forms.rooms === undefined ? undefined : rooms.filter(forms.rooms);
    if (filter === undefined) this.#deliverEach(members, away, forms, counts);
    else this.#deliverFiltered(members, away, forms, filter, counts);
    if (forms.rooms !== undefined) rooms.tell(forms.rooms, forms.message);
  }

  #deliverEach(
    connections: readonly ServerConnection<Data>[],
    away: readonly Session<Data>[],
    forms: Forms,
    counts: Counts,
  ): void {
    const { delivery } = this.#parts;
    for (const connection of connections) counts[delivery.deliver(connection, forms.of(connection.isManaged))]++;
    for (const session of away) counts[delivery.toSession(session, forms.of(true))]++;
  }

  #deliverFiltered(
    connections: readonly ServerConnection<Data>[],
    away: readonly Session<Data>[],
    forms: Forms,
    filter: OutgoingFilter<Data>,
    counts: Counts,
  ): void {
    const { delivery } = this.#parts;
    for (const connection of connections) {
      const own = this.#refiner.filtered(connection, forms, filter);
      if (own !== undefined) counts[delivery.deliver(connection, own.of(connection.isManaged))]++;
    }
    for (const session of away) {
      const own = this.#refiner.filtered(
        session.last,
        forms,
        filter,
        (room) => session.rooms?.names.includes(room) === true,
      );
      if (own !== undefined) counts[delivery.toSession(session, own.of(true))]++;
    }
  }

  #transmitAll(
    connections: readonly ServerConnection<Data>[],
    forms: Forms,
    isKept: boolean,
    counts: Counts,
  ): void {
    for (const connection of connections) counts[this.#transmit(connection, forms, isKept)]++;
  }

  #transmit(connection: ServerConnection<Data>, forms: Forms, isKept: boolean): SendOutcome {
    // Who is catching up reads from the logs what is in there.
    const { replay } = connection;
    if (replay !== undefined && isReadFor(connection, forms.rooms ?? EVERYBODY, replay)) {
      replay.isBehind = true;
      if (isKept) readOn(connection, forms, replay, this.#parts.logs);
      return isKept ? "queued" : "dropped";
    }
    if (replay !== undefined && isTooEarlyFor(connection, forms.rooms ?? EVERYBODY, replay)) return "dropped";
    return this.#parts.delivery.transmit(connection, forms.of(connection.isManaged), true);
  }

  #transmitFiltered(
    connections: readonly ServerConnection<Data>[],
    forms: Forms,
    filter: OutgoingFilter<Data>,
    isKept: boolean,
    counts: Counts,
  ): void {
    for (const connection of connections) {
      const own = this.#refiner.filtered(connection, forms, filter);
      if (own !== undefined) counts[this.#transmit(connection, own, isKept)]++;
    }
  }

  /** Sends to those for whom nothing speaks against it; returns the others. */
  #sendToSeats(
    forms: Forms,
    leftOut: ReadonlySet<ServerConnection<Data>>,
    counts: Counts,
  ): readonly ServerConnection<Data>[] {
    const { roster, gatherer, counters } = this.#parts;
    const { sent, others } = sendToSeats(roster, gatherer, forms, leftOut);
    counts.sent += sent;
    counters.sent += sent;
    return others;
  }

  #told(message: Sendable, counts: Counts): BroadcastOutcome {
    const outcome = outcomeOf(counts);
    this.#parts.sent(message, outcome);
    return outcome;
  }
}

const EVERYBODY: readonly string[] = [ALL_ROOM];
