/**
 * What was sent to one client alone and is counted: kept until the client has acknowledged it, within bounds, for when it
 * comes back. Pure.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import type { Hoard, LogBudget } from "./log_budget.ts";

/** How much is kept for one client. */
export interface InboxLimits {
  /** Messages. */
  readonly maxMessages: number;
  /** Bytes (characters for text). */
  readonly maxBytes: number;
  /** How long, in milliseconds. */
  readonly maxAgeMs: number;
}

/** A message that is kept. */
export interface InboxRecord {
  /** Its place among all messages of the node, as in the logs of rooms. */
  readonly order: number;
  /** What stands in its frame. */
  readonly payload: Payload;
}

interface Kept extends InboxRecord {
  readonly keptAt: number;
}

/** Records that were forgotten and still take a place in the array, at most, until it is made shorter. */
const MAX_VACANT = 64;

const VACANT: Kept = { order: 0, payload: "", keptAt: 0 };

/** The messages for one client. */
export class SessionInbox implements Hoard {
  readonly #limits: InboxLimits;
  readonly #budget: LogBudget;
  #kept: Kept[] = [];
  #vacant = 0;
  #bytes = 0;
  #end = 0;
  #acknowledged = 0;
  list: object | undefined = undefined;
  older: Hoard | undefined = undefined;
  newer: Hoard | undefined = undefined;
  movedAt = -Infinity;

  /** Begins with nothing. */
  constructor(limits: InboxLimits, budget: LogBudget) {
    this.#limits = limits;
    this.#budget = budget;
  }

  /** The number of the last message. */
  get end(): number {
    return this.#end;
  }

  /** The number of the last message that the client has acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** How many messages are kept. */
  get size(): number {
    return this.#kept.length - this.#vacant;
  }

  get maxAgeMs(): number {
    return this.#limits.maxAgeMs;
  }

  /** Adds a message, and gives its number. */
  add(payload: Payload, order: number, now: number): number {
    this.#kept.push({ order, payload, keptAt: now });
    this.#bytes += payload.length;
    const { maxMessages, maxBytes } = this.#limits;
    if (this.size > maxMessages || this.#bytes > maxBytes) this.#trim(now);
    this.#budget.add(this, payload.length, now);
    return ++this.#end;
  }

  /** The client has everything up to this number. Tells whether that can be. */
  acknowledge(number: number): boolean {
    if (number > this.#end) return false;
    if (number <= this.#acknowledged) return true;
    this.#acknowledged = number;
    this.#forget(this.size - (this.#end - number));
    return true;
  }

  /** The number of the first message that can still be had, when everything up to `received` is there. */
  firstBehind(received: number, now: number): number {
    this.#trim(now);
    return Math.max(received, this.#end - this.size) + 1;
  }

  /** The messages from this number on, which must be one that can be had. */
  from(number: number): readonly InboxRecord[] {
    return this.#kept.slice(Math.max(this.#vacant, this.#kept.length - (this.#end - number + 1)));
  }

  drop(): number {
    const bytes = this.#bytes;
    this.#kept = [];
    this.#vacant = 0;
    this.#bytes = 0;
    return bytes;
  }

  /** Forgets everything, for good. */
  clear(): void {
    this.#budget.take(this, this.drop(), true);
  }

  #trim(now: number): void {
    const { maxMessages, maxBytes, maxAgeMs } = this.#limits;
    let count = 0;
    let bytes = this.#bytes;
    for (; count < this.size; count++) {
      const oldest = this.#kept[this.#vacant + count]!;
      if (this.size - count <= maxMessages && bytes <= maxBytes && now - oldest.keptAt <= maxAgeMs) break;
      bytes -= oldest.payload.length;
    }
    this.#forget(count);
  }

  /** Forgets the oldest. */
  #forget(count: number): void {
    if (count <= 0) return;
    let freed = 0;
    for (let left = count; left > 0; left--) {
      freed += this.#kept[this.#vacant]!.payload.length;
      this.#kept[this.#vacant++] = VACANT; // the array must not keep what is forgotten
    }
    this.#bytes -= freed;
    if (this.size === 0) {
      this.#kept.length = 0;
      this.#vacant = 0;
    } else if (this.#vacant > MAX_VACANT && this.#vacant * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#vacant);
      this.#vacant = 0;
    }
    this.#budget.take(this, freed, this.size === 0);
  }
}
