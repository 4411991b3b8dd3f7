/**
 * The open connections in dense arrays, side by side: what the loop of a broadcast needs of each, and nothing else.
 *
 * A loop over the connections themselves touches two objects for each receiver before the runtime's own work begins; to
 * 1,000 peers that cost a twentieth of the whole broadcast (tests/bench, broadcast-1).
 *
 * @module
 */

import type { SocketLike } from "../internal/socket_like.ts";
import type { ServerConnection } from "./connection.ts";

/** The seat of a connection that is in no roster. */
export const NO_SEAT = -1;

/** Connections by seat. A seat that becomes free is taken by the last connection: seats are dense and in no order. */
export class Roster<Data> {
  /** The connection in each seat. */
  readonly connections: ServerConnection<Data>[] = [];
  /** Its socket. */
  readonly sockets: SocketLike[] = [];
  /** Whether it speaks our protocol. */
  readonly managed: boolean[] = [];
  /**
   * How many bytes may be handed to it, by a generous estimate, until its socket is asked how many wait. None while it is
   * not watched, so that the first send sees to that, and none while it looks stuck, so that every byte is counted.
   */
  readonly room: number[] = [];

  /** Gives a connection a seat. */
  add(connection: ServerConnection<Data>): void {
    connection.seat = this.connections.push(connection) - 1;
    this.sockets.push(connection.socket);
    this.managed.push(connection.isManaged);
    this.room.push(0);
  }

  /** Takes the seat of a connection away; does nothing where it has none. */
  remove(connection: ServerConnection<Data>): void {
    const { seat } = connection;
    if (seat === NO_SEAT) return;
    connection.seat = NO_SEAT;
    const last = this.connections.pop()!;
    const socket = this.sockets.pop()!;
    const isManaged = this.managed.pop()!;
    const room = this.room.pop()!;
    if (last === connection) return;
    last.seat = seat;
    this.connections[seat] = last;
    this.sockets[seat] = socket;
    this.managed[seat] = isManaged;
    this.room[seat] = room;
  }

  /** Lets the next send to a connection look closer. */
  takeRoom(connection: ServerConnection<Data>): void {
    if (connection.seat !== NO_SEAT) this.room[connection.seat] = 0;
  }
}
