/**
 * The conditions that callers are meant to handle, one class each, every one with a stable `code`.
 *
 * Misuse by the programmer is not here: it is a built-in `TypeError` or `RangeError`, thrown before anything started.
 *
 * @module
 */

/** The stable codes of our error classes, as found in {@linkcode SwitchboardError.code}. */
export type ErrorCode =
  | "connect_failed"
  | "connect_timeout"
  | "connection_closed"
  | "handler_timeout"
  | "inbox_full"
  | "invalid_data"
  | "listen_failed"
  | "message_error"
  | "not_initialized"
  | "outbox_full"
  | "protocol_error"
  | "refused"
  | "remote_error"
  | "request_timeout"
  | "subprotocol_missing"
  | "unknown_type"
  | "upgrade_failed";

/** What all errors of this module have in common: a `code` that never changes, to be compared instead of the text. */
export abstract class SwitchboardError extends Error {
  /** Which condition this is. Compare this, never the message. */
  abstract readonly code: ErrorCode;
}

/** The connection went away before what was asked for could happen. */
export class ConnectionClosedError extends SwitchboardError {
  /** Always `"ConnectionClosedError"`. */
  override readonly name = "ConnectionClosedError";
  /** Always `"connection_closed"`. */
  readonly code = "connection_closed" as const;
  /** The close code, `1006` when the connection broke without one. */
  declare readonly closeCode: number;
  /** The reason that came with the close code, `""` when there was none. */
  declare readonly reason: string;

  /** Describes what was attempted when the connection had gone with `closeCode` and `reason`. */
  constructor(message: string, closeCode: number, reason: string) {
    super(message);
    this.closeCode = closeCode;
    this.reason = reason;
  }
}

/** The connection could not be opened at all: refused, unreachable, not a WebSocket, or not ours to open. */
export class ConnectFailedError extends SwitchboardError {
  /** Always `"ConnectFailedError"`. */
  override readonly name = "ConnectFailedError";
  /** Always `"connect_failed"`. */
  readonly code = "connect_failed" as const;
}

/** The connection did not open, or the server did not welcome us, within its deadline. */
export class ConnectTimeoutError extends SwitchboardError {
  /** Always `"ConnectTimeoutError"`. */
  override readonly name = "ConnectTimeoutError";
  /** Always `"connect_timeout"`. */
  readonly code = "connect_timeout" as const;
  /** What was waited for. */
  declare readonly stage: "open" | "welcome";
  /** The deadline that passed, in milliseconds. */
  declare readonly timeoutMs: number;

  /** Tells which stage took longer than `timeoutMs`. */
  constructor(message: string, stage: "open" | "welcome", timeoutMs: number) {
    super(message);
    this.stage = stage;
    this.timeoutMs = timeoutMs;
  }
}

/** The server accepted the socket and then refused the connection in band. */
export class RefusedError extends SwitchboardError {
  /** Always `"RefusedError"`. */
  override readonly name = "RefusedError";
  /** Always `"refused"`. */
  readonly code = "refused" as const;
  /** Why, as the server said it: `forbidden`, `unauthorized`, `full`, `too_many_connections`, `restarting`, … */
  declare readonly refusal: string;
  /** After how many milliseconds the server wants to be asked again; `undefined` when it did not say. */
  declare readonly retryAfterMs: number | undefined;

