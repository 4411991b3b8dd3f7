/**
 * Group X of the hostile inputs, third part: clients that come back twice, too early, and die again while they are told what they
 * have missed (X09 to X15, X30).
 *
 * @module
 */

import { factAtMost } from "./harness/expectations.ts";
import type { HostileCase, Target } from "./harness/hostile_case.ts";
import { askMine, endSession, numbersIn, range, roomFor, told } from "./harness/session_cases.ts";
import { BRIEF_WINDOW_MS, KEPT, MAX_SUSPENDED } from "./harness/session_parts.ts";
import { SessionPeer } from "./harness/session_peer.ts";

const TIGHT = { configuration: "resumable_tight" } as const;
const MEBIBYTE = 1_048_576;

/** A client that is gone, and for whom so many messages were sent meanwhile. */
async function missing(target: Target, count: number): Promise<SessionPeer> {
  const owner = await SessionPeer.open(target);
  await owner.isServed();
  await owner.vanish(target);
  const other = await SessionPeer.open(target);
  await other.ask("give_to", { id: owner.welcome.id, count });
  await other.leave();
  return owner;
}

/** Comes back and reads so many messages: the peer, and the numbers in them. */
async function comeBack(target: Target, hello: object, count: number): Promise<{ peer: SessionPeer; came: number[] }> {
  const peer = await SessionPeer.open(target, hello);
  const messages = [];
  for (let read = 0; read < count; read++) {
    const message = await peer.next();
    if (message !== undefined) messages.push(message);
  }
  return { peer, came: numbersIn(messages, "given") };
}

const TWICE: readonly HostileCase[] = [
  told("X09a", "a session that two resume at once", async (target) => {
    const owner = await missing(target, 1);
    const two = await Promise.all([SessionPeer.open(target, owner.hello()), SessionPeer.open(target, owner.hello())]);
    const both = await Promise.all(two.map(async (peer) => ({
      resumed: peer.isWelcome && peer.welcome.resumed,
      isServed: await peer.isServed().catch(() => false),
      code: peer.closeCode,
      peer,
    })));
    const owners = both.filter(({ resumed, isServed }) => resumed && isServed);
    const others = both.filter((one) => !owners.includes(one));
    const losers = others.map(({ resumed, code }) => resumed ? code : "not resumed");
    await Promise.all(two.map((peer) => peer.leave()));
    return { owners: owners.length, isTold: losers.every((code) => code === 4409 || code === "not resumed") };
  }, { owners: 1, isTold: true }),
  told(
    "X09b",
    "a session that one after the other resumes: the later one has it, and nobody else hears anything",
    async (target) => {
      const owner = await missing(target, 0);
      const first = await SessionPeer.open(target, owner.hello());
      const second = await SessionPeer.open(target, owner.hello());
      const other = await SessionPeer.open(target);
      await other.ask("give_to", { id: owner.welcome.id, count: 3 });
      await other.leave();
      const toFirst = numbersIn(await first.until("given"), "given");
      const toSecond = numbersIn(
        [await second.next(), await second.next(), await second.next()].map((one) => one!),
        "given",
      );
      const facts = {
        resumed: [first.welcome.resumed, second.welcome.resumed],
        code: first.closeCode,
        toFirst,
        toSecond,
      };
      await Promise.all([first.leave(), second.leave()]);
      return facts;
    },
    { resumed: [true, true], code: 4409, toFirst: [], toSecond: range(1_001, 1_003) },
  ),
  told("X10", "a session that is resumed while its connection seems to be open", async (target) => {
    const room = roomFor(target);
    const owner = await SessionPeer.open(target);
    await owner.join(room);
    await owner.ask("count");
    owner.peer.pause(); // nobody reads there any more
    const { epoch, offset } = await positionIn(target, room);
    const back = await SessionPeer.open(target, owner.hello({ positions: { [room]: { epoch, offset } } }));
    const facts = {
      resumed: back.welcome.resumed,
      rooms: Object.keys(back.welcome.rooms).sort(),
      count: await back.ask("count"),
    };
    owner.peer.resume();
    while (await owner.next() !== undefined);
    await Promise.all([owner.leave(), back.leave()]);
    return { ...facts, rooms: facts.rooms.length, code: owner.closeCode };
  }, { resumed: true, count: 2, rooms: 2, code: 4409 }),
  told("X10b", "a session that ten take from one another", async (target) => {
    const peers = [await SessionPeer.open(target)];
    for (let taken = 0; taken < 10; taken++) peers.push(await SessionPeer.open(target, peers.at(-1)!.hello()));
    const last = peers.pop()!;
    const count = await last.ask("count");
    const codes = new Set<number | undefined>();
    for (const peer of peers) {
      while (await peer.next() !== undefined);
      codes.add(peer.closeCode);
      await peer.leave();
    }
    await last.leave();
    return { count, codes: [...codes] };
  }, { count: 1, codes: [4409] }),
];

