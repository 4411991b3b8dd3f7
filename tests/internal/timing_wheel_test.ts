import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { NOWHERE, TimingWheel, type WheelItem } from "../../src/internal/timing_wheel.ts";

interface Item extends WheelItem {
  readonly name: string;
}

function item(name: string): Item {
  return { name, slot: NOWHERE, place: 0 };
}

function takeAll(wheel: TimingWheel<Item>, now: number): string[] {
  const names: string[] = [];
  for (let next = wheel.take(now); next !== undefined; next = wheel.take(now)) names.push(next.name);
  return names.sort();
}

Deno.test("TimingWheel.take() gives an item at its time, or at most a slot later, never before", () => {
  const wheel = new TimingWheel<Item>(50);
  wheel.add(item("a"), 120);

  assertEquals([takeAll(wheel, 120), takeAll(wheel, 149), takeAll(wheel, 150)], [[], [], ["a"]]);
});

Deno.test("TimingWheel.take() gives the items of the earliest slot first", () => {
  const wheel = new TimingWheel<Item>(50);
  for (const [name, dueAt] of [["late", 400], ["early", 100], ["middle", 300]] as const) wheel.add(item(name), dueAt);

  const names = [wheel.take(1_000), wheel.take(1_000), wheel.take(1_000), wheel.take(1_000)].map((each) => each?.name);

  assertEquals(names, ["early", "middle", "late", undefined]);
});

Deno.test("TimingWheel.add() moves an item that waits already", () => {
  const wheel = new TimingWheel<Item>(50);
  const moved = item("a");
  wheel.add(moved, 100);
  wheel.add(moved, 500);

  assertEquals([wheel.size, takeAll(wheel, 499), takeAll(wheel, 500)], [1, [], ["a"]]);
});

Deno.test("TimingWheel.add() leaves an item where it is when its slot does not change", () => {
  const wheel = new TimingWheel<Item>(50);
  const same = item("a");
  wheel.add(same, 110);
  wheel.add(same, 120);

  assertEquals([wheel.size, takeAll(wheel, 150)], [1, ["a"]]);
});

Deno.test("TimingWheel.remove() takes an item out, and does nothing for one that does not wait", () => {
  const wheel = new TimingWheel<Item>(50);
  const [a, b, c] = [item("a"), item("b"), item("c")] as const;
  for (const each of [a, b, c]) wheel.add(each, 100);

  wheel.remove(a);
  wheel.remove(a);
  wheel.remove(item("stranger"));

  assertEquals([wheel.size, a.slot, takeAll(wheel, 100)], [2, NOWHERE, ["b", "c"]]);
});

Deno.test("TimingWheel.nextDueAt() is the end of the earliest slot that holds anything", () => {
  const wheel = new TimingWheel<Item>(50);
  const early = item("early");
  const found = [wheel.nextDueAt()];
  wheel.add(early, 101);
  wheel.add(item("late"), 1_000);
  found.push(wheel.nextDueAt());
  wheel.remove(early);
  found.push(wheel.nextDueAt());
  wheel.take(1_000);
  found.push(wheel.nextDueAt());

  assertEquals(found, [undefined, 150, 1_000, undefined]);
});

Deno.test("TimingWheel.add() takes a time in the past for now", () => {
  const wheel = new TimingWheel<Item>(50);
  wheel.add(item("a"), -5_000);

  assertEquals(takeAll(wheel, 0), ["a"]);
});

Deno.test("TimingWheel.take() lets an item be added again, also to the slot from which it came", () => {
  const wheel = new TimingWheel<Item>(50);
  const again = item("a");
  wheel.add(again, 100);
  wheel.take(100);
  wheel.add(again, 100);

  assertEquals([wheel.size, takeAll(wheel, 100), wheel.size], [1, ["a"], 0]);
});

Deno.test("TimingWheel never loses or repeats an item, and is neither early nor more than a slot late", () => {
  const SLOT_MS = 50;
  const action = fc.oneof(
    fc.record({ add: fc.nat(9), inMs: fc.integer({ min: -200, max: 2_000 }) }),
    fc.record({ remove: fc.nat(9) }),
    fc.record({ passMs: fc.nat(400) }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
      const wheel = new TimingWheel<Item>(SLOT_MS);
      const items = Array.from({ length: 10 }, (_, i) => item(String(i)));
      const dueAt = new Map<string, number>();
      let now = 0;
      for (const each of actions) {
        if ("add" in each) {
          const moved = items[each.add]!;
          wheel.add(moved, now + each.inMs);
          dueAt.set(moved.name, Math.max(0, now + each.inMs));
        } else if ("remove" in each) {
          wheel.remove(items[each.remove]!);
          dueAt.delete(items[each.remove]!.name);
        } else now += each.passMs;
        for (let taken = wheel.take(now); taken !== undefined; taken = wheel.take(now)) {
          const expected = dueAt.get(taken.name);
          assert(expected !== undefined, `${taken.name} was taken and did not wait`);
          assert(expected <= now, `${taken.name} was taken ${expected - now} ms early`);
          dueAt.delete(taken.name);
        }
        for (const [name, at] of dueAt) assert(now < at + SLOT_MS, `${name} is ${now - at} ms late`);
        assertEquals(wheel.size, dueAt.size);
        assertEquals(wheel.nextDueAt() === undefined, dueAt.size === 0);
      }
    }),
  );
});

Deno.test("TimingWheel.take() gives items in the order of their slots, whatever was added and removed before", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ dueAt: fc.nat(20_000), isRemoved: fc.boolean() }), { maxLength: 300 }),
      (plans) => {
        const wheel = new TimingWheel<Item & { dueAt: number }>(50);
        const items = plans.map(({ dueAt }, i) => ({ ...item(String(i)), dueAt }));
        for (const each of items) wheel.add(each, each.dueAt);
        for (const [i, { isRemoved }] of plans.entries()) if (isRemoved) wheel.remove(items[i]!);

        const slots: number[] = [];
        for (let taken = wheel.take(20_050); taken !== undefined; taken = wheel.take(20_050)) {
          slots.push(Math.ceil(taken.dueAt / 50));
        }

        assertEquals(slots, slots.toSorted((a, b) => a - b));
        assertEquals(slots.length, plans.filter(({ isRemoved }) => !isRemoved).length);
      },
    ),
  );
});
