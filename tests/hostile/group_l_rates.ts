/**
 * Group L of the hostile inputs, third part: how many messages a peer may send (L06, L09, L10), held by the rate limit.
 *
 * Where a rate is to be met exactly, the server's clock is held, and moved on by the test: nothing depends on how fast this
 * machine is, and ten seconds take no time.
 *
 * @module
 */

import { all, closed, dropped, either, type Expectation, fact, factAtMost } from "./harness/expectations.ts";
import { frame, LEFT, repeated } from "./harness/frame_cases.ts";
import { endedLocally } from "./harness/frame_expectations.ts";
import { closeCodeOf, concat, OPCODE, textFrame, textOf } from "./harness/frames.ts";
import { RATE } from "./harness/configurations.ts";
import { collect, type HostileCase, type ScriptCase, type Target } from "./harness/hostile_case.ts";
import { openManaged, seen } from "./harness/observation.ts";
import type { RawPeer } from "./harness/raw_peer.ts";
import { bundled } from "./harness/room_cases.ts";
import { message, PLAIN } from "./harness/wording.ts";

const { messagesPerSecond, burst } = RATE;
const FLOOD = 100_000;

const TOO_MANY = {
  code: "rate_limited",
  message: "Too many messages: wait before you send more",
  data: { retryAfterMs: 1_000 / messagesPerSecond },
};

/** The wait is rounded up, and tenths do not add up in binary: a millisecond more is as good. */
function rounded(text: string): string {
  const { retryAfterMs } = TOO_MANY.data;
  return text.replace(`:${retryAfterMs + 1}}`, `:${retryAfterMs}}`);
}

/** What came back: so many texts, and the close code if there was one. */
interface Tally {
  readonly echoes: number;
  readonly refusals: number;
  readonly code: number | null;
}

/** Writes so many messages at once, and counts what comes back until `echoes` and refusals are that many, or the end. */
async function shower(peer: RawPeer, count: number, make: (index: number) => string = () => "x"): Promise<Tally> {
  await peer.write(concat(...Array.from({ length: count }, (_, index) => textFrame(make(index)))));
  let echoes = 0;
  let refusals = 0;
  while (echoes + refusals < count) {
    const frame = await peer.nextFrame();
    if (frame === undefined) return { echoes, refusals, code: null };
    if (frame.opcode === OPCODE.close) return { echoes, refusals, code: closeCodeOf(frame) };
    if (textOf(frame).includes('"rate_limited"')) refusals++;
    else echoes++;
  }
  return { echoes, refusals, code: null };
}

/** A case in which the server's clock stands still, but for what `play` does. */
function timeless(
  id: string,
  title: string,
  play: (target: Target) => Promise<Readonly<Record<string, unknown>>>,
  expect: Expectation,
  configuration: ScriptCase["configuration"] = "limited",
): HostileCase {
  return {
    id,
    title,
    configuration,
    runsAlone: true,
    script: async (target) => {
      await target.server.clock("hold");
      try {
        return { frames: [], end: undefined, facts: await play(target) };
      } finally {
        await target.server.clock("release");
      }
    },
    expect,
  };
}

function open(target: Target, isManaged: boolean): Promise<RawPeer> {
  return isManaged ? openManaged(target) : target.open();
}

/** What a plain peer sends of one byte; a managed one cannot say less than a message. */
function least(isManaged: boolean): string {
  return isManaged ? '{"type":"x"}' : "x";
}

const BOUNDED = all(
  factAtMost("echoes", burst + messagesPerSecond),
  // Whether the close was clean depends on how much of the flood was still under way.
  either(endedLocally({ code: 4429, wasClean: true }), endedLocally({ code: 4429, wasClean: false })),
  fact("errors", 0),
);

/** A flood in one write, of which a bounded part is answered before the end. */
function flooding(id: string, title: string, isManaged: boolean, bytes: () => Uint8Array): HostileCase {
  return {
    id,
    title,
    configuration: "limited",
    runsAlone: true,
    script: async (target) => {
      using peer = await open(target, isManaged);
      await peer.write(bytes());
      const { frames, end } = await collect(peer);
      const echoes = frames.filter(({ opcode }) => opcode === OPCODE.text).length;
      const { messages: _reported, ...facts } = await seen(target);
      return { frames: frames.slice(-1), end, facts: { ...facts, echoes } };
    },
    // The native transport gives a socket up when it still receives after our close (2.9.6); the close frame may be lost then.
    expect: { native: all(either(closed(4429), dropped()), BOUNDED), node: all(closed(4429), BOUNDED) },
  };
}

const FLOODS: readonly HostileCase[] = [
  flooding("L06p", "100,000 messages of one byte in one write, plain", false, () => repeated(FLOOD, textFrame("x"))),
  flooding(
    "L06q",
    "100,000 empty binary messages in one write, plain",
    false,
    () => repeated(FLOOD, frame(OPCODE.binary)),
  ),
  flooding("L06m", "100,000 messages in one write, managed", true, () => repeated(FLOOD, textFrame(least(true)))),
  flooding(
    "L06n",
    "80,000 messages in frames as full as may be, managed",
    true,
    () => bundled(new Array(80_000).fill(least(true))),
  ),
];

