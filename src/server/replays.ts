/**
 * Brings a peer up to date from the logs: what it has missed in its rooms, and what was sent to it alone, in the order in
 * which it was sent, no faster than the peer reads. Until that is done, what is sent meanwhile goes into the logs alone, and
 * is read from there.
 *
 * @module
 */

import { CloseCode } from "../protocol/close_codes.ts";
import type { Payload } from "../protocol/codec.ts";
import { ALL_ROOM, type ControlMessage, type Position, type Recovery } from "../protocol/messages.ts";
import type { ServerConnection } from "./connection.ts";
import { isThenable } from "./guard.ts";
import type { LoggedMessage, LogReading, Logs } from "./logs.ts";
import type { Replay, ReplayItem } from "./replay.ts";
import { Kind, NO_SEAT, type Roster } from "./roster.ts";
import { Alarm, type Scheduler } from "./scheduler.ts";
import type { SendOutcome } from "./types.ts";

/** How fast. */
export interface ReplayLimits {
  /** Above this many bytes waiting in the socket, the replay waits. */
  readonly highWaterBytes: number;
  /** Messages of one frame. */
  readonly maxGatheredMessages: number;
  /** Bytes of one frame. */
  readonly maxGatheredBytes: number;
}

/** The other parts that this one needs. */
export interface ReplayParts<Data> {
  readonly logs: Logs;
  readonly roster: Roster<Data>;
  readonly scheduler: Scheduler;
  /** Whether a connection is in a room. */
  isIn(connection: ServerConnection<Data>, room: string): boolean;
  /** The place of the next message among all of this node. */
  nextOrder(): number;
  /** Hands a payload to the socket. */
  transmit(connection: ServerConnection<Data>, payload: Payload): SendOutcome;
  /** Sends one of our own messages. */
  control(connection: ServerConnection<Data>, message: ControlMessage): void;
  /** Hands over what was gathered. */
  flush(connection: ServerConnection<Data>): void;
  /** What a member gets of a message from a log; `undefined` where it gets nothing. */
  refine(connection: ServerConnection<Data>, rooms: readonly string[], payload: Payload): Payload | undefined;
  /** Ends a connection that cannot be brought up to date. */
  kill(connection: ServerConnection<Data>, code: number, reason: string): void;
  /** Reading failed. */
  failed(connection: ServerConnection<Data>, error: unknown): void;
}

/** How long a peer that reads slowly is left alone, in milliseconds: there is no event that tells when it has read. */
const LOOK_MS = 50;

/** Replays. */
export class Replays<Data> {
  readonly #limits: ReplayLimits;
  readonly #parts: ReplayParts<Data>;

  /** Puts the part together. */
  constructor(limits: ReplayLimits, parts: ReplayParts<Data>) {
    this.#limits = limits;
    this.#parts = parts;
  }

  /**
   * Takes note that a connection is to be brought up to date, from these positions and behind this number: from here on
   * nothing overtakes that. {@linkcode Replays.start} sends it.
   *
   * @param areLate Whether more may have been written into the logs since they were read.
   */
  begin(
    connection: ServerConnection<Data>,
    rooms: ReadonlyMap<string, LogReading>,
    received: number,
    areLate: boolean,
  ): void {
    const isMissed = received < (connection.session?.inbox.end ?? 0);
    if (!isMissed && !areLate && [...rooms.values()].every(({ records }) => records.length === 0)) return;
    // All rooms, also those of which nothing was missed: what is sent to them meanwhile comes behind the rest.
    const replay = connection.replay = this.#new(connection);
    if (isMissed) replay.inbox = received;
    for (const [room, reading] of rooms) this.#add(replay, room, reading, 0);
  }

  /** Sends what there is to be sent. */
  start(connection: ServerConnection<Data>): void {
    if (connection.replay !== undefined) this.#pump(connection, connection.replay);
  }

