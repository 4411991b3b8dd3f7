/**
 * Which of a client's counted messages were taken, and up to which all have been handled. Pure.
 *
 * @module
 */

/** Counts the messages of one client. */
export class Handled {
  #taken: number;
  #done: number;
  /** Numbers above {@linkcode Handled.done} that were handled before others. */
  #early: Set<number> | undefined;

  /** Begins behind the message of this number. */
  constructor(taken: number) {
    this.#taken = taken;
    this.#done = taken;
  }

  /** The number of the last message that was taken. */
  get taken(): number {
    return this.#taken;
  }

  /** The number up to which all messages have been handled. */
  get done(): number {
    return this.#done;
  }

  /** Takes the next message, and gives its number. */
  take(): number {
    return ++this.#taken;
  }

  /** A message was handled. */
  settle(number: number): void {
    if (number !== this.#done + 1) {
      if (number > this.#done) (this.#early ??= new Set()).add(number);
      return;
    }
    this.#done = number;
    while (this.#early !== undefined && this.#early.size > 0 && this.#early.delete(this.#done + 1)) this.#done++;
  }

  /** The client gave up what it had before this number: it will not come any more. */
  skipTo(next: number): void {
    while (this.#taken < next - 1) this.settle(this.take());
  }

  /** What was taken from this number on has not been looked at, and will come again. */
  rewind(number: number): void {
    this.#taken = Math.min(this.#taken, number - 1);
  }
}
