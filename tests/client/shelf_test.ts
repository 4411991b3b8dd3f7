import { assert, assertEquals } from "@std/assert";
import { createShelf, type ShelfItem } from "../../src/client/shelf.ts";

function makeShelf(maxItems = Infinity, maxBytes = Infinity) {
  const refused: [message: unknown, bound: string, limit: number][] = [];
  const shelf = createShelf<ShelfItem>(maxItems, maxBytes, (...refusal) => refused.push(refusal));
  return { shelf, refused, add: (message: unknown, bytes = 1) => shelf.add({ message, bytes }) };
}

Deno.test("Shelf.shift() gives what was added, the oldest first", () => {
  const { shelf, add } = makeShelf();
  for (const message of ["a", "b"]) add(message);
  const taken = [shelf.shift()?.message];
  add("c");

  taken.push(shelf.shift()?.message, shelf.shift()?.message, shelf.shift()?.message);
  add("d");

  assertEquals([taken, shelf.shift()?.message, shelf.items.size], [["a", "b", "c", undefined], "d", 0]);
});

Deno.test("Shelf.add() refuses what goes beyond the count or the bytes, and says which", () => {
  const { shelf, refused, add } = makeShelf(2, 10);

  const outcomes = [add("a", 4), add("b", 7), add("c", 6), add("d", 0)];

  assertEquals(outcomes, [true, false, true, false]);
  assertEquals([refused, shelf.items.size], [[["b", "bytes", 10], ["d", "messages", 2]], 2]);
});

Deno.test("Shelf.remove() takes out what it is given, once, and makes room", () => {
  const { shelf, add } = makeShelf(3, 3);
  for (const message of ["a", "b", "c"]) add(message);
  const [, b] = [...shelf.items];

  shelf.remove(b!);
  shelf.remove(b!);
  const outcomes = [add("d"), add("e")];

  assertEquals([outcomes, [...shelf.items].map(({ message }) => message)], [[true, false], ["a", "c", "d"]]);
});

Deno.test("Shelf.shift() passes by what was removed", () => {
  const { shelf, add } = makeShelf();
  for (const message of ["a", "b", "c", "d"]) add(message);
  shelf.shift();
  const [b] = [...shelf.items];
  shelf.remove(b!);

  assertEquals([shelf.shift()?.message, shelf.shift()?.message, shelf.shift()], ["c", "d", undefined]);
});

Deno.test("Shelf.shift() takes 200,000 items out one by one, between which others are added, without looking through gaps", () => {
  const { shelf, add } = makeShelf();
  for (let i = 0; i < 100_000; i++) add(i);

  let expected = 0;
  for (let i = 100_000; i < 200_000; i++) {
    assert(shelf.shift()?.message === expected++);
    add(i);
  }
  while (shelf.items.size > 0) assert(shelf.shift()?.message === expected++);

  assertEquals(expected, 200_000);
});
