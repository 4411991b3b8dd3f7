/**
 * Numbers that look random and are the same for the same seed. Pure.
 *
 * @module
 */

/**
 * A source of random numbers for tests that can be repeated.
 *
 * @example
 * ```ts
 * import { SeededRandom } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const [one, same] = [new SeededRandom(7), new SeededRandom(7)];
 *
 * assertEquals(one.next(), same.next());
 * assertEquals(one.pick(["a", "b", "c"]), same.pick(["a", "b", "c"]));
 * ```
 */
export class SeededRandom {
  /** What the numbers depend on. */
  readonly seed: number | string;
  readonly #state: Uint32Array;

  /** Makes a source; a number and its text are the same seed. */
  constructor(seed: number | string) {
    this.seed = seed;
    this.#state = Uint32Array.of(...[1, 2, 3].map((part) => hash(`${part}:${seed}`)), 1);
    // The first numbers of sfc32 still show how alike two seeds are.
    for (let i = 0; i < 12; i++) this.next();
  }

  /** A number from 0 up to, but not including, 1. */
  next(): number {
    // sfc32, by Chris Doty-Humphrey: 32 bits at a time, good in all tests of PractRand, and a few lines long.
    const [a = 0, b = 0, c = 0, count = 0] = this.#state;
    const sum = (a + b + count) >>> 0;
    this.#state.set([b ^ (b >>> 9), c + (c << 3), ((c << 21) | (c >>> 11)) + sum, count + 1]);
    return sum / 2 ** 32;
  }

  /** A number from `min` up to, but not including, `max`. */
  between(min: number, max: number): number {
    return min + this.next() * (max - min);
  }

  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** `true` with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /**
   * One of the items.
   *
   * @throws {RangeError} If there is none.
   */
  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError("Cannot pick one of no items");
    return items[this.below(items.length)]!;
  }

  /**
   * A source of its own for one part of a test: what that part draws, and how often, changes nothing for the others.
   *
   * @param name Tells it from others of this seed.
   */
  fork(name: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${name}`);
  }
}

/** 32 bits of a text: FNV-1a with the finish of MurmurHash3. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
