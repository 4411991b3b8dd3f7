/**
 * Group L of the hostile inputs, first part: sizes, floods, silence and compression. Rates and slow readers (L06, L09, L10,
 * L18 to L24) are not here.
 *
 * On the native transport a message is measured when it is complete, and who answers pings in the middle of a message without
 * end is taken for alive.
 *
 * @module
 */

import { DeadlineError } from "./harness/deadline.ts";
import { all, closed, dropped, ended, fact, factAtMost } from "./harness/expectations.ts";
import {
  ending,
  type Expected,
  frame,
  large,
  lastPart,
  lawful,
  LEFT,
  part,
  repeated,
  SILENT,
} from "./harness/frame_cases.ts";
import { answered, endedLocally, heard, heardText, received } from "./harness/frame_expectations.ts";
import { closeFrame, concat, type Frame, OPCODE, textFrame } from "./harness/frames.ts";
import { exchange, type HostileCase, type ScriptCase, type Target } from "./harness/hostile_case.ts";
import { observed, offerManaged, openManaged, playObserved, seen, type Step } from "./harness/observation.ts";
import type { Outcome } from "./harness/outcome.ts";
import type { RawPeer } from "./harness/raw_peer.ts";

const MEBIBYTE = 1_048_576;
/** `maxMessageBytes` of the configuration `small_messages`. */
const SMALL = 1_024;
/** Interval and timeout of the configuration `short_deadlines`, and a second for who must find out. */
const SILENCE_DEADLINE_MS = 3_000;

const TOO_BIG = all(
  closed(1009),
  heard(),
  endedLocally({ code: 1009, wasClean: false, reason: `a message may have ${SMALL} bytes` }),
);
const EURO_BYTES = 3;

/** A message of the largest size, that is handled. */
function withinLimit(id: string, title: string, steps: readonly Step[], text: string): HostileCase {
  return observed(id, title, steps, all(answered(text), heardText(text), LEFT), { configuration: "small_messages" });
}

/** A message of a larger size. On the native transport it is refused when it has arrived whole. */
function overLimit(id: string, title: string, steps: readonly Step[], isManaged = false): HostileCase {
  return ending(id, title, steps, TOO_BIG, { configuration: "small_messages", isManaged });
}

/** A message in parts of 64 bytes. */
function inParts(size: number): Uint8Array {
  const count = Math.ceil(size / 64);
  const last = size - (count - 1) * 64;
  const middle = repeated(count - 2, part(OPCODE.continuation, "a".repeat(64)));
  return concat(part(OPCODE.text, "a".repeat(64)), middle, lastPart("a".repeat(last)));
}

const SIZES: readonly HostileCase[] = [
  withinLimit("L01a", "text of the limit", [textFrame("a".repeat(SMALL))], "a".repeat(SMALL)),
  withinLimit(
    "L01b",
    "text of the limit, in characters of 3 bytes",
    [textFrame(`${"€".repeat(341)}a`)],
    `${"€".repeat(341)}a`,
  ),
  withinLimit("L01c", "text of the limit in parts", [inParts(SMALL)], "a".repeat(SMALL)),
  overLimit("L02a", "text of the limit and 1", [textFrame("a".repeat(SMALL + 1))]),
  overLimit("L02b", "text of the limit and 2, in characters of 3 bytes", [
    textFrame("€".repeat((SMALL + 2) / EURO_BYTES)),
  ]),
  overLimit("L02c", "bytes of the limit and 1", [frame(OPCODE.binary, new Uint8Array(SMALL + 1))]),
  overLimit("L02d", "text of the limit and 1 from a managed peer", [
    textFrame(`{"type":"x","data":"${"a".repeat(SMALL - 20)}"}`),
  ], true),
  overLimit("L02e", "two messages behind one of the limit and 1", [
    concat(textFrame("a".repeat(SMALL + 1)), textFrame("b"), textFrame("c")),
  ]),
  overLimit("L03", "text of the limit and 1 in small parts", [inParts(SMALL + 1)]),
  {
    id: "L04",
    title: "ten times the limit, ten times",
    runsAlone: true,
    script: async (target) => {
      const before = target.server.residentBytes() ?? 0;
      const message = large(OPCODE.text, 10 * MEBIBYTE);
      const outcomes = [];
      for (let count = 0; count < 10; count++) {
        outcomes.push(await playObserved(target, [message], { isProbed: false }));
      }
      const grownBytes = (target.server.residentBytes() ?? 0) - before;
      return { ...outcomes.at(-1)!, facts: { ...await seen(target), grownBytes } };
    },
    // What arrives is whole before it can be measured; of the 100 MiB nothing may stay.
    expect: {
      native: all(closed(1009), heard(), factAtMost("grownBytes", 48 * MEBIBYTE)),
      node: all(closed(1009), heard(), factAtMost("grownBytes", 2 * MEBIBYTE)),
    },
  },
];

