/** Tests of the option `history`: what holds for which room, and what is refused. */

import { assertEquals, assertThrows } from "@std/assert";
import { OptionChecks } from "../../src/internal/checks.ts";
import { LOG_DEFAULTS, type LogOptions, resolveHistory } from "../../src/server/log_rules.ts";

const checks = new OptionChecks("test");
const { maxTotalBytes: _, ...RULE } = LOG_DEFAULTS;

function resolve(history: unknown) {
  return resolveHistory(history as LogOptions | false | undefined, checks);
}

const COUNT = "a whole number of at least 1, or Infinity";

/** What is refused, and what the error says of it. */
const BAD: readonly (readonly [history: unknown, kind: typeof TypeError | typeof RangeError, text: string])[] = [
  [null, TypeError, '"history" must be an object or false: current value is null'],
  [true, TypeError, '"history" must be an object or false: current value is true'],
  [5, TypeError, '"history" must be an object or false: current value is 5'],
  [{ maxAge: 1 }, TypeError, "history has no option"],
  [{ keep: "newest" }, TypeError, "history has no option"],
  [{ maxMessages: "9" }, TypeError, `"history.maxMessages" must be ${COUNT}: current value is "9"`],
  [{ maxMessages: 0 }, RangeError, `"history.maxMessages" must be ${COUNT}: current value is 0`],
  [{ maxMessages: 1.5 }, RangeError, `"history.maxMessages" must be ${COUNT}: current value is 1.5`],
  [{ maxBytes: -1 }, RangeError, `"history.maxBytes" must be ${COUNT}: current value is -1`],
  [{ maxAgeMs: NaN }, TypeError, '"history.maxAgeMs" must be'],
  [{ maxAgeMs: 0 }, RangeError, '"history.maxAgeMs" must be'],
  [{ maxTotalBytes: 0 }, RangeError, `"history.maxTotalBytes" must be ${COUNT}: current value is 0`],
  [{ rooms: null }, TypeError, '"history.rooms" must be an object: current value is null'],
  [{ rooms: "tea" }, TypeError, '"history.rooms" must be an object: current value is "tea"'],
  [{ rooms: { tea: true } }, TypeError, '"history.rooms["tea"]" must be an object or false: current value is true'],
  [{ rooms: { tea: null } }, TypeError, '"history.rooms["tea"]" must be an object or false: current value is null'],
  [{ rooms: { tea: { maxTotalBytes: 1 } } }, TypeError, 'history.rooms["tea"] has no option "maxTotalBytes"'],
  [{ rooms: { tea: { keep: "last" } } }, TypeError, '"history.rooms["tea"].keep" must be one of'],
  [{ rooms: { tea: { maxBytes: 0 } } }, RangeError, '"history.rooms["tea"].maxBytes" must be'],
];

Deno.test("resolveHistory() has defaults for every room", () => {
  for (const history of [undefined, {}]) {
    const { ruleOf, maxTotalBytes } = resolve(history);

    assertEquals([ruleOf("tea"), ruleOf("$all"), maxTotalBytes], [RULE, RULE, LOG_DEFAULTS.maxTotalBytes]);
  }
});

Deno.test("resolveHistory() keeps nothing where it is switched off", () => {
  const { ruleOf } = resolve(false);

  assertEquals([ruleOf("tea"), ruleOf("$all")], [undefined, undefined]);
});

Deno.test("resolveHistory() takes the first pattern that fits, and fills in what stands above", () => {
  const { ruleOf } = resolve({
    maxMessages: 9,
    maxBytes: Infinity,
    rooms: {
      "game/lobby": { maxMessages: 1 },
      "game/{id}": { keep: "newest-per-key", maxAgeMs: 5 },
      "secret/{name}": false,
    },
  });
  const usual = { ...RULE, maxMessages: 9, maxBytes: Infinity };

  assertEquals(ruleOf("tea"), usual);
  assertEquals(ruleOf("game/lobby"), { ...usual, maxMessages: 1 });
  assertEquals(ruleOf("game/7"), { ...usual, keep: "newest-per-key", maxAgeMs: 5 });
  assertEquals(ruleOf("secret/x"), undefined);
  assertEquals(ruleOf("$all"), usual);
});

Deno.test("resolveHistory() takes `$all` for everybody's room alone", () => {
  const off = resolve({ rooms: { $all: false } });
  const states = resolve({ rooms: { $all: { keep: "newest" }, "{name}": false } });

  assertEquals([off.ruleOf("$all"), off.ruleOf("tea")], [undefined, RULE]);
  assertEquals([states.ruleOf("$all")?.keep, states.ruleOf("tea")], ["newest", undefined]);
});

Deno.test("resolveHistory() refuses what cannot be meant, and says what can", async (t) => {
  for (const [history, kind, text] of BAD) {
    await t.step(JSON.stringify(history), () => {
      assertThrows(() => resolve(history), kind, text);
    });
  }
});
