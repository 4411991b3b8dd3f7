/**
 * Where connections come into rooms and go out of them, by wish of their peers and by the server's own code, and what
 * rules, hooks and handlers of rooms have to say to that.
 *
 * @module
 */

import { MessageError } from "../errors.ts";
import type { Off } from "../internal/emitter.ts";
import type { CompiledContract } from "../protocol/contract_check.ts";
import type { Sendable, WebSocketMessage } from "../protocol/messages.ts";
import type { Answers } from "./answers.ts";
import type { Delivery } from "./delivery.ts";
import type { ServerConnection } from "./connection.ts";
import { type Guard, isThenable } from "./guard.ts";
import { Exchange } from "./message_context.ts";
import type { OutgoingFilter } from "./outbound_types.ts";
import { newJoins, takenBy, takeWish } from "./join_limit.ts";
import { RoomHooks } from "./room_hooks.ts";
import { RoomReading } from "./room_reading.ts";
import { goneError, RoomReturn } from "./room_return.ts";
import { RoomChecks } from "./room_checks.ts";
import { RoomListeners } from "./room_listeners.ts";
import { RoomNames } from "./room_names.ts";
import type { RoomRules } from "./room_rules.ts";
import { type RoomRoute, RoomTraffic } from "./room_traffic.ts";
import type { RoomListener } from "./room_types.ts";
import { after, held, isMuch, Reservation, RoomWish } from "./room_wish.ts";
import type { LogReading, Logs } from "./logs.ts";
import type { Replays } from "./replays.ts";
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
  readonly #hooks: RoomHooks<Data>;
  readonly #reading: RoomReading<Data>;
  /** What becomes of the rooms of clients that are away. */
  readonly returns: RoomReturn<Data>;
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
    this.#hooks = new RoomHooks<Data>(rules, guard);
    this.#reading = new RoomReading<Data>(parts);
    this.returns = new RoomReturn<Data>({
      ...parts,
      checks: this.#checks,
      hooks: this.#hooks,
      dropChecks: (connection) => this.#dropChecks(connection),
    });
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
    if (wasIn) this.#hooks.left(connection, room);
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
    this.#reading.put(connection, room);
    this.#hooks.joined(connection, room, undefined);
    return true;
  }

  /** Takes a connection out of a room, and tells whether it was in there. */
  leave(connection: ServerConnection<Data>, room: string): boolean {
    return this.#expel(connection, room, "removed");
  }

  /** A connection is not among the open ones any more. May be called in the middle of a loop over its rooms. */
  gone(connection: ServerConnection<Data>): void {
    this.#dropChecks(connection);
    connection.joins = undefined;
    this.#hooks.leftAll(connection, this.#parts.rooms.leaveAll(connection));
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
          const read = this.#reading.read(connection, exchange.message);
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
    else if (isNew) this.#reading.sendStates(connection, room);
    if (isNew) this.#hooks.joined(connection, room, data);
  }

  #dropChecks(connection: ServerConnection<Data>): void {
    const { joins } = connection;
    if (joins?.checks === undefined) return;
    const error = goneError(connection);
    for (const room of [...joins.checks.keys()]) this.#checks.drop(connection, room, error);
  }

  #expel(connection: ServerConnection<Data>, room: string, code: string): boolean {
    if (!this.#remove(connection, room)) return false;
    if (connection.isManaged) this.#parts.delivery.control(connection, { type: "$left", room, code });
    this.#hooks.left(connection, room);
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
}

const FORBIDDEN = new MessageError("forbidden", "You may not be in this room");
const TOO_MANY_ROOMS = new MessageError("too_many_rooms", "You are in as many rooms as you may be: leave one first");
const CANCELLED = new MessageError("cancelled", "The room was left before this was decided");
