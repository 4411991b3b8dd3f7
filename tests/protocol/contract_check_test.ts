import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { type } from "arktype";
import fc from "fast-check";
import * as v from "valibot";
import { z } from "zod";
import { InvalidDataError } from "../../src/errors.ts";
import { type Contract, defineContract, type Schema } from "../../src/protocol/contract.ts";
import {
  compileContract,
  type CompiledContract,
  invalidData,
  validate,
  type Validated,
  wireIssues,
} from "../../src/protocol/contract_check.ts";

/** A schema that is told apart from others, and takes everything. */
function any(): Schema {
  return { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
}

/** A schema that says of everything what it is given. */
function failing(
  ...issues: readonly { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] }[]
): Schema {
  return { "~standard": { version: 1, vendor: "test", validate: () => ({ issues }) } };
}

function check(schema: Schema | undefined, value: unknown): Validated {
  assert(schema !== undefined, "there is no schema");
  const validated = validate(schema, value);
  assert(!(validated instanceof Promise), "the schema is sync and the check is not");
  return validated;
}

function errorOf(issues: InvalidDataError["issues"]): InvalidDataError {
  return invalidData("incoming", "say", issues);
}

const [say, said, asked, answer, told, sure, both, bothAnswer] = Array.from({ length: 8 }, any);
const CONTRACT = {
  client: { say },
  server: { said },
  requests: {
    ask: { data: asked, reply: answer },
    confirm: { data: told, reply: sure, from: "server" },
    sync: { data: both, reply: bothAnswer, from: "both" },
    clear: {},
  },
} as Contract;

for (const side of ["server", "client"] as const) {
  const { incoming, outgoing, outgoingReply, incomingReply, knows } = compileContract(CONTRACT, side);
  const isServer = side === "server";

  Deno.test(`compileContract() gives the ${side} the schema of what may arrive, and of nothing else`, () => {
    assertStrictEquals(incoming("say"), isServer ? say : undefined);
    assertStrictEquals(incoming("said"), isServer ? undefined : said);
    assertStrictEquals(incoming("ask"), isServer ? asked : undefined);
    assertStrictEquals(incoming("confirm"), isServer ? undefined : told);
    assertStrictEquals(incoming("sync"), both);
    const types = ["say", "said", "ask", "confirm", "sync", "clear", "text", "binary", "other", "$join"];
    assertEquals(
      types.filter(knows),
      isServer ? ["say", "ask", "sync", "clear", "text", "binary"] : ["said", "confirm", "sync", "text", "binary"],
    );
  });

  Deno.test(`compileContract() gives the ${side} the schema of what it may send`, () => {
    assertStrictEquals(outgoing("said"), isServer ? said : undefined);
    assertStrictEquals(outgoing("say"), isServer ? undefined : say);
    assertStrictEquals(outgoing("confirm"), isServer ? told : undefined);
    assertStrictEquals(outgoing("ask"), isServer ? undefined : asked);
    assertStrictEquals(outgoing("sync"), both);
    assertStrictEquals(outgoing("text"), undefined);
  });

  Deno.test(`compileContract() gives the ${side} the schemas of answers, those that it gives and those that it gets`, () => {
    assertStrictEquals(outgoingReply("ask"), isServer ? answer : undefined);
    assertStrictEquals(outgoingReply("confirm"), isServer ? undefined : sure);
    assertStrictEquals(outgoingReply("sync"), bothAnswer);
    assertStrictEquals(outgoingReply("clear"), undefined);
    assertEquals(incomingReply("ask") === undefined, isServer);
    assertEquals(incomingReply("confirm") === undefined, !isServer);
    assertEquals(incomingReply("sync") === undefined, false);
    assertEquals(incomingReply("say"), undefined);
  });
}

Deno.test("compileContract() takes only what defineContract() takes", () => {
  assertThrows(() => compileContract({ client: { say: {} as Schema } }, "server"), TypeError, '"client.say"');
});

