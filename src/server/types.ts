/**
 * The types that users of the server meet, and that several of its parts share.
 *
 * @module
 */

import type { SocketLike } from "../internal/socket_like.ts";
import type { Contract } from "../protocol/contract.ts";
import type { ServerReceives, ServerRequested, ServerRequests, ServerSends } from "../protocol/contract_types.ts";
import type { MessageId, Sendable, WebSocketMessage } from "../protocol/messages.ts";
import type { Handshake } from "./handshake.ts";
import type { RequestArguments } from "./message_types.ts";
import type { CloseInfo, ConnectInfo, SessionEnded } from "./session_types.ts";

/**
 * What became of a message that was handed to us:
 * - `sent`: handed to the runtime, little or nothing waits before it;
 * - `queued`: handed to the runtime, and more than `highWaterBytes` wait for this peer: pace yourself; or kept for a client
 *   that is away and may come back;
 * - `dropped`: thrown away, as more than `maxBufferedBytes` wait; the peer is being closed with 1013;
 * - `closed`: there is no such open connection;
 * - `forwarded`: handed to the node that has the connection.
 */
export type SendOutcome = "sent" | "queued" | "dropped" | "closed" | "forwarded";

/** How many of a broadcast's receivers met which {@linkcode SendOutcome}, on this node. */
export interface BroadcastOutcome {
  /** Handed to the runtime. */
  readonly sent: number;
  /** Handed to the runtime behind more than `highWaterBytes`. */
  readonly queued: number;
  /** Not handed over, as too much waits for them; those peers are being closed. */
  readonly dropped: number;
  /** Merged with a newer message under the same key. */
  readonly merged: number;
}

/** Whom a broadcast leaves out or picks. */
export interface BroadcastOptions<Data = unknown> {
  /** The room or rooms whose members get it, each once; all connections when left out. `undefined` is refused. */
  readonly room?: string | readonly string[];
  /** The id or ids to leave out. */
  readonly except?: string | readonly string[];
  /** The room or rooms whose members are left out. */
  readonly exceptRoom?: string | readonly string[];
  /**
   * Picks the receivers; called once per connection. Where it throws, or returns a promise, that one gets nothing. Such a
   * message is sent to each of them by itself and is in no room's log; those who are away and may come back are asked for,
   * too.
   */
  readonly where?: (connection: WebSocketConnection<Data>) => boolean;
  /**
   * Whether who is away just now may miss the message, as for positions of cursors: it is in no log, and nobody gets it
   * later.
   *
   * @default {false}
   */
  readonly volatile?: boolean;
  /** Which state the message is, where the log of the room keeps the newest of each key; see `history`. */
  readonly key?: string;
}

/** Where a connection stands. */
export type ConnectionState = "connecting" | "open" | "closing" | "closed";

/** What is known of a peer by the request with which it came. */
export interface PeerHandshake {
  /** The URL of the request with its query, but without the token, where tokens in the query are allowed. */
  readonly url: string;
  /** The headers of the request. */
  readonly headers: Headers;
  /** The cookies of the request, by name. */
  readonly cookies: Readonly<Record<string, string>>;
  /** The parameters of a `path` such as `"/ws/:room"`, decoded; `{}` otherwise. */
  readonly params: Readonly<Record<string, string>>;
  /** The address of the peer without its port, by `trustProxy` the one that the proxies saw; `""` when it is unknown. */
  readonly remoteAddr: string;
  /** The `User-Agent` of the request, `""` when there was none. */
  readonly userAgent: string;
  /** The subprotocol that was chosen, `""` for none. */
  readonly protocol: string;
  /** Whether the peer speaks `switchboard.v1`. */
  readonly isManaged: boolean;
}

/**
 * A peer that is connected.
 *
 * Without type arguments it is a connection of any server: a function that takes one takes them all.
 */
