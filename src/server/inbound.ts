/**
 * From frame to handler: sizes, decoding, order, deadlines, and what a failed handler's peer is told.
 *
 * @module
 */

import { HandlerTimeoutError, ProtocolError } from "../errors.ts";
import { BoundedQueue } from "../internal/bounded_queue.ts";
import { exceedsUtf8 } from "../internal/utf8.ts";
import { CloseCode } from "../protocol/close_codes.ts";
import { binaryMessage, decodePlain } from "../protocol/codec.ts";
import type { MessageId, WebSocketMessage } from "../protocol/messages.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import { type Guard, isThenable } from "./guard.ts";
import type { ManagedPeers } from "./managed.ts";
import type { Outbound } from "./outbound.ts";
import type { Pipeline } from "./pipeline.ts";
import { Alarm, type Scheduler } from "./scheduler.ts";
import type { Counters } from "./stats.ts";
import type { WebSocketConnection } from "./types.ts";

/** Bounds of what one peer may send. */
export interface InboundLimits {
  /** The largest message, in bytes. */
  readonly maxMessageBytes: number;
  /** Messages that may wait for a handler. */
  readonly maxQueuedMessages: number;
  /** Bytes that may wait for a handler. */
  readonly maxQueuedBytes: number;
  /** Handlers of one connection that may run at once. */
  readonly concurrency: number;
  /** How long a handler may take; 0 for any time. */
  readonly handlerTimeoutMs: number;
  /** Whether a plain peer's JSON ping is answered by us. */
  readonly answerPing: boolean;
}

/** The other parts that this one needs. */
export interface InboundParts<Data> {
  readonly scheduler: Scheduler;
  readonly counters: Counters;
  readonly guard: Guard<Data>;
  readonly outbound: Outbound<Data>;
  readonly pipeline: Pipeline<WebSocketConnection<Data>, WebSocketMessage>;
  /** Takes what managed peers send. */
  readonly managed: ManagedPeers<Data>;
  /** Whether anybody listens to `message:received`, and what tells them. */
  readonly received: { has(): boolean; tell(connection: ServerConnection<Data>, message: WebSocketMessage): void };
  /** Ends a connection whose peer broke a rule. */
  kill(connection: ServerConnection<Data>, code: number, reason: string, error?: Error): void;
}

/** The messages of one connection that wait for their turn. There is one only while a handler's promise is pending. */
export interface Turn {
  /** Handlers that run. */
  running: number;
  /** Messages behind them. */
  readonly waiting: BoundedQueue<WebSocketMessage>;
  /** What is to be done when all have been handled. */
  whenDone: (() => void) | undefined;
}

/** Receives. */
export class Inbound<Data> {
  readonly #limits: InboundLimits;
  readonly #parts: InboundParts<Data>;

  /** Puts the part together. */
  constructor(limits: InboundLimits, parts: InboundParts<Data>) {
    this.#limits = limits;
    this.#parts = parts;
  }

