/**
 * The order in which messages of one connection are handled, how many may wait, and how long a handler may take.
 *
 * @module
 */

import { ConnectionClosedError, HandlerTimeoutError } from "../errors.ts";
import { BoundedQueue } from "../internal/bounded_queue.ts";
import { CloseCode } from "../protocol/close_codes.ts";
import { reservedOf } from "../protocol/codec.ts";
import type { MessageId, WebSocketMessage } from "../protocol/messages.ts";
import type { Answers } from "./answers.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import type { Dispatcher } from "./dispatch.ts";
import { type Guard, isThenable } from "./guard.ts";
import { Exchange } from "./message_context.ts";
import type { Pipeline } from "./pipeline.ts";
import { MessageReader } from "./reader.ts";
import { Alarm, type Scheduler } from "./scheduler.ts";
import type { Counters } from "./stats.ts";
import type { WebSocketConnection } from "./types.ts";

/** How much may wait, and for how long. */
export interface TurnLimits {
  /** Messages that may wait for a handler. */
  readonly maxQueuedMessages: number;
  /** Bytes that may wait for a handler. */
  readonly maxQueuedBytes: number;
  /** Handlers of one connection that may run at once. */
  readonly concurrency: number;
  /** How long a handler may take; 0 for any time. */
  readonly handlerTimeoutMs: number;
}

/** The other parts that this one needs. */
export interface TurnParts<Data> {
  readonly scheduler: Scheduler;
  readonly counters: Counters;
  readonly guard: Guard<Data>;
  readonly answers: Answers<Data>;
  readonly dispatcher: Dispatcher<Data>;
  readonly pipeline: Pipeline<WebSocketConnection<Data>, WebSocketMessage>;
  /** Whether anybody listens to `message:received`, and what tells them. */
  readonly received: { has(): boolean; tell(connection: ServerConnection<Data>, message: WebSocketMessage): void };
  /** Ends a connection whose peer broke a rule. */
  kill(connection: ServerConnection<Data>, code: number, reason: string): void;
  /** The date, in milliseconds. */
  date(): number;
}

/** The messages of one connection that wait for their turn. There is one only while a handler's promise is pending. */
export interface Turn {
  /** What ends the wait for a handler that runs: one for each. */
  readonly running: Set<() => void>;
  /** Messages behind them. */
  readonly waiting: BoundedQueue<WebSocketMessage>;
  /** Ids of messages among those, for whose answers nobody waits any more. */
  cancelled: Set<MessageId> | undefined;
  /** What is to be done when all have been handled. */
  whenDone: (() => void) | undefined;
}

/** Gives each message its turn. */
export class Turns<Data> {
  readonly #limits: TurnLimits;
  readonly #parts: TurnParts<Data>;

  /** Puts the part together. */
  constructor(limits: TurnLimits, parts: TurnParts<Data>) {
    this.#limits = limits;
    this.#parts = parts;
  }

