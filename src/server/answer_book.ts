/**
 * The answers to the requests of one client, so that a request that comes again gets the first one. Pure.
 *
 * @module
 */

import type { MessageId, WebSocketMessage } from "../protocol/messages.ts";
import type { Hoard, LogBudget } from "./log_budget.ts";

/** Answers that are kept at most; those that nobody asked for again go first. */
const MAX_ANSWERS = 256;
/** Characters of an answer beyond which it is not kept by itself, so that a book has a bound. */
const MAX_ANSWER_LENGTH = 65_536;
/** Characters of all answers that are kept. */
const MAX_LENGTH = 262_144;
/** How long answers are kept that nobody asks for again, in milliseconds. */
const MAX_AGE_MS = 120_000;

/** What becomes of a request. */
export type Request = "new" | "pending" | "reused" | { readonly answer: string };

interface Entry {
  /** What tells it from another request with the same id. */
  readonly print: number;
  /** The answer, as soon as there is one. */
  answer: string | undefined;
  /** The number of the counted message that it was. */
  number: number;
}

/** Keeps answers by the id of their request. */
export class AnswerBook implements Hoard {
  readonly #budget: LogBudget;
  readonly #entries = new Map<MessageId, Entry>();
  #length = 0;
  readonly maxAgeMs = MAX_AGE_MS;
  list: object | undefined = undefined;
  older: Hoard | undefined = undefined;
  newer: Hoard | undefined = undefined;
  movedAt = -Infinity;

  /** Makes a book without answers. */
  constructor(budget: LogBudget) {
    this.#budget = budget;
  }

  /** How many requests are known. */
  get size(): number {
    return this.#entries.size;
  }

  /** A request has come. */
  ask(message: WebSocketMessage): Request {
    const id = message.id!;
    const print = printOf(message);
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      this.#entries.set(id, { print, answer: undefined, number: 0 });
      this.#shrink();
      return "new";
    }
    if (entry.print !== print) return "reused";
    return entry.answer === undefined ? "pending" : { answer: entry.answer };
  }

  /** A request was answered, by the counted message of this number. */
  answer(id: MessageId, answer: string, number: number, now: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.answer !== undefined) return;
    this.#entries.delete(id);
    if (answer.length > MAX_ANSWER_LENGTH) return;
    // At the end: those that were answered last are kept for longest.
    this.#entries.set(id, { ...entry, answer, number });
    this.#length += answer.length;
    this.#shrink();
    this.#budget.add(this, answer.length, now);
  }

  /** A request will not be answered: it can be asked anew. */
  forget(id: MessageId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    if (entry.answer === undefined) return;
    this.#length -= entry.answer.length;
    this.#budget.take(this, entry.answer.length, this.#length === 0);
  }

  /** Nobody waits for the answer to a request any more: where there is none yet, there will be none. */
  giveUp(id: MessageId): void {
    if (this.#entries.get(id)?.answer === undefined) this.#entries.delete(id);
  }

  /** The client has all counted messages up to this one: it need not ask again for the answers among them. */
  acknowledged(number: number): void {
    for (const [id, entry] of this.#entries) {
      if (entry.answer === undefined) continue;
      if (entry.number > number) return;
      this.forget(id);
    }
  }

  drop(): number {
    const length = this.#length;
    this.#length = 0;
    for (const [id, { answer }] of this.#entries) if (answer !== undefined) this.#entries.delete(id);
    return length;
  }

  /** Forgets everything, for good. */
  clear(): void {
    this.#budget.take(this, this.drop(), true);
    this.#entries.clear();
  }

  #shrink(): void {
    if (this.#entries.size <= MAX_ANSWERS && this.#length <= MAX_LENGTH) return;
    for (const id of this.#entries.keys()) {
      this.forget(id);
      if (this.#entries.size <= MAX_ANSWERS && this.#length <= MAX_LENGTH) return;
    }
  }
}

/** A number that two different requests have in common once in four thousand million times (FNV-1a). */
function printOf({ type, room, data }: WebSocketMessage): number {
  const text = `${type}\n${room}\n${formOf(data)}`;
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

function formOf(data: unknown): string {
  try {
    return data instanceof Uint8Array ? data.join() : JSON.stringify(data);
  } catch {
    return ""; // nested deeper than it can be written again
  }
}
