/**
 * Calls the application's handlers, and sends back what those answer.
 *
 * @module
 */

import { MessageError } from "../errors.ts";
import type { MessageId, WebSocketMessage, WireError } from "../protocol/messages.ts";
import type { Announcer } from "./announcer.ts";
import type { Core } from "./core.ts";
import type { AnyHandler } from "./handlers.ts";
import type { ClientSendOutcome } from "./types.ts";

/** What a message asks for, from its arrival on. */
export interface Exchange {
  readonly message: WebSocketMessage;
  /** The id for the answer; `undefined` where none is wanted. */
  readonly id: MessageId | undefined;
  /** Until when it is waited for. */
  readonly deadline: Date | undefined;
  /** Aborted when nobody waits any more; there is none where no answer is wanted. */
  readonly stop: AbortController | undefined;
}

/** Answers. */
export interface Answerer {
  /** Begins with a message; `undefined` when it only came again, while the first one is still at work. */
  begin(message: WebSocketMessage, deadline?: Date): Exchange | undefined;
  /** Calls a handler, at once; what it returns is the answer, if one is wanted. Its promise never rejects. */
  run(exchange: Exchange, handler: AnyHandler, room?: string): Promise<void>;
  /** Answers no, if an answer is wanted: what is told is that it failed, unless there is more to say. */
  refuse(exchange: Exchange, error?: WireError): void;
  /** Somebody else sees to this message. */
  leave(exchange: Exchange): void;
  /** Answers by hand. */
  reply(id: MessageId, data: unknown): ClientSendOutcome;
  /** The server does not wait any more for the answer to this. */
  cancel(id: MessageId): void;
  /** The connection has ended, and its session too: nobody waits any more. */
  closed(reason: Error): void;
}

/** What an answerer needs. */
export interface AnswererParts {
  readonly core: Core;
  readonly announcer: Announcer;
  /** Whether an answer would find who asked: now, or when the session goes on. */
  canAnswer(): boolean;
  /** What stands in front of the types of answers: nothing where the server speaks the plain protocol. */
  readonly mark: "$" | "";
  /** Checks an answer against the contract; throws what is wrong with it. */
  checkReply(type: string, data: unknown): void | Promise<void>;
}

/** What the server is told of a handler that failed. What it threw is told to the application alone. */
const INTERNAL_ERROR: WireError = { code: "internal_error", message: "The client could not handle this message" };

/** Makes an answerer. */
export function createAnswerer({ core, announcer, canAnswer, mark, checkReply }: AnswererParts): Answerer {
  /** Those for whose answers the server waits. */
  const running = new Map<MessageId | undefined, Exchange>();
  /** What stops the handlers at work. */
  const stops = new Set<AbortController>();

  return {
    begin(message, deadline) {
      const id = wantedBy(message);
      if (running.has(id)) return undefined;
      const stop = id === undefined ? undefined : new AbortController();
      const exchange = { message, id, deadline, stop };
      if (id !== undefined) running.set(id, exchange);
      return exchange;
    },
    async run(exchange, handler, room) {
      const { message, id, deadline, stop = new AbortController() } = exchange;
      const { signal } = stop;
      const fail = (error: unknown) => {
        // If it only stopped because it was told to, nobody wants to hear of it.
        if (signal.aborted && error === signal.reason) return;
        const isAnswer = error instanceof MessageError && id !== undefined;
        if (!isAnswer) announcer.fail(error);
        refuse(
          exchange,
          isAnswer ? { code: error.errorCode, message: error.message, data: error.data } : INTERNAL_ERROR,
        );
      };
      try {
        if (signal.aborted) return;
        stops.add(stop);
        const answering = handler(message.data, { message, signal, deadline, room });
        core.handed(message);
        const data = await answering;
        if (id === undefined) return;
        await checkReply(message.type, data);
        const yes = answer(id, data);
        if (isWanted(exchange) && core.send(...yes) === "dropped") core.send(...no(id));
      } catch (error) {
        try {
          fail(error);
        } catch (cause) {
          fail(cause); // what a MessageError carries has no JSON form
        }
      } finally {
        stops.delete(stop);
        core.handed(message);
      }
    },
    refuse,
    leave: isWanted,
    reply(id, data) {
      const whole = answer(id, data);
      // On another connection it would be the answer to another question.
      return canAnswer() ? core.send(...whole) : "closed";
    },
    cancel(id) {
      running.get(id)?.stop?.abort(new DOMException("The server gave it up", "AbortError"));
      running.delete(id);
    },
    closed(reason) {
      const ended = [...stops, ...[...running.values()].map(({ stop }) => stop!)];
      running.clear();
      for (const stop of ended) stop.abort(reason);
    },
  };

  /** Whether the answer is still waited for, and has not been given: it is now. */
  function isWanted(exchange: Exchange): boolean {
    const { id } = exchange;
    return running.get(id) === exchange && running.delete(id) && canAnswer();
  }

  function refuse(exchange: Exchange, error?: WireError): void {
    const whole = no(exchange.id, error);
    core.handed(exchange.message);
    if (isWanted(exchange)) core.send(...whole);
  }

  /** An answer, and what stands in its frame. */
  function answer(id: MessageId, data: unknown = null): Answer {
    if (JSON.stringify(data) === undefined || ArrayBuffer.isView(data) || data instanceof ArrayBuffer) {
      throw new TypeError("Cannot answer with what is not JSON");
    }
    return written({ type: `${mark}reply`, id, data });
  }

  function no(id: MessageId | undefined, error = INTERNAL_ERROR): Answer {
    return written({ type: `${mark}error`, id, error });
  }
}

type Answer = [message: object, frame: string];

function written(message: object): Answer {
  return [message, JSON.stringify(message)];
}

/** The id under which a message wants an answer. Answers want none. Identifiers are kept, so they are bounded. */
function wantedBy({ type, id }: WebSocketMessage): MessageId | undefined {
  const isId = typeof id === "string" ? id.length <= 128 : Number.isSafeInteger(id);
  return isId && type !== "reply" && type !== "error" ? id : undefined;
}
