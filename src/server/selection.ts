/**
 * Views on the open connections: all of them, or those that a predicate picks.
 *
 * @module
 */

import type { Sendable } from "../protocol/messages.ts";
import type { BroadcastOutcome, WebSocketConnection } from "./types.ts";

/** The open connections; always those of the moment. */
export interface ConnectionView<Data> extends Iterable<WebSocketConnection<Data>> {
  /** How many there are. */
  readonly size: number;
  /** Their ids, oldest first. */
  ids(): string[];
}

/** What a selection needs of the server. */
export interface SelectionPorts<Data> {
  /** The open connections. */
  all(): Iterable<WebSocketConnection<Data>>;
  /** Sends to those that `where` picks. */
  broadcast(message: Sendable, where: (connection: WebSocketConnection<Data>) => boolean): BroadcastOutcome;
}

/** The open connections that a predicate picks; asked anew for each use. */
export class Selection<Data> implements Iterable<WebSocketConnection<Data>> {
  readonly #where: (connection: WebSocketConnection<Data>) => boolean;
  readonly #ports: SelectionPorts<Data>;

  /** Used by the server's `select`. */
  constructor(where: (connection: WebSocketConnection<Data>) => boolean, ports: SelectionPorts<Data>) {
    this.#where = where;
    this.#ports = ports;
  }

  /** How many there are now. */
  get size(): number {
    let size = 0;
    for (const _ of this) size++;
    return size;
  }

  /** Goes through them, oldest first. */
  *[Symbol.iterator](): Iterator<WebSocketConnection<Data>> {
    for (const connection of this.#ports.all()) if (this.#where(connection)) yield connection;
  }

  /**
   * Sends a message to all of them.
   *
   * @throws {TypeError} If the message cannot be sent.
   */
  send(message: Sendable): BroadcastOutcome {
    return this.#ports.broadcast(message, this.#where);
  }

  /**
   * Closes all of them, and says how many.
   *
   * @throws {RangeError} If the code may not be sent.
   */
  close(code?: number, reason?: string): number {
    const chosen = [...this];
    for (const connection of chosen) connection.close(code, reason);
    return chosen.length;
  }
}
