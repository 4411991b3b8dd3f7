/**
 * Wires the parts of a server: each gets what it needs, none gets the server.
 *
 * @module
 */

import { ulid } from "@std/ulid";
import type { Emitter } from "../internal/emitter.ts";
import type { SocketLike } from "../internal/socket_like.ts";
import { CloseCode } from "../protocol/close_codes.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import type { ConnectionParts, ServerConnection } from "./connection.ts";
import { Gate } from "./gate.ts";
import { Guard } from "./guard.ts";
import type { Handshake } from "./handshake.ts";
import { Heartbeat } from "./heartbeat.ts";
import { InBandRefuser } from "./in_band.ts";
import { Inbound } from "./inbound.ts";
import { Lifecycle } from "./lifecycle.ts";
import { ServerLog } from "./log.ts";
import { ManagedPeers } from "./managed.ts";
import type { ResolvedConfig } from "./config.ts";
import { Outbound } from "./outbound.ts";
import { Pipeline } from "./pipeline.ts";
import type { Platform } from "./platform.ts";
import { Registry } from "./registry.ts";
import { Scheduler } from "./scheduler.ts";
import { Counters } from "./stats.ts";
import type { WebSocketConnection, WebSocketServerEvents } from "./types.ts";
import { Upgrader } from "./upgrade.ts";
import { WriteWatch } from "./write_watch.ts";

/** What the parts ask of the server. */
export interface ServerPorts<Data> {
  /** Whether it takes nobody any more. */
  isStopping(): boolean;
  /** Makes a connection of a socket for which a place was taken. */
  connect(socket: SocketLike, handshake: Handshake, protocol: string, data: Data | undefined): void;
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
  readonly connection: ConnectionParts<Data>;
  readonly data: ((handshake: Handshake) => Data) | undefined;
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
  const log = new ServerLog();
  const counters = new Counters();
  const guard = new Guard(config.handlers, log, counters);
  guard.onReport = (connection, error) => events.emit("error", { connection, error });
  const registry = new Registry<Data>(config);
  const scheduler = new Scheduler(platform, {
    failed: (error) => guard.report(undefined, error),
    mayBeWanted: () => registry.places > 0,
  });
  const gate = new Gate(config, registry, scheduler);
  const pipeline = new Pipeline<WebSocketConnection<Data>, WebSocketMessage>((connection, error) =>
    guard.report(connection as ServerConnection<Data>, error)
  );
  const kill = (connection: ServerConnection<Data>, code: number, reason: string, error?: Error): void =>
    lifecycle.kill(connection, code, reason, error);
  const writes = new WriteWatch<Data>(
    scheduler,
    config.writeTimeoutMs,
    {
      dead: (connection) => lifecycle.timeOut(connection, "too slow a reader"),
      lookCloser: (connection) => registry.roster.takeRoom(connection),
    },
  );
  const outbound = new Outbound<Data>(config, registry.roster, writes, counters, {
    overflow: (connection) => kill(connection, CloseCode.TRY_AGAIN_LATER, "too much waits for this peer"),
    sent: (message, outcome) => events.has("message:sent") && events.emit("message:sent", { message, outcome }),
    failed: (connection, error) => guard.report(connection, error),
    find: (id) => registry.get(id),
  });
  const managed: ManagedPeers<Data> = new ManagedPeers<Data>(config, {
    outbound,
    accept: (connection, message, size) => inbound.accept(connection, message, size),
    welcomed: (connection) => lifecycle.enter(connection),
    kill,
  });
  const heartbeat = new Heartbeat<Data>(config, scheduler, {
    ping: (connection) => managed.ping(connection),
    dead: (connection) => lifecycle.timeOut(connection, "silent for too long"),
    idle: (connection) => lifecycle.timeOut(connection, "no message for too long"),
  });
  const inbound: Inbound<Data> = new Inbound<Data>(config, {
    scheduler,
    counters,
    guard,
    outbound,
    pipeline,
    managed,
    kill,
    received: {
      has: () => events.has("message:received"),
      tell: (connection, message) => events.emit("message:received", { connection, message }),
    },
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
    inbound,
    managed,
    added: (connection) => events.emit("connection:added", connection),
    removed: (connection) => events.emit("connection:removed", connection),
    placeFree,
    defer: (callback) => platform.defer === undefined ? callback() : platform.defer(callback),
  });
  const inBand = new InBandRefuser(scheduler);
  const upgrader = new Upgrader<Data>(config, {
    gate,
    registry,
    guard,
    counters,
    log,
    inBand,
    platform,
    scheduler,
    placeFree,
    ...server,
  });
  return {
    registry,
    counters,
    guard,
    gate,
    outbound,
    pipeline,
    lifecycle,
    upgrader,
    data: config.data,
    date: () => platform.date(),
    whenEmpty: () => registry.places === 0 ? Promise.resolve() : new Promise((resolve) => emptied.push(resolve)),
    connection: {
      event: (connection, event) => guard.run(connection, () => lifecycle.event(connection, event)),
      receive: (connection, data) => inbound.receive(connection, data),
      wake: (connection, now) => lifecycle.wake(connection, now),
      send: (connection, message) => outbound.send(connection, message),
      broadcastFrom: (connection, message, options = {}) => outbound.broadcast(message, options, connection),
      close: (connection, code, reason) => lifecycle.close(connection, code, reason),
      date: () => platform.date(),
      newId: ulid,
      named: (connection) => registry.name(connection),
    },
  };
}
