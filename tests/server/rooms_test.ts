/** Tests of who is in which room: two indexes that agree, whatever the order of coming and going. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { type Occupant, Rooms } from "../../src/server/rooms.ts";

class Member implements Occupant {
  places: Map<string, number> | undefined = undefined;
  readonly who: number;

  constructor(who: number) {
    this.who = who;
  }
}

/** What the rooms should be, kept in the plainest way. */
class Model {
  readonly rooms = new Map<string, Set<number>>();

  join(who: number, name: string): boolean {
    const members = this.rooms.get(name) ?? new Set();
    if (members.has(who)) return false;
    this.rooms.set(name, members.add(who));
    return true;
  }

  leave(who: number, name: string): boolean {
    const members = this.rooms.get(name);
    if (members === undefined || !members.delete(who)) return false;
    if (members.size === 0) this.rooms.delete(name);
    return true;
  }

  leaveAll(who: number): number {
    let count = 0;
    for (const name of this.rooms.keys()) if (this.leave(who, name)) count++;
    return count;
  }
}

function people(count: number): Member[] {
  return Array.from({ length: count }, (_, who) => new Member(who));
}

function whoOf(members: Iterable<Member>): number[] {
  return [...members].map(({ who }) => who).sort((a, b) => a - b);
}

/** Compares both indexes with the model, and each with the other. */
function check(rooms: Rooms<Member>, all: readonly Member[], model: Model): void {
  assertEquals([rooms.size, [...rooms.names()].sort()], [model.rooms.size, [...model.rooms.keys()].sort()]);
  const roomsOf = new Map<number, string[]>();
  for (const [name, members] of model.rooms) {
    const list = rooms.list(name);
    assertEquals(whoOf(list), [...members].sort((a, b) => a - b), name);
    assertEquals([rooms.has(name), rooms.count(name)], [true, members.size]);
    for (const [place, member] of list.entries()) {
      if (member.places?.get(name) !== place) assertEquals(member.places?.get(name), place, `${member.who} in ${name}`);
      const names = roomsOf.get(member.who) ?? [];
      names.push(name);
      roomsOf.set(member.who, names);
    }
  }
  for (const member of all) {
    assertEquals([...rooms.roomsOf(member)].sort(), (roomsOf.get(member.who) ?? []).sort(), `rooms of ${member.who}`);
  }
}

