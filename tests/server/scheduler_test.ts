/** Tests of the one timer: it runs only while somebody waits, wakes nobody early, and forgives pauses. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { NOWHERE } from "../../src/internal/timing_wheel.ts";
import { Scheduler, type Sleeper, SLOT_MS } from "../../src/server/scheduler.ts";
import { testPlatform, VirtualClock } from "../../src/testing/mod.ts";
import { testScheduler } from "./tools/parts.ts";

/** Notes when it is woken; `answer` says when to wake it again. */
class Alarm implements Sleeper {
  slot: number = NOWHERE;
  place = 0;
  readonly woken: number[] = [];
  readonly #answer: (now: number) => number | undefined;

  constructor(answer: (now: number) => number | undefined = () => undefined) {
    this.#answer = answer;
  }

  wake(now: number): number | undefined {
    this.woken.push(now);
    return this.#answer(now);
  }
}

Deno.test("Scheduler.wakeIn() wakes once, never early and at most a slot late", async () => {
  for (const delayMs of [0, 1, 49, 50, 51, 1_234.5]) {
    const { clock, scheduler } = testScheduler();
    const alarm = new Alarm();

    scheduler.wakeIn(alarm, delayMs);
    await clock.advance(delayMs + 2 * SLOT_MS);

    assertEquals(alarm.woken.length, 1);
    assert(alarm.woken[0]! >= delayMs && alarm.woken[0]! <= delayMs + SLOT_MS, `${alarm.woken} for ${delayMs}`);
  }
});

Deno.test("Scheduler has one timer for all, armed for the earliest, and none when nobody waits", async () => {
  const { clock, scheduler } = testScheduler();
  assertEquals([clock.pending, scheduler.isArmed, scheduler.size], [0, false, 0]);

  for (const delayMs of [5_000, 1_000, 3_000, 1_000]) scheduler.wakeIn(new Alarm(), delayMs);
  assertEquals([clock.pending, clock.nextDueAt, scheduler.size], [1, 1_000, 4]);
  await clock.advance(1_000);
  assertEquals([clock.pending, clock.nextDueAt, scheduler.size], [1, 3_000, 2]);
  await clock.advance(4_000);

  assertEquals([clock.pending, scheduler.isArmed, scheduler.size], [0, false, 0]);
});

Deno.test("Scheduler.forget() lets nobody be woken, and stops the timer with the last", async () => {
  const { clock, scheduler } = testScheduler();
  const [a, b] = [new Alarm(), new Alarm()];
  scheduler.wakeIn(a, 100);
  scheduler.wakeIn(b, 100);

  scheduler.forget(a);
  scheduler.forget(a);
  assertEquals(clock.pending, 1);
  scheduler.forget(b);
  assertEquals(clock.pending, 0);
  await clock.advance(200);

  assertEquals([a.woken, b.woken], [[], []]);
});

Deno.test("Scheduler.forget() lets the timer run on while it may be wanted soon, and rest() stops it", async () => {
  let mayBeWanted = true;
  const { clock, scheduler } = testScheduler(() => mayBeWanted);
  const alarm = new Alarm();

  scheduler.wakeIn(alarm, 100);
  scheduler.forget(alarm);
  assertEquals([scheduler.size, clock.pending], [0, 1]);
  scheduler.wakeIn(alarm, 100);
  scheduler.rest();
  assertEquals(clock.pending, 1, "somebody waits");
  scheduler.forget(alarm);
  scheduler.rest();
  assertEquals(clock.pending, 0);

  scheduler.wakeIn(alarm, 100);
  scheduler.forget(alarm);
  await clock.advance(200);
  assertEquals([clock.pending, alarm.woken], [0, []], "it does not run on for ever");
  mayBeWanted = false;
});

Deno.test("Scheduler tells of a pause that it forgives, when what is asked for then is counted from the end of it", async () => {
  const clock = new VirtualClock();
  const told: number[] = [];
  const woken: number[] = [];
  const alarm = new Alarm(() => {
    woken.push(clock.now());
    return undefined;
  });
  const scheduler = new Scheduler(testPlatform(clock), {
    failed() {},
    mayBeWanted: () => false,
    paused() {
      told.push(clock.now());
      scheduler.wakeIn(alarm, 100);
    },
  });
  scheduler.wakeIn(alarm, 500);

  await clock.advance(400);
  assertEquals(told, []);
  await clock.jump(60_000);
  await clock.advance(2_000);

  assertEquals([told.length, woken.length], [1, 1]);
  assert(woken[0]! - told[0]! <= 1_050, "a second of grace, and a slot");
});

Deno.test("Scheduler.wakeIn() moves who waits already", async () => {
  const { clock, scheduler } = testScheduler();
  const alarm = new Alarm();

  scheduler.wakeIn(alarm, 100);
  scheduler.wakeIn(alarm, 1_000);
  assertEquals(scheduler.size, 1);
  await clock.advance(500);
  assertEquals(alarm.woken, []);
  scheduler.wakeIn(alarm, 100);
  await clock.advance(100);

  assertEquals(alarm.woken.length, 1);
});

