import { assertEquals } from "@std/assert";
import { Emitter } from "../../src/internal/emitter.ts";

interface Events {
  readonly a: number;
  readonly b: string;
}

function makeEmitter() {
  const failures: [unknown, keyof Events][] = [];
  return { emitter: new Emitter<Events>((error, event) => failures.push([error, event])), failures };
}

Deno.test("Emitter.emit() calls the listeners of its event in the order in which they were added", () => {
  const { emitter } = makeEmitter();
  const calls: unknown[] = [];
  emitter.on("a", (event) => calls.push(["first", event]));
  emitter.on("b", (event) => calls.push(["other", event]));
  emitter.on("a", (event) => calls.push(["second", event]));

  emitter.emit("a", 1);

  assertEquals(calls, [["first", 1], ["second", 1]]);
});

Deno.test("Emitter.on() returns what takes the listener off again, once", () => {
  const { emitter } = makeEmitter();
  let calls = 0;
  const listener = () => calls++;
  const off = emitter.on("a", listener);
  emitter.on("a", listener);

  off();
  off();
  emitter.emit("a", 1);

  assertEquals([calls, emitter.size], [1, 1]);
});

Deno.test("Emitter.on() takes off the one that was added with it, where a function was added twice", () => {
  const { emitter } = makeEmitter();
  const calls: string[] = [];
  const listener = () => void calls.push("twice");
  emitter.on("a", listener);
  emitter.on("a", () => calls.push("between"));
  const off = emitter.on("a", listener);

  off();
  emitter.emit("a", 1);

  assertEquals(calls, ["twice", "between"]);
});

Deno.test("Emitter.emit() calls those who listened when it began", () => {
  const { emitter } = makeEmitter();
  const calls: string[] = [];
  emitter.on("a", () => {
    calls.push("first");
    offSecond();
    emitter.on("a", () => calls.push("third"));
  });
  const offSecond = emitter.on("a", () => calls.push("second"));

  emitter.emit("a", 1);
  const begun = calls.splice(0);
  emitter.emit("a", 1);

  assertEquals([begun, calls], [["first", "second"], ["first", "third"]]);
});

Deno.test("Emitter.has() and size tell who listens", () => {
  const { emitter } = makeEmitter();
  const found = [[emitter.has("a"), emitter.size]];
  const off = emitter.on("a", () => {});
  found.push([emitter.has("a"), emitter.has("b"), emitter.size]);
  off();
  found.push([emitter.has("a"), emitter.size]);

  assertEquals(found, [[false, 0], [true, false, 1], [false, 0]]);
});

Deno.test("Emitter.emit() tells of a listener that throws or rejects, and calls the others", async () => {
  const { emitter, failures } = makeEmitter();
  let calls = 0;
  emitter.on("a", () => {
    throw "thrown";
  });
  emitter.on("b", () => Promise.reject("rejected"));
  emitter.on("a", () => calls++);

  emitter.emit("a", 1);
  emitter.emit("b", "x");
  await Promise.resolve();

  assertEquals([failures, calls], [[["thrown", "a"], ["rejected", "b"]], 1]);
});

Deno.test("Emitter.emit() does nothing for an event to which nobody listens", () => {
  const { emitter, failures } = makeEmitter();

  emitter.emit("a", 1);

  assertEquals(failures, []);
});
