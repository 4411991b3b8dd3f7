/**
 * Messages that wait: in order, bounded by count and by bytes, and each can be taken out. Pure.
 *
 * @module
 */

/** Something that waits. */
export interface ShelfItem {
  /** The message. */
  readonly message: unknown;
  /** What it is accounted with. */
  readonly bytes: number;
}

/** What waits. */
export interface Shelf<Item extends ShelfItem> {
  /** All of it, the oldest first. */
  readonly items: ReadonlySet<Item>;
  /** Puts something behind all others, and tells whether there was room. */
  add(item: Item): boolean;
  /** Takes something out, wherever it is. */
  remove(item: Item): void;
  /** Takes the oldest out; `undefined` when there is nothing. */
  shift(): Item | undefined;
}

/** Makes an empty shelf; `refuse` is called with what found no room, and the bound. `Infinity` lifts a bound. */
export function createShelf<Item extends ShelfItem>(
  maxItems: number,
  maxBytes: number,
  refuse: (message: Item["message"], bound: "messages" | "bytes", limit: number) => void,
): Shelf<Item> {
  const items = new Set<Item>();
  /** Stands behind what was shifted: to begin anew each time would take longer with each gap. */
  let walk = items.values();
  let bytes = 0;

  return {
    items,
    add(item) {
      if (items.size + 1 > maxItems) refuse(item.message, "messages", maxItems);
      else if (bytes + item.bytes > maxBytes) refuse(item.message, "bytes", maxBytes);
      else {
        bytes += item.bytes;
        return !!items.add(item);
      }
      return false;
    },
    remove,
    shift() {
      let { value } = walk.next();
      if (!value) ({ value } = (walk = items.values()).next());
      if (value) remove(value);
      return value;
    },
  };

  function remove(item: Item): void {
    if (items.delete(item)) bytes -= item.bytes;
  }
}
