/** Tests of the rules of rooms: which one holds for which room. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { RoomRules } from "../../src/server/room_rules.ts";
import type { RoomRule } from "../../src/server/room_types.ts";

type Rule = RoomRule<undefined>;

/** What is no rule, and what the error says. */
const NO_RULES: readonly [rule: unknown, text: string][] = [
  [null, '"rule" must be an object: current value is null'],
  ["join", '"rule" must be an object: current value is "join"'],
  [() => true, '"rule" must be an object: current value is a function'],
  [{ onjoin() {} }, 'the rule has no option "onjoin": known are join, onJoin, onLeave, outgoing, handlers'],
  [{ join: true }, '"join" must be a function: current value is true'],
  [{ onJoin: 5 }, '"onJoin" must be a function: current value is 5'],
  [{ onLeave: {} }, '"onLeave" must be a function: current value is an object'],
  [{ outgoing: "x" }, '"outgoing" must be a function: current value is "x"'],
  [{ handlers: 5 }, '"handlers" must be an object: current value is 5'],
  [{ handlers: null }, '"handlers" must be an object: current value is null'],
  [{ handlers: { say: 5 } }, "the handler must be a function"],
  [{ handlers: { $join() {} } }, 'does not begin with "$"'],
];

/** A server's rules, by pattern; the rule that was found tells its pattern. */
function rulesOf(patterns: readonly string[]) {
  const rules = new RoomRules<undefined>();
  const byPattern = new Map<string, Rule>();
  const offs = patterns.map((pattern) => {
    const rule: Rule = {};
    byPattern.set(pattern, rule);
    return rules.add(pattern, rule);
  });
  const patternFor = (name: string) => patterns.find((pattern) => byPattern.get(pattern) === rules.find(name)?.rule);
  return { rules, offs, patternFor };
}

Deno.test("RoomRules.find() gives the first rule whose pattern fits, in the order in which they were added", () => {
  const { patternFor } = rulesOf(["chat/{id}", "chat/lobby", "chat/{id}/{part}", "team-{name}", "*"]);

  assertEquals(
    ["chat/lobby", "chat/a/b", "team-red", "team-", "chat/", "*", "__proto__"].map(patternFor),
    ["chat/{id}", "chat/{id}/{part}", "team-{name}", "*", "*", "*", "*"],
  );
});

Deno.test("RoomRules.find() gives what stands in the placeholders", () => {
  const { rules } = rulesOf(["{__proto__}/{constructor}", "chat/{id}"]);

  assertEquals(Object.entries(rules.find("a/b")?.params ?? {}), [["__proto__", "a"], ["constructor", "b"]]);
  assertEquals(Object.entries(rules.find("chat/__proto__")?.params ?? {}), [["__proto__", "chat"], [
    "constructor",
    "__proto__",
  ]]);
  assertEquals(rules.find("chat"), undefined);
});

Deno.test("RoomRules.find() gives nothing where there is no rule", () => {
  const rules = new RoomRules<undefined>();

  assertEquals([rules.find("a"), rules.size], [undefined, 0]);
});

Deno.test("RoomRules.add() refuses a second rule for a pattern, and takes it when the first is gone", () => {
  const { rules, offs: [off] } = rulesOf(["chat/{id}"]);

  assertThrows(() => rules.add("chat/{id}"), TypeError, 'Cannot add a second rule for the rooms "chat/{id}"');
  rules.add("chat/{name}");
  off!();
  const again: Rule = {};
  rules.add("chat/{id}", again);
  off!(); // the second time it does nothing, and not to others

  assertEquals(rules.size, 2);
  assertEquals(Object.keys(rules.find("chat/1")?.params ?? {}), ["name"]);
});

Deno.test("RoomRules.add() refuses what is no pattern and what is no rule, and adds nothing then", async (t) => {
  const rules = new RoomRules<undefined>();

  for (const pattern of ["", "a*b", "{}", "{id", "$all"]) assertThrows(() => rules.add(pattern), TypeError);
  for (const [rule, text] of NO_RULES) {
    await t.step(text, () => {
      assertThrows(() => rules.add("a", rule as Rule), TypeError, text);
    });
  }

  assertEquals([rules.size, rules.find("a")], [0, undefined]);
});

Deno.test("RoomRules.add() takes an object of a class, with what it has of its own", () => {
  class Doorman {
    count = 0;
    join() {
      return ++this.count;
    }
  }
  const rules = new RoomRules<undefined>();
  const doorman = new Doorman();

  rules.add("a", doorman);

  assertStrictEquals(rules.find("a")?.rule, doorman);
});

Deno.test("RoomRules find the handlers that a rule has of its own, and no others", () => {
  const rules = new RoomRules<undefined>();
  const say = () => {};
  rules.add("a", { handlers: { say, hush: undefined, ["__proto__"]: say } });

  const handlers = rules.find("a")!.handlers;

  assertEquals(["say", "__proto__"].map((type) => handlers.get(type) === say), [true, true]);
  assertEquals(["hush", "constructor", "toString"].map((type) => handlers.get(type)), [
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("RoomRules know whether any rule has handlers, hooks or filters", () => {
  const rules = new RoomRules<undefined>();
  const known = () => [rules.hasHandlers, rules.hasHooks, rules.hasFilters];
  const before = known();

  const steps = [
    { join: () => true },
    { handlers: {} },
    { handlers: { say() {} } },
    { onJoin() {} },
    { onLeave() {} },
    { outgoing: () => null },
  ].map((rule, at) => {
    const off = rules.add(`room ${at}`, rule);
    const during = known();
    off();
    return during;
  });

  assertEquals([before, known()], [[false, false, false], [false, false, false]]);
  assertEquals(steps, [
    [false, false, false],
    [false, false, false],
    [true, false, false],
    [false, true, false],
    [false, true, false],
    [false, false, true],
  ]);
});
