/**
 * Group L of the hostile inputs, second part: crowds of peers, who take all places, or come and go (L11 to L16).
 *
 * On the native transport TCP connections without a request, and requests that never end, are never ended. They take no place.
 *
 * @module
 */

import { Crowd } from "./harness/crowd.ts";
import { all, closed, fact, refused, upgraded } from "./harness/expectations.ts";
import type { Expected } from "./harness/frame_cases.ts";
import { received } from "./harness/frame_expectations.ts";
import { textFrame } from "./harness/frames.ts";
import { exchange, type HostileCase, playRequest, type ScriptCase, type Target } from "./harness/hostile_case.ts";
import { offerManaged } from "./harness/observation.ts";
import type { Outcome } from "./harness/outcome.ts";

/** `maxConnections` of the configuration `thousand_places`. */
const PLACES = 1_000;
/** The bystander has one of all places. */
const FREE_PLACES = PLACES - 1;
/** `maxConnectionsPerAddress` of the configuration `few_per_address`. */
const PLACES_PER_ADDRESS = 3;
/** How long the server may take to be rid of a crowd. */
const CLEAN_DEADLINE_MS = 3_000;

/** What the next request gets: its status and when it may ask again. */
async function knock(target: Target, localAddress?: string): Promise<string> {
  using peer = await target.connect(localAddress);
  await peer.write(target.handshake());
  const head = await peer.nextResponse();
  if (head?.status === 101) await peer.leave();
  const retryAfter = head?.headers.get("retry-after");
  return `${head?.status}${retryAfter === undefined ? "" : `, retry-after ${retryAfter}`}`;
}

/** What a managed peer is told that comes now: texts and the close code. */
async function knockManaged(target: Target): Promise<Outcome> {
  using peer = await offerManaged(target);
  const { frames, end } = await exchange(peer);
  return { frames, end };
}

/** All places are taken: what `then` finds out is the case's outcome. */
function full(
  id: string,
  title: string,
  then: (target: Target, crowd: Crowd) => Promise<Outcome>,
  expect: Expected,
): ScriptCase {
  return {
    id,
    title,
    configuration: "thousand_places",
    runsAlone: true,
    script: async (target) => {
      await target.server.settle(1, { deadlineMs: CLEAN_DEADLINE_MS });
      using crowd = await Crowd.gather(FREE_PLACES, () => target.open());
      const outcome = await then(target, crowd);
      crowd.reset();
      await target.server.settle(1, { deadlineMs: CLEAN_DEADLINE_MS });
      return outcome;
    },
    expect,
  };
}

const NOTHING: Outcome = { frames: [], end: undefined };

const PLACES_TAKEN: readonly HostileCase[] = [
  full("L11a", "connection 1,001 of 1,000", (target) => playRequest(target, {}), refused(503, { "retry-after": "5" })),
  full(
    "L11b",
    "managed connection 1,001 of 1,000",
    (target) => knockManaged(target),
    all(closed(1013), received('{"type":"$refused","code":"full","retryAfterMs":5000}')),
  ),
  full("L11c", "connection 1,001 of 1,000 when one has left", async (target, { peers }) => {
    await peers[0]!.leave();
    return await playRequest(target, { target: `${target.path}&late` });
  }, upgraded()),
  full("L13", "1,000 connections broken off at once", async (target, crowd) => {
    crowd.reset();
    const { targets, unopened } = await target.server.settle(1, { deadlineMs: CLEAN_DEADLINE_MS });
    using again = await Crowd.gather(FREE_PLACES, () => target.open());
    return { ...NOTHING, facts: { left: targets.length, unopened, again: again.open, next: await knock(target) } };
  }, all(fact("left", 1), fact("unopened", 0), fact("again", FREE_PLACES), fact("next", "503, retry-after 5"))),
  {
    id: "L12",
    title: "connection 4 of 3 from one address",
    configuration: "few_per_address",
    runsAlone: true,
    script: async (target) => {
      using crowd = await Crowd.gather(PLACES_PER_ADDRESS - 1, () => target.open());
      const facts = { same: await knock(target), other: await knock(target, "127.0.0.2") };
      const { frames, end } = await knockManaged(target);
      await crowd.peers[0]!.leave();
      return { frames, end, facts: { ...facts, later: await knock(target) } };
    },
    expect: all(
      fact("same", "429, retry-after 5"),
      fact("other", "101"),
      closed(1013),
      received('{"type":"$refused","code":"too_many_connections","retryAfterMs":5000}'),
      fact("later", "101"),
    ),
  },
];

