/** Tests of what is kept for one client: its numbers, its bounds, and what the budget is told. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LogBudget } from "../../src/server/log_budget.ts";
import { type InboxLimits, SessionInbox } from "../../src/server/session_inbox.ts";

const WIDE: InboxLimits = { maxMessages: 256, maxBytes: 262_144, maxAgeMs: 120_000 };

function inboxWith(limits: Partial<InboxLimits> = {}, maxTotalBytes = 1_000_000) {
  const budget = new LogBudget(maxTotalBytes);
  return { budget, inbox: new SessionInbox({ ...WIDE, ...limits }, budget) };
}

function payloads(inbox: SessionInbox, from: number): unknown[] {
  return inbox.from(from).map(({ payload }) => payload);
}

Deno.test("SessionInbox numbers messages from 1, and gives those behind what was received", () => {
  const { inbox } = inboxWith();

  const numbers = ["a", "b", "c"].map((payload, order) => inbox.add(payload, order, 0));

  assertEquals([numbers, inbox.end, inbox.size], [[1, 2, 3], 3, 3]);
  assertEquals([inbox.firstBehind(0, 0), payloads(inbox, 1)], [1, ["a", "b", "c"]]);
  assertEquals([inbox.firstBehind(2, 0), payloads(inbox, 3)], [3, ["c"]]);
  assertEquals([inbox.firstBehind(3, 0), payloads(inbox, 4)], [4, []]);
});

Deno.test("SessionInbox.acknowledge() forgets what the client has, and says what cannot be", () => {
  const { inbox, budget } = inboxWith();
  for (const payload of ["aaaa", "bb", "c"]) inbox.add(payload, 0, 0);

  const answers = [0, 2, 1, 2, 4].map((number) => inbox.acknowledge(number));

  assertEquals([answers, inbox.acknowledged, inbox.size, budget.bytes], [[true, true, true, true, false], 2, 1, 1]);
  assertEquals([inbox.firstBehind(0, 0), payloads(inbox, 3)], [3, ["c"]]);
});

Deno.test("SessionInbox forgets the oldest beyond its bounds", () => {
  const byCount = inboxWith({ maxMessages: 2 });
  const byBytes = inboxWith({ maxBytes: 5 });
  const byAge = inboxWith({ maxAgeMs: 100 });
  for (const [at, payload] of ["aa", "bb", "cc"].entries()) {
    for (const { inbox } of [byCount, byBytes, byAge]) inbox.add(payload, at, at * 60);
  }

  assertEquals([byCount, byBytes].map(({ inbox, budget }) => [inbox.size, budget.bytes]), [[2, 4], [2, 4]]);
  assertEquals([byAge.inbox.firstBehind(0, 160), byAge.inbox.firstBehind(0, 161)], [2, 3]);
  assertEquals([byAge.inbox.firstBehind(0, 1_000), byAge.budget.bytes, byAge.budget.hoards], [4, 0, 0]);
});

Deno.test("SessionInbox keeps nothing of a message that is larger than its bound, and counts it", () => {
  const { inbox, budget } = inboxWith({ maxBytes: 5 });
  inbox.add("a", 0, 0);

  inbox.add("x".repeat(6), 1, 0);

  assertEquals([inbox.end, inbox.size, budget.bytes, inbox.firstBehind(0, 0)], [2, 0, 0, 3]);
  inbox.add("b", 2, 0);
  assertEquals([payloads(inbox, inbox.firstBehind(0, 0)), budget.bytes], [["b"], 1]);
});

Deno.test("SessionInbox.clear() gives everything back", () => {
  const { inbox, budget } = inboxWith();
  inbox.add("abc", 0, 0);

  inbox.clear();

  assertEquals([inbox.size, inbox.end, budget.bytes, budget.hoards], [0, 1, 0, 0]);
});

Deno.test("SessionInbox agrees with a list, whatever is added, acknowledged, and dropped", () => {
  type Step = readonly ["add" | "acknowledge" | "look" | "wait" | "press" | "clear", number];
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.nat(12).map((n): Step => ["add", n]) },
    { weight: 2, arbitrary: fc.nat(20).map((n): Step => ["acknowledge", n]) },
    { weight: 2, arbitrary: fc.nat(20).map((n): Step => ["look", n]) },
    { weight: 1, arbitrary: fc.nat(60).map((n): Step => ["wait", n]) },
    { weight: 1, arbitrary: fc.constant<Step>(["press", 0]) },
    { weight: 1, arbitrary: fc.constant<Step>(["clear", 0]) },
  );
  const limits = fc.record({
    maxMessages: fc.integer({ min: 1, max: 6 }),
    maxBytes: fc.integer({ min: 1, max: 40 }),
    maxAgeMs: fc.integer({ min: 1, max: 100 }),
  });
  fc.assert(fc.property(limits, fc.array(step, { maxLength: 150, size: "max" }), (limits, steps) => {
    const { inbox, budget } = inboxWith(limits, 60);
    const presser = new SessionInbox({ ...WIDE }, budget);
    let kept: { number: number; payload: string; keptAt: number }[] = [];
    let end = 0;
    let acknowledged = 0;
    let now = 0;
    const bytes = () => kept.reduce((sum, { payload }) => sum + payload.length, 0);

    for (const [what, n] of steps) {
      if (what === "add") {
        const payload = "x".repeat(n);
        assertEquals(inbox.add(payload, end, now), ++end);
        kept.push({ number: end, payload, keptAt: now });
        // Age alone is no reason to look through them.
        const isTooMuch = kept.length > limits.maxMessages || bytes() > limits.maxBytes;
        const isOld = ({ keptAt }: { keptAt: number }) => now - keptAt > limits.maxAgeMs;
        while (
          isTooMuch && kept.length > 0 &&
          (kept.length > limits.maxMessages || bytes() > limits.maxBytes || isOld(kept[0]!))
        ) kept.shift();
      } else if (what === "acknowledge") {
        const number = end + 3 - n;
        assertEquals(inbox.acknowledge(number), number <= end);
        if (number > end) continue;
        acknowledged = Math.max(acknowledged, number);
        kept = kept.filter((each) => each.number > acknowledged);
      } else if (what === "look") {
        const received = Math.max(0, end - n);
        kept = kept.filter(({ keptAt }) => now - keptAt <= limits.maxAgeMs);
        const first = Math.max(received, kept.length === 0 ? end : kept[0]!.number - 1) + 1;
        assertEquals(inbox.firstBehind(received, now), first);
        assertEquals(
          payloads(inbox, first),
          kept.filter(({ number }) => number >= first).map(({ payload }) => payload),
        );
      } else if (what === "wait") now += n;
      else if (what === "clear") {
        inbox.clear();
        kept = [];
      } else {
        presser.add("x".repeat(60), 0, now); // nothing else has a place beside that
        presser.clear();
        if (inbox.size === 0) kept = [];
      }
      assertEquals([inbox.end, inbox.size, inbox.acknowledged], [end, kept.length, acknowledged]);
      assertEquals(budget.bytes, bytes());
    }
    inbox.clear();
    assertEquals([budget.bytes, budget.hoards], [0, 0]);
  }));
});