// deno-lint-ignore no-explicit-any -- what takes a connection of any server must take those with data and a contract
export interface WebSocketConnection<Data = any, C extends Contract = any>
  extends PeerHandshake, AsyncIterable<ServerReceives<C>> {
  /** The public identifier, a ULID made by the server: unique, and sorted by the time of the connection. */
  readonly id: string;
  /** When the request was upgraded. */
  readonly connectedAt: Date;
  /** How long that is ago, in milliseconds. */
  readonly uptimeMs: number;
  /**
   * The application's own data on this connection: what `authenticate`, or the option `data`, returned, else an empty
   * object to fill.
   */
  data: Data;
  /** The user, where `authenticate` returned a `userId`. */
  readonly userId: string | undefined;
  /** The rooms that it is in, in no order. */
  readonly rooms: readonly string[];
  /** Where the connection stands. */
  readonly state: ConnectionState;
  /** Whether `state` is `"open"`. */
  readonly isOpen: boolean;
  /** How it ended, or is about to end; `undefined` until then. */
  readonly closeInfo: CloseInfo | undefined;
  /** Bytes that were handed to the runtime and not yet accepted by the operating system. */
  readonly bufferedAmount: number;
  /** The socket itself, for what this module does not offer. Whoever sends or closes on it goes past all accounts. */
  readonly socket: SocketLike;
  /**
   * Sends a message to this peer: a string as a text frame as it is, bytes as a binary frame, anything else as JSON.
   * Never waits.
   *
   * @throws {TypeError} If the message has no JSON form, is a Blob, or has a type that begins with `$`.
   * @throws {InvalidDataError} With `validateOutgoing`, if it is not what the contract says.
   */
  send(message: ServerSends<C>): SendOutcome;
  /**
   * Sends a message to this peer, and waits until its client has acknowledged it, on this connection or on a later one.
   * Only for managed peers whose client knows of sessions.
   *
   * @returns A promise. It rejects with {@linkcode ConnectionClosedError} when the session ends without that, with a
   * TypeError for a peer that does not acknowledge, and with the reason of `options.signal`; the message is on its way all
   * the same.
   */
  sendAcked(message: ServerSends<C>, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Sends a message to all others, or to all others in a room.
   *
   * @throws {TypeError} As {@linkcode send}.
   */
  broadcast(message: ServerSends<C>, options?: BroadcastOptions<Data>): BroadcastOutcome;
  /**
   * Asks this peer, and waits for its answer.
   *
   * @returns A promise of the answer. It rejects with {@linkcode RemoteError} when the peer answered no,
   * {@linkcode RequestTimeoutError} when its time was over, {@linkcode ConnectionClosedError} when it went, and with the
   * reason of `options.signal`.
   */
  request<Type extends ServerRequests<C>>(
    type: Type,
    ...rest: RequestArguments<ServerRequested<C, Type>["data"]>
  ): Promise<ServerRequested<C, Type>["reply"]>;
  /**
   * Answers a message by hand, in `onMessage` or in a loop. It gets no other answer, whatever its handler comes to.
   *
   * @param id The message's `id`.
   * @param data The answer; nothing becomes `null`.
   * @throws {TypeError} If the data has no JSON form.
   */
  reply(id: MessageId, data?: unknown): SendOutcome;
  /**
   * Puts this connection into a room. The rule of the room is not asked: this is the server's own decision.
   *
   * @returns Whether it was not in there already; `false` too when the connection is not open.
   * @throws {RangeError} If the name is empty or too long, or it is in too many rooms.
   */
  join(room: string): boolean;
  /** Takes this connection out of a room, and tells whether it was in there. A managed peer is told. */
  leave(room: string): boolean;
  /**
   * Reads the messages in a loop, until the connection is closed. While it runs, messages for which there is no handler of
   * their type go to it in place of `onMessage`. Those behind the one at work wait, within `maxQueuedMessages` and
   * `maxQueuedBytes`.
   *
   * @throws {TypeError} If another loop is running.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ServerReceives<C>, void>;
  /**
   * Ends the connection. From here on it is no longer in the registry; `onClose` follows when the peer has answered, or
   * after `closeTimeoutMs`. Does nothing when the connection is already ending.
   *
   * @param code A code that may be sent: 1000 by default, or your own from 4000 to 4999.
   * @param reason Told to the peer, cut to 123 bytes.
   * @throws {RangeError} If the code may not be sent.
   */
  close(code?: number, reason?: string): void;
}

/** A callback that may return nothing or a promise of nothing. The form lets a handler name the server that it is given to. */
// deno-lint-ignore no-explicit-any -- arguments of any kind
export type Callback<Arguments extends any[]> =
  | ((...args: Arguments) => void)
  | ((...args: Arguments) => Promise<void>);

/** The application's handlers. All are optional, sync or async, and may throw: errors go to `onError`. */
// deno-lint-ignore no-explicit-any -- without one they fit a server with any contract
export interface WebSocketHandlers<Data = Record<string, unknown>, C extends Contract = any> {
  /**
   * A connection is open: what is sent here arrives. Closing it here refuses the peer. Messages wait for its promise. After
   * a cut it is called again, with another connection of the same `id` and with `info.resumed`.
   */
  readonly onConnect?: Callback<[connection: WebSocketConnection<Data, C>, info: ConnectInfo]>;
  /**
   * A message arrived for whose type there is no handler. Those of one connection come in order, one at a time unless
   * `concurrency` says otherwise.
   */
  readonly onMessage?: Callback<[connection: WebSocketConnection<Data, C>, message: ServerReceives<C>]>;
  /** A connection is gone, after its last message was handled. Called once for each `onConnect`. */
  readonly onClose?: Callback<[connection: WebSocketConnection<Data, C>, info: CloseInfo]>;
  /** Something failed: a handler, a middleware, a listener. `connection` is undefined for what belongs to none. */
  readonly onError?: Callback<[connection: WebSocketConnection<Data, C> | undefined, error: Error]>;
}

/** What the events of a server carry. */
export interface WebSocketServerEvents<Data = Record<string, unknown>> {
  /** A connection came into the registry. */
  "connection:added": WebSocketConnection<Data>;
  /** A connection left the registry. */
  "connection:removed": WebSocketConnection<Data>;
  /** A message arrived, whoever handles it. */
  "message:received": { readonly connection: WebSocketConnection<Data>; readonly message: WebSocketMessage };
  /** One call of `send` or `broadcast` was carried out. */
  "message:sent": { readonly message: Sendable; readonly outcome: BroadcastOutcome };
  /** A session is over, each once. */
  "session:ended": SessionEnded<Data>;
  /** Something failed; also given to `onError`. */
  "error": { readonly connection: WebSocketConnection<Data> | undefined; readonly error: Error };
}

export type { WebSocketStats } from "./stats_types.ts";
export type { CloseInfo, ConnectInfo, Handshake, SessionEnded };
export type { SessionEnd } from "./session.ts";
export type {
  Authenticate,
  Authenticated,
  ConnectionLayer,
  ConnectionRequest,
  ConnectionVerdict,
  TokenSources,
  WhenUserFull,
} from "./sign_in_types.ts";
export type {
  MessageLayer,
  PlatformPorts,
  PluginHost,
  WebSocketMiddleware,
  WebSocketPlugin,
} from "./extension_types.ts";
export type { AdoptInfo, UpgradeInfo, UpgradeResult } from "./upgrade_types.ts";
export type {
  AnyHandler,
  MessageContext,
  MessageHandler,
  PublishOptions,
  RequestArguments,
  RequestOptions,
  RequestResult,
} from "./message_types.ts";
