/**
 * The port behind which everything stands that a runtime must give: clock, timer, upgrade and listener.
 *
 * `deno.ts` implements it for Deno; tests and other runtimes bring their own.
 *
 * @module
 */

import type { SocketLike } from "../internal/socket_like.ts";

/** How a request is to be upgraded. Everything has been checked by then. */
export interface UpgradeOptions {
  /** The subprotocol to answer, `""` for none. It is one that the peer asked for. */
  readonly protocol: string;
  /** Silence in seconds after which the runtime itself ends the connection, pinging at half time; 0 for never. */
  readonly idleTimeoutSeconds: number;
}

/** A request that was upgraded: the socket, and the response that must now be returned as it is. */
export interface Upgraded {
  /** The socket; not open yet. */
  readonly socket: SocketLike;
  /** The 101 response. */
  readonly response: Response;
}

/** Turns a request into a socket and the response that must be returned for it. */
export type UpgradeFunction = (request: Request, options: UpgradeOptions) => Upgraded;

/** Where to listen. */
export interface ListenOptions {
  /** The TCP port; `0` for any free one. */
  readonly port: number;
  /**
   * The address to listen on.
   *
   * @default {"0.0.0.0"}
   */
  readonly hostname?: string;
  /** The certificate chain in PEM, for TLS. With `key`. */
  readonly cert?: string;
  /** The private key in PEM, for TLS. With `cert`. */
  readonly key?: string;
}

/** Where a listener listens. */
export interface ListenAddress {
  /** The address. */
  readonly hostname: string;
  /** The port. */
  readonly port: number;
}

/** What a request handler is told beside the request. */
export interface RequestInfo {
  /** The other end of the TCP connection. */
  readonly remoteAddr?: unknown;
}

/** A listener of the runtime. */
export interface Listener {
  /** Where it listens. */
  readonly address: ListenAddress;
  /** Resolves when it ended, also when it ended by itself. */
  readonly finished: Promise<void>;
  /** Ends it. Does not end the sockets that were upgraded. */
  shutdown(): Promise<void>;
}

/** Answers requests. */
export type RequestHandler = (request: Request, info: RequestInfo) => Response | Promise<Response>;

/** What a runtime gives. */
export interface Platform {
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** The date, in milliseconds since the Unix epoch. */
  date(): number;
  /** Calls `callback` once after `delayMs`; must not keep the process alive. */
  setTimer(callback: () => void, delayMs: number): unknown;
  /** Takes such a call back. */
  clearTimer(timer: unknown): void;
  /**
   * Calls `callback` soon, when the events that the runtime already holds for this turn have been delivered. Closes are put
   * off with it where a runtime loses the close code of a socket that is closed in the middle of its events; without it
   * they are not.
   */
  defer?(callback: () => void): void;
  /** The memory that the process holds (its resident set), in bytes. Left out where a runtime does not tell. */
  memoryBytes?(): number;
  /**
   * Reads a variable of the environment: `undefined` when it is not set, or may not be read. Never asks anybody for
   * permission, and never throws.
   */
  env?(name: string): string | undefined;
  /** Upgrades a request. */
  readonly upgrade: UpgradeFunction;
  /** Starts to listen; throws or rejects when that fails. */
  listen(options: ListenOptions, handler: RequestHandler): Listener | Promise<Listener>;
}
