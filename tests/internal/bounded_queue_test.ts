import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { BoundedQueue } from "../../src/internal/bounded_queue.ts";

Deno.test("BoundedQueue.shift() takes out items in the order in which they were pushed", () => {
  const queue = new BoundedQueue<string>(10, 10);
  for (const item of ["a", "b", "c"]) queue.push(item, 1);

  assertEquals([queue.shift(), queue.shift(), queue.shift(), queue.shift()], ["a", "b", "c", undefined]);
});

Deno.test("BoundedQueue.push() refuses one item too many, and takes it when there is room", () => {
  const queue = new BoundedQueue<number>(2, Infinity);

  const taken = [1, 2, 3].map((item) => queue.push(item, 1));
  const bound = queue.refuses(0);
  queue.shift();

  assertEquals([taken, bound, queue.push(4, 1), queue.size], [[true, true, false], "messages", true, 2]);
});

Deno.test("BoundedQueue.push() refuses one byte too many, and takes it when there is room", () => {
  const queue = new BoundedQueue<number>(Infinity, 10);
  queue.push(1, 6);

  const bounds = [queue.refuses(5), queue.refuses(4)];
  const taken = [queue.push(2, 5), queue.push(3, 4)];
  queue.shift();

  assertEquals([bounds, taken, queue.push(4, 6), queue.push(5, 1)], [["bytes", undefined], [false, true], true, false]);
});

Deno.test("BoundedQueue.peek() looks at the oldest item and leaves it there", () => {
  const queue = new BoundedQueue<string>(10, 10);
  const empty = queue.peek();
  queue.push("a", 1);
  queue.push("b", 1);

  assertEquals([empty, queue.peek(), queue.size], [undefined, "a", 2]);
});

Deno.test("BoundedQueue.clear() drops everything, bytes too", () => {
  const queue = new BoundedQueue<string>(1, 1);
  queue.push("a", 1);

  queue.clear();

  assertEquals([queue.size, queue.peek(), queue.push("b", 1), queue.shift()], [0, undefined, true, "b"]);
});

Deno.test("BoundedQueue with no room at all refuses everything", () => {
  assertEquals(new BoundedQueue<string>(0, Infinity).push("a", 0), false);
});

Deno.test("BoundedQueue does what a list with two sums does, whatever is done to it", () => {
  const action = fc.oneof(
    fc.record({ push: fc.nat(20) }),
    fc.constant("shift" as const),
    fc.constant("peek" as const),
    fc.constant("clear" as const),
  );
  fc.assert(
    fc.property(fc.nat(8), fc.nat(60), fc.array(action, { maxLength: 60 }), (maxItems, maxBytes, actions) => {
      const queue = new BoundedQueue<object>(maxItems, maxBytes);
      let model: { item: object; bytes: number }[] = [];
      for (const each of actions) {
        if (typeof each === "object") {
          const item = {};
          const bytes = model.reduce((sum, entry) => sum + entry.bytes, 0);
          const bound = model.length >= maxItems ? "messages" : bytes + each.push > maxBytes ? "bytes" : undefined;
          assertEquals([queue.refuses(each.push), queue.push(item, each.push)], [bound, bound === undefined]);
          if (bound === undefined) model.push({ item, bytes: each.push });
        } else if (each === "shift") assertEquals(queue.shift() === model.shift()?.item, true);
        else if (each === "peek") assertEquals(queue.peek() === model[0]?.item, true);
        else {
          queue.clear();
          model = [];
        }
        assertEquals(queue.size, model.length);
      }
    }),
  );
});

Deno.test("BoundedQueue.remove() drops the first, the last, one between and all, and makes room", () => {
  for (const drop of ["a", "b", "c", "abc", "ac", ""]) {
    const queue = new BoundedQueue<string>(3, 3);
    for (const item of "abc") queue.push(item, 1);
    const left = [..."abc"].filter((item) => !drop.includes(item));

    queue.remove((item) => drop.includes(item));
    assertEquals(queue.size, left.length);
    for (const item of drop) assertEquals(queue.push(item, 1), true);
    assertEquals(queue.push("x", 1), false);

    assertEquals([queue.shift(), queue.shift(), queue.shift(), queue.shift()], [...left, ...drop, undefined]);
  }
});
