import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { checkControl, controlTypes } from "../../src/protocol/shapes.ts";

const HEARTBEAT = { intervalMs: 30_000, timeoutMs: 60_000 };
const POSITION = { epoch: "e", offset: 3 };
const ERROR = { code: "forbidden", message: "No" };

/** One right message of each type. */
const RIGHT: Readonly<Record<string, object>> = {
  $hello: {
    features: ["a"],
    client: "x/1",
    token: "t",
    stream: "s".repeat(64),
    next: 1,
    received: 0,
    resume: { id: "1", secret: "x" },
    positions: { lobby: POSITION },
  },
  $welcome: {
    id: "1",
    resumed: false,
    features: [],
    heartbeat: HEARTBEAT,
    maxMessageBytes: 1,
    expiresInMs: 5,
    maxFrameMessages: 1,
    session: { secret: "x", windowMs: 0 },
    received: 0,
    next: 1,
    rooms: { lobby: { ...POSITION, recovered: false, reason: "too_old" }, attic: {} },
  },
  $refused: { code: "full", retryAfterMs: 5 },
  $ping: {},
  $pong: {},
  $ack: { n: 0 },
  $reply: { id: 1, ...POSITION, recovered: true, reason: "ahead" },
  $error: { id: "a", error: ERROR },
  $join: { id: 1, room: "a", since: POSITION },
  $leave: { id: 1, room: "a" },
  $left: { room: "a", code: "removed" },
  $joined: { room: "a", ...POSITION, reason: "no_log" },
  $skipped: { room: "a", ...POSITION, reason: "too_old" },
  $history: { id: 1, room: "a", since: POSITION, limit: 1 },
  $cancel: { id: 1 },
  $credentials: { id: 1, token: "t" },
  $advice: { retryAfterMs: 5 },
};

/** What no count is. */
const COUNTS = [0, -1, 1.5, "1", null, 2 ** 53];

/** More than a hello may have. */
const MANY_POSITIONS = Object.fromEntries(Array.from({ length: 1_025 }, (_, i) => [i, POSITION]));

/** What each member must not be. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  features: ["a", [1], null, new Array(33).fill("a")],
  client: [1, null, {}],
  id: [1.5, NaN, 2 ** 53, null, {}, true, "x".repeat(129)],
  resumed: ["true", 1, null],
  heartbeat: [null, [], 5, {}, { intervalMs: 1 }, { intervalMs: -1, timeoutMs: 1 }, { intervalMs: "1", timeoutMs: 1 }],
  maxMessageBytes: [-1, "1", null, Infinity, NaN],
  code: [1, null, {}],
  retryAfterMs: [-1, "5", null, Infinity, NaN, 2 ** 53],
  expiresInMs: [-1, "5", null, Infinity, NaN, 2 ** 53],
  error: [null, "no", [], {}, { code: "x" }, { code: 1, message: "x" }],
  room: [1, null, [], {}],
  token: [1, null, {}],
  stream: [1, null, "s".repeat(65)],
  next: COUNTS,
  maxFrameMessages: COUNTS,
  limit: COUNTS,
  received: [-1, 0.5, "1", null, 2 ** 53],
  n: [-1, 0.5, "1", null, 2 ** 53],
  offset: [-1, 0.5, "1", null, 2 ** 53],
  resume: [null, [], {}, { id: "1" }, { id: 1, secret: "x" }],
  positions: [null, [], { a: null }, { a: { epoch: "e" } }, { a: { ...POSITION, offset: -1 } }, MANY_POSITIONS],
  session: [null, [], {}, { secret: "x" }, { secret: 1, windowMs: 1 }, { secret: "x", windowMs: -1 }],
  rooms: [null, [], { a: null }, { a: { offset: -1 } }, { a: { recovered: 1 } }],
  epoch: [1, null, "e".repeat(65)],
  recovered: [1, null, "true"],
  reason: [1, null],
  since: [null, 1, [], {}, { epoch: "e" }],
};

const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  $hello: ["features", "client", "token", "stream", "next", "received", "resume", "positions"],
  $welcome: ["expiresInMs", "maxFrameMessages", "session", "received", "next", "rooms"],
  $reply: ["epoch", "offset", "recovered", "reason"],
  $join: ["since"],
  $joined: ["epoch", "offset", "reason"],
  $history: ["since", "limit"],
  $refused: ["retryAfterMs"],
  $error: ["id"],
};

Deno.test("controlTypes() lists the types of which there is a right one here", () => {
  assertEquals([...controlTypes()].sort(), Object.keys(RIGHT).sort());
});

for (const [type, members] of Object.entries(RIGHT)) {
  Deno.test(`checkControl() takes a right ${type}, also with members of later versions`, () => {
    assertEquals([checkControl({ type, ...members }), checkControl({ type, ...members, later: {} })], [
      undefined,
      undefined,
    ]);
  });

  for (const name of Object.keys(members)) {
    const isOptional = OPTIONAL[type]?.includes(name) ?? false;
    Deno.test(`checkControl() ${isOptional ? "takes" : "refuses"} a ${type} without ${name}`, () => {
      const problem = checkControl({ type, ...members, [name]: undefined });

      assertEquals(problem === undefined, isOptional);
    });

    Deno.test(`checkControl() refuses a ${type} with a wrong ${name}, and names it`, () => {
      // The identifier of a welcome is any text.
      const wrong = type === "$welcome" && name === "id" ? [1, null] : WRONG[name] ?? [];
      assert(wrong.length > 0);
      for (const value of wrong) {
        const problem = checkControl({ type, ...members, [name]: value });
        assert(problem?.startsWith(`"${name}" of "${type}" is `), `${JSON.stringify(value)}: ${problem}`);
      }
    });
  }
}

Deno.test("checkControl() takes an id of 128 characters, and safe integers", () => {
  for (const id of ["x".repeat(128), "", 0, -1, Number.MAX_SAFE_INTEGER]) {
    assertStrictEquals(checkControl({ type: "$reply", id }), undefined);
  }
});

Deno.test("checkControl() lets types pass that it does not know", () => {
  for (const type of ["$later", "$", "constructor", "__proto__"]) assertStrictEquals(checkControl({ type }), undefined);
});
