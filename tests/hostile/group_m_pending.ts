/**
 * Group M of the hostile inputs, fourth part: what a peer or a handler does not answer, or too late (M48, M49).
 *
 * @module
 */

import { all, closed, dropped, either, fact, factAtMost } from "./harness/expectations.ts";
import { LEFT, repeated } from "./harness/frame_cases.ts";
import { answered, endedLocally, heard, heardAndFailed } from "./harness/frame_expectations.ts";
import { concat, textFrame, textOf } from "./harness/frames.ts";
import { collect, exchange, type HostileCase } from "./harness/hostile_case.ts";
import { observed, seen } from "./harness/observation.ts";
import type { RawPeer } from "./harness/raw_peer.ts";
import { bundled } from "./harness/room_cases.ts";
import { FAULT, MANAGED, message, openAs, scripted } from "./harness/wording.ts";

const TYPED = { configuration: "typed" } as const;
const MEBIBYTE = 1_048_576;
/** `maxQueuedMessages` by default. */
const MAX_QUEUED = 256;
/** `maxPendingRequests` by default. */
const MAX_PENDING = 1_000;

/** So many requests that the handler never answers, in one write: from a managed peer in frames of many messages. */
function unanswerable(count: number, isManaged: boolean): Uint8Array {
  if (!isManaged) {
    return concat(...Array.from({ length: count }, (_, id) => textFrame(message("never_settles", { id }))));
  }
  return bundled(Array.from({ length: count }, (_, id) => message("never_settles", { id })));
}

/** The server's question, for its id. */
async function questionId(peer: RawPeer): Promise<unknown> {
  const frame = await peer.nextFrame();
  const question = JSON.parse(frame === undefined ? "{}" : textOf(frame)) as Record<string, unknown>;
  if (question["type"] !== "question") throw new Error(`No question came but ${JSON.stringify(question)}`);
  return question["id"];
}

const PENDING: readonly HostileCase[] = [
  ...scripted(
    { id: "M48a", title: "100,000 requests that no handler ever answers", ...TYPED, runsAlone: true },
    async (target, { isManaged }) => {
      const flood = unanswerable(100_000, isManaged);
      const before = target.server.residentBytes() ?? 0;
      using peer = await openAs(target, isManaged);
      const { frames, end } = await exchange(peer, flood);
      const grownBytes = (target.server.residentBytes() ?? 0) - before;
      return { frames, end, facts: { ...await seen(target), grownBytes } };
    },
    () =>
      all(
        // The native transport gives a socket up when it still receives after our close; the close frame may be lost then.
        either(closed(4429), dropped()),
        // One is at work, 256 wait, and what comes after that ends the connection.
        heardAndFailed(1, { type: "never_settles" }),
        // Whether the close was clean depends on how much of the flood was still under way.
        either(endedLocally({ code: 4429, wasClean: true }), endedLocally({ code: 4429, wasClean: false })),
        factAtMost("grownBytes", 32 * MEBIBYTE),
      ),
  ),
  ...scripted(
    { id: "M48b", title: "2,000 questions of the server that the peer never answers", ...TYPED },
    async (target, wording) => {
      using peer = await openAs(target, wording.isManaged);
      await peer.write(textFrame(message("ask_me_often", { id: 1, data: 2_000 })));
      for (let asked = 0; asked < MAX_PENDING; asked++) await questionId(peer);
      const answer = await peer.nextFrame();
      peer.reset();
      const { detail } = await target.event("asked");
      return {
        frames: answer === undefined ? [] : [answer],
        end: peer.end,
        facts: { ...await seen(target), answer: answer && textOf(answer), ends: detail },
      };
    },
    ({ reply }) =>
      all(
        fact("answer", reply(1, 2_000 - MAX_PENDING)),
        fact("ends", { OutboxFullError: 2_000 - MAX_PENDING, ConnectionClosedError: MAX_PENDING }),
        heard({ type: "ask_me_often" }),
        endedLocally({ code: 1006, wasClean: false, hasError: true }),
      ),
  ),
];

/** A loop of the server that stands still. */
const STUCK: readonly HostileCase[] = scripted({
  id: "M48c",
  title: "more messages behind one at which a loop stands still than may wait",
  configuration: "pulled",
}, async (target, { isManaged }) => {
  using peer = await openAs(target, isManaged);
  await peer.write(textFrame(message("loop_waits", { data: target.path })));
  await peer.write(repeated(MAX_QUEUED + 1, textFrame('{"type":"x"}')));
  const { frames, end } = await collect(peer);
  // The end is announced when the loop has come to its own.
  await target.server.openGate(target.path);
  return { frames: frames.slice(-1), end, facts: await seen(target) };
}, () => all(closed(4429), endedLocally({ code: 4429, wasClean: true }), fact("errors", 0)));

