/**
 * The log of one room: a bounded row of messages with consecutive numbers, or the newest states. Pure.
 *
 * @module
 */

import type { Hoard, LogBudget } from "./log_budget.ts";
import type { LoggedMessage, LogRecord } from "./logs.ts";
import type { ResolvedLogRule } from "./log_rules.ts";

interface Kept extends LogRecord {
  readonly bytes: number;
  readonly keptAt: number;
}

/** Forgotten records that may stand before those that are kept, until the array is made shorter. */
const MAX_VACANT = 64;

/** One log. */
export class TopicLog implements Hoard {
  readonly #rule: ResolvedLogRule;
  readonly #budget: LogBudget;
  /** Where the log keeps states: the record of each key. */
  readonly #byKey: Map<string, Kept> | undefined;
  #records: Kept[] = [];
  /** How many records at the beginning of the array are forgotten. */
  #vacant = 0;
  #bytes = 0;
  #end: number;
  /** The number of the last message that was forgotten, or never was here. */
  #forgotten: number;
  list: object | undefined = undefined;
  older: Hoard | undefined = undefined;
  newer: Hoard | undefined = undefined;
  movedAt = -Infinity;
  /** When somebody last had or got a position in it. Written by the store. */
  touchedAt = -Infinity;

  /** Begins a log without messages, whose first one has the number behind `end`. */
  constructor(rule: ResolvedLogRule, budget: LogBudget, end: number) {
    this.#rule = rule;
    this.#budget = budget;
    this.#byKey = rule.keep === "all" ? undefined : new Map();
    this.#end = end;
    this.#forgotten = end;
  }

  /** The number of the last message. */
  get end(): number {
    return this.#end;
  }

  /** How many messages are kept. */
  get size(): number {
    return this.#records.length - this.#vacant;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it keeps states: who comes gets those, and what was replaced is not missed. */
  get keepsStates(): boolean {
    return this.#byKey !== undefined;
  }

  get maxAgeMs(): number {
    return this.#rule.maxAgeMs;
  }

  /** Appends a message, and gives its number. */
  append(message: LoggedMessage, now: number): number {
    const offset = ++this.#end;
    const record: Kept = { offset, message, bytes: message.payload.length, keptAt: now };
    if (this.#byKey !== undefined) this.#replace(record, this.#byKey);
    this.#records.push(record);
    this.#bytes += record.bytes;
    this.#trim(now);
    this.#budget.add(this, record.bytes, now);
    return offset;
  }

  /** Whether everything behind `offset` is there that there is to know: all messages, or the states that changed. */
  covers(offset: number, now: number): boolean {
    this.#trim(now);
    return offset >= this.#forgotten;
  }

  /** Where who has nothing yet begins to read to get all states. */
  get beginning(): number {
    return this.size === 0 ? this.#end : this.#records[this.#vacant]!.offset - 1;
  }

  /** The records behind `offset`, the oldest first. */
  behind(offset: number): readonly LogRecord[] {
    let low = this.#vacant;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#records[middle]!.offset <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#records.slice(low);
  }

  /** The newest records, the oldest of them first. */
  newest(limit: number, now: number): readonly LogRecord[] {
    this.#trim(now);
    return this.#records.slice(Math.max(this.#vacant, this.#records.length - limit));
  }

  /** Forgets everything, or the state with this key. */
  forget(key?: string): void {
    if (key === undefined) {
      this.#budget.take(this, this.drop(), true);
      return;
    }
    const record = this.#byKey?.get(key);
    if (record !== undefined) this.#remove(record);
  }

  drop(): number {
    const bytes = this.#bytes;
    this.#records = [];
    this.#vacant = 0;
    this.#bytes = 0;
    this.#byKey?.clear();
    this.#forgotten = this.#end;
    return bytes;
  }

  #replace(record: Kept, byKey: Map<string, Kept>): void {
    const key = this.#rule.keep === "newest" ? "" : record.message.key ?? "";
    const before = byKey.get(key);
    if (before !== undefined) this.#remove(before);
    byKey.set(key, record);
  }

  /** Takes out a state that was replaced, or is no more. It is not missed by anybody. */
  #remove(record: Kept): void {
    this.#records.splice(this.#records.indexOf(record, this.#vacant), 1);
    this.#byKey!.delete(keyOf(record, this.#rule));
    this.#bytes -= record.bytes;
    this.#budget.take(this, record.bytes, this.size === 0);
  }

  #trim(now: number): void {
    const { maxMessages, maxBytes, maxAgeMs } = this.#rule;
    let freed = 0;
    while (this.size > 0) {
      const oldest = this.#records[this.#vacant]!;
      if (this.size <= maxMessages && this.#bytes <= maxBytes && now - oldest.keptAt <= maxAgeMs) break;
      this.#records[this.#vacant++] = VACANT;
      this.#bytes -= oldest.bytes;
      freed += oldest.bytes;
      this.#forgotten = oldest.offset;
      if (this.#byKey?.get(keyOf(oldest, this.#rule)) === oldest) this.#byKey.delete(keyOf(oldest, this.#rule));
    }
    if (this.#vacant > MAX_VACANT && this.#vacant * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#vacant);
      this.#vacant = 0;
    }
    // What is on its way in is not counted there yet: see append.
    if (freed > 0) this.#budget.take(this, freed, this.size === 0);
  }
}

/** In place of what is forgotten, which must not be kept by the array. */
const VACANT: Kept = {
  offset: 0,
  message: { order: 0, payload: "", except: undefined, exceptRooms: [], key: undefined },
  bytes: 0,
  keptAt: 0,
};

function keyOf({ message }: Kept, { keep }: ResolvedLogRule): string {
  return keep === "newest" ? "" : message.key ?? "";
}