Deno.test("compileContract() finds types by their own name alone, whatever objects do with it elsewhere", () => {
  const none = compileContract(defineContract({ client: {}, requests: {}, rooms: {} }), "server");
  const schema = any();
  const some = compileContract({ client: { ["__proto__"]: schema, constructor: schema } }, "server");

  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", ""]) {
    assertEquals(none.incoming(name), undefined);
    assertEquals(none.outgoing(name), undefined);
    assertEquals(none.incomingReply(name), undefined);
    assertEquals(none.outgoingReply(name), undefined);
    assertEquals(none.knows(name), false);
    assertEquals(none.room(name), undefined);
  }
  assertStrictEquals(some.incoming("__proto__"), schema);
  assertStrictEquals(some.incoming("constructor"), schema);
});

Deno.test("compileContract() lets text be a string and bytes be bytes, unless the contract has these types itself", () => {
  const { incoming } = compileContract({}, "server");
  const schema = any();

  assertEquals(check(incoming("text"), "hi"), { ok: true, value: "hi" });
  assertEquals(check(incoming("text"), { evil: true }).ok, false);
  assertEquals(check(incoming("binary"), new Uint8Array(2)), { ok: true, value: new Uint8Array(2) });
  assertEquals(check(incoming("binary"), "bytes").ok, false);
  assertStrictEquals(compileContract({ client: { text: schema } }, "server").incoming("text"), schema);
});

Deno.test("compileContract() throws away what arrives where the contract has no schema for it", () => {
  const contract = defineContract({ requests: { clear: {} }, rooms: { lobby: {} } });
  const server = compileContract(contract, "server");
  const client = compileContract(contract, "client");

  assertEquals(check(server.incoming("clear"), { evil: true }), { ok: true, value: undefined });
  assertEquals(check(client.incomingReply("clear"), { evil: true }), { ok: true, value: null });
  assertEquals(check(server.room("lobby")?.data, { evil: true }), { ok: true, value: undefined });
  assertEquals(check(client.room("lobby")?.reply, { evil: true }), { ok: true, value: null });
  assertEquals(server.room("lobby")?.reply, undefined);
});

/** An answer of nothing is `null` on the wire: schemas, and what they make of it. */
const NO_ANSWER: readonly (readonly [string, Schema, Validated["ok"], unknown?])[] = [
  ["takes undefined", z.number().optional(), true, undefined],
  ["has a default", v.optional(v.number(), 7), true, 7],
  ["takes null", z.number().nullable(), true, null],
  ["takes both", z.number().nullish(), true, null],
  ["takes neither", type("number"), false],
];

for (const [what, schema, ok, value] of NO_ANSWER) {
  Deno.test(`an answer of null counts as none for a schema that ${what}`, () => {
    const contract = defineContract({ requests: { ask: { reply: schema } }, rooms: { lobby: { reply: schema } } });
    const { incomingReply, room } = compileContract(contract, "client");

    for (const reply of [incomingReply("ask"), room("lobby")?.reply]) {
      const validated = check(reply, null);

      assertEquals(validated.ok, ok);
      if (validated.ok) assertEquals(validated.value, value);
      assertEquals(check(reply, 3), { ok: true, value: 3 });
    }
  });
}

Deno.test("an answer of null counts as none for an asynchronous schema too", async () => {
  const reply = v.optionalAsync(v.pipeAsync(v.number(), v.checkAsync(() => Promise.resolve(true))));
  const schema = compileContract({ requests: { ask: { reply } } }, "client").incomingReply("ask");

  assert(schema !== undefined);
  assertEquals(await validate(schema, null), { ok: true, value: undefined });
});

Deno.test("room() finds a plain name before placeholders, and these before any rest, in the order of the contract", () => {
  const contract = defineContract({
    rooms: { "*": {}, "a/*": {}, "a/{b}:{c}": {}, "a/{b}": {}, "a/b": {}, "x{y}": {} },
  });
  const { room } = compileContract(contract, "server");
  const pattern = (name: string) => room(name)?.pattern;

  assertEquals(pattern("a/b"), "a/b");
  assertEquals(pattern("a/c"), "a/{b}");
  assertEquals(pattern("a/c:d"), "a/{b}:{c}");
  assertEquals(pattern("a/c/d"), "*");
  assertEquals(pattern("x1"), "x{y}");
  assertEquals(pattern("a/{b}"), "a/{b}");
  assertEquals(pattern(""), "*");
});

