/**
 * How often somebody may do something: so many times at once, and from then on so many times per second.
 */

/** One person's allowance for one thing. */
export class Allowance {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #countedAt = 0;

  /** Begins with `burst`, and grows by `perSecond` up to that again. */
  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
  }

  /** Takes one, and tells whether there was one left. */
  take(now: number = performance.now()): boolean {
    const grown = this.#left + (now - this.#countedAt) * this.#perSecond / 1000;
    this.#left = Math.min(this.#burst, grown);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
