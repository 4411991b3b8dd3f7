/**
 * The server: puts the parts together and passes calls on. It decides nothing itself.
 *
 * @module
 */

import { Emitter, type Off } from "../internal/emitter.ts";
import type { SocketLike } from "../internal/socket_like.ts";
import { checkClose, CloseCode } from "../protocol/close_codes.ts";
import { type Sendable, SUBPROTOCOL } from "../protocol/messages.ts";
import { ServerConnection } from "./connection.ts";
import { denoPlatform } from "./deno.ts";
import { Handshake } from "./handshake.ts";
import { HeaderLines } from "./packed_headers.ts";
import { ServerListener } from "./listener.ts";
import { checkHandlers, resolveConfig } from "./config.ts";
import type { WebSocketConfig } from "./options.ts";
import { assemble, type ServerParts } from "./parts.ts";
import type { ListenAddress, ListenOptions, RequestInfo } from "./platform.ts";
import { type ConnectionView, Selection } from "./selection.ts";
import type {
  AdoptInfo,
  BroadcastOptions,
  BroadcastOutcome,
  SendOutcome,
  UpgradeInfo,
  WebSocketConnection,
  WebSocketHandlers,
  WebSocketMiddleware,
  WebSocketServerEvents,
  WebSocketStats,
} from "./types.ts";

/** What peers are told at a stop. */
const STOP_REASON = "the server stops";

const EVENTS = ["connection:added", "connection:removed", "message:received", "message:sent", "error"];

/**
 * Upgrades requests, keeps the connections, watches that they are alive, sends and broadcasts.
 *
 * It belongs into any `Deno.serve` handler, or listens on a port of its own. Any WebSocket client may connect.
 *
 * @example An echo server
 * ```ts
 * import { WebSocketServer } from "@switchboard/websocket";
 * import { connect } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const server = new WebSocketServer({
 *   path: "/ws",
 *   handlers: { onMessage: (conn, message) => { conn.send(message); } },
 * });
 *
 * // In an application: Deno.serve((request, info) => server.handleUpgrade(request, info) ?? new Response("Hello"));
 * await using client = await connect(server);
 * client.send({ type: "hello" });
 * assertEquals(await client.next(), { type: "hello" });
 * ```
 *
 * @typeParam Data The application's own data of a connection; inferred from what the option `data` returns.
 */
export class WebSocketServer<Data = Record<string, unknown>> implements AsyncDisposable {
  readonly #parts: ServerParts<Data>;
  readonly #events: Emitter<WebSocketServerEvents<Data>>;
  readonly #listener: ServerListener;
  readonly #startedAtMs: number;
  #isStopping = false;

  /** The open connections: iterable, with `size` and `ids()`. Always those of the moment. */
  readonly connections: ConnectionView<Data>;

