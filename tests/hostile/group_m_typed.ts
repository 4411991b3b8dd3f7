/**
 * Group M of the hostile inputs, third part: messages to a server that has handlers for single types, and none for the others
 * (M20 to M41 where there is an answer now).
 *
 * An answer is given if and only if a message has an id that can be one. What a peer sent stands in no answer but the one that
 * a handler gave.
 *
 * @module
 */

import { all, type Expectation, fact } from "./harness/expectations.ts";
import { LEFT } from "./harness/frame_cases.ts";
import { answered, heard, heardAndFailed } from "./harness/frame_expectations.ts";
import { concat, textFrame } from "./harness/frames.ts";
import type { HostileCase, Target } from "./harness/hostile_case.ts";
import { playObserved } from "./harness/observation.ts";
import { HANDLED_NAMES } from "./harness/typed_parts.ts";
import { both, FAULT, isAnswer, MANAGED, message, PLAIN, type Wording } from "./harness/wording.ts";

const TYPED = { configuration: "typed" } as const;

/** Messages that are handled, and these answers. */
function typed(
  id: string,
  title: string,
  texts: readonly string[],
  answers: (wording: Wording) => readonly string[],
): readonly HostileCase[] {
  const types = texts.map((text) => ({ type: (JSON.parse(text) as { type: string }).type }));
  return both(id, title, texts, (wording) => all(answered(...answers(wording)), heard(...types)), TYPED);
}

/** One message of the type x with this id, as JSON, that is answered or not. */
function withId(id: string, title: string, json: string, answer?: number | string): readonly HostileCase[] {
  return typed(
    id,
    `${title}, to a handler`,
    [`{"type":"x","id":${json},"data":[1]}`],
    ({ reply }) => answer === undefined ? [] : [reply(answer, [1])],
  );
}

const IDS: readonly HostileCase[] = [
  ...withId("M20t", "id of 2^53 + 1", "9007199254740993"),
  ...withId("M20u", "id of 2^53 - 1", "9007199254740991", 9007199254740991),
  ...withId("M21t", "id of -1", "-1", -1),
  ...withId("M21u", "id of -0", "-0", 0),
  ...withId("M22t", "id of 1.5", "1.5"),
  ...withId("M22u", "id of 1e400", "1e400"),
  ...withId("M23t", "id that is __proto__", '"__proto__"', "__proto__"),
  ...withId("M23u", "id of 128 characters", JSON.stringify("i".repeat(128)), "i".repeat(128)),
  ...withId("M23v", "id of 129 characters", JSON.stringify("i".repeat(129))),
  ...withId("M23w", "id that is empty", '""', ""),
  ...withId("M23x", "id of line ends and half a character", '"\\r\\n\\ud800"', "\r\n\ud800"),
  ...withId("M24t", "id that is an object", '{"id":1}'),
  ...withId("M24u", "id that is an array", "[1]"),
  ...withId("M24v", "id that is null", "null"),
  ...withId("M24w", "id that is true", "true"),
  ...typed("M25t", "no id, to a handler", [message("x", { data: 1 })], () => []),
  ...both(
    "M26t",
    "the same id twice at once, to handlers",
    [],
    ({ reply }) => all(answered(reply(7, "a"), reply(7, "b")), heardTexts(["x", "a"], ["y", "b"])),
    {
      ...TYPED,
      then: [
        concat(
          textFrame(message("x", { id: 7, data: "a" })),
          textFrame(message("y", { id: 7, data: "b" })),
        ),
      ],
    },
  ),
  ...both(
    "M26u",
    "the same id while the first is at work",
    [message("waits", { id: 7, data: "never" }), message("x", { id: 7, data: "b" })],
    ({ reply, fault }) =>
      all(
        answered(fault(7, FAULT.timeout), reply(7, "b")),
        heardAndFailed(1, { type: "waits", size: 5, text: "never" }, { type: "x", size: 1, text: "b" }),
      ),
    TYPED,
  ),
  ...both(
    "M27t",
    "the same id behind its answer, to handlers",
    [message("x", { id: 7, data: "a" })],
    ({ reply }) => all(answered(reply(7, "b")), heardTexts(["x", "a"], ["y", "b"])),
    { ...TYPED, then: [(peer) => peer.nextFrame(), textFrame(message("y", { id: 7, data: "b" }))] },
  ),
];

function heardTexts(...messages: readonly (readonly [type: string, text: string])[]): Expectation {
  return heard(...messages.map(([type, text]) => ({ type, size: text.length, text })));
}

/** A type for which there is no handler: an answer that says so, and does not repeat it. */
function unknown(id: string, type: string, data: unknown = "vanadium"): readonly HostileCase[] {
  const title = `type that nobody handles, ${JSON.stringify(type).slice(0, 20)}`;
  return [
    ...counting(`${id}i`, title, message(type, { id: 1, data }), ({ fault }) => answered(fault(1, FAULT.unknownType))),
    ...counting(
      `${id}n`,
      `${title}, no id`,
      message(type, { data }),
      ({ complaint }) => answered(...complaint(FAULT.unknownType)),
    ),
  ];
}

