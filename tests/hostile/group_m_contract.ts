/**
 * Group M of the hostile inputs, fifth part: data that breaks a contract (M54), in the words of three schema libraries.
 *
 * The peer learns where its data is not valid, and nothing else: neither what it sent nor what the library says of it.
 *
 * @module
 */

import { all, type Expectation } from "./harness/expectations.ts";
import { LEFT } from "./harness/frame_cases.ts";
import { answered, heard, heardAndFailed } from "./harness/frame_expectations.ts";
import { textFrame, textOf } from "./harness/frames.ts";
import type { HostileCase } from "./harness/hostile_case.ts";
import { observed, type Step } from "./harness/observation.ts";
import type { RawPeer } from "./harness/raw_peer.ts";
import { both, FAULT, isAnswer, message, type WireFault } from "./harness/wording.ts";

const CHECKED = { configuration: "contract" } as const;

/** What no answer may hold: parts of what is sent, in words that stand nowhere else. */
const TELLTALES = ["vanadium", "7731", "SWORDFISH", "swordfish"];

const GOOD = { name: "vanadium", count: 7, place: { city: "vanadium" } };

interface Fault {
  readonly title: string;
  readonly data: unknown;
  /** Where it is; `[]` for the data itself. */
  readonly path: readonly (string | number)[];
}

const FAULTS: readonly Fault[] = [
  { title: "wrong type", data: { ...GOOD, place: { city: 7731 } }, path: ["place", "city"] },
  { title: "field too many", data: { ...GOOD, place: { city: "x", extra: "vanadium 7731" } }, path: ["place"] },
  { title: "field missing", data: { ...GOOD, place: {} }, path: ["place", "city"] },
  { title: "string too long", data: { ...GOOD, name: "vanadium ".repeat(10_000) }, path: ["name"] },
  { title: "number out of range", data: { ...GOOD, count: 7731 }, path: ["count"] },
  { title: "number that is not whole", data: { ...GOOD, count: 77.31 }, path: ["count"] },
  { title: "text in place of the whole", data: "vanadium 7731", path: [] },
  { title: "null in place of the whole", data: null, path: [] },
  { title: "nothing in place of the whole", data: undefined, path: [] },
];

/** Libraries differ in whether a field too many is a fault of the field or of what it is in. */
function pathOf(library: string, { title, path }: Fault): Fault["path"] {
  return title === "field too many" && library !== "zod" ? [...path, "extra"] : path;
}

function invalid(...paths: readonly Fault["path"][]): WireFault {
  const [first = []] = paths;
  return {
    code: "invalid_data",
    message: first.length === 0 ? "The data is not valid" : `The data is not valid at "${first.join(".")}"`,
    data: { issues: paths.map((path) => ({ path })) },
  };
}

/** No text that came back holds anything of what was sent. */
function nothingEchoed(): Expectation {
  return {
    says: "nothing of it comes back",
    complaint: ({ frames }) => {
      const text = frames.map(textOf).join("\n");
      const found = TELLTALES.find((telltale) => text.includes(telltale));
      return found === undefined ? undefined : `"${found}" came back`;
    },
  };
}

function breach(
  id: string,
  title: string,
  type: string,
  data: unknown,
  error: WireFault,
): readonly HostileCase[] {
  return [
    ...both(
      `${id}i`,
      title,
      [message(type, { id: 1, data })],
      ({ fault }) => all(answered(fault(1, error)), nothingEchoed(), heardAndFailed(1)),
      CHECKED,
    ),
    ...both(
      `${id}n`,
      `${title}, no id`,
      [message(type, { data })],
      ({ complaint }) => all(answered(...complaint(error)), nothingEchoed(), heardAndFailed(1)),
      CHECKED,
    ),
  ];
}

const SAME_IN_ALL: readonly HostileCase[] = ["zod", "valibot", "arktype"].flatMap((library, first) =>
  FAULTS.flatMap((fault, second) => {
    const id = `M54${"abc"[first]}${"abcdefghi"[second]}`;
    const error = invalid(pathOf(library, fault));
    return [
      ...breach(id, `${library}: ${fault.title}`, `${library}.order`, fault.data, error),
      ...breach(`${id}n`, `${library}: ${fault.title}, to onMessage`, `${library}.note`, fault.data, error),
    ];
  })
);

