/**
 * The few members of a WebSocket on which this module relies, so that a transport or a test may bring its own.
 *
 * @module
 */

/** `readyState` of a socket whose handshake is under way. */
export const CONNECTING = 0;
/** `readyState` of a socket that can send. */
export const OPEN = 1;
/** `readyState` of a socket whose closing handshake has begun. */
export const CLOSING = 2;
/** `readyState` of a socket that is gone. */
export const CLOSED = 3;

/** The names of the events that a socket fires. */
export type SocketEventType = "open" | "message" | "close" | "error";

/** What one looks at in a socket's event; which members are there follows from `type`. */
export interface SocketEvent {
  /** Which event it is. */
  readonly type: string;
  /** Of `message`: a string, or bytes in the form that `binaryType` asks for. */
  readonly data?: unknown;
  /** Of `close`: the close code, which may be missing or `0` for an abnormal end. */
  readonly code?: number;
  /** Of `close`: the reason given by the other end. */
  readonly reason?: string;
  /** Of `close`: whether the closing handshake was completed. */
  readonly wasClean?: boolean;
  /** Of `error`: what went wrong, in the runtime's words. */
  readonly message?: string;
}

/** A listener as an object, so that one object serves all events of one socket. */
export interface SocketListener {
  /** Called with each event. Must not throw: on Deno a throw here ends the process. */
  handleEvent(event: SocketEvent): void;
}

/** A WebSocket, as far as we use it. Every `WebSocket` of Deno, browsers, Node and Bun is one. */
export interface SocketLike {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** Bytes handed over and not yet accepted by the operating system. */
  readonly bufferedAmount: number;
  /** The subprotocol that was chosen; native server sockets always say `""`. */
  readonly protocol: string;
  /** The form in which bytes arrive; we set `"arraybuffer"`. */
  binaryType: string;
  /** Hands over a text (string) or binary (bytes) message. Never blocks. */
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** Begins the closing handshake. */
  close(code?: number, reason?: string): void;
  /** Adds a listener for one event. */
  addEventListener(type: SocketEventType, listener: SocketListener): void;
  /** Removes a listener for one event. */
  removeEventListener(type: SocketEventType, listener: SocketListener): void;
  /** Ends the connection at once, where the transport can; native sockets cannot. */
  terminate?(): void;
}
