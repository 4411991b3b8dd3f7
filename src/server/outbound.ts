/**
 * Sends what the application sends: encodes once for all receivers, writes down in the logs what may be missed, and has it
 * delivered.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import { ALL_ROOM, type Sendable, type WebSocketMessage } from "../protocol/messages.ts";
import { isPicked, type NamedAudience, readAudience } from "./audience.ts";
import type { ServerConnection } from "./connection.ts";
import type { Delivery } from "./delivery.ts";
import { encode, Forms, type Offsets, withMembers } from "./forms.ts";
import type { Gatherer } from "./gatherer.ts";
import { isThenable, refusePromise } from "./guard.ts";
import { messageOf } from "./logged_message.ts";
import type { LoggedMessage, Logs } from "./logs.ts";
import type { Audience } from "./rooms.ts";
import { type Counts, newCounts, OF_ONE, outcomeOf } from "./outcomes.ts";
import { isUnanswered, type Replay } from "./replays.ts";
import { Kind, type Roster } from "./roster.ts";
import type { Session } from "./session.ts";
import type { Counters } from "./stats.ts";
import type { BroadcastOptions, BroadcastOutcome, SendOutcome } from "./types.ts";

/** The other parts that this one needs. */
export interface OutboundParts<Data> {
  readonly roster: Roster<Data>;
  readonly gatherer: Gatherer<Data>;
  readonly delivery: Delivery<Data>;
  readonly logs: Logs;
  readonly counters: Counters;
  /** The place of the next message among all of this node. */
  nextOrder(): number;
  /** A call of the application was carried out. */
  sent(message: Sendable, outcome: BroadcastOutcome): void;
  /** The application's choice of receivers threw for this one, or what changes messages on their way to it. */
  failed(connection: ServerConnection<Data> | undefined, error: unknown): void;
  /** Finds an open connection. */
  find(id: string): ServerConnection<Data> | undefined;
  /** The sessions whose clients are away. */
  away(): readonly Session<Data>[];
  /** The members of rooms. */
  readonly rooms: RoomReceivers<Data>;
  /** Checks an application's message against the contract, where outgoing messages are checked; throws what is wrong. */
  readonly check: ((message: Sendable) => void) | undefined;
}

/**
 * Changes a message for one of its receivers, or keeps it from it. `isIn` tells of one that is away in which rooms it is.
 */
