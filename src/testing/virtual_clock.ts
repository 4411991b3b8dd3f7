/**
 * A clock that stands still until a test moves it, with the timers that hang on it.
 *
 * @module
 */

/** Where a {@linkcode VirtualClock} begins. */
export interface VirtualClockOptions {
  /**
   * The monotonic time at the beginning, in milliseconds.
   *
   * @default {0}
   */
  readonly nowMs?: number;
  /**
   * The date at the beginning, in milliseconds since the Unix epoch: the first moment of 2030, as a date that is clearly
   * not today's shows where the real clock was read.
   *
   * @default {1_893_456_000_000}
   */
  readonly dateMs?: number;
}

/** A timer of a {@linkcode VirtualClock}; of interest to the clock alone. */
export interface VirtualTimer {
  /** When it is due, on the monotonic clock. */
  readonly dueAt: number;
}

interface Timer extends VirtualTimer {
  readonly number: number;
  readonly callback: () => void;
}

/**
 * Time in the hands of a test: nothing is due before the test says so, and then in order.
 *
 * @example Half a minute in no time
 * ```ts
 * import { VirtualClock } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const rung: number[] = [];
 * clock.setTimer(() => rung.push(clock.now()), 30_000);
 * clock.setTimer(() => rung.push(clock.now()), 10_000);
 *
 * await clock.advance(30_000);
 *
 * assertEquals(rung, [10_000, 30_000]);
 * assertEquals(clock.pending, 0);
 * ```
 */
export class VirtualClock {
  readonly #timers = new Set<Timer>();
  #nowMs: number;
  #dateMs: number;
  #made = 0;

  /** Makes a clock without timers. */
  constructor({ nowMs = 0, dateMs = Date.UTC(2030, 0) }: VirtualClockOptions = {}) {
    this.#nowMs = nowMs;
    this.#dateMs = dateMs;
  }

  /** The monotonic time, in milliseconds. */
  now(): number {
    return this.#nowMs;
  }

  /** The date, in whole milliseconds since the Unix epoch. It moves with the time, and by {@linkcode shiftDate}. */
  date(): number {
    return Math.floor(this.#dateMs);
  }

  /** Calls `callback` once, when the clock was moved by `delayMs`. */
  setTimer(callback: () => void, delayMs: number): VirtualTimer {
    const timer: Timer = { callback, dueAt: this.#nowMs + Math.max(0, delayMs), number: this.#made++ };
    this.#timers.add(timer);
    return timer;
  }

  /** Takes a timer back. One that has rung, or was never of this clock, is left alone. */
  clearTimer(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the earliest timer is due; `undefined` when none waits. */
  get nextDueAt(): number | undefined {
    return this.#earliest(Infinity)?.dueAt;
  }

  /**
   * Moves the clock by `ms`. Every timer that is due on the way is called at its own time, those of one time in the order
   * in which they were set; whatever a call sets in motion (promises, frames of a socket pair) comes to rest before the
   * next. What a callback throws ends the move and comes out here.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#nowMs + ms;
    await turn();
    for (let timer = this.#earliest(target); timer !== undefined; timer = this.#earliest(target)) {
      this.#moveTo(Math.max(this.#nowMs, timer.dueAt));
      await this.#ring(timer);
    }
    this.#moveTo(target);
  }

  /**
   * Lets `ms` pass in which nothing runs, as when the machine slept or the loop was blocked: the timers that were due
   * are called afterwards, late.
   */
  async jump(ms: number): Promise<void> {
    await turn();
    this.#moveTo(this.#nowMs + ms);
    await this.advance(0);
  }

  /** Sets the date forward or, with a negative number, back, as a correction of the wall clock does; no timer minds. */
  shiftDate(ms: number): void {
    this.#dateMs += ms;
  }

  #moveTo(nowMs: number): void {
    this.#dateMs += nowMs - this.#nowMs;
    this.#nowMs = nowMs;
  }

  #ring(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    timer.callback();
    return turn();
  }

  #earliest(until: number): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt > until) continue;
      if (earliest === undefined || timer.dueAt < earliest.dueAt) earliest = timer;
    }
    return earliest;
  }
}

/** One turn of the real loop: by its end all that only waited for promises has run. */
function turn(): Promise<void> {
  // Where there is setImmediate, a turn does not take the millisecond that the shortest timer takes.
  const { setImmediate = setTimeout } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  return new Promise((resolve) => void setImmediate(resolve));
}