/** Both kinds of peers. */
function each(make: (isManaged: boolean, letter: "p" | "m") => HostileCase): readonly HostileCase[] {
  return [make(false, "p"), make(true, "m")];
}

const RATES: readonly HostileCase[] = [
  ...each((isManaged, letter) =>
    timeless(
      `L09${letter}`,
      `exactly the rate for 10 s behind a whole burst, then one more, ${kind(isManaged)}`,
      async (target) => {
        using peer = await open(target, isManaged);
        const text = () => least(isManaged);
        const { echoes } = await shower(peer, burst, text);
        let answered = 0;
        for (let tenth = 0; tenth < 100; tenth++) {
          await target.server.clock({ advanceMs: 100 });
          answered += (await shower(peer, messagesPerSecond / 10, text)).echoes;
        }
        const { code } = await shower(peer, 1, text);
        await peer.leave();
        return { echoes, answered, code };
      },
      all(fact("echoes", burst), fact("answered", 10 * messagesPerSecond), fact("code", 4429)),
    )
  ),
  ...each((isManaged, letter) =>
    timeless(
      `L10a${letter}`,
      `a whole burst at once, and once more after a rest, ${kind(isManaged)}`,
      async (target) => {
        using peer = await open(target, isManaged);
        const first = await shower(peer, burst, () => least(isManaged));
        await target.server.clock({ advanceMs: burst / messagesPerSecond * 1_000 });
        const second = await shower(peer, burst, () => least(isManaged));
        await peer.leave();
        return { ...await seen(target), first: first.echoes, second: second.echoes };
      },
      all(fact("first", burst), fact("second", burst), LEFT),
    )
  ),
  ...each((isManaged, letter) =>
    timeless(`L10b${letter}`, `a burst and one more, ${kind(isManaged)}`, async (target) => {
      using peer = await open(target, isManaged);
      const tally = await shower(peer, burst + 1, () => least(isManaged));
      await peer.leave();
      return { ...await seen(target), ...tally };
    }, all(fact("echoes", burst), fact("code", 4429), endedLocally({ code: 4429, wasClean: true })))
  ),
  ...each((isManaged, letter) =>
    timeless(`L10c${letter}`, `a burst and one more just too early, ${kind(isManaged)}`, async (target) => {
      using peer = await open(target, isManaged);
      const { echoes } = await shower(peer, burst, () => least(isManaged));
      await target.server.clock({ advanceMs: 1_000 / messagesPerSecond - 1 });
      const { code } = await shower(peer, 1, () => least(isManaged));
      await peer.leave();
      return { ...await seen(target), echoes, code };
    }, all(fact("echoes", burst), fact("code", 4429), endedLocally({ code: 4429, wasClean: true })))
  ),
  timeless(
    "L10d",
    "a burst and more where the message alone is refused, shared by two connections of one address",
    async (target) => {
      using first = await openFrom(target);
      using second = await openFrom(target);
      const withId = (index: number) => message("x", { id: index });
      const tallies = [await shower(first, burst - 10, withId), await shower(second, 20, withId)];
      await first.write(textFrame("x")); // without an id there is nobody to tell
      await target.server.clock({ advanceMs: 1_000 / messagesPerSecond });
      const later = await shower(first, 1, withId);
      const refusal = rounded(await answerTo(second, message("x", { id: "again" })));
      await first.leave();
      await second.leave();
      // Coming again does not help.
      using third = await openFrom(target);
      const again = rounded(await answerTo(third, message("x", { id: "again" })));
      await third.leave();
      return {
        tallies: tallies.map(({ echoes, refusals }) => [echoes, refusals]),
        later: later.echoes,
        refusal,
        again,
      };
    },
    all(
      fact("tallies", [[burst - 10, 0], [10, 10]]),
      fact("later", 1),
      fact("refusal", PLAIN.fault("again", TOO_MANY)),
      fact("again", PLAIN.fault("again", TOO_MANY)),
    ),
    "limited_replying",
  ),
];

/** A plain peer from an address of its own. */
async function openFrom(target: Target): Promise<RawPeer> {
  const peer = await target.connect("127.0.0.3");
  await peer.write(target.handshake());
  const head = await peer.nextResponse();
  if (head?.status !== 101) throw new Error(`Cannot open a connection from 127.0.0.3: the answer is ${head?.status}`);
  return peer;
}

async function answerTo(peer: RawPeer, text: string): Promise<string> {
  await peer.write(textFrame(text));
  const answer = await peer.nextFrame();
  return answer === undefined ? "" : textOf(answer);
}

function kind(isManaged: boolean): string {
  return isManaged ? "managed" : "plain";
}

/** All rates. */
export const GROUP_L_RATES: readonly HostileCase[] = [...FLOODS, ...RATES];
