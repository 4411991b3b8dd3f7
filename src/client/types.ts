/**
 * The types that users of the client meet, and that several of its parts share.
 *
 * @module
 */

import type { Sendable, WebSocketMessage } from "../protocol/messages.ts";

/**
 * Where a client stands:
 * - `idle`: made, and not asked to connect yet;
 * - `connecting`: an attempt is under way;
 * - `open`: messages go both ways;
 * - `waiting`: the connection is lost, the next attempt comes after a delay;
 * - `closing`: `disconnect()` was called, the server has not answered yet;
 * - `closed`: nothing is running, and nothing will happen until `connect()` is called again.
 */
export type WebSocketClientState = "idle" | "connecting" | "open" | "waiting" | "closing" | "closed";

/**
 * What became of a message that was given to `send()`:
 * - `sent`: handed to the connection;
 * - `queued`: kept until the connection is back, or the server has acknowledged more of what was sent;
 * - `dropped`: thrown away; `onError` and the event `message:dropped` say why;
 * - `closed`: thrown away, because the client is closed or closing.
 */
export type ClientSendOutcome = "sent" | "queued" | "dropped" | "closed";

/** A callback that returns nothing or a promise of nothing. The form lets a handler name the client that it is given to. */
// deno-lint-ignore no-explicit-any -- arguments of any kind
export type ClientCallback<Arguments extends any[]> =
  | ((...args: Arguments) => void)
  | ((...args: Arguments) => Promise<void>);

/**
 * Why an attempt is made:
 * - `connect`: `connect()` asked for it;
 * - `retry`: the delay after a failure or a loss is over, or was cut short;
 * - `renew`: as `retry`, and the server said that we are not signed in: fetch a new token.
 */
export type AttemptReason = "connect" | "retry" | "renew";

/** One attempt to connect. */
export interface ClientAttempt {
  /** Its number: 1 for that of `connect()`, 2 for the first retry after it or after a connection that was good. */
  readonly attempt: number;
  /** Why it is made. */
  readonly reason: AttemptReason;
  /** The delay that was chosen before it, in milliseconds; a wake may have cut it short. */
  readonly delayMs: number;
}

/** A value, or a function that is asked for it before every attempt. */
export type Provider<Value> = Value | ((attempt: ClientAttempt) => Value | Promise<Value>);

/** The connection is open. */
export interface ClientOpen {
  /** The subprotocol that the server chose, `""` for none. */
  readonly protocol: string;
  /** The id that the server knows this connection by; `undefined` with the plain protocol. */
  readonly connectionId: string | undefined;
  /**
   * Whether the server knows us as the client that lost its connection: with the same id, in the same rooms, and with what
   * we have missed. Never with the plain protocol.
   */
  readonly resumed: boolean;
}

/** A connection ended, or the client gave up. */
export interface ClientClose {
  /** The close code: the one that we sent, else the server's, 1006 when the connection broke or never came about. */
  readonly code: number;
  /** The reason that came with the code, `""` when there was none. */
  readonly reason: string;
  /** Whether both ends completed the closing handshake. */
  readonly wasClean: boolean;
  /** Whether another attempt follows. When it is false the client is `closed`; that is told exactly once. */
  readonly willReconnect: boolean;
  /** How long until the next attempt, in milliseconds; `undefined` when there is none. */
  readonly delayMs: number | undefined;
  /** What ended the connection, where it was an error. */
  readonly error: Error | undefined;
  /** When the server wants to be asked again, in milliseconds; `undefined` when it did not say. */
  readonly retryAfterMs?: number | undefined;
}

/** The client waits until it tries again. */
export interface ClientWait {
  /** The number of the attempt that will follow. */
  readonly attempt: number;
  /** How long it waits, in milliseconds. */
  readonly delayMs: number;
  /** Why that attempt will be made. */
  readonly reason: AttemptReason;
  /** Why the attempt before failed, or the connection ended, where it was an error. */
  readonly error: Error | undefined;
}

/** The state changed. */
export interface ClientStateChange {
  /** The state now. */
  readonly state: WebSocketClientState;
  /** The state before. */
  readonly previous: WebSocketClientState;
}

/**
 * Why a message was dropped: a bound of the outbox (`messages`, `bytes`, `age`) or of the messages that nobody has read
 * yet (`messages`, `bytes`), more than `maxBufferedBytes` in the socket (`buffered`), larger than the server takes
 * (`size`), or still queued when the client closed (`closed`).
 */
export type DropReason = "messages" | "bytes" | "age" | "buffered" | "size" | "closed";

/** A message was dropped. */
export interface ClientDrop {
  /** Whether we were to send it, or had received it. */
  readonly direction: "send" | "receive";
  /** The message. */
  readonly message: Sendable | WebSocketMessage;
  /** Why. */
  readonly reason: DropReason;
}

/** The events of a client, and what each carries; `Message` is what it receives. */
export interface WebSocketClientEvents<Message = WebSocketMessage> {
  /** The connection is open; with the managed protocol: welcomed. */
  readonly "open": ClientOpen;
  /** A message arrived. */
  readonly "message": Message;
  /** A connection ended, or the client gave up. */
  readonly "close": ClientClose;
  /** An attempt begins. */
  readonly "attempt": ClientAttempt;
  /** A delay begins, after which the next attempt is made. */
  readonly "waiting": ClientWait;
  /** The state changed. */
  readonly "statechange": ClientStateChange;
  /** Something failed; also given to `onError`. */
  readonly "error": Error;
  /** A message was dropped. */
  readonly "message:dropped": ClientDrop;
}

/** The application's handlers; `Message` is what the client receives. All are optional, sync or async, and may throw: errors go to `onError`. */
export interface WebSocketClientHandlers<Message = WebSocketMessage> {
  /** The connection is open, at first and after each reconnection. What was queued has been sent by then. */
  readonly onOpen?: ClientCallback<[event: ClientOpen]>;
  /** A message arrived. Called in the order of arrival; a promise that it returns is not waited for. */
  readonly onMessage?: ClientCallback<[message: Message]>;
  /** A connection ended (`willReconnect` says whether another attempt follows), or the client gave up. */
  readonly onClose?: ClientCallback<[event: ClientClose]>;
  /** Something failed: an attempt, a handler, a listener, a message that had to be dropped, a frame from the server. */
  readonly onError?: ClientCallback<[error: Error]>;
}

/** Where errors are written that nobody else wants. A logger of LogTape is one, and so is `console`. */
export interface ClientLogger {
  /** Writes one line; `{name}` in it stands for a property. */
  error(message: string, properties: Record<string, unknown>): void;
}
