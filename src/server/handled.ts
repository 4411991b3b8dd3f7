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
  /** Numbers that will not come while others before them are being handled: from the first to the last. */
  #gaps: Map<number, number> | undefined;

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
    this.#advance(number);
  }

  /**
   * The client gave up what it had before this number: it will not come any more. That may be any number of messages, as it
   * is the client who says so.
   */
  skipTo(next: number): void {
    if (next - 1 <= this.#taken) return;
    (this.#gaps ??= new Map()).set(this.#taken + 1, next - 1);
    this.#taken = next - 1;
    this.#advance(this.#done);
  }

  /** What was taken from this number on has not been looked at, and will come again. */
  rewind(number: number): void {
    this.#taken = Math.min(this.#taken, number - 1);
  }

  /** Everything up to this number has been handled, and with it perhaps what stands behind. */
  #advance(done: number): void {
    this.#done = done;
    while (true) {
      const next = this.#done + 1;
      const last = this.#early?.delete(next) ? next : this.#gaps?.get(next);
      if (last === undefined) return;
      this.#gaps?.delete(next);
      this.#done = last;
    }
  }
}
