/**
 * The messages of `switchboard.v1` as types: what docs/PROTOCOL.md describes, one interface per heading. Pure.
 *
 * @module
 */

export * from "./positions.ts";
import type { Position, Recovery } from "./positions.ts";

/** The subprotocol that managed peers ask for. A later version gets a name of its own and is offered beside it. */
export const SUBPROTOCOL = "switchboard.v1";

/** An identifier that a peer chose for a message to which it wants an answer. */
export type MessageId = string | number;

/** A message as an application sees it: an object with a `type`, and whatever else the sender put in. */
export interface WebSocketMessage {
  /** What kind of message it is. `"text"` and `"binary"` are also made by us, for frames that are not such objects. */
  readonly type: string;
  /** The content; absent when the sender gave none. */
  // deno-lint-ignore no-explicit-any -- content is whatever the peer sent; a contract gives it a type
  readonly data?: any;
  /** Present when the sender wants an answer. */
  readonly id?: MessageId;
  /** Whatever else the sender put in. */
  // deno-lint-ignore no-explicit-any -- as above
  readonly [key: string]: any;
}

/** What can be sent: a string as a text frame as it is, bytes as a binary frame, anything else as JSON. */
export type Sendable = string | ArrayBuffer | ArrayBufferView | object | number | boolean | null;

/** What is told to a peer whose message could not be handled. Never a stack, never foreign text. */
export interface WireError {
  /** A stable code such as `internal_error`, `forbidden`, `rate_limited`. */
  readonly code: string;
  /** A sentence that is safe to show. */
  readonly message: string;
  /** More, where there is more to say. */
  readonly data?: unknown;
}

/** The feature of sessions, counted messages and positions, as named in hello and welcome. */
export const RESUME = "resume";

/** The client's first message. */
export interface HelloMessage {
  /** Tells this message from all others. */
  readonly type: "$hello";
  /** Parts of the protocol beyond the core that the client can do; unknown names are ignored. */
  readonly features?: readonly string[];
  /** Name and version of the client's software, for logs. */
  readonly client?: string;
  /** The token with which the client signs in, where it did not do so in the handshake. */
  readonly token?: string;
  /** The name under which the client numbers its counted messages. */
  readonly stream?: string;
  /** The number of the first counted message that it has to send. */
  readonly next?: number;
  /** The number of the last counted message that it has received. */
  readonly received?: number;
  /** The session that it wants to go on with. */
  readonly resume?: { readonly id: string; readonly secret: string };
  /** How far it has read the logs of rooms. */
  readonly positions?: Readonly<Record<string, Position>>;
}

/** The server's answer to a hello: the connection is set up. */
export interface WelcomeMessage {
  /** Tells this message from all others. */
  readonly type: "$welcome";
  /** The connection's public id. */
  readonly id: string;
  /** Whether this continues an earlier session. */
  readonly resumed: boolean;
  /** The features that both sides can do and that are active from here on. */
  readonly features: readonly string[];
  /** Silence until the server pings, and how long it waits then; both `0` when it does not ping. */
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number };
  /** The largest message that the server takes, in bytes. */
  readonly maxMessageBytes: number;
  /** How many messages the server takes in one frame. */
  readonly maxFrameMessages?: number;
  /** How long the client's sign-in is good for, in milliseconds; absent when it does not end. */
  readonly expiresInMs?: number;
  /** What is needed to resume, and how long after the end of a connection that can be done. */
  readonly session?: { readonly secret: string; readonly windowMs: number };
  /** The number of the last counted message that the server has taken. */
  readonly received?: number;
  /** The number of the next counted message that the server sends. */
  readonly next?: number;
  /** The rooms that the client is in, and everybody's. */
  readonly rooms?: Readonly<Record<string, Recovery>>;
}

/** The server does not take this connection; the close follows. */
export interface RefusedMessage {
  /** Tells this message from all others. */
  readonly type: "$refused";
  /** Why: `unauthorized`, `forbidden`, `full`, `too_many_connections`, `restarting`. */
  readonly code: string;
  /** When to ask again; absent when asking again is of no use, or the client's own delay will do. */
  readonly retryAfterMs?: number;
}

/** Asks the other side to answer with a pong. */
export interface PingMessage {
  /** Tells this message from all others. */
  readonly type: "$ping";
  /** Comes back in the pong as it is. */
  readonly data?: unknown;
}

/** The answer to a ping. */
export interface PongMessage {
  /** Tells this message from all others. */
  readonly type: "$pong";
  /** What the ping carried. */
  readonly data?: unknown;
}

