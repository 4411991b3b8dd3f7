/**
 * Group R of the hostile inputs, fourth part: messages to rooms that are not one's own, and names that look like patterns (R09 to R11, R15).
 *
 * @module
 */

import { all, either, fact } from "./harness/expectations.ts";
import { LEFT } from "./harness/frame_cases.ts";
import { answered, heard } from "./harness/frame_expectations.ts";
import { concat, textFrame, textOf } from "./harness/frames.ts";
import type { HostileCase } from "./harness/hostile_case.ts";
import { observed, openManaged, playObserved, seen } from "./harness/observation.ts";
import { failed, join, ROOMS, ROOMS_MANAGED } from "./harness/room_cases.ts";
import { both, FAULT, MANAGED, message } from "./harness/wording.ts";

/** A message to a room. */
function say(id: number | undefined, room: string, data = "vanadium"): string {
  return message("say", { id, room, data });
}

const POLICY: readonly HostileCase[] = [
  ...both(
    "R09a",
    "message to a room not joined",
    [say(1, "private/other"), say(undefined, "private/other"), say(2, "hooks/fine")],
    ({ fault, complaint }) =>
      all(
        answered(fault(1, FAULT.notJoined), ...complaint(FAULT.notJoined), fault(2, FAULT.notJoined)),
        heard(),
      ),
    ROOMS,
  ),
  ...both(
    "R09b",
    "message to a room that no pattern handles, which is a message like any other",
    [
      say(1, "nobody/knows"),
      say(2, "__proto__"),
      message("say", { id: 3, room: 7 }),
      message("say", { id: 4, room: {} }),
    ],
    // It goes to onMessage, which echoes.
    () =>
      all(
        answered(
          say(1, "nobody/knows"),
          say(2, "__proto__"),
          message("say", { id: 3, room: 7 }),
          message("say", { id: 4, room: {} }),
        ),
        failed(0),
      ),
    ROOMS,
  ),
  // A room that is not there must not mean everybody.
  ...[undefined, null, 7, [], {}, [7], ""].flatMap((room, index) =>
    both(
      `R09c${"abcdefg"[index]}`,
      `broadcast to the room ${JSON.stringify(room) ?? "undefined"}, by a handler that does not check it`,
      [message("publish_unchecked", { id: 1, data: { room, text: "x" } })],
      ({ reply, fault }) =>
        either(
          all(answered(fault(1, FAULT.internal)), failed(1)),
          all(answered(reply(1, { sent: 0, queued: 0, dropped: 0, merged: 0 })), failed(0)),
        ),
      ROOMS,
    )
  ),
  observed(
    "R10c",
    "join of another user's room, and a message to it, managed",
    [join(1, "private/other"), join(2, "private/"), join(3, "private/a/b"), say(4, "private/other")].map((text) =>
      textFrame(text)
    ),
    all(
      answered(
        MANAGED.fault(1, FAULT.forbidden),
        // These are not the rooms of a user: another pattern opens them.
        MANAGED.reply(2, null),
        MANAGED.reply(3, null),
        MANAGED.fault(4, FAULT.notJoined),
      ),
      heard(),
      LEFT,
    ),
    ROOMS_MANAGED,
  ),
  ...["throws", "rejects", "never_settles", "cycle", "bigint", "function"].map((way, index): HostileCase => ({
    id: `R15h${"abcdef"[index]}m`,
    title: `message to a room whose handler ${way}, and whose hooks fail, managed`,
    ...ROOMS,
    script: async (target) => {
      const texts = [join(1, `hooks/${way}`), say(2, `hooks/${way}`)];
      const outcome = await playObserved(target, texts.map((text) => textFrame(text)), { isManaged: true });
      const errors = () => target.events().filter(({ kind }) => kind === "error").length;
      // The hook for who leaves fails in a turn of its own.
      await target.server.event(() => errors() >= errorsOf(way));
      return { ...outcome, facts: { ...outcome.facts, errors: errors() } };
    },
    expect: all(
      answered(MANAGED.reply(1, null), MANAGED.fault(2, way === "never_settles" ? FAULT.timeout : FAULT.internal)),
      fact("errors", errorsOf(way)),
      LEFT,
    ),
  })),
];

/** The handler fails, and where it is code that fails, and not its result, so do the two hooks. */
function errorsOf(way: string): number {
  return ["throws", "rejects"].includes(way) ? 3 : 1;
}

const WILDCARDS: readonly HostileCase[] = ["a*", "a>", "a.b", "a b", "a\nb", "*"].map((name, index) => ({
  id: `R11m${"abcdef"[index]}`,
  title: `broadcast to the room ${JSON.stringify(name)} reaches nobody in rooms like it`,
  ...ROOMS,
  script: async (target) => {
    const others = ["ab", "a", "a/b", "a.c", "a c", "anything", ...["a*", "a>", "a.b", "a b", "a\nb", "*"]]
      .filter((other) => other !== name);
    const own = (room: string) => `${room}${target.path.slice(-8)}`;
    using inside = await openManaged(target);
    using outside = await openManaged(target);
    await inside.write(textFrame(join(1, own(name))));
    await inside.nextFrame();
    await outside.write(concat(...others.map((other, id) => textFrame(join(id, own(other))))));
    for (const _ of others) await outside.nextFrame();
    await outside.write(textFrame(message("publish", { id: "p", data: { room: own(name), text: "x" } })));
    const answer = await outside.nextFrame();
    const news = await inside.nextFrame();
    await outside.leave();
    await inside.leave();
    return {
      frames: [],
      end: undefined,
      facts: {
        ...await seen(target),
        answer: answer && textOf(answer),
        news: news && JSON.parse(textOf(news)).$room === own(name),
      },
    };
  },
  expect: all(
    fact("answer", MANAGED.reply("p", { sent: 1, queued: 0, dropped: 0, merged: 0 })),
    fact("news", true),
    failed(0),
    LEFT,
  ),
}));

/** All about who may say what to whom. */
export const GROUP_R_TRAFFIC: readonly HostileCase[] = [...POLICY, ...WILDCARDS];
