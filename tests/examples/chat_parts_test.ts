/**
 * The parts of the chat that need no server: what is believed, how often, and what is a link.
 */

import { assertEquals } from "@std/assert";
import { Allowance } from "../../examples/chat/allowance.ts";
import { contract } from "../../examples/chat/contract.ts";
import { cleanName, foldName, readJoin, readSay, readTyping, readWhisper } from "../../examples/chat/input.ts";
import { findLinks } from "../../examples/chat/page/links.ts";

const NAMES: readonly [unknown, string][] = [
  ["Ann", "Ann"],
  ["  Ann \n\t Lovelace ", "Ann Lovelace"],
  ["<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
  ["\u202eAnn\u2066\u200f\u061c", "Ann"],
  ["A\u0000n\u001bn\u0085\ufeff", "Ann"],
  ["Ann\u2028Bob", "Ann Bob"],
  ["\u200b\u200c\u3164\u2060", ""],
  ["👩🏽\u200d🚀\ufe0f", "👩🏽\u200d🚀\ufe0f"],
  ["z" + "\u0301".repeat(50), "ź" + "\u0301".repeat(3)],
  ["x".repeat(100), "x".repeat(40)],
  ["🎈".repeat(100), "🎈".repeat(40)],
  ["a\ud800b", "a\ufffdb"],
  ["…", "…"],
  ["   ", ""],
  [undefined, ""],
  [null, ""],
  [7, ""],
  [{ toString: () => "Ann" }, ""],
];

Deno.test("cleanName() keeps what can be read, in one line, and not more than fits", () => {
  for (const [given, name] of NAMES) assertEquals(cleanName(given), name, JSON.stringify(given));
});

Deno.test("foldName() takes names for the same that look the same", () => {
  assertEquals(foldName("ANN"), foldName("ann"));
  assertEquals(foldName("Ａｎｎ"), foldName("Ann"));
  assertEquals(foldName("Ann") === foldName("Anna"), false);
});

const NONSENSE = [undefined, null, 5, "text", [], {}, { name: 5, text: {}, to: [] }];

Deno.test("the readers of the chat make nothing of nonsense, and take only what they know", () => {
  for (const value of NONSENSE) {
    assertEquals([readJoin(value), readSay(value), readWhisper(value), readTyping(value)], [
      undefined,
      undefined,
      undefined,
      {},
    ]);
  }
  const all = { name: " Cakes ", to: "Bob", text: " hi ", nonce: "n-1", __proto__: { admin: true }, more: 1 };
  assertEquals([readJoin(all), readSay(all), readWhisper(all), readTyping(all)], [
    { name: "Cakes" },
    { text: "hi", nonce: "n-1" },
    { text: "hi", nonce: "n-1", to: "Bob" },
    { to: "Bob" },
  ]);
  const made = readSay({ text: "hi", nonce: "<b>" })?.nonce ?? "";
  assertEquals([made.length, readSay({ text: "hi", nonce: "<b>" })?.nonce === made], [36, false]);
});

Deno.test("the chat's contract hands on what its readers made of the data, and says no without a word of it", async () => {
  const { validate } = contract.requests.say.data["~standard"];

  assertEquals(await validate({ text: "hi\u0000", nonce: "1", extra: true }), { value: { text: "hi", nonce: "1" } });
  assertEquals(await validate({ text: "" }), { issues: [{ message: "It makes no sense" }] });
});

const TEXTS: readonly [string, readonly (string | { text: string; href: string })[]][] = [
  ["no link", ["no link"]],
  ["https://a.example/x?y=1#z", [{ text: "https://a.example/x?y=1#z", href: "https://a.example/x?y=1#z" }]],
  ["see http://a.example.", ["see ", { text: "http://a.example", href: "http://a.example/" }, "."]],
  ["(https://a.example/b)", ["(", { text: "https://a.example/b", href: "https://a.example/b" }, ")"]],
  ["https://a.example/b_(c)", [{ text: "https://a.example/b_(c)", href: "https://a.example/b_(c)" }]],
  ["HTTPS://A.example<b>", [{ text: "HTTPS://A.example", href: "https://a.example/" }, "<b>"]],
  ["javascript:alert(1)", ["javascript:alert(1)"]],
  ["javascript://https://a.example%0aalert(1)", ["javascript://https://a.example%0aalert(1)"]],
  ["javascript:open('https://a.example')", [
    "javascript:open('",
    { text: "https://a.example", href: "https://a.example/" },
    "')",
  ]],
  ["data:text/html,<script>alert(1)</script>", ["data:text/html,<script>alert(1)</script>"]],
  ["xhttps://a.example", ["xhttps://a.example"]],
  ["https://", ["https://"]],
  ["https://[", ["https://["]],
  ["", []],
];

Deno.test("findLinks() finds addresses of web pages, nothing else, and loses nothing of the text", () => {
  for (const [text, expected] of TEXTS) {
    const pieces = findLinks(text);

    assertEquals(pieces.map((piece) => piece.text).join(""), text);
    for (const { href } of pieces) assertEquals(href === undefined || /^https?:\/\/[^/]/.test(href), true, text);
    assertEquals(pieces, expected.map((piece) => typeof piece === "string" ? { text: piece } : piece), text);
  }
});

Deno.test("Allowance.take() gives so many at once, and so many per second from then on", () => {
  const allowance = new Allowance(2, 3);
  const take = (now: number) => allowance.take(now);

  assertEquals([0, 0, 0, 0].map(take), [true, true, true, false]);
  assertEquals([499, 500, 501].map(take), [false, true, false]);
  assertEquals([60_000, 60_000, 60_000, 60_000].map(take), [true, true, true, false]);
});
