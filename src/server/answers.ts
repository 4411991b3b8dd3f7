/**
 * Sends what handlers answer: replies and errors, in the form that the peer understands, once for each question.
 *
 * @module
 */

import type { MessageId, Recovery } from "../protocol/messages.ts";
import type { ServerConnection } from "./connection.ts";
import type { Guard } from "./guard.ts";
import { type Exchange, isMessageId } from "./message_context.ts";
import type { Delivery } from "./delivery.ts";
import type { SendOutcome } from "./types.ts";
import { INTERNAL_ERROR, isAnswer, toWireError } from "./wire_error.ts";

/** The other parts that this one needs. */
export interface AnswerParts<Data> {
  readonly guard: Guard<Data>;
  readonly delivery: Pick<Delivery<Data>, "deliver">;
  /** The time, in milliseconds, on a clock that does not go back; it may be a second old. */
  now(): number;
  /** Checks an answer against the contract, where outgoing data is checked; throws what is wrong with it. */
  readonly checkReply: ((type: string, data: unknown) => void) | undefined;
}

/** Answers. */
export class Answers<Data> {
  readonly #parts: AnswerParts<Data>;

  /** Puts the part together. */
  constructor(parts: AnswerParts<Data>) {
    this.#parts = parts;
  }

  /**
   * Sends what a handler returned.
   *
   * @throws {TypeError} If it has no JSON form.
   */
  reply(exchange: Exchange<Data>, data: unknown): void {
    const id = exchange.wantedBy!;
    this.#parts.checkReply?.(exchange.message.type, data);
    this.replyTo(exchange.connection, id, data);
    exchange.wantedBy = undefined;
  }

  /**
   * Sends an answer to a message with this id.
   *
   * @param recovery To a join: where the peer stands in the log of the room.
   * @throws {TypeError} If it has no JSON form.
   */
  replyTo(connection: ServerConnection<Data>, id: MessageId, data: unknown, recovery?: Recovery): SendOutcome {
    const type = connection.isManaged ? "$reply" : "reply";
    if (data === undefined) data = null;
    else if (!hasJson(data)) throw noJson(data);
    return this.#deliver(connection, id, JSON.stringify({ type, id, data, ...recovery }));
  }

  /**
   * Sends an answer by hand: a message with this id that is being handled gets no other.
   *
   * @throws {TypeError} If it has no JSON form.
   */
  replyByHand(connection: ServerConnection<Data>, id: MessageId, data: unknown): SendOutcome {
    const outcome = this.replyTo(connection, id, data);
    connection.answered = id; // the message may be too new to be among those that take their time
    for (const exchange of connection.exchanges ?? []) if (exchange.wantedBy === id) exchange.wantedBy = undefined;
    return outcome;
  }

  /** The handler failed: the application learns all of it; the peer a code and a sentence, if it asked for an answer. */
  fail(exchange: Exchange<Data>, error: unknown): void {
    exchange.noteAnswer();
    const { connection, wantedBy: id } = exchange;
    if (exchange.isStoppedBy(error)) return;
    if (!isAnswer(error)) this.#parts.guard.report(connection, error);
    exchange.wantedBy = undefined;
    // Without an id there is nobody to whom a plain peer could give it; a managed peer's client tells its application.
    const wasAsked = isMessageId(exchange.message.id); // then it has its answer, or nobody waits for one
    if (id !== undefined || (connection.isManaged && !wasAsked && !exchange.isAborted)) this.#send(exchange, id, error);
  }

  #send({ connection, message }: Exchange<Data>, id: MessageId | undefined, error: unknown): void {
    const type = connection.isManaged ? "$error" : "error";
    const { guard } = this.#parts;
    let frame: string;
    try {
      frame = JSON.stringify({ type, id, error: toWireError(error, message) });
    } catch (cause) {
      guard.report(connection, cause); // the data of a MessageError that has no JSON form
      frame = JSON.stringify({ type, id, error: INTERNAL_ERROR });
    }
    this.#deliver(connection, id, frame);
  }

  /** Sends an answer, and keeps it for who asks again under the same id. */
  #deliver(connection: ServerConnection<Data>, id: MessageId | undefined, frame: string): SendOutcome {
    const outcome = this.#parts.delivery.deliver(connection, frame);
    const { session } = connection;
    if (session !== undefined && id !== undefined) {
      session.answers.answer(id, frame, session.inbox.end, this.#parts.now());
    }
    return outcome;
  }
}

/** Whether JSON.stringify would not leave it out. */
function hasJson(data: unknown): boolean {
  if (typeof data === "function" || typeof data === "symbol" || isBytes(data)) return false;
  const { toJSON } = (data ?? {}) as { readonly toJSON?: unknown };
  return typeof toJSON !== "function" || JSON.stringify(data) !== undefined;
}

function isBytes(data: unknown): boolean {
  return typeof data === "object" && (ArrayBuffer.isView(data) || data instanceof ArrayBuffer);
}

function noJson(data: unknown): TypeError {
  const what = isBytes(data) ? "bytes" : typeof data === "object" ? "an object without one" : `a ${typeof data}`;
  return new TypeError(
    `Cannot answer with ${what} as an answer has a JSON form: return a JSON value, or send bytes as a message`,
  );
}