/** The handler answers, or fails, when its time is over and the peer has been told so. The application hears of every error. */
function late(id: string, type: string, errors: number): readonly HostileCase[] {
  return scripted(
    { id, title: `handler that ${type} longer than it may`, ...TYPED },
    async (target, { isManaged, fault }) => {
      using peer = await openAs(target, isManaged);
      await peer.write(textFrame(message(type, { id: 1, data: target.path })));
      const first = await peer.nextFrame();
      await target.server.openGate(target.path);
      await peer.write(textFrame(message("x", { id: 2 })));
      const second = await peer.nextFrame();
      await peer.leave();
      const answers = [first, second].map((frame) => frame && textOf(frame));
      const isTimeout = answers[0] === fault(1, FAULT.timeout);
      return { frames: [], end: undefined, facts: { ...await seen(target), isTimeout, second: answers[1] } };
    },
    ({ reply }) => all(fact("isTimeout", true), fact("second", reply(2, null)), fact("errors", errors), LEFT),
  );
}

/** The peer answers a question of the server after the time for it, in one of these ways. */
function answeredLate(id: string, title: string, ...types: readonly string[]): readonly HostileCase[] {
  return scripted({ id, title: `question that the peer ${title}`, ...TYPED }, async (target, wording) => {
    using peer = await openAs(target, wording.isManaged);
    await peer.write(textFrame(message("ask_me", { id: "mine", data: { timeoutMs: 60 } })));
    const id = await questionId(peer);
    const texts: string[] = [];
    // The server says no to the request behind the question; to managed peers also that it waits no more.
    while (texts.at(-1) !== wording.fault("mine", FAULT.internal)) {
      const frame = await peer.nextFrame();
      if (frame === undefined) break;
      texts.push(textOf(frame));
    }
    const error = { code: "x", message: "x" };
    for (const type of types) await peer.write(textFrame(message(type, { id, data: "late", error })));
    await peer.write(textFrame(message("x", { id: 2 })));
    const answer = await peer.nextFrame();
    await peer.leave();
    return {
      frames: [],
      end: undefined,
      facts: { ...await seen(target), cancels: texts.slice(0, -1), answer: answer && textOf(answer), id: undefined },
    };
  }, ({ isManaged, reply }) =>
    all(
      fact("answer", reply(2, null)),
      // The request behind the question failed, and nothing else did.
      heardAndFailed(1, { type: "ask_me" }, { type: "x" }),
      ...isManaged ? [] : [fact("cancels", [])],
      LEFT,
    ));
}

const LATE: readonly HostileCase[] = [
  ...late("M49a", "waits", 1),
  ...late("M49b", "fails_late", 2),
  ...answeredLate("M49c", "answers too late", "reply").filter(isPlain),
  ...answeredLate("M49c", "answers too late", "$reply").filter(isManaged),
  ...answeredLate("M49d", "refuses too late", "error").filter(isPlain),
  ...answeredLate("M49d", "refuses too late", "$error").filter(isManaged),
  ...answeredLate("M49e", "answers too late, again and again", "$reply", "$error", "$reply").filter(isManaged),
  observed(
    "M49fm",
    "request that the peer gives up, managed",
    [
      textFrame(message("listens", { id: 1 })),
      textFrame(message("$cancel", { id: 1 })),
      (_peer, target) => target.event("abort"),
    ],
    all(answered(), heard({ type: "listens" }), LEFT),
    { ...TYPED, isManaged: true },
  ),
  observed(
    "M49gm",
    "requests that wait when the peer gives them up, and others that it never made, managed",
    [
      textFrame(message("listens", { id: 1 })),
      textFrame(message("x", { id: 2 })),
      textFrame(message("x", { id: 3 })),
      ...[2, 2, "2", "__proto__", 77, 1].map((id) => textFrame(message("$cancel", { id }))),
      (_peer, target) => target.event("abort"),
    ],
    all(answered(MANAGED.reply(3, null)), heard({ type: "listens" }, { type: "x" }), LEFT),
    { ...TYPED, isManaged: true },
  ),
];

function isPlain({ id }: HostileCase): boolean {
  return id.endsWith("p");
}

function isManaged(hostile: HostileCase): boolean {
  return !isPlain(hostile);
}

/** All that is not answered in time. */
export const GROUP_M_PENDING: readonly HostileCase[] = [...PENDING, ...STUCK, ...LATE];
