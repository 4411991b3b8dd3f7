/**
 * Group X of the hostile inputs, second part: positions in logs that are ahead, too old, or of another log, and hellos whose members
 * are no such thing (X05 to X08).
 *
 * @module
 */

import { all, closed, fact, factAtMost } from "./harness/expectations.ts";
import { textFrame } from "./harness/frames.ts";
import { collect, type HostileCase, type ScriptCase, type Target } from "./harness/hostile_case.ts";
import { offerManaged } from "./harness/observation.ts";
import { askMine, endSession, numbersIn, range, roomFor, told } from "./harness/session_cases.ts";
import { KEPT } from "./harness/session_parts.ts";
import { type Position, SessionPeer } from "./harness/session_peer.ts";

/** An epoch of no log. */
const ELSEWHERE = "k3f9x2a1";

/** What becomes of the position that a client gives for a room in which five messages were published before it was gone. */
async function positioned(
  target: Target,
  change: (position: { epoch: string; offset: number }) => object,
): Promise<Record<string, unknown>> {
  const room = roomFor(target);
  const owner = await SessionPeer.open(target);
  const { epoch } = await owner.join(room) as unknown as Position;
  await owner.ask("publish", { room, count: 5 });
  await owner.vanish(target);
  const back = await SessionPeer.open(target, owner.hello({ positions: { [room]: change({ epoch, offset: 5 }) } }));
  const { recovered, reason = null, offset } = back.welcome.rooms[room]!;
  await back.say({ type: "mine", id: "mine" });
  const came = numbersIn(await back.until("$reply", "mine"), "news");
  await back.leave();
  return { resumed: back.welcome.resumed, recovered, reason, offset, came };
}

