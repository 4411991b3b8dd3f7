/**
 * What the parts of the client that are loaded later, where they are needed, share with those that every page loads.
 *
 * It is given to them, and not imported by them: bundlers put what two files import into a third one, and every page would
 * load two files in place of one.
 *
 * @module
 */

import type {
  ConnectionClosedError,
  InvalidDataError,
  MessageError,
  OutboxFullError,
  RemoteError,
  RequestTimeoutError,
  UnknownTypeError,
} from "../errors.ts";
import type { Announcer } from "./announcer.ts";
import type { answer, wantedBy } from "./answers.ts";
import type { give } from "./connector.ts";
import type { ConversationConfig } from "./conversation_config.ts";
import type { ClientRequestOptions } from "./conversation_types.ts";
import type { Core } from "./core.ts";
import type { Delivery } from "./delivery.ts";
import type { addHandler, Handlers } from "./handlers.ts";
import type { decodeMessage, Reserved } from "./managed_codec.ts";
import type { misuse, toError } from "./misuse.ts";
import type { ClientOptions } from "./options.ts";
import type { createAlarm } from "./platform.ts";
import type { createShelf } from "./shelf.ts";
import type { exceeds } from "./size.ts";

/** What is shared. */
export interface Shared {
  /** What the client was told, and that with the defaults in place. */
  readonly config: ConversationConfig;
  readonly options: ClientOptions & { readonly maxPendingRequests: number };
  readonly core: Core;
  readonly announcer: Announcer;
  readonly delivery: Delivery;
  /** What was said to the protocol beside messages. */
  readonly reserved: Reserved;
  /** The application's handlers, by type. */
  readonly handlers: Handlers;
  /** Whether the server speaks the managed protocol. */
  readonly isManaged: boolean;
  /** Whether we want a session. */
  readonly resume: boolean;
  /** Whether an answer would find who asked: now, or when the session goes on. */
  canAnswer(): boolean;
  /** What promises reject with when the connection is gone. */
  closedError(): ConnectionClosedError;
  /** Asks for the application, in a room. */
  request(type: string, data: unknown, options: ClientRequestOptions | undefined, room: string): Promise<unknown>;
  readonly addHandler: typeof addHandler;
  readonly answer: typeof answer;
  readonly createAlarm: typeof createAlarm;
  readonly createShelf: typeof createShelf;
  readonly decodeMessage: typeof decodeMessage;
  readonly exceeds: typeof exceeds;
  readonly give: typeof give;
  readonly misuse: typeof misuse;
  readonly toError: typeof toError;
  readonly wantedBy: typeof wantedBy;
  readonly InvalidDataError: typeof InvalidDataError;
  readonly MessageError: typeof MessageError;
  readonly OutboxFullError: typeof OutboxFullError;
  readonly RemoteError: typeof RemoteError;
  readonly RequestTimeoutError: typeof RequestTimeoutError;
  readonly UnknownTypeError: typeof UnknownTypeError;
}