  /** Takes an application's message: handles it now, or when those before it have been handled. */
  accept(connection: ServerConnection<Data>, message: WebSocketMessage, size: number): void {
    this.#parts.counters.received++;
    connection.lastMessageAt = connection.lastSeenAt;
    const turn = connection.turn;
    if (turn === undefined || (turn.running.size < this.#limits.concurrency && turn.waiting.size === 0)) {
      this.#handle(connection, message);
    } else if (!turn.waiting.push(message, size)) {
      this.#parts.kill(connection, CloseCode.TOO_MANY, "too many messages wait for their handler");
    }
  }

  /**
   * Lets later messages wait until `pending` has settled, or the deadline for handlers has passed.
   *
   * @param exchange The message whose handler it is; none for what belongs to no message.
   * @param timeoutMs The deadline; 0 for none.
   */
  hold(
    connection: ServerConnection<Data>,
    pending: PromiseLike<unknown>,
    exchange?: Exchange<Data>,
    timeoutMs: number = this.#limits.handlerTimeoutMs,
  ): void {
    // What has begun a loop over the messages waits for them, and not they for it.
    if (exchange === undefined && connection.reader !== undefined) return this.#watch(connection, pending, exchange);
    const { scheduler } = this.#parts;
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    const turn = connection.turn ??= {
      running: new Set(),
      waiting: new BoundedQueue<WebSocketMessage>(maxQueuedMessages, maxQueuedBytes),
      cancelled: undefined,
      whenDone: undefined,
    };
    if (exchange !== undefined) (connection.exchanges ??= new Set()).add(exchange);
    const over = (): void => {
      if (!turn.running.delete(over)) return;
      scheduler.forget(deadline);
      this.#next(connection, turn);
    };
    const deadline = new Alarm(() => {
      const error = timeoutError(timeoutMs);
      this.#failed(connection, exchange, error);
      exchange?.abort(error); // what it comes to after that is told to nobody
      over();
    });
    turn.running.add(over);
    if (timeoutMs > 0) scheduler.wakeIn(deadline, timeoutMs);
    const settled = (): void => {
      if (exchange !== undefined) connection.exchanges!.delete(exchange);
      over();
    };
    pending.then(settled, (error) => {
      this.#failed(connection, exchange, error);
      settled();
    });
  }

  /** Calls `action` when all messages that arrived before have been handled. */
  whenDone(connection: ServerConnection<Data>, action: () => void): void {
    if (connection.turn === undefined) action();
    else connection.turn.whenDone = action;
  }

  /** Throws away what waits. */
  discard(connection: ServerConnection<Data>): void {
    connection.turn?.waiting.clear();
  }

  /** The peer does not wait for the answer to this message any more. */
  cancel(connection: ServerConnection<Data>, id: MessageId): void {
    for (const exchange of connection.exchanges ?? []) {
      if (exchange.wantedBy === id) {
        return exchange.abort(new DOMException("The peer gave the request up", "AbortError"));
      }
    }
    const { turn } = connection;
    if (turn === undefined || turn.waiting.size === 0) return;
    turn.cancelled ??= new Set();
    if (turn.cancelled.size < turn.waiting.size) turn.cancelled.add(id);
  }

  /** The peer has gone, and waits for nothing any more. */
  gone(connection: ServerConnection<Data>): void {
    if (connection.exchanges === undefined || connection.exchanges.size === 0) return;
    const { code = 1006, reason = "" } = connection.closeInfo ?? {};
    const error = new ConnectionClosedError("Nobody waits for this answer as the connection is closed", code, reason);
    for (const exchange of [...connection.exchanges]) exchange.abort(error);
  }

  /**
   * Begins a loop over the messages of a connection.
   *
   * @throws {TypeError} If another loop is running.
   */
  read(connection: ServerConnection<Data>): MessageReader {
    if (connection.reader !== undefined) {
      throw new TypeError("Cannot loop over the messages of a connection twice at a time: leave the first loop before");
    }
    const reader = new MessageReader(() => {
      if (connection.reader === reader) connection.reader = undefined;
    });
    if (connection.isAnnounced || connection.phase === Phase.CLOSED) {
      reader.end();
      return reader;
    }
    connection.reader = reader;
    // A loop is often begun in onConnect, or in the handler of the message before: it must not wait for its own end.
    for (const over of [...connection.turn?.running ?? []]) over();
    return reader;
  }

  #next(connection: ServerConnection<Data>, turn: Turn): void {
    while (turn.running.size < this.#limits.concurrency) {
      const message = turn.waiting.shift();
      if (message === undefined) break;
      if (turn.cancelled?.delete(message.id!) !== true) this.#handle(connection, message);
    }
    if (turn.running.size > 0 || turn.waiting.size > 0 || connection.turn !== turn) return;
    connection.turn = undefined;
    turn.whenDone?.();
  }

  #handle(connection: ServerConnection<Data>, message: WebSocketMessage): void {
    const { received, pipeline, dispatcher } = this.#parts;
    if (received.has()) received.tell(connection, message);
    const { reader } = connection;
    let exchange: Exchange<Data> | undefined;
    try {
      let result: unknown;
      if (pipeline.isEmpty && dispatcher.isTrivial) result = dispatcher.rest(connection, message);
      else {
        const current = exchange = new Exchange(connection, message, this.#deadlineOf(connection, message));
        result = pipeline.isEmpty ? dispatcher.dispatch(current) : pipeline.run(connection, message, (_, handedOn) => {
          current.message = handedOn;
          return dispatcher.dispatch(current) as void | Promise<void>;
        });
      }
      if (!isThenable(result)) return;
      const pending = Promise.resolve(result);
      exchange ??= new Exchange(connection, message, undefined);
      if (reader !== undefined) this.hold(connection, pending, exchange, 0); // a loop takes the time that it wants
      else if (connection.reader !== undefined) this.#watch(connection, pending, exchange);
      else this.hold(connection, pending, exchange);
    } catch (error) {
      this.#parts.answers.fail(exchange ?? new Exchange(connection, message, undefined), error);
    }
  }

  /** Hears how `pending` ends, and lets nothing wait for it. */
  #watch(
    connection: ServerConnection<Data>,
    pending: PromiseLike<unknown>,
    exchange: Exchange<Data> | undefined,
  ): void {
    pending.then(undefined, (error) => this.#failed(connection, exchange, error));
  }

  #failed(connection: ServerConnection<Data>, exchange: Exchange<Data> | undefined, error: unknown): void {
    if (exchange === undefined) this.#parts.guard.report(connection, error);
    else this.#parts.answers.fail(exchange, error);
  }

  /** Until when, by our date, the peer waits. */
  #deadlineOf(connection: ServerConnection<Data>, message: WebSocketMessage): number | undefined {
    if (!connection.isManaged) return undefined;
    const timeoutMs = reservedOf(message)?.$timeoutMs;
    return typeof timeoutMs === "number" && timeoutMs >= 0 ? this.#parts.date() + timeoutMs : undefined;
  }
}

function timeoutError(timeoutMs: number): HandlerTimeoutError {
  return new HandlerTimeoutError(
    `Cannot wait longer for a handler as it has not settled in ${timeoutMs} ms: raise "handlerTimeoutMs" or let it return sooner`,
    timeoutMs,
  );
}
