/**
 * Wires the parts of a server: each gets what it needs, none gets the server.
 *
 * @module
 */

import { ulid } from "@std/ulid";
import type { Emitter, Off } from "../internal/emitter.ts";
import type { SocketLike } from "../internal/socket_like.ts";
import type { HelloMessage, Sendable, WebSocketMessage } from "../protocol/messages.ts";
import { Answers } from "./answers.ts";
import { closedError } from "./close_info.ts";
import type { ConnectionParts, ServerConnection } from "./connection.ts";
import { ContractGuard } from "./contract_guard.ts";
import { assembleDelivery, assembleResumption, type DeliveryAssembly, type DeliveryPorts } from "./delivery_parts.ts";
import { Dispatcher } from "./dispatch.ts";
import type { Entrance } from "./entrance.ts";
import { Gate } from "./gate.ts";
import { Guard } from "./guard.ts";
import type { Handshake } from "./handshake.ts";
import { Heartbeat } from "./heartbeat.ts";
import { HistoryDesk } from "./history.ts";
import { Holding } from "./holding.ts";
import { Inbound } from "./inbound.ts";
import { Lifecycle } from "./lifecycle.ts";
import { ServerLog } from "./log.ts";
import type { LogBudget } from "./log_budget.ts";
import { ManagedPeers } from "./managed.ts";
import type { MemoryLogs } from "./memory_logs.ts";
import type { ResolvedConfig } from "./config.ts";
import { Outbound } from "./outbound.ts";
import { Pipeline } from "./pipeline.ts";
import type { Platform } from "./platform.ts";
import { Registry } from "./registry.ts";
import { Requests } from "./requests.ts";
import { RoomDesk } from "./room_desk.ts";
import { RoomRules } from "./room_rules.ts";
import type { RoomRule } from "./room_types.ts";
import { Rooms } from "./rooms.ts";
import { Router } from "./router.ts";
import { Scheduler } from "./scheduler.ts";
import type { SessionEnd } from "./session.ts";
import type { Sessions } from "./sessions.ts";
import { assembleSignIn, type SignInAssembly } from "./sign_in_parts.ts";
import { Counters } from "./stats.ts";
import { Turns } from "./turns.ts";
import type { AnyHandler, WebSocketConnection, WebSocketServerEvents } from "./types.ts";
import { type ConnectSetup, Upgrader } from "./upgrade.ts";
import type { Users } from "./users.ts";

/** What the parts ask of the server. */
export interface ServerPorts<Data> {
  /** Whether it takes nobody any more. */
  isStopping(): boolean;
  /** Makes a connection of a socket for which a place was taken. */
  connect(socket: SocketLike, handshake: Handshake, setup: ConnectSetup<Data>): ServerConnection<Data>;
}

/** What the server calls. */
export interface ServerParts<Data> {
  readonly registry: Registry<Data>;
  readonly counters: Counters;
  readonly guard: Guard<Data>;
  readonly gate: Gate<Data>;
  readonly outbound: Outbound<Data>;
  readonly pipeline: Pipeline<WebSocketConnection<Data>, WebSocketMessage>;
  readonly lifecycle: Lifecycle<Data>;
  readonly upgrader: Upgrader<Data>;
  readonly entrance: Entrance<Data>;
  readonly users: Users<Data>;
  readonly connection: ConnectionParts<Data>;
  readonly data: ((handshake: Handshake) => Data) | undefined;
  readonly rooms: Rooms<ServerConnection<Data>>;
  readonly roomDesk: RoomDesk<Data>;
  readonly sessions: Sessions<Data>;
  readonly logs: MemoryLogs;
  readonly history: HistoryDesk<Data>;
  readonly budget: LogBudget;
  /** Ends everything of one user; tells how many connections were open. */
  revoke(userId: string, reason: string): number;
  /** Adds the handler of a type. */
  addHandler(type: string, handler: AnyHandler): Off;
  /** Adds the rule of a pattern of rooms. */
  addRoomRule(pattern: string, rule: RoomRule<Data>): Off;
  date(): number;
  /** Resolves when no place is taken. */
  whenEmpty(): Promise<void>;
}

