/**
 * Group R of the hostile inputs, third part: wishes at the wrong time, by peers that are about to go or have not signed in (R12, R13).
 *
 * @module
 */

import { all, closed, type Expectation, fact } from "./harness/expectations.ts";
import { LEFT } from "./harness/frame_cases.ts";
import { endedLocally } from "./harness/frame_expectations.ts";
import { closeFrame, concat, textFrame } from "./harness/frames.ts";
import { exchange, type HostileCase, type Target } from "./harness/hostile_case.ts";
import { observed, offerManaged, openManaged, seen } from "./harness/observation.ts";
import type { RawPeer } from "./harness/raw_peer.ts";
import { enter, failed, gateOf, join, leave, ROOMS, textFrom, visits } from "./harness/room_cases.ts";
import { FAULT, MANAGED, message } from "./harness/wording.ts";

const CLOSING: readonly HostileCase[] = [
  {
    id: "R12am",
    title: "join behind the peer's own close, managed",
    ...ROOMS,
    script: async (target) => {
      using peer = await openManaged(target);
      await peer.write(concat(closeFrame(1000), textFrame(join(1, "watched/late"))));
      await peer.ended();
      return { frames: [], end: peer.end, facts: { ...await seen(target), visits: visits(target) } };
    },
    expect: all(fact("visits", []), LEFT),
  },
  {
    id: "R12bm",
    title: "connection lost while a rule decides, managed",
    ...ROOMS,
    script: async (target) => {
      const gate = gateOf(target);
      using peer = await openManaged(target);
      await peer.write(textFrame(join(1, `slow/${gate}/x`)));
      await target.event("room");
      peer.reset();
      await target.server.event(({ target: path, detail }) => path === target.path && detail["what"] === "aborted");
      await target.server.openGate(gate);
      const facts = await seen(target);
      const { rooms } = await target.server.settle(1, { deadlineMs: 1_000 });
      return { frames: [], end: peer.end, facts: { ...facts, visits: visits(target), rooms } };
    },
    expect: all(fact("visits", ["asked", "aborted"]), fact("rooms", 0), fact("errors", 0)),
  },
  ...[false, true].map((isManaged) =>
    observed(
      `R12c${isManaged ? "m" : "p"}`,
      `join by a handler that has closed the connection, ${isManaged ? "managed" : "plain"}`,
      [textFrame(message("close_and_enter", { id: 1, data: "watched/closed" }))],
      all(closed(4000), failed(0), endedLocally({ code: 4000, wasClean: true })),
      { ...ROOMS, isManaged, isProbed: false },
    )
  ),
  {
    id: "R12dm",
    title: "leave while a rule decides, and join again, managed",
    ...ROOMS,
    script: async (target) => {
      const gate = gateOf(target);
      const room = `slow/${gate}/x`;
      using peer = await openManaged(target);
      await peer.write(concat(textFrame(join(1, room)), textFrame(leave(2, room)), textFrame(join(3, room))));
      const texts = [await textFrom(peer), await textFrom(peer)];
      await target.server.openGate(gate);
      await peer.write(textFrame(message("mine", { id: 4 })));
      texts.push(await textFrom(peer), (await textFrom(peer)).replace(gate, "gate"));
      await peer.leave();
      return { frames: [], end: undefined, facts: { ...await seen(target), texts, visits: visits(target) } };
    },
    expect: all(
      fact("texts", [
        MANAGED.fault(1, FAULT.cancelled),
        MANAGED.reply(2, null),
        MANAGED.reply(3, null),
        MANAGED.reply(4, ["slow/gate/x"]),
      ]),
      fact("visits", ["asked", "aborted", "asked"]),
      LEFT,
    ),
  },
];

const SIGNED_IN = { configuration: "signed_in_rooms" } as const;
const NO_TOKEN = { headers: { "Authorization": null } } as const;

/** A managed peer that shows its token in its hello, with these messages right behind it. */
async function greeting(target: Target, token: string | undefined, texts: readonly string[]): Promise<RawPeer> {
  const peer = await target.open({ headers: { ...NO_TOKEN.headers, "Sec-WebSocket-Protocol": "switchboard.v1" } });
  await peer.write(concat(...[message("$hello", { token }), ...texts].map((text) => textFrame(text))));
  return peer;
}

/** The case of a managed peer that joins behind a hello whose token is judged later. */
function joiningUnjudged(id: string, title: string, isGood: boolean, expect: Expectation): HostileCase {
  return {
    id: `${id}m`,
    title: `${title}, managed`,
    ...SIGNED_IN,
    script: async (target) => {
      const gate = `${gateOf(target)}${isGood ? "!" : ""}`;
      using peer = await greeting(target, gate, [join(1, "watched/x")]);
      await target.server.openGate(gate);
      const texts: string[] = [];
      while (texts.length < (isGood ? 2 : 1)) texts.push(await textFrom(peer));
      if (isGood) await peer.leave();
      else await exchange(peer);
      // Of who was never let in, the application is told nothing.
      if (isGood) {
        await target.server.event(({ target: path, detail }) => path === target.path && detail["what"] === "left");
      }
      return { frames: [], end: undefined, facts: { texts: texts.map(withoutDetails), visits: visits(target) } };
    },
    expect,
  };
}

/** A welcome by its type alone. */
function withoutDetails(text: string): string {
  return text.startsWith('{"type":"$welcome"') ? "welcome" : text;
}

const BEFORE_SIGN_IN: readonly HostileCase[] = [
  {
    id: "R13am",
    title: "join before the hello, managed",
    ...ROOMS,
    script: async (target) => {
      using peer = await offerManaged(target);
      const { frames, end } = await exchange(peer, textFrame(join(1, "watched/x")));
      return { frames, end, facts: { events: target.events().length } };
    },
    expect: all(closed(4400), fact("events", 0)),
  },
  joiningUnjudged(
    "R13b",
    "join behind a hello with a bad token",
    false,
    all(
      fact("texts", ['{"type":"$refused","code":"unauthorized"}']),
      fact("visits", []),
    ),
  ),
  joiningUnjudged(
    "R13c",
    "join behind a hello with a good token",
    true,
    all(
      fact("texts", ["welcome", MANAGED.reply(1, null)]),
      fact("visits", ["asked", "joined", "left"]),
    ),
  ),
  {
    id: "R13dp",
    title: "message that enters a room in place of the sign-in, plain",
    ...SIGNED_IN,
    script: async (target) => {
      using peer = await target.open(NO_TOKEN);
      const { frames, end } = await exchange(peer, textFrame(enter(1, "watched/x")));
      return { frames, end, facts: { events: target.events().length } };
    },
    expect: all(closed(4401), fact("events", 0)),
  },
];

/** All wishes at the wrong time. */
export const GROUP_R_CLOSING: readonly HostileCase[] = [...CLOSING, ...BEFORE_SIGN_IN];
