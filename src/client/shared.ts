/**
 * What the parts of the client that are loaded later, where they are needed, share with those that every page loads.
 *
 * It is given to them, and not imported by them: bundlers put what two files import into a third one, and every page would
 * load two files in place of one.
 *
 * @module
 */

import type { ConnectionClosedError, InvalidDataError } from "../errors.ts";
import type { OutboxFullError, RequestTimeoutError, UnknownTypeError } from "../errors.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import type { Announcer } from "./announcer.ts";
import type { Answerer, Exchange } from "./answerer.ts";
import type { Asking } from "./asking.ts";
import type { give } from "./connector.ts";
import type { ClientRequestOptions } from "./conversation_types.ts";
import type { Core } from "./core.ts";
import type { Delivery } from "./delivery.ts";
import type { Gate } from "./gate.ts";
import type { addHandler } from "./handlers.ts";
import type { misuse, toError } from "./misuse.ts";
import type { ClientOptions } from "./options.ts";
import type { createAlarm } from "./platform.ts";
import type { toRemoteError } from "./remote_error.ts";
import type { createShelf } from "./shelf.ts";
import type { exceeds } from "./size.ts";

/** What is shared. */
export interface Shared {
  readonly options: ClientOptions & { readonly maxPendingRequests: number };
  readonly core: Core;
  readonly announcer: Announcer;
  readonly answerer: Answerer;
  readonly delivery: Delivery;
  /** Whether the server speaks the managed protocol. */
  readonly isManaged: boolean;
  /** Whether we want a session. */
  readonly resume: boolean;
  /** Whether what is sent is held to the contract. */
  readonly validateOutgoing: boolean;
  /** What checks against the contract, where there is one. */
  gate(): Gate | undefined;
  /** Lets what asks do that: now, or as soon as it is loaded. */
  ask<Result>(use: (asking: Asking) => Promise<Result>): Promise<Result>;
  /** Asks for the application, in a room. */
  request(type: string, data: unknown, options: ClientRequestOptions | undefined, room: string): Promise<unknown>;
  /** Hands a message to whoever it is for. */
  deliver(exchange: Exchange, bytes: number): void;
  /** There is a handler that was not there before. */
  handlerAdded(): void;
  /** Makes of a message in a log what the application gets. */
  decode(message: unknown): WebSocketMessage;
  /** What promises reject with when the connection is gone. */
  closedError(): ConnectionClosedError;
  readonly addHandler: typeof addHandler;
  readonly createAlarm: typeof createAlarm;
  readonly createShelf: typeof createShelf;
  readonly exceeds: typeof exceeds;
  readonly give: typeof give;
  readonly misuse: typeof misuse;
  readonly toError: typeof toError;
  readonly toRemoteError: typeof toRemoteError;
  readonly InvalidDataError: typeof InvalidDataError;
  readonly OutboxFullError: typeof OutboxFullError;
  readonly RequestTimeoutError: typeof RequestTimeoutError;
  readonly UnknownTypeError: typeof UnknownTypeError;
}
