/**
 * What extends a server: middleware for connections and for messages, and plugins that put in several things at once.
 *
 * @module
 */

import type { Off } from "../internal/emitter.ts";
import type { Contract } from "../protocol/contract.ts";
import type { RoomPattern, ServerHandles } from "../protocol/contract_types.ts";
import type { Sendable, WebSocketMessage } from "../protocol/messages.ts";
import type { RoomRule } from "./room_types.ts";
import type { ConnectionView } from "./selection.ts";
import type { ConnectionLayer } from "./sign_in_types.ts";
import type { MessageHandler, WebSocketConnection, WebSocketServerEvents, WebSocketStats } from "./types.ts";

/** Wraps the handling of every message, see {@linkcode WebSocketMiddleware.message}. */
// deno-lint-ignore no-explicit-any -- without a type argument it fits any server
export type MessageLayer<Data = any> = (
  connection: WebSocketConnection<Data>,
  message: WebSocketMessage,
  next: (message?: WebSocketMessage) => void | Promise<void>,
) => void | Promise<void>;

/** Wraps the way in of connections, the handling of messages, or both. */
// deno-lint-ignore no-explicit-any -- without a type argument it fits any server
export interface WebSocketMiddleware<Data = any> {
  /**
   * Called for every request that has passed the checks of origin and limits, and `authenticate`, before the upgrade; for
   * a peer that signs in by a message, after that message.
   *
   * @param request Who comes.
   * @param next Asks the next middleware. Call it at most once, and return what it returned, to let the peer in if all
   * others do. Return a `Response` instead to refuse it: plain peers get that response, managed ones are told its meaning
   * (401, 403, 429 and 503, the last two with their `Retry-After`).
   */
  readonly connection?: ConnectionLayer<Data>;
  /**
   * Called for every message of an application, before its handler.
   *
   * @param connection Whose message it is.
   * @param message The message.
   * @param next Hands on `message`, or another one in its place. Call it at most once, and return what it returned. Throw a
   * {@linkcode MessageError} instead to refuse the message: the peer is told if it asked for an answer.
   */
  readonly message?: MessageLayer<Data>;
}

/** Several things that belong together, put into a server by one call of `use`. */
// deno-lint-ignore no-explicit-any -- without a type argument it fits any server
export interface WebSocketPlugin<Data = any> {
  /** Its name, for errors and logs. */
  readonly name: string;
  /**
   * Puts it in. What is returned is called when it is taken out, before everything that was put in through `host` is
   * taken out again.
   */
  install(host: PluginHost<Data>): void | (() => void);
}

/**
 * What a plugin sees of its server. Each function is that of the server, and what it put in goes with the plugin, after
 * which it throws.
 */
// deno-lint-ignore no-explicit-any -- without type arguments it is that of any server
export interface PluginHost<Data = any, C extends Contract = any> {
  /** Adds middleware, or another plugin. */
  use(middlewareOrPlugin: WebSocketMiddleware<Data> | WebSocketPlugin<Data>): Off;
  /** Adds the handler of a type of message. */
  handle<Type extends ServerHandles<C>>(type: Type, handler: MessageHandler<Data, C, Type>): Off;
  /** Adds the rule of a pattern of rooms. */
  room<Pattern extends RoomPattern<C>>(pattern: Pattern, rule?: RoomRule<Data, C, Pattern>): Off;
  /** Listens to an event of the server. */
  on<Name extends keyof WebSocketServerEvents<Data>>(
    name: Name,
    listener: (event: WebSocketServerEvents<Data>[Name]) => unknown,
  ): Off;
  /** Hears what is broadcast to a room. */
  subscribe(room: string, listener: (message: Sendable, info: { readonly room: string }) => unknown): Off;
  /** The open connections. */
  readonly connections: ConnectionView<Data>;
  /** The figures of this moment. */
  getStats(): WebSocketStats;
  /** Clock, timer and memory of the platform. */
  readonly platform: PlatformPorts;
}

/** What plugins may use of the platform. */
export interface PlatformPorts {
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** The date, in milliseconds since the Unix epoch. */
  date(): number;
  /** The memory of the process that is in use, in bytes; `undefined` where the platform does not tell. */
  memoryBytes(): number | undefined;
  /** Calls `callback` once after `delayMs`; does not keep the process alive. */
  setTimer(callback: () => void, delayMs: number): unknown;
  /** Takes such a call back. */
  clearTimer(timer: unknown): void;
}
