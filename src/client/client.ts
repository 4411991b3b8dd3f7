/**
 * The public face of both clients: checks what it is given, and hands it to the core.
 *
 * @module
 */

import type { Off } from "../internal/emitter.ts";
import { cutReason } from "../protocol/close_codes.ts";
import type { Sendable, WebSocketMessage } from "../protocol/messages.ts";
import { type Announcer, createAnnouncer } from "./announcer.ts";
import type { ReconnectingClientConfig } from "./config.ts";
import { type Core, createCore } from "./core.ts";
import type { ClientDialect } from "./dialect.ts";
import { misuse } from "./misuse.ts";
import { type ClientOptions, type Numbers, type OptionTable, resolveOptions } from "./options.ts";
import type {
  ClientSendOutcome,
  WebSocketClientEvents,
  WebSocketClientHandlers,
  WebSocketClientState,
} from "./types.ts";

/** How `connect()` may be ended early. */
export interface ConnectOptions {
  /** Stops the client when it is aborted before the connection is open; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** What a client is made of. */
export interface ClientParts<More extends OptionTable = Record<never, never>> {
  /** The options with their defaults in place. */
  readonly options: ClientOptions & Numbers<More>;
  /** The application's ears. */
  readonly announcer: Announcer;
  /** The rest. */
  readonly core: Core;
}

/**
 * Checks the options and puts the parts together. Nothing is running yet.
 *
 * @param more What this client has beyond others: a table of options, and events.
 * @throws {TypeError} If `url` is missing or not one, or an option is unknown or of the wrong kind.
 * @throws {RangeError} If an option is out of bounds.
 */
export function assemble<More extends OptionTable = Record<never, never>>(
  config: ReconnectingClientConfig,
  dialect: ClientDialect,
  more?: { readonly options: More; readonly events: Readonly<Record<string, readonly []>> },
): ClientParts<More> {
  const options = resolveOptions(config, more?.options);
  const announcer = createAnnouncer(config, more?.events);
  return { options, announcer, core: createCore(options, dialect, announcer) };
}

/**
 * A WebSocket that comes back: it connects again by itself when the connection is lost, and keeps what is sent meanwhile.
 *
 * Use `WebSocketClient` of one of the entry points; this is what they share.
 */
export class ReconnectingClient<
  Outgoing extends Sendable = Sendable,
  Message = WebSocketMessage,
  Events extends WebSocketClientEvents<Message> = WebSocketClientEvents<Message>,
> implements AsyncDisposable, AsyncIterable<Message> {
  readonly #announcer: Announcer;
  readonly #core: Core;

  /** Shows parts that were put together. */
  constructor({ announcer, core }: ClientParts) {
    this.#announcer = announcer;
    this.#core = core;
  }

  /** The application's handlers. Setting others takes effect at once; messages that nobody has read yet go to them. */
  get handlers(): WebSocketClientHandlers<Message> {
    return this.#announcer.handlers as WebSocketClientHandlers<Message>;
  }

  set handlers(handlers: WebSocketClientHandlers<Message>) {
    this.#announcer.handlers = handlers as WebSocketClientHandlers;
    this.#core.inbox.wake();
  }

  /** Where the client stands. */
  getState(): WebSocketClientState {
    return this.#core.state.phase;
  }

  /** Whether the connection is open. */
  isConnected(): boolean {
    return this.getState() === "open";
  }

  /** How many messages wait to be sent: for the connection to come back, or for the server to acknowledge others. */
  get queuedMessages(): number {
    return this.#core.outbox.items.size;
  }

  /** Bytes that were handed to the socket and not yet accepted by the operating system. */
  get bufferedAmount(): number {
    return this.#core.connection?.bufferedAmount ?? 0;
  }

  /** The time from a ping to its answer, in milliseconds, as measured last on this connection; else `undefined`. */
  get latencyMs(): number | undefined {
    return this.#core.connection?.latencyMs;
  }

  /**
   * Opens the connection, and keeps it open from then on.
   *
   * Rejects when the first attempt fails, unless `reconnect.retryFirst` is set; the client is closed then. While it is
   * connecting, the same promise is returned. When it is open, the promise resolves at once. During a delay, the next
   * attempt is made now.
   *
   * @returns A promise that resolves when the connection is open, and rejects when the client stops without that: with
   * one of the classes of `SwitchboardError`, or with the reason of `options.signal`.
   */
  connect(options: ConnectOptions = {}): Promise<void> {
    return this.#core.connect(options.signal);
  }

  /**
   * Sends a message: a string as text, bytes as binary, anything else as JSON. Never waits.
   *
   * Without a connection the message is queued, and sent when there is one: before anything that is sent later. So it is
   * while more than the bounds of the queue allow is not acknowledged by the server. `sent` does not say that it arrived; a
   * connection that breaks takes along what is on the way, unless the server keeps sessions.
   *
   * @throws {TypeError} If the message has no JSON form, is a Blob, or has a type that begins with `$`.
   */
  send(message: Outgoing): ClientSendOutcome {
    return this.#core.send(message);
  }

  /**
   * Closes the connection, or ends whatever leads to one, and stays closed. Nothing is left running.
   *
   * Messages that still wait in the outbox are dropped and told by `message:dropped`.
   *
   * @param code 1000, or a code of your own from 3000 to 4999.
   * @param reason Told to the server, cut to 123 bytes.
   * @returns A promise that resolves when the client is closed, after `closeTimeoutMs` at the latest. It rejects with a
   * `RangeError` for another code, and then nothing was done.
   */
  // deno-lint-ignore require-await -- what is wrong with the arguments is told by the promise, as everything else
  async disconnect(code: number = 1000, reason: string = ""): Promise<void> {
    if (code !== 1000 && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) {
      throw misuse("code", "1000 or from 3000 to 4999", code, RangeError);
    }
    return this.#core.stop(code, cutReason(reason));
  }

  /**
   * Calls `listener` for every event of this name, and returns a function that ends this.
   *
   * @throws {TypeError} If there is no such event, or the listener is not a function.
   */
  on<Name extends keyof Events & string>(name: Name, listener: (event: Events[Name]) => unknown): Off {
    const off = this.#announcer.on(name, listener);
    if (name === "message") this.#core.inbox.wake();
    return off;
  }

  /**
   * Reads the messages in a loop, across reconnections, until the client is closed. While a loop runs, it takes the
   * messages in place of `onMessage`; the event `message` tells of them all the same.
   *
   * @throws {TypeError} If another loop is running.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message, void> {
    return this.#core.inbox.iterate() as AsyncIterableIterator<Message, void>;
  }

  /** Disconnects. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }
}
