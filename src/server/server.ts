/**
 * The server: puts the parts together and passes calls on. It decides nothing itself.
 *
 * @module
 */

import { Emitter, type Off } from "../internal/emitter.ts";
import type { SocketLike } from "../internal/socket_like.ts";
import { checkClose, CloseCode } from "../protocol/close_codes.ts";
import type { Contract } from "../protocol/contract.ts";
import type { RoomPattern, ServerHandles, ServerSends } from "../protocol/contract_types.ts";
import { type RoomHistory, type Sendable, SUBPROTOCOL } from "../protocol/messages.ts";
import { isPicked } from "./audience.ts";
import { ServerConnection } from "./connection.ts";
import { denoPlatform } from "./deno.ts";
import { Handshake } from "./handshake.ts";
import { HeaderLines } from "./packed_headers.ts";
import { ServerListener } from "./listener.ts";
import { checkHandlers, resolveConfig } from "./config.ts";
import type { WebSocketConfig } from "./options.ts";
import { applyDebugVariable } from "./log_level.ts";
import { assemble, type ServerParts } from "./parts.ts";
import type { ListenAddress, ListenOptions, RequestInfo } from "./platform.ts";
import { type PluginPorts, use } from "./plugins.ts";
import type { RoomRule } from "./room_types.ts";
import type { HistoryQuery } from "./history.ts";
import type { Session } from "./session.ts";
import { type ConnectionView, type RoomView, Selection } from "./selection.ts";
import type {
  AdoptInfo,
  BroadcastOptions,
  BroadcastOutcome,
  MessageHandler,
  SendOutcome,
  UpgradeInfo,
  UpgradeResult,
  WebSocketConnection,
  WebSocketHandlers,
  WebSocketMiddleware,
  WebSocketPlugin,
  WebSocketServerEvents,
  WebSocketStats,
} from "./types.ts";
import type { ConnectSetup } from "./upgrade.ts";

/** What peers are told at a stop. */
const STOP_REASON = "the server stops";

const EVENTS = ["connection:added", "connection:removed", "session:ended", "message:received", "message:sent", "error"];

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
 * @typeParam Data The application's own data of a connection; inferred from what `authenticate`, or `data`, returns.
 * @typeParam C What the two sides say to each other; inferred from the option `contract`.
 */
// deno-lint-ignore no-explicit-any -- what takes a server takes one with any contract
export class WebSocketServer<Data = Record<string, unknown>, C extends Contract = any> implements AsyncDisposable {
  readonly #parts: ServerParts<Data>;
  readonly #events: Emitter<WebSocketServerEvents<Data>>;
  readonly #listener: ServerListener;
  readonly #startedAtMs: number;
  readonly #pluginPorts: PluginPorts<Data>;
  #isStopping = false;

  /** The open connections: iterable, with `size` and `ids()`. Always those of the moment. */
  readonly connections: ConnectionView<Data, C>;

  /** The rooms that have members on this node: iterable by name, with `size` and `has()`. */
  readonly rooms: RoomView;

