/**
 * Where connections come into rooms and go out of them, by wish of their peers and by the server's own code, and what
 * rules, hooks and handlers of rooms have to say to that.
 *
 * @module
 */

import { type ConnectionClosedError, MessageError } from "../errors.ts";
import type { Off } from "../internal/emitter.ts";
import type { CompiledContract } from "../protocol/contract_check.ts";
import type { Sendable, WebSocketMessage } from "../protocol/messages.ts";
import type { Answers } from "./answers.ts";
import { closedError } from "./close_info.ts";
import type { Delivery } from "./delivery.ts";
import type { ServerConnection } from "./connection.ts";
import { type Guard, isThenable } from "./guard.ts";
import { Exchange } from "./message_context.ts";
import type { OutgoingFilter } from "./outbound.ts";
import { takeWish } from "./join_limit.ts";
import { RoomChecks } from "./room_checks.ts";
import { RoomListeners } from "./room_listeners.ts";
import { RoomNames } from "./room_names.ts";
import type { RoomRules } from "./room_rules.ts";
import { type RoomRoute, RoomTraffic } from "./room_traffic.ts";
import type { Joins, RoomListener } from "./room_types.ts";
import { after, held, isMuch, Reservation, RoomWish } from "./room_wish.ts";
import { plainOf } from "./logged_message.ts";
import type { Eventual, LogReading, Logs } from "./logs.ts";
import type { Replays } from "./replays.ts";
import type { KeptRooms } from "./session.ts";
import type { Rooms } from "./rooms.ts";
import { NO_SEAT } from "./roster.ts";
import type { Scheduler } from "./scheduler.ts";

/** Bounds of what one peer may do with rooms. */
export interface RoomLimits {
  /** Rooms that one connection may be in, or wish to be in, at once. */
  readonly maxRoomsPerConnection: number;
  /** Wishes of one peer in a second. */
  readonly maxJoinsPerSecond: number;
  /** The longest name of a room, in UTF-16 units. */
  readonly maxRoomNameLength: number;
  /** How long a rule may take; 0 for any time. */
  readonly handlerTimeoutMs: number;
  /** Whether what rules answer is checked against the contract. */
  readonly validateOutgoing: boolean;
}

/** The other parts that this one needs. */
export interface RoomDeskParts<Data> {
  readonly rooms: Rooms<ServerConnection<Data>>;
  readonly rules: RoomRules<Data>;
  readonly guard: Pick<Guard<Data>, "report" | "run">;
  readonly answers: Pick<Answers<Data>, "replyTo" | "fail">;
  readonly delivery: Pick<Delivery<Data>, "control" | "transmit">;
  readonly scheduler: Pick<Scheduler, "wakeIn" | "forget" | "now">;
  readonly contract: Pick<CompiledContract, "room"> | undefined;
  readonly logs: Pick<Logs, "begin" | "missed" | "touch" | "keepsStates">;
  readonly replays: Pick<Replays<Data>, "join" | "wanted">;
  /** Lets the connection's later messages wait for a rule; see `Turns.hold`. */
  hold(connection: ServerConnection<Data>, pending: PromiseLike<unknown>, exchange: Exchange<Data>): void;
}

/** Lets connections in and out. */
export class RoomDesk<Data> {
  readonly #limits: RoomLimits;
  readonly #parts: RoomDeskParts<Data>;
  readonly #names: RoomNames;
  readonly #checks: RoomChecks<Data>;
  readonly #traffic: RoomTraffic<Data>;
  readonly #listeners: RoomListeners;
  readonly #badRoom: MessageError;

  /** Puts the part together. */
  constructor(limits: RoomLimits, parts: RoomDeskParts<Data>) {
    this.#limits = limits;
    this.#parts = parts;
    const { rooms, rules, guard, scheduler } = parts;
    const expel = (connection: ServerConnection<Data>, room: string, code: string) =>
      void this.#expel(connection, room, code);
    this.#checks = new RoomChecks<Data>(limits, { rules, guard, scheduler, expel });
    this.#names = new RoomNames(limits.maxRoomNameLength);
    this.#traffic = new RoomTraffic<Data>(this.#names, rooms, rules);
    this.#listeners = new RoomListeners((error) => guard.report(undefined, error));
    this.#badRoom = new MessageError("bad_room", `The name of a room must be ${this.#names.rule}`);
  }

  /** Whether any rule has handlers. */
  get hasHandlers(): boolean {
    return this.#parts.rules.hasHandlers;
  }

