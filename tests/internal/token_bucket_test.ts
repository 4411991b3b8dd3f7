/** Tests of the token bucket: nobody who keeps to the rate is refused, and nobody gets more than it. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fullBucket, holds, take, waitMs } from "../../src/internal/token_bucket.ts";

/** Takes one token at each of the times and tells which were given. */
function takeAt(times: readonly number[], rule: { perSecond: number; burst: number }): boolean[] {
  const bucket = fullBucket(rule, times[0] ?? 0);
  return times.map((now) => take(bucket, rule, now));
}

const RULE = fc.record({
  perSecond: fc.double({ min: 0.01, max: 10_000, noNaN: true }),
  burst: fc.integer({ min: 1, max: 1_000 }),
});

Deno.test("take() gives a full bucket at once, and not one token more", () => {
  const bucket = fullBucket({ perSecond: 50, burst: 100 }, 0);
  const taken = Array.from({ length: 101 }, () => take(bucket, { perSecond: 50, burst: 100 }, 0));

  assertEquals(taken.indexOf(false), 100);
});

Deno.test("take() gives again what came back, but no more than a full bucket", () => {
  const rule = { perSecond: 10, burst: 2 };

  assertEquals(takeAt([0, 0, 0, 99, 100, 100], rule), [true, true, false, false, true, false]);
  assertEquals(takeAt([0, 0, 1e9, 1e9, 1e9], rule), [true, true, true, true, false]);
});

Deno.test("take() of a cost takes it whole or not at all", () => {
  const rule = { perSecond: 1, burst: 5 };
  const bucket = fullBucket(rule, 0);

  assertEquals([take(bucket, rule, 0, 4), take(bucket, rule, 0, 2), take(bucket, rule, 0, 1)], [true, false, true]);
  assertEquals([take(bucket, rule, 0, 0), take(bucket, rule, 9e9, 6)], [true, false]);
});

Deno.test("take() with a clock that went back gives nothing back, and takes nothing away", () => {
  const rule = { perSecond: 1, burst: 1 };
  const bucket = fullBucket(rule, 10_000);

  assertEquals([take(bucket, rule, 5_000), take(bucket, rule, 10_500), take(bucket, rule, 11_000)], [
    true,
    false,
    true,
  ]);
});

Deno.test("waitMs() is the first millisecond at which the tokens are there, within the rounding", () => {
  fc.assert(fc.property(RULE, fc.integer({ min: 1, max: 1_000 }), (rule, cost) => {
    const bucket = fullBucket(rule, 0);
    take(bucket, rule, 0, rule.burst);
    const wait = waitMs(bucket, rule, 0, cost);
    const affordable = Math.min(cost, rule.burst);

    assert(holds({ ...bucket }, rule, wait, affordable), `not after ${wait}`);
    // A thousandth of a token, which is given for rounding, comes in 1 / perSecond milliseconds.
    const before = wait - 1.01 - 1 / rule.perSecond;
    assert(wait === 0 || !holds({ ...bucket }, rule, before, affordable), `before ${wait}`);
  }));
});

Deno.test("take() never refuses who keeps exactly to the rate, at any rate, for any time, from any moment on", () => {
  const start = fc.double({ min: 0, max: 1e10, noNaN: true });
  fc.assert(
    fc.property(RULE, start, fc.integer({ min: 1, max: 20_000 }), ({ perSecond }, startAt, count) => {
      const times = Array.from({ length: count }, (_, i) => startAt + i * 1000 / perSecond);

      assertEquals(takeAt(times, { perSecond, burst: 1 }).indexOf(false), -1);
    }),
    { numRuns: 50 },
  );
});

Deno.test("take() never gives more in any span of time than a full bucket and what came back in that span", () => {
  const steps = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 500, noNaN: true })), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(fc.property(RULE, steps, (rule, gaps) => {
    let now = 0;
    const times = gaps.map((gap) => now += gap);
    const given = takeAt(times, rule).flatMap((isGiven, i) => isGiven ? [times[i]!] : []);

    for (let from = 0; from < given.length; from++) {
      for (let to = from; to < given.length; to += 7) {
        const most = rule.burst + (given[to]! - given[from]!) * rule.perSecond / 1000;
        assert(to - from + 1 <= most + 0.01, `${to - from + 1} in ${given[to]! - given[from]!} ms`);
      }
    }
  }));
});
