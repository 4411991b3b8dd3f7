/**
 * Group M of the hostile inputs, ninth part: frames of many messages, and acknowledgements (M42 to M47).
 *
 * @module
 */

import { all, closed, type Expectation, fact } from "./harness/expectations.ts";
import { LEFT } from "./harness/frame_cases.ts";
import { answered, endedLocally, heard } from "./harness/frame_expectations.ts";
import { textFrame } from "./harness/frames.ts";
import type { HostileCase } from "./harness/hostile_case.ts";
import { observed } from "./harness/observation.ts";
import { MAX_FRAME_MESSAGES } from "./harness/room_cases.ts";
import { range, told } from "./harness/session_cases.ts";
import { SessionPeer } from "./harness/session_peer.ts";
import { message } from "./harness/wording.ts";

const BAD: Expectation = all(closed(4400), heard(), endedLocally({ code: 4400, wasClean: false, hasError: true }));

/** One frame of a managed peer. */
function framed(id: string, title: string, text: string, expect: Expectation): HostileCase {
  return observed(id, `${title}, managed`, [textFrame(text)], expect, { isManaged: true });
}

function batch(count: number, element: string): string {
  return `[${new Array(count).fill(element).join(",")}]`;
}

const SMALL = message("x");

const BATCHES: readonly HostileCase[] = [
  framed("M42a", "10,000 messages in one frame", batch(10_000, SMALL), BAD),
  framed("M42b", "one message too many in one frame", batch(MAX_FRAME_MESSAGES + 1, SMALL), BAD),
  framed("M42c", "10,000 pings in one frame", batch(10_000, '{"type":"$ping"}'), BAD),
  framed("M42d", "10,000 numbers in one frame", batch(10_000, "1"), BAD),
  framed(
    "M42e",
    "as many messages in one frame as there may be",
    batch(MAX_FRAME_MESSAGES, '{"type":"$ping","data":1}'),
    all(answered(...range(1, MAX_FRAME_MESSAGES).map(() => message("$pong", { data: 1 }))), heard(), LEFT),
  ),
  {
    id: "M42f",
    title: "10,000 hellos in one frame, managed",
    script: async (target) => {
      using peer = await SessionPeer.offer(target);
      await peer.peer.write(textFrame(batch(10_000, '{"type":"$hello"}')));
      await peer.next();
      return { frames: [], end: undefined, facts: { code: peer.closeCode, events: target.events().length } };
    },
    expect: all(fact("code", 4400), fact("events", 0)),
  },
  framed("M43a", "an array in an array", `[[${SMALL}]]`, BAD),
  framed("M43b", "an array behind a message", `[${SMALL},[${SMALL}]]`, BAD),
  framed("M43c", "an empty array in an array", `[${SMALL},[]]`, BAD),
  framed("M43d", "arrays nested 1,000 deep", `${"[".repeat(1_000)}${SMALL}${"]".repeat(1_000)}`, BAD),
  framed("M44", "an empty array", "[]", all(answered(), heard(), LEFT)),
  {
    ...framed("M44b", "1,000 empty arrays", "[]", all(answered(), heard(), LEFT)),
    ...observed(
      "M44b",
      "1,000 empty arrays, managed",
      range(1, 1_000).map(() => textFrame("[]")),
      all(answered(), heard(), LEFT),
      { isManaged: true },
    ),
  },
];

/** An acknowledgement, from a peer to which three messages were sent, with their answer. */
function acknowledged(id: string, title: string, acks: readonly object[], code: number | undefined): HostileCase {
  return told(id, title, async (target) => {
    const peer = await SessionPeer.open(target);
    await peer.ask("give", { count: 3 });
    await peer.say(...acks);
    const isServed = await peer.isServed();
    await peer.leave();
    return { isServed, code: peer.closeCode };
  }, { isServed: code === undefined, code });
}

const NO_NUMBERS = ["1", 1.5, -1, null, [], {}, true, 2 ** 53];

const ACKNOWLEDGEMENTS: readonly HostileCase[] = [
  acknowledged("M45a", "an acknowledgement of a message that was never sent", [{ type: "$ack", n: 5 }], 4400),
  acknowledged("M45b", "an acknowledgement without a number", [{ type: "$ack" }], 4400),
  ...NO_NUMBERS.map((n, index) =>
    acknowledged(`M45${"cdefghij"[index]}`, `an acknowledgement of ${JSON.stringify(n)}`, [{ type: "$ack", n }], 4400)
  ),
  told("M45k", "an acknowledgement from who has no session", async (target) => {
    const peer = await SessionPeer.open(target, { features: [] });
    await peer.say({ type: "$ack", n: 5 });
    const isServed = await peer.isServed();
    await peer.leave();
    return { isServed };
  }, { isServed: true }),
  acknowledged("M46", "the same acknowledgement twice", [{ type: "$ack", n: 4 }, { type: "$ack", n: 4 }], undefined),
  acknowledged("M46b", "an acknowledgement of nothing", [{ type: "$ack", n: 0 }, { type: "$ack", n: 0 }], undefined),
  told("M47", "an acknowledgement from another connection", async (target) => {
    const owner = await SessionPeer.open(target);
    await owner.isServed();
    await owner.vanish(target);
    const other = await SessionPeer.open(target);
    await other.ask("give_to", { id: owner.welcome.id, count: 3 });
    // To the other one only one message was sent, the answer.
    await other.say({ type: "$ack", n: 1 }, { type: "$ack", n: 3 });
    await other.isServed();
    const back = await SessionPeer.open(target, owner.hello());
    const came = [await back.next(), await back.next(), await back.next()].map((one) => one?.["data"]);
    await Promise.all([back.leave(), other.leave()]);
    return { code: other.closeCode, came };
  }, { code: 4400, came: range(1_001, 1_003) }),
];

/** All frames of many messages, and acknowledgements. */
export const GROUP_M_BATCHES: readonly HostileCase[] = [...BATCHES, ...ACKNOWLEDGEMENTS];