  /** A peer wants to be in a room: the rule decides, and the peer is answered. Never throws. */
  requestJoin(connection: ServerConnection<Data>, message: WebSocketMessage): void {
    const exchange = new Exchange(connection, message, undefined);
    const joins = connection.joins ??= newJoins();
    const tooMany = takeWish(joins, this.#limits, () => this.#parts.scheduler.now());
    if (tooMany !== undefined) return this.#parts.answers.fail(exchange, tooMany);
    const wish = new Reservation(joins, this.#parts.rooms.isIn(connection, message.room));
    try {
      const pending = this.#consider(exchange, wish);
      if (isThenable(pending)) return this.#parts.hold(connection, wish.until(pending), exchange);
    } catch (error) {
      this.#parts.answers.fail(exchange, error);
    }
    wish.end();
  }

  /** A peer wants to be out of a room. */
  requestLeave(connection: ServerConnection<Data>, { id, room }: WebSocketMessage): void {
    const wasIn = typeof room === "string" && this.#remove(connection, room);
    if (id !== undefined) this.#parts.answers.replyTo(connection, id, null);
    if (wasIn) this.#tellLeft(connection, room);
  }

  /**
   * Puts a connection into a room, without asking its rule, and tells whether it was not in there.
   *
   * @throws {TypeError} If the name is not a string.
   * @throws {RangeError} If it is no name for a room, or the connection is in too many.
   */
  join(connection: ServerConnection<Data>, room: string): boolean {
    this.#names.check(room);
    const { rooms } = this.#parts;
    if (connection.seat === NO_SEAT || rooms.isIn(connection, room)) return false;
    const { maxRoomsPerConnection } = this.#limits;
    const count = takenBy(connection);
    if (count >= maxRoomsPerConnection) {
      throw new RangeError(
        `Cannot join another room as the connection is in ${count}, those counted that it is about to join: leave one ` +
          `before, or raise "maxRoomsPerConnection"`,
      );
    }
    rooms.join(connection, room);
    if (connection.session !== undefined) this.#tellPut(connection, room);
    else this.#sendStates(connection, room);
    this.#tellJoined(connection, room, undefined);
    return true;
  }

  /** Takes a connection out of a room, and tells whether it was in there. */
  leave(connection: ServerConnection<Data>, room: string): boolean {
    return this.#expel(connection, room, "removed");
  }

  /** A connection has ended whose client may come back: takes it out of its rooms, of which nobody is told. */
  suspend(connection: ServerConnection<Data>): KeptRooms {
    const { joins } = connection;
    this.#dropChecks(connection);
    for (const exchange of [...connection.exchanges ?? []]) {
      // It asks again, as the answer would come to nothing.
      if (exchange.message.type === "$join") exchange.abort(goneError(connection));
    }
    connection.joins = undefined;
    const names = this.#parts.rooms.leaveAll(connection);
    for (const room of names) this.#parts.logs.touch(room);
    return { names, joins };
  }

  /** A client is back: asks the rules of the rooms for which it had asked whether it may be in there; says where it may not. */
  askAgain(connection: ServerConnection<Data>, { names, joins }: KeptRooms): Eventual<ReadonlyMap<string, string>> {
    return joins === undefined ? new Map() : this.#checks.askAll(connection, names, joins.admitted);
  }

  /** A client is back, and its connection open: puts it into its rooms, of which nobody is told. */
  restore(connection: ServerConnection<Data>, { names, joins }: KeptRooms, lost: ReadonlyMap<string, string>): void {
    connection.joins = joins;
    for (const room of names) {
      if (lost.has(room)) joins?.admitted.delete(room);
      else this.#parts.rooms.join(connection, room);
    }
  }

  /** A client that is back is told in which rooms it may not be any more. */
  tellLost(connection: ServerConnection<Data>, lost: ReadonlyMap<string, string>): void {
    for (const [room, code] of lost) {
      this.#parts.delivery.control(connection, { type: "$left", room, code });
      this.#tellLeft(connection, room);
    }
  }

  /** A client will not come back to its rooms. */
  ended(connection: ServerConnection<Data>, { names }: KeptRooms): void {
    if (!this.#parts.rules.hasHooks) return;
    queueMicrotask(() => {
      for (const room of names) this.#tellLeft(connection, room);
    });
  }

  /** A connection is not among the open ones any more. May be called in the middle of a loop over its rooms. */
  gone(connection: ServerConnection<Data>): void {
    this.#dropChecks(connection);
    connection.joins = undefined;
    const left = this.#parts.rooms.leaveAll(connection);
    if (left.length === 0 || !this.#parts.rules.hasHooks) return;
    // In a turn of their own: this may be a loop over members, in the middle of a broadcast.
    queueMicrotask(() => {
      for (const room of left) this.#tellLeft(connection, room);
    });
  }

  /** The peer has signed in anew: asks the rules of the rooms that it had asked for whether it may stay. */
  checkAgain(connection: ServerConnection<Data>): void {
    const { joins } = connection;
    if (joins === undefined) return;
    joins.renewals++;
    for (const room of [...joins.admitted.keys()]) this.#checks.ask(connection, room);
  }

  /**
   * Calls a listener for what is broadcast to a room.
   *
   * @throws {TypeError} If the name is not a string, or the listener not a function.
   * @throws {RangeError} If it is no name for a room.
   */
  subscribe(room: string, listener: RoomListener): Off {
    this.#names.check(room);
    return this.#listeners.add(room, listener);
  }

  /** Tells the listeners of these rooms of a message that was broadcast to them. Never throws. */
  tell(rooms: readonly string[], message: Sendable): void {
    this.#listeners.tell(rooms, message);
  }

  /** What changes a message on its way to the members of these rooms; `undefined` where nothing does. */
  filter(rooms: readonly string[]): OutgoingFilter<Data> | undefined {
    return this.#traffic.filter(rooms);
  }

  /** Finds the handler that the room of a message has for it; `undefined` where the message is no business of rooms. */
  route(connection: ServerConnection<Data>, message: WebSocketMessage): RoomRoute | "not_joined" | undefined {
    return this.#traffic.route(connection, message);
  }

  /** Gets from the wish to the decision; a promise where something on the way takes its time. */
  #consider(exchange: Exchange<Data>, wish: Reservation): unknown {
    const { rules, contract } = this.#parts;
    const { connection, message: { room, data } } = exchange;
    if (!this.#names.isName(room)) throw this.#badRoom;
    const found = rules.find(room);
    const terms = contract?.room(room);
    if (found === undefined || (contract !== undefined && terms === undefined)) throw FORBIDDEN;
    const { isMember, joins } = wish;
    const count = isMember ? joins.underWay : takenBy(connection);
    if (count > this.#limits.maxRoomsPerConnection) throw TOO_MANY_ROOMS;
    const { renewals } = joins;
    return after(held(terms?.data, data, "incoming", room), (valid) => {
      const context = new RoomWish(exchange, room, found.params, valid, isMember);
      return after(found.rule.join?.(context), (verdict) => {
        if (verdict === false) throw FORBIDDEN;
        const schema = this.#limits.validateOutgoing ? terms?.reply : undefined;
        return after(held(schema, verdict, "outgoing", room), () => {
          const read = this.#read(connection, exchange.message);
          return after(read, (reading) => {
            const position = reading && { reading, isLate: isThenable(read) };
            this.#admit(exchange, wish, context, verdict, position);
            if (renewals !== joins.renewals) this.#checks.ask(connection, room);
          });
        });
      });
    });
  }

  /** Nothing speaks against it: answers, and lets it in, in this order, so that it is not in where the answer fails. */
  #admit(
    exchange: Exchange<Data>,
    wish: Reservation,
    { room, data }: RoomWish<Data>,
    verdict: unknown,
    position: { readonly reading: LogReading; readonly isLate: boolean } | undefined,
  ): void {
    const { rooms, answers } = this.#parts;
    const { connection, message, wantedBy } = exchange;
    if (exchange.isAborted) return;
    if (wantedBy !== undefined) answers.replyTo(connection, wantedBy, verdict, position?.reading.recovery);
    exchange.wantedBy = undefined;
    if (connection.seat === NO_SEAT) return; // the rule has closed it, or the answer was what overflowed
    const { admitted } = wish.joins;
    // Whom the server's own code put there is not subject to the rule.
    if (!rooms.isIn(connection, room) || admitted.has(room)) {
      admitted.set(room, isMuch(message.data) ? undefined : data);
    }
    wish.giveBack();
    const isNew = rooms.join(connection, room);
    if (position !== undefined) this.#parts.replays.join(connection, room, position.reading, position.isLate);
    else if (isNew) this.#sendStates(connection, room);
    if (isNew) this.#tellJoined(connection, room, data);
  }

  /** Where a client that comes in begins to read the log of the room; `undefined` for one that does not know of positions. */
  #read({ session }: ServerConnection<Data>, { room, since }: WebSocketMessage): Eventual<LogReading> | undefined {
    if (session === undefined) return undefined;
    const { logs } = this.#parts;
    return since === undefined ? logs.begin(room) : logs.missed(room, since);
  }

  #dropChecks(connection: ServerConnection<Data>): void {
    const { joins } = connection;
    if (joins?.checks === undefined) return;
    const error = goneError(connection);
    for (const room of [...joins.checks.keys()]) this.#checks.drop(connection, room, error);
  }

  /** The server's own code has put a client into a room: tells it where it stands there, so that it can come back to that. */
  #tellPut(connection: ServerConnection<Data>, room: string): void {
    const { delivery, replays } = this.#parts;
    this.#begin(connection, room, (reading) => {
      delivery.control(connection, { type: "$joined", room, ...reading.recovery });
      replays.join(connection, room, reading, false);
    });
  }

  /** Sends the states of a room to a peer that has no session and has just come in. */
  #sendStates(connection: ServerConnection<Data>, room: string): void {
    const { logs, delivery, replays } = this.#parts;
    if (!logs.keepsStates(room)) return;
    this.#begin(connection, room, (reading) => {
      if (connection.isManaged) return replays.join(connection, room, reading, false);
      for (const { message } of reading.records) {
        const payload = replays.wanted(connection, room, message);
        if (payload !== undefined) delivery.transmit(connection, plainOf(payload));
      }
    });
  }

  /** Reads where a new member begins, unless it has left again when that is known. */
  #begin(connection: ServerConnection<Data>, room: string, next: (reading: LogReading) => void): void {
    const { logs, rooms, guard } = this.#parts;
    const pending = after<LogReading>(logs.begin(room), (reading) => {
      if (connection.seat !== NO_SEAT && rooms.isIn(connection, room)) next(reading);
    });
    if (isThenable(pending)) pending.then(undefined, (error) => guard.report(connection, error));
  }

  #expel(connection: ServerConnection<Data>, room: string, code: string): boolean {
    if (!this.#remove(connection, room)) return false;
    if (connection.isManaged) this.#parts.delivery.control(connection, { type: "$left", room, code });
    this.#tellLeft(connection, room);
    return true;
  }

  /** Takes a connection out, and ends what could bring it in. */
  #remove(connection: ServerConnection<Data>, room: string): boolean {
    const { rooms, answers } = this.#parts;
    for (const exchange of connection.exchanges ?? []) {
      const { message, wantedBy } = exchange;
      if (message.type !== "$join" || message.room !== room || wantedBy === undefined) continue;
      answers.fail(exchange, CANCELLED);
      exchange.abort(CANCELLED);
    }
    this.#checks.drop(connection, room, CANCELLED);
    connection.joins?.admitted.delete(room);
    return rooms.leave(connection, room);
  }

  #tellJoined(connection: ServerConnection<Data>, room: string, data: unknown): void {
    const { rules } = this.#parts;
    const found = rules.hasHooks ? rules.find(room) : undefined;
    if (found?.rule.onJoin === undefined) return;
    const { rule, params } = found;
    this.#run(connection, () => rule.onJoin!({ connection, room, params, data }));
  }

  #tellLeft(connection: ServerConnection<Data>, room: string): void {
    const { rules } = this.#parts;
    const found = rules.hasHooks ? rules.find(room) : undefined;
    if (found?.rule.onLeave === undefined) return;
    const { rule, params } = found;
    this.#run(connection, () => rule.onLeave!({ connection, room, params }));
  }

  #run(connection: ServerConnection<Data>, hook: () => unknown): void {
    const { guard } = this.#parts;
    guard.run(connection, hook)?.catch((error) => guard.report(connection, error));
  }
}

function goneError<Data>(connection: ServerConnection<Data>): ConnectionClosedError {
  return closedError("Nobody waits for this rule as the connection is closed", connection.closeInfo);
}

const FORBIDDEN = new MessageError("forbidden", "You may not be in this room");
const TOO_MANY_ROOMS = new MessageError("too_many_rooms", "You are in as many rooms as you may be: leave one first");
const CANCELLED = new MessageError("cancelled", "The room was left before this was decided");

/** Begins with a peer that has asked for nothing yet. */
export function newJoins(): Joins {
  return {
    bucket: undefined,
    underWay: 0,
    reserved: 0,
    renewals: 0,
    admitted: new Map(),
    checks: undefined,
  };
}

/** Rooms that a connection is in, or wishes to be in. */
function takenBy<Data>({ places, joins }: ServerConnection<Data>): number {
  return (places?.size ?? 0) + (joins?.reserved ?? 0);
}
