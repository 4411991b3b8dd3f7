/**
 * Group M of the hostile inputs, second part: handlers that fail (M55) and middleware that misuses `next` (M56).
 *
 * The peer learns a code and a safe sentence, and only if its message had an id; the application learns everything; neighbours
 * and later messages of the same peer learn nothing.
 *
 * @module
 */

import { all, closed, type Expectation, fact } from "./harness/expectations.ts";
import { LEFT } from "./harness/frame_cases.ts";
import { answered, endedLocally, heard, heardAndFailed } from "./harness/frame_expectations.ts";
import { concat, textFrame, textOf } from "./harness/frames.ts";
import { exchange, type HostileCase, type ScriptCase, type Target } from "./harness/hostile_case.ts";
import { observed, seen, type Step } from "./harness/observation.ts";
import { FAULT, MANAGED, message, PLAIN, type WireFault } from "./harness/wording.ts";

/** Every way in which the handler of the configuration `faulty_messages` fails. */
const FAULTS = [
  "throws",
  "rejects",
  "never_settles",
  "sends_cycle",
  "sends_bigint",
  "sends_function",
  "sends_symbol",
];
/** `maxQueuedMessages` by default. */
const MAX_QUEUED = 256;

/** The whole answer to a message that could not be handled: nothing of the error itself is in it. */
function failed(id: number, isManaged = false, error: WireFault = FAULT.internal): string {
  return (isManaged ? MANAGED : PLAIN).fault(id, error);
}

function failing(
  id: string,
  title: string,
  texts: readonly string[],
  expect: Expectation,
  isManaged = false,
): ScriptCase {
  return observed(id, title, texts.map((text) => textFrame(text)), all(expect, LEFT), {
    configuration: "faulty_messages",
    isManaged,
  });
}

/** One way to fail: for a plain peer with and without an id, and for a managed one. */
function fault(type: string, letter: string): readonly HostileCase[] {
  const asked = heardAndFailed(1, { type });
  const error = type === "never_settles" ? FAULT.timeout : FAULT.internal;
  return [
    failing(
      `M55${letter}p`,
      `handler ${type}, plain`,
      [message(type, { id: 1 })],
      all(answered(failed(1, false, error)), asked),
    ),
    failing(`M55${letter}n`, `handler ${type}, no id`, [message(type)], all(answered(), asked)),
    failing(
      `M55${letter}m`,
      `handler ${type}, managed`,
      [message(type, { id: 1 })],
      all(answered(failed(1, true, error)), asked),
      true,
    ),
    failing(
      `M55${letter}o`,
      `handler ${type}, managed, no id`,
      [message(type)],
      all(answered(...MANAGED.complaint(error)), asked),
      true,
    ),
  ];
}

/** Fails a thousand times for one peer, a hundred times in a row, and is served all the same. */
function thousandfold(id: string, type: string): ScriptCase {
  return {
    id,
    title: `handler ${type} 1,000 times`,
    configuration: "faulty_messages",
    runsAlone: true,
    script: async (target) => {
      using peer = await target.open();
      let failures = 0;
      for (let first = 0; first < 1_000; first += 100) {
        const ids = Array.from({ length: 100 }, (_, index) => first + index);
        await peer.write(concat(...ids.map((id) => textFrame(message(type, { id })))));
        for (const id of ids) {
          const frame = await peer.nextFrame();
          if (frame !== undefined && textOf(frame) === failed(id)) failures++;
        }
      }
      const { frames, end } = await exchange(peer);
      return { frames, end, facts: { failures, errors: (await seen(target))["errors"] } };
    },
    expect: all(answered(), fact("failures", 1_000), fact("errors", 1_000)),
  };
}

