/**
 * Decides who gets a message of the application: the handler of its room, the handler of its type, whoever reads what has
 * no handler, or nobody.
 *
 * @module
 */

import type { WebSocketMessage, WireError } from "../protocol/messages.ts";
import type { Announcer } from "./announcer.ts";
import type { Answerer, Exchange } from "./answerer.ts";
import type { Core } from "./core.ts";
import { addHandler, type AnyHandler, type Handlers } from "./handlers.ts";
import type { Reserved } from "./managed_codec.ts";
import type { Rooms } from "./rooms.ts";

/** Brings messages to their handlers. */
export interface Dispatcher {
  /** Adds the handler of a type, and returns what takes it off again. */
  handle(type: string, handler: AnyHandler): () => void;
  /** Begins with a message that has arrived; `undefined` when it only came again. */
  begin(message: WebSocketMessage): Exchange | undefined;
  /** Hands a message to whoever it is for. */
  deliver(exchange: Exchange, bytes: number): void;
  /** There is a handler that was not there before: it gets what was kept because nobody read it. */
  handlerAdded(): void;
}

/** What a dispatcher needs. */
export interface DispatcherParts {
  readonly core: Core;
  readonly announcer: Announcer;
  readonly answerer: Answerer;
  readonly findInRooms: Rooms["find"];
  /** What was said to the protocol beside messages. */
  readonly reserved: Reserved;
  /** The client's clock. */
  now(): number;
}

/** What the server is told of a message that nobody handles. */
const UNKNOWN_TYPE: WireError = { code: "unknown_type", message: "The client has no handler for this type" };

/** Makes a dispatcher without handlers, in front of the inbox. */
export function createDispatcher(
  { core, announcer, answerer, findInRooms, reserved, now }: DispatcherParts,
): Dispatcher {
  const { inbox } = core;
  const handlers: Handlers = new Map();
  /** Whether what was kept is to be offered to handlers. */
  let hasNewHandler = false;

  return {
    handle(type, handler) {
      const off = addHandler(handlers, type, handler);
      handlerAdded();
      return off;
    },
    begin(message) {
      // What came before comes first.
      offerAgain();
      const timeoutMs = reserved.get(message)?.$timeoutMs;
      return answerer.begin(message, typeof timeoutMs === "number" ? new Date(now() + timeoutMs) : undefined);
    },
    deliver,
    handlerAdded,
  };

  function deliver(exchange: Exchange, bytes: number): void {
    const { message, id } = exchange;
    const { type } = message;
    const names: unknown[] = [reserved.get(message)?.$room ?? []].flat();
    const [room] = names;
    const found = findInRooms(names, type);
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
    inbox.empty((message, bytes) => {
      const exchange = answerer.begin(message);
      if (exchange) deliver(exchange, bytes);
    });
  }
}
