/**
 * Items in the order in which they came, each of which knows its neighbours: nothing is made when one comes or goes. Pure.
 *
 * Where items come and go all the time this is better than a Set. A Set that is full of those that went makes itself a new
 * table, to which the old one points; when one of them has once become old to the garbage collector, it keeps all that
 * follow, and the items in them, from being collected with the young. That made an upgrade a seventh more expensive
 * (tests/bench, upgrade).
 *
 * @module
 */

/** What can be in a list, in one at a time. The fields are written by the list alone. */
export interface Linked<Item> {
  /** The list that it is in. */
  list: object | undefined;
  /** The one before it. */
  older: Item | undefined;
  /** The one behind it. */
  newer: Item | undefined;
}

/** A list. */
export class LinkedList<Item extends Linked<Item>> {
  #oldest: Item | undefined;
  #newest: Item | undefined;
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** The one that came first; `undefined` when there is none. */
  get oldest(): Item | undefined {
    return this.#oldest;
  }

  /** Puts an item at the end. It must be in no list. */
  add(item: Item): void {
    item.list = this;
    item.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = item;
    else this.#newest.newer = item;
    this.#newest = item;
    this.#size++;
  }

  /** Takes an item out, and tells whether it was in there; one that is in another list stays there. */
  remove(item: Item): boolean {
    if (item.list !== this) return false;
    const { older, newer } = item;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    // An item that went must not lead to those that are there: it would keep them when it is old.
    item.list = undefined;
    item.older = undefined;
    item.newer = undefined;
    this.#size--;
    return true;
  }

  /** Those of this moment, oldest first. Who goes before its turn comes is not met, nor is who comes meanwhile. */
  *values(): Generator<Item, void> {
    const all: Item[] = [];
    for (let item = this.#oldest; item !== undefined; item = item.newer) all.push(item);
    for (const item of all) if (item.list === this) yield item;
  }
}
