/**
 * The types that users meet where messages are handled and answered.
 *
 * @module
 */

import type { Contract } from "../protocol/contract.ts";
import type { ServerHandled } from "../protocol/contract_types.ts";
import type { Sendable, WebSocketMessage } from "../protocol/messages.ts";
import type { BroadcastOptions, WebSocketConnection } from "./types.ts";

/** How an answer is waited for. */
export interface RequestOptions {
  /**
   * How long one attempt waits for its answer, in milliseconds.
   *
   * @default {30_000}
   */
  readonly timeoutMs?: number;
  /**
   * How often the request is sent again, under the same id, when its time is over.
   *
   * @default {0}
   */
  readonly retries?: number;
  /** Gives the request up when it is aborted: the promise rejects with its reason, and a managed peer is told. */
  readonly signal?: AbortSignal;
}

/** How a message is published: as it is broadcast, to one room. */
export type PublishOptions<Data = unknown> = Omit<BroadcastOptions<Data>, "room">;

/** What follows the type of a request: data, unless there may be none, and {@linkcode RequestOptions}. */
export type RequestArguments<Asked> = undefined extends Asked ? [data?: Asked, options?: RequestOptions]
  : [data: Asked, options?: RequestOptions];

/** One answer to a request that was put to many. */
// deno-lint-ignore no-explicit-any -- as above
export type RequestResult<Data, Reply, C extends Contract = any> =
  | {
    /** Who answered. */
    readonly connection: WebSocketConnection<Data, C>;
    /** It answered yes. */
    readonly status: "fulfilled";
    /** The answer. */
    readonly value: Reply;
  }
  | {
    /** Who did not. */
    readonly connection: WebSocketConnection<Data, C>;
    /** It answered no, in vain, or not at all. */
    readonly status: "rejected";
    /** What `request` of that connection rejected with. */
    readonly reason: unknown;
  };

/** What a handler is given beside the data. */
// deno-lint-ignore no-explicit-any -- without type arguments it is that of any server
export interface MessageContext<Data = any, C extends Contract = any> {
  /** Who sent the message. */
  readonly connection: WebSocketConnection<Data, C>;
  /** The message itself. */
  readonly message: WebSocketMessage;
  /** The room that the message was sent to, in a handler that belongs to rooms; else `undefined`. */
  readonly room: string | undefined;
  /** Aborted when the peer gives up or goes, and when the handler's time is over. */
  readonly signal: AbortSignal;
  /** Until when the peer waits for the answer, by the date of the server; `undefined` when it did not say. */
  readonly deadline: Date | undefined;
  /**
   * A name for this message that is the same whenever it comes: by it, what was done already can be recognised when a client
   * sends it again after the server was killed. `undefined` for peers that do not number their messages.
   */
  readonly messageKey: string | undefined;
  /**
   * Broadcasts to a room as a part of handling this message: what is published is sent when the handler is done, and not at
   * all where it fails. Encoded at once.
   *
   * @throws {TypeError} If the message cannot be sent.
   */
  publish(room: string, message: Sendable, options?: PublishOptions<Data>): void;
}

/**
 * Handles the messages of one type. What it returns, or the promise of it, is the answer if the message has an `id`;
 * nothing else is ever sent. A {@linkcode MessageError} that it throws is the answer no.
 *
 * Without type arguments it is one for any type of message, on any server.
 */
// deno-lint-ignore no-explicit-any -- as above
export type MessageHandler<Data = any, C extends Contract = any, Type extends string = string> = (
  data: ServerHandled<C, Type>["data"],
  context: MessageContext<Data, C>,
) => ServerHandled<C, Type>["reply"] | Promise<ServerHandled<C, Type>["reply"]>;

/** A handler whose types are not known any more. */
// deno-lint-ignore no-explicit-any -- what goes in was checked where the handler was given
export type AnyHandler = (data: any, context: any) => unknown;
