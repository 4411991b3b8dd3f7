/**
 * A clock that a test can stop and let run on, so that what happens "within ten seconds" can be shown exactly, and at once.
 *
 * @module
 */

import type { ClockAction } from "./control.ts";

/** The monotonic clock of a server under test. It never goes back. */
export class HeldClock {
  readonly #real: () => number;
  #aheadMs = 0;
  #heldAt: number | undefined;

  /** Follows `real` until it is held. */
  constructor(real: () => number) {
    this.#real = real;
  }

  /** Milliseconds. */
  now(): number {
    return this.#heldAt ?? this.#real() + this.#aheadMs;
  }

  /** Does what the test wants. */
  act(action: ClockAction): void {
    const now = this.now();
    if (action === "hold") this.#heldAt = now;
    else if (action !== "release") this.#heldAt = now + action.advanceMs;
    else if (this.#heldAt !== undefined) {
      this.#aheadMs = this.#heldAt - this.#real();
      this.#heldAt = undefined;
    }
  }
}
