/**
 * Finds peers that take no more bytes. A stuck write also holds up the runtime's own pings, so that nothing else would
 * ever find such a peer.
 *
 * @module
 */

import { OPEN } from "../internal/socket_like.ts";
import { NOWHERE } from "../internal/timing_wheel.ts";
import { utf8Length } from "../internal/utf8.ts";
import type { Payload } from "../protocol/codec.ts";
import type { ServerConnection } from "./connection.ts";
import type { Scheduler, Sleeper } from "./scheduler.ts";

/** What is known of a peer for which bytes were waiting when it was last looked at. */
export interface WriteProgress {
  /** How many waited then. */
  waiting: number;
  /** How many were handed over since, counted to the byte. */
  handed: number;
  /** Since when none was accepted, on the scheduler's clock. */
  stuckSince: number;
}

/** How often connections that were written to are looked at, at most. */
const LOOK_MS = 1000;

/** In place of the bytes waiting: the runtime says that the socket is no longer open. */
const GIVEN_UP = -1;

/** What the watch tells the other parts. */
export interface WriteWatchPorts<Data> {
  /** This connection accepts nothing any more. */
  dead(connection: ServerConnection<Data>): void;
  /** The next send to this connection must come by {@linkcode WriteWatch.add} or {@linkcode WriteWatch.count}. */
  lookCloser(connection: ServerConnection<Data>): void;
}

/** Watches connections from the first byte that is handed over until all are accepted. */
export class WriteWatch<Data> implements Sleeper {
  readonly #scheduler: Scheduler;
  readonly #timeoutMs: number;
  readonly #lookMs: number;
  readonly #ports: WriteWatchPorts<Data>;
  readonly #watched = new Set<ServerConnection<Data>>();
  slot: number = NOWHERE;
  place = 0;

  /** Makes a watch for connections that accept nothing for `timeoutMs`; 0 switches it off. */
  constructor(scheduler: Scheduler, timeoutMs: number, ports: WriteWatchPorts<Data>) {
    this.#scheduler = scheduler;
    this.#timeoutMs = timeoutMs;
    this.#lookMs = Math.min(LOOK_MS, timeoutMs / 4);
    this.#ports = ports;
  }

  /** How many are watched. */
  get size(): number {
    return this.#watched.size;
  }

  /** Watches a connection that is being written to. Called when `isWatched` is false. */
  add(connection: ServerConnection<Data>): void {
    if (this.#timeoutMs === 0) return;
    connection.isWatched = true;
    if (this.#watched.size === 0) this.#scheduler.wakeIn(this, this.#lookMs);
    this.#watched.add(connection);
  }

  /** Watches a connection no longer. */
  remove(connection: ServerConnection<Data>): void {
    if (!connection.isWatched) return;
    connection.isWatched = false;
    connection.writes = undefined;
    this.#ports.lookCloser(connection);
    this.#watched.delete(connection);
    if (this.#watched.size === 0) this.#scheduler.forget(this);
  }

  /** Counts what is handed to a connection that looked stuck. Called when `writes` is set. */
  count(writes: WriteProgress, payload: Payload): void {
    writes.handed += typeof payload === "string" ? utf8Length(payload) : payload.byteLength;
  }

  /** Looks at all that are watched. */
  wake(now: number): number | undefined {
    for (const connection of this.#watched) this.#look(connection, now);
    return this.#watched.size > 0 ? now + this.#lookMs : undefined;
  }

  #look(connection: ServerConnection<Data>, now: number): void {
    const { socket } = connection;
    if (socket.readyState !== OPEN) return this.#lookAtGivenUp(connection, now);
    const waiting = socket.bufferedAmount;
    if (waiting === 0) return this.remove(connection);
    const writes = connection.writes;
    if (writes === undefined) {
      connection.writes = { waiting, handed: 0, stuckSince: now };
      this.#ports.lookCloser(connection);
      return;
    }
    const accepted = writes.waiting + writes.handed - waiting;
    writes.waiting = waiting;
    writes.handed = 0;
    if (accepted > 0) writes.stuckSince = now;
    else if (now - writes.stuckSince >= this.#timeoutMs) this.#ports.dead(connection);
  }

  /**
   * The runtime began to close without us. The event that tells it may be under way; where it is not there by the next
   * look, the runtime's close waits behind a stuck write, and no event will ever come.
   */
  #lookAtGivenUp(connection: ServerConnection<Data>, now: number): void {
    if (connection.writes?.waiting === GIVEN_UP) this.#ports.dead(connection);
    else connection.writes = { waiting: GIVEN_UP, handed: 0, stuckSince: now };
  }
}
