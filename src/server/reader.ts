/**
 * The messages of one connection for `for await`: one at a time, each counted as handled when the loop asks for the next.
 *
 * @module
 */

import type { WebSocketMessage } from "../protocol/messages.ts";

type Result = IteratorResult<WebSocketMessage, void>;

/** A message that the loop has not asked for yet. */
interface Taken {
  readonly message: WebSocketMessage;
  /** The loop is through with it. */
  handled(): void;
  /** The loop was left before it asked for it. */
  left(): void;
}

/** One loop over a connection. What waits for it waits where all messages wait for their handlers, within the same bounds. */
export class MessageReader implements AsyncIterableIterator<WebSocketMessage, void> {
  readonly #onLeave: () => void;
  /** Taken, and not asked for yet. More than one only with `concurrency`. */
  readonly #taken: Taken[] = [];
  /** Ends the turn of the message that was given to the loop, whose body is at work on it. */
  #current: (() => void) | undefined;
  #asked: ((result: Result) => void) | undefined;
  #isOver = false;

  /** How many messages were given to the loop. */
  given = 0;

  /** Begins; `onLeave` is called when the loop was left, so that messages go to the handlers again. */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * Takes a message.
   *
   * @param otherwise Handles it in another way; called where the loop is left before it has asked for it.
   * @returns A promise that resolves when the loop, or `otherwise`, is through with it.
   */
  take(message: WebSocketMessage, otherwise: () => unknown): Promise<unknown> {
    return new Promise((resolve) => {
      this.#taken.push({
        message,
        handled: () => resolve(undefined),
        left: () => resolve(new Promise((inner) => inner(otherwise()))), // what it throws, the promise rejects with
      });
      this.#give();
    });
  }

  /** There will be no more messages: the loop ends when it has read those taken. */
  end(): void {
    this.#isOver = true;
    this.#give();
  }

  next(): Promise<Result> {
    this.#current?.();
    this.#current = undefined;
    return new Promise((resolve) => {
      // Who asks again before the answer waits in vain for the first: a loop never does.
      this.#asked?.(DONE);
      this.#asked = resolve;
      this.#give();
    });
  }

  return(): Promise<Result> {
    this.leave();
    return Promise.resolve(DONE);
  }

  /** The loop gets nothing more, and nothing waits for it. */
  leave(): void {
    this.#isOver = true;
    this.#onLeave();
    this.#current?.();
    this.#current = undefined;
    for (const { left } of this.#taken.splice(0)) left();
    this.#asked?.(DONE);
    this.#asked = undefined;
  }

  #give(): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    const first = this.#taken.shift();
    if (first === undefined && !this.#isOver) return;
    this.#asked = undefined;
    if (first === undefined) {
      this.leave();
      return asked(DONE);
    }
    this.given++;
    this.#current = first.handled;
    asked({ done: false, value: first.message });
  }
}

const DONE: Result = { done: true, value: undefined };
