/**
 * What goes through rooms once connections are in them: the handlers of messages to a room, the filters of messages from
 * it, and the server's own code that listens.
 *
 * @module
 */

import type { WebSocketMessage } from "../protocol/messages.ts";
import type { ServerConnection } from "./connection.ts";
import type { OutgoingFilter } from "./outbound_types.ts";
import type { RoomNames } from "./room_names.ts";
import type { RoomRules } from "./room_rules.ts";
import type { Rooms } from "./rooms.ts";
import type { AnyHandler } from "./types.ts";

/** The handler that a room has for a message. */
export interface RoomRoute {
  /** The handler. */
  readonly handler: AnyHandler;
  /** What stands in the room's name where the pattern has its placeholders. */
  readonly params: Readonly<Record<string, string>>;
}

/** Finds handlers and filters. */
export class RoomTraffic<Data> {
  readonly #names: RoomNames;
  readonly #rooms: Rooms<ServerConnection<Data>>;
  readonly #rules: RoomRules<Data>;

  /** Puts the part together. */
  constructor(names: RoomNames, rooms: Rooms<ServerConnection<Data>>, rules: RoomRules<Data>) {
    this.#names = names;
    this.#rooms = rooms;
    this.#rules = rules;
  }

  /** Finds the handler that the room of a message has for it; `undefined` where the message is no business of rooms. */
  route(connection: ServerConnection<Data>, message: WebSocketMessage): RoomRoute | "not_joined" | undefined {
    const room: unknown = message.room;
    if (!this.#names.isName(room)) return undefined;
    const found = this.#rules.find(room);
    const handler = found?.handlers.get(message.type);
    if (found === undefined || handler === undefined) return undefined;
    return this.#rooms.isIn(connection, room) ? { handler, params: found.params } : "not_joined";
  }

  /** What changes a message on its way to the members of these rooms; `undefined` where nothing does. */
  filter(rooms: readonly string[]): OutgoingFilter<Data> | undefined {
    if (!this.#rules.hasFilters) return undefined;
    const filters = rooms.map((room) => this.#filterOf(room));
    if (filters.every((filter) => filter === undefined)) return undefined;
    return (connection, message, isIn = (room) => this.#rooms.isIn(connection, room)) => {
      // What the first room lets through in which the receiver is; filters may have taken it out meanwhile.
      for (const [at, room] of rooms.entries()) {
        if (!isIn(room)) continue;
        const filter = filters[at];
        const changed = filter === undefined ? message : filter(connection, message);
        if (changed !== undefined && changed !== null) return changed;
      }
      return undefined;
    };
  }

  #filterOf(room: string): OutgoingFilter<Data> | undefined {
    const rule = this.#rules.find(room)?.rule;
    if (rule?.outgoing === undefined) return undefined;
    return (connection, message) => rule.outgoing!(connection, message, room);
  }
}