const VALID: readonly HostileCase[] = ["zod", "valibot", "arktype"].flatMap((library, index) =>
  both(
    `M54v${"abc"[index]}`,
    `${library}: data that is valid`,
    [message(`${library}.order`, { id: 1, data: GOOD }), message(`${library}.note`, { data: GOOD })],
    ({ reply }) =>
      all(
        answered(reply(1, GOOD), message(`${library}.note`, { data: GOOD })),
        heard({ type: `${library}.order` }, { type: `${library}.note` }),
      ),
    CHECKED,
  )
);

/** Steps of a path that a peer chose: each cut and escaped. */
const WILD_KEY = `\r\n\u001b[2J\u202e${"k".repeat(100_000)}`;
const SHOWN_KEY = `\\u000d\\u000a\\u001b[2J\\u202e${"k".repeat(57)}`;
const SHOWN_STEP = "vanadium".repeat(8);

const ODD_SCHEMAS: readonly HostileCase[] = [
  ...breach("M54x", "schema that takes its time", "zod.slow_order", { ...GOOD, name: "nobody" }, invalid(["name"])),
  ...both(
    "M54xx",
    "messages behind one whose schema takes its time keep their order",
    [
      message("zod.slow_order", { id: 1, data: GOOD }),
      message("zod.slow_order", { id: 2, data: { ...GOOD, name: "nobody" } }),
      message("zod.order", { id: 3, data: GOOD }),
    ],
    ({ reply, fault }) =>
      all(
        answered(reply(1, GOOD), fault(2, invalid(["name"])), reply(3, GOOD)),
        heardAndFailed(1, { type: "zod.slow_order" }, { type: "zod.order" }),
      ),
    CHECKED,
  ),
  ...breach("M54y", "schema that throws", "schema.throws", "vanadium", FAULT.internal),
  ...breach("M54z", "schema whose promise rejects", "schema.rejects", "vanadium", FAULT.internal),
  ...both(
    "M54k",
    "name of a member that is long and ill-behaved",
    [message("zod.scores", { id: 1, data: { [WILD_KEY]: "no number" } })],
    ({ fault }) =>
      all(
        answered(
          fault(1, {
            code: "invalid_data",
            message: `The data is not valid at "${SHOWN_KEY}"`,
            data: { issues: [{ path: [SHOWN_KEY] }] },
          }),
        ),
        heardAndFailed(1),
      ),
    CHECKED,
  ),
  ...both(
    "M54l",
    "10,000 members that are not valid",
    [
      message("zod.scores", {
        id: 1,
        data: Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`m${index}`, "x"])),
      }),
    ],
    ({ fault }) =>
      all(
        answered(fault(1, invalid(...Array.from({ length: 10 }, (_, index) => [`m${index}`])))),
        heardAndFailed(1),
      ),
    CHECKED,
  ),
  ...both(
    "M54p",
    "__proto__ in data that is checked",
    [
      '{"type":"zod.scores","id":1,"data":{"__proto__":"x","a":1}}',
      '{"type":"zod.order","id":2,"data":{"__proto__":1}}',
    ],
    () => all(nothingEchoed(), anyAnswers(3), heardTypes("zod.scores", "zod.order")),
    CHECKED,
  ),
  ...both(
    "M54r",
    "schema that says more than it should",
    [message("schema.rambles", { id: 1, data: "vanadium" })],
    ({ fault }) => {
      const path = [`Symbol(${SHOWN_STEP}`.slice(0, 64), SHOWN_STEP, 7, "NaN", ...Array(12).fill(SHOWN_STEP)];
      const issues = Array.from({ length: 10 }, () => ({ path }));
      const where = `${path.join(".").slice(0, 200)}… (${path.join(".").length} characters)`;
      return all(
        answered(fault(1, { code: "invalid_data", message: `The data is not valid at "${where}"`, data: { issues } })),
        heardAndFailed(1),
      );
    },
    CHECKED,
  ),
];

