/**
 * Wires the parts that bring messages to peers, and keep them for who is away.
 *
 * @module
 */

import { CloseCode } from "../protocol/close_codes.ts";
import { ALL_ROOM } from "../protocol/messages.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import type { ResolvedConfig } from "./config.ts";
import type { ServerConnection } from "./connection.ts";
import { Delivery } from "./delivery.ts";
import { Gatherer } from "./gatherer.ts";
import type { Guard } from "./guard.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { LogBudget } from "./log_budget.ts";
import { MemoryLogs } from "./memory_logs.ts";
import type { Outbound } from "./outbound.ts";
import type { Platform } from "./platform.ts";
import type { Registry } from "./registry.ts";
import { Replays } from "./replays.ts";
import { Resumption } from "./resumption.ts";
import type { RoomDesk } from "./room_desk.ts";
import type { Rooms } from "./rooms.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Session, SessionEnd } from "./session.ts";
import { newKey } from "./session_secret.ts";
import { Sessions } from "./sessions.ts";
import type { Counters } from "./stats.ts";
import { WriteWatch } from "./write_watch.ts";

/** Bytes of chance in the epoch of a process. */
const EPOCH_BYTES = 9;

/** What is needed of the other parts. Those that come later are looked up when they are needed. */
export interface DeliveryPorts<Data> {
  readonly platform: Platform;
  readonly registry: Registry<Data>;
  readonly rooms: Rooms<ServerConnection<Data>>;
  readonly scheduler: Scheduler;
  readonly guard: Guard<Data>;
  readonly counters: Counters;
  lifecycle(): Lifecycle<Data>;
  outbound(): Outbound<Data>;
  roomDesk(): RoomDesk<Data>;
  /** A session is over. */
  sessionEnded(session: Session<Data>, reason: SessionEnd): void;
}

/** The parts. */
export interface DeliveryAssembly<Data> {
  readonly writes: WriteWatch<Data>;
  readonly gatherer: Gatherer<Data>;
  readonly delivery: Delivery<Data>;
  readonly budget: LogBudget;
  readonly logs: MemoryLogs;
  readonly acknowledgements: Acknowledgements<Data>;
  readonly replays: Replays<Data>;
  readonly sessions: Sessions<Data>;
  /** The time for what is kept, in milliseconds, on a clock that does not go back; it may be a second old. */
  now(): number;
  /** The place of the next message among all of this node. */
  nextOrder(): number;
}

/** Makes the parts. */
export function assembleDelivery<Data>(
  config: ResolvedConfig<Data>,
  ports: DeliveryPorts<Data>,
): DeliveryAssembly<Data> {
  const { platform, registry, rooms, scheduler, guard, counters } = ports;
  const { roster } = registry;
  const { history, resume } = config;
  const kill = (connection: ServerConnection<Data>, code: number, reason: string): void =>
    ports.lifecycle().kill(connection, code, reason);
  const failed = (connection: ServerConnection<Data>, error: unknown): void => guard.report(connection, error);
  const isIn = (connection: ServerConnection<Data>, room: string): boolean => rooms.isIn(connection, room);
  const now = (): number => scheduler.stamp();
  let order = 0;
  const nextOrder = (): number => ++order;
  const writes = new WriteWatch<Data>(scheduler, config.writeTimeoutMs, {
    dead: (connection) => ports.lifecycle().timeOut(connection, "too slow a reader"),
    lookCloser: (connection) => roster.takeRoom(connection),
  });
  const gatherer = new Gatherer<Data>(config, roster, {
    defer: platform.defer === undefined ? undefined : (callback) => platform.defer!(callback),
    failed,
  });
  const delivery = new Delivery<Data>(config, {
    roster,
    gatherer,
    watch: writes,
    counters,
    nextOrder,
    now,
    overflow: (connection) => kill(connection, CloseCode.TRY_AGAIN_LATER, "too much waits for this peer"),
    failed,
  });
  const budget = new LogBudget(history.maxTotalBytes);
  const logs = new MemoryLogs(budget, {
    epoch: newKey(EPOCH_BYTES),
    windowMs: resume.windowMs,
    ruleOf: (room) => history.ruleOf(room),
    // Everybody is in everybody's room: its log stays, or positions in it would mean nothing once it was made anew.
    hasMembers: (room) => room === ALL_ROOM || rooms.has(room),
    now,
  });
  const acknowledgements = new Acknowledgements<Data>(scheduler, delivery);
  const replays = new Replays<Data>(config, {
    logs,
    roster,
    scheduler,
    isIn,
    nextOrder,
    transmit: (connection, payload) => delivery.transmit(connection, payload),
    control: (connection, message) => void delivery.control(connection, message),
    flush: (connection) => delivery.flush(connection),
    refine: (connection, names, payload) => ports.outbound().refine(connection, names, payload),
    kill,
    failed,
  });
  const sessions = new Sessions<Data>(resume, {
    scheduler,
    budget,
    suspended(session) {
      session.rooms = ports.roomDesk().returns.suspend(session.last);
    },
    ended(session, reason) {
      if (session.rooms !== undefined) ports.roomDesk().returns.ended(session.last, session.rooms);
      acknowledgements.ended(session);
      ports.sessionEnded(session, reason);
      logs.sweepSoon();
    },
  });
  return { writes, gatherer, delivery, budget, logs, acknowledgements, replays, sessions, now, nextOrder };
}

/** Makes the part that lets managed peers in. */
export function assembleResumption<Data>(
  config: ResolvedConfig<Data>,
  ports: DeliveryPorts<Data>,
  parts: DeliveryAssembly<Data>,
): Resumption<Data> {
  return new Resumption<Data>({ resumeData: config.resume.data }, {
    ...parts,
    ...ports,
    rooms: ports.roomDesk().returns,
    enter: (connection) => ports.lifecycle().enter(connection),
    kill: (connection, code, reason) => ports.lifecycle().kill(connection, code, reason),
  });
}
