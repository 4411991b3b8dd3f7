/**
 * Where who comes into a room begins to read its log, and what it gets of that.
 *
 * @module
 */

import type { WebSocketMessage } from "../protocol/messages.ts";
import type { ServerConnection } from "./connection.ts";
import type { Delivery } from "./delivery.ts";
import { type Guard, isThenable } from "./guard.ts";
import { plainOf } from "./logged_message.ts";
import type { Eventual, LogReading, Logs } from "./logs.ts";
import type { Replays } from "./replays.ts";
import { after } from "./room_wish.ts";
import type { Rooms } from "./rooms.ts";
import { NO_SEAT } from "./roster.ts";

/** The other parts that this one needs. */
export interface RoomReadingParts<Data> {
  readonly rooms: Rooms<ServerConnection<Data>>;
  readonly guard: Pick<Guard<Data>, "report">;
  readonly delivery: Pick<Delivery<Data>, "control" | "transmit">;
  readonly logs: Pick<Logs, "begin" | "missed" | "touch" | "keepsStates">;
  readonly replays: Pick<Replays<Data>, "join" | "wanted">;
}

/** Reads. */
export class RoomReading<Data> {
  readonly #parts: RoomReadingParts<Data>;

  /** Puts the part together. */
  constructor(parts: RoomReadingParts<Data>) {
    this.#parts = parts;
  }

  /** Where a client that comes in begins to read the log of the room; `undefined` for one that does not know of positions. */
  read({ session }: ServerConnection<Data>, { room, since }: WebSocketMessage): Eventual<LogReading> | undefined {
    if (session === undefined) return undefined;
    const { logs } = this.#parts;
    return since === undefined ? logs.begin(room) : logs.missed(room, since);
  }

  /** The server's own code has put a connection into a room. */
  put(connection: ServerConnection<Data>, room: string): void {
    if (connection.session === undefined) this.sendStates(connection, room);
    else this.#tellPut(connection, room);
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
  sendStates(connection: ServerConnection<Data>, room: string): void {
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
}
