/** Tests what a session knows of the messages of its client. */

import { assertEquals } from "@std/assert";
import { Handled } from "../../src/server/handled.ts";

/** Takes so many messages. */
function taking(count: number, handled: Handled): Handled {
  for (let taken = 0; taken < count; taken++) handled.take();
  return handled;
}

Deno.test("Handled.done is the number up to which all were handled, whatever the order", () => {
  const handled = taking(4, new Handled(10));

  const done = [12, 14, 11, 11, 13].map((number) => {
    handled.settle(number);
    return handled.done;
  });

  assertEquals(done, [10, 10, 12, 12, 14]);
});

Deno.test("Handled.skipTo() passes over any number of messages at once", () => {
  const handled = taking(1, new Handled(0));
  handled.settle(1);

  handled.skipTo(Number.MAX_SAFE_INTEGER);

  assertEquals([handled.taken, handled.done], [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER - 1]);
  assertEquals(handled.take(), Number.MAX_SAFE_INTEGER);
});

Deno.test("Handled.skipTo() does nothing where the messages before were taken", () => {
  const handled = taking(3, new Handled(0));

  handled.skipTo(4);
  handled.skipTo(2);

  assertEquals([handled.taken, handled.done], [3, 0]);
});

Deno.test("Handled.skipTo() leaves open what is still being handled before the gap", () => {
  const handled = taking(2, new Handled(0));
  handled.skipTo(6); // 3 to 5 will not come
  handled.take();
  handled.skipTo(9); // 7 and 8 neither
  handled.take();

  const done = [6, 2, 1, 9].map((number) => {
    handled.settle(number);
    return handled.done;
  });

  assertEquals(done, [0, 0, 8, 9]);
});

Deno.test("Handled.rewind() lets messages come again", () => {
  const handled = taking(5, new Handled(0));

  handled.rewind(5);
  handled.rewind(4);

  assertEquals([handled.taken, handled.take()], [3, 4]);
});