  /** Takes what the socket delivered. Never throws. */
  receive(connection: ServerConnection<Data>, data: unknown): void {
    // What arrives after we began to close was not asked for.
    if (connection.phase !== Phase.OPEN && connection.phase !== Phase.HELLO) return;
    connection.lastSeenAt = this.#parts.scheduler.coarseNow;
    try {
      if (typeof data === "string") this.#receiveText(connection, data);
      else this.#receiveBytes(connection, new Uint8Array(data as ArrayBuffer));
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.#parts.kill(connection, error.closeCode, "the message breaks the protocol", error);
      } else this.#parts.guard.report(connection, error);
    }
  }

  #receiveText(connection: ServerConnection<Data>, text: string): void {
    if (exceedsUtf8(text, this.#limits.maxMessageBytes)) return this.#tooBig(connection);
    if (connection.isManaged) return this.#parts.managed.receiveText(connection, text);
    const message = decodePlain(text);
    if (message.type === "ping" && this.#limits.answerPing) return this.#answerPing(connection, message);
    this.accept(connection, message, text.length);
  }

  #receiveBytes(connection: ServerConnection<Data>, bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length > this.#limits.maxMessageBytes) return this.#tooBig(connection);
    if (connection.isManaged) return this.#parts.managed.receiveBytes(connection, bytes);
    this.accept(connection, binaryMessage(bytes), bytes.length);
  }

  /** Takes an application's message: handles it now, or when those before it have been handled. */
  accept(connection: ServerConnection<Data>, message: WebSocketMessage, size: number): void {
    this.#parts.counters.received++;
    connection.lastMessageAt = connection.lastSeenAt;
    const turn = connection.turn;
    if (turn === undefined || (turn.running < this.#limits.concurrency && turn.waiting.size === 0)) {
      this.#handle(connection, message);
    } else if (!turn.waiting.push(message, size)) {
      this.#parts.kill(connection, CloseCode.TOO_MANY, "too many messages wait for their handler");
    }
  }

  /** Lets later messages wait until `pending` has settled, or the deadline for handlers has passed. */
  hold(connection: ServerConnection<Data>, pending: PromiseLike<unknown>, message?: WebSocketMessage): void {
    const { scheduler } = this.#parts;
    const { maxQueuedMessages, maxQueuedBytes, handlerTimeoutMs } = this.#limits;
    const turn = connection.turn ??= {
      running: 0,
      waiting: new BoundedQueue<WebSocketMessage>(maxQueuedMessages, maxQueuedBytes),
      whenDone: undefined,
    };
    turn.running++;
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      scheduler.forget(deadline);
      turn.running--;
      this.#next(connection, turn);
    };
    const deadline = new Alarm(() => {
      this.#failed(connection, message, timeoutError(handlerTimeoutMs));
      over();
    });
    if (handlerTimeoutMs > 0) scheduler.wakeIn(deadline, handlerTimeoutMs);
    pending.then(over, (error) => {
      if (isOver) this.#parts.guard.report(connection, error); // the peer was told when the deadline passed
      else this.#failed(connection, message, error);
      over();
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

  #next(connection: ServerConnection<Data>, turn: Turn): void {
    while (turn.running < this.#limits.concurrency) {
      const message = turn.waiting.shift();
      if (message === undefined) break;
      this.#handle(connection, message);
    }
    if (turn.running > 0 || turn.waiting.size > 0) return;
    connection.turn = undefined;
    turn.whenDone?.();
  }

  #handle(connection: ServerConnection<Data>, message: WebSocketMessage): void {
    const { received, pipeline, guard } = this.#parts;
    if (received.has()) received.tell(connection, message);
    try {
      const result: unknown = pipeline.isEmpty
        ? guard.handlers.onMessage?.(connection, message)
        : pipeline.run(connection, message, this.#inside);
      if (isThenable(result)) this.hold(connection, Promise.resolve(result), message);
    } catch (error) {
      this.#failed(connection, message, error);
    }
  }

  readonly #inside = (connection: WebSocketConnection<Data>, message: WebSocketMessage): void | Promise<void> =>
    this.#parts.guard.handlers.onMessage?.(connection, message);

  /** The application learns all of it; the peer a code and a sentence, if its message asked for an answer. */
  #failed(connection: ServerConnection<Data>, message: WebSocketMessage | undefined, error: unknown): void {
    this.#parts.guard.report(connection, error);
    if (message === undefined || !isMessageId(message.id)) return;
    const type = connection.isManaged ? "$error" : "error";
    const answer = { type, id: message.id, error: INTERNAL_ERROR };
    this.#parts.outbound.deliver(connection, JSON.stringify(answer));
  }

  #answerPing(connection: ServerConnection<Data>, ping: WebSocketMessage): void {
    const pong = ping.data === undefined ? { type: "pong" } : { type: "pong", data: ping.data };
    this.#parts.outbound.deliver(connection, JSON.stringify(pong));
  }

  #tooBig(connection: ServerConnection<Data>): void {
    const { maxMessageBytes } = this.#limits;
    this.#parts.kill(connection, CloseCode.TOO_BIG, `a message may have ${maxMessageBytes} bytes`);
  }
}

const INTERNAL_ERROR = { code: "internal_error", message: "The server could not handle this message" };

function timeoutError(timeoutMs: number): HandlerTimeoutError {
  return new HandlerTimeoutError(
    `Cannot wait longer for a handler as it has not settled in ${timeoutMs} ms: raise "handlerTimeoutMs" or let it return sooner`,
    timeoutMs,
  );
}

function isMessageId(id: unknown): id is MessageId {
  return Number.isSafeInteger(id) || (typeof id === "string" && id.length <= 128);
}
