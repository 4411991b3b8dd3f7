/**
 * One message while it is handled: what a handler is given beside the data, and whether its answer is still wanted.
 *
 * @module
 */

import { ConnectionClosedError } from "../errors.ts";
import { abortSafely } from "../internal/abort.ts";
import type { MessageId, WebSocketMessage } from "../protocol/messages.ts";
import type { ServerConnection } from "./connection.ts";
import type { MessageContext } from "./types.ts";

/** Identifiers of peers are kept while their message is handled, so they are bounded. */
const MAX_ID_LENGTH = 128;

/** The context behind {@linkcode MessageContext}. What most handlers never look at is made by the first look. */
export class Exchange<Data> implements MessageContext<Data> {
  readonly connection: ServerConnection<Data>;
  /** The message, as the last middleware handed it on. */
  message: WebSocketMessage;
  /** The room whose handler has it. Written by the dispatcher. */
  room: string | undefined = undefined;
  /** Under which id an answer is wanted; `undefined` when none is, when it was given, and when nobody waits for it any more. */
  wantedBy: MessageId | undefined;
  /** Whether a loop over the connection has it, which takes the time that it wants. Written by the dispatcher. */
  isRead = false;
  /** The number of the message, where its peer numbers them; else 0. */
  readonly number: number;
  /** What is to be sent when the handler is done. */
  #publications: (() => unknown)[] | undefined;
  /** Whether its time was over: what its handler comes to is told to nobody. Written by the turns. */
  isExpired = false;
  /** Whether the peer gave it up: where no handler has it yet, none gets it. Written by the turns. */
  isCancelled = false;
  readonly #deadlineAtMs: number | undefined;
  #controller: AbortController | undefined;
  #isAborted = false;
  #reason: unknown;

  /** Begins with a message; `deadlineAtMs` is the date until which the asker waits, where it said so; `number` its number, or 0. */
  constructor(
    connection: ServerConnection<Data>,
    message: WebSocketMessage,
    deadlineAtMs: number | undefined,
    number: number = 0,
  ) {
    this.connection = connection;
    this.message = message;
    this.wantedBy = wantedBy(message, connection.isManaged);
    this.#deadlineAtMs = deadlineAtMs;
    this.number = number;
  }

  /** Takes note of an answer that its handler gave by hand before it returned, or threw. */
  noteAnswer(): void {
    if (this.connection.answered === this.wantedBy) this.wantedBy = undefined;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get deadline(): Date | undefined {
    return this.#deadlineAtMs === undefined ? undefined : new Date(this.#deadlineAtMs);
  }

  get messageKey(): string | undefined {
    return this.number === 0 ? undefined : this.connection.session?.keyOf(this.connection, this.number);
  }

  /** A function of its own, as handlers take it out of their context; made when it is taken. */
  get publish(): MessageContext<Data>["publish"] {
    return (room, message, options = {}) => {
      (this.#publications ??= []).push(this.connection.prepareBroadcast(message, { ...options, room }));
    };
  }

  /** The handler has done what it had to, and in time: sends what it has published. */
  commit(): void {
    if (this.isExpired) return;
    const publications = this.#publications;
    this.#publications = undefined;
    for (const send of publications ?? []) send();
  }

  /** Whether it was told that nobody waits any more. */
  get isAborted(): boolean {
    return this.#isAborted;
  }

  /** Nobody waits for the answer any more, for this reason. */
  abort(reason: Error): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.wantedBy = undefined;
    this.#reason = reason;
    if (this.#controller === undefined) return;
    abortSafely(this.#controller, reason, (error) => this.connection.failed(error));
  }

  /** Whether `error` only says that the handler stopped because nobody waits any more. */
  isStoppedBy(error: unknown): boolean {
    if (!this.#isAborted) return false;
    // Who waited for an answer of the same peer hears of its end in that way.
    const isGone = this.#reason instanceof ConnectionClosedError && error instanceof ConnectionClosedError;
    return isGone || error === this.#reason;
  }
}

/** Whether this can be the id of a message that wants an answer. */
export function isMessageId(id: unknown): id is MessageId {
  return typeof id === "string" ? id.length <= MAX_ID_LENGTH : Number.isSafeInteger(id);
}

/** The id under which a message wants an answer, if it does. An answer wants none, or two peers could go on for ever. */
function wantedBy({ type, id }: WebSocketMessage, isManaged: boolean): MessageId | undefined {
  const isAnswer = !isManaged && (type === "reply" || type === "error");
  return isMessageId(id) && !isAnswer ? id : undefined;
}
