import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { type Contract, defineContract } from "../../src/protocol/contract.ts";

const schema = z.string();

Deno.test("defineContract() returns the contract itself", () => {
  const contract = { client: { say: schema } };

  assertStrictEquals(defineContract(contract), contract);
});

Deno.test("defineContract() takes every part, with schemas of zod, valibot and arktype", () => {
  const contract = {
    title: "Chat",
    version: "1.2.3",
    description: "Where people talk",
    client: { say: schema, hush: v.undefined(), draw: type({ color: "string" }) },
    server: { said: v.object({ text: v.string() }) },
    requests: {
      clear: {},
      history: { data: type("number"), reply: v.array(v.string()), description: "What was said" },
      confirm: { data: schema, reply: schema, from: "server" },
      sync: { from: "both" },
    },
    rooms: { lobby: {}, "chat/{id}": { data: schema, reply: schema, description: "A talk" }, "*": {} },
  } as const;

  assertStrictEquals(defineContract(contract), contract);
  assertEquals(defineContract({}), {});
});

Deno.test("defineContract() takes types of any name, whatever objects do with it elsewhere", () => {
  const contract = {
    client: { ["__proto__"]: schema, constructor: schema, toString: schema, "": schema, "a b/c": schema },
    server: Object.assign(Object.create(null), { said: schema }),
  };

  assertStrictEquals(defineContract(contract), contract);
});

Deno.test("defineContract() takes a type that each side sends in its own way", () => {
  const contract = { client: { sync: schema }, requests: { sync: { from: "server" } } } as const;

  assertStrictEquals(defineContract(contract), contract);
});

/** What is no contract, and what is said of it. */
const REFUSED: readonly (readonly [unknown, string])[] = [
  [null, "it must be an object: current value is null"],
  ["chat", 'it must be an object: current value is "chat"'],
  [[], "it must be an object: current value is an array of 0"],
  [
    { messages: {} },
    '"messages" is no member of it: use title, version, description, client, server, requests, rooms',
  ],
  [{ title: 1 }, '"title" must be a string: current value is 1'],
  [{ client: [] }, '"client" must be an object: current value is an array'],
  [{ server: schema }, '"server" must be a plain object: a member named __proto__ must be written as ["__proto__"]'],
  [
    { client: { __proto__: schema } },
    '"client" must be a plain object: a member named __proto__ must be written as ["__proto__"]',
  ],
  [
    { client: { say: {} } },
    '"client.say" must be a schema that keeps the Standard Schema interface, as those of zod, valibot and arktype: ' +
    "current value is an object",
  ],
  [{ client: { say: null } }, '"client.say" must be a schema that keeps'],
  [{ client: { say: "string" } }, 'arktype: current value is "string"'],
  [{ client: { say: { "~standard": {} } } }, '"client.say" must be a schema that keeps'],
  [{ client: { $say: schema } }, 'types that begin with "$" are the protocol\'s: rename "client.$say"'],
  [{ server: { $said: schema } }, 'types that begin with "$" are the protocol\'s: rename "server.$said"'],
  [{ requests: { $ask: {} } }, 'types that begin with "$" are the protocol\'s: rename "requests.$ask"'],
  [{ requests: { ask: schema } }, '"requests.ask" must be an object such as { data: schema }, and is a schema itself'],
  [
    { requests: { ask: type("string") } },
    '"requests.ask" must be an object with "data", "reply", "from", "description"',
  ],
  [{ requests: { ask: { answer: schema } } }, '"requests.ask.answer" is no member of it: use data, reply, from'],
  [{ requests: { ask: { data: 1 } } }, '"requests.ask.data" must be a schema that keeps'],
  [{ requests: { ask: { reply: {} } } }, '"requests.ask.reply" must be a schema that keeps'],
  [{ requests: { ask: { description: 1 } } }, '"requests.ask.description" must be a string: current value is 1'],
  [
    { requests: { ask: { from: "peer" } } },
    '"requests.ask.from" must be "client", "server" or "both": current value is "peer"',
  ],
  [
    { client: { ask: schema }, requests: { ask: {} } },
    'the client sends "ask" as a message and as a request: choose one, or another name',
  ],
  [
    { server: { ask: schema }, requests: { ask: { from: "both" } } },
    'the server sends "ask" as a message and as a request: choose one, or another name',
  ],
  [{ rooms: { "a*b": {} } }, '"*" may be its last character only: current value is "a*b"'],
  [{ rooms: { lobby: schema } }, '"rooms.lobby" must be an object such as { data: schema }, and is a schema itself'],
  [{ rooms: { lobby: { from: "client" } } }, '"rooms.lobby.from" is no member of it: use data, reply, description'],
  [{ rooms: { lobby: { data: 1 } } }, '"rooms.lobby.data" must be a schema that keeps'],
];

REFUSED.forEach(([contract, part], i) => {
  Deno.test(`defineContract() refuses what is no contract, and says why, ${i}: ${part}`, () => {
    const { message } = assertThrows(() => defineContract(contract as Contract), TypeError, part);

    assertEquals(message.startsWith("Cannot use a "), true, message);
  });
});
