/**
 * What becomes of the rooms of a client that is away, and when it comes back.
 *
 * @module
 */

import type { ServerConnection } from "./connection.ts";
import { closedError } from "./close_info.ts";
import type { Delivery } from "./delivery.ts";
import type { Eventual, Logs } from "./logs.ts";
import type { RoomChecks } from "./room_checks.ts";
import type { RoomHooks } from "./room_hooks.ts";
import type { Rooms } from "./rooms.ts";
import type { KeptRooms } from "./session.ts";

/** The other parts that this one needs. */
export interface RoomReturnParts<Data> {
  readonly rooms: Rooms<ServerConnection<Data>>;
  readonly logs: Pick<Logs, "touch">;
  readonly delivery: Pick<Delivery<Data>, "control">;
  readonly checks: Pick<RoomChecks<Data>, "askAll">;
  readonly hooks: RoomHooks<Data>;
  /** Lets nobody wait for the rules that are asked about a connection. */
  dropChecks(connection: ServerConnection<Data>): void;
}

/** Keeps rooms, and gives them back. */
export class RoomReturn<Data> {
  readonly #parts: RoomReturnParts<Data>;

  /** Puts the part together. */
  constructor(parts: RoomReturnParts<Data>) {
    this.#parts = parts;
  }

  /** A connection has ended whose client may come back: takes it out of its rooms, of which nobody is told. */
  suspend(connection: ServerConnection<Data>): KeptRooms {
    const { joins } = connection;
    this.#parts.dropChecks(connection);
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
    return joins === undefined ? new Map() : this.#parts.checks.askAll(connection, names, joins.admitted);
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
      this.#parts.hooks.left(connection, room);
    }
  }

  /** A client will not come back to its rooms. */
  ended(connection: ServerConnection<Data>, { names }: KeptRooms): void {
    this.#parts.hooks.leftAll(connection, names);
  }
}

/** The error for rules whose decision nobody waits for any more. */
export function goneError<Data>(connection: ServerConnection<Data>): ReturnType<typeof closedError> {
  return closedError("Nobody waits for this rule as the connection is closed", connection.closeInfo);
}
