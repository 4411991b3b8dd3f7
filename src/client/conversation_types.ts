/**
 * The types that users of the client meet where messages are handled and answered, and where rooms are joined.
 *
 * @module
 */

import type { Off } from "../internal/emitter.ts";
import type { Contract } from "../protocol/contract.ts";
import type {
  ClientHandled,
  ClientHandles,
  ClientRequested,
  ClientRequests,
  ClientSends,
  RoomJoin,
  RoomName,
} from "../protocol/contract_types.ts";
import type { Position, WebSocketMessage } from "../protocol/messages.ts";
import type { ClientSendOutcome, WebSocketClientEvents } from "./types.ts";

/** How an answer is waited for. */
export interface ClientRequestOptions {
  /**
   * How long one attempt waits for its answer, in milliseconds; the wait for a connection counts. `Infinity` for ever.
   *
   * @default {30_000}
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How often the request is sent again, under the same id, when its time is over, or the connection was lost and the server
   * does not know us any more.
   *
   * @default {0}
   */
  readonly retries?: number | undefined;
  /** Gives the request up when it is aborted: the promise rejects with its reason, and a server of this module is told. */
  readonly signal?: AbortSignal | undefined;
}

/** How an acknowledgement is waited for. */
export interface SendAckedOptions {
  /** Ends the wait when it is aborted: the promise rejects with its reason. The message is sent all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** What follows the type of a request: data, unless there may be none, and {@linkcode ClientRequestOptions}. */
export type ClientRequestArguments<Asked> = undefined extends Asked ? [data?: Asked, options?: ClientRequestOptions]
  : [data: Asked, options?: ClientRequestOptions];

/** What a handler is given beside the data. */
export interface ClientMessageContext {
  /** The message itself. */
  readonly message: WebSocketMessage;
  /**
   * Aborted when the client is closed, when the connection is lost and the server does not know us any more when it is
   * back, and, where the server waits for the answer, when it gives up. What is answered after that goes nowhere.
   */
  readonly signal: AbortSignal;
  /** Until when the server waits for the answer, by our date; `undefined` when it did not say. */
  readonly deadline: Date | undefined;
  /** The room that the message was sent to; `undefined` when it was sent to none. */
  readonly room: string | undefined;
}

/**
 * Handles the messages of one type. What it returns, or the promise of it, is the answer if the message has an `id`;
 * nothing else is ever sent. A `MessageError` that it throws is the answer no.
 */
export type ClientMessageHandler<C extends Contract, Type extends string> = (
  data: ClientHandled<C, Type>["data"],
  context: ClientMessageContext,
) => ClientHandled<C, Type>["reply"] | Promise<ClientHandled<C, Type>["reply"]>;

/** How a room is joined. */
export interface JoinOptions<C extends Contract = Contract, Name extends string = RoomName<C>> {
  /**
   * Handlers of the room, as by `handle` of the {@linkcode ClientRoom}: these are there before the first message comes,
   * which the server may send right behind its answer.
   */
  readonly handlers?: { readonly [Type in ClientHandles<C>]?: ClientMessageHandler<C, Type> } | undefined;
  /**
   * Called each time we are in the room again, after the connection was lost and came back: with what the server said when
   * the room was joined last, which is now, unless the session went on, and with what became of what was missed.
   */
  readonly onRejoin?: ((reply: RoomJoin<C, Name>["reply"], recovery: ClientRecovery) => unknown) | undefined;
}

/** What became of what was missed while there was no connection, or because we read too slowly. */
export interface ClientRecovery {
  /** The name of the room; `$all` for what is for everybody, `$inbox` for what is for us alone. */
  readonly room: string;
  /** Whether all of it follows. */
  readonly recovered: boolean;
  /**
   * Why it does not: `too_old`, where the server did not keep it for so long; `new_epoch` or `ahead`, where what it keeps
   * was lost or made anew; `no_log`, where it keeps nothing; `session_lost`, of `$inbox`, where the server does not know us
   * any more. Whatever else there may come to be means the same as `too_old`. `undefined` where all of it follows.
   */
  readonly reason: string | undefined;
}

/** What is read of the log of a room. */
export interface HistoryOptions {
  /** Only what stands behind this: the place that another reading gave. */
  readonly since?: Position | undefined;
  /**
   * How many messages at most, up to 1,000: with `since` the oldest, without it the newest.
   *
   * @default {100}
   */
  readonly limit?: number | undefined;
}

/** What a server is told by who joins: data, or a function that is asked for it each time, as also when joining again. */
export type JoinData<Data> = Data | (() => Data);

/** What follows the name of a room: data, unless there may be none, and {@linkcode JoinOptions}. */
export type JoinArguments<C extends Contract, Name extends string> = undefined extends RoomJoin<C, Name>["data"]
  ? [data?: JoinData<RoomJoin<C, Name>["data"]>, options?: JoinOptions<C, Name>]
  : [data: JoinData<RoomJoin<C, Name>["data"]>, options?: JoinOptions<C, Name>];

/** A message that can be sent to a room: an object with a `type`. */
export type RoomSends<C extends Contract> = Extract<ClientSends<C>, { readonly type: string }> extends infer Message
  ? [Message] extends [never] ? Readonly<Record<string, unknown>> & { readonly type: string } : Message
  : never;

/** A room that was joined. It stays the same object when the connection is lost and the room joined again. */
export interface ClientRoom<C extends Contract = Contract, Name extends string = RoomName<C>> {
  /** Its name. */
  readonly name: Name;
  /** What the server said when the room was joined last; `null` when it said nothing. */
  readonly reply: RoomJoin<C, Name>["reply"];
  /** Whether the server has us in the room now: not while the connection is lost, and not when we left. */
  readonly isJoined: boolean;
  /**
   * Sends a message to the room: with the member `room`, by which the server knows where it belongs. While there is no
   * connection it waits, and goes out when the room was joined again.
   *
   * @throws {TypeError} If it is not an object with a `type`, or cannot be sent.
   */
  send(message: RoomSends<C>): ClientSendOutcome;
  /** Asks in the room: as `request` of the client, with the member `room`. */
  request<Type extends ClientRequests<C>>(
    type: Type,
    ...rest: ClientRequestArguments<ClientRequested<C, Type>["data"]>
  ): Promise<ClientRequested<C, Type>["reply"]>;
  /**
   * Handles the messages of one type that were sent to this room, in place of the client's handler for the type.
   *
   * @returns What takes the handler off again. It is off too when the room is left.
   * @throws {TypeError} If there is a handler for this type, or it begins with `$`.
   */
  handle<Type extends ClientHandles<C>>(type: Type, handler: ClientMessageHandler<C, Type>): Off;
  /**
   * Leaves the room, for good: it is not joined again.
   *
   * @returns A promise that resolves when the server has answered, at once where there is no connection. It rejects with
   * `RemoteError` when the server said no, and with `RequestTimeoutError` when it said nothing for 30 s.
   */
  leave(): Promise<void>;
}

/** We are not in a room any more, and did not ask for that. It is not joined again. */
export interface ClientRoomLeft {
  /** Its name. */
  readonly room: string;
  /** Why: what the server said, such as `forbidden`, or the `code` of `error`. */
  readonly code: string;
  /** What went wrong when the room was to be joined again; `undefined` where the server took us out. */
  readonly error: Error | undefined;
}

/** The events of a client that speaks the managed protocol, and what each carries. */
export interface ManagedClientEvents<Message = WebSocketMessage> extends WebSocketClientEvents<Message> {
  /** The server took us out of a room, or did not let us in again after a reconnection. */
  readonly "room:left": ClientRoomLeft;
  /**
   * What became of what was missed: after each reconnection for `$inbox`, `$all` and every room, before what follows of it
   * is handed over; and when the server says that it has left something out. Not where the server keeps no sessions.
   */
  readonly "recovery": ClientRecovery;
}
