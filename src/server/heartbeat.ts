/**
 * Applies the rules of liveness and of idleness to one connection at a time.
 *
 * Managed peers are pinged by us. Plain peers, who must not see messages of ours, keep the runtime's pings; of them only
 * the idle timeout is judged here, and what the runtime misses is found by the write watch.
 *
 * @module
 */

import { decideLiveness } from "../protocol/liveness.ts";
import type { ServerConnection } from "./connection.ts";
import type { Scheduler } from "./scheduler.ts";

/** When to take a peer for dead or idle. */
export interface HeartbeatSettings {
  /** Silence until a ping, in milliseconds; 0 for no pings. */
  readonly heartbeatInterval: number;
  /** The wait after it. */
  readonly heartbeatTimeoutMs: number;
  /** Time without a message of the application; 0 for any. */
  readonly idleTimeoutMs: number;
}

/** What the heartbeat asks of the other parts. */
export interface HeartbeatPorts<Data> {
  /** Asks for a sign of life. */
  ping(connection: ServerConnection<Data>): void;
  /** The peer did not give one. */
  dead(connection: ServerConnection<Data>): void;
  /** The peer sent no message for too long. */
  idle(connection: ServerConnection<Data>): void;
}

/** Watches connections in the scheduler's wheel: one place in it for each that needs it, whatever it is needed for. */
export class Heartbeat<Data> {
  readonly #settings: HeartbeatSettings;
  readonly #scheduler: Scheduler;
  readonly #ports: HeartbeatPorts<Data>;

  /** Puts the part together. */
  constructor(settings: HeartbeatSettings, scheduler: Scheduler, ports: HeartbeatPorts<Data>) {
    this.#settings = settings;
    this.#scheduler = scheduler;
    this.#ports = ports;
  }

  /** Begins to watch an open connection, if there is anything to watch. */
  start(connection: ServerConnection<Data>): void {
    if (!this.#needs(connection)) return;
    this.#scheduler.stamping();
    const now = this.#scheduler.now();
    connection.lastSeenAt = now;
    connection.lastMessageAt = now;
    const nextAt = this.look(connection, now);
    if (nextAt !== undefined) this.#scheduler.wakeAt(connection, nextAt);
  }

  /** Ends the watch that {@linkcode start} began. */
  stop(connection: ServerConnection<Data>): void {
    if (this.#needs(connection)) this.#scheduler.stampingEnded();
  }

  /** Looks at a connection; returns when to look again, `undefined` when it was given up. */
  look(connection: ServerConnection<Data>, now: number): number | undefined {
    const { idleTimeoutMs } = this.#settings;
    let nextAt = Infinity;
    if (idleTimeoutMs > 0) {
      nextAt = connection.lastMessageAt + idleTimeoutMs;
      if (now >= nextAt) {
        this.#ports.idle(connection);
        return undefined;
      }
    }
    if (this.#isPinged(connection)) {
      const pingAt = this.#judge(connection, now);
      if (pingAt === undefined) return undefined;
      nextAt = Math.min(nextAt, pingAt);
    }
    return nextAt;
  }

  #judge(connection: ServerConnection<Data>, now: number): number | undefined {
    const { heartbeatInterval, heartbeatTimeoutMs } = this.#settings;
    const policy = { intervalMs: heartbeatInterval, timeoutMs: heartbeatTimeoutMs };
    const decision = decideLiveness(connection, now, policy);
    if (decision.action === "dead") {
      this.#ports.dead(connection);
      return undefined;
    }
    if (decision.action === "ping") {
      connection.pingSentAt = now;
      connection.lastSeenAt = -Infinity;
      this.#ports.ping(connection);
    }
    return decision.lookAgainAt;
  }

  #isPinged(connection: ServerConnection<Data>): boolean {
    return connection.isManaged && this.#settings.heartbeatInterval > 0;
  }

  #needs(connection: ServerConnection<Data>): boolean {
    return this.#settings.idleTimeoutMs > 0 || this.#isPinged(connection);
  }
}
