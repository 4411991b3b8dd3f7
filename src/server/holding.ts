/**
 * Keeps what a peer sends while it is not decided yet whether it is let in: bounded, and in order.
 *
 * @module
 */

import { BoundedQueue } from "../internal/bounded_queue.ts";
import { CloseCode } from "../protocol/close_codes.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import { Phase, type ServerConnection } from "./connection.ts";

/** How much a peer may send before it is let in. */
export interface HoldingLimits {
  /** Messages that may wait. */
  readonly maxQueuedMessages: number;
  /** Bytes that may wait. */
  readonly maxQueuedBytes: number;
}

/** A message that waits. */
export interface HeldMessage {
  /** The message. */
  readonly message: WebSocketMessage;
  /** What it counts for. */
  readonly size: number;
}

/** What the holding asks of the others. */
export interface HoldingPorts<Data> {
  /** Takes a message that has waited. */
  receive(connection: ServerConnection<Data>, message: WebSocketMessage, size: number): void;
  /** Ends a connection at once. */
  kill(connection: ServerConnection<Data>, code: number, reason: string): void;
}

/** Holds. */
export class Holding<Data> {
  readonly #limits: HoldingLimits;
  readonly #ports: HoldingPorts<Data>;

  /** Puts the part together. */
  constructor(limits: HoldingLimits, ports: HoldingPorts<Data>) {
    this.#limits = limits;
    this.#ports = ports;
  }

  /** Lets a message wait until its sender is let in. */
  hold(connection: ServerConnection<Data>, message: WebSocketMessage, size: number): void {
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    connection.held ??= new BoundedQueue<HeldMessage>(maxQueuedMessages, maxQueuedBytes);
    if (connection.held.push({ message, size }, size)) return;
    this.#ports.kill(connection, CloseCode.TOO_MANY, "too many messages before the connection is set up");
  }

  /** The peer is in. */
  release(connection: ServerConnection<Data>): void {
    const { held } = connection;
    connection.held = undefined;
    for (let next = held?.shift(); next !== undefined; next = held?.shift()) {
      if (connection.phase !== Phase.OPEN) return; // a message before this one ended the connection
      this.#ports.receive(connection, next.message, next.size);
    }
  }
}
