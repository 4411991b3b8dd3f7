/**
 * Calls the application's handlers, and sends back what those answer.
 *
 * @module
 */

import type { MessageId, WebSocketMessage, WireError } from "../protocol/messages.ts";
import type { Answer } from "./answers.ts";
import type { AnyHandler } from "./handlers.ts";
import type { Shared } from "./shared.ts";

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
  /** The server does not wait any more for the answer to this. */
  cancel(id: MessageId): void;
  /** The connection has ended, and its session too: nobody waits any more. */
  closed(reason: Error): void;
}

/** What the server is told of a handler that failed. What it threw is told to the application alone. */
const INTERNAL_ERROR: WireError = { code: "internal_error", message: "The client could not handle this message" };

/** Makes an answerer; `checkReply` holds an answer to the contract, and throws what is wrong with it. */
export function createAnswerer(
  { core, announcer, delivery, isManaged, canAnswer, answer, wantedBy, MessageError }: Shared,
  checkReply: (type: string, data: unknown) => void | Promise<void>,
): Answerer {
  const mark = isManaged ? "$" : "";
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
        delivery.handed(message);
        const data = await answering;
        if (id === undefined) return;
        await checkReply(message.type, data);
        const yes = answer(mark, id, data);
        if (isWanted(exchange) && core.send(...yes) === "dropped") core.send(...no(id));
      } catch (error) {
        try {
          fail(error);
        } catch (cause) {
          fail(cause); // what a MessageError carries has no JSON form
        }
      } finally {
        stops.delete(stop);
        delivery.handed(message);
      }
    },
    refuse,
    leave: isWanted,
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
    delivery.handed(exchange.message);
    if (isWanted(exchange)) core.send(...whole);
  }

  function no(id: MessageId | undefined, error = INTERNAL_ERROR): Answer {
    const message = { type: `${mark}error`, id, error };
    return [message, JSON.stringify(message)];
  }
}