Deno.test("room() knows no room of a contract that has none, and any of one that says nothing of rooms", () => {
  assertEquals(compileContract({ rooms: {} }, "server").room("lobby"), undefined);
  assertEquals(compileContract({ rooms: { "a/{b}": {} } }, "server").room("a/b/c"), undefined);
  assertEquals(compileContract({}, "server").room("lobby"), { pattern: "*" });
});

Deno.test("room() gives both sides the schemas of what is said at the door", () => {
  const [data, reply] = [any(), z.number()];
  const contract = { rooms: { "a/{b}": { data, reply } } };
  const server = compileContract(contract, "server").room("a/b");
  const client = compileContract(contract, "client").room("a/b");

  assertStrictEquals(server?.data, data);
  assertStrictEquals(client?.data, data);
  assertStrictEquals(server?.reply, reply);
  assertEquals(check(client?.reply, 7), { ok: true, value: 7 });
  assertEquals(check(client?.reply, "7").ok, false);
});

const PERSON: readonly (readonly [string, Schema])[] = [
  ["zod", z.object({ name: z.string().transform((name) => name.length), tags: z.string().array() })],
  ["valibot", v.object({ name: v.pipe(v.string(), v.transform((name) => name.length)), tags: v.array(v.string()) })],
  ["arktype", type({ name: type("string").pipe((name) => name.length), tags: "string[]" })],
];

for (const [vendor, schema] of PERSON) {
  Deno.test(`validate() hands on what a schema of ${vendor} makes of the value, at once`, () => {
    assertEquals(check(schema, { name: "Ada", tags: [] }), { ok: true, value: { name: 3, tags: [] } });
  });

  Deno.test(`validate() tells where a value does not fit a schema of ${vendor}`, () => {
    const validated = check(schema, { name: 1, tags: ["a", 2] });

    assert(!validated.ok);
    assertEquals(validated.issues.map(({ path }) => path), [["name"], ["tags", 1]]);
    assert(validated.issues.every(({ message }) => message !== ""));
  });
}

Deno.test("validate() waits for an asynchronous schema", async () => {
  const schema = v.objectAsync({
    name: v.pipeAsync(v.string(), v.checkAsync((name) => Promise.resolve(name !== "taken"), "Taken")),
  });
  const [free, taken] = [validate(schema, { name: "free" }), validate(schema, { name: "taken" })];

  assert(free instanceof Promise && taken instanceof Promise);
  assertEquals(await free, { ok: true, value: { name: "free" } });
  assertEquals(await taken, { ok: false, issues: [{ path: ["name"], message: "Taken" }] });
});

Deno.test("validate() waits for whatever has a then", async () => {
  const validated = validate({
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => ({ then: (resolve: (result: unknown) => void) => resolve({ value }) }) as never,
    },
  }, 7);

  assertEquals(await validated, { ok: true, value: 7 });
});

Deno.test("validate() throws on what a schema throws, and rejects with what it rejects with", async () => {
  const error = new Error("The schema has a bug");
  const schema = (run: () => never | Promise<never>): Schema => ({
    "~standard": { version: 1, vendor: "test", validate: run },
  });

  assertStrictEquals(
    assertThrows(() =>
      validate(
        schema(() => {
          throw error;
        }),
        1,
      )
    ),
    error,
  );
  assertStrictEquals(
    await assertRejects(() => Promise.resolve(validate(schema(() => Promise.reject(error)), 1))),
    error,
  );
});

Deno.test("validate() takes a result without value and without issues for undefined, one with empty issues for a failure", () => {
  const schema = (result: object): Schema => ({
    "~standard": { version: 1, vendor: "test", validate: () => result as { value: unknown } },
  });

  assertEquals(check(schema({}), 1), { ok: true, value: undefined });
  assertEquals(check(schema({ issues: undefined, value: 2 }), 1), { ok: true, value: 2 });
  assertEquals(check(schema({ issues: [] }), 1), { ok: false, issues: [] });
  assertThrows(() => validate(schema(null as never), 1), TypeError);
});

