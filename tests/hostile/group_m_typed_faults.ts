/**
 * Group M of the hostile inputs, fifth part: handlers of single types, and loops, that fail (M55).
 *
 * @module
 */

import { all, type Expectation, fact } from "./harness/expectations.ts";
import { answered, heard, heardAndFailed, served } from "./harness/frame_expectations.ts";
import { concat, textFrame, textOf } from "./harness/frames.ts";
import type { HostileCase } from "./harness/hostile_case.ts";
import { seen } from "./harness/observation.ts";
import { TYPED_FAULTS } from "./harness/typed_parts.ts";
import { both, FAULT, message, openAs, scripted, type WireFault } from "./harness/wording.ts";

const TYPED = { configuration: "typed" } as const;
/** So often each handler fails in the long case. */
const ROUNDS = 30;

/** What a peer is told when a handler fails like this. */
function faultOf(type: string): WireFault {
  if (type === "never_settles") return FAULT.timeout;
  return FAULT.internal;
}

const HANDLERS: readonly HostileCase[] = [
  ...TYPED_FAULTS.flatMap((type, index) => {
    const letter = "abcdefghijklmn"[index];
    // Without an id nobody wants what the handler returns, so it is not even looked at.
    const failsUnasked = !type.startsWith("returns_") && !type.startsWith("resolves_") ||
      type === "returns_bad_promise";
    return [
      ...both(
        `M55t${letter}`,
        `handler of a type ${type}`,
        [message(type, { id: 1, data: "vanadium" })],
        ({ fault }) => all(answered(fault(1, faultOf(type))), heardAndFailed(1, { type, size: 8, text: "vanadium" })),
        TYPED,
      ),
      ...both(
        `M55u${letter}`,
        `handler of a type ${type}, no id`,
        [message(type)],
        ({ complaint }) =>
          failsUnasked && type !== "refuses_with_bigint"
            ? all(answered(...complaint(faultOf(type))), heardAndFailed(1, { type }))
            : all(type === "refuses_with_bigint" ? served() : answered(), heardType(type)),
        TYPED,
      ),
    ];
  }),
  ...both(
    "M55v",
    "handler that refuses on purpose",
    [message("refuses", { id: 1 }), message("refuses")],
    ({ fault, complaint }) => {
      const no = { code: "refused", message: "You may not", data: { a: 1 } };
      return all(answered(fault(1, no), ...complaint(no)), heard({ type: "refuses" }, { type: "refuses" }));
    },
    TYPED,
  ),
  ...scripted(
    {
      id: "M55w",
      title: "handlers of all kinds that fail, again and again, with others in between",
      ...TYPED,
      runsAlone: true,
    },
    async (target, wording) => {
      using peer = await openAs(target, wording.isManaged);
      const types = TYPED_FAULTS.filter((type) => type !== "never_settles");
      let failures = 0;
      let answers = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const texts = types.flatMap((type, index) => [
          message(type, { id: `${round} ${index}` }),
          message("x", { id: `ok ${round} ${index}` }),
        ]);
        await peer.write(concat(...texts.map((text) => textFrame(text))));
        for (const _ of texts) {
          const frame = await peer.nextFrame();
          const text = frame === undefined ? "" : textOf(frame);
          if (text.includes('"code":"internal_error"')) failures++;
          else if (text.includes('"ok ')) answers++;
        }
      }
      const count = types.length * ROUNDS;
      await peer.leave();
      const { errors } = await seen(target);
      return { frames: [], end: undefined, facts: { failures: failures - count, answers: answers - count, errors } };
    },
    () => all(fact("failures", 0), fact("answers", 0), fact("errors", (TYPED_FAULTS.length - 1) * ROUNDS)),
  ),
];

/** The handler got a message of this type, whatever else there was. */
function heardType(type: string): Expectation {
  return {
    says: `the handler gets "${type}"`,
    complaint: ({ facts }) => {
      const got = facts?.["messages"] as readonly { readonly type: string }[] | undefined;
      return got?.length === 1 && got[0]!.type === type ? undefined : "the handler got something else";
    },
  };
}

/** Messages that a loop of the server reads; it says that it was the loop. */
const LOOPS: readonly HostileCase[] = [
  ...both(
    "M55x",
    "loop whose body throws, and messages behind it",
    [message("a"), message("loop_throws", { id: 1 }), message("b", { id: 2 })],
    // What is read by a loop is answered by the loop, or by nobody; the rest goes to onMessage.
    () => all(answered(message("a", { isPulled: true }), message("b", { id: 2 })), fact("errors", 1)),
    { configuration: "pulled" },
  ),
  ...both(
    "M55y",
    "loop that is left, and messages behind it",
    [message("a"), message("leave_loop"), message("b"), message("loop_throws")],
    () => all(answered(message("a", { isPulled: true }), message("b"), message("loop_throws")), fact("errors", 0)),
    { configuration: "pulled" },
  ),
];

/** All handlers and loops that fail. */
export const GROUP_M_TYPED_FAULTS: readonly HostileCase[] = [...HANDLERS, ...LOOPS];