const POSITIONS: readonly HostileCase[] = [
  told(
    "X05a",
    "a position ahead of the log",
    (target) => positioned(target, (position) => ({ ...position, offset: 1_000 })),
    { resumed: true, recovered: false, reason: "ahead", offset: 5, came: [] },
  ),
  told(
    "X05b",
    "a position as far as a number can be ahead of the log",
    (target) => positioned(target, (position) => ({ ...position, offset: Number.MAX_SAFE_INTEGER })),
    { resumed: true, recovered: false, reason: "ahead", offset: 5, came: [] },
  ),
  told("X05c", "more received than was ever sent", async (target) => {
    const owner = await SessionPeer.open(target);
    await owner.ask("give", { count: 3 });
    await owner.vanish(target);
    using liar = await SessionPeer.open(target, owner.hello({ received: 1_000 }));
    return {
      isWelcome: liar.isWelcome && liar.welcome.resumed,
      code: liar.closeCode,
      left: await endSession(target, owner.hello()),
    };
  }, { isWelcome: false, code: 4400, left: true }),
  told("X05d", "next messages as far as a number can be ahead", async (target) => {
    const owner = await SessionPeer.open(target, { stream: target.path });
    await owner.ask("count");
    await owner.vanish(target);
    const back = await SessionPeer.open(
      target,
      owner.hello({ stream: target.path, next: Number.MAX_SAFE_INTEGER - 1 }),
    );
    const isServed = await back.isServed();
    await back.leave();
    return { isServed };
  }, { isServed: true }),
  told("X05e", "first messages as far as a number can be ahead", async (target) => {
    const peer = await SessionPeer.open(target, { stream: target.path, next: Number.MAX_SAFE_INTEGER });
    const facts = { count: await peer.ask("count"), again: await peer.ask("count") };
    await peer.leave();
    return { isServed: facts.count === 1 };
  }, { isServed: true }),
  told(
    "X07a",
    "a position that the log does not reach any more",
    async (target) => {
      const room = roomFor(target);
      const owner = await SessionPeer.open(target);
      const { epoch } = await owner.join(room) as unknown as Position;
      await owner.ask("publish", { room, count: 2 });
      await owner.vanish(target);
      const other = await SessionPeer.open(target);
      await other.join(room);
      await other.ask("publish", { room, count: KEPT + 1, first: 3 });
      await other.leave();
      const back = await SessionPeer.open(target, owner.hello({ positions: { [room]: { epoch, offset: 2 } } }));
      const { recovered, reason, offset } = back.welcome.rooms[room]!;
      const came = numbersIn(await askMine(back), "news");
      await back.leave();
      return { resumed: back.welcome.resumed, recovered, reason, offset, came };
    },
    { resumed: true, recovered: false, reason: "too_old", offset: KEPT + 3, came: [] },
  ),
  told("X07b", "a position that the log just reaches", async (target) => {
    const room = roomFor(target);
    const owner = await SessionPeer.open(target);
    const { epoch } = await owner.join(room) as unknown as Position;
    await owner.ask("publish", { room, count: KEPT + 2 });
    await owner.vanish(target);
    const back = await SessionPeer.open(target, owner.hello({ positions: { [room]: { epoch, offset: 2 } } }));
    const { recovered, offset } = back.welcome.rooms[room]!;
    const came = numbersIn(await askMine(back), "news");
    await back.leave();
    return { recovered, offset, came };
  }, { recovered: true, offset: 2, came: range(3, KEPT + 2) }),
  told("X07c", "more messages for the client alone than are kept", async (target) => {
    const owner = await SessionPeer.open(target);
    await owner.ask("give", { count: 5 });
    const { received } = owner;
    await owner.ask("give", { count: 2 * KEPT });
    await owner.vanish(target);
    const back = await SessionPeer.open(target, owner.hello({ received }));
    const { resumed, next } = back.welcome;
    const came = numbersIn(await askMine(back), "given");
    await back.leave();
    // Behind the last one stands an answer, which is counted, too.
    return { resumed, isAbove: next! > received + 1, came };
  }, { resumed: true, isAbove: true, came: range(KEPT + 5 + 2, 2 * KEPT + 5) }),
  told("X07d", "more bytes for the client alone than are kept", async (target) => {
    const owner = await SessionPeer.open(target);
    await owner.ask("give", { count: 1 });
    const { received } = owner;
    await owner.ask("give", { count: 8, size: 60_000 });
    await owner.vanish(target);
    const back = await SessionPeer.open(target, owner.hello({ received }));
    const { resumed, next } = back.welcome;
    const came = numbersIn(await askMine(back), "given");
    await back.leave();
    return { resumed, isAbove: next! > received + 1, came };
  }, { resumed: true, isAbove: true, came: range(6, 9) }),
  told(
    "X08a",
    "a position in another epoch",
    (target) => positioned(target, ({ offset }) => ({ epoch: ELSEWHERE, offset })),
    { resumed: true, recovered: false, reason: "new_epoch", offset: 5, came: [] },
  ),
  told("X08b", "positions in another epoch without a session", async (target) => {
    const room = roomFor(target);
    const position = { epoch: ELSEWHERE, offset: 3 };
    const peer = await SessionPeer.open(target, { positions: { "$all": position, [room]: position } });
    const { recovered: all, reason: allWhy } = peer.welcome.rooms["$all"]!;
    const rooms = Object.keys(peer.welcome.rooms);
    const { recovered, reason } = await peer.join(room, position);
    await peer.leave();
    return { rooms, all, allWhy, recovered, reason };
  }, { rooms: ["$all"], all: false, allWhy: "new_epoch", recovered: false, reason: "new_epoch" }),
  told("X08c", "positions of a thousand rooms in which it is not", async (target) => {
    const positions = Object.fromEntries(range(1, 1_023).map((n) => [`room ${n}`, { epoch: ELSEWHERE, offset: n }]));
    const peer = await SessionPeer.open(target, { positions });
    const rooms = Object.keys(peer.welcome.rooms);
    await peer.leave();
    return { rooms };
  }, { rooms: ["$all"] }),
];

const DENIED: HostileCase = told(
  "X08d",
  "a session in a room whose rule says no by now",
  async (target) => {
    const room = roomFor(target, "fickle");
    const owner = await SessionPeer.open(target);
    const { epoch, offset } = await owner.join(room) as unknown as Position;
    await owner.ask("deny");
    await owner.vanish(target);
    const other = await SessionPeer.open(target);
    await other.ask("publish", { room, count: 3 });
    const back = await SessionPeer.open(target, owner.hello({ positions: { [room]: { epoch, offset } } }));
    const rooms = Object.keys(back.welcome.rooms);
    const came = await askMine(back);
    await Promise.all([other.leave(), back.leave()]);
    const left = came.filter(({ type }) => type === "$left").map(({ room: name, code }) => [name === room, code]);
    return { resumed: back.welcome.resumed, rooms, left, news: numbersIn(came, "news"), mine: came.at(-1)?.["data"] };
  },
  { resumed: true, rooms: ["$all"], left: [[true, "forbidden"]], news: [], mine: [] },
);

/** How often a log is asked for at once. */
const ASKED = 5_000;
const MEBIBYTE = 1_048_576;

