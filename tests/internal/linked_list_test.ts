/** Tests of the list of items that know their neighbours. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Linked, LinkedList } from "../../src/internal/linked_list.ts";

interface Item extends Linked<Item> {
  readonly name: number;
}

function item(name: number): Item {
  return { name, list: undefined, older: undefined, newer: undefined };
}

function names(list: LinkedList<Item>): number[] {
  return [...list.values()].map(({ name }) => name);
}

Deno.test("LinkedList does what a Set does, whatever comes and goes", () => {
  const step = fc.record({ name: fc.nat(9), comes: fc.boolean() });

  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const items = Array.from({ length: 10 }, (_, name) => item(name));
    const list = new LinkedList<Item>();
    const model = new Set<number>();
    for (const { name, comes } of steps) {
      const one = items[name]!;
      if (!comes) assertEquals(list.remove(one), model.delete(name));
      else if (!model.has(name)) {
        list.add(one);
        model.add(name);
      }
      assertEquals([list.size, one.list === list], [model.size, model.has(name)]);
    }
    assertEquals(names(list), [...model]);
  }));
});

Deno.test("LinkedList.remove() leaves nothing on an item that went", () => {
  const [a, b, c] = [item(0), item(1), item(2)];
  const list = new LinkedList<Item>();
  for (const each of [a, b, c]) list.add(each);

  list.remove(b);

  assertEquals([b.list, b.older, b.newer], [undefined, undefined, undefined]);
  assertEquals([a.newer === c, c.older === a, list.remove(b)], [true, true, false]);
});

Deno.test("LinkedList.values() does not meet who went before its turn, nor who came meanwhile", () => {
  const items = [item(0), item(1), item(2)];
  const list = new LinkedList<Item>();
  for (const each of items) list.add(each);
  const met: number[] = [];

  for (const { name } of list.values()) {
    met.push(name);
    if (name !== 0) continue;
    list.remove(items[1]!);
    list.add(item(9));
  }

  assertEquals(met, [0, 2]);
});

Deno.test("LinkedList.remove() leaves an item alone that is in another list", () => {
  const [one, other] = [new LinkedList<Item>(), new LinkedList<Item>()];
  const a = item(0);
  one.add(a);

  assertEquals([other.remove(a), names(one), other.size], [false, [0], 0]);
});
