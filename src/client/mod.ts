/**
 * The client: a WebSocket that comes back by itself, in Deno, browsers, Node and Bun.
 *
 * It speaks the managed protocol of this module's server; `protocol: "plain"` makes it talk to any other.
 *
 * @example Connecting, sending, receiving
 * ```ts
 * import { WebSocketClient } from "@switchboard/websocket/client";
 *
 * const client = new WebSocketClient({
 *   url: "wss://example.com/ws",
 *   handlers: {
 *     onOpen: () => console.log("connected"),
 *     onMessage: (message) => console.log(message.type, message.data),
 *     onClose: ({ code, willReconnect }) => console.log("closed", code, willReconnect),
 *   },
 * });
 * console.log(client.send({ type: "hello" })); // "queued": it is sent as soon as there is a connection
 * // await client.connect();
 * ```
 *
 * @module
 */

import type { Off } from "../internal/emitter.ts";
import type { Contract } from "../protocol/contract.ts";
import type {
  ClientHandles,
  ClientReceives,
  ClientRequested,
  ClientRequests,
  ClientSends,
  RoomName,
} from "../protocol/contract_types.ts";
import type { MessageId, RoomHistory } from "../protocol/messages.ts";
import { ReconnectingClient } from "./client.ts";
import type { ReconnectingClientConfig } from "./config.ts";
import { type Conversation, converse } from "./conversation.ts";
import type { ConversationConfig } from "./conversation_config.ts";
import type {
  ClientMessageHandler,
  ClientRequestArguments,
  ClientRequestOptions,
  ClientRoom,
  HistoryOptions,
  JoinArguments,
  ManagedClientEvents,
  SendAckedOptions,
} from "./conversation_types.ts";
import type { ClientSendOutcome, Provider } from "./types.ts";

export {
  type DataIssue,
  InvalidDataError,
  MessageError,
  RefusedError,
  RemoteError,
  RequestTimeoutError,
  SubprotocolMissingError,
  UnknownTypeError,
} from "../errors.ts";
export type { Contract, RequestContract, RoomContract, Schema } from "../protocol/contract.ts";
export type {
  ClientHandled,
  ClientHandles,
  ClientReceives,
  ClientRequested,
  ClientRequests,
  ClientSends,
  RoomJoin,
  RoomName,
} from "../protocol/contract_types.ts";
export type { HistoryEntry, Position, Recovery, RoomHistory } from "../protocol/messages.ts";
export type * from "./conversation_types.ts";
export * from "./public.ts";

/** What a client can be told. */
export interface WebSocketClientConfig<C extends Contract = Contract>
  extends ReconnectingClientConfig<ClientReceives<C>> {
  /**
   * `"managed"` for servers of this module, `"plain"` for any WebSocket server.
   *
   * @default {"managed"}
   */
  readonly protocol?: "managed" | "plain";
  /**
   * How long an open socket may wait for the server's welcome, in milliseconds; managed protocol only.
   *
   * @default {5_000}
   */
  readonly welcomeTimeoutMs?: number;
  /**
   * The token with which the client signs in, sent in its first message; managed protocol only. A function is asked before
   * every attempt, and, with the reason `renew`, while the connection lives, before the token runs out: when a fifth of its
   * life is left, at most a minute.
   */
  readonly token?: Provider<string | undefined>;
  /**
   * What client and server say to each other, as `defineContract` of `./protocol` made it. It gives types to all that is sent, received,
   * asked and answered, and what arrives is held to it: what does not fit is told as {@linkcode InvalidDataError} and not
   * handed on.
   */
  readonly contract?: C;
  /**
   * Whether what is sent is held to the contract too. What does not fit is not sent: `send()` throws
   * {@linkcode InvalidDataError}, and so does the promise of `request()` and `join()`.
   *
   * @default {false}
   */
  readonly validateOutgoing?: boolean;
  /**
   * How many requests may wait for their answers, and messages of `sendAcked()` for their acknowledgements. More reject with {@linkcode OutboxFullError}.
   *
   * @default {1_000}
   */
  readonly maxPendingRequests?: number;
  /**
   * Whether a connection that was lost is taken up again where it ended: messages of both sides that did not arrive are
   * sent again, rooms are kept, and what was missed in them is told or made up for. Managed protocol only, with a server
   * that keeps sessions. With `false`, a connection that breaks takes along what is on its way.
   *
   * @default {true}
   */
  readonly resume?: boolean;
}

/**
 * A WebSocket that comes back.
 *
 * @example Sending before there is a connection
 * ```ts
 * import { WebSocketClient } from "@switchboard/websocket/client";
 * import { assertEquals } from "@std/assert";
 *
 * const client = new WebSocketClient({ url: "wss://example.com/ws" });
 *
 * assertEquals(client.send({ type: "early" }), "queued");
 * assertEquals(client.getState(), "idle");
 * ```
 */
