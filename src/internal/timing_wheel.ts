/**
 * Items by due time, in slots: adding, removing and taking what is due cost the same however many wait.
 * Pure: it has no clock and no timer.
 *
 * @module
 */

/** What can wait in a wheel. One item waits in one place at a time; both numbers are written by the wheel alone. */
export interface WheelItem {
  /** The slot in which the item waits, {@linkcode NOWHERE} while it does not wait. */
  slot: number;
  /** The item's place in its slot. */
  place: number;
}

/** The slot of an item that waits nowhere. */
export const NOWHERE = -1;

/** Items by due time. Times are milliseconds on any clock that does not go back. */
export class TimingWheel<Item extends WheelItem> {
  readonly #slotMs: number;
  readonly #slots = new Map<number, Item[]>();
  /** The numbers of all slots in the map, as a binary heap: the earliest is first. Each is in it once. */
  readonly #order: number[] = [];
  #size = 0;

  /** Makes a wheel whose slots are `slotMs` wide: an item is taken at most that much late, never early. */
  constructor(slotMs: number) {
    this.#slotMs = slotMs;
  }

  /** How many items wait. */
  get size(): number {
    return this.#size;
  }

  /** Lets `item` wait until `dueAt`; where it waited already, it is moved. */
  add(item: Item, dueAt: number): void {
    const slot = Math.max(0, Math.ceil(dueAt / this.#slotMs));
    if (item.slot === slot) return;
    if (item.slot !== NOWHERE) this.remove(item);
    let items = this.#slots.get(slot);
    if (items === undefined) {
      items = [];
      this.#slots.set(slot, items);
      push(this.#order, slot);
    }
    item.slot = slot;
    item.place = items.push(item) - 1;
    this.#size++;
  }

  /** Lets `item` wait no longer; does nothing where it did not wait. */
  remove(item: Item): void {
    if (item.slot === NOWHERE) return;
    const items = this.#slots.get(item.slot)!;
    const last = items.pop()!;
    if (last !== item) {
      items[item.place] = last;
      last.place = item.place;
    }
    item.slot = NOWHERE;
    this.#size--;
  }

  /** When the earliest item is due, `undefined` when nothing waits. */
  nextDueAt(): number | undefined {
    const slot = this.#firstSlot();
    return slot === undefined ? undefined : slot * this.#slotMs;
  }

  /** Takes out an item that is due at `now`, those of the earliest slot first; `undefined` when none is due. */
  take(now: number): Item | undefined {
    const slot = this.#firstSlot();
    if (slot === undefined || slot * this.#slotMs > now) return undefined;
    const item = this.#slots.get(slot)!.pop()!;
    item.slot = NOWHERE;
    this.#size--;
    return item;
  }

  /** The earliest slot that holds anything. Slots that were emptied leave here: when they come first, or all at the end. */
  #firstSlot(): number | undefined {
    if (this.#size === 0) {
      this.#slots.clear();
      this.#order.length = 0;
      return undefined;
    }
    for (;;) {
      const slot = this.#order[0]!;
      if (this.#slots.get(slot)!.length > 0) return slot;
      this.#slots.delete(slot);
      pop(this.#order);
    }
  }
}

function push(heap: number[], value: number): void {
  let at = heap.length;
  heap.push(value);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]! <= value) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = value;
}

function pop(heap: number[]): void {
  const last = heap.pop()!;
  const length = heap.length;
  if (length === 0) return;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= length) break;
    if (child + 1 < length && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= last) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}