const HISTORIES: readonly HostileCase[] = [
  told("X05f", "logs that it may not read, or that there are not", async (target) => {
    const peer = await SessionPeer.open(target);
    const answers = [];
    for (const [id, room] of ["nowhere", "$all", "$inbox", "", "__proto__", "x".repeat(10_000)].entries()) {
      await peer.say({ type: "$history", id, room });
      const answer = await peer.answerTo(id);
      answers.push(typeof answer === "object" ? "the log" : answer);
    }
    await peer.leave();
    return { answers };
  }, { answers: ["not_joined", "the log", "not_joined", "not_joined", "not_joined", "not_joined"] }),
  told("X05g", "more of a log than there is", async (target) => {
    const room = roomFor(target);
    const peer = await SessionPeer.open(target);
    await peer.join(room);
    await peer.ask("publish", { room, count: 2 * KEPT });
    await peer.say({ type: "$history", id: "h", room, limit: Number.MAX_SAFE_INTEGER });
    const { messages, offset } = await peer.answerTo("h") as { messages: { offset: number }[]; offset: number };
    await peer.leave();
    return { offsets: messages.map((message) => message.offset), offset };
  }, { offsets: range(KEPT + 1, 2 * KEPT), offset: 2 * KEPT }),
  told(
    "X05h",
    `a large log, ${ASKED} times at once, by who does not read`,
    async (target) => {
      const room = roomFor(target);
      const peer = await SessionPeer.open(target);
      await peer.join(room);
      await peer.ask("publish", { room, count: KEPT, size: 3_000 });
      const before = target.server.residentBytes() ?? 0;
      peer.peer.pause();
      await peer.sayTogether(range(1, ASKED).map((id) => ({ type: "$history", id, room })));
      const other = await SessionPeer.open(target);
      for (let round = 0; round < 20; round++) await other.isServed();
      const grownBytes = (target.server.residentBytes() ?? 0) - before;
      await other.leave();
      peer.peer.reset();
      await target.eventNumber("close", 2);
      await endSession(target, peer.hello());
      return { grownBytes };
    },
    {},
    { runsAlone: true, also: factAtMost("grownBytes", 64 * MEBIBYTE) },
  ),
];

/** A hello with members that are no such thing. */
function badHello(id: string, members: string): ScriptCase {
  return {
    id,
    title: `hello with ${members.slice(0, 60)}, managed`,
    configuration: "resumable",
    script: async (target) => {
      using peer = await offerManaged(target);
      await peer.write(textFrame(`{"type":"$hello","features":["resume"],${members}}`));
      const { frames, end } = await collect(peer);
      return { frames, end, facts: { events: target.events().length } };
    },
    expect: all(closed(4400), fact("events", 0)),
  };
}

const NO_NUMBERS = ["-1", "1.5", '"5"', "9007199254740993", "1e400", "null", "[]", "{}", "true"];
const BAD_POSITIONS = [
  ...["[]", "null", '"x"', "5", '{"a":5}', '{"a":null}', '{"a":{}}', '{"a":{"epoch":"e"}}', '{"a":{"offset":1}}'],
  ...['{"a":{"epoch":5,"offset":1}}', `{"a":{"epoch":"${"e".repeat(65)}","offset":1}}`],
  ...NO_NUMBERS.map((number) => `{"a":{"epoch":"e","offset":${number}}}`),
  `{${range(1, 1_025).map((n) => `"${n}":{"epoch":"e","offset":1}`).join(",")}}`,
];
const BAD_MEMBERS = [
  ...NO_NUMBERS.map((number) => `"received":${number}`),
  ...["0", ...NO_NUMBERS].map((number) => `"next":${number}`),
  ...BAD_POSITIONS.map((positions) => `"positions":${positions}`),
  ...["null", "[]", "{}", '"x"', "5", '{"id":"x"}', '{"secret":"x"}', '{"id":1,"secret":"x"}', '{"id":"x","secret":[]}']
    .map((resume) => `"resume":${resume}`),
  ...["null", "5", "[]", `"${"s".repeat(65)}"`].map((stream) => `"stream":${stream}`),
  ...["null", "5", '"resume"', "[5]", `[${new Array(33).fill('"x"').join(",")}]`].map((list) => `"features":${list}`),
];

const NUMBERS: readonly HostileCase[] = BAD_MEMBERS.map((members, index) => badHello(`X06-${index + 1}`, members));

/** Positions and members. */
export const GROUP_X_POSITIONS: readonly HostileCase[] = [...POSITIONS, DENIED, ...HISTORIES, ...NUMBERS];
