/**
 * Group M of the hostile inputs, sixth part: middleware that misuses `next` around handlers of single types, and around the way in
 * (M56).
 *
 * @module
 */

import { all, closed, either, type Expectation, fact, refused } from "./harness/expectations.ts";
import { answered, endedLocally, heard, heardAndFailed } from "./harness/frame_expectations.ts";
import { textFrame, textOf } from "./harness/frames.ts";
import { exchange, type HostileCase, playRequest } from "./harness/hostile_case.ts";
import type { Step } from "./harness/observation.ts";
import { both, message, type Wording } from "./harness/wording.ts";

/** A middleware that misuses `next` around a handler of a type. The message has the id 1. */
function misuse(
  id: string,
  way: string,
  expect: (wording: Wording) => Expectation,
  ...then: readonly Step[]
): readonly HostileCase[] {
  return both(
    id,
    `middleware around a handler of a type: ${way}`,
    [message("handled", { id: 1, misuse: way, data: "d" })],
    expect,
    { configuration: "clumsy_middleware", then },
  );
}

const HANDLED = { type: "handled", size: 1, text: "d" };

const MIDDLEWARE: readonly HostileCase[] = [
  // The handler has answered already when the middleware fails, so there is no second answer.
  ...misuse("M56t", "next_twice", ({ reply }) => all(answered(reply(1, "d")), heardAndFailed(1, HANDLED))),
  ...misuse("M56u", "next_twice_in_turn", ({ reply }) => all(answered(reply(1, "d")), heardAndFailed(1, HANDLED))),
  ...misuse("M56v", "next_never", () => all(answered(), heard())),
  ...misuse(
    "M56w",
    "next_by_a_timer",
    () => all(answered(), heardAndFailed(1)),
    (_peer, target) => target.event("error"),
  ),
  ...misuse("M56x", "next_forgotten", ({ reply }) => all(answered(reply(1, "d")), heard(HANDLED))),
  ...both(
    "M56y",
    "middleware around a handler of a type: next_after_close",
    [message("handled", { id: 1, misuse: "next_after_close" })],
    () => all(closed(4000), heard({ type: "handled" }), endedLocally({ code: 4000, wasClean: true })),
    { configuration: "clumsy_middleware", isProbed: false, leaves: false },
  ),
];

/** A middleware of connections that does wrong. */
function atTheDoor(id: string, fault: string, plain: Expectation, managed: Expectation): readonly HostileCase[] {
  const target = (path: string) => ({ target: `${path}&fault=${fault}` });
  const base = { configuration: "clumsy_entrance" } as const;
  return [
    {
      id: `${id}p`,
      title: `middleware of connections: ${fault}, plain`,
      ...base,
      script: (to) => playRequest(to, target(to.path)),
      expect: all(plain),
    },
    {
      id: `${id}m`,
      title: `middleware of connections: ${fault}, managed`,
      ...base,
      script: async (to) => {
        const headers = { "Sec-WebSocket-Protocol": "switchboard.v1" };
        using peer = await to.connect();
        await peer.write(to.handshake({ ...target(to.path), headers }));
        const head = await peer.nextResponse();
        if (head?.status !== 101) return { head, frames: [], end: peer.end };
        const { frames, end } = await exchange(peer, textFrame('{"type":"$hello"}'));
        return { frames, end };
      },
      expect: managed,
    },
  ];
}

const FORBIDDEN = all(closed(4403), told('{"type":"$refused","code":"forbidden"}'));

const FAILED = either(refused(500), all(closed(1011)));

/** The first text that a peer gets. */
function told(text: string): Expectation {
  return {
    says: `first ${text}`,
    complaint: ({ frames }) => frames[0] !== undefined && textOf(frames[0]) === text ? undefined : "another text came",
  };
}

/** Let in: a managed peer is welcomed. The probe of a plain peer breaks its protocol then, and ends the connection. */
const LET_IN: Expectation = {
  says: "a welcome",
  complaint: ({ frames }) => textOf(frames[0]!).startsWith('{"type":"$welcome"') ? undefined : "no welcome came",
};

const PLAIN_LET_IN: Expectation = {
  says: "101, and served",
  complaint: ({ head, frames }) => head?.status === 101 && frames.length === 1 ? undefined : "it is not served",
};

const ENTRANCE: readonly HostileCase[] = [
  ...atTheDoor("M56ea", "never", refused(403), FORBIDDEN),
  ...atTheDoor("M56eb", "twice", refused(500), FAILED),
  ...atTheDoor("M56ec", "twice_in_turn", refused(500), FAILED),
  ...atTheDoor("M56ed", "by_a_timer", refused(403), FORBIDDEN),
  ...atTheDoor("M56ee", "forgotten", PLAIN_LET_IN, LET_IN),
  ...atTheDoor("M56ef", "forgotten_in_a_promise", PLAIN_LET_IN, LET_IN),
  ...atTheDoor("M56eg", "refuses_after_next", refused(403), FORBIDDEN),
  ...atTheDoor("M56eh", "throws", refused(500), FAILED),
  ...atTheDoor("M56ei", "throws_undefined", refused(500), FAILED),
  ...atTheDoor("M56ej", "rejects", refused(500), FAILED),
  ...atTheDoor("M56ek", "never_settles", refused([500, 503]), either(refused([500, 503]), closed([1011, 1013]))),
  ...atTheDoor("M56el", "answers_nonsense", refused([403, 500]), either(FORBIDDEN, FAILED)),
  ...atTheDoor("M56em", "answers_101", refused([403, 500]), either(FORBIDDEN, FAILED)),
  ...atTheDoor("M56en", "answers_headers", refused(503), all(closed(1013))),
  {
    id: "M56eo",
    title: "middleware of connections: next when the peer is gone",
    configuration: "clumsy_entrance",
    // The peer has broken off before the answer: the runtime may keep the socket (2.9.6).
    mayLeaveFiles: true,
    script: async (target) => {
      const path = `${target.path}&fault=after_the_end`;
      const gate = new URLSearchParams(path.slice(path.indexOf("?"))).get("case")!;
      const peer = await target.connect();
      await peer.write(target.handshake({ target: path }));
      await target.server.event(({ kind, target }) => kind === "check" && target === path);
      peer.reset();
      await target.server.openGate(gate);
      const { targets, unopened } = await target.server.settle(1, { deadlineMs: 3_000 });
      const events = target.server.events.filter(({ kind, target }) => kind !== "check" && target === path);
      return { frames: [], end: undefined, facts: { left: targets.length, unopened, events: events.length } };
    },
    expect: all(fact("left", 1), fact("unopened", 0), fact("events", 0)),
  },
];

/** All middleware that does wrong. */
export const GROUP_M_LAYERS: readonly HostileCase[] = [...MIDDLEWARE, ...ENTRANCE];