/** So many frames came back, the last of them the probe's echo. */
function anyAnswers(count: number): Expectation {
  return {
    says: `${count} frames`,
    complaint: ({ frames }) => frames.length === count ? undefined : `${frames.length} frames came back`,
  };
}

/** The handlers got at most messages of these types. */
function heardTypes(...types: readonly string[]): Expectation {
  return {
    says: `handlers get at most ${types.join(", ")}`,
    complaint: ({ facts }) => {
      const got = (facts?.["messages"] ?? []) as readonly { readonly type: string }[];
      return got.every(({ type }) => types.includes(type)) ? undefined : "a handler got something else";
    },
  };
}

const OTHERS: readonly HostileCase[] = [
  ...[
    ...["nobody.knows", "__proto__", "constructor", "question", "toString", "then"],
    ...["error", "close", "open", "message", "connection", "disconnect", "reply"],
  ].flatMap((type, index) =>
    both(
      `M54u${"abcdefghijklm"[index]}`,
      `type that the contract does not have, ${type}`,
      [message(type, { id: 1, data: GOOD })],
      ({ isManaged, fault }) =>
        all(
          answered(...isAnswer(type, isManaged) ? [] : [fault(1, FAULT.unknownType)]),
          nothingEchoed(),
          heard(),
        ),
      CHECKED,
    )
  ),
  // What is wrong with the answer to a question of the server is nothing that whoever asked behind it can do anything about.
  ...both(
    "M54w",
    "answer to a question of the server that is not valid",
    [message("ask_me", { id: 1 })],
    ({ fault }) => all(answered(fault(1, FAULT.internal)), nothingEchoed(), heardAndFailed(1, { type: "ask_me" })),
    { ...CHECKED, then: [answering("question", { data: { ...GOOD, count: 7731 } })] },
  ),
  ...both(
    "M52c",
    "text that calls itself bytes",
    [message("binary", { id: 1, data: "vanadium" })],
    ({ fault }) => all(answered(fault(1, invalid([]))), nothingEchoed(), heardAndFailed(1)),
    CHECKED,
  ),
  ...both(
    "M52d",
    "object that calls itself text",
    [message("text", { id: 1, data: { a: "vanadium" } })],
    ({ fault }) => all(answered(fault(1, invalid([]))), nothingEchoed(), heardAndFailed(1)),
    CHECKED,
  ),
  ...[
    ["R54a", "zod/1", { ...GOOD, count: 7731 }, invalid(["count"])],
    ["R54b", "arktype/1", { ...GOOD, count: 7731 }, invalid(["count"])],
    ["R54c", "nobody/1", GOOD, FAULT.forbidden],
  ].map(([id, room, data, error]) =>
    observed(
      `${id as string}m`,
      `join of ${room as string} with data that is not valid, managed`,
      [textFrame(message("$join", { id: 1, room, data }))],
      all(
        answered(JSON.stringify({ type: "$error", id: 1, error })),
        nothingEchoed(),
        heardAndFailed(error === FAULT.forbidden ? 0 : 1),
        LEFT,
      ),
      { ...CHECKED, isManaged: true },
    )
  ),
];

/** Waits for a question of the server and answers it like this. The answer is of the kind that the question asks for. */
function answering(type: string, answer: Readonly<Record<string, unknown>>): Step {
  return async (peer: RawPeer) => {
    const frame = await peer.nextFrame();
    const question = JSON.parse(frame === undefined ? "{}" : textOf(frame)) as Record<string, unknown>;
    if (question["type"] !== type) throw new Error(`No "${type}" came but ${JSON.stringify(question)}`);
    const isManaged = "$timeoutMs" in question;
    await peer.write(textFrame(message(isManaged ? "$reply" : "reply", { id: question["id"], ...answer })));
  };
}

/** All that breaks a contract. */
export const GROUP_M_CONTRACT: readonly HostileCase[] = [...SAME_IN_ALL, ...VALID, ...ODD_SCHEMAS, ...OTHERS];
