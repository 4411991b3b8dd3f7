/**
 * What a client can be told: every option with its meaning, unit and default.
 *
 * @module
 */

import type { CloseAction } from "../protocol/close_actions.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import type { ClientPlatform } from "./platform.ts";
import type { ClientLogger, Provider, WebSocketClientHandlers } from "./types.ts";

/** When to try again after a failure or a loss. */
export interface ReconnectOptions {
  /**
   * The first delay is chosen at random from 0 to this many milliseconds; the bound grows from one delay to the next.
   *
   * @default {500}
   */
  readonly baseDelayMs?: number;
  /**
   * By what the bound grows.
   *
   * @default {2}
   */
  readonly factor?: number;
  /**
   * Where the bound stops growing, in milliseconds.
   *
   * @default {30_000}
   */
  readonly maxDelayMs?: number;
  /**
   * The least delay after close code 1013 ("try again later") without advice, in milliseconds. As much again, growing,
   * is the range of the random part.
   *
   * @default {5_000}
   */
  readonly laterDelayMs?: number;
  /**
   * Over how many milliseconds clients spread after close code 1012 ("restart") without advice, and after advice.
   *
   * @default {10_000}
   */
  readonly spreadWindowMs?: number;
  /**
   * How long a connection must have been open to count as good, so that the delays begin anew. A server that accepts and
   * drops is met with growing delays.
   *
   * @default {5_000}
   */
  readonly minUptimeMs?: number;
  /**
   * How often to try again before giving up, counted since the connection was last good; `0` for never.
   *
   * @default {Infinity}
   */
  readonly maxRetries?: number;
  /**
   * Whether the first attempt after `connect()` is tried again too, when it fails. By default `connect()` rejects then,
   * so that a wrong address is noticed; with `true` it waits for as long as it takes.
   *
   * @default {false}
   */
  readonly retryFirst?: boolean;
  /**
   * What to do after a close code, in place of what docs/PROTOCOL.md says: for codes of your own, which stop the client
   * otherwise.
   *
   * @default {{}}
   */
  readonly closeActions?: Readonly<Record<number, CloseAction>>;
}

/** What every client can be told; `Message` is what it receives. */
export interface ReconnectingClientConfig<Message = WebSocketMessage> {
  /**
   * Where to connect to: `ws:` or `wss:`, or `http:` or `https:` meaning the same. In a page it may be relative, such as
   * `"/ws"`. A function is asked before every attempt.
   */
  readonly url: Provider<string | URL>;
  /**
   * The application's subprotocols to offer, in order of preference.
   *
   * @default {[]}
   */
  readonly protocols?: Provider<string | readonly string[]>;
  /** Headers of the upgrade request, where the runtime allows it: Deno, Node and Bun, not browsers. */
  readonly headers?: Provider<HeadersInit>;
  /** The application's handlers; they can be replaced later. */
  readonly handlers?: WebSocketClientHandlers<Message>;
  /** When to try again; `false` for never. */
  readonly reconnect?: ReconnectOptions | false;
  /**
   * How long an attempt may take until the socket is open, in milliseconds, with the functions that are asked before.
   *
   * @default {10_000}
   */
  readonly connectTimeoutMs?: number;
  /**
   * How long `disconnect()` waits for the server, in milliseconds.
   *
   * @default {3_000}
   */
  readonly closeTimeoutMs?: number;
  /**
   * Silence, in milliseconds, until the server is pinged; `0` for never. The plain protocol pings with a JSON
   * `{ type: "ping", data }`, which the server must answer with anything at all.
   *
   * @default managed: what the server announces, or 30 s if it announces nothing; plain: `0`
   */
  readonly heartbeatInterval?: number;
  /**
   * How long to wait for an answer before the connection is taken for dead, in milliseconds.
   *
   * @default managed: what the server announces; else 10 s
   */
  readonly heartbeatTimeoutMs?: number;
  /**
   * How many messages wait at most while there is no connection; `0` for none. Where the server acknowledges messages, as
   * many again are kept that were sent and not acknowledged.
   *
   * @default {1_000}
   */
  readonly maxQueuedMessages?: number;
  /**
   * How many bytes of messages wait at most while there is no connection; and how many are kept that were not acknowledged.
   *
   * @default {1_048_576}
   */
  readonly maxQueuedBytes?: number;
  /**
   * How long a message waits at most for the connection, in milliseconds; `Infinity` for ever. Looked at whenever an
   * attempt begins, the connection opens, or another message is queued.
   *
   * @default {300_000}
   */
  readonly maxQueuedAgeMs?: number;
  /**
   * How many bytes may wait in an open socket before further messages are dropped.
   *
   * @default {16_777_216}
   */
  readonly maxBufferedBytes?: number;
  /**
   * The largest frame that is taken from the server, in bytes. A runtime's own WebSocket has spent the memory by then: it
   * is the connection that is ended, with code 1009.
   *
   * @default {16_777_216}
   */
  readonly maxMessageBytes?: number;
  /**
   * How many received messages are kept while nobody reads them: no `onMessage`, no listener, no loop, or a slow loop.
   *
   * @default {10_000}
   */
  readonly maxUnreadMessages?: number;
  /**
   * How many bytes of received messages are kept while nobody reads them.
   *
   * @default {16_777_216}
   */
  readonly maxUnreadBytes?: number;
  /**
   * Where errors of handlers are written when there is no `onError` and no listener, or when that fails too.
   *
   * @default `console`
   */
  readonly logger?: ClientLogger;
  /**
   * The surroundings: clock, timers, randomness, sockets. For tests, mostly.
   *
   * @default {defaultPlatform}
   */
  readonly platform?: ClientPlatform;
}