const HANDLERS: readonly HostileCase[] = [
  ...FAULTS.flatMap((type, index) => fault(type, "abcdefg"[index]!)),
  failing(
    "M55h",
    "handler that fails in the middle of an array of messages",
    [`[${message("x", { id: 1 })},${message("throws", { id: 2 })},${message("y", { id: 3 })}]`],
    all(
      answered(message("x", { id: 1 }), failed(2, true), message("y", { id: 3 })),
      heardAndFailed(1, { type: "x" }, { type: "throws" }, { type: "y" }),
    ),
    true,
  ),
  failing(
    "M55i",
    "messages behind a handler that never settles",
    [message("never_settles", { id: 1 }), message("x", { id: 2 }), message("y", { id: 3 })],
    all(
      answered(failed(1, false, FAULT.timeout), message("x", { id: 2 }), message("y", { id: 3 })),
      heardAndFailed(1, { type: "never_settles" }, { type: "x" }, { type: "y" }),
    ),
  ),
  failing(
    "M55j",
    "ids to which no answer can be given",
    [message("throws", { id: { a: 1 } }), message("throws", { id: 1.5 }), '{"type":"throws","id":1e400}'],
    all(answered(), heardAndFailed(3, { type: "throws" }, { type: "throws" }, { type: "throws" })),
  ),
  observed(
    "M55k",
    "more messages behind a handler that never settles than may wait",
    [textFrame(message("never_settles")), concat(...Array.from({ length: MAX_QUEUED + 1 }, () => textFrame("x")))],
    // The application learns of the end when it is done with the message.
    all(closed(4429), heardAndFailed(1, { type: "never_settles" }), endedLocally({ code: 4429, wasClean: true })),
    { configuration: "faulty_messages", isProbed: false },
  ),
  thousandfold("M55l", "throws"),
  thousandfold("M55m", "rejects"),
];

/** Two cases, one for a plain and one for a managed peer. The message has the id 1. */
function misuse(
  id: string,
  title: string,
  more: Readonly<Record<string, unknown>>,
  expect: (text: string, failure: string) => Expectation,
  ...steps: readonly Step[]
): readonly HostileCase[] {
  const text = message(title, { id: 1, ...more });
  return [false, true].map((isManaged) =>
    observed(
      `${id}${isManaged ? "m" : "p"}`,
      `middleware: ${title}, ${isManaged ? "managed" : "plain"}`,
      [textFrame(text), ...steps],
      all(expect(text, failed(1, isManaged)), LEFT),
      { configuration: "clumsy_middleware", isManaged },
    )
  );
}

/** The middleware hands a message on when its peer is gone: the handler gets it first, then it is told of the end. */
const AFTER_THE_END: ScriptCase = {
  id: "M56e",
  title: "middleware: next_after_the_end",
  configuration: "clumsy_middleware",
  script: async (target) => {
    using peer = await target.open();
    await peer.write(textFrame(message("first")));
    await peer.nextFrame();
    await peer.write(textFrame(message("next_after_the_end", { data: target.path })));
    peer.reset();
    await gone(target);
    await target.server.openGate(target.path);
    const facts = await seen(target);
    return { frames: [], end: peer.end, facts: { ...facts, order: target.events().map(({ kind }) => kind) } };
  },
  expect: fact("order", ["connect", "message", "message", "close"]),
};

/** Waits until the server has nothing to do with this case's peer any more. */
async function gone({ server, path }: Target): Promise<void> {
  while ((await server.settle(0, { deadlineMs: 20 })).targets.includes(path));
}

const MIDDLEWARE: readonly HostileCase[] = [
  ...misuse(
    "M56a",
    "next_twice",
    {},
    (text, failure) => all(answered(text, failure), heardAndFailed(1, { type: "next_twice" })),
  ),
  ...misuse(
    "M56b",
    "next_twice_in_turn",
    {},
    (text, failure) => all(answered(text, failure), heardAndFailed(1, { type: "next_twice_in_turn" })),
  ),
  ...misuse("M56c", "next_never", {}, () => all(answered(), heard())),
  observed(
    "M56d",
    "middleware: next_after_close",
    [textFrame(message("next_after_close", { id: 1 }))],
    all(closed(4000), heard({ type: "next_after_close" }), endedLocally({ code: 4000, wasClean: true })),
    { configuration: "clumsy_middleware", isProbed: false },
  ),
  AFTER_THE_END,
  ...misuse(
    "M56f",
    "next_by_a_timer",
    {},
    () => all(answered(), heardAndFailed(1)),
    (_peer, target) => target.event("error"),
  ),
  ...misuse(
    "M56g",
    "next_forgotten",
    { data: "reject" },
    (_text, failure) => all(answered(failure), heardAndFailed(1, { type: "next_forgotten", size: 6, text: "reject" })),
  ),
  ...misuse(
    "M56h",
    "next_forgotten_in_a_promise",
    { data: "reject" },
    (_text, failure) =>
      all(answered(failure), heardAndFailed(1, { type: "next_forgotten_in_a_promise", size: 6, text: "reject" })),
  ),
];

/** All that fails in the application. */
export const GROUP_M_HANDLERS: readonly HostileCase[] = [...HANDLERS, ...MIDDLEWARE];