/** Numbers from 0 to 1 that follow from the seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

Deno.test("Rooms.join() and leave() tell whether anything changed, and both indexes know", () => {
  const rooms = new Rooms<Member>();
  const [ada, bob] = people(2) as [Member, Member];

  const changes = [rooms.join(ada, "a"), rooms.join(ada, "b"), rooms.join(bob, "a"), rooms.join(ada, "a")];

  assertEquals(changes, [true, true, true, false]);
  assertEquals([rooms.roomsOf(ada), rooms.roomsOf(bob)], [["a", "b"], ["a"]]);
  assertEquals([whoOf(rooms.list("a")), whoOf(rooms.list("b")), whoOf(rooms.list("c"))], [[0, 1], [0], []]);
  assertEquals([rooms.isIn(ada, "b"), rooms.isIn(bob, "b"), rooms.count("a"), rooms.count("c")], [true, false, 2, 0]);
  assertEquals([rooms.leave(bob, "b"), rooms.leave(ada, "b"), rooms.leave(ada, "b")], [false, true, false]);
  assertEquals([rooms.leave(people(1)[0]!, "a"), [...rooms.names()]], [false, ["a"]]);
});

Deno.test("Rooms.join() a thousand times into one room is one join", () => {
  const rooms = new Rooms<Member>();
  const member = new Member(0);

  const joined = Array.from({ length: 1000 }, () => rooms.join(member, "a")).filter(Boolean).length;

  assertEquals([joined, rooms.count("a"), rooms.leave(member, "a"), rooms.size], [1, 1, true, 0]);
});

Deno.test("Rooms.leave() forgets a room with its last member", () => {
  const rooms = new Rooms<Member>();
  const all = people(3);

  for (let i = 0; i < 1000; i++) {
    for (const member of all) rooms.join(member, `room ${i}`);
    for (const member of all) rooms.leave(member, `room ${i}`);
  }

  assertEquals([rooms.size, rooms.has("room 0"), all.map((member) => rooms.roomsOf(member))], [0, false, [[], [], []]]);
});

Deno.test("Rooms.leaveAll() takes a member out of every room at once, and names them", () => {
  const rooms = new Rooms<Member>();
  const [ada, bob] = people(2) as [Member, Member];
  for (const name of ["a", "b", "c"]) rooms.join(ada, name);
  rooms.join(bob, "b");

  const left = rooms.leaveAll(ada);

  assertEquals([left, rooms.leaveAll(ada), rooms.roomsOf(ada)], [["a", "b", "c"], [], []]);
  assertEquals([[...rooms.names()], whoOf(rooms.list("b"))], [["b"], [1]]);
});

Deno.test("Rooms take any name, also those that objects have members of", () => {
  const rooms = new Rooms<Member>();
  const member = new Member(0);
  const names = ["__proto__", "constructor", "hasOwnProperty", "toString", "", "*", ">", "a.b", " ", "\n", "\u202e"];

  for (const name of names) assertEquals([rooms.has(name), rooms.join(member, name)], [false, true]);

  assertEquals([rooms.roomsOf(member), rooms.size], [names, names.length]);
  assertEquals(names.map((name) => rooms.count(name)), names.map(() => 1));
});

Deno.test("Rooms.members() are always those of the moment", () => {
  const rooms = new Rooms<Member>();
  const [ada, bob] = people(2) as [Member, Member];
  const members = rooms.members("a");

  const sizes = [members.size];
  rooms.join(ada, "a");
  rooms.join(bob, "a");
  sizes.push(members.size);
  rooms.leave(ada, "a");

  assertEquals([...sizes, members.size, whoOf(members)], [0, 2, 1, [1]]);
});

Deno.test("Rooms.members() can be gone through while members come and go: who left is not met, nor who came", () => {
  const rooms = new Rooms<Member>();
  const all = people(10);
  for (const member of all.slice(0, 6)) rooms.join(member, "a");
  const met: number[] = [];

  for (const member of rooms.members("a")) {
    met.push(member.who);
    rooms.leave(member, "a"); // the one that is looked at
    rooms.leave(all[5]!, "a"); // one that is not looked at yet
    rooms.join(all[6 + met.length % 4]!, "a");
  }

  assertEquals([met.sort(), all[5]!.places?.size], [[0, 1, 2, 3, 4], 0]);
  assertEquals(whoOf(rooms.list("a")), [6, 7, 8, 9]);
});

Deno.test("Rooms.members() ends when the room ends while it is gone through", () => {
  const rooms = new Rooms<Member>();
  const all = people(5);
  for (const member of all) rooms.join(member, "a");
  let met = 0;

  for (const _ of rooms.members("a")) {
    met++;
    for (const member of all) rooms.leaveAll(member);
  }

  assertEquals([met, rooms.size], [1, 0]);
});

Deno.test("Rooms.list() hands out lists that never change", () => {
  const rooms = new Rooms<Member>();
  const all = people(4);
  for (const member of all) rooms.join(member, "a");

  const list = rooms.list("a");
  rooms.leave(all[0]!, "a");
  const later = rooms.list("a");
  rooms.join(all[0]!, "a");
  for (const member of all) rooms.leaveAll(member);

  assertEquals([whoOf(list), whoOf(later), whoOf(rooms.list("a"))], [[0, 1, 2, 3], [1, 2, 3], []]);
  assertEquals(rooms.lent, 0);
});

Deno.test("Rooms.receivers() finds each receiver once", async (t) => {
  const rooms = new Rooms<Member>();
  const all = people(5);
  const inside: readonly [name: string, who: readonly number[]][] = [["a", [0, 1, 2]], ["b", [2, 3]], ["c", [1, 4]]];
  for (const [name, who] of inside) for (const each of who) rooms.join(all[each]!, name);
  const cases: readonly [rooms: string[], exceptRooms: string[] | undefined, except: number[], found: number[]][] = [
    [["a"], undefined, [], [0, 1, 2]],
    [["a"], [], [], [0, 1, 2]],
    [["a", "b"], undefined, [], [0, 1, 2, 3]],
    [["a", "a"], undefined, [], [0, 1, 2]],
    [["a", "b", "c", "nowhere"], undefined, [], [0, 1, 2, 3, 4]],
    [["nowhere"], undefined, [], []],
    [[], undefined, [], []],
    [["a"], ["b"], [], [0, 1]],
    [["a"], ["b", "c"], [], [0]],
    [["a", "b"], ["c"], [], [0, 2, 3]],
    [["a"], ["a"], [], []],
    [["a"], ["nowhere"], [], [0, 1, 2]],
    [["a"], undefined, [1], [0, 2]],
    [["a", "b"], ["c"], [0, 4], [2, 3]],
  ];

  for (const [names, exceptRooms, except, found] of cases) {
    await t.step(JSON.stringify([names, exceptRooms, except]), () => {
      const leftOut = new Set(except.map((who) => all[who]!));
      const audience = { rooms: names, ...(exceptRooms === undefined ? {} : { exceptRooms }), except: leftOut };

      assertEquals([...rooms.receivers(audience)].map(({ who }) => who).sort(), found);
    });
  }
});

Deno.test("Rooms.receivers() makes nothing where it is a room as it is", () => {
  const rooms = new Rooms<Member>();
  for (const member of people(3)) rooms.join(member, "a");

  const first = rooms.receivers({ rooms: ["a"] });
  const second = rooms.receivers({ rooms: ["a"], exceptRooms: [], except: new Set<Member>() });

  assertStrictEquals(first, second);
});

Deno.test("Rooms keep both indexes in step with a plain model, whatever is done while lists are out", () => {
  const step = fc.record({
    act: fc.constantFrom("join", "join", "join", "leave", "leaveAll", "list"),
    who: fc.nat({ max: 5 }),
    name: fc.constantFrom("a", "b", "c", "__proto__"),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
    const rooms = new Rooms<Member>();
    const model = new Model();
    const all = people(6);
    const lent: [list: readonly Member[], then: readonly Member[]][] = [];

    for (const { act, who, name } of steps) {
      const member = all[who]!;
      if (act === "join") assertEquals(rooms.join(member, name), model.join(who, name));
      else if (act === "leave") assertEquals(rooms.leave(member, name), model.leave(who, name));
      else if (act === "leaveAll") assertEquals(rooms.leaveAll(member).length, model.leaveAll(who));
      else lent.push([rooms.list(name), [...rooms.list(name)]]);
      check(rooms, all, model);
    }

    for (const [list, then] of lent) assertEquals([...list], [...then]);
  }));
});

Deno.test("Rooms keep both indexes in step through a million joins and leaves in rooms of random size", () => {
  const STEPS = 1_000_000;
  // On a failure the seed is what fast-check shows as the counterexample.
  const property = fc.property(fc.integer(), (seed) => {
    const random = randomFrom(seed);
    const rooms = new Rooms<Member>();
    const model = new Model();
    const all = people(2_000);

    const recent: [who: number, name: string][] = [];
    let ended = 0;
    for (let i = 1; i <= STEPS; i++) {
      const dice = random();
      let who = Math.floor(random() * all.length);
      // Few rooms with very many members, many with one or two.
      let name = `room ${Math.floor(20_000 * random() ** 5)}`;
      if (dice < 0.5) {
        if (rooms.join(all[who]!, name) !== model.join(who, name)) throw new Error(`join ${i} of seed ${seed}`);
        recent[Math.floor(random() * 10_000)] = [who, name];
      } else if (dice < 0.9995) {
        [who, name] = recent[Math.floor(random() * recent.length)] ?? [who, name];
        if (rooms.leave(all[who]!, name) !== model.leave(who, name)) throw new Error(`leave ${i} of seed ${seed}`);
        if (!rooms.has(name)) ended++;
      } else {
        assertEquals(rooms.leaveAll(all[who]!).length, model.leaveAll(who), `leaveAll ${i} of seed ${seed}`);
      }
      if (dice > 0.99) rooms.list(name); // somebody may be in a loop over it
      if (i % (STEPS / 5) === 0) check(rooms, all, model);
    }
    const sizes = [...rooms.names()].map((each) => rooms.count(each));
    const small = sizes.filter((size) => size < 5).length;
    assert(
      Math.max(...sizes) > 500 && small > 500 && ended > 1_000,
      `seed ${seed}: ${Math.max(...sizes)} ${small} ${ended}`,
    );
    for (const member of all) rooms.leaveAll(member);

    assertEquals(
      [rooms.size, rooms.lent, all.some(({ places }) => places !== undefined)],
      [0, 0, false],
      `seed ${seed}`,
    );
  });

  fc.assert(property, { numRuns: 1, endOnFailure: true });
});