Deno.test("Scheduler wakes again when the sleeper says, and not more often than once in a slot", async () => {
  const { clock, scheduler } = testScheduler();
  const regular = new Alarm((now) => now < 400 ? now + 100 : undefined);
  const greedy = new Alarm((now) => now < 200 ? 0 : undefined);

  scheduler.wakeIn(regular, 100);
  scheduler.wakeIn(greedy, 50);
  await clock.advance(1_000);

  assertEquals([regular.woken, greedy.woken], [[100, 200, 300, 400], [50, 100, 150, 200]]);
  assertEquals(clock.pending, 0);
});

Deno.test("Scheduler lets a sleeper put others to sleep and wake them, while it is awake", async () => {
  const { clock, scheduler } = testScheduler();
  const late = new Alarm();
  const forgotten = new Alarm();
  const first = new Alarm(() => {
    scheduler.wakeIn(late, 100);
    scheduler.forget(forgotten);
    return undefined;
  });
  scheduler.wakeIn(first, 100);
  scheduler.wakeIn(forgotten, 150);

  await clock.advance(1_000);

  assertEquals([first.woken, late.woken, forgotten.woken, clock.pending], [[100], [200], [], 0]);
});

Deno.test("Scheduler goes on when a sleeper throws, and tells of it", async () => {
  const { clock, scheduler, errors } = testScheduler();
  const good = new Alarm();
  const bad = new Alarm(() => {
    throw new Error("bad");
  });
  for (const alarm of [bad, good, bad]) scheduler.wakeIn(alarm, 100);

  await clock.advance(100);
  scheduler.wakeIn(good, 100);
  await clock.advance(100);

  assertEquals([good.woken, (errors[0] as Error).message, errors.length], [[100, 200], "bad", 1]);
});

Deno.test("Scheduler takes what comes a little late for late, and no more", async () => {
  const { clock, scheduler } = testScheduler();
  const alarm = new Alarm();
  scheduler.wakeIn(alarm, 1_000);

  await clock.jump(1_900);

  assertEquals([alarm.woken, scheduler.now()], [[1_900], 1_900]);
});

Deno.test("Scheduler does not count a pause: what was due is put off by it, and by the time to catch up", async () => {
  const { clock, scheduler } = testScheduler();
  const [due, later] = [new Alarm(), new Alarm()];
  scheduler.wakeIn(due, 1_000);
  scheduler.wakeIn(later, 10_000);

  await clock.jump(3_600_000);
  assertEquals([due.woken, scheduler.now(), clock.pending], [[], 1_000, 1]);
  await clock.advance(1_000);
  assertEquals(due.woken, [2_000]);
  await clock.advance(8_000);

  assertEquals([later.woken, clock.now()], [[10_000], 3_609_000]);
});

Deno.test("Scheduler forgives a second pause as well", async () => {
  const { clock, scheduler } = testScheduler();
  const alarm = new Alarm();
  scheduler.wakeIn(alarm, 1_000);

  await clock.jump(60_000);
  await clock.jump(60_000);
  assertEquals(alarm.woken, []);
  await clock.advance(1_000);

  assertEquals(alarm.woken.length, 1);
});

Deno.test("Scheduler.coarseNow is at most a second old while somebody stamps with it", async () => {
  const { clock, scheduler } = testScheduler();
  scheduler.wakeIn(new Alarm(), 3_600_000);
  await clock.advance(10_000);
  assertEquals(scheduler.coarseNow, 0, "nobody stamps: nobody pays");

  scheduler.stamping();
  scheduler.stamping();
  for (let i = 0; i < 10; i++) {
    await clock.advance(700);
    assert(clock.now() - scheduler.coarseNow <= 1_000 + SLOT_MS, `${clock.now() - scheduler.coarseNow}`);
  }
  scheduler.stampingEnded();
  await clock.advance(10_000);
  assert(clock.now() - scheduler.coarseNow <= 1_000 + SLOT_MS, "one still stamps");
  scheduler.stampingEnded();
  await clock.advance(1_000);
  const stampedAt = scheduler.coarseNow;
  await clock.advance(60_000);

  assertEquals(scheduler.coarseNow, stampedAt);
});

Deno.test("Scheduler never loses a sleeper, wakes none twice, early or late, in whatever order they come and go", async () => {
  const step = fc.record({
    who: fc.nat({ max: 5 }),
    delayMs: fc.option(fc.nat({ max: 3_000 }), { nil: undefined }),
    thenMs: fc.nat({ max: 900 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const { clock, scheduler } = testScheduler();
      const dueAt = new Map<Alarm, number>();
      const alarms = Array.from({ length: 6 }, () => {
        const alarm: Alarm = new Alarm((now) => {
          const due = dueAt.get(alarm);
          assert(due !== undefined && now >= due && now <= due + SLOT_MS, `woken at ${now}, due at ${due}`);
          dueAt.delete(alarm);
          return undefined;
        });
        return alarm;
      });
      for (const { who, delayMs, thenMs } of steps) {
        const alarm = alarms[who]!;
        if (delayMs === undefined) {
          scheduler.forget(alarm);
          dueAt.delete(alarm);
        } else {
          scheduler.wakeIn(alarm, delayMs);
          dueAt.set(alarm, clock.now() + delayMs);
        }
        assertEquals([scheduler.size, clock.pending], [dueAt.size, dueAt.size > 0 ? 1 : 0]);
        await clock.advance(thenMs);
      }
      await clock.advance(4_000);
      assertEquals([dueAt.size, scheduler.size, clock.pending], [0, 0, 0]);
    }),
    { numRuns: 60 },
  );
});