  /**
   * Makes a server. Nothing runs yet: there is no timer and no listener until somebody connects or `listen` is called.
   *
   * @throws {TypeError} If an option is of a wrong kind, or unknown.
   * @throws {RangeError} If a number is out of bounds.
   */
  constructor(config: WebSocketConfig<Data> = {}) {
    const resolved = resolveConfig(config);
    const platform = config.platform ?? denoPlatform;
    this.#events = new Emitter((error, event) => this.#parts.guard.listenerFailed(event, error));
    this.#parts = assemble(resolved, platform, this.#events, {
      isStopping: () => this.#isStopping,
      connect: (socket, handshake, protocol, data) => this.#connect(socket, handshake, protocol, data),
    });
    this.#startedAtMs = platform.date();
    this.#listener = new ServerListener(platform, this.fetch, {
      failed: (error) => this.#parts.guard.report(undefined, error),
      stopTimeoutMs: resolved.closeTimeoutMs,
    });
    const { registry } = this.#parts;
    this.connections = {
      get size() {
        return registry.size;
      },
      ids: () => Array.from(registry.values(), (connection) => connection.id),
      [Symbol.iterator]: () => registry.values(),
    };
  }

  /** The handlers in force. Setting others takes effect with the next event. */
  get handlers(): WebSocketHandlers<Data> {
    return this.#parts.guard.handlers;
  }

  set handlers(handlers: WebSocketHandlers<Data>) {
    this.#parts.guard.handlers = checkHandlers(handlers);
  }

  /**
   * Answers a request that asks for a WebSocket on our path: with 101, or with the status that says why not.
   *
   * @param request The request as the runtime gave it: not a copy.
   * @param info What the runtime told beside it; without it the peer's address is unknown, and not limited.
   * @returns The response, to be returned as it is: changing it, or throwing, ends the runtime's listener. A promise of it
   *   when an asynchronous check is configured. `null`, at once, when the request is not ours: another path, or no upgrade.
   */
  handleUpgrade(request: Request, info?: UpgradeInfo): Response | Promise<Response> | null {
    return this.#parts.upgrader.handle(request, info);
  }

  /** A whole request handler, bound: `Deno.serve(server.fetch)`. Answers 404 on other paths, and 426 on ours without an upgrade. */
  readonly fetch = (request: Request, info?: RequestInfo): Response | Promise<Response> =>
    this.handleUpgrade(request, info) ?? this.#parts.upgrader.answerOther(request);

  /**
   * Takes a socket that somebody else upgraded, and no listener has been set on yet. Limits and origin are not checked; the
   * connection takes a place like all others.
   *
   * @returns The connection, which may not be open yet.
   */
  adopt(socket: SocketLike, info: AdoptInfo = {}): WebSocketConnection<Data> {
    const { url = "", remoteAddr = "", params, protocol = "" } = info;
    const handshake = new Handshake(url, new HeaderLines(new Headers(info.headers)).pack(), remoteAddr, params);
    const data = this.#parts.data?.(handshake);
    this.#parts.registry.takePlace(remoteAddr);
    const connection = this.#connect(socket, handshake, protocol, data);
    if (this.#isStopping) this.#parts.lifecycle.close(connection, CloseCode.SERVICE_RESTART, STOP_REASON);
    return connection;
  }

  /**
   * Sends a message to all open connections of this node. It is encoded once; the loop never waits.
   *
   * @param message A string as a text frame as it is, bytes as a binary frame, anything else as JSON.
   * @param excludeIdOrOptions The id of a connection to leave out, or {@linkcode BroadcastOptions}.
   * @returns How many met which outcome.
   * @throws {TypeError} If the message cannot be sent.
   */
  broadcast(message: Sendable, excludeIdOrOptions: string | BroadcastOptions<Data> = {}): BroadcastOutcome {
    const options = typeof excludeIdOrOptions === "string" ? { except: excludeIdOrOptions } : excludeIdOrOptions;
    return this.#parts.outbound.broadcast(message, options);
  }

  /**
   * Sends a message to one connection; `"closed"` when there is none with this id.
   *
   * @throws {TypeError} If the message cannot be sent.
   */
  send(connectionId: string, message: Sendable): SendOutcome {
    return this.getConnection(connectionId)?.send(message) ?? "closed";
  }

  /**
   * Ends one connection, and tells whether there was one with this id.
   *
   * @throws {RangeError} If the code may not be sent.
   */
  close(connectionId: string, code: number = CloseCode.NORMAL, reason = ""): boolean {
    const cut = checkClose(code, reason);
    const connection = this.#parts.registry.get(connectionId);
    if (connection !== undefined) this.#parts.lifecycle.close(connection, code, cut);
    return connection !== undefined;
  }

  /**
   * Ends all connections and goes on accepting others.
   *
   * @returns How many there were.
   * @throws {RangeError} If the code may not be sent.
   */
  closeAll(code: number = CloseCode.NORMAL, reason = ""): number {
    checkClose(code, reason);
    return this.select(() => true).close(code, reason);
  }

  /** Finds an open connection. */
  getConnection(connectionId: string): WebSocketConnection<Data> | undefined {
    return this.#parts.registry.get(connectionId);
  }

  /** The open connections that `where` picks: to go through, to send to, to close. */
  select(where: (connection: WebSocketConnection<Data>) => boolean): Selection<Data> {
    return new Selection(where, {
      all: () => this.connections,
      broadcast: (message, where) => this.broadcast(message, { where }),
    });
  }

  /** The figures of this moment. */
  getStats(): WebSocketStats {
    const { counters, registry, gate } = this.#parts;
    return {
      connections: registry.size,
      peakConnections: registry.peak,
      totalConnections: counters.opened,
      connecting: registry.places - registry.size - counters.closing,
      waiting: gate.waiting,
      closing: counters.closing,
      zombies: counters.zombies,
      refused: counters.refused,
      totalMessages: counters.received,
      messagesReceived: counters.received,
      messagesSent: counters.sent,
      messagesDropped: counters.dropped,
      errors: counters.errors,
      timeouts: counters.timeouts,
      startTime: new Date(this.#startedAtMs),
      uptimeMs: this.#parts.date() - this.#startedAtMs,
    };
  }

  /**
   * Adds a listener for one of the server's own events; the function returned takes it off again. What it throws goes to
   * `onError`.
   *
   * @throws {TypeError} If there is no such event.
   */
  on<Name extends keyof WebSocketServerEvents<Data>>(
    name: Name,
    listener: (event: WebSocketServerEvents<Data>[Name]) => unknown,
  ): Off {
    if (!EVENTS.includes(name)) {
      throw new TypeError(
        `Cannot listen to "${String(name).slice(0, 100)}" as the server has no such event: ` +
          `known are ${EVENTS.join(", ")}; for messages of your own use onMessage`,
      );
    }
    return this.#events.on(name, listener);
  }

  /** Puts a middleware around the handling of messages, inside of those already there. The function returned takes it out. */
  use(middleware: WebSocketMiddleware<Data>): Off {
    if (typeof middleware?.message !== "function") {
      throw new TypeError(
        'Cannot use a middleware as it has no function "message": pass { message(connection, message, next) }',
      );
    }
    return this.#parts.pipeline.add((connection, message, next) => middleware.message(connection, message, next));
  }

  /**
   * Listens on a port of its own. When the runtime's listener ends by itself, another one takes its place.
   *
   * @returns Where it listens.
   * @throws {ListenFailedError} If it listens already, or the system refuses the port.
   */
  async listen(options: ListenOptions): Promise<ListenAddress> {
    const address = await this.#listener.start(options);
    this.#isStopping = false;
    return address;
  }

  /** Whether it listens on a port of its own. */
  get isRunning(): boolean {
    return this.#listener.isRunning;
  }

  /** Where it listens; `undefined` when it does not. */
  get address(): ListenAddress | undefined {
    return this.#listener.address;
  }

  /**
   * Takes nobody any more, closes all connections with 1012 (service restart), waits until they are gone, at most
   * `closeTimeoutMs`, and ends the listener, for which it waits as long again at most. `listen` begins anew.
   */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#parts.gate.close();
    this.closeAll(CloseCode.SERVICE_RESTART, STOP_REASON);
    this.#parts.lifecycle.closeEntering(CloseCode.SERVICE_RESTART, STOP_REASON);
    await this.#parts.whenEmpty();
    await this.#listener.stop();
  }

  /** The same as {@linkcode stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #connect(socket: SocketLike, handshake: Handshake, protocol: string, data: Data | undefined): ServerConnection<Data> {
    const options = { protocol, isManaged: protocol === SUBPROTOCOL, data };
    const connection = new ServerConnection(socket, handshake, options, this.#parts.connection);
    this.#parts.lifecycle.begin(connection);
    return connection;
  }
}