  /** Tells the server's own code for the refusal and when it may be asked again. */
  constructor(message: string, refusal: string, retryAfterMs?: number) {
    super(message);
    this.refusal = refusal;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The server did not choose the subprotocol that this client speaks. */
export class SubprotocolMissingError extends SwitchboardError {
  /** Always `"SubprotocolMissingError"`. */
  override readonly name = "SubprotocolMissingError";
  /** Always `"subprotocol_missing"`. */
  readonly code = "subprotocol_missing" as const;
}

/** The other end said something that the protocol does not allow. */
export class ProtocolError extends SwitchboardError {
  /** Always `"ProtocolError"`. */
  override readonly name = "ProtocolError";
  /** Always `"protocol_error"`. */
  readonly code = "protocol_error" as const;
  /** The close code with which such a peer is sent away. */
  declare readonly closeCode: number;

  /** Tells the breach, and the close code that it deserves. */
  constructor(message: string, closeCode: number, options?: ErrorOptions) {
    super(message, options);
    this.closeCode = closeCode;
  }
}

/** A message was not taken, because too much is waiting for the connection to come back. */
export class OutboxFullError extends SwitchboardError {
  /** Always `"OutboxFullError"`. */
  override readonly name = "OutboxFullError";
  /** Always `"outbox_full"`. */
  readonly code = "outbox_full" as const;
  /**
   * Which bound was reached: how many `messages` or `bytes` wait, their `age`, the bytes `buffered` by the socket, or the
   * `size` that the server takes.
   */
  declare readonly bound: "messages" | "bytes" | "age" | "buffered" | "size";
  /** The value of that bound: messages, bytes or milliseconds. */
  declare readonly limit: number;

  /** Tells the bound that refused or expired the message. */
  constructor(message: string, bound: OutboxFullError["bound"], limit: number) {
    super(message);
    this.bound = bound;
    this.limit = limit;
  }
}

/** A received message was not kept, because too many wait that nobody reads. */
export class InboxFullError extends SwitchboardError {
  /** Always `"InboxFullError"`. */
  override readonly name = "InboxFullError";
  /** Always `"inbox_full"`. */
  readonly code = "inbox_full" as const;
  /** Which bound was reached. */
  declare readonly bound: "messages" | "bytes";
  /** The value of that bound: messages or bytes. */
  declare readonly limit: number;

  /** Tells the bound that refused the message. */
  constructor(message: string, bound: "messages" | "bytes", limit: number) {
    super(message);
    this.bound = bound;
    this.limit = limit;
  }
}

/** A handler did not settle within its deadline; the messages behind it go on. */
export class HandlerTimeoutError extends SwitchboardError {
  /** Always `"HandlerTimeoutError"`. */
  override readonly name = "HandlerTimeoutError";
  /** Always `"handler_timeout"`. */
  readonly code = "handler_timeout" as const;
  /** The deadline that passed, in milliseconds. */
  declare readonly timeoutMs: number;

  /** Tells the deadline that the handler missed. */
  constructor(message: string, timeoutMs: number) {
    super(message);
    this.timeoutMs = timeoutMs;
  }
}

/** The runtime failed to upgrade a request that had passed every check. */
export class UpgradeFailedError extends SwitchboardError {
  /** Always `"UpgradeFailedError"`. */
  override readonly name = "UpgradeFailedError";
  /** Always `"upgrade_failed"`. */
  readonly code = "upgrade_failed" as const;
}

/** The server could not listen, or its listener ended by itself. */
export class ListenFailedError extends SwitchboardError {
  /** Always `"ListenFailedError"`. */
  override readonly name = "ListenFailedError";
  /** Always `"listen_failed"`. */
  readonly code = "listen_failed" as const;
}

/** The application's server was asked for before there was one. */
export class NotInitializedError extends SwitchboardError {
  /** Always `"NotInitializedError"`. */
  override readonly name = "NotInitializedError";
  /** Always `"not_initialized"`. */
  readonly code = "not_initialized" as const;
}

/**
 * Thrown by the application, in a handler, a room's rule or a middleware, to answer a peer with a code and a sentence of
 * its own. Whatever else is thrown there is answered with `internal_error` and told to nobody but `onError`.
 */
export class MessageError extends SwitchboardError {
  /** Always `"MessageError"`. */
  override readonly name = "MessageError";
  /** Always `"message_error"`. */
  readonly code = "message_error" as const;
  /** The code that the peer gets, such as `"forbidden"`. */
  declare readonly errorCode: string;
  /** More for the peer, as JSON; nothing when `undefined`. */
  declare readonly data: unknown;

  /** Takes the code for the peer, a sentence that is safe to show it, and more where there is more to say. */
  constructor(errorCode: string, message: string, data?: unknown) {
    super(message);
    this.errorCode = errorCode;
    this.data = data;
  }
}

/** The other end answered a request, or a wish to join a room, with no. */
export class RemoteError extends SwitchboardError {
  /** Always `"RemoteError"`. */
  override readonly name = "RemoteError";
  /** Always `"remote_error"`. */
  readonly code = "remote_error" as const;
  /** The other end's own code, such as `"forbidden"` or `"invalid_data"`. */
  declare readonly remoteCode: string;
  /** What it said beside its sentence, which is the message of this error. */
  declare readonly data: unknown;

  /** Tells what the other end said: its code, its sentence, and more if there was more. */
  constructor(remoteCode: string, message: string, data?: unknown) {
    super(message);
    this.remoteCode = remoteCode;
    this.data = data;
  }
}

/** A request was not answered in time. */
export class RequestTimeoutError extends SwitchboardError {
  /** Always `"RequestTimeoutError"`. */
  override readonly name = "RequestTimeoutError";
  /** Always `"request_timeout"`. */
  readonly code = "request_timeout" as const;
  /** The type of the request. */
  declare readonly type: string;
  /** How long each attempt was given, in milliseconds. */
  declare readonly timeoutMs: number;

  /** Tells which request waited for how long. */
  constructor(message: string, type: string, timeoutMs: number) {
    super(message);
    this.type = type;
    this.timeoutMs = timeoutMs;
  }
}

/** Something that the contract does not allow, and where. */
export interface DataIssue {
  /** The way to the place, from the message's `data`; `[]` for `data` itself. */
  readonly path: readonly (string | number)[];
  /** What the schema says of it, for who develops the application: it may repeat what was sent. */
  readonly message: string;
}

/** The data of a message is not what the contract says. */
export class InvalidDataError extends SwitchboardError {
  /** Always `"InvalidDataError"`. */
  override readonly name = "InvalidDataError";
  /** Always `"invalid_data"`. */
  readonly code = "invalid_data" as const;
  /** Whether it arrived or was to be sent. */
  declare readonly direction: "incoming" | "outgoing";
  /** The type of the message, or the name of the room. */
  declare readonly type: string;
  /** Everything that is wrong with it. */
  declare readonly issues: readonly DataIssue[];

  /** Tells which message has which faults. */
  constructor(message: string, direction: "incoming" | "outgoing", type: string, issues: readonly DataIssue[]) {
    super(message);
    this.direction = direction;
    this.type = type;
    this.issues = issues;
  }
}

/** A message arrived for whose type there is no handler. Told once for each type. */
export class UnknownTypeError extends SwitchboardError {
  /** Always `"UnknownTypeError"`. */
  override readonly name = "UnknownTypeError";
  /** Always `"unknown_type"`. */
  readonly code = "unknown_type" as const;
  /** The type, escaped and cut. */
  declare readonly type: string;

  /** Tells the type. */
  constructor(message: string, type: string) {
    super(message);
    this.type = type;
  }
}
