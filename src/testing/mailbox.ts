/**
 * What arrived, kept from the first item for who asks for it one at a time.
 *
 * @module
 */

interface Waiting<Item> {
  resolve(item: Item): void;
  reject(error: Error): void;
}

/** Items in the order of arrival, and those who wait for the next. */
export class Mailbox<Item> {
  readonly #items: Item[] = [];
  readonly #waiting: Waiting<Item>[] = [];
  readonly #all: Item[] = [];
  #end: Error | undefined;

  /** Everything that ever arrived, taken or not. */
  get all(): readonly Item[] {
    return this.#all;
  }

  /** Takes an item in. */
  push(item: Item): void {
    this.#all.push(item);
    const first = this.#waiting.shift();
    if (first === undefined) this.#items.push(item);
    else first.resolve(item);
  }

  /** Says that nothing comes any more: who waits, or asks when all has been taken, gets `error`. */
  end(error: Error): void {
    this.#end = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** The next item that nobody has taken. */
  next(): Promise<Item> {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift()!);
    if (this.#end !== undefined) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}
