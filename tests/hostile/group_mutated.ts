/**
 * Hostile inputs that nobody thought of: frames and messages with random damage, always the same for the same seed.
 *
 * @module
 */

import type { ConfigurationName } from "./harness/configurations.ts";
import { closed, either, ended, type Expectation, MANAGED_PROBE } from "./harness/expectations.ts";
import { served } from "./harness/frame_expectations.ts";
import { textFrame } from "./harness/frames.ts";
import { collect, type HostileCase, type ScriptCase } from "./harness/hostile_case.ts";
import { mutatedFrames, mutatedMembers, mutatedMessage } from "./harness/mutations.ts";
import { observed } from "./harness/observation.ts";
import { SessionPeer } from "./harness/session_peer.ts";

/** So many streams of each kind belong to the quick suite. */
const QUICK = 60;

/** Whatever the damage is, the server ends the connection once the peer has said that no more will come. */
function damagedFrames(seed: string): ScriptCase {
  return {
    id: `Zf-${seed}`,
    title: "damaged frames, then FIN",
    script: async (target) => {
      using peer = await target.open();
      await peer.write(mutatedFrames(seed));
      peer.finish();
      const { frames } = await collect(peer);
      await target.event("close");
      return { frames, end: peer.end };
    },
    expect: ended(),
  };
}

/** A damaged message is refused, or taken for another one, after which the connection is served. */
function damagedMessage(seed: string): ScriptCase {
  return observed(`Zm-${seed}`, "damaged message, managed", [textFrame(mutatedMessage(seed))], REFUSED_OR_SERVED, {
    isManaged: true,
  });
}

/** The same from a peer that has a session. */
function damagedInSession(seed: string): ScriptCase {
  return {
    id: `Zs-${seed}`,
    title: "damaged message in a session, managed",
    configuration: "resumable",
    script: async (target) => {
      const { peer } = await SessionPeer.open(target);
      using _peer = peer;
      await peer.write(textFrame(mutatedMessage(seed)));
      await peer.write(textFrame(MANAGED_PROBE));
      const { frames, end } = await collect(peer, undefined, MANAGED_PROBE);
      if (end === undefined) await peer.leave();
      return { frames, end };
    },
    expect: REFUSED_OR_SERVED,
  };
}

/** Servers that have something to do with rooms, tokens, answers and types. */
const BUSY: readonly ConfigurationName[] = ["rooms", "signed_in_rooms", "typed", "contract"];

/** Messages whose members are wrong, to servers that look at them: from managed peers and from plain ones. */
function wrongMembers(seed: string): readonly ScriptCase[] {
  const text = mutatedMembers(seed);
  return BUSY.flatMap((configuration, index) => [
    observed(
      `Zw${"abcd"[index]}m-${seed}`,
      `wrong members to "${configuration}", managed`,
      [
        textFrame(text),
      ],
      REFUSED_OR_SERVED,
      { configuration, isManaged: true },
    ),
    observed(
      `Zw${"abcd"[index]}p-${seed}`,
      `wrong members to "${configuration}", plain`,
      [
        ...(text.startsWith("[") ? JSON.parse(text) as unknown[] : [JSON.parse(text)]).map((one) =>
          textFrame(JSON.stringify(one))
        ),
      ],
      served(),
      { configuration },
    ),
  ]);
}

const REFUSED_OR_SERVED: Expectation = either(closed(4400), served());

/** Cases for seeds from `first` on. */
export function mutatedCases(first: number, count: number): readonly HostileCase[] {
  const seeds = Array.from({ length: count }, (_, index) => String(first + index));
  return [
    ...seeds.map(damagedFrames),
    ...seeds.map(damagedMessage),
    ...seeds.map(damagedInSession),
    ...seeds.flatMap(wrongMembers),
  ];
}

/** The mutated inputs of the quick suite. */
export const GROUP_MUTATED: readonly HostileCase[] = mutatedCases(1, QUICK);
