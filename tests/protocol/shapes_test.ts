import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { checkControl, controlTypes } from "../../src/protocol/shapes.ts";

const HEARTBEAT = { intervalMs: 30_000, timeoutMs: 60_000 };
const ERROR = { code: "forbidden", message: "No" };

/** One right message of each type. */
const RIGHT: Readonly<Record<string, object>> = {
  $hello: { features: ["a"], client: "x/1", token: "t" },
  $welcome: { id: "1", resumed: false, features: [], heartbeat: HEARTBEAT, maxMessageBytes: 1, expiresInMs: 5 },
  $refused: { code: "full", retryAfterMs: 5 },
  $ping: {},
  $pong: {},
  $reply: { id: 1 },
  $error: { id: "a", error: ERROR },
  $join: { id: 1, room: "a" },
  $leave: { id: 1, room: "a" },
  $left: { room: "a", code: "removed" },
  $cancel: { id: 1 },
  $credentials: { id: 1, token: "t" },
  $advice: { retryAfterMs: 5 },
};

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
};

const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  $hello: ["features", "client", "token"],
  $welcome: ["expiresInMs"],
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
