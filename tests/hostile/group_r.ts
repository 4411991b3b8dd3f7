/**
 * Group R of the hostile inputs, first part: names of rooms, leaving, and rules that fail (R01 to R04, R07, R08, R10, R11, R15).
 *
 * Managed peers join by `$join`. Plain peers cannot; where the same input makes sense for them, they send a message whose
 * handler calls `connection.join` with what stands in it, as an application might.
 *
 * @module
 */

import { all, closed } from "./harness/expectations.ts";
import { LEFT } from "./harness/frame_cases.ts";
import { answered, endedLocally, heard } from "./harness/frame_expectations.ts";
import { textFrame, textOf } from "./harness/frames.ts";
import type { HostileCase } from "./harness/hostile_case.ts";
import { observed } from "./harness/observation.ts";
import { calls, enter, failed, join, leave, ROOMS_MANAGED, wishes } from "./harness/room_cases.ts";
import { FAULT, MANAGED, message, PLAIN, type WireFault } from "./harness/wording.ts";

/** A room of a name that cannot be one. */
function badName(id: string, title: string, room: string): readonly HostileCase[] {
  return [
    wishes(id, title, [join(1, room), leave(2, room)], [MANAGED.fault(1, FAULT.badRoom), MANAGED.reply(2, null)]),
    calls(
      id,
      title,
      [enter(1, room), enter(2, room, "exit")],
      [PLAIN.fault(1, FAULT.internal), PLAIN.reply(2, false)],
      1,
    ),
  ];
}

/** A room of a name that is like any other. */
function goodName(id: string, title: string, room: string): readonly HostileCase[] {
  return [
    wishes(
      id,
      title,
      [join(1, room), leave(2, room), leave(3, room)],
      [MANAGED.reply(1, null), MANAGED.reply(2, null), MANAGED.reply(3, null)],
    ),
    calls(
      id,
      title,
      [enter(1, room), enter(2, room), message("mine", { id: 3 }), enter(4, room, "exit"), message("mine", { id: 5 })],
      [PLAIN.reply(1, true), PLAIN.reply(2, false), PLAIN.reply(3, [room]), PLAIN.reply(4, true), PLAIN.reply(5, [])],
    ),
  ];
}

/** A room that is no text at all. */
function noText(id: string, title: string, room: unknown): readonly HostileCase[] {
  return [
    observed(
      `${id}m`,
      `${title}, managed`,
      [textFrame(join(1, room))],
      all(closed(4400), heard(), endedLocally({ code: 4400, wasClean: false, hasError: true })),
      ROOMS_MANAGED,
    ),
    calls(id, title, [enter(1, room)], [PLAIN.fault(1, FAULT.internal)], 1),
  ];
}

const NAMES: readonly HostileCase[] = [
  ...badName("R01", "join of a room without a name", ""),
  ...badName("R02a", "join of a room with a name of 1 MB", "n".repeat(1_000_000)),
  ...badName("R02b", "join of a room with a name of 129 characters", "n".repeat(129)),
  ...goodName("R02c", "join of a room with a name of 128 characters", "n".repeat(128)),
  ...badName("R02d", "join of a room with half a character in its name", "a\ud800"),
  ...badName("R02e", "join of a room whose name is the protocol's", "$all"),
  ...noText("R03a", "join of a room that is a number", 7),
  ...noText("R03b", "join of a room that is an object", { name: "r", toString: "x" }),
  ...noText("R03c", "join of a room that is an array", ["r"]),
  ...noText("R03d", "join of a room that is null", null),
  ...noText("R03e", "join of no room", undefined),
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "then"].flatMap((name, index) =>
    goodName(`R04${"abcde"[index]}`, `join of the room ${name}`, name)
  ),
  ...["a*", "a>", "a.b", "a b", "a\nb", "*", ">", "a\0b", "a\u202eb", "../a", "{a}"].flatMap((name, index) =>
    goodName(`R11${"abcdefghijk"[index]}`, `join of the room ${JSON.stringify(name)}`, name)
  ),
];

const LEAVING: readonly HostileCase[] = [
  wishes("R07", "leave of a room never joined", [leave(1, "never"), leave("x", "private/other")], [
    MANAGED.reply(1, null),
    MANAGED.reply("x", null),
  ]),
  calls("R07", "leave of a room never joined", [enter(1, "never", "exit")], [PLAIN.reply(1, false)]),
  wishes("R08", "leave twice", [join(1, "twice"), leave(2, "twice"), leave(3, "twice")], [
    MANAGED.reply(1, null),
    MANAGED.reply(2, null),
    MANAGED.reply(3, null),
  ]),
  calls("R08", "leave twice", [enter(1, "twice"), enter(2, "twice", "exit"), enter(3, "twice", "exit")], [
    PLAIN.reply(1, true),
    PLAIN.reply(2, true),
    PLAIN.reply(3, false),
  ]),
];

/** A rule that fails, and what the peer is told. */
function failing(id: string, way: string, error: WireFault, errors = 1): HostileCase {
  const room = `failing/${way}`;
  return observed(
    `${id}m`,
    `join of a room whose rule ${way}, managed`,
    [
      textFrame(join(1, room)),
      textFrame(message("look", { id: 2, data: room })),
      textFrame(message("mine", { id: 3 })),
    ],
    all(
      {
        says: "no, and not in",
        complaint: ({ frames }) => {
          const [first, second, third] = frames.map(textOf);
          if (first !== MANAGED.fault(1, error)) return "the answer to the wish is another";
          if (!second?.includes('"exists":false')) return "the room exists";
          return third === MANAGED.reply(3, []) ? undefined : "it is in a room";
        },
      },
      failed(errors),
      LEFT,
    ),
    ROOMS_MANAGED,
  );
}

const RULES: readonly HostileCase[] = [
  failing("R10a", "refuses", {
    code: "members_only",
    message: "Ask somebody to let you in",
    data: { ask: "the owner" },
  }, 0),
  failing("R10b", "says no", FAULT.forbidden, 0),
  failing("R15a", "throws", FAULT.internal),
  failing("R15b", "rejects", FAULT.internal),
  failing("R15c", "never_settles", FAULT.timeout),
  failing("R15d", "cycle", FAULT.internal),
  failing("R15e", "bigint", FAULT.internal),
  failing("R15f", "function", FAULT.internal),
  observed(
    "R15gm",
    "join with data that is nested 500,000 deep, managed",
    [
      `{"type":"$join","id":1,"room":"deep","data":${"[".repeat(500_000)}${"]".repeat(500_000)}}`,
      message("mine", { id: 2 }),
    ].map((text) => textFrame(text)),
    all(answered(MANAGED.reply(1, null), MANAGED.reply(2, ["deep"])), heard({ type: "mine" }), LEFT),
    ROOMS_MANAGED,
  ),
];

/** All about names and rules. */
export const GROUP_R: readonly HostileCase[] = [...NAMES, ...LEAVING, ...RULES];
