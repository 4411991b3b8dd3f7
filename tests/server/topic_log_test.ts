/** Tests of the log of one room, against a list that is as simple as can be. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LogBudget } from "../../src/server/log_budget.ts";
import { LOG_DEFAULTS, type ResolvedLogRule } from "../../src/server/log_rules.ts";
import type { LogRecord } from "../../src/server/logs.ts";
import { TopicLog } from "../../src/server/topic_log.ts";
import { loggedMessage } from "./tools/logs.ts";

function logWith(rule: Partial<ResolvedLogRule> = {}, { end = 0, maxTotalBytes = 1_000_000 } = {}) {
  const budget = new LogBudget(maxTotalBytes);
  return { budget, log: new TopicLog({ ...LOG_DEFAULTS, ...rule }, budget, end) };
}

function texts(records: readonly LogRecord[]): unknown[] {
  return records.map(({ message }) => message.payload);
}

Deno.test("TopicLog numbers messages behind where it begins, and gives those behind a number", () => {
  const { log } = logWith({}, { end: 40 });

  const offsets = ["a", "b", "c"].map((text) => log.append(loggedMessage(text), 0));

  assertEquals([offsets, log.end, log.size, log.bytes], [[41, 42, 43], 43, 3, 3]);
  assertEquals([texts(log.behind(40)), texts(log.behind(42)), texts(log.behind(43))], [["a", "b", "c"], ["c"], []]);
  assertEquals([log.covers(39, 0), log.covers(40, 0), log.beginning], [false, true, 40]);
});

Deno.test("TopicLog forgets the oldest beyond its bounds, and says that it does not reach back", () => {
  const byCount = logWith({ maxMessages: 2 });
  const byBytes = logWith({ maxBytes: 4 });
  const byAge = logWith({ maxAgeMs: 100 });
  for (const [at, text] of ["aa", "bb", "cc"].entries()) {
    for (const { log } of [byCount, byBytes, byAge]) log.append(loggedMessage(text), at * 60);
  }

  for (const { log, budget } of [byCount, byBytes, byAge]) {
    assertEquals([texts(log.newest(9, 120)), budget.bytes, log.bytes], [["bb", "cc"], 4, 4]);
    assertEquals([log.covers(0, 120), log.covers(1, 120)], [false, true]);
  }
  assertEquals([byAge.log.covers(1, 161), byAge.log.covers(2, 161), texts(byAge.log.newest(9, 161))], [false, true, [
    "cc",
  ]]);
  assertEquals([byAge.log.covers(3, 1_000), byAge.log.size, byAge.budget.bytes, byAge.budget.hoards], [true, 0, 0, 0]);
});

Deno.test("TopicLog keeps nothing of a message that is larger than its bound, and numbers it", () => {
  const { log, budget } = logWith({ maxBytes: 3 });
  log.append(loggedMessage("a"), 0);

  assertEquals(log.append(loggedMessage("larger"), 0), 2);

  assertEquals([log.size, log.bytes, budget.bytes, log.covers(1, 0), log.covers(2, 0)], [0, 0, 0, false, true]);
});

Deno.test("TopicLog.newest() gives as many as are wanted, the oldest of them first", () => {
  const { log } = logWith();
  for (const text of ["a", "b", "c"]) log.append(loggedMessage(text), 0);

  assertEquals([0, 1, 2, 9].map((limit) => texts(log.newest(limit, 0))), [[], ["c"], ["b", "c"], ["a", "b", "c"]]);
});

Deno.test("TopicLog of states replaces, and what was replaced is missed by nobody", () => {
  const { log, budget } = logWith({ keep: "newest-per-key" });
  for (const [text, key] of [["a1", "a"], ["b1", "b"], ["a2", "a"], ["none", undefined], ["c1", "c"]] as const) {
    log.append(loggedMessage(text, { key }), 0);
  }
  log.append(loggedMessage("none too", { key: "" }), 0); // without a key is one key

  assertEquals([texts(log.behind(0)), log.beginning], [["b1", "a2", "c1", "none too"], 1]);
  assertEquals([log.covers(0, 0), budget.bytes, log.keepsStates], [true, "b1a2c1none too".length, true]);
  log.forget("a");
  log.forget("nothing");
  assertEquals([texts(log.behind(0)), log.covers(0, 0)], [["b1", "c1", "none too"], true]);
});

Deno.test("TopicLog of the newest state keeps that one, whatever its key", () => {
  const { log, budget } = logWith({ keep: "newest" });

  for (const key of ["a", "b", undefined]) log.append(loggedMessage(`${key}`, { key }), 0);

  assertEquals([texts(log.behind(0)), log.beginning, budget.bytes], [["undefined"], 2, 9]);
});

Deno.test("TopicLog.forget() forgets everything, and the numbers go on", () => {
  const { log, budget } = logWith();
  log.append(loggedMessage("a"), 0);

  log.forget();

  assertEquals([log.size, log.covers(0, 0), log.covers(1, 0), budget.bytes, budget.hoards], [0, false, true, 0, 0]);
  assertEquals(log.append(loggedMessage("b"), 0), 2);
});

Deno.test("TopicLog agrees with a list, whatever is appended, forgotten and read", () => {
  type Step = readonly ["append" | "read" | "wait" | "forget" | "forgetKey" | "press", number];
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 8, arbitrary: fc.nat(12).map((n): Step => ["append", n]) },
    { weight: 4, arbitrary: fc.nat(20).map((n): Step => ["read", n]) },
    { weight: 2, arbitrary: fc.nat(60).map((n): Step => ["wait", n]) },
    { weight: 1, arbitrary: fc.constant<Step>(["forget", 0]) },
    { weight: 1, arbitrary: fc.nat(3).map((n): Step => ["forgetKey", n]) },
    { weight: 1, arbitrary: fc.constant<Step>(["press", 0]) },
  );
  const rules = fc.record({
    maxMessages: fc.integer({ min: 1, max: 6 }),
    maxBytes: fc.integer({ min: 1, max: 40 }),
    maxAgeMs: fc.integer({ min: 1, max: 100 }),
    keep: fc.constantFrom("all", "newest", "newest-per-key"),
  });
  fc.assert(fc.property(rules, fc.nat(5), fc.array(step, { maxLength: 150, size: "max" }), (rule, begin, steps) => {
    const { log, budget } = logWith(rule, { end: begin, maxTotalBytes: 60 });
    const other = new TopicLog(LOG_DEFAULTS, budget, 0);
    let kept: { offset: number; text: string; key: string; keptAt: number }[] = [];
    let end = begin;
    let forgotten = begin;
    let now = 0;
    const bytes = () => kept.reduce((sum, { text }) => sum + text.length, 0);
    const trim = () => {
      while (
        kept.length > 0 &&
        (kept.length > rule.maxMessages || bytes() > rule.maxBytes || now - kept[0]!.keptAt > rule.maxAgeMs)
      ) forgotten = kept.shift()!.offset;
    };

    for (const [what, n] of steps) {
      if (what === "append") {
        const [text, key] = ["x".repeat(n), rule.keep === "newest" ? "" : `${n % 4}`];
        assertEquals(log.append(loggedMessage(text, { key }), now), ++end);
        if (rule.keep !== "all") kept = kept.filter((each) => each.key !== key);
        kept.push({ offset: end, text, key, keptAt: now });
        trim();
      } else if (what === "read") {
        const offset = begin + n % (end - begin + 2);
        trim();
        assertEquals(log.covers(offset, now), offset >= forgotten);
        assertEquals(
          log.behind(offset).map((each) => each.offset),
          kept.map((each) => each.offset).filter((each) => each > offset),
        );
        assertEquals(texts(log.newest(n, now)), n === 0 ? [] : kept.slice(-n).map(({ text }) => text));
        assertEquals(log.beginning, kept.length === 0 ? end : kept[0]!.offset - 1);
      } else if (what === "wait") now += n;
      else if (what === "forget") {
        log.forget();
        kept = [];
        forgotten = end;
      } else if (what === "forgetKey") {
        log.forget(`${n}`);
        if (rule.keep === "newest-per-key") kept = kept.filter(({ key }) => key !== `${n}`);
      } else {
        other.append(loggedMessage("x".repeat(60)), now); // nothing else has a place beside that
        other.forget();
        if (kept.length > 0 && log.size === 0) {
          kept = [];
          forgotten = end;
        }
      }
      assertEquals([log.end, log.size, log.bytes, budget.bytes], [end, kept.length, bytes(), bytes()]);
    }
    log.forget();
    assertEquals([budget.bytes, budget.hoards], [0, 0]);
  }));
});
