import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { compileRoomPattern } from "../../src/protocol/room_pattern.ts";

/** A pattern, a name, and what stands in the placeholders; `undefined` where the name does not fit. */
const CASES: readonly (readonly [string, string, Readonly<Record<string, string>> | undefined])[] = [
  ["lobby", "lobby", {}],
  ["lobby", "lobby2", undefined],
  ["lobby", "lobb", undefined],
  ["lobby", "Lobby", undefined],
  ["chat/{id}", "chat/42", { id: "42" }],
  ["chat/{id}", "chat/", undefined],
  ["chat/{id}", "chat", undefined],
  ["chat/{id}", "chat/42/log", undefined],
  ["chat/{id}", "chat/{id}", { id: "{id}" }],
  ["chat/{id}", "chat/*", { id: "*" }],
  ["{a}/{b}", "x/y", { a: "x", b: "y" }],
  ["{a}/{b}", "/y", undefined],
  ["{a}-{b}", "x-y-z", { a: "x", b: "y-z" }],
  ["{a}-{b}", "x-", undefined],
  ["{a}-{b}", "x/-y", undefined],
  ["{a}bc", "xbbc", undefined],
  ["{a}bc", "xxbc", { a: "xx" }],
  ["team:{team}:{id}!", "team:red:7!", { team: "red", id: "7" }],
  ["team:{team}:{id}!", "team:red:7!!", undefined],
  ["{a}😀", "x😁😀", { a: "x😁" }],
  ["*", "", {}],
  ["*", "a/b", {}],
  ["news/*", "news/", {}],
  ["news/*", "news/of/today", {}],
  ["news/*", "news", undefined],
  ["{kind}/*", "a/b/c", { kind: "a" }],
  ["{kind}/*", "/b", undefined],
];

for (const [pattern, name, params] of CASES) {
  Deno.test(`compileRoomPattern("${pattern}").match("${name}") is ${JSON.stringify(params)}`, () => {
    const matched = compileRoomPattern(pattern).match(name);

    assertEquals(matched && { ...matched }, params);
  });
}

Deno.test("compileRoomPattern() tells the placeholders in their order, and whether any rest fits", () => {
  const { pattern, names, hasRest } = compileRoomPattern("team/{team}/{id}/*");

  assertEquals({ pattern, names, hasRest }, { pattern: "team/{team}/{id}/*", names: ["team", "id"], hasRest: true });
  assertEquals(compileRoomPattern("lobby").hasRest, false);
});

Deno.test("match() gives a placeholder any name without harm", () => {
  const params = compileRoomPattern("{__proto__}/{constructor}").match("a/b") ?? {};

  assertEquals(Object.getPrototypeOf(params), null);
  assertEquals(Object.entries(params), [["__proto__", "a"], ["constructor", "b"]]);
  assertEquals("toString" in params, false);
});

/** A pattern that is none, and a part of what is said of it. */
const REFUSED: readonly (readonly [unknown, string])[] = [
  ["", "that is not empty"],
  [7, "must be a string"],
  ["$all", 'begin with "$"'],
  ["a*b", "last character only"],
  ["**", "last character only"],
  ["{a}{b}", 'between "{a}"'],
  ["{a}*", 'between "{a}"'],
  ["{a}/{a}", "once only"],
  ["{}", '"{" must begin'],
  ["{a", '"{" must begin'],
  ["a{", '"{" must begin'],
  ["{1}", '"{" must begin'],
  ["{a b}", '"{" must begin'],
  ["{a{b}}", '"{" must begin'],
  ["a}", '"}" must end'],
  ["{a}}", '"}" must end'],
  ["}{a}", '"}" must end'],
];

for (const [pattern, part] of REFUSED) {
  Deno.test(`compileRoomPattern() refuses ${JSON.stringify(pattern)}`, () => {
    assertThrows(() => compileRoomPattern(pattern as string), TypeError, part);
  });
}

Deno.test("compileRoomPattern() shows a bad pattern escaped", () => {
  const { message } = assertThrows(() => compileRoomPattern("a\n*b"), TypeError);

  assertEquals(
    message,
    'Cannot use a room pattern as "*" may be its last character only: current value is "a\\u000a*b"',
  );
});

Deno.test("match() finds what a name was made of", () => {
  const text = fc.stringMatching(/^[a-z:.-]{1,4}\/$/);
  const value = fc.string({ unit: "binary", minLength: 1, maxLength: 8 }).filter((each) => !each.includes("/"));
  const parts = fc.array(fc.tuple(text, value), { minLength: 1, maxLength: 5 });

  fc.assert(fc.property(parts, fc.boolean(), fc.string(), (parts, hasRest, rest) => {
    const pattern = parts.map(([text], i) => `${text}{p${i}}`).join("/") + (hasRest ? "/*" : "");
    const name = parts.map(([text, value]) => `${text}${value}`).join("/") + (hasRest ? `/${rest}` : "");

    const params = compileRoomPattern(pattern).match(name);

    assertEquals({ ...params }, Object.fromEntries(parts.map(([, value], i) => [`p${i}`, value])));
  }));
});

Deno.test("match() agrees with a slow reading of the rules on any name", () => {
  const piece = fc.oneof(fc.constantFrom("a", "b", "/", "ab", "😀"), fc.constant("{}"));
  const pieces = fc.array(piece, { minLength: 1, maxLength: 5 })
    .filter((all) => all.every((each, i) => each !== "{}" || all[i + 1] !== "{}"));
  const names = fc.string({ unit: fc.constantFrom("a", "b", "/", "😀", "x"), maxLength: 8 });

  fc.assert(
    fc.property(pieces, fc.boolean(), names, (pieces, wantsRest, name) => {
      const hasRest = wantsRest && pieces.at(-1) !== "{}";
      const pattern = pieces.map((each, i) => each === "{}" ? `{p${i}}` : each).join("") + (hasRest ? "*" : "");
      const expression = pieces.map((each, i) => {
        if (each !== "{}") return each;
        const [next = ""] = pieces[i + 1] ?? "";
        return `(?<p${i}>[^/${next}]+)`;
      }).join("");
      const slow = new RegExp(`^${expression}${hasRest ? "[^]*" : ""}$`, "u").exec(name);

      const params = compileRoomPattern(pattern).match(name);

      assertEquals(params && { ...params }, slow === null ? undefined : { ...slow.groups });
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("match() looks at each character of a name at most twice, however bad the name", () => {
  const { match } = compileRoomPattern(`${Array.from({ length: 50 }, (_, i) => `{p${i}}`).join("-")}-end`);

  for (
    const text of ["a-".repeat(10_000), "a".repeat(20_000), "-".repeat(20_000), "a-".repeat(49) + "a".repeat(20_000)]
  ) {
    let looks = 0;
    const name = Object.assign(Object(text), {
      charCodeAt(at: number) {
        looks++;
        return text.charCodeAt(at);
      },
    });

    assertEquals(match(name), undefined);
    assert(looks > 0 && looks <= 2 * text.length, `${looks} looks at ${text.length} characters`);
  }
});