/** How a message without end is sent. */
interface EndlessOptions {
  /** Whether the peer answers pings in between, and after how many it sends the end of the message after all. */
  readonly answeredPings?: number;
  readonly isManaged?: boolean;
}

/** Sends small parts of one message until the server ends the connection, or the peer the message. */
async function sendWithoutEnd(
  target: Target,
  { answeredPings = 0, isManaged = false }: EndlessOptions,
): Promise<Outcome> {
  using peer = isManaged ? await openManaged(target) : await target.open();
  const frames: Frame[] = [];
  let pings = 0;
  await peer.write(part(OPCODE.text, "a"));
  while (frames.at(-1)?.opcode !== OPCODE.close && peer.end === undefined) {
    const isOver = answeredPings > 0 && pings === answeredPings;
    if (!isOver) await peer.write(part(OPCODE.continuation, "a"));
    const next = await frameOrPause(peer);
    if (next === undefined) continue;
    frames.push(next);
    if (next.opcode !== OPCODE.ping || answeredPings === 0 || isOver) continue;
    await peer.write(frame(OPCODE.pong, next.payload));
    if (++pings === answeredPings) await peer.write(large(OPCODE.continuation, MEBIBYTE));
  }
  await peer.write(closeFrame(1000));
  await peer.ended();
  return { frames, end: peer.end, facts: await seen(target) };
}

/** A frame, or `undefined` after a tenth of a second: who drips must neither wait for an answer nor flood. */
async function frameOrPause(peer: RawPeer): Promise<Frame | undefined> {
  try {
    return await peer.nextFrame(100);
  } catch (error) {
    if (error instanceof DeadlineError) return undefined;
    throw error;
  }
}

function withoutEnd(id: string, title: string, options: EndlessOptions, expect: Expected): ScriptCase {
  return { id, title, configuration: "short_deadlines", script: (target) => sendWithoutEnd(target, options), expect };
}

const WITHOUT_END: readonly HostileCase[] = [
  withoutEnd("L05a", "parts without end, pings unanswered", {}, { native: all(ended(), SILENT), node: closed(1009) }),
  withoutEnd("L05b", "parts without end, pings answered", { answeredPings: 3 }, {
    native: all(closed(1009), heard(), endedLocally({ code: 1009, wasClean: false })),
    node: closed(1009),
  }),
  withoutEnd("L05c", "parts without end from a managed peer, who cannot answer meanwhile", { isManaged: true }, {
    native: all(closed(4408), received('{"type":"$ping"}'), heard(), endedLocally({ code: 4408, wasClean: false })),
    node: closed(1009),
  }),
];

const PINGS = repeated(10_000, frame(OPCODE.ping, new Uint8Array(125)));

const FLOODS: readonly HostileCase[] = [
  {
    id: "L07a",
    title: "10,000 pings in one write",
    runsAlone: true,
    script: async (target) => {
      using peer = await target.open();
      const { frames, end } = await exchange(peer, PINGS);
      const pongs = frames.filter(({ opcode, payload }) => opcode === OPCODE.pong && payload.length === 125).length;
      return { frames: frames.slice(-1), end, facts: { ...await seen(target), pongs } };
    },
    expect: { native: all(answered(), fact("pongs", 10_000), heard(), LEFT), node: all(closed(1008), heard()) },
  },
  {
    id: "L07b",
    title: "10,000 pings from a peer that reads no answer and breaks off",
    runsAlone: true,
    script: async (target) => {
      using peer = await target.open();
      peer.pause();
      await peer.write(PINGS);
      peer.reset();
      return { frames: [], end: peer.end, facts: await seen(target) };
    },
    expect: all(heard(), endedLocally({ code: 1006, wasClean: false, hasError: true })),
  },
  {
    ...lawful(
      "L08",
      "10,000 pongs in one write",
      [repeated(10_000, frame(OPCODE.pong, new Uint8Array(125)))],
      answered(),
      heard(),
    ),
    runsAlone: true,
  },
];

