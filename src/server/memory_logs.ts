/**
 * Logs in the memory of this process: gone with it, which their epoch tells. Pure.
 *
 * All logs have one epoch. One that is forgotten, because nobody is in the room any more and nothing is kept of it, leaves
 * nothing behind but the greatest number that any such log had: a new log begins behind that, so that no number means two
 * messages.
 *
 * @module
 */

import type { Position } from "../protocol/messages.ts";
import type { LogBudget } from "./log_budget.ts";
import type { ResolvedLogRule } from "./log_rules.ts";
import type { LoggedMessage, LogReading, LogRecord, Logs } from "./logs.ts";
import { TopicLog } from "./topic_log.ts";

/** What the logs need to know. */
export interface MemoryLogPorts {
  /** A name that no process before or beside this one gives to its logs. */
  readonly epoch: string;
  /** How long somebody may be gone who comes back with a position, in milliseconds. */
  readonly windowMs: number;
  /** What is kept of a room; `undefined` for nothing. */
  ruleOf(room: string): ResolvedLogRule | undefined;
  /** Whether anybody is in a room. */
  hasMembers(room: string): boolean;
  /** The time, in milliseconds, on a clock that does not go back; it may be a second old. */
  now(): number;
}

/** How many logs there may be at least before those without use are looked for. */
const MIN_SWEEP = 1024;

/** How far apart two searches are, in milliseconds, for which nothing but the time speaks. */
const SWEEP_MS = 10_000;

const NONE: readonly LogRecord[] = [];

/** Keeps logs. */
export class MemoryLogs implements Logs {
  readonly #ports: MemoryLogPorts;
  readonly #budget: LogBudget;
  readonly #topics = new Map<string, TopicLog>();
  /** The greatest number in any log that was forgotten. */
  #floor = 0;
  #sweepAt = MIN_SWEEP;
  #sweptAt = -Infinity;

  /** Makes a store without logs. */
  constructor(budget: LogBudget, ports: MemoryLogPorts) {
    this.#budget = budget;
    this.#ports = ports;
  }

  /** How many logs there are. */
  get size(): number {
    return this.#topics.size;
  }

  keeps(room: string): boolean {
    return this.#topics.has(room) || this.#ports.ruleOf(room) !== undefined;
  }

  keepsStates(room: string): boolean {
    return (this.#topics.get(room)?.keepsStates ?? (this.#ports.ruleOf(room)?.keep ?? "all") !== "all");
  }

  append(room: string, message: LoggedMessage): number {
    return this.#open(room)!.append(message, this.#ports.now());
  }

  begin(room: string): LogReading {
    const topic = this.#open(room);
    if (topic === undefined) return this.#nothing(undefined);
    topic.touchedAt = this.#ports.now();
    if (!topic.keepsStates) return this.#reading(topic.end, undefined, NONE);
    const from = topic.beginning;
    return this.#reading(from, undefined, topic.behind(from));
  }

  missed(room: string, since: Position): LogReading {
    const topic = this.#open(room);
    if (topic === undefined) return this.#nothing(false);
    topic.touchedAt = this.#ports.now();
    const reason = this.#whyNot(topic, since);
    if (reason === undefined) return this.#reading(since.offset, true, topic.behind(since.offset));
    const { recovery, records } = this.begin(room);
    return { recovery: { ...recovery, recovered: false, reason }, records };
  }

  end(room: string): Position | undefined {
    const topic = this.#open(room);
    return topic && { epoch: this.#ports.epoch, offset: topic.end };
  }

  newest(room: string, limit: number): LogReading {
    const topic = this.#topics.get(room);
    if (topic === undefined) {
      return this.keeps(room) ? this.#reading(this.#floor, undefined, NONE) : this.#nothing(undefined);
    }
    return this.#reading(topic.end, undefined, topic.newest(limit, this.#ports.now()));
  }

  forget(room: string, key?: string): void {
    this.#topics.get(room)?.forget(key);
  }

  touch(room: string): void {
    const topic = this.#topics.get(room);
    if (topic !== undefined) topic.touchedAt = this.#ports.now();
  }

  /** Something has ended for which logs may have been kept: looks for those without use, but not every time. */
  sweepSoon(): void {
    const now = this.#ports.now();
    if (now - this.#sweptAt >= SWEEP_MS) this.sweep();
  }

  /** Forgets what is too old, and logs that nobody can have a use for. */
  sweep(): void {
    const now = this.#ports.now();
    this.#sweptAt = now;
    this.#budget.sweep(now);
    for (const [room, topic] of this.#topics) {
      if (topic.size > 0 || now - topic.touchedAt <= this.#ports.windowMs || this.#ports.hasMembers(room)) continue;
      this.#floor = Math.max(this.#floor, topic.end);
      this.#topics.delete(room);
    }
    this.#sweepAt = Math.max(MIN_SWEEP, this.#topics.size * 2);
  }

  #whyNot(topic: TopicLog, { epoch, offset }: Position): string | undefined {
    if (epoch !== this.#ports.epoch) return "new_epoch";
    if (offset > topic.end) return "ahead";
    return topic.covers(offset, this.#ports.now()) ? undefined : "too_old";
  }

  #open(room: string): TopicLog | undefined {
    const found = this.#topics.get(room);
    if (found !== undefined) return found;
    const rule = this.#ports.ruleOf(room);
    if (rule === undefined) return undefined;
    if (this.#topics.size >= this.#sweepAt) this.sweep();
    const topic = new TopicLog(rule, this.#budget, this.#floor);
    topic.touchedAt = this.#ports.now();
    this.#topics.set(room, topic);
    return topic;
  }

  #reading(offset: number, recovered: boolean | undefined, records: readonly LogRecord[]): LogReading {
    const { epoch } = this.#ports;
    return { recovery: recovered === undefined ? { epoch, offset } : { epoch, offset, recovered }, records };
  }

  #nothing(recovered: false | undefined): LogReading {
    return { recovery: recovered === undefined ? {} : { recovered, reason: "no_log" }, records: NONE };
  }
}
