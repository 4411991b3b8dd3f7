/**
 * Group X of the hostile inputs, fourth part: acknowledgements, and messages that come again (X16 to X22).
 *
 * @module
 */

import { factAtMost } from "./harness/expectations.ts";
import type { HostileCase } from "./harness/hostile_case.ts";
import { askMine, endSession, numbersIn, range, told } from "./harness/session_cases.ts";
import { KEPT } from "./harness/session_parts.ts";
import { SessionPeer } from "./harness/session_peer.ts";

const MEBIBYTE = 1_048_576;
/** So many answers of a session are kept. */
const MAX_ANSWERS = 256;
/** What a flood is made of. */
const FLOOD = 100_000;
const NEVER_ACKNOWLEDGED = 20_000;

const ack = (n: unknown) => ({ type: "$ack", n });

const ACKNOWLEDGEMENTS: readonly HostileCase[] = [
  ...[1_000, Number.MAX_SAFE_INTEGER].map((n, index) =>
    told(`X16${"ab"[index]}`, "an acknowledgement of what was not sent yet", async (target) => {
      using peer = await SessionPeer.open(target);
      await peer.ask("give", { count: 3 });
      await peer.say(ack(n));
      return { isServed: await peer.isServed(), code: peer.closeCode, left: await endSession(target, peer.hello()) };
    }, { isServed: false, code: 4400, left: false })
  ),
  told("X17", "acknowledgements that go back", async (target) => {
    const peer = await SessionPeer.open(target);
    await peer.ask("give", { count: 5 });
    await peer.say(ack(5), ack(2), ack(0), ack(5), ack(1));
    const isServed = await peer.isServed();
    await peer.vanish(target);
    const back = await SessionPeer.open(target, peer.hello({ received: 5 }));
    const facts = { isServed, next: back.welcome.next };
    await back.leave();
    return facts;
  }, { isServed: true, next: 6 }),
  told("X17b", "a hello that has received less than was acknowledged", async (target) => {
    const peer = await SessionPeer.open(target);
    await peer.ask("give", { count: 5 });
    await peer.say(ack(5));
    await peer.isServed();
    await peer.vanish(target);
    const back = await SessionPeer.open(target, peer.hello({ received: 2 }));
    const facts = { resumed: back.welcome.resumed, isAbove: back.welcome.next! > 5, isServed: await back.isServed() };
    await back.leave();
    return facts;
  }, { resumed: true, isAbove: true, isServed: true }),
  told(
    "X18",
    `${NEVER_ACKNOWLEDGED} messages that the client never acknowledges`,
    async (target) => {
      const before = target.server.residentBytes() ?? 0;
      const peer = await SessionPeer.open(target);
      await peer.ask("give", { count: NEVER_ACKNOWLEDGED / 2, size: 500 });
      const { received } = peer;
      await peer.ask("give", { count: NEVER_ACKNOWLEDGED / 2, size: 500 });
      const grownBytes = (target.server.residentBytes() ?? 0) - before;
      await peer.vanish(target);
      const back = await SessionPeer.open(target, peer.hello({ received }));
      const { resumed, next } = back.welcome;
      const came = numbersIn(await askMine(back), "given");
      await back.leave();
      return { resumed, isAbove: next! > received + 1, came: came.length, last: came.at(-1), grownBytes };
    },
    // One of those that are kept is the answer.
    { resumed: true, isAbove: true, came: KEPT - 1, last: NEVER_ACKNOWLEDGED },
    { runsAlone: true, also: factAtMost("grownBytes", 48 * MEBIBYTE) },
  ),
  told(
    "X19a",
    `${FLOOD} acknowledgements`,
    async (target) => {
      const before = target.server.residentBytes() ?? 0;
      const peer = await SessionPeer.open(target);
      await peer.ask("give", { count: 3 });
      await peer.sayTogether(range(1, FLOOD).map((n) => ack(n % 4)));
      const isServed = await peer.isServed();
      const grownBytes = (target.server.residentBytes() ?? 0) - before;
      await peer.leave();
      return { isServed, code: peer.closeCode, grownBytes };
    },
    { isServed: true, code: undefined },
    { runsAlone: true, also: factAtMost("grownBytes", 64 * MEBIBYTE) },
  ),
  told(
    "X19b",
    `${FLOOD / 10} messages for each of which an acknowledgement is wanted`,
    async (target) => {
      const peer = await SessionPeer.open(target);
      for (let sent = 0; sent < FLOOD / 10; sent += 100) {
        await peer.say(...range(1, 100).map(() => ({ type: "count", "$ack": true })));
        await peer.isServed();
      }
      const count = await peer.ask("count");
      await peer.leave();
      return { count };
    },
    { count: FLOOD / 10 + 1 },
    { runsAlone: true },
  ),
];

