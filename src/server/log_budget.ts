/**
 * One bound for the bytes of everything that is kept for who may come back: beyond it, what was quiet for longest is
 * forgotten first. Pure.
 *
 * @module
 */

import { type Linked, LinkedList } from "../internal/linked_list.ts";

/** How far apart two additions must be, in milliseconds, for the second one to make its hoard the newest again. */
const MOVE_MS = 1000;

/** Something that keeps bytes: the log of a room, or what is kept for one session. */
export interface Hoard extends Linked<Hoard> {
  /** When it was last made the newest. Written by the budget alone. */
  movedAt: number;
  /** How long it keeps something that is followed by nothing, in milliseconds. */
  readonly maxAgeMs: number;
  /** Forgets what it keeps, and tells how many bytes that was. */
  drop(): number;
}

/** Counts bytes. */
export class LogBudget {
  readonly #maxBytes: number;
  readonly #hoards = new LinkedList<Hoard>();
  #bytes = 0;

  /** Makes a budget of `maxBytes`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many keep something. */
  get hoards(): number {
    return this.#hoards.size;
  }

  /** A hoard keeps so many bytes more. Others may have to forget what they keep for that, and in the end this one, too. */
  add(hoard: Hoard, bytes: number, now: number): void {
    this.#bytes += bytes;
    if (hoard.list === undefined || now - hoard.movedAt >= MOVE_MS) {
      this.#hoards.remove(hoard);
      this.#hoards.add(hoard);
      hoard.movedAt = now;
      while (this.#hoards.oldest !== undefined && isOld(this.#hoards.oldest, now)) this.#drop(this.#hoards.oldest);
    }
    while (this.#bytes > this.#maxBytes) this.#drop(this.#hoards.oldest!);
  }

  /** A hoard keeps so many bytes less, and perhaps none any more. */
  take(hoard: Hoard, bytes: number, isEmpty: boolean): void {
    this.#bytes -= bytes;
    if (isEmpty) this.#hoards.remove(hoard);
  }

  /** Lets those forget everything whose last addition is too long ago. Looks at all of them. */
  sweep(now: number): void {
    for (const hoard of this.#hoards.values()) if (isOld(hoard, now)) this.#drop(hoard);
  }

  #drop(hoard: Hoard): void {
    this.#hoards.remove(hoard);
    this.#bytes -= hoard.drop();
  }
}

/** Whether all that a hoard keeps is older than it may be. It may be younger than the last move by the time between two. */
function isOld({ movedAt, maxAgeMs }: Hoard, now: number): boolean {
  return now - movedAt > maxAgeMs + MOVE_MS;
}