export type OutgoingFilter<Data> = (
  connection: ServerConnection<Data>,
  message: Sendable,
  isIn?: (room: string) => boolean,
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

  /** Puts the part together. */
  constructor(parts: OutboundParts<Data>) {
    this.#parts = parts;
  }

  /** Sends an application's message to one. */
  send(connection: ServerConnection<Data>, message: Sendable): SendOutcome {
    this.#parts.check?.(message);
    const outcome = this.#parts.delivery.deliver(connection, encode(message, connection.isManaged));
    this.#parts.sent(message, OF_ONE[outcome]);
    return outcome;
  }

  /** Sends an application's message to a client that is away. */
  sendAway(session: Session<Data>, message: Sendable): SendOutcome {
    return this.send(session.last, message);
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

  /** What a member of rooms gets of a message from their logs: what their filters make of it; `undefined` for nothing. */
  refine(connection: ServerConnection<Data>, rooms: readonly string[], payload: Payload): Payload | undefined {
    const filter = rooms[0] === ALL_ROOM ? undefined : this.#parts.rooms.filter(rooms);
    if (filter === undefined) return payload;
    const { message, members } = messageOf(payload);
    try {
      const changed = filter(connection, message);
      if (changed === undefined || changed === null) return undefined;
      if (changed === message) return payload;
      refusePromise('"outgoing" of a room', changed);
      this.#parts.check?.(changed);
      return new Forms(changed, undefined, members).of(true);
    } catch (error) {
      this.#parts.failed(connection, error);
      return undefined;
    }
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
    const leftOut = this.#leftOut(audience, sender);
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
        ? this.#sendToAll(forms, leftOut, counts)
        : this.#pick(this.#parts.roster.connections.filter((connection) => !leftOut.has(connection)), where);
      return this.#transmitAll(others, forms, isKept, counts);
    }
    const members = this.#pick(this.#parts.rooms.receivers({ rooms, except: leftOut }), where);
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
      !leftOut.has(session.last) && isAwayFrom(session, audience) && this.#isPicked(session.last, where)
    );
    const members = this.#pick(candidates, where);
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
      const own = this.#filtered(connection, forms, filter);
      if (own !== undefined) counts[delivery.deliver(connection, own.of(connection.isManaged))]++;
    }
    for (const session of away) {
      const own = this.#filtered(session.last, forms, filter, (room) => session.rooms?.names.includes(room) === true);
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
      if (isKept) this.#readOn(connection, forms, replay);
      return isKept ? "queued" : "dropped";
    }
    if (replay !== undefined && isTooEarlyFor(connection, forms.rooms ?? EVERYBODY, replay)) return "dropped";
    return this.#parts.delivery.transmit(connection, forms.of(connection.isManaged));
  }

  /**
   * A message waits until it is read from the log of one of its rooms: in its other ones nothing may overtake it, or its
   * peer takes it for one that it has had. They are read from here on as well.
   */
  #readOn({ places }: ServerConnection<Data>, { rooms = [], offsets }: Forms, replay: Replay): void {
    for (const [at, room] of rooms.entries()) {
      const offset = offsets[at] ?? null;
      if (offset === null || places?.has(room) !== true || replay.rooms.has(room)) continue;
      const { epoch } = this.#parts.logs.end(room)!;
      replay.rooms.set(room, { position: { epoch, offset: offset - 1 }, notBefore: 0 });
    }
  }

  #transmitFiltered(
    connections: readonly ServerConnection<Data>[],
    forms: Forms,
    filter: OutgoingFilter<Data>,
    isKept: boolean,
    counts: Counts,
  ): void {
    for (const connection of connections) {
      const own = this.#filtered(connection, forms, filter);
      if (own !== undefined) counts[this.#transmit(connection, own, isKept)]++;
    }
  }

  /** What a filter makes of a message for one receiver; nothing where it keeps it from it. */
  #filtered(
    connection: ServerConnection<Data>,
    forms: Forms,
    filter: OutgoingFilter<Data>,
    isIn?: (room: string) => boolean,
  ): Forms | undefined {
    try {
      const changed = filter(connection, forms.message, isIn);
      if (changed === undefined || changed === null) return undefined;
      if (changed === forms.message) return forms;
      refusePromise('"outgoing" of a room', changed);
      this.#parts.check?.(changed);
      return forms.with(changed);
    } catch (error) {
      this.#parts.failed(connection, error);
      return undefined;
    }
  }

  #told(message: Sendable, counts: Counts): BroadcastOutcome {
    const outcome = outcomeOf(counts);
    this.#parts.sent(message, outcome);
    return outcome;
  }

  /** Sends to all peers for whom nothing speaks against it; returns the others, who have to be looked at one by one. */
  #sendToAll(
    forms: Forms,
    leftOut: ReadonlySet<ServerConnection<Data>>,
    counts: Counts,
  ): readonly ServerConnection<Data>[] {
    const { roster, gatherer, counters } = this.#parts;
    const { connections, sockets, kinds, room } = roster;
    const others: ServerConnection<Data>[] = [];
    const plain = forms.of(false);
    const managed = forms.of(true);
    const hasLeftOut = leftOut.size > 0;
    const text = typeof managed === "string" ? managed : undefined;
    let sent = 0;
    for (let seat = 0; seat < sockets.length; seat++) {
      try {
        for (; seat < sockets.length; seat++) {
          const kind = kinds[seat]!;
          const left = room[seat]! - (kind === Kind.PLAIN ? plain.length : managed.length);
          if (left < 0 || kind === Kind.CATCHING_UP || (hasLeftOut && leftOut.has(connections[seat]!))) {
            others.push(connections[seat]!);
            continue;
          }
          if (kind === Kind.PLAIN) sockets[seat]!.send(plain);
          else if (text !== undefined) gatherer.gather(seat, text);
          else gatherer.send(connections[seat]!, managed);
          room[seat] = left;
          sent++;
        }
      } catch {
        others.push(connections[seat]!); // it fails again there, and is told
      }
    }
    counts.sent += sent;
    counters.sent += sent;
    return hasLeftOut ? others.filter((connection) => !leftOut.has(connection)) : others;
  }

  #pick(
    candidates: readonly ServerConnection<Data>[],
    where: ((connection: ServerConnection<Data>) => boolean) | undefined,
  ): readonly ServerConnection<Data>[] {
    return where === undefined ? candidates : candidates.filter((connection) => this.#isPicked(connection, where));
  }

  /** Those who get nothing. Found by id once: an id that nobody has read is not made for a comparison. */
  #leftOut(
    { except, exceptRooms }: NamedAudience,
    sender: ServerConnection<Data> | undefined,
  ): ReadonlySet<ServerConnection<Data>> {
    if (except.length === 0 && exceptRooms.length === 0 && sender === undefined) return NOBODY;
    const leftOut = new Set<ServerConnection<Data>>();
    // A handler may run on where its connection was cut, and its peer be here with another one.
    if (sender !== undefined) leftOut.add(sender.session?.connection ?? sender);
    for (const id of except) {
      const found = this.#parts.find(id);
      if (found !== undefined) leftOut.add(found);
    }
    if (exceptRooms.length > 0) {
      for (const member of this.#parts.rooms.receivers({ rooms: exceptRooms })) leftOut.add(member);
    }
    return leftOut;
  }

  #isPicked(connection: ServerConnection<Data>, where: (connection: ServerConnection<Data>) => boolean): boolean {
    try {
      return isPicked(where(connection));
    } catch (error) {
      this.#parts.failed(connection, error);
      return false;
    }
  }
}