const AGAIN: readonly HostileCase[] = [
  told("X20a", "a request that comes again after a resume, as the answer was lost", async (target) => {
    const stream = crypto.randomUUID();
    const peer = await SessionPeer.open(target, { stream });
    const first = await peer.ask("count", { a: 1 }, "q1");
    await peer.vanish(target);
    const back = await SessionPeer.open(target, peer.hello({ stream, next: 2, received: 0 }));
    const kept = await back.answerTo("q1");
    const again = await back.ask("count", { a: 1 }, "q1");
    const next = await back.ask("count", { a: 1 }, "q2");
    await back.leave();
    return { first, kept, again, next };
  }, { first: 1, kept: 1, again: 1, next: 2 }),
  told("X20b", "a message that comes again although the server says that it has it", async (target) => {
    const stream = crypto.randomUUID();
    const peer = await SessionPeer.open(target, { stream });
    await peer.ask("count", undefined, "q1");
    await peer.vanish(target);
    const back = await SessionPeer.open(target, peer.hello({ stream, next: 1, received: 0 }));
    const { received } = back.welcome;
    // It does not heed `received`: what it sends is number 2 for the server, and has the id of number 1.
    await back.answerTo("q1");
    const again = await back.ask("count", undefined, "q1");
    await back.leave();
    return { received, again };
  }, { received: 1, again: 1 }),
  told("X20c", "the same request a hundred times at once", async (target) => {
    const peer = await SessionPeer.open(target);
    await peer.sayTogether(range(1, 100).map(() => ({ type: "count", id: "q1" })));
    const first = await peer.answerTo("q1");
    const next = await peer.ask("count", undefined, "q2");
    await peer.leave();
    return { first, next };
  }, { first: 1, next: 2 }),
  told("X20d", "the same request in a session of its own", async (target) => {
    const [one, other] = await Promise.all([SessionPeer.open(target), SessionPeer.open(target)]);
    const facts = { one: await one.ask("count", undefined, "q1"), other: await other.ask("count", undefined, "q1") };
    await Promise.all([one.leave(), other.leave()]);
    return facts;
  }, { one: 1, other: 1 }),
  ...[
    { type: "count", data: { a: 2 } },
    { type: "mine", data: { a: 1 } },
    { type: "count", data: { a: 1 }, room: "r" },
    { type: "count" },
  ].map((different, index) =>
    told(`X21${"abcd"[index]}`, "the id of a request before, and another request", async (target) => {
      const peer = await SessionPeer.open(target);
      const first = await peer.ask("count", { a: 1 }, 7);
      await peer.say({ ...different, id: 7 });
      const second = await peer.answerTo(7);
      const next = await peer.ask("count");
      await peer.leave();
      return { first, second, next };
    }, { first: 1, second: "id_reused", next: 2 })
  ),
  told(
    "X22",
    "more requests than answers are kept",
    async (target) => {
      const peer = await SessionPeer.open(target);
      for (const id of range(1, MAX_ANSWERS + 10)) await peer.ask("count", undefined, id);
      const facts = {
        // Still there, the answer of then; not any more, handled anew.
        kept: await peer.ask("count", undefined, MAX_ANSWERS),
        forgotten: await peer.ask("count", undefined, 1),
      };
      await peer.leave();
      return facts;
    },
    { kept: MAX_ANSWERS, forgotten: MAX_ANSWERS + 11 },
  ),
  told("X22b", "answers that were acknowledged are not kept", async (target) => {
    const peer = await SessionPeer.open(target);
    await peer.ask("count", undefined, "q1");
    await peer.say(ack(1));
    const again = await peer.ask("count", undefined, "q1");
    await peer.leave();
    return { again };
  }, { again: 2 }),
  told(
    "X22c",
    "large answers of a thousand requests",
    async (target) => {
      const before = target.server.residentBytes() ?? 0;
      const peer = await SessionPeer.open(target);
      const id = (n: number) => `${n} ${"x".repeat(120)}`;
      for (let first = 1; first <= 1_000; first += 100) {
        await peer.sayTogether(
          range(first, first + 99).map((n) => ({ type: "count", id: id(n), data: "y".repeat(5_000) })),
        );
        await peer.answerTo(id(first + 99));
      }
      const grownBytes = (target.server.residentBytes() ?? 0) - before;
      await peer.leave();
      return { code: peer.closeCode, grownBytes };
    },
    { code: undefined },
    { runsAlone: true, also: factAtMost("grownBytes", 48 * MEBIBYTE) },
  ),
];

/** Acknowledgements and messages that come again. */
export const GROUP_X_MESSAGES: readonly HostileCase[] = [...ACKNOWLEDGEMENTS, ...AGAIN];
