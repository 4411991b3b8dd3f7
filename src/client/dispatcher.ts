/**
 * Decides who gets a message of the application: the handler of its room, the handler of its type, whoever reads what has
 * no handler, or nobody.
 *
 * @module
 */

import type { WebSocketMessage, WireError } from "../protocol/messages.ts";
import type { Answerer, Exchange } from "./answerer.ts";
import type { Rooms } from "./rooms.ts";
import type { Shared } from "./shared.ts";

/** Brings messages to their handlers. */
export interface Dispatcher {
  /** Begins with a message that has arrived; `undefined` when it only came again. */
  begin(message: WebSocketMessage): Exchange | undefined;
  /** Hands a message to whoever it is for. */
  deliver(exchange: Exchange, bytes: number): void;
  /** There is a handler that was not there before: it gets what was kept because nobody read it. */
  handlerAdded(): void;
}

/** What the server is told of a message that nobody handles. */
const UNKNOWN_TYPE: WireError = { code: "unknown_type", message: "The client has no handler for this type" };

/** Makes a dispatcher, in front of the inbox. */
export function createDispatcher(
  { options: { platform }, core, announcer, reserved, handlers }: Shared,
  answerer: Answerer,
  rooms: Pick<Rooms, "find">,
): Dispatcher {
  const { inbox } = core;
  /** Whether what was kept is to be offered to handlers. */
  let hasNewHandler = false;

  return {
    begin(message) {
      // What came before comes first.
      offerAgain();
      const timeoutMs = reserved.get(message)?.$timeoutMs;
      return answerer.begin(message, typeof timeoutMs === "number" ? new Date(platform.now() + timeoutMs) : undefined);
    },
    deliver,
    handlerAdded,
  };

  function deliver(exchange: Exchange, bytes: number): void {
    const { message, id } = exchange;
    const { type } = message;
    const names: unknown[] = [reserved.get(message)?.$room ?? []].flat();
    const [room] = names;
    const found = rooms.find(names, type);
    const handler = handlers.get(type);
    if (found[0]) {
      // There is one answer, so there is one handler where an answer is wanted.
      for (const [own, name] of id === undefined ? found : found.slice(0, 1)) answerer.run(exchange, own, name);
    } else if (handler) {
      answerer.run(exchange, handler, typeof room === "string" ? room : undefined);
    } else if (id === undefined || announcer.handlers.onMessage || inbox.isLooped) {
      answerer.leave(exchange);
      return inbox.receive(message, bytes);
    } else {
      answerer.refuse(exchange, UNKNOWN_TYPE);
    }
    announcer.tellListeners("message", message);
  }

  function handlerAdded(): void {
    hasNewHandler = true;
    // Once the present call is through: who adds a handler does not expect it to be called meanwhile.
    queueMicrotask(offerAgain);
  }

  function offerAgain(): void {
    if (!hasNewHandler) return;
    hasNewHandler = false;
    // What is not taken for good comes back, behind what is still to be looked at. A loop has a right to all of it.
    for (let left = inbox.isLooped ? 0 : inbox.items.size; left > 0; left--) {
      const { message, bytes } = inbox.shift()!;
      const exchange = answerer.begin(message);
      if (exchange) deliver(exchange, bytes);
    }
  }
}