  /**
   * Makes a server. Nothing runs yet: there is no timer and no listener until somebody connects or `listen` is called.
   *
   * @throws {TypeError} If an option is of a wrong kind, or unknown.
   * @throws {RangeError} If a number is out of bounds.
   */
  constructor(config: WebSocketConfig<Data, C> = {}) {
    // The parts know nothing of the contract's types: they are the public face's.
    const resolved = resolveConfig(config as unknown as WebSocketConfig<Data>);
    const platform = config.platform ?? denoPlatform;
    this.#events = new Emitter((error, event) => this.#parts.guard.listenerFailed(event, error));
    this.#parts = assemble(resolved, platform, this.#events, {
      isStopping: () => this.#isStopping,
      connect: (socket, handshake, setup) => this.#connect(socket, handshake, setup),
    });
    this.#startedAtMs = platform.date();
    applyDebugVariable(platform.env?.("DEBUG"));
    this.#listener = new ServerListener(platform, this.fetch, {
      failed: (error) => this.#parts.guard.report(undefined, error),
      stopTimeoutMs: resolved.closeTimeoutMs,
    });
    const { registry, rooms } = this.#parts;
    this.connections = view(registry);
    this.rooms = {
      get size() {
        return rooms.size;
      },
      has: (room) => rooms.has(room),
      [Symbol.iterator]: () => rooms.names(),
    };
    this.#pluginPorts = {
      addConnectionLayer: (layer) => this.#parts.entrance.addLayer(layer),
      addMessageLayer: (layer) => this.#parts.pipeline.add(layer),
      host: {
        handle: (type, handler) => this.#parts.addHandler(type, handler),
        room: (pattern, rule) => this.#parts.addRoomRule(pattern, rule as RoomRule<Data>),
        on: (name, listener) => this.on(name, listener),
        subscribe: (room, listener) => this.subscribe(room, listener),
        connections: view<Data, Contract>(registry),
        getStats: () => this.getStats(),
        platform: {
          now: () => platform.now(),
          date: () => platform.date(),
          memoryBytes: () => platform.memoryBytes?.(),
          setTimer: (callback, delayMs) => platform.setTimer(callback, delayMs),
          clearTimer: (timer) => platform.clearTimer(timer),
        },
      },
    };
  }

  /** The handlers in force. Setting others takes effect with the next event. */
  get handlers(): WebSocketHandlers<Data, C> {
    return this.#parts.guard.handlers as unknown as WebSocketHandlers<Data, C>;
  }

  set handlers(handlers: WebSocketHandlers<Data, C>) {
    this.#parts.guard.handlers = checkHandlers(handlers as unknown as WebSocketHandlers<Data>);
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

  /**
   * Upgrades a request inside of a route: whatever its path is. All checks but that of the path are made.
   *
   * @returns A promise of the response, to be returned as it is, and of the connection, which opens when the response has
   * been sent. There is none where the response says no; nor where the peer is refused in band.
   */
  upgrade(request: Request, info?: UpgradeInfo): Promise<UpgradeResult<Data, C>> {
    return this.#parts.upgrader.upgradeHere(request, info) as unknown as Promise<UpgradeResult<Data, C>>;
  }

  /** A whole request handler, bound: `Deno.serve(server.fetch)`. Answers 404 on other paths, and 426 on ours without an upgrade. */
  readonly fetch = (request: Request, info?: RequestInfo): Response | Promise<Response> =>
    this.handleUpgrade(request, info) ?? this.#parts.upgrader.answerOther(request);

  /**
   * Takes a socket that somebody else upgraded, and no listener has been set on yet. Limits and origin are not checked; the
   * connection takes a place like all others. On a server with `authenticate` the peer is judged when the socket is open,
   * a managed one at its hello.
   *
   * @returns The connection, which may not be open yet.
   */
  adopt(socket: SocketLike, info: AdoptInfo = {}): WebSocketConnection<Data, C> {
    const { remoteAddr = "", params, protocol = "" } = info;
    const headers = new HeaderLines(new Headers(info.headers));
    const { entrance } = this.#parts;
    const offered = entrance.readOffer(headers.get("sec-websocket-protocol")) ?? [];
    const { url, token } = entrance.find(info.url ?? "", headers, offered);
    const handshake = new Handshake(url, headers.pack(), remoteAddr, params);
    const data = this.#parts.data?.(handshake);
    this.#parts.registry.takePlace(remoteAddr);
    const signIn = entrance.signInOf(undefined, token);
    const connection = this.#connect(socket, handshake, { protocol, data, signIn });
    if (this.#isStopping) this.#parts.lifecycle.close(connection, CloseCode.SERVICE_RESTART, STOP_REASON);
    return connection;
  }

  /**
   * Handles the messages of one type in place of `onMessage`. What the handler returns is sent back if the message had an
   * `id`, and only then.
   *
   * @returns What removes the handler.
   * @throws {TypeError} If the type has a handler already, or the contract does not know it.
   *
   * @example
   * ```ts
   * import { MessageError, WebSocketServer } from "@switchboard/websocket";
   * import { connect } from "@switchboard/websocket/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const server = new WebSocketServer();
   * server.handle("half", (data) => {
   *   if (data % 2 === 1) throw new MessageError("odd", "Only even numbers have a half here");
   *   return data / 2;
   * });
   *
   * await using client = await connect(server);
   * client.send({ type: "half", data: 8, id: 1 });
   * assertEquals(await client.next(), { type: "reply", id: 1, data: 4 });
   * ```
   */
  handle<Type extends ServerHandles<C>>(type: Type, handler: MessageHandler<Data, C, Type>): Off {
    return this.#parts.addHandler(type, handler);
  }

  /**
   * Lets managed peers join the rooms whose names fit a pattern, by a rule: without one, all may. Rooms for which there is
   * no pattern are closed to them; the server's own code may put anybody anywhere, see {@linkcode WebSocketConnection.join}.
   *
   * @param pattern Text that stands for itself, `{name}` for a part, `*` at the end for any rest: `"chat/{id}"`, `"*"`.
   * @returns What removes the rule; members stay.
   * @throws {TypeError} If the pattern is malformed, has a rule already, or the contract does not know it.
   */
  room<Pattern extends RoomPattern<C>>(pattern: Pattern, rule: RoomRule<Data, C, Pattern> = {}): Off {
    return this.#parts.addRoomRule(pattern, rule as unknown as RoomRule<Data>);
  }

  /** The members of a room on this node. */
  members(room: string): ConnectionView<Data, C> {
    const { rooms } = this.#parts;
    return view({
      get size() {
        return rooms.count(room);
      },
      values: () => rooms.members(room)[Symbol.iterator](),
    });
  }

  /**
   * Calls `listener` for every message that is broadcast to a room. It counts as no member.
   *
   * @returns What ends this.
   */
  subscribe(room: string, listener: (message: Sendable, info: { readonly room: string }) => unknown): Off {
    return this.#parts.roomDesk.subscribe(room, listener);
  }

  /**
   * Reads what is kept of what was broadcast to a room, or, for `"$all"`, to everybody: the newest messages, or those behind
   * a position that an earlier reading gave.
   *
   * @returns A promise of the messages, and where the reading ended. It rejects with a TypeError or RangeError for wrong
   * arguments.
   *
   * @example
   * ```ts
   * import { WebSocketServer } from "@switchboard/websocket";
   * import { assertEquals } from "@std/assert";
   *
   * const server = new WebSocketServer();
   * server.broadcast({ type: "said", data: "hi" }, { room: "tea" });
   *
   * const { messages } = await server.history("tea", { limit: 10 });
   * assertEquals(messages, [{ offset: 1, message: { type: "said", data: "hi" } }]);
   * ```
   */
  history(room: string, query?: HistoryQuery): Promise<RoomHistory> {
    return this.#parts.history.read(room, query);
  }

  /** Forgets what is kept for a room, or of it the state with one key. */
  forget(room: string, key?: string): void {
    this.#parts.logs.forget(room, key);
  }

  /**
   * The open connections of one user on this node, by the `userId` that `authenticate` returned. What is sent to them is kept
   * for those of the user's clients that are away and may come back.
   */
  toUser(userId: string): Selection<Data, C> {
    return this.#select(() => this.#parts.users.of(userId), () => this.#parts.sessions.allAway(userId));
  }

  /**
   * Ends everything of one user on this node, with 4401: open connections, and those on their way in.
   *
   * @returns How many were open.
   */
  revoke(userId: string, reason = "revoked"): number {
    return this.#parts.revoke(userId, checkClose(CloseCode.UNAUTHORIZED, reason));
  }

  /**
   * Sends a message to all open connections of this node, or to the members of rooms. It is encoded once; the loop never
   * waits.
   *
   * @param message A string as a text frame as it is, bytes as a binary frame, anything else as JSON.
   * @param excludeIdOrOptions The id of a connection to leave out, or {@linkcode BroadcastOptions}.
   * @returns How many met which outcome.
   * @throws {TypeError} If the message cannot be sent, or a room or an id in the options is none.
   */
  broadcast(message: ServerSends<C>, excludeIdOrOptions: string | BroadcastOptions<Data> = {}): BroadcastOutcome {
    const options = typeof excludeIdOrOptions === "string" ? { except: excludeIdOrOptions } : excludeIdOrOptions;
    return this.#parts.outbound.broadcast(message as Sendable, options);
  }

  /**
   * Sends a message to one connection; `"closed"` when there is none with this id.
   *
   * @throws {TypeError} If the message cannot be sent.
   */
  send(connectionId: string, message: ServerSends<C>): SendOutcome {
    const connection = this.getConnection(connectionId);
    if (connection !== undefined) return connection.send(message);
    const away = this.#parts.sessions.away(connectionId);
    return away === undefined ? "closed" : this.#parts.outbound.send(away.last, message as Sendable);
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
  getConnection(connectionId: string): WebSocketConnection<Data, C> | undefined {
    return this.#parts.registry.get(connectionId);
  }

  /** The open connections that `where` picks: to go through, to send to, to ask, to put into rooms, to close. */
  select(where: (connection: WebSocketConnection<Data, C>) => boolean): Selection<Data, C> {
    const { registry } = this.#parts;
    return this.#select(function* () {
      for (const connection of registry.values()) if (isPicked(where(connection))) yield connection;
    });
  }

  /** The figures of this moment. */
  getStats(): WebSocketStats {
    const { counters, registry, gate, rooms, sessions, logs, budget } = this.#parts;
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
      messagesUnhandled: counters.unhandled,
      rooms: rooms.size,
      suspended: sessions.suspended,
      resumed: counters.resumed,
      notResumed: counters.notResumed,
      logs: logs.size,
      logBytes: budget.bytes,
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
          `known are ${EVENTS.join(", ")}; for messages of your own use handle()`,
      );
    }
    return this.#events.on(name, listener);
  }

  /**
   * Puts a middleware around the way in of connections and the handling of messages, inside of those already there; or puts
   * a plugin in.
   *
   * @returns What takes it out, with everything that a plugin had put in.
   * @throws {TypeError} If it is neither.
   */
  use(middlewareOrPlugin: WebSocketMiddleware<Data> | WebSocketPlugin<Data>): Off {
    return use(middlewareOrPlugin, this.#pluginPorts);
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
    this.#parts.sessions.setStopped(false);
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
    this.#parts.sessions.setStopped(true);
    this.closeAll(CloseCode.SERVICE_RESTART, STOP_REASON);
    this.#parts.lifecycle.closeEntering(CloseCode.SERVICE_RESTART, STOP_REASON);
    await this.#parts.whenEmpty();
    await this.#listener.stop();
  }

  /** The same as {@linkcode stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #select(
    members: () => Iterable<ServerConnection<Data>>,
    away: () => readonly Session<Data>[] = () => [],
  ): Selection<Data, C> {
    return new Selection<Data, C>({
      members,
      send: (connections, message) =>
        this.#parts.outbound.sendToMany(connections as Iterable<ServerConnection<Data>>, message as Sendable, away()),
    });
  }

  #connect(socket: SocketLike, handshake: Handshake, setup: ConnectSetup<Data>): ServerConnection<Data> {
    const { protocol, data, signIn } = setup;
    const options = { protocol, isManaged: protocol === SUBPROTOCOL, data };
    const connection = new ServerConnection(socket, handshake, options, this.#parts.connection);
    connection.signIn = signIn;
    this.#parts.lifecycle.begin(connection);
    return connection;
  }
}

function view<Data, C extends Contract>(
  connections: { readonly size: number; values(): Iterator<ServerConnection<Data>> },
): ConnectionView<Data, C> {
  function* all(): Iterator<WebSocketConnection<Data, C>> {
    const iterator = connections.values();
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value;
  }
  return {
    get size() {
      return connections.size;
    },
    ids: () => Array.from({ [Symbol.iterator]: all }, ({ id }) => id),
    [Symbol.iterator]: all,
  };
}
