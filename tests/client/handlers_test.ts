import { assertEquals, assertThrows } from "@std/assert";
import { addHandler, type Handlers } from "../../src/client/handlers.ts";

Deno.test("addHandler() adds a handler, and takes off that one alone", () => {
  const handlers: Handlers = new Map();
  const [first, second] = [() => 1, () => 2];
  const off = addHandler(handlers, "a", first);

  off();
  addHandler(handlers, "a", second);
  off();

  assertEquals(handlers.get("a"), second);
});

Deno.test("addHandler() takes types that every object has a member of", () => {
  const handlers: Handlers = new Map();

  for (const type of ["constructor", "toString", "__proto__", ""]) addHandler(handlers, type, () => {});

  assertEquals(handlers.size, 4);
});

for (const [type, handler] of [["$a", () => {}], [1, () => {}], [undefined, () => {}], ["a", undefined]] as const) {
  Deno.test(`addHandler() throws for the type ${String(type)} and the handler ${typeof handler}`, () => {
    assertThrows(() => addHandler(new Map(), type as string, handler as () => void), TypeError);
  });
}