export class WebSocketClient<C extends Contract = Contract>
  extends ReconnectingClient<ClientSends<C>, ClientReceives<C>, ManagedClientEvents<ClientReceives<C>>> {
  readonly #conversation: Conversation;

  /**
   * Checks the options. Nothing is opened before `connect()`.
   *
   * @throws {TypeError} If `url` is missing or not one, or an option is unknown or of the wrong kind.
   * @throws {RangeError} If an option is out of bounds.
   */
  constructor(config: WebSocketClientConfig<C>) {
    // Within, messages are what they are; the contract's types are for the application.
    const conversation = converse(config as object as ConversationConfig);
    super(conversation.parts);
    this.#conversation = conversation;
  }

  /**
   * Handles the messages of one type. They come to the handler alone, and not to `onMessage` or a loop too; the event
   * `message` tells of them all the same. Messages of this type that nobody has read yet are handed to it.
   *
   * What the handler returns, or its promise, is the answer if the server asked for one, by an `id` in the message. A
   * {@linkcode MessageError} that it throws is the answer no; whatever else it throws goes to `onError`, and the server
   * learns no more than `internal_error`.
   *
   * @returns What takes the handler off again.
   * @throws {TypeError} If there is a handler for this type, or it begins with `$`.
   */
  handle<Type extends ClientHandles<C>>(type: Type, handler: ClientMessageHandler<C, Type>): Off {
    return this.#conversation.handle(type, handler);
  }

  /**
   * Asks the server, and waits for its answer. While there is no connection the request waits, like any message. When the
   * connection is lost it goes on waiting: the answer comes on the next one, where the session goes on.
   *
   * @returns A promise of the answer. It rejects with {@linkcode RemoteError} when the server answered no, with
   * {@linkcode RequestTimeoutError} when its time was over, with {@linkcode ConnectionClosedError} when the connection was
   * lost, the session with it, and no retry is left, or the client is closed, with {@linkcode OutboxFullError} when too
   * many wait, and with the reason of `options.signal`.
   *
   * @example Asking
   * ```ts
   * import { WebSocketClient, WebSocketServer } from "@switchboard/websocket";
   * import { testClientPlatform, testPlatform, VirtualClock } from "@switchboard/websocket/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const clock = new VirtualClock();
   * const server = new WebSocketServer({ platform: testPlatform(clock) });
   * server.handle("double", (n: number) => n * 2);
   * const platform = testClientPlatform(clock, { server });
   * const client = new WebSocketClient({ url: "ws://localhost/ws", platform });
   * await client.connect();
   *
   * assertEquals(await client.request("double", 21, { timeoutMs: 5_000, retries: 2 }), 42);
   * await client.disconnect();
   * ```
   */
  request<Type extends ClientRequests<C>>(
    type: Type,
    ...rest: ClientRequestArguments<ClientRequested<C, Type>["data"]>
  ): Promise<ClientRequested<C, Type>["reply"]> {
    const [data, options] = rest as [data?: unknown, options?: ClientRequestOptions];
    return this.#conversation.request(type, data, options);
  }

  /**
   * Sends a message, and waits until the server has handled it: until the application's handler has settled there, whether
   * it succeeded or failed. Across reconnections, the message is sent until it has arrived.
   *
   * Managed protocol only, with a server that keeps sessions.
   *
   * @returns A promise that rejects with {@linkcode OutboxFullError} when the message was dropped, with
   * {@linkcode ConnectionClosedError} when the client was closed before, in which case it may have arrived, with the reason
   * of `options.signal`, which does not take the message back, and with a `TypeError` when the message cannot be sent, or
   * the server acknowledges nothing.
   *
   * @example Something that must not get lost
   * ```ts
   * import { WebSocketClient } from "@switchboard/websocket/client";
   *
   * const client = new WebSocketClient({ url: "wss://example.com/ws" });
   * const saved = client.sendAcked({ type: "save", data: { text: "hi" } }, { signal: AbortSignal.timeout(10) });
   *
   * await saved.catch((error) => console.log(error.name)); // "TimeoutError": there was no connection
   * ```
   */
  sendAcked(message: ClientSends<C>, options?: SendAckedOptions): Promise<void> {
    return this.#conversation.sendAcked(message, options);
  }

  /**
   * Reads what the server keeps of what was said in a room, or, as `$all`, to everybody. The client must be in the room.
   * A contract is not applied to what is read.
   *
   * Managed protocol only, with a server that keeps sessions, and logs.
   *
   * @returns A promise that rejects with {@linkcode RemoteError} when the server says no: its `remoteCode` is
   * `unsupported` where the room keeps no log, `not_joined` where we are not in it. It rejects with
   * {@linkcode ConnectionClosedError} when there is no connection or it is lost, with {@linkcode RequestTimeoutError} when
   * the server says nothing for 30 s, and with a `TypeError` when it keeps no sessions.
   */
  history(room: RoomName<C> | "$all", options?: HistoryOptions): Promise<RoomHistory> {
    return this.#conversation.history(room, options);
  }

  /**
   * Answers by hand a message that has an `id` and that no handler takes: in `onMessage`, or in a loop.
   *
   * @param id The message's `id`.
   * @param data The answer; nothing becomes `null`.
   * @throws {TypeError} If the data has no JSON form.
   */
  reply(id: MessageId, data?: unknown): ClientSendOutcome {
    return this.#conversation.reply(id, data);
  }

  /**
   * Joins a room, now or as soon as there is a connection, and from then on again whenever the connection was lost and is
   * back: before anything that was sent meanwhile. `disconnect()`, and whatever else closes the client, forgets all rooms.
   *
   * Managed protocol only.
   *
   * @returns A promise of the room, the same one for who joins again. It rejects with {@linkcode RemoteError} when the
   * server does not let us in, with {@linkcode RequestTimeoutError} when it says nothing for 30 s, with
   * {@linkcode ConnectionClosedError} when the client is closed.
   */
  join<Name extends RoomName<C>>(room: Name, ...rest: JoinArguments<C, Name>): Promise<ClientRoom<C, Name>> {
    const [data, options] = rest as Parameters<Conversation["join"]> extends [unknown, ...infer Rest] ? Rest : never;
    return this.#conversation.join(room, data, options) as Promise<ClientRoom<C, Name>>;
  }

  /** The rooms that were joined, also while the connection is lost and they will be joined again. */
  get rooms(): readonly ClientRoom<C>[] {
    return this.#conversation.rooms as readonly ClientRoom<C>[];
  }
}