/** Answers so many pings and says nothing else. */
function answerPings(count: number, isManaged: boolean): Step {
  return async (peer) => {
    for (let answered = 0; answered < count; answered++) {
      const ping = await peer.nextFrame(SILENCE_DEADLINE_MS);
      await peer.write(isManaged ? textFrame('{"type":"$pong"}') : frame(OPCODE.pong, ping?.payload));
    }
  };
}

const DEADLINES = { configuration: "short_deadlines", deadlineMs: SILENCE_DEADLINE_MS } as const;

const SILENCE: readonly HostileCase[] = [
  ending("L17a", "silence behind the upgrade", [], all(ended(), SILENT), DEADLINES),
  {
    id: "L17b",
    title: "no hello from a peer that speaks our protocol",
    configuration: "short_deadlines",
    script: async (target) => {
      using peer = await offerManaged(target);
      const closing = await peer.nextFrame(SILENCE_DEADLINE_MS);
      await peer.write(closeFrame(1000));
      return {
        frames: closing === undefined ? [] : [closing],
        end: await peer.ended(),
        facts: { events: target.events().length },
      };
    },
    expect: all(closed(4408), fact("events", 0)),
  },
  ending(
    "L17c",
    "silence behind the hello",
    [],
    all(closed(4408), received('{"type":"$ping"}'), SILENT),
    { ...DEADLINES, isManaged: true },
  ),
  observed(
    "L17d",
    "silence but for answers to pings",
    [answerPings(4, false)],
    all(answered(), heard(), LEFT),
    DEADLINES,
  ),
  observed("L17e", "silence but for answers to our pings", [answerPings(4, true)], all(answered(), heard(), LEFT), {
    ...DEADLINES,
    isManaged: true,
  }),
];

/** So many bytes of zeros, deflated without end as permessage-deflate has it (RFC 7692, 7.2.1). */
async function deflated(size: number): Promise<Uint8Array<ArrayBuffer>> {
  const zeros = new Blob([new Uint8Array(size)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(zeros).arrayBuffer());
}

/** A handshake that offers compression, then a frame that says that it is compressed. */
function compressed(id: string, title: string, payload: () => Promise<Uint8Array>, expect: Expected): ScriptCase {
  return {
    id,
    title,
    script: async (target) => {
      const bytes = await payload();
      using peer = await target.connect();
      await peer.write(target.handshake({ headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } }));
      const head = await peer.nextResponse();
      const { frames, end } = await exchange(peer, frame(OPCODE.text, bytes, { rsv: 4 }));
      const extensions = head?.headers.get("sec-websocket-extensions") ?? null;
      return { head, frames, end, facts: { ...await seen(target), extensions } };
    },
    expect,
  };
}

/** The native transport offers no compression. */
const NOT_NEGOTIATED = all(fact("extensions", null), dropped(), heard());

const COMPRESSION: readonly HostileCase[] = [
  compressed("L25", "64 MiB of zeros in 64 KiB", () => deflated(64 * MEBIBYTE), {
    native: NOT_NEGOTIATED,
    node: all(closed(1009), heard()),
  }),
  compressed("L26", "a compressed stream that is broken", () => Promise.resolve(new Uint8Array(64).fill(0xff)), {
    native: NOT_NEGOTIATED,
    node: all(closed([1002, 1007]), heard()),
  }),
];

/** All but the crowds. */
export const GROUP_L: readonly HostileCase[] = [
  ...SIZES,
  ...WITHOUT_END,
  ...FLOODS,
  ...SILENCE,
  ...COMPRESSION,
];