Deno.test("validate() keeps the first 100 issues of a schema that finds very many", () => {
  const validated = check(z.array(z.string()), Array(10_000).fill(1));

  assert(!validated.ok);
  assertEquals(validated.issues.length, 100);
  assertEquals(validated.issues.at(-1)?.path, [99]);
});

Deno.test("validate() reads every form of a path", () => {
  const validated = check(
    failing(
      { message: "none" },
      { message: "keys", path: ["a", 0, { key: "b" }, { key: 1 }] },
      { message: "symbols", path: [Symbol("s"), { key: Symbol() }] },
      { message: "no numbers", path: [NaN, Infinity] },
    ),
    1,
  );

  assert(!validated.ok);
  assertEquals(validated.issues, [
    { path: [], message: "none" },
    { path: ["a", 0, "b", 1], message: "keys" },
    { path: ["Symbol(s)", "Symbol()"], message: "symbols" },
    { path: ["NaN", "Infinity"], message: "no numbers" },
  ]);
});

Deno.test("invalidData() tells the application what is wrong, where and why, in one safe line", () => {
  const issues = [{ path: ["a", "b\u202e", 3], message: "Expected string,\nreceived \u001b[31m" }, {
    path: [],
    message: "x",
  }];
  const error = invalidData("incoming", "say\u0000", issues);

  assertEquals(error instanceof InvalidDataError, true);
  assertEquals(
    error.message,
    'Cannot take "say\\u0000" as its data is not valid at "a.b\\u202e.3" (and at 1 more): ' +
      "Expected string,\\u000areceived \\u001b[31m",
  );
  assertEquals([error.direction, error.type], ["incoming", "say\\u0000"]);
  assertStrictEquals(error.issues, issues);
});

Deno.test("invalidData() tells of data that was to be sent, and has words where a schema gives no reason", () => {
  assertEquals(invalidData("outgoing", "say", []).message, 'Cannot send "say" as its data is not valid');
  assertEquals(
    invalidData("outgoing", "say", [{ path: [], message: "Too long" }]).message,
    'Cannot send "say" as its data is not valid: Too long',
  );
});

Deno.test("wireIssues() names the places, and neither values nor what the schema says", () => {
  const secret = "received hunter2";

  assertEquals(wireIssues(errorOf([{ path: ["a", "b"], message: secret }, { path: ["c", 2], message: secret }])), {
    code: "invalid_data",
    message: 'The data is not valid at "a.b"',
    data: { issues: [{ path: ["a", "b"] }, { path: ["c", 2] }] },
  });
  assertEquals(wireIssues(errorOf([{ path: [], message: secret }])), {
    code: "invalid_data",
    message: "The data is not valid",
    data: { issues: [{ path: [] }] },
  });
});

Deno.test("wireIssues() tells at most 10 places, 16 steps, 64 characters, escaped", () => {
  const step = "\u202e".repeat(1_000);
  const issues = Array.from({ length: 1_000 }, () => ({ path: Array(1_000).fill(step), message: "" }));
  const { data, message } = wireIssues(errorOf(issues)) as { data: { issues: { path: string[] }[] }; message: string };

  assertEquals(data.issues.length, 10);
  for (const { path } of data.issues) assertEquals(path, Array(16).fill("\\u202e".repeat(64)));
  assert(message.length < 300, `${message.length} characters`);
});

Deno.test("wireIssues() is JSON of a bounded size without unsafe characters, whatever the path", () => {
  const step = fc.oneof(fc.string({ unit: "binary" }), fc.double(), fc.constantFrom("__proto__", "toJSON", "\ud83d"));
  const paths = fc.array(fc.array(step, { maxLength: 20 }), { maxLength: 12 });

  fc.assert(fc.property(paths, (paths) => {
    const json = JSON.stringify(wireIssues(errorOf(paths.map((path) => ({ path, message: "secret" })))));

    assert(json.length < 100_000);
    assert(!json.includes("secret"));
    // deno-lint-ignore no-control-regex -- control characters are what is looked for
    assert(!/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/.test(json));
  }));
});

Deno.test("a compiled contract needs no this", () => {
  const { incoming, knows, room }: CompiledContract = compileContract({ client: { say: any() } }, "server");

  assertEquals([incoming("say") === undefined, knows("say"), room("x")?.pattern], [false, true, "*"]);
});
