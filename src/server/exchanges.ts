/**
 * The messages of each connection whose handlers take their time: how they end, and how they learn that nobody waits for
 * them any more, because the peer gave them up, or went, or their time is over.
 *
 * @module
 */

import { ConnectionClosedError } from "../errors.ts";
import { reservedOf } from "../protocol/codec.ts";
import type { MessageId, WebSocketMessage } from "../protocol/messages.ts";
import type { Answers } from "./answers.ts";
import { closedError } from "./close_info.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import type { Guard } from "./guard.ts";
import { Exchange } from "./message_context.ts";

/** The last moment that a Date can tell. */
const MAX_DATE_MS = 8.64e15;

/** The other parts that this one needs. */
export interface ExchangeParts<Data> {
  readonly guard: Guard<Data>;
  readonly answers: Answers<Data>;
  /** The date, in milliseconds. */
  date(): number;
}

/** Looks after exchanges. Those of a connection are in its `exchanges` while their handlers' promises are pending. */
export class Exchanges<Data> {
  readonly #parts: ExchangeParts<Data>;

  /** Puts the part together. */
  constructor(parts: ExchangeParts<Data>) {
    this.#parts = parts;
  }

  /** Begins one with a message that has just arrived; `number` is its number, or 0. */
  begin(connection: ServerConnection<Data>, message: WebSocketMessage, number: number): Exchange<Data> {
    return new Exchange(connection, message, this.#deadlineOf(connection, message), number);
  }

  /**
   * Hears how `pending` ends, and calls `ended` then. Until then the message can be given up.
   *
   * @param exchange The message; none for what belongs to no message.
   */
  follow(
    connection: ServerConnection<Data>,
    pending: PromiseLike<unknown>,
    exchange: Exchange<Data> | undefined,
    ended?: () => void,
  ): void {
    if (exchange !== undefined) {
      exchange.noteAnswer();
      (connection.exchanges ??= new Set()).add(exchange);
      this.abortIfGone(exchange); // its handler may have ended the connection
    }
    const settled = (): void => {
      if (exchange !== undefined) connection.exchanges!.delete(exchange);
      ended?.();
    };
    pending.then(settled, (error) => {
      this.#failed(connection, exchange, error);
      settled();
    });
  }

  /** Its time is over: what it comes to after that is told to nobody. */
  expire(connection: ServerConnection<Data>, exchange: Exchange<Data> | undefined, error: Error): void {
    this.#failed(connection, exchange, error);
    if (exchange === undefined) return;
    exchange.isExpired = true;
    exchange.abort(error);
    connection.exchanges!.delete(exchange);
  }

  /** The peer has given these up: the message, and copies of it under the same id. */
  cancel({ exchanges }: ServerConnection<Data>, id: MessageId): void {
    for (const exchange of [...exchanges ?? []]) {
      if (exchange.wantedBy !== id) continue;
      exchange.isCancelled = true;
      exchange.abort(new DOMException("The peer gave the request up", "AbortError"));
    }
  }

  /** The peer has gone. */
  gone(connection: ServerConnection<Data>): void {
    if (connection.exchanges === undefined || connection.exchanges.size === 0) return;
    const error = goneError(connection);
    for (const exchange of [...connection.exchanges]) exchange.abort(error);
  }

  /** Aborts an exchange whose peer had gone before anybody could tell it. */
  abortIfGone(exchange: Exchange<Data>): void {
    if (exchange.connection.isGone) exchange.abort(goneError(exchange.connection));
  }

  #failed(connection: ServerConnection<Data>, exchange: Exchange<Data> | undefined, error: unknown): void {
    if (exchange !== undefined) this.#parts.answers.fail(exchange, error);
    else if (connection.phase === Phase.OPEN || !(error instanceof ConnectionClosedError)) {
      this.#parts.guard.report(connection, error);
    }
  }

  /** Until when, by our date, the peer waits. */
  #deadlineOf(connection: ServerConnection<Data>, message: WebSocketMessage): number | undefined {
    if (!connection.isManaged) return undefined;
    const timeoutMs = reservedOf(message)?.$timeoutMs;
    if (typeof timeoutMs !== "number" || timeoutMs < 0) return undefined;
    return Math.min(this.#parts.date() + timeoutMs, MAX_DATE_MS);
  }
}

function goneError<Data>({ closeInfo }: ServerConnection<Data>): ConnectionClosedError {
  return closedError("Nobody waits for this answer as the connection is closed", closeInfo);
}
