/**
 * First in, first out, bounded by count and by bytes from the start. Pure.
 *
 * @module
 */

interface Entry<Item> {
  readonly item: Item;
  readonly bytes: number;
  next: Entry<Item> | undefined;
}

/** A queue that refuses what would exceed its bounds; what to do then is the caller's matter. */
export class BoundedQueue<Item> {
  readonly #maxItems: number;
  readonly #maxBytes: number;
  // A chain, so that a shift costs the same however long the queue is.
  #first: Entry<Item> | undefined;
  #last: Entry<Item> | undefined;
  #size = 0;
  #bytes = 0;

  /** Makes a queue for at most `maxItems` items and `maxBytes` bytes; `Infinity` lifts a bound. */
  constructor(maxItems: number, maxBytes: number) {
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
  }

  /** How many items wait. */
  get size(): number {
    return this.#size;
  }

  /** Which bound would be exceeded by one more item of `bytes`; `undefined` when there is room. */
  refuses(bytes: number): "messages" | "bytes" | undefined {
    if (this.#size + 1 > this.#maxItems) return "messages";
    return this.#bytes + bytes > this.#maxBytes ? "bytes" : undefined;
  }

  /** Appends an item if there is room, and tells whether it did. */
  push(item: Item, bytes: number): boolean {
    if (this.refuses(bytes)) return false;
    const entry = { item, bytes, next: undefined };
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    this.#size++;
    this.#bytes += bytes;
    return true;
  }

  /** Takes the oldest item out; `undefined` when the queue is empty. */
  shift(): Item | undefined {
    const entry = this.#first;
    if (entry === undefined) return undefined;
    this.#first = entry.next;
    if (entry.next === undefined) this.#last = undefined;
    this.#size--;
    this.#bytes -= entry.bytes;
    return entry.item;
  }

  /** Looks at the oldest item without taking it. */
  peek(): Item | undefined {
    return this.#first?.item;
  }

  /** Drops the items that `matches` picks, wherever they stand. */
  remove(matches: (item: Item) => boolean): void {
    let before: Entry<Item> | undefined;
    for (let entry = this.#first; entry !== undefined; entry = entry.next) {
      if (!matches(entry.item)) {
        before = entry;
        continue;
      }
      if (before === undefined) this.#first = entry.next;
      else before.next = entry.next;
      if (entry.next === undefined) this.#last = before;
      this.#size--;
      this.#bytes -= entry.bytes;
    }
  }

  /** Drops everything. */
  clear(): void {
    this.#first = this.#last = undefined;
    this.#size = this.#bytes = 0;
  }
}
