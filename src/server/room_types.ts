/**
 * The types that users meet where rooms are joined, left and ruled, and what a connection keeps for the rooms' parts.
 *
 * @module
 */

import type { Bucket } from "../internal/token_bucket.ts";
import type { Contract } from "../protocol/contract.ts";
import type { RoomJoin, RoomParams, ServerHandled, ServerHandles, ServerSends } from "../protocol/contract_types.ts";
import type { Sendable } from "../protocol/messages.ts";
import type { RoomCheck } from "./room_checks.ts";
import type { Occupant } from "./rooms.ts";
import type { MessageContext, WebSocketConnection } from "./types.ts";

/** A connection and a room. */
export interface RoomVisit<
  // deno-lint-ignore no-explicit-any -- without type arguments it fits any server
  Data = any,
  // deno-lint-ignore no-explicit-any -- as above
  C extends Contract = any,
  Pattern extends string = string,
> {
  /** The connection. It may be gone already when it has left the room. */
  readonly connection: WebSocketConnection<Data, C>;
  /** The name of the room. */
  readonly room: string;
  /** What stands in the name where the pattern has its placeholders. */
  readonly params: RoomParams<Pattern>;
}

/** A connection that has joined a room. */
export interface RoomEntry<
  // deno-lint-ignore no-explicit-any -- without type arguments it fits any server
  Data = any,
  // deno-lint-ignore no-explicit-any -- as above
  C extends Contract = any,
  Pattern extends string = string,
> extends RoomVisit<Data, C, Pattern> {
  /** What the peer said when it joined; `undefined` where the server's own code put it there. */
  readonly data: RoomJoin<C, Pattern>["serverData"] | undefined;
}

/** A connection that wants to be in a room. */
export interface RoomContext<
  // deno-lint-ignore no-explicit-any -- without type arguments it fits any server
  Data = any,
  // deno-lint-ignore no-explicit-any -- as above
  C extends Contract = any,
  Pattern extends string = string,
> extends RoomVisit<Data, C, Pattern> {
  /**
   * What the peer said with its wish, checked against the contract if there is one. When a rule is asked again because the
   * peer signed in anew it is what it said then; more than 1024 characters of JSON are not kept, and are `undefined`.
   */
  readonly data: RoomJoin<C, Pattern>["serverData"];
  /** Whether the connection is in the room already: it joins once more, or the rule is asked again after a new sign-in. */
  readonly isMember: boolean;
  /** Aborted when the peer goes, gives up or leaves the room meanwhile, and when the rule's time is over. */
  readonly signal: AbortSignal;
}

/** What a rule decides: `false` is no, anything else is yes, and what the peer is told of it as JSON. */
// deno-lint-ignore no-explicit-any -- as above
export type RoomVerdict<C extends Contract = any, Pattern extends string = string> =
  | RoomJoin<C, Pattern>["serverReply"]
  | false;

/**
 * What holds for the rooms of a pattern, see `server.room`. Everything is optional: where there is no `join`, whoever asks
 * may be in.
 */
export interface RoomRule<
  // deno-lint-ignore no-explicit-any -- without type arguments it fits any server
  Data = any,
  // deno-lint-ignore no-explicit-any -- as above
  C extends Contract = any,
  Pattern extends string = string,
> {
  /**
   * Decides whether a peer that asks may be in the room, and what it is told. Throw a {@linkcode MessageError} to refuse
   * with a code, a sentence and data of your own. Anything else that is thrown refuses with `internal_error`. It may take
   * as long as a handler (`handlerTimeoutMs`), and the peer's messages wait for it.
   *
   * The server's own code (`connection.join`) does not ask it. It is asked again when a member has signed in anew.
   */
  join?(context: RoomContext<Data, C, Pattern>): RoomVerdict<C, Pattern> | Promise<RoomVerdict<C, Pattern>>;
  /** A connection has joined, and a peer that asked has been answered. Nothing waits for its promise. */
  onJoin?(entry: RoomEntry<Data, C, Pattern>): void | Promise<void>;
  /** A connection is out: it left, was taken out, or is gone. Nothing waits for its promise. */
  onLeave?(visit: RoomVisit<Data, C, Pattern>): void | Promise<void>;
  /**
   * Called for each member that is to get a message that is broadcast to the room. It gets what is returned: the message as
   * it is, another one, or, for `null` and `undefined`, nothing. Where this throws, or returns a promise, it gets nothing.
   */
  outgoing?(
    connection: WebSocketConnection<Data, C>,
    message: Sendable,
    room: string,
  ): ServerSends<C> | null | undefined;
  /**
   * Handlers for messages that peers send to the room, which means: that have its name as their member `room`. The peer must
   * be a member, or is told `not_joined`. A type that has no handler here goes where it would without rooms.
   */
  readonly handlers?: { readonly [Type in ServerHandles<C>]?: RoomMessageHandler<Data, C, Type> };
}

/** What a handler of a room is given beside the data. */
// deno-lint-ignore no-explicit-any -- as above
export interface RoomMessageContext<Data = any, C extends Contract = any> extends MessageContext<Data, C> {
  /** The room that the message was sent to. Its sender is a member. */
  readonly room: string;
}

/** Handles the messages of one type that were sent to a room; otherwise as a handler of the server. */
// deno-lint-ignore no-explicit-any -- as above
export type RoomMessageHandler<Data = any, C extends Contract = any, Type extends string = string> = (
  data: ServerHandled<C, Type>["data"],
  context: RoomMessageContext<Data, C>,
) => ServerHandled<C, Type>["reply"] | Promise<ServerHandled<C, Type>["reply"]>;

/** Hears what is broadcast to a room. */
export type RoomListener = (message: Sendable, info: RoomInfo) => unknown;

/** What is told beside a message that was broadcast to a room. */
export interface RoomInfo {
  /** The name of the room. */
  readonly room: string;
}

/** What a connection keeps for the rooms. */
export interface RoomMember extends Occupant {
  /** What the peer asked for. Written by the room desk; `undefined` before the first time. */
  joins: Joins | undefined;
}

/** What one peer asked for. */
export interface Joins {
  /** Wishes that it may still have for now. */
  bucket: Bucket | undefined;
  /** Wishes that are not decided yet. */
  underWay: number;
  /** Those of them that are for rooms in which it is not. */
  reserved: number;
  /** How often the peer has signed in anew. */
  renewals: number;
  /** Rooms that the peer asked for and is in, with the data that it gave, if that was not much. */
  readonly admitted: Map<string, unknown>;
  /** Rules that were asked again and have not decided yet, by room; `undefined` before the first. */
  checks: Map<string, RoomCheck> | undefined;
}