/** Whether one of these rooms, in which the connection is, is being read for it. */
function isReadFor<Data>({ places }: ServerConnection<Data>, rooms: readonly string[], replay: Replay): boolean {
  return rooms.some((room) => replay.rooms.has(room) && (room === ALL_ROOM || places?.has(room) === true));
}

/** Whether none of its rooms to which a message goes has been answered that it is in there: it has not begun to listen. */
function isTooEarlyFor<Data>({ places }: ServerConnection<Data>, rooms: readonly string[], replay: Replay): boolean {
  if (replay.answers.size === 0) return false;
  return rooms.every((room) => isUnanswered(replay, room) || (room !== ALL_ROOM && places?.has(room) !== true));
}

/** Whether a message is for a session whose client is away, as far as rooms and ids tell. */
function isAwayFrom<Data>({ id, rooms }: Session<Data>, { rooms: named, except, exceptRooms }: NamedAudience): boolean {
  const isIn = (room: string): boolean => rooms?.names.includes(room) === true;
  return !except.includes(id) && !exceptRooms.some(isIn) && (named === undefined || named.some(isIn));
}

/** The ids of sessions that a message is not for: of connections that are left out, and those that were named. */
function idsOf<Data>(
  leftOut: ReadonlySet<ServerConnection<Data>>,
  except: readonly string[],
): ReadonlySet<string> | undefined {
  if (leftOut.size === 0 && except.length === 0) return undefined;
  const ids = new Set(except);
  for (const { session } of leftOut) if (session !== undefined) ids.add(session.id);
  return ids;
}

const EVERYBODY: readonly string[] = [ALL_ROOM];
const NOBODY: ReadonlySet<never> = new Set();
