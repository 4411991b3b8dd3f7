/** Tests of the answers that are kept for requests that come again. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { WebSocketMessage } from "../../src/protocol/messages.ts";
import { AnswerBook } from "../../src/server/answer_book.ts";
import { LogBudget } from "../../src/server/log_budget.ts";

const MAX_ANSWERS = 256;

function bookWith(maxTotalBytes = 10_000_000): { book: AnswerBook; budget: LogBudget } {
  const budget = new LogBudget(maxTotalBytes);
  return { budget, book: new AnswerBook(budget) };
}

function ask(id: string | number, data?: unknown, more: object = {}): WebSocketMessage {
  return { type: "q", id, data, ...more };
}

/** JSON of this many arrays in one another. */
function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

Deno.test("AnswerBook knows a request that comes again, and gives the answer as soon as there is one", () => {
  const { book } = bookWith();

  const first = book.ask(ask(1, { a: 1 }));
  const second = book.ask(ask(1, { a: 1 }));
  book.answer(1, "answer", 1, 0);
  book.answer(1, "another", 2, 0);

  assertEquals([first, second, book.ask(ask(1, { a: 1 }))], ["new", "pending", { answer: "answer" }]);
  assertEquals(book.ask(ask("1", { a: 1 })), "new", "an id that is a string is another");
});

Deno.test("AnswerBook tells another request under the same id by type, room and data", async (t) => {
  const others: readonly [what: string, message: WebSocketMessage][] = [
    ["data", ask(1, { a: 2 })],
    ["no data", ask(1)],
    ["type", { ...ask(1, { a: 1 }), type: "other" }],
    ["room", ask(1, { a: 1 }, { room: "tea" })],
    ["bytes", ask(1, Uint8Array.of(1))],
  ];
  for (const [what, message] of others) {
    await t.step(what, () => {
      const { book } = bookWith();
      book.ask(ask(1, { a: 1 }));

      assertEquals(book.ask(message), "reused");
      book.answer(1, "answer", 1, 0);
      assertEquals([book.ask(message), book.ask(ask(1, { a: 1 }))], ["reused", { answer: "answer" }]);
    });
  }
});

Deno.test("AnswerBook takes data that is nested deeper than it can be written", () => {
  const { book } = bookWith();

  assertEquals([book.ask(ask(1, deep(100_000))), book.ask(ask(1, deep(100_000)))], ["new", "pending"]);
});

Deno.test("AnswerBook.acknowledged() forgets the answers that the client has, and no others", () => {
  const { book, budget } = bookWith();
  for (const id of [1, 2, 3, 4]) book.ask(ask(id));
  for (const [id, number] of [[2, 10], [1, 11], [4, 12]] as const) book.answer(id, "answer", number, 0);

  book.acknowledged(11);

  assertEquals([1, 2, 3, 4].map((id) => book.ask(ask(id))), ["new", "new", "pending", { answer: "answer" }]);
  assertEquals(budget.bytes, "answer".length);
});

Deno.test("AnswerBook.forget() lets a request be asked anew, answered or not", () => {
  const { book, budget } = bookWith();
  for (const id of [1, 2]) book.ask(ask(id));
  book.answer(1, "answer", 1, 0);

  for (const id of [1, 2, 3]) book.forget(id);

  assertEquals([1, 2].map((id) => book.ask(ask(id))), ["new", "new"]);
  assertEquals([budget.bytes, budget.hoards], [0, 0]);
});

Deno.test("AnswerBook.giveUp() lets a request be asked anew that has no answer, and keeps those that there are", () => {
  const { book } = bookWith();
  for (const id of [1, 2]) book.ask(ask(id));
  book.answer(1, "answer", 1, 0);

  for (const id of [1, 2, 3]) book.giveUp(id);

  assertEquals([1, 2].map((id) => book.ask(ask(id))), [{ answer: "answer" }, "new"]);
});

Deno.test("AnswerBook forgets the oldest beyond its bounds, and large answers at once", () => {
  const many = bookWith().book;
  for (let id = 0; id <= MAX_ANSWERS; id++) {
    many.ask(ask(id));
    many.answer(id, "a", id, 0);
  }
  const large = bookWith();
  for (const id of [1, 2, 3, 4, 5, 6]) {
    large.book.ask(ask(id));
    large.book.answer(id, "x".repeat(id === 6 ? 65_537 : 65_536), id, 0);
  }

  assertEquals([many.size, many.ask(ask(1)), many.ask(ask(0))], [MAX_ANSWERS, { answer: "a" }, "new"]);
  assertEquals([large.book.size, large.budget.bytes], [4, 262_144]);
  assertEquals([large.book.ask(ask(1)), large.book.ask(ask(6))], ["new", "new"]);
});

Deno.test("AnswerBook drops answers when the budget is wanted by others, and knows the requests under way", () => {
  const { book, budget } = bookWith(100);
  for (const id of [1, 2]) book.ask(ask(id));
  book.answer(1, "x".repeat(60), 1, 0);
  const other = new AnswerBook(budget);
  other.ask(ask(1));

  other.answer(1, "y".repeat(60), 1, 0);

  assertEquals([1, 2].map((id) => book.ask(ask(id))), ["new", "pending"]);
  assertEquals([budget.bytes, budget.hoards], [60, 1]);
});

Deno.test("AnswerBook has a bound, and the budget knows what it keeps, whatever happens", () => {
  const step = fc.tuple(fc.constantFrom("ask", "ask", "answer", "answer", "forget", "acknowledged"), fc.nat(400));
  fc.assert(fc.property(fc.array(step, { maxLength: 300, size: "max" }), (steps) => {
    const { book, budget } = bookWith();
    const answers = new Map<number, string>();
    let number = 0;

    for (const [what, id] of steps) {
      if (what === "ask") {
        const request = book.ask(ask(id));
        if (typeof request === "object") assertEquals(request.answer, answers.get(id));
        if (request === "new") answers.delete(id);
      } else if (what === "answer") {
        book.answer(id, `${number}`, ++number, 0);
        if (!answers.has(id)) answers.set(id, `${number - 1}`);
      } else if (what === "forget") {
        book.forget(id);
        answers.delete(id);
      } else book.acknowledged(number - id % 10);
    }

    assertEquals([book.size <= MAX_ANSWERS, budget.bytes >= 0], [true, true]);
    book.clear();
    assertEquals([book.size, budget.bytes, budget.hoards], [0, 0, 0]);
  }));
});
