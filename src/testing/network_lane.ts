/**
 * One direction of a connection on a network in memory: what is sent arrives later, in its order, or never.
 *
 * @module
 */

import type { SeededRandom } from "./seeded_random.ts";
import type { VirtualClock, VirtualTimer } from "./virtual_clock.ts";

/** How fast a network is. */
export interface Pace {
  /** The least and the most time for which a frame is on its way, in milliseconds. */
  readonly delayMs: readonly [least: number, most: number];
  /** Bytes that are sent in a millisecond. */
  readonly bytesPerMs: number;
}

/** What a frame has beside its text: headers of WebSocket, TCP and IP. So no frame takes no time. */
const OVERHEAD_BYTES = 50;

/** One direction of a connection. */
export class NetworkLane {
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #pace: Pace;
  readonly #onWay: { readonly arrivesAt: number; readonly arrive: () => void }[] = [];
  #timer: VirtualTimer | undefined;
  /** When the last byte so far has left. */
  #sentAt = 0;
  /** When the last frame so far arrives. */
  #arrivesAt = 0;
  #isDead = false;

  /** Makes a direction in which nothing is on its way. */
  constructor(clock: VirtualClock, random: SeededRandom, pace: Pace) {
    this.#clock = clock;
    this.#random = random;
    this.#pace = pace;
  }

  /** How many frames are on their way. */
  get size(): number {
    return this.#onWay.length;
  }

  /** Takes a frame; calls `arrive` when it is there, unless it gets lost. */
  send(bytes: number, arrive: () => void): void {
    if (this.#isDead) return;
    const now = this.#clock.now();
    this.#sentAt = Math.max(now, this.#sentAt) + (bytes + OVERHEAD_BYTES) / this.#pace.bytesPerMs;
    // A stream keeps its order: what was sent later does not arrive earlier. In whole milliseconds, so that frames of
    // several connections arrive in one moment, as they do.
    const arrivesAt = Math.ceil(this.#sentAt + this.#random.between(...this.#pace.delayMs));
    this.#arrivesAt = Math.max(this.#arrivesAt, arrivesAt);
    this.#onWay.push({ arrivesAt: this.#arrivesAt, arrive });
    this.#await();
  }

  /** Lets everything vanish from now on; what is on its way as well, unless it is `late`. */
  die(late: boolean): void {
    this.#isDead = true;
    if (late) return;
    this.#onWay.length = 0;
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #await(): void {
    const next = this.#onWay[0];
    if (next === undefined || this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      // The first one is due, whatever became of the fractions in its time.
      do this.#onWay.shift()!.arrive(); while ((this.#onWay[0]?.arrivesAt ?? Infinity) <= this.#clock.now());
      this.#await();
    }, next.arrivesAt - this.#clock.now());
  }
}