/** The other side's counted messages up to this one were handled. */
export interface AckMessage {
  /** Tells this message from all others. */
  readonly type: "$ack";
  /** The number of the last one. */
  readonly n: number;
}

/** Messages of a room were left out for this client, for good. */
export interface SkippedMessage extends Position {
  /** Tells this message from all others. */
  readonly type: "$skipped";
  /** The name of the room. */
  readonly room: string;
  /** Why. */
  readonly reason: string;
}

/** The client wants to read the log of a room. */
export interface HistoryMessage {
  /** Tells this message from all others. */
  readonly type: "$history";
  /** The id of the message that is answered, or that asks for an answer. */
  readonly id: MessageId;
  /** The name of the room. */
  readonly room: string;
  /** Only what stands behind this. */
  readonly since?: Position;
  /** How many at most. */
  readonly limit?: number;
}

/** The answer to a message that had an `id`; the answer to a join tells the position in the room's log, too. */
export interface ReplyMessage extends Recovery {
  /** Tells this message from all others. */
  readonly type: "$reply";
  /** The id of the message that is answered, or that asks for an answer. */
  readonly id: MessageId;
  /** What the handler returned; `null` when it returned nothing. */
  readonly data: unknown;
}

/** A message could not be handled. With the `id` of the message, when it had one. */
export interface ErrorMessage {
  /** Tells this message from all others. */
  readonly type: "$error";
  /** The id of the message that is answered, or that asks for an answer. */
  readonly id?: MessageId;
  /** What is told of it. */
  readonly error: WireError;
}

/** The client wants to be in a room. */
export interface JoinMessage {
  /** Tells this message from all others. */
  readonly type: "$join";
  /** The id of the message that is answered, or that asks for an answer. */
  readonly id: MessageId;
  /** The name of the room. */
  readonly room: string;
  /** Data for the rule that decides. */
  readonly data?: unknown;
  /** How far the client has read the log of the room. */
  readonly since?: Position;
}

/** The client wants to leave a room. */
export interface LeaveMessage {
  /** Tells this message from all others. */
  readonly type: "$leave";
  /** The id of the message that is answered, or that asks for an answer. */
  readonly id: MessageId;
  /** The name of the room. */
  readonly room: string;
}

/** The client presents a token: the first one, or one that replaces an expiring one. */
export interface CredentialsMessage {
  /** Tells this message from all others. */
  readonly type: "$credentials";
  /** The id of the message that is answered, or that asks for an answer. */
  readonly id: MessageId;
  /** The token. */
  readonly token: string;
}

/** The server put the client into a room. */
export interface JoinedMessage extends Recovery {
  /** Tells this message from all others. */
  readonly type: "$joined";
  /** The name of the room. */
  readonly room: string;
}

/** The server took the client out of a room. */
export interface LeftMessage {
  /** Tells this message from all others. */
  readonly type: "$left";
  /** The name of the room. */
  readonly room: string;
  /** Why: `forbidden`, `removed`. */
  readonly code: string;
}

/** Who asked does not wait for the answer any more. */
export interface CancelMessage {
  /** Tells this message from all others. */
  readonly type: "$cancel";
  /** The id of the request. */
  readonly id: MessageId;
}

/** The server will close soon and says when to come back. */
export interface AdviceMessage {
  /** Tells this message from all others. */
  readonly type: "$advice";
  /** How long to wait before the next attempt, in milliseconds. */
  readonly retryAfterMs: number;
}

/** An application value that is not an object with a string `type`. */
export interface ValueMessage {
  /** Tells this message from all others. */
  readonly type: "$value";
  /** The value. */
  readonly data: unknown;
}

/** Everything of ours that a client may send. */
export type ClientControl =
  | HelloMessage
  | PingMessage
  | PongMessage
  | AckMessage
  | ReplyMessage
  | ErrorMessage
  | JoinMessage
  | LeaveMessage
  | HistoryMessage
  | CancelMessage
  | CredentialsMessage
  | ValueMessage;

/** Everything of ours that a server may send. */
export type ServerControl =
  | WelcomeMessage
  | RefusedMessage
  | PingMessage
  | PongMessage
  | AckMessage
  | ReplyMessage
  | ErrorMessage
  | JoinedMessage
  | LeftMessage
  | SkippedMessage
  | CancelMessage
  | AdviceMessage
  | ValueMessage;

/** Everything of ours. */
export type ControlMessage = ClientControl | ServerControl;
