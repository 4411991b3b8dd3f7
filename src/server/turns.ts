/**
 * The order in which messages of one connection are handled, how many may wait, and how long a handler may take.
 *
 * @module
 */

import { HandlerTimeoutError } from "../errors.ts";
import { BoundedQueue } from "../internal/bounded_queue.ts";
import { CloseCode } from "../protocol/close_codes.ts";
import type { MessageId, WebSocketMessage } from "../protocol/messages.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import type { Dispatcher } from "./dispatch.ts";
import { isThenable } from "./guard.ts";
import { type ExchangeParts, Exchanges } from "./exchanges.ts";
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
export interface TurnParts<Data> extends ExchangeParts<Data> {
  readonly scheduler: Scheduler;
  readonly counters: Counters;
  readonly dispatcher: Dispatcher<Data>;
  readonly pipeline: Pipeline<WebSocketConnection<Data>, WebSocketMessage>;
  /** Whether anybody listens to `message:received`, and what tells them. */
  readonly received: { has(): boolean; tell(connection: ServerConnection<Data>, message: WebSocketMessage): void };
  /** A message with this number was handled. */
  settled(connection: ServerConnection<Data>, number: number): void;
  /** Ends a connection whose peer broke a rule. */
  kill(connection: ServerConnection<Data>, code: number, reason: string): void;
}

/** A handler, or the rule of a room, whose promise is pending. */
export interface Running {
  /** Whether it is the rule of a room. */
  readonly isRule: boolean;
  /** Whether nothing behind it begins before it is over, however many handlers may run at once. */
  readonly isAlone: boolean;
  /** Ends the wait for it. */
  over(): void;
}

/** The messages of one connection that wait for their turn. There is one only while something is pending. */
export interface Turn<Data> {
  /** What is pending. */
  readonly running: Set<Running>;
  /** Messages behind them. */
  readonly waiting: BoundedQueue<Exchange<Data>>;
  /** What is to be done when all have been handled. */
  whenDone: (() => void) | undefined;
}

/** Gives each message its turn. */
export class Turns<Data> {
  readonly #limits: TurnLimits;
  readonly #parts: TurnParts<Data>;
  readonly #exchanges: Exchanges<Data>;

  /** Puts the part together. */
  constructor(limits: TurnLimits, parts: TurnParts<Data>) {
    this.#limits = limits;
    this.#parts = parts;
    this.#exchanges = new Exchanges<Data>(parts);
  }

