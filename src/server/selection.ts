/**
 * Views on the open connections: all of them, the members of a room, or those that something else picks.
 *
 * @module
 */

import type { Contract } from "../protocol/contract.ts";
import type { ServerRequested, ServerRequests, ServerSends } from "../protocol/contract_types.ts";
import type { BroadcastOutcome, RequestArguments, RequestResult, WebSocketConnection } from "./types.ts";

/** Open connections; always those of the moment. */
// deno-lint-ignore no-explicit-any -- without a contract they may be those of any server
export interface ConnectionView<Data, C extends Contract = any> extends Iterable<WebSocketConnection<Data, C>> {
  /** How many there are. */
  readonly size: number;
  /** Their ids, oldest first. */
  ids(): string[];
}

/** The rooms that have members; always those of the moment. */
export interface RoomView extends Iterable<string> {
  /** How many there are. */
  readonly size: number;
  /** Whether a room has members. */
  has(room: string): boolean;
}

/** What a selection needs of the server. */
// deno-lint-ignore no-explicit-any -- as above
export interface SelectionPorts<Data, C extends Contract = any> {
  /** Those that it picks, of this moment. */
  members(): Iterable<WebSocketConnection<Data, C>>;
  /** Sends to these. */
  send(connections: Iterable<WebSocketConnection<Data, C>>, message: ServerSends<C>): BroadcastOutcome;
}

/** Some of the open connections, such as those of one user; asked anew for each use. */
// deno-lint-ignore no-explicit-any -- as above
export class Selection<Data, C extends Contract = any> implements Iterable<WebSocketConnection<Data, C>> {
  readonly #ports: SelectionPorts<Data, C>;

  /** Used by the server's `select` and `toUser`. */
  constructor(ports: SelectionPorts<Data, C>) {
    this.#ports = ports;
  }

  /** How many there are now. */
  get size(): number {
    let size = 0;
    for (const _ of this) size++;
    return size;
  }

  /** Goes through them, oldest first. */
  [Symbol.iterator](): Iterator<WebSocketConnection<Data, C>> {
    return this.#ports.members()[Symbol.iterator]();
  }

  /**
   * Sends a message to all of them.
   *
   * @throws {TypeError} If the message cannot be sent.
   */
  send(message: ServerSends<C>): BroadcastOutcome {
    return this.#ports.send(this, message);
  }

  /**
   * Asks all of them, and waits until each has answered, or will not.
   *
   * @returns A promise of one result for each, in their order. It never rejects because of one of them.
   */
  async request<Type extends ServerRequests<C>>(
    type: Type,
    ...rest: RequestArguments<ServerRequested<C, Type>["data"]>
  ): Promise<RequestResult<Data, ServerRequested<C, Type>["reply"], C>[]> {
    return await Promise.all([...this].map(async (connection) => {
      try {
        return { connection, status: "fulfilled" as const, value: await connection.request(type, ...rest) };
      } catch (reason) {
        return { connection, status: "rejected" as const, reason };
      }
    }));
  }

  /**
   * Puts all of them into a room, and says how many were not in there.
   *
   * @throws {RangeError} If the name is empty or too long, or one of them is in too many rooms.
   */
  join(room: string): number {
    return this.#count((connection) => connection.join(room));
  }

  /** Takes all of them out of a room, and says how many were in there. */
  leave(room: string): number {
    return this.#count((connection) => connection.leave(room));
  }

  /**
   * Closes all of them, and says how many.
   *
   * @throws {RangeError} If the code may not be sent.
   */
  close(code?: number, reason?: string): number {
    return this.#count((connection) => {
      connection.close(code, reason);
      return true;
    });
  }

  /** Calls `act` for each of those of now, and counts how often it says yes. */
  #count(act: (connection: WebSocketConnection<Data, C>) => boolean): number {
    let count = 0;
    for (const connection of [...this]) if (act(connection)) count++;
    return count;
  }
}