/** Where a room stands: asked by one that goes at once. */
async function positionIn(target: Target, room: string): Promise<{ epoch: string; offset: number }> {
  const peer = await SessionPeer.open(target);
  const { epoch, offset } = await peer.join(room) as unknown as { epoch: string; offset: number };
  await peer.leave();
  return { epoch, offset };
}

const DYING: readonly HostileCase[] = [
  told("X11", "death before the first message that was missed", async (target) => {
    const owner = await missing(target, 10);
    const first = await SessionPeer.open(target, owner.hello());
    await first.vanish(target);
    const { peer, came } = await comeBack(target, owner.hello(), 10);
    await peer.leave();
    return { came };
  }, { came: range(1_001, 1_010) }),
  told("X12", "death in the middle of what was missed, again and again", async (target) => {
    let last = await missing(target, 12);
    const all: number[] = [];
    for (let round = 0; round < 4; round++) {
      const { peer, came } = await comeBack(target, last.hello(), 3);
      await peer.say({ type: "$ping" });
      await peer.vanish(target);
      all.push(...came);
      last = peer;
    }
    return { came: all, left: await endSession(target, last.hello()) };
  }, { came: range(1_001, 1_012), left: true }),
  told("X13", "death behind all that was missed, before it is acknowledged", async (target) => {
    const owner = await missing(target, 10);
    const first = await comeBack(target, owner.hello(), 10);
    await first.peer.vanish(target);
    const again = await comeBack(target, first.peer.hello(), 0);
    const more = numbersIn(await askMine(again.peer), "given");
    await again.peer.leave();
    return { came: first.came, more };
  }, { came: range(1_001, 1_010), more: [] }),
  told("X13b", "what was missed comes again to who does not say that it has it", async (target) => {
    const owner = await missing(target, 10);
    const first = await comeBack(target, owner.hello(), 10);
    await first.peer.vanish(target);
    const again = await comeBack(target, first.peer.hello({ received: owner.received }), 10);
    await again.peer.leave();
    return { first: first.came, again: again.came };
  }, { first: range(1_001, 1_010), again: range(1_001, 1_010) }),
];

/** How much is missed where it is more than the sockets of both ends take while nobody reads: 12 MB. */
const MUCH = { count: 600, size: 20_000 } as const;
/** How much is published at once meanwhile: less than may wait in a socket. */
const MORE = { count: 20, size: 2_000 } as const;

/** A member of a room that has missed much of it: its hello, and where it stands. */
async function behind(target: Target, room: string): Promise<object> {
  const owner = await SessionPeer.open(target);
  const { epoch, offset } = await owner.join(room) as unknown as { epoch: string; offset: number };
  await owner.isServed();
  await owner.vanish(target);
  const other = await SessionPeer.open(target);
  await other.ask("publish", { room, ...MUCH });
  await other.leave();
  return owner.hello({ positions: { [room]: { epoch, offset } } });
}