  /** Brings a connection up to date in a room that it has just joined; `isLate` as in {@linkcode Replays.begin}. */
  join(connection: ServerConnection<Data>, room: string, reading: LogReading, isLate: boolean): void {
    const { replay } = connection;
    if (replay !== undefined) {
      const order = this.#parts.nextOrder();
      this.#add(replay, room, reading, order);
      const number = connection.session?.inbox.end ?? 0;
      if (!replay.rooms.has(room)) replay.answers.set(room, { number, notAfter: order });
      replay.isBehind = true;
    } else if (isLate || reading.records.length > 0) {
      this.#add(connection.replay = this.#new(connection), room, reading, 0);
      this.start(connection);
    }
  }

  /** What a member of a room gets of a message from its log; `undefined` for nothing. */
  wanted(connection: ServerConnection<Data>, room: string, message: LoggedMessage): Payload | undefined {
    return this.#isFor(connection, message) ? this.#parts.refine(connection, [room], message.payload) : undefined;
  }

  /** The connection is not open any more. */
  gone(connection: ServerConnection<Data>): void {
    if (connection.replay === undefined) return;
    this.#parts.scheduler.forget(connection.replay.alarm);
    connection.replay = undefined;
  }

  #add(replay: Replay, room: string, { recovery }: LogReading, notBefore: number): void {
    const position = positionOf(recovery);
    if (position !== undefined) replay.rooms.set(room, { position, notBefore });
  }

  #new(connection: ServerConnection<Data>): Replay {
    this.#parts.roster.kinds[connection.seat] = Kind.CATCHING_UP;
    const replay: Replay = {
      rooms: new Map(),
      inbox: connection.session?.inbox.end ?? 0,
      items: [],
      at: 0,
      answers: new Map(),
      alarm: new Alarm(() => this.#pump(connection, replay)),
      isReading: false,
      isBehind: false,
    };
    return replay;
  }

  /** Sends what there is, until the socket has enough for now. */
  #pump(connection: ServerConnection<Data>, replay: Replay): void {
    while (connection.replay === replay && connection.seat !== NO_SEAT && !replay.isReading) {
      if (replay.at >= replay.items.length) {
        const items = this.#collect(connection, replay);
        if (isThenable(items)) return void this.#collectLater(connection, replay, items);
        if (connection.replay !== replay) return;
        if (items.length === 0) return this.#end(connection);
        replay.items = items;
        replay.at = 0;
      }
      if (connection.socket.bufferedAmount > this.#limits.highWaterBytes) {
        return this.#parts.scheduler.wakeIn(replay.alarm, LOOK_MS);
      }
      this.#sendSome(connection, replay);
    }
  }

  /** Sends as much as goes into a frame, and into the socket: no peer is to be cut off for what is sent here. */
  #sendSome(connection: ServerConnection<Data>, replay: Replay): void {
    const { maxGatheredMessages, maxGatheredBytes, highWaterBytes } = this.#limits;
    const maxBytes = Math.min(maxGatheredBytes, highWaterBytes - connection.socket.bufferedAmount);
    let bytes = 0;
    for (let count = 0; count < maxGatheredMessages && bytes <= maxBytes; count++) {
      const item = replay.items[replay.at];
      if (item === undefined) break;
      replay.at++;
      const payload = this.#wanted(connection, item);
      if (payload === undefined) continue;
      bytes += payload.length;
      const outcome = this.#parts.transmit(connection, payload);
      if (outcome === "closed" || outcome === "dropped") break;
    }
    this.#parts.flush(connection);
  }

  /** What a peer gets of an item: nothing if it has left the room meanwhile. */
  #wanted(connection: ServerConnection<Data>, { rooms, payload }: ReplayItem): Payload | undefined {
    if (rooms.length === 0) return payload;
    const own = rooms.filter((room) => room === ALL_ROOM || this.#parts.isIn(connection, room));
    return own.length === 0 ? undefined : this.#parts.refine(connection, own, payload);
  }

  #end(connection: ServerConnection<Data>): void {
    connection.replay = undefined;
    if (connection.seat !== NO_SEAT) this.#parts.roster.kinds[connection.seat] = Kind.MANAGED;
  }

  async #collectLater(
    connection: ServerConnection<Data>,
    replay: Replay,
    pending: PromiseLike<readonly ReplayItem[]>,
  ): Promise<void> {
    replay.isReading = true;
    try {
      replay.items = await pending;
      replay.at = 0;
      replay.isReading = false;
      if (replay.items.length > 0 || replay.isBehind) this.#pump(connection, replay);
      else if (connection.replay === replay) this.#end(connection);
    } catch (error) {
      this.#parts.failed(connection, error);
      this.#parts.kill(connection, CloseCode.TRY_AGAIN_LATER, "what was missed cannot be read");
    }
  }

  /** Reads on, in all logs; nothing where the peer is up to date. */
  #collect(
    connection: ServerConnection<Data>,
    replay: Replay,
  ): readonly ReplayItem[] | PromiseLike<readonly ReplayItem[]> {
    const found = new Map<number, ReplayItem>();
    const later: PromiseLike<unknown>[] = [];
    replay.isBehind = false;
    for (const [room, { position }] of replay.rooms) {
      if (room !== ALL_ROOM && !this.#parts.isIn(connection, room)) {
        replay.rooms.delete(room);
        continue;
      }
      const reading = this.#parts.logs.missed(room, position);
      const take = (reading: LogReading) => this.#take(connection, replay, room, reading, found);
      if (isThenable(reading)) later.push(Promise.resolve(reading as PromiseLike<LogReading>).then(take));
      else take(reading as LogReading);
    }
    if (later.length > 0) return Promise.all(later).then(() => this.#sorted(connection, replay, found));
    return this.#sorted(connection, replay, found);
  }

  #take(
    connection: ServerConnection<Data>,
    replay: Replay,
    room: string,
    { recovery, records }: LogReading,
    found: Map<number, ReplayItem>,
  ): void {
    const position = positionOf(recovery);
    if (position === undefined) return void replay.rooms.delete(room);
    if (recovery.recovered === false) {
      this.#parts.control(connection, { type: "$skipped", room, ...position, reason: recovery.reason ?? "too_old" });
    }
    const { notBefore } = replay.rooms.get(room)!;
    const offset = records.at(-1)?.offset ?? position.offset;
    replay.rooms.set(room, { position: { ...position, offset }, notBefore });
    for (const { message } of records) {
      if (!this.#isFor(connection, message)) continue;
      const { order, rooms } = found.get(message.order) ?? { order: Infinity, rooms: [] };
      found.set(message.order, {
        order: Math.min(order, Math.max(message.order, notBefore)),
        payload: message.payload,
        rooms: [...rooms, room],
      });
    }
  }

  /** Adds what was sent to the peer alone, and puts all in the order in which it was sent. */
  #sorted(
    connection: ServerConnection<Data>,
    replay: Replay,
    found: Map<number, ReplayItem>,
  ): readonly ReplayItem[] {
    const items = [...found.values()];
    const inbox = connection.session?.inbox;
    if (inbox !== undefined && replay.inbox < inbox.end) {
      const first = inbox.firstBehind(replay.inbox, this.#parts.scheduler.coarseNow);
      if (first > replay.inbox + 1) {
        // Both sides count what is sent: one that is missing cannot be told of in the middle of a connection.
        this.#parts.kill(connection, CloseCode.QUEUE_OVERFLOW, "too much was sent while the peer was catching up");
        return [];
      }
      for (const { order, payload } of inbox.from(first)) items.push({ order, payload, rooms: [] });
      replay.inbox = inbox.end;
    }
    return items.sort((one, other) => one.order - other.order);
  }

  #isFor(connection: ServerConnection<Data>, { except, exceptRooms }: LoggedMessage): boolean {
    // Who has a session has its id. An id that nobody has read is in no list.
    const isLeftOut = connection.hasId && except?.has(connection.id) === true;
    return !isLeftOut && !exceptRooms.some((room) => this.#parts.isIn(connection, room));
  }
}

function positionOf({ epoch, offset }: Recovery): Position | undefined {
  return epoch === undefined || offset === undefined ? undefined : { epoch, offset };
}
