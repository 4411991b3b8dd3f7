/**
 * What differs between the plain and the managed protocol, as seen by the client: how a connection is set up, and what
 * stands in a frame.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import type { LivenessPolicy } from "../protocol/liveness.ts";
import type { Sendable, WebSocketMessage } from "../protocol/messages.ts";

/** The options of a client, as far as a dialect looks at them. */
export interface LinkOptions {
  /** Silence until a ping, in milliseconds; `0` for never, `undefined` where the application does not say. */
  readonly heartbeatInterval: number | undefined;
  /** The wait after a ping, in milliseconds; `undefined` where the application does not say. */
  readonly heartbeatTimeoutMs: number | undefined;
  /** The client's clock. */
  readonly platform: { now(): number };
}

/** What a dialect learned while it set up a connection. */
export interface LinkSetup {
  /** The id that the server knows this connection by. */
  readonly connectionId?: string;
  /** Whether the session of the connection before goes on. */
  readonly resumed?: boolean;
  /** The largest frame that the server takes, in bytes. */
  readonly maxSendBytes?: number;
  /** When to take a silent server for dead; an interval of 0 means never. */
  readonly liveness: LivenessPolicy;
  /** The round-trip time, in milliseconds, where it was measured. */
  readonly latencyMs?: number;
}

/** An open socket, as a dialect sees it. */
export interface Link {
  /** The subprotocol that the server chose, `""` for none. */
  readonly protocol: string;
  /** The options of the client, as far as a dialect looks at them. */
  readonly options: LinkOptions;
  /** Hands a frame to the socket. Who holds frames back may stand before it. */
  send(frame: Payload): void;
  /** Closes for the application. Who holds frames back may stand before it. */
  close(code: number, reason: string): void;
  /** The connection is set up: messages go both ways. */
  ready(setup: LinkSetup): void;
  /** A message for the application. */
  message(message: WebSocketMessage): void;
  /** A pong. Returns whether it answers a ping of the client's own. */
  pong(data: unknown): boolean;
  /** The server said when it wants to be asked again, and perhaps why the connection will end. */
  advise(retryAfterMs: number | undefined, error?: Error): void;
  /** The server broke the protocol: ends the connection. */
  fail(error: Error, code: number): void;
  /** Ends the connection unless it is set up within `timeoutMs`. */
  failLate(error: Error, code: number, timeoutMs: number): void;
}

/** A protocol between client and server. */
export interface ClientDialect {
  /** The subprotocols to offer in front of the application's. */
  readonly subprotocols: readonly string[];
  /**
   * Puts a message into a frame.
   *
   * @throws {TypeError} If it cannot be sent.
   */
  encode(message: Sendable): Payload;
  /** Makes a ping that carries a number. */
  encodePing(data: number): Payload;
  /** Sets up a connection whose socket has just opened, and returns what takes its frames. It may throw a ProtocolError. */
  begin(link: Link): (frame: Payload) => void;
}
