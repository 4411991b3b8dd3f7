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
import type { FrameChain } from "./frame_chain.ts";

/** The seat of a connection that is in no roster. */
export const NO_SEAT = -1;

/** How a connection is sent to. Numbers, as a broadcast looks at them. */
export const Kind = {
  /** A plain peer: each message in a frame of its own. */
  PLAIN: 0,
  /** A managed peer: messages are gathered. */
  MANAGED: 1,
  /** A managed peer that gets what it has missed first: what is sent now it will read from the logs. */
  CATCHING_UP: 2,
} as const;

/** One of {@linkcode Kind}. */
export type Kind = typeof Kind[keyof typeof Kind];

/** Connections by seat. A seat that becomes free is taken by the last connection: seats are dense and in no order. */
export class Roster<Data> {
  /** The connection in each seat. */
  readonly connections: ServerConnection<Data>[] = [];
  /** Its socket. */
  readonly sockets: SocketLike[] = [];
  /** How it is sent to. */
  readonly kinds: Kind[] = [];
  /**
   * How many bytes may be handed to it, by a generous estimate, until its socket is asked how many wait. None while it is
   * not watched, so that the first send sees to that, and none while it looks stuck, so that every byte is counted.
   */
  readonly room: number[] = [];
  /** The last turn in which something was gathered for it; one less than the turn where it was sent to at once. Written by the gatherer. */
  readonly turns: number[] = [];
  /** What waits to be sent to it in one frame. Written by the gatherer. */
  readonly pending: (FrameChain | undefined)[] = [];
  /** The seats for which something waits, and some for which nothing does any more. Written by the gatherer. */
  waiting: number[] = [];

  /** Gives a connection a seat. */
  add(connection: ServerConnection<Data>): void {
    connection.seat = this.connections.push(connection) - 1;
    this.sockets.push(connection.socket);
    this.kinds.push(connection.isManaged ? Kind.MANAGED : Kind.PLAIN);
    this.room.push(0);
    this.turns.push(0);
    this.pending.push(undefined);
  }

  /** Takes the seat of a connection away; does nothing where it has none. */
  remove(connection: ServerConnection<Data>): void {
    const { seat } = connection;
    if (seat === NO_SEAT) return;
    connection.seat = NO_SEAT;
    const last = this.connections.pop()!;
    const socket = this.sockets.pop()!;
    const kind = this.kinds.pop()!;
    const room = this.room.pop()!;
    const turn = this.turns.pop()!;
    const pending = this.pending.pop();
    if (last === connection) return;
    last.seat = seat;
    this.connections[seat] = last;
    this.sockets[seat] = socket;
    this.kinds[seat] = kind;
    this.room[seat] = room;
    this.turns[seat] = turn;
    this.pending[seat] = pending;
    if (pending !== undefined) this.waiting.push(seat);
  }

  /** Lets the next send to a connection look closer. */
  takeRoom(connection: ServerConnection<Data>): void {
    if (connection.seat !== NO_SEAT) this.room[connection.seat] = 0;
  }
}
