/**
 * Decides who gets a message that has come through the middleware: the handler of its room, the handler of its type, a
 * loop over the connection, `onMessage`, or nobody. What is synchronous stays so.
 *
 * @module
 */

import { MessageError, UnknownTypeError } from "../errors.ts";
import { escapeText } from "../internal/escape.ts";
import { type CompiledContract, invalidData, validate, type Validated } from "../protocol/contract_check.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import type { ServerConnection } from "./connection.ts";
import { type Guard, isThenable } from "./guard.ts";
import type { Exchange } from "./message_context.ts";
import type { RoomDesk } from "./room_desk.ts";
import type { Router } from "./router.ts";
import type { Counters } from "./stats.ts";
import type { AnyHandler } from "./types.ts";

/** Types that nobody handles, of which the application is told; the types come from peers. */
const MAX_REPORTED_TYPES = 100;

/** The other parts that this one needs. */
export interface DispatchParts<Data> {
  readonly router: Router;
  readonly guard: Guard<Data>;
  readonly counters: Counters;
  readonly rooms: RoomDesk<Data>;
  readonly contract: CompiledContract | undefined;
  /** Sends the answer of a handler. */
  reply(exchange: Exchange<Data>, data: unknown): void;
}

/** Brings messages to their handlers. */
export class Dispatcher<Data> {
  readonly #parts: DispatchParts<Data>;
  readonly #reported = new Set<string>();

  /** Puts the part together. */
  constructor(parts: DispatchParts<Data>) {
    this.#parts = parts;
  }

  /** Whether there is nothing to decide: every message goes where {@linkcode rest} sends it. */
  get isTrivial(): boolean {
    const { router, rooms, contract } = this.#parts;
    return router.isEmpty && contract === undefined && !rooms.hasHandlers;
  }

  /**
   * Hands a message to whoever it is for.
   *
   * @returns A promise when that takes time. What the handler throws comes through.
   */
  dispatch(exchange: Exchange<Data>): unknown {
    const { router, rooms, contract } = this.#parts;
    const { message, connection } = exchange;
    if (exchange.isCancelled) return undefined;
    if (message.room !== undefined && rooms.hasHandlers) {
      const route = rooms.route(connection, message);
      if (route === "not_joined") throw NOT_JOINED;
      if (route !== undefined) {
        exchange.room = message.room;
        return this.#validated(exchange, (data) => this.#call(exchange, route.handler, data));
      }
    }
    const handler = router.isEmpty ? undefined : router.find(message.type);
    if (handler !== undefined) {
      return contract === undefined
        ? this.#call(exchange, handler, message.data)
        : this.#validated(exchange, (data) => this.#call(exchange, handler, data));
    }
    return contract === undefined ? this.rest(connection, message, exchange) : this.#validatedRest(exchange, contract);
  }

  /** Hands on a message for whose type there is no handler; there need not be an exchange for it. */
  rest(
    connection: ServerConnection<Data>,
    message: WebSocketMessage,
    exchange: Exchange<Data> | undefined,
  ): unknown {
    const { reader } = connection;
    const { handlers } = this.#parts.guard;
    if (reader !== undefined) {
      if (exchange !== undefined) exchange.isRead = true;
      return reader.take(message, () => this.rest(connection, message, exchange));
    }
    if (handlers.onMessage === undefined) return this.#unknown(message);
    return handlers.onMessage(connection, message); // called on the object, which may be a class of the application
  }

  #validatedRest(exchange: Exchange<Data>, contract: CompiledContract): unknown {
    const { connection, message } = exchange;
    if (!contract.knows(message.type)) return this.#unknown(message);
    return this.#validated(
      exchange,
      (data) => this.rest(connection, data === message.data ? message : { ...message, data }, exchange),
    );
  }

  /** Calls `then` with the data that the contract's schema makes of the message's; at once where the schema is sync. */
  #validated(exchange: Exchange<Data>, then: (data: unknown) => unknown): unknown {
    const { type, data } = exchange.message;
    const schema = this.#parts.contract?.incoming(type);
    if (schema === undefined) return then(data);
    const verdict = validate(schema, data);
    return isThenable(verdict) ? this.#validatedLater(exchange, verdict, then) : judged(verdict, type, then);
  }

  async #validatedLater(
    exchange: Exchange<Data>,
    pending: PromiseLike<Validated>,
    then: (data: unknown) => unknown,
  ): Promise<void> {
    const verdict = await pending;
    if (!exchange.isCancelled) await judged(verdict, exchange.message.type, then);
  }

  #call(exchange: Exchange<Data>, handler: AnyHandler, data: unknown): unknown {
    const result = handler(data, exchange);
    if (isThenable(result)) return this.#replyLater(exchange, result);
    exchange.noteAnswer();
    exchange.commit();
    if (exchange.wantedBy !== undefined) this.#parts.reply(exchange, result);
    return undefined;
  }

  async #replyLater(exchange: Exchange<Data>, result: PromiseLike<unknown>): Promise<void> {
    const data = await result;
    exchange.commit();
    if (exchange.wantedBy !== undefined) this.#parts.reply(exchange, data);
  }

  /** Nobody takes it. The application hears of it once for each type, if it sorts messages by type at all. */
  #unknown({ type }: WebSocketMessage): void {
    this.#parts.counters.unhandled++;
    if (this.isTrivial) return;
    const shown = escapeText(type);
    const error = new UnknownTypeError(
      `Cannot handle a message of type "${shown}" as there is no handler for it: add one with handle(), or set onMessage`,
      shown,
    );
    if (this.#reported.size < MAX_REPORTED_TYPES && !this.#reported.has(shown)) {
      this.#reported.add(shown);
      this.#parts.guard.report(undefined, error);
    }
    throw error;
  }
}

function judged(verdict: Validated, type: string, then: (data: unknown) => unknown): unknown {
  if (verdict.ok) return then(verdict.value);
  throw invalidData("incoming", type, verdict.issues);
}

const NOT_JOINED = new MessageError("not_joined", "Join the room before you send to it");