/** When a peer breaks off (RST). */
type Moment = "in the handshake" | "behind the handshake" | "behind the answer" | "behind a message";

async function comeAndGo(target: Target, moment: Moment): Promise<void> {
  using peer = await target.connect();
  const handshake = target.handshake();
  await peer.write(moment === "in the handshake" ? handshake.subarray(0, 40) : handshake);
  if (moment === "behind the answer" || moment === "behind a message") await peer.nextResponse();
  if (moment === "behind a message") await peer.write(textFrame("hello"));
  peer.reset();
}

/** So many connections, twenty at a time, that break off at these moments in turn. */
function comingAndGoing(id: string, count: number, moments: readonly Moment[]): ScriptCase {
  return {
    id,
    title: `${count} connections broken off ${moments.join(", ")}`,
    runsAlone: true,
    script: async (target) => {
      const turns = Array.from({ length: count }, (_, index) => moments[index % moments.length]!);
      for (let first = 0; first < count; first += 20) {
        await Promise.all(turns.slice(first, first + 20).map((moment) => comeAndGo(target, moment)));
      }
      const { targets, unopened } = await target.server.settle(1, { deadlineMs: CLEAN_DEADLINE_MS });
      return { ...NOTHING, facts: { left: targets.length, unopened } };
    },
    expect: all(fact("left", 1), fact("unopened", 0)),
  };
}

const COMING_AND_GOING: readonly HostileCase[] = [
  comingAndGoing("L14a", 500, ["in the handshake", "behind the answer", "behind a message"]),
  {
    ...comingAndGoing("L14b", 100, ["behind the handshake"]),
    // Where the peer has broken off before the answer, the runtime never lets go of the socket (2.9.6).
    mayLeaveFiles: true,
  },
  {
    id: "L15",
    title: "200 TCP connections without a request",
    runsAlone: true,
    script: async (target) => {
      using crowd = await Crowd.gather(200, () => target.connect());
      const next = await knock(target);
      const { targets, unopened } = await target.server.settle(1, { deadlineMs: CLEAN_DEADLINE_MS });
      return { ...NOTHING, facts: { next, left: targets.length, unopened, open: crowd.open } };
    },
    // Such connections the native transport keeps; they cost no place.
    expect: all(fact("next", "101"), fact("left", 1), fact("unopened", 0), fact("open", 200)),
  },
  {
    id: "L16",
    title: "20 handshakes that arrive byte by byte",
    runsAlone: true,
    script: async (target) => {
      using crowd = await Crowd.gather(20, () => target.connect());
      const handshake = target.handshake();
      for (const byte of handshake.subarray(0, -1)) {
        await Promise.all(crowd.peers.map((peer) => peer.write(new Uint8Array([byte]))));
      }
      const next = await knock(target);
      const { unopened } = await target.server.settle(1, { deadlineMs: CLEAN_DEADLINE_MS });
      await Promise.all(crowd.peers.map((peer) => peer.write(handshake.subarray(-1))));
      const heads = await Promise.all(crowd.peers.map((peer) => peer.nextResponse()));
      return { ...NOTHING, facts: { next, unopened, upgraded: heads.filter((head) => head?.status === 101).length } };
    },
    // The same: nothing is taken before the request is whole, however long that takes.
    expect: all(fact("next", "101"), fact("unopened", 0), fact("upgraded", 20)),
  },
];

/** All crowds. */
export const GROUP_L_CROWDS: readonly HostileCase[] = [...PLACES_TAKEN, ...COMING_AND_GOING];
