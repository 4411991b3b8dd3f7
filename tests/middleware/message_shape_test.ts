/** Tests of the measuring and cleaning of messages, hostile ones above all. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { brokenBound, cleanContent } from "../../src/middleware/message_shape.ts";

const BOUNDS = { maxMessageLength: 10_000, maxContentLength: 8_000, maxDepth: 32 };

/** Arrays inside one another. */
function nested(depth: number): unknown {
  return JSON.parse("[".repeat(depth) + "]".repeat(depth));
}

for (
  const [what, message, broken] of [
    ["text of the limit of content", { type: "text", data: "x".repeat(8_000) }, undefined],
    ["text of one character more", { type: "text", data: "x".repeat(8_001) }, "content_too_long"],
    ["bytes of the limit of content", { type: "binary", data: new Uint8Array(8_000) }, undefined],
    ["bytes of one more", { type: "binary", data: new Uint8Array(8_001) }, "content_too_long"],
    ["a long string deep in data", { type: "a", data: [{ b: ["x".repeat(8_001)] }] }, "content_too_long"],
    ["a long string in content", { type: "a", content: "x".repeat(8_001) }, "content_too_long"],
    ["a long string elsewhere", { type: "a", title: "x".repeat(8_001) }, undefined],
    ["a message of many strings", { type: "a", data: Array(1_251).fill("123456") }, "message_too_long"],
    ["a message with long names", { type: "a", ["x".repeat(10_000)]: 1 }, "message_too_long"],
    ["a message with many names", Object.fromEntries([["type", "a"], ...nameList(2_000)]), "message_too_long"],
    ["a long array of numbers", { type: "a", data: Array(10_000).fill(0) }, "message_too_long"],
    ["a long type", { type: "x".repeat(10_000) }, "message_too_long"],
    ["as deep as it may be", { type: "a", data: nested(31) }, undefined],
    ["one deeper", { type: "a", data: nested(32) }, "too_deep"],
    ["one deeper, elsewhere", { type: "a", x: nested(32) }, "too_deep"],
    ["as deep as a frame can be", { type: "a", data: nested(4_000) }, "too_deep"],
  ] as const
) {
  Deno.test(`brokenBound() of ${what} is ${broken ?? "none"}`, () => {
    assertEquals(brokenBound(message as { type: string }, BOUNDS), broken);
  });
}

function nameList(count: number): [string, number][] {
  return Array.from({ length: count }, (_, i) => [`n${i}`, i]);
}

Deno.test("brokenBound() counts the characters of JSON without white space", () => {
  const simple = fc.string({ unit: fc.constantFrom("a", "z", "0", "€") });
  const json = fc.jsonValue({ maxDepth: 4, stringUnit: fc.constantFrom("a", "z", "0", "€") });
  fc.assert(fc.property(simple, json, (type, data) => {
    const message = { type: `t${type}`, data };
    const { length } = JSON.stringify(message);
    const bounds = { maxContentLength: Infinity, maxDepth: 100 };

    assertEquals(brokenBound(message, { ...bounds, maxMessageLength: length }), undefined);
    assertEquals(brokenBound(message, { ...bounds, maxMessageLength: length - 1 }), "message_too_long");
  }));
});

Deno.test("brokenBound() of text and bytes counts what was sent alone", () => {
  const bounds = { maxContentLength: Infinity, maxDepth: 100, maxMessageLength: 10 };

  assertEquals(brokenBound({ type: "text", data: "x".repeat(10) } as { type: string }, bounds), undefined);
  assertEquals(brokenBound({ type: "text", data: "x".repeat(11) } as { type: string }, bounds), "message_too_long");
  assertEquals(brokenBound({ type: "binary", data: new Uint8Array(10) } as { type: string }, bounds), undefined);
});

Deno.test("brokenBound() stops at the first bound: a large message takes no longer than a message of the limit", () => {
  const visited: number[] = [];
  const data = new Proxy(Array(20).fill("x"), {
    get(target, name, receiver) {
      if (typeof name === "string" && /^\d+$/.test(name)) visited.push(Number(name));
      return Reflect.get(target, name, receiver);
    },
  });

  assertEquals(
    brokenBound({ type: "a", data } as { type: string }, { ...BOUNDS, maxMessageLength: 60 }),
    "message_too_long",
  );
  assert(visited.length < 15, visited.join());
});

const shout = (text: string) => text.toUpperCase();

Deno.test("cleanContent() cleans every string of data and content, at any depth, and nothing else", () => {
  const message = { type: "t", id: "i", data: ["a", { b: "c", d: [1, null, true, "e"] }], content: "f", title: "g" };

  assertEquals(cleanContent(message, shout), {
    type: "t",
    id: "i",
    data: ["A", { b: "C", d: [1, null, true, "E"] }],
    content: "F",
    title: "g",
  });
  assertEquals(message.content, "f");
});

Deno.test("cleanContent() gives the message itself where nothing changed, and bytes as they are", () => {
  const messages = [{ type: "t", data: ["A", { b: 1 }] }, { type: "t" }, { type: "binary", data: new Uint8Array(3) }];

  for (const message of messages) assertStrictEquals(cleanContent(message, shout), message);
});

Deno.test("cleanContent() keeps a member __proto__ a member", () => {
  const message = JSON.parse('{"type":"t","data":{"__proto__":{"isAdmin":"yes"},"a":"b"}}');

  const { data } = cleanContent(message, shout);

  assertEquals(Object.getPrototypeOf(data), Object.prototype);
  assertEquals(JSON.stringify(data), '{"__proto__":{"isAdmin":"YES"},"a":"B"}');
});

Deno.test("cleanContent() does not look at what a message has inherited", () => {
  const message = Object.create({ data: "inherited" }, { type: { value: "t", enumerable: true } });

  assertStrictEquals(cleanContent(message, shout), message);
});

Deno.test("cleanContent() refuses what is no text", () => {
  const wrong = (() => 1) as unknown as (text: string) => string;

  assertThrows(
    () => cleanContent({ data: "x" }, wrong),
    TypeError,
    '"sanitize" must return a string: it returned number',
  );
});
