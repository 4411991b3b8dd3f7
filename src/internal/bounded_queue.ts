/**
 * First in, first out, bounded by count and by bytes from the start. Pure.
 *
 * @module
 */

interface Entry<Item> {
  readonly item: Item;
  readonly bytes: number;
}

/** A queue that refuses what would exceed its bounds; what to do then is the caller's matter. */
export class BoundedQueue<Item> {
  readonly #maxItems: number;
  readonly #maxBytes: number;
  #entries: Array<Entry<Item> | undefined> = [];
  #head = 0;
  #bytes = 0;

  /** Makes a queue for at most `maxItems` items and `maxBytes` bytes; `Infinity` lifts a bound. */
  constructor(maxItems: number, maxBytes: number) {
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
  }

  /** How many items wait. */
  get size(): number {
    return this.#entries.length - this.#head;
  }

  /** How many bytes wait, as told to {@linkcode push}. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Which bound would be exceeded by one more item of `bytes`; `undefined` when there is room. */
  refuses(bytes: number): "messages" | "bytes" | undefined {
    if (this.size + 1 > this.#maxItems) return "messages";
    if (this.#bytes + bytes > this.#maxBytes) return "bytes";
    return undefined;
  }

  /** Appends an item if there is room, and tells whether it did. */
  push(item: Item, bytes: number): boolean {
    if (this.refuses(bytes) !== undefined) return false;
    this.#entries.push({ item, bytes });
    this.#bytes += bytes;
    return true;
  }

  /** Takes the oldest item out; `undefined` when the queue is empty. */
  shift(): Item | undefined {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#entries[this.#head++] = undefined;
    this.#bytes -= entry.bytes;
    // Taken places are given back in one go, so that a shift costs the same however long the queue is.
    if (this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry.item;
  }

  /** Looks at the oldest item without taking it. */
  peek(): Item | undefined {
    return this.#entries[this.#head]?.item;
  }

  /** Drops everything. */
  clear(): void {
    this.#entries = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