  /**
   * Takes an application's message: handles it now, or when those before it have been handled.
   *
   * @param number Its number, where its peer numbers them.
   */
  accept(connection: ServerConnection<Data>, message: WebSocketMessage, size: number, number: number = 0): void {
    this.#parts.counters.received++;
    connection.lastMessageAt = connection.lastSeenAt;
    const turn = connection.turn;
    if (turn === undefined || (turn.waiting.size === 0 && this.#hasRoom(turn))) {
      this.#handle(connection, message, number);
    } else if (!turn.waiting.push(this.#exchanges.begin(connection, message, number), size)) {
      this.#returned(connection, message, number);
      this.#parts.kill(connection, CloseCode.TOO_MANY, "too many messages wait for their handler");
    }
  }

  /**
   * Lets later messages wait until `pending` has settled, or the deadline for handlers has passed.
   *
   * @param exchange The message whose handler it is; none for what belongs to no message.
   */
  hold(connection: ServerConnection<Data>, pending: PromiseLike<unknown>, exchange?: Exchange<Data>): void {
    // What has begun a loop over the messages waits for them, and not they for it.
    if (exchange === undefined && connection.reader !== undefined) {
      return this.#exchanges.follow(connection, pending, exchange);
    }
    const { scheduler } = this.#parts;
    const { maxQueuedMessages, maxQueuedBytes, handlerTimeoutMs } = this.#limits;
    const turn = connection.turn ??= {
      running: new Set(),
      waiting: new BoundedQueue<Exchange<Data>>(maxQueuedMessages, maxQueuedBytes),
      whenDone: undefined,
    };
    const isRule = exchange?.message.type === "$join";
    const running: Running = {
      isRule,
      isAlone: isRule || exchange === undefined,
      over: () => {
        if (!turn.running.delete(running)) return;
        scheduler.forget(deadline);
        if (exchange !== undefined) this.#settled(connection, exchange.number);
        this.#next(connection, turn);
      },
    };
    const deadline = new Alarm(() => {
      if (exchange?.isRead === true) return;
      this.#exchanges.expire(connection, exchange, timeoutError(handlerTimeoutMs));
      running.over();
    });
    turn.running.add(running);
    if (handlerTimeoutMs > 0 && exchange?.isRead !== true) scheduler.wakeIn(deadline, handlerTimeoutMs);
    this.#exchanges.follow(connection, pending, exchange, running.over);
  }

  /**
   * Calls `action` when all messages that arrived before have been handled. A loop over them takes the time that it wants,
   * but where it does not ask for the next one within the deadline for handlers it is not waited for.
   */
  whenDone(connection: ServerConnection<Data>, action: () => void): void {
    const { turn, reader } = connection;
    const { handlerTimeoutMs } = this.#limits;
    if (turn === undefined) return action();
    turn.whenDone = action;
    if (reader === undefined || handlerTimeoutMs === 0) return;
    const { scheduler, guard } = this.#parts;
    let { given } = reader;
    const deadline = new Alarm(() => {
      if (connection.reader !== reader) return;
      if (given === reader.given) {
        guard.report(connection, timeoutError(handlerTimeoutMs));
        return reader.leave();
      }
      given = reader.given;
      scheduler.wakeIn(deadline, handlerTimeoutMs);
    });
    turn.whenDone = () => {
      scheduler.forget(deadline);
      action();
    };
    scheduler.wakeIn(deadline, handlerTimeoutMs);
  }

  /** Throws away what waits. A client that numbers its messages sends those again, if it comes back. */
  discard(connection: ServerConnection<Data>): void {
    const { waiting } = connection.turn ?? {};
    for (let exchange = waiting?.shift(); exchange !== undefined; exchange = waiting?.shift()) {
      this.#returned(connection, exchange.message, exchange.number);
    }
  }

  /** The peer does not wait for the answer to this message any more, of which there may be several copies. */
  cancel(connection: ServerConnection<Data>, id: MessageId): void {
    const removed: number[] = [];
    connection.turn?.waiting.remove(({ wantedBy, number }) => {
      if (wantedBy !== id) return false;
      removed.push(number);
      return true;
    });
    this.#exchanges.cancel(connection, id);
    // It may be asked anew, and what was counted of it has been dealt with.
    connection.session?.answers.giveUp(id);
    for (const number of removed) this.#settled(connection, number);
  }

  /** The peer has gone, and waits for nothing any more. */
  gone(connection: ServerConnection<Data>): void {
    this.#exchanges.gone(connection);
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
    for (const running of [...connection.turn?.running ?? []]) if (!running.isRule) running.over();
    return reader;
  }

  /** Whether another message may be handled beside those at work. */
  #hasRoom({ running }: Turn<Data>): boolean {
    if (running.size >= this.#limits.concurrency) return false;
    for (const { isAlone } of running) if (isAlone) return false;
    return true;
  }

  #next(connection: ServerConnection<Data>, turn: Turn<Data>): void {
    while (this.#hasRoom(turn)) {
      const exchange = turn.waiting.shift();
      if (exchange === undefined) break;
      this.#handle(connection, exchange.message, exchange.number, exchange);
    }
    if (turn.running.size > 0 || turn.waiting.size > 0 || connection.turn !== turn) return;
    connection.turn = undefined;
    turn.whenDone?.();
  }

  /** Handles a message; `exchange` is there already where it had to wait. */
  #handle(
    connection: ServerConnection<Data>,
    message: WebSocketMessage,
    number: number,
    exchange?: Exchange<Data>,
  ): void {
    const { received, pipeline, dispatcher } = this.#parts;
    connection.answered = undefined;
    if (received.has()) received.tell(connection, message);
    const { reader } = connection;
    try {
      let result: unknown;
      if (pipeline.isEmpty && dispatcher.isTrivial) result = dispatcher.rest(connection, message, exchange);
      else {
        const current = exchange ??= this.#exchanges.begin(connection, message, number);
        this.#exchanges.abortIfGone(current);
        result = pipeline.isEmpty ? dispatcher.dispatch(current) : pipeline.run(connection, message, (_, handedOn) => {
          current.message = handedOn;
          return dispatcher.dispatch(current) as void | Promise<void>;
        });
      }
      if (!isThenable(result)) return this.#settled(connection, number);
      const pending = Promise.resolve(result);
      if (exchange === undefined) {
        exchange = new Exchange(connection, message, undefined, number);
        exchange.isRead = reader !== undefined;
      }
      if (reader === undefined && connection.reader !== undefined) {
        this.#exchanges.follow(connection, pending, exchange, () => this.#settled(connection, number));
      } else this.hold(connection, pending, exchange);
    } catch (error) {
      this.#parts.answers.fail(exchange ?? new Exchange(connection, message, undefined, number), error);
      this.#settled(connection, number);
    }
  }

  /** A message was handled, for good or bad. */
  #settled(connection: ServerConnection<Data>, number: number): void {
    if (number > 0) this.#parts.settled(connection, number);
  }

  /** A message was taken and will not be handled. */
  #returned(connection: ServerConnection<Data>, { id }: WebSocketMessage, number: number): void {
    const { session } = connection;
    if (number === 0 || session === undefined || !session.counts(connection)) return;
    session.handled.rewind(number);
    if (id !== undefined) session.answers.forget(id);
  }
}

function timeoutError(timeoutMs: number): HandlerTimeoutError {
  return new HandlerTimeoutError(
    `Cannot wait longer for a handler as it has not settled in ${timeoutMs} ms: raise "handlerTimeoutMs" or let it return sooner`,
    timeoutMs,
  );
}