const MUCH_MISSED: readonly HostileCase[] = [
  told(
    "X14a",
    "more was missed in a room than may wait in the socket",
    async (target) => {
      const room = roomFor(target);
      const back = await SessionPeer.open(target, await behind(target, room));
      const came = [];
      for (let read = 0; read < MUCH.count; read++) came.push(await back.next());
      const numbers = numbersIn(came.flatMap((message) => message ?? []), "news");
      const facts = { isAll: numbers.join() === range(1, MUCH.count).join(), isServed: await back.isServed() };
      await back.leave();
      return facts;
    },
    { isAll: true, isServed: true },
    TIGHT,
  ),
  told(
    "X14b",
    "the same, and nobody reads for a moment",
    async (target) => {
      const room = roomFor(target);
      const hello = await behind(target, room);
      const back = await SessionPeer.open(target, hello);
      back.peer.pause();
      const other = await SessionPeer.open(target);
      // As much time as it takes to be served ten times.
      for (let round = 0; round < 10; round++) await other.isServed();
      await other.leave();
      back.peer.resume();
      const numbers: number[] = [];
      while (numbers.length < MUCH.count) {
        const message = await back.next();
        if (message === undefined) break;
        numbers.push(...numbersIn([message], "news"));
      }
      await back.leave();
      return { isAll: numbers.join() === range(1, MUCH.count).join(), code: back.closeCode };
    },
    { isAll: true, code: undefined },
    TIGHT,
  ),
  told(
    "X15",
    "what is published while one is told what was missed comes behind that",
    async (target) => {
      const room = roomFor(target);
      const hello = await behind(target, room);
      const other = await SessionPeer.open(target);
      const back = await SessionPeer.open(target, hello);
      back.peer.pause();
      await other.ask("publish", { room, ...MORE, first: MUCH.count + 1 });
      back.peer.resume();
      const numbers: number[] = [];
      while (numbers.length < MUCH.count + MORE.count) {
        const message = await back.next();
        if (message === undefined) break;
        numbers.push(...numbersIn([message], "news"));
      }
      await Promise.all([other.leave(), back.leave()]);
      return { isAll: numbers.join() === range(1, MUCH.count + MORE.count).join(), code: back.closeCode };
    },
    { isAll: true, code: undefined },
    TIGHT,
  ),
];

/** Many sessions that nobody ever comes back to. */
const ABANDONED = 1_000;
const SIDE_BY_SIDE = 50;

/** Lets so many sessions begin, fills them, and abandons them: how many are left when their time is over, and why they ended. */
async function abandon(
  target: Target,
  round: number,
): Promise<{ suspended: number; left: number; reasons: unknown[] }> {
  for (let gone = 0; gone < ABANDONED; gone += SIDE_BY_SIDE) {
    const peers = await Promise.all(range(1, SIDE_BY_SIDE).map(() => SessionPeer.open(target)));
    await Promise.all(peers.map((peer) => peer.say({ type: "give", data: { count: KEPT, size: 1_000 } })));
    await Promise.all(peers.map((peer) => peer.until("given")));
    for (const { peer } of peers) peer.reset();
  }
  await target.eventNumber("session", round * ABANDONED);
  const { suspended, targets } = await target.server.settle(1, { deadlineMs: BRIEF_WINDOW_MS + 2_000 });
  const ends = target.events().filter(({ kind }) => kind === "session").map(({ detail }) => detail["reason"]);
  return { suspended, left: targets.length, reasons: [...new Set(ends)] };
}

const NEVER_AGAIN: readonly HostileCase[] = [
  told(
    "X30",
    `${ABANDONED} sessions to which nobody comes back, and as many again`,
    async (target) => {
      const { reasons: _some, ...first } = await abandon(target, 1);
      // Only what grows on a warm heap is kept by somebody.
      const before = target.server.residentBytes() ?? 0;
      const { reasons, ...second } = await abandon(target, 2);
      const grownBytes = (target.server.residentBytes() ?? 0) - before;
      return { first, second, isExpired: reasons.includes("expired"), grownBytes };
    },
    { first: { suspended: 0, left: 1 }, second: { suspended: 0, left: 1 }, isExpired: true },
    { configuration: "resumable_briefly", runsAlone: true, also: factAtMost("grownBytes", 32 * MEBIBYTE) },
  ),
  told(
    "X30b",
    `no more than ${MAX_SUSPENDED} sessions of one address wait for their clients`,
    async (target) => {
      const peers = [];
      while (peers.length < MAX_SUSPENDED + 100) {
        peers.push(...await Promise.all(range(1, SIDE_BY_SIDE).map(() => SessionPeer.open(target))));
      }
      for (const { peer } of peers) peer.reset();
      await target.eventNumber("session", 100);
      const [first] = target.events().filter(({ kind }) => kind === "session");
      await target.eventNumber("session", MAX_SUSPENDED + 100);
      return { first: first?.detail["reason"] };
    },
    { first: "evicted" },
    { configuration: "resumable_briefly", runsAlone: true },
  ),
];

/** Lives of sessions. */
export const GROUP_X_LIVES: readonly HostileCase[] = [...TWICE, ...DYING, ...MUCH_MISSED, ...NEVER_AGAIN];
