/**
 * Group R of the hostile inputs, second part: more rooms than there may be, and more often (R05, R06, R14).
 *
 * @module
 */

import { all, type Expectation, fact } from "./harness/expectations.ts";
import { LEFT } from "./harness/frame_cases.ts";
import { concat, textFrame, textOf } from "./harness/frames.ts";
import type { HostileCase, Target } from "./harness/hostile_case.ts";
import { openManaged, seen } from "./harness/observation.ts";
import { bundled, enter, failed, gateOf, join, leave, ROOMS, tally } from "./harness/room_cases.ts";
import { message } from "./harness/wording.ts";

/** `maxRoomsPerConnection` by default. */
const MAX_ROOMS = 100;

/** Sends many messages at once, and tells what came back, and what is left of it on the server. */
async function flood(
  target: Target,
  isManaged: boolean,
  texts: readonly string[],
  room: string,
): Promise<Readonly<Record<string, unknown>>> {
  using peer = isManaged ? await openManaged(target) : await target.open();
  await peer.write(isManaged ? bundled(texts) : concat(...texts.map((text) => textFrame(text))));
  const answers = await tally(peer, texts.length);
  await peer.write(concat(
    textFrame(message("mine", { id: "mine" })),
    textFrame(message("look", { id: "look", data: room })),
  ));
  const mine = JSON.parse(textOf((await peer.nextFrame())!)) as { data: string[] };
  const look = JSON.parse(textOf((await peer.nextFrame())!)) as { data: unknown };
  await peer.leave();
  return { ...await seen(target), answers, mine: mine.data.length, look: look.data };
}

function flooding(
  id: string,
  title: string,
  isManaged: boolean,
  texts: readonly string[],
  room: string,
  expect: Expectation,
): HostileCase {
  return {
    id: `${id}${isManaged ? "m" : "p"}`,
    title: `${title}, ${isManaged ? "managed" : "plain"}`,
    ...ROOMS,
    runsAlone: true, // the number of rooms on the server is looked at
    script: async (target) => ({ frames: [], end: undefined, facts: await flood(target, isManaged, texts, room) }),
    expect: all(expect, LEFT),
  };
}

const MANY = numbers(10_000);
const OFTEN = numbers(1_000);
const IN_AND_OUT = { rooms: 0, exists: false, members: 0 };
const STILL_THERE = { rooms: 1, exists: true, members: 1 };

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

const NUMBERS: readonly HostileCase[] = [
  flooding(
    "R05a",
    "10,000 rooms",
    true,
    MANY.map((id) => join(id, `room ${id}`)),
    "room 99",
    all(
      fact("answers", { $reply: MAX_ROOMS, too_many_rooms: MANY.length - MAX_ROOMS }),
      fact("mine", MAX_ROOMS),
      fact("look", { rooms: MAX_ROOMS, exists: true, members: 1 }),
      failed(0),
    ),
  ),
  flooding(
    "R05a",
    "1,000 rooms",
    false,
    OFTEN.map((id) => enter(id, `room ${id}`)),
    "room 99",
    all(
      fact("answers", { reply: MAX_ROOMS, internal_error: OFTEN.length - MAX_ROOMS }),
      fact("mine", MAX_ROOMS),
      fact("look", { rooms: MAX_ROOMS, exists: true, members: 1 }),
      failed(OFTEN.length - MAX_ROOMS),
    ),
  ),
  flooding(
    "R06",
    "the same room 1,000 times",
    true,
    OFTEN.map((id) => join(id, "same")),
    "same",
    all(fact("answers", { $reply: OFTEN.length }), fact("mine", 1), fact("look", STILL_THERE)),
  ),
  flooding(
    "R06",
    "the same room 1,000 times",
    false,
    OFTEN.map((id) => enter(id, "same")),
    "same",
    all(fact("answers", { reply: OFTEN.length }), fact("mine", 1), fact("look", STILL_THERE)),
  ),
  flooding(
    "R14",
    "1,000 rooms joined and left",
    true,
    OFTEN.flatMap((id) => [join(`in ${id}`, `room ${id}`), leave(`out ${id}`, `room ${id}`)]),
    "room 1",
    all(fact("answers", { $reply: 2 * OFTEN.length }), fact("mine", 0), fact("look", IN_AND_OUT)),
  ),
  flooding(
    "R14",
    "1,000 rooms joined and left",
    false,
    OFTEN.flatMap((id) => [enter(id, `room ${id}`), enter(id, `room ${id}`, "exit")]),
    "room 1",
    all(fact("answers", { reply: 2 * OFTEN.length }), fact("mine", 0), fact("look", IN_AND_OUT)),
  ),
];

/** Wishes that wait for their rules. */
const UNDECIDED: HostileCase = {
  id: "R12em",
  title: "1,000 joins while rules decide, managed",
  ...ROOMS,
  runsAlone: true,
  script: async (target) => {
    const gate = gateOf(target);
    using peer = await openManaged(target);
    await peer.write(bundled(OFTEN.map((id) => join(id, `slow/${gate}/${id}`))));
    // Those beyond what one connection may be in are refused without a question.
    const refused = await tally(peer, OFTEN.length - MAX_ROOMS);
    await target.server.openGate(gate);
    const admitted = await tally(peer, MAX_ROOMS);
    await peer.leave();
    return { frames: [], end: undefined, facts: { ...await seen(target), refused, admitted } };
  },
  expect: all(
    fact("refused", { too_many_rooms: OFTEN.length - MAX_ROOMS }),
    fact("admitted", { $reply: MAX_ROOMS }),
    failed(0),
    LEFT,
  ),
};

/** Wishes at once that a peer may have by default, and as many again as come back while a slow machine is at it. */
const MAX_WISHES = 2 * MAX_ROOMS;

/** Wishes under the limit that a server has by default. */
const TOO_OFTEN: HostileCase = {
  id: "R06lm",
  title: "the same room 1,000 times, under the limit on wishes, managed",
  configuration: "few_joins",
  runsAlone: true,
  script: async (target) => {
    using peer = await openManaged(target);
    await peer.write(bundled(OFTEN.map((id) => join(id, "same"))));
    const { $reply = 0, rate_limited = 0, ...others } = await tally(peer, OFTEN.length);
    await peer.leave();
    const isBounded = $reply >= MAX_WISHES && $reply < 2 * MAX_WISHES;
    return {
      frames: [],
      end: undefined,
      facts: { ...await seen(target), isBounded, answers: $reply + rate_limited, others },
    };
  },
  expect: all(fact("isBounded", true), fact("answers", OFTEN.length), fact("others", {}), failed(0), LEFT),
};

/** All floods of wishes. */
export const GROUP_R_FLOODS: readonly HostileCase[] = [...NUMBERS, UNDECIDED, TOO_OFTEN];
