/**
 * The options of a server: what each means. `config.ts` has the defaults and checks them.
 *
 * @module
 */

import type { Contract } from "../protocol/contract.ts";
import type { WhenFull } from "./gate.ts";
import type { Handshake } from "./handshake.ts";
import type { LogOptions } from "./log_rules.ts";
import type { Origins } from "./origin.ts";
import type { Platform } from "./platform.ts";
import type { Authenticate, TokenSources, WhenUserFull } from "./sign_in_types.ts";
import type { ResumeOptions } from "./resume_options.ts";
import type { SubprotocolChooser } from "./subprotocol.ts";
import type { WebSocketHandlers } from "./types.ts";

/** The options of a {@linkcode WebSocketServer}. All may be left out. */
export interface WebSocketConfig<Data = Record<string, unknown>, C extends Contract = Contract> {
  /**
   * Which URLs are ours: this path and what lies under it, or a URLPattern pathname such as `"/ws/:room"`, whose
   * parameters a connection then has as `params`.
   *
   * @default {"/ws"}
   */
  readonly path?: string;
  /** What is called when something happens. Settable later as `server.handlers`. */
  readonly handlers?: WebSocketHandlers<Data, C>;
  /**
   * What client and server say to each other, made by `defineContract`: gives types to handlers, requests and rooms, and
   * every message that arrives is checked against it before a handler sees it. Without one anything goes.
   */
  readonly contract?: C;
  /**
   * Whether what this server sends is checked too: messages, requests and answers. Its schemas must not be asynchronous.
   *
   * @default {false}
   */
  readonly validateOutgoing?: boolean;
  /**
   * Makes the application's own data of a connection from its request, before the upgrade. What it returns is
   * `connection.data`, and its type too. If it throws, the request is answered with 500. Not beside `authenticate`.
   */
  readonly data?: (handshake: Handshake) => Data;
  /**
   * Decides who a peer is and whether it may come in, from the token in its request, or from anything else in it. It may
   * take as long as `openTimeoutMs`.
   *
   * What it returns is `connection.data`, and its type too. Two members of it mean something: `userId`, a string of up to
   * 256 characters, makes the connection one of this user's, and `expiresAt`, a Date or milliseconds since the Unix epoch,
   * closes it with 4401 at that moment unless the peer has shown a new token. The time left is measured once, when it is
   * returned: later changes of the system's date change nothing.
   *
   * `null`, `undefined` or `false` refuses the peer with 401, a Response with its own status (which managed peers are told
   * in band); if it throws, with 500. For a connection that shows a new token it is called again, with `connection` set;
   * what it returns then takes the place of `connection.data`, and must have the same `userId`.
   */
  readonly authenticate?: Authenticate<Data>;
  /** Where the token is looked for, see {@linkcode TokenSources}. Only beside `authenticate`. */
  readonly tokenSources?: TokenSources;
  /**
   * Silence, in milliseconds, after which a peer is pinged; 0 switches heartbeats off. Half of the 60 s after which
   * nginx, by default, cuts an idle connection.
   *
   * @default {30_000}
   */
  readonly heartbeatInterval?: number;
  /**
   * How long to wait after a ping, in milliseconds. Plain peers are pinged by the runtime, which ends them after
   * `heartbeatInterval` and this together. Pages in the background may be frozen for up to a minute.
   *
   * @default {60_000}
   */
  readonly heartbeatTimeoutMs?: number;
  /**
   * Closes, with 4408, a peer that has sent no message for so many milliseconds; 0 for never.
   *
   * @default {0}
   */
  readonly idleTimeoutMs?: number;
  /**
   * Closes, with 4408, a peer that accepts not one byte of what waits for it for so many milliseconds; 0 for never.
   *
   * @default half of heartbeatInterval and heartbeatTimeoutMs together
   */
  readonly writeTimeoutMs?: number;
  /**
   * Pages of which origins may connect: `"same-host"` (the Origin's host and port are those of the request), `"any"`, a
   * list of origins such as `"https://example.com"`, or a function, which may take its time.
   *
   * @default {"same-host"}
   */
  readonly origins?: Origins;
  /**
   * Whether requests without an Origin are refused. Browsers always send one; other clients mostly do not.
   *
   * @default {false}
   */
  readonly requireOrigin?: boolean;
  /** The values of the Host header that are answered, such as `"example.com"`; all when left out. Prevents DNS rebinding. */
  readonly hosts?: readonly string[];
  /**
   * Which proxies are believed when they report address, scheme and host in `X-Forwarded-For`, `-Proto` and `-Host`:
   * none, a number of proxies that stand next to us, or the networks in which they stand, such as `["10.0.0.0/8"]`.
   *
   * @default {false}
   */
  readonly trustProxy?: false | number | readonly string[];
  /** The application's own subprotocols, those preferred first, or a function that chooses among those offered. */
  readonly protocols?: readonly string[] | SubprotocolChooser;
  /**
   * Whether a peer that offers no subprotocol that we speak is refused with 400.
   *
   * @default {false}
   */
  readonly requireProtocol?: boolean;
  /** Headers for the 101 response, such as `Set-Cookie`, or a function that makes them. */
  readonly headers?: HeadersInit | ((handshake: Handshake) => HeadersInit);
  /**
   * Connections at once; `Infinity` lifts the limit.
   *
   * @default {10_000}
   */
  readonly maxConnections?: number;
  /**
   * Connections from one address at once, so that one peer cannot take all places; `Infinity` lifts the limit. Behind a
   * proxy set `trustProxy`, or all peers have one address.
   *
   * @default {1_000}
   */
  readonly maxConnectionsPerAddress?: number;
  /**
   * Connections of one user at once, by the `userId` that `authenticate` returned; `Infinity` lifts the limit.
   *
   * @default {Infinity}
   */
  readonly maxConnectionsPerUser?: number;
  /**
   * What happens to a connection that would be one more than `maxConnectionsPerUser`: `"reject"` refuses it with 429,
   * `"replace"` lets it in, and closes the user's oldest with 4409 as soon as it is open.
   *
   * @default {"reject"}
   */
  readonly whenUserFull?: WhenUserFull;
  /**
   * What happens to a request for which there is no place: `"reject"` answers 503 with `Retry-After`, `"wait"` lets it
   * wait for one, `"closeWith"` accepts it and closes with 1013, which browsers can see.
   *
   * @default {"reject"}
   */
  readonly whenFull?: WhenFull;
  /**
   * Requests that may wait at once with `whenFull: "wait"`.
   *
   * @default {100}
   */
  readonly maxWaiting?: number;
  /**
   * How long a request may wait, in milliseconds.
   *
   * @default {10_000}
   */
  readonly waitTimeoutMs?: number;
  /**
   * What refused peers are told to wait before they ask again, in milliseconds.
   *
   * @default {5_000}
   */
  readonly retryAfterMs?: number;
  /**
   * The largest message, in bytes; a peer that sends a larger one is closed with 1009. On the native transport a message
   * can be measured only after it has arrived.
   *
   * @default {1_048_576}
   */
  readonly maxMessageBytes?: number;
  /**
   * The longest path with query, in bytes; longer ones are answered with 414.
   *
   * @default {8_192}
   */
  readonly maxUrlBytes?: number;
  /**
   * The longest header line of a request, in bytes; longer ones are answered with 431.
   *
   * @default {16_384}
   */
  readonly maxHeaderBytes?: number;
  /**
   * Header lines of a request; more are answered with 431.
   *
   * @default {100}
   */
  readonly maxHeaders?: number;
  /**
   * Messages of one connection that may wait for a handler; a peer that sends more is closed with 4429.
   *
   * @default {256}
   */
  readonly maxQueuedMessages?: number;
  /**
   * The same in bytes (in characters for text).
   *
   * @default {1_048_576}
   */
  readonly maxQueuedBytes?: number;
  /**
   * Handlers of one connection that may run at once. With more than 1, messages are begun in order and may end in another.
   *
   * @default {1}
   */
  readonly concurrency?: number;
  /**
   * How long a handler may take before the messages behind it go on, in milliseconds; 0 for any time.
   *
   * @default {30_000}
   */
  readonly handlerTimeoutMs?: number;
  /**
   * Requests to one peer that may wait for its answers.
   *
   * @default {1_000}
   */
  readonly maxPendingRequests?: number;
  /**
   * Rooms that one connection may be in; beyond it a peer's wish to join is answered with `too_many_rooms`.
   *
   * @default {100}
   */
  readonly maxRoomsPerConnection?: number;
  /**
   * Wishes of one peer to join rooms, in a second in the long run; at once it may have twice `maxRoomsPerConnection`. Beyond
   * it, they are answered with `rate_limited`. Each of them runs a rule, and perhaps a hook that tells others. `Infinity`
   * lifts the limit.
   *
   * @default {20}
   */
  readonly maxJoinsPerSecond?: number;
  /**
   * The longest name of a room, in characters (UTF-16 units).
   *
   * @default {128}
   */
  readonly maxRoomNameLength?: number;
  /**
   * Bytes waiting for one peer above which `send` says `"queued"`.
   *
   * @default {65_536}
   */
  readonly highWaterBytes?: number;
  /**
   * Bytes waiting for one peer above which nothing more is handed over and the peer is closed with 1013.
   *
   * @default {16_777_216}
   */
  readonly maxBufferedBytes?: number;
  /**
   * How long a check of the application may take before the upgrade, and how long a socket may take to open after it,
   * in milliseconds; 0 for any time.
   *
   * @default {10_000}
   */
  readonly openTimeoutMs?: number;
  /**
   * How long a managed peer may take to say hello, and a plain peer to show its token where it signs in by message, in
   * milliseconds; 0 for any time.
   *
   * @default {60_000}
   */
  readonly helloTimeoutMs?: number;
  /**
   * How long a peer may take to answer our close, in milliseconds, before it is given up.
   *
   * @default {5_000}
   */
  readonly closeTimeoutMs?: number;
  /**
   * Messages in one frame of a managed peer; a peer that sends more is closed with 4400.
   *
   * @default {1_024}
   */
  readonly maxFrameMessages?: number;
  /**
   * Messages that are put into one frame for a managed peer, where several are sent to it in one turn of the loop; 1 gives
   * each a frame of its own.
   *
   * @default {256}
   */
  readonly maxGatheredMessages?: number;
  /**
   * The same in bytes (characters for text). A larger message has a frame of its own.
   *
   * @default {65_536}
   */
  readonly maxGatheredBytes?: number;
  /**
   * How managed peers come back to what they had when a connection is lost, see {@linkcode ResumeOptions}; `false` lets each
   * connection begin anew.
   */
  readonly resume?: ResumeOptions<Data> | false;
  /**
   * What is kept of what is broadcast, for peers that come back, see {@linkcode LogOptions}; `false` keeps nothing.
   */
  readonly history?: LogOptions | false;
  /**
   * Whether a plain peer's JSON `{ "type": "ping" }` is answered with a pong that carries its `data`, and kept from
   * `onMessage`.
   *
   * @default {true}
   */
  readonly answerPing?: boolean;
  /** Clock, timer, upgrade and listener, for tests and other runtimes. Deno's when left out. */
  readonly platform?: Platform;
}
