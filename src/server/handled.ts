/**
 * Which of a client's counted messages were taken, and up to which all have been handled. Pure.
 *
 * @module
 */

/** Numbers that follow one another, both ends among them. */
interface Range {
  readonly from: number;
  to: number;
}

/** Counts the messages of one client. */
export class Handled {
  #taken: number;
  #done: number;
  /**
   * Numbers above {@linkcode Handled.done} that were handled before others, in their order. Ranges, as a client may send any
   * number of messages that are handled at once behind one that takes its time, and leave out any number of them.
   */
  #early: Range[] | undefined;

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
    this.#settle(number, number);
  }

  /** The client gave up what it had before this number: it will not come any more. */
  skipTo(next: number): void {
    if (next - 1 <= this.#taken) return;
    const from = this.#taken + 1;
    this.#taken = next - 1;
    this.#settle(from, next - 1);
  }

  /** What was taken from this number on has not been looked at, and will come again. */
  rewind(number: number): void {
    this.#taken = Math.min(this.#taken, number - 1);
  }

  #settle(from: number, to: number): void {
    if (from > this.#done + 1) return this.#settleEarly(from, to);
    this.#done = Math.max(this.#done, to);
    const early = this.#early;
    while (early !== undefined && early.length > 0 && early[0]!.from <= this.#done + 1) {
      this.#done = Math.max(this.#done, early.shift()!.to);
    }
  }

  #settleEarly(from: number, to: number): void {
    const early = this.#early ??= [];
    let at = early.length; // nearly always it belongs at the end
    while (at > 0 && early[at - 1]!.from > from) at--;
    const before = early[at - 1];
    if (before === undefined || before.to + 1 < from) early.splice(at++, 0, { from, to });
    else before.to = Math.max(before.to, to);
    const range = early[at - 1]!;
    while (early[at] !== undefined && early[at]!.from <= range.to + 1) {
      range.to = Math.max(range.to, early.splice(at, 1)[0]!.to);
    }
  }
}
