/**
 * Ends connections whose sign-in has expired.
 *
 * How long a sign-in is good for is measured once, against the date; from then on the monotonic clock counts, so that a
 * date that is set neither ends nor prolongs it. It does not wait for a process that stood still either: unlike
 * silence, which is forgiven, expiry is looked at anew after a pause.
 *
 * @module
 */

import type { ServerConnection } from "./connection.ts";
import type { Platform } from "./platform.ts";
import { Alarm, type Scheduler } from "./scheduler.ts";

/** The longest sleep until an expiry, in milliseconds: runtimes take no timers beyond 24 days. */
const MAX_SLEEP_MS = 86_400_000;

/** Watches signed-in connections. */
export class ExpiryWatch<Data> {
  readonly #scheduler: Scheduler;
  readonly #platform: Pick<Platform, "now">;
  readonly #expired: (connection: ServerConnection<Data>) => void;
  readonly #watched = new Set<ServerConnection<Data>>();

  /** Puts the part together; `expired` ends a connection. */
  constructor(
    scheduler: Scheduler,
    platform: Pick<Platform, "now">,
    expired: (connection: ServerConnection<Data>) => void,
  ) {
    this.#scheduler = scheduler;
    this.#platform = platform;
    this.#expired = expired;
  }

  /** How many connections have an end. */
  get size(): number {
    return this.#watched.size;
  }

  /** Watches an open connection until the end that its sign-in has now, if it has one. */
  watch(connection: ServerConnection<Data>): void {
    const state = connection.signIn!;
    if (state.expiresAt === Infinity) return this.forget(connection);
    this.#watched.add(connection);
    state.alarm ??= new Alarm(() => this.#look(connection));
    this.#sleep(connection);
  }

  /** Watches a connection no longer. */
  forget(connection: ServerConnection<Data>): void {
    const { alarm } = connection.signIn!;
    if (alarm !== undefined && this.#watched.delete(connection)) this.#scheduler.forget(alarm);
  }

  /** The process stood still, and the scheduler counts that as no time; here it counts. */
  afterPause(): void {
    for (const connection of this.#watched) this.#sleep(connection);
  }

  /** How long a connection's sign-in is still good for, in whole milliseconds; `undefined` where it has no end. */
  leftMs(connection: ServerConnection<Data>): number | undefined {
    const expiresAt = connection.signIn?.expiresAt ?? Infinity;
    const leftMs = Math.max(0, Math.floor(expiresAt - this.#platform.now()));
    return Number.isSafeInteger(leftMs) ? leftMs : undefined;
  }

  #look(connection: ServerConnection<Data>): void {
    if (connection.signIn!.expiresAt <= this.#platform.now()) this.#expired(connection);
    else this.#sleep(connection);
  }

  #sleep(connection: ServerConnection<Data>): void {
    const { expiresAt, alarm } = connection.signIn!;
    this.#scheduler.wakeIn(alarm!, Math.min(Math.max(0, expiresAt - this.#platform.now()), MAX_SLEEP_MS));
  }
}