/** Makes the parts. Those that need one another are joined by functions that look the other one up when they are called. */
export function assemble<Data>(
  config: ResolvedConfig<Data>,
  platform: Platform,
  events: Emitter<WebSocketServerEvents<Data>>,
  server: ServerPorts<Data>,
): ServerParts<Data> {
  const contract = config.contract === undefined
    ? undefined
    : new ContractGuard(config.contract, config.validateOutgoing);
  const log = new ServerLog();
  const counters = new Counters();
  const guard = new Guard(config.handlers, log, counters);
  guard.onReport = (connection, error) => events.emit("error", { connection, error });
  const registry = new Registry<Data>(config);
  const rooms = new Rooms<ServerConnection<Data>>();
  const roomRules = new RoomRules<Data>(contract?.patternOf);
  const scheduler = new Scheduler(platform, {
    failed: (error) => guard.report(undefined, error),
    mayBeWanted: () => registry.places > 0,
    paused: () => expiry.afterPause(),
  });
  const gate = new Gate(config, registry, scheduler);
  const pipeline = new Pipeline<WebSocketConnection<Data>, WebSocketMessage>((connection, error) =>
    guard.report(connection as ServerConnection<Data>, error)
  );
  const kill = (connection: ServerConnection<Data>, code: number, reason: string, error?: Error): void =>
    lifecycle.kill(connection, code, reason, error);
  const deliveryPorts: DeliveryPorts<Data> = {
    platform,
    registry,
    rooms,
    scheduler,
    guard,
    counters,
    lifecycle: () => lifecycle,
    outbound: () => outbound,
    roomDesk: () => roomDesk,
    sessionEnded(session, reason) {
      const { last } = session;
      turns.gone(last);
      requests.gone(last);
      tellEnded(last, reason);
    },
  };
  const deliveries: DeliveryAssembly<Data> = assembleDelivery(config, deliveryPorts);
  const { delivery, logs, sessions, acknowledgements, writes } = deliveries;
  const tellEnded = (connection: ServerConnection<Data>, reason: SessionEnd): void => {
    if (!events.has("session:ended")) return;
    const { id, userId, data } = connection;
    events.emit("session:ended", { id, userId, data, reason });
  };
  const outbound: Outbound<Data> = new Outbound<Data>({
    ...deliveries,
    roster: registry.roster,
    counters,
    away: () => sessions.allAway(),
    sent: (message, outcome) => events.has("message:sent") && events.emit("message:sent", { message, outcome }),
    failed: (connection, error) => guard.report(connection, error),
    find: (id) => registry.get(id),
    check: contract?.check,
    rooms: {
      receivers: (audience) => rooms.receivers(audience),
      filter: (names) => roomDesk.filter(names),
      tell: (names, message) => roomDesk.tell(names, message),
    },
  });
  const requests = new Requests<Data>({
    scheduler,
    outbound,
    delivery,
    contract: contract?.compiled,
    maxPendingRequests: config.maxPendingRequests,
  });
  const answers = new Answers<Data>({ ...deliveries, guard, checkReply: contract?.checkReply });
  const roomDesk: RoomDesk<Data> = new RoomDesk<Data>(config, {
    ...deliveries,
    rooms,
    rules: roomRules,
    guard,
    answers,
    scheduler,
    contract: contract?.compiled,
    hold: (connection, pending, exchange) => turns.hold(connection, pending, exchange),
  });
  const router = new Router();
  const dispatcher: Dispatcher<Data> = new Dispatcher<Data>({
    router,
    guard,
    counters,
    rooms: roomDesk,
    contract: contract?.compiled,
    reply: (exchange, data) => answers.reply(exchange, data),
  });
  const turns: Turns<Data> = new Turns<Data>(config, {
    scheduler,
    counters,
    guard,
    answers,
    dispatcher,
    pipeline,
    kill,
    date: () => platform.date(),
    settled: (connection, number) => {
      const session = connection.session!;
      if (session.counts(connection)) acknowledgements.settled(session, number);
    },
    received: {
      has: () => events.has("message:received"),
      tell: (connection, message) => events.emit("message:received", { connection, message }),
    },
  });
  const holding: Holding<Data> = new Holding<Data>(config, {
    receive: (connection, message, size) =>
      connection.isManaged
        ? managed.receive(connection, message, size)
        : inbound.receivePlain(connection, message, size),
    kill,
  });
  const resumption = assembleResumption(config, deliveryPorts, deliveries);
  const enter = (connection: ServerConnection<Data>): void =>
    connection.isManaged ? resumption.enter(connection) : lifecycle.enter(connection);
  const wayIn: SignInAssembly<Data> = assembleSignIn<Data>(config, {
    platform,
    scheduler,
    guard,
    counters,
    log,
    delivery,
    holding,
    replaced: (hello) => sessions.userOf(hello as HelloMessage & typeof hello),
    enter,
    close: (connection, code, reason) => lifecycle.close(connection, code, reason),
    kill,
    renewed: (connection) => roomDesk.checkAgain(connection),
    revoked: (userId) => sessions.endAway("revoked", userId),
  });
  const { entrance, expiry, refuser, signIn, users } = wayIn;
  const history = new HistoryDesk<Data>(config, {
    logs,
    guard,
    answers,
    replays: deliveries.replays,
    scheduler,
    isIn: (connection, room) => rooms.isIn(connection, room),
  });
  const managed: ManagedPeers<Data> = new ManagedPeers<Data>({ ...config, windowMs: config.resume.windowMs }, {
    ...wayIn,
    ...deliveries,
    holding,
    history,
    accept: (connection, message, size, number) => turns.accept(connection, message, size, number),
    rooms: roomDesk,
    answered: (connection, answer) => requests.answered(connection, answer),
    cancelled: (connection, id) => turns.cancel(connection, id),
    greeted: enter,
    kill,
  });
  const heartbeat = new Heartbeat<Data>(config, scheduler, {
    ping: (connection) => managed.ping(connection),
    dead: (connection) => lifecycle.timeOut(connection, "silent for too long"),
    idle: (connection) => lifecycle.timeOut(connection, "no message for too long"),
  });
  const inbound: Inbound<Data> = new Inbound<Data>(config, {
    scheduler,
    guard,
    delivery,
    turns,
    requests,
    managed,
    signIn,
    kill,
    handlesPing: () => router.find("ping") !== undefined,
  });
  const emptied: Array<() => void> = [];
  const placeFree = (): void => {
    gate.placeFree();
    if (registry.places > 0) return;
    scheduler.rest();
    for (const resolve of emptied.splice(0)) resolve();
  };
  const lifecycle: Lifecycle<Data> = new Lifecycle<Data>(config, {
    registry,
    scheduler,
    counters,
    guard,
    log,
    heartbeat,
    writes,
    turns,
    managed,
    signIn,
    holding,
    resumption,
    added: (connection) => events.emit("connection:added", connection),
    removed: (connection) => {
      if (connection.replay !== undefined) deliveries.replays.gone(connection);
      const isAway = connection.session !== undefined && sessions.left(connection);
      if (!isAway) {
        // An echo server's connections have none of these.
        if (connection.places !== undefined || connection.joins !== undefined) roomDesk.gone(connection);
        if (connection.exchanges !== undefined) turns.gone(connection);
        if (connection.asked !== undefined) requests.gone(connection);
      }
      events.emit("connection:removed", connection);
      if (connection.session === undefined) tellEnded(connection, "closed");
      return isAway;
    },
    flush: (connection) => delivery.flush(connection),
    placeFree,
    defer: (callback) => platform.defer === undefined ? callback() : platform.defer(callback),
  });
  const upgrader = new Upgrader<Data>(config, {
    gate,
    registry,
    entrance,
    refuser,
    platform,
    scheduler,
    placeFree,
    ...server,
  });
  // deno-lint-ignore require-await -- everything is told by the promise
  const sendAcked = async (
    connection: ServerConnection<Data>,
    message: Sendable,
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    const { session } = connection;
    if (session === undefined) {
      throw new TypeError("Cannot wait for this peer as it acknowledges nothing: use send, or a client of this module");
    }
    signal?.throwIfAborted();
    if (outbound.sendWanted(connection, message) === "closed") {
      throw closedError("Cannot send as the session is over", connection.closeInfo);
    }
    return acknowledgements.wait(session, signal);
  };
  return {
    registry,
    counters,
    guard,
    gate,
    outbound,
    pipeline,
    lifecycle,
    upgrader,
    entrance,
    users,
    revoke: wayIn.revoke,
    data: config.data,
    rooms,
    roomDesk,
    sessions,
    logs,
    history,
    budget: deliveries.budget,
    addHandler: (type, handler) => {
      contract?.checkHandled(type);
      return router.add(type, handler);
    },
    addRoomRule: (pattern, rule) => {
      contract?.checkRoom(pattern, rule?.handlers);
      return roomRules.add(pattern, rule);
    },
    date: () => platform.date(),
    whenEmpty: () => registry.places === 0 ? Promise.resolve() : new Promise((resolve) => emptied.push(resolve)),
    connection: {
      event: (connection, event) => guard.run(connection, () => lifecycle.event(connection, event)),
      receive: (connection, data) => inbound.receive(connection, data),
      wake: (connection, now) => lifecycle.wake(connection, now),
      send: (connection, message) => outbound.send(connection, message),
      sendAcked: (connection, message, signal) => sendAcked(connection, message, signal),
      prepareBroadcast: (message, options) => outbound.prepare(message, options),
      broadcastFrom: (connection, message, options = {}) => outbound.broadcast(message, options, connection),
      close: (connection, code, reason) => lifecycle.close(connection, code, reason),
      request: (connection, type, data, options) => requests.ask(connection, type, data, options),
      reply: (connection, id, data) => answers.replyByHand(connection, id, data),
      join: (connection, room) => roomDesk.join(connection, room),
      leave: (connection, room) => roomDesk.leave(connection, room),
      failed: (connection, error) => guard.report(connection, error),
      read: (connection) => turns.read(connection),
      date: () => platform.date(),
      newId: ulid,
      named: (connection) => registry.name(connection),
    },
  };
}