/** A message that is counted as one that nobody handled. */
function counting(
  id: string,
  title: string,
  text: string,
  expect: (wording: Wording) => Expectation,
): readonly HostileCase[] {
  return [PLAIN, MANAGED].map((wording) => {
    const { isManaged } = wording;
    return {
      id: `${id}${isManaged ? "m" : "p"}`,
      title: `${title}, ${isManaged ? "managed" : "plain"}`,
      ...TYPED,
      runsAlone: true,
      script: async (target) => {
        const before = await unhandledOn(target);
        const outcome = await playObserved(target, [textFrame(text)], { isManaged });
        return { ...outcome, facts: { ...outcome.facts, unhandled: await unhandledOn(target) - before } };
      },
      // The first of its type is told to the application, by an error that belongs to no connection.
      expect: all(expect(wording), heard(), fact("unhandled", 1), LEFT),
    };
  });
}

async function unhandledOn({ server }: Target): Promise<number> {
  return (await server.settle(1, { deadlineMs: 1_000 })).unhandled;
}

const NAMES: readonly HostileCase[] = [
  ...unknown("M30t", "nobody.knows.this"),
  ...unknown("M31t", "__defineGetter__"),
  ...unknown("M32t", "prototype"),
  ...unknown("M33t", "valueOf"),
  ...unknown("M34t", "isPrototypeOf"),
  ...unknown("M35t", "catch"),
  ...unknown("M40t", "n".repeat(1_000_000)),
  ...["\n", "\u001b[2J", "\0", "\u202e"].flatMap((char, index) => unknown(`M41t${"abcd"[index]}`, `a${char}b`)),
  ...HANDLED_NAMES.flatMap((type, index) => {
    const data = { then: { then: 1 }, type: "close" };
    const id = `M36t${"abcdefghijklmnop"[index]}`;
    return typed(
      id,
      `a handler for the name ${type}`,
      [message(type, { id: 1, data })],
      ({ isManaged, reply }) => isAnswer(type, isManaged) ? [] : [reply(1, { type, data })],
    );
  }),
  ...typed("M35u", "data with then that is waited for", [
    '{"type":"awaited","id":1,"data":{"then":{"then":1}}}',
    '{"type":"x","id":2,"data":{"then":"x"}}',
  ], ({ reply }) => [reply(1, { then: { then: 1 } }), reply(2, { then: "x" })]),
];

/** Data that a handler spreads, assigns, clones or sends back whole; what comes back, as JSON. */
function spread(id: string, title: string, data: string, handler: string, back: string): readonly HostileCase[] {
  return both(
    id,
    `${title}, to a handler that does "${handler}"`,
    [`{"type":"${handler}","id":1,"data":${data}}`],
    ({ isManaged }) =>
      all(
        answered(`{"type":"${isManaged ? "$reply" : "reply"}","id":1,"data":${back}}`),
        heard({ type: handler }),
        LEFT,
      ),
    TYPED,
  );
}

const POLLUTING = '{"__proto__":{"polluted":1}}';
const CONSTRUCTING = '{"constructor":{"prototype":{"x":1}}}';

const PAYLOADS: readonly HostileCase[] = [
  ...spread("M37t", "__proto__ in the data", POLLUTING, "spread", POLLUTING),
  // On Deno no object has an accessor of this name: what is assigned is a member like any other.
  ...spread("M37u", "__proto__ in the data", POLLUTING, "assign", POLLUTING),
  ...spread("M37v", "__proto__ in the data", POLLUTING, "clone", POLLUTING),
  ...both(
    "M37w",
    "__proto__ in the message, to a handler that spreads it",
    ['{"type":"whole","id":1,"__proto__":{"polluted":1}}'],
    ({ isManaged }) =>
      all(
        answered(
          `{"type":"${isManaged ? "$reply" : "reply"}","id":1,` +
            '"data":{"type":"whole","id":1,"__proto__":{"polluted":1}}}',
        ),
        heard({ type: "whole" }),
      ),
    TYPED,
  ),
  ...spread("M38t", "constructor.prototype", CONSTRUCTING, "spread", CONSTRUCTING),
  ...spread("M38u", "constructor.prototype", CONSTRUCTING, "assign", CONSTRUCTING),
  ...spread("M38v", "constructor.prototype", CONSTRUCTING, "clone", CONSTRUCTING),
  ...spread("M39t", "toJSON that is a string", '{"toJSON":"x"}', "spread", '{"toJSON":"x"}'),
];

/** All messages to handlers. */
export const GROUP_M_TYPED: readonly HostileCase[] = [...IDS, ...NAMES, ...PAYLOADS];
