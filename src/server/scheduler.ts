/**
 * The one timer of a server: wakes what is due in the timing wheel, and keeps the coarse time with which the receipt of
 * a message is stamped.
 *
 * @module
 */

import { NOWHERE, TimingWheel, type WheelItem } from "../internal/timing_wheel.ts";
import type { Platform } from "./platform.ts";

/** Something that waits for its time. */
export interface Sleeper extends WheelItem {
  /**
   * Called when the time has come.
   *
   * @param now The liveness time, see {@linkcode Scheduler.now}.
   * @returns When to be woken again, on the same clock; `undefined` for never.
   */
  wake(now: number): number | undefined;
}

/** What the scheduler asks of the other parts. */
export interface SchedulerPorts {
  /** A sleeper threw. */
  failed(error: unknown): void;
  /**
   * Whether the timer may run on although nobody waits, because somebody soon will: a runtime's timer that is stopped and
   * started for every connection costs more than all that waits in the wheel. {@linkcode Scheduler.rest} stops it then.
   */
  mayBeWanted(): boolean;
  /** A pause was forgiven: what was asked for after a time will now come later by it. */
  paused?(): void;
}

/** The width of a slot: nothing is woken early, and nothing later than this but by a blocked loop. */
export const SLOT_MS = 50;

/** How old the coarse time may be while somebody stamps with it. */
const FRESH_MS = 1000;

/** A pause longer than this is not counted as anybody's silence: a blocked loop, a machine that slept. */
const PAUSE_MS = 1000;

/** How long after a pause nobody is woken, so that what arrived during it is received before anybody is judged. */
const GRACE_MS = 1000;

/**
 * Wakes sleepers.
 *
 * Its time is the platform's monotonic clock without the pauses in which this process could not have heard anybody:
 * what comes later than {@linkcode PAUSE_MS} shifts all times to come by the delay. So one pause disconnects nobody.
 */
export class Scheduler {
  readonly #platform: Platform;
  readonly #wheel = new TimingWheel<Sleeper>(SLOT_MS);
  readonly #ports: SchedulerPorts;
  #timer: unknown;
  #armedFor = Infinity;
  #pausedMs = 0;
  #graceUntil = -Infinity;
  #stampers = 0;
  #isWaking = false;

  /** The coarse time, at most {@linkcode FRESH_MS} old while {@linkcode stamping} was asked for. A plain field: it is read for every message. */
  coarseNow = 0;

  /** Makes a scheduler on the clock and timer of `platform`. */
  constructor(platform: Platform, ports: SchedulerPorts) {
    this.#platform = platform;
    this.#ports = ports;
    this.coarseNow = platform.now();
  }

  /** How many wait. */
  get size(): number {
    return this.#wheel.size;
  }

  /** Whether the timer runs. */
  get isArmed(): boolean {
    return this.#armedFor !== Infinity;
  }

  /** The time: monotonic, in milliseconds, without pauses. */
  now(): number {
    return this.coarseNow = this.#platform.now() - this.#pausedMs;
  }

  /** The time, up to {@linkcode FRESH_MS} old where somebody sees to it that it is no older: for what need not be exact. */
  stamp(): number {
    return this.#stampers > 0 ? this.coarseNow : this.now();
  }

  /** Wakes `sleeper` in `delayMs`. Where it waited already, it is moved. */
  wakeIn(sleeper: Sleeper, delayMs: number): void {
    this.wakeAt(sleeper, this.now() + delayMs);
  }

  /** Wakes `sleeper` at `dueAt`. Where it waited already, it is moved. */
  wakeAt(sleeper: Sleeper, dueAt: number): void {
    this.#wheel.add(sleeper, dueAt);
    if (!this.#isWaking && dueAt < this.#armedFor) this.#arm();
  }

  /** Lets `sleeper` wait no longer. */
  forget(sleeper: Sleeper): void {
    this.#wheel.remove(sleeper);
    if (this.#wheel.size === 0 && !this.#ports.mayBeWanted()) this.rest();
  }

  /** Stops the timer if nobody waits. */
  rest(): void {
    if (this.#wheel.size === 0 && !this.#isWaking) this.#disarm();
  }

  /** Asks for {@linkcode coarseNow} to be kept fresh, until {@linkcode stampingEnded} was called as often. */
  stamping(): void {
    if (this.#stampers++ === 0) this.#arm();
  }

  /** Takes back one {@linkcode stamping}. */
  stampingEnded(): void {
    this.#stampers--;
  }

  #arm(): void {
    if (this.#isWaking) return;
    const dueAt = this.#wheel.nextDueAt();
    if (dueAt === undefined) return this.#disarm();
    const now = this.now();
    const wanted = this.#stampers > 0 ? Math.min(dueAt, now + FRESH_MS) : dueAt;
    const wakeAt = Math.max(wanted, this.#graceUntil);
    if (wakeAt >= this.#armedFor) return;
    this.#disarm();
    this.#armedFor = wakeAt;
    this.#timer = this.#platform.setTimer(this.#tick, Math.max(0, Math.ceil(wakeAt - now)));
  }

  #disarm(): void {
    if (this.#armedFor === Infinity) return;
    this.#armedFor = Infinity;
    this.#platform.clearTimer(this.#timer);
  }

  readonly #tick = (): void => {
    const lateMs = this.now() - this.#armedFor;
    this.#armedFor = Infinity;
    if (lateMs > PAUSE_MS) {
      this.#pausedMs += lateMs;
      this.#graceUntil = this.now() + GRACE_MS;
      this.#ports.paused?.();
      return this.#arm();
    }
    const now = this.coarseNow;
    this.#isWaking = true;
    for (let sleeper = this.#wheel.take(now); sleeper !== undefined; sleeper = this.#wheel.take(now)) {
      try {
        const nextAt = sleeper.wake(now);
        if (nextAt !== undefined) this.#wheel.add(sleeper, Math.max(nextAt, now + SLOT_MS));
      } catch (error) {
        this.#ports.failed(error);
      }
    }
    this.#isWaking = false;
    this.#arm();
  };
}

/** A sleeper that calls back once. */
export class Alarm implements Sleeper {
  readonly #ring: () => void;
  slot: number = NOWHERE;
  place = 0;

  /** Makes an alarm; {@linkcode Scheduler.wakeIn} sets it. */
  constructor(ring: () => void) {
    this.#ring = ring;
  }

  wake(): undefined {
    this.#ring();
  }
}
