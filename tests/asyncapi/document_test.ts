import { assert, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { asyncApi } from "../../src/asyncapi/document.ts";
import type { AsyncApiDocument, AsyncApiOptions } from "../../src/asyncapi/types.ts";
import { type Contract, defineContract, type Schema } from "../../src/protocol/contract.ts";
import { CONTRACTS, fromValibot } from "./contracts.ts";
import golden from "./golden.json" with { type: "json" };

const SMALL = defineContract({
  title: "Chat",
  version: "2.0.0",
  client: { say: z.object({ text: z.string() }) },
  server: { said: z.object({ text: z.string() }).optional() },
  requests: { count: { reply: z.int(), description: "How many are here" } },
  rooms: { "chat/{id}": { data: z.string() } },
});

/** Every reference in a document. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    name === "$ref" && typeof each === "string" ? [each] : referencesIn(each)
  );
}

/** What a reference leads to. */
function follow(document: AsyncApiDocument, reference: string): unknown {
  return reference.slice(2).split("/").reduce<unknown>(
    (at, step) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, step) ? at[step as keyof typeof at] : undefined,
    document,
  );
}

function payloadOf(document: AsyncApiDocument, key: string): unknown {
  return document.components.messages[key]?.payload;
}

Deno.test("asyncApi() describes a small contract just so", () => {
  const document = asyncApi(SMALL, { url: "wss://example.com/ws" });

  assertEquals(JSON.parse(JSON.stringify(document)), golden);
});

for (const [library, contract] of Object.entries(CONTRACTS)) {
  Deno.test(`asyncApi() has a target for every reference, with ${library}`, () => {
    const document = asyncApi(contract);
    const references = referencesIn(document).filter((each) => each.startsWith("#"));

    assert(references.length > 10);
    assertEquals(references.filter((reference) => follow(document, reference) === undefined), []);
  });

  Deno.test(`asyncApi() makes the same text of the same contract, with ${library}`, () => {
    assertEquals(JSON.stringify(asyncApi(contract)), JSON.stringify(asyncApi(contract)));
  });

  Deno.test(`asyncApi() uses only keys that AsyncAPI allows, with ${library}`, () => {
    const { channels, operations, components } = asyncApi(contract);
    const keys = [channels, operations, components.messages, components.schemas].flatMap(Object.keys);

    assertEquals(keys.filter((key) => !/^[A-Za-z0-9._-]+$/.test(key)), []);
  });
}

Deno.test("asyncApi() tells what the server receives, sends, answers and asks", () => {
  const { operations } = asyncApi(defineContract({
    client: { say: z.string() },
    server: { said: z.string() },
    requests: { ask: {}, confirm: { from: "server" }, both: { from: "both" } },
  }));
  const told = Object.entries(operations).map(([key, { action, reply }]) =>
    [key, action, reply?.messages.map(({ $ref }) => $ref.split("/").at(-1))] as const
  );

  assertEquals(told, [
    ["receive.say", "receive", undefined],
    ["send.said", "send", undefined],
    ["receive.ask", "receive", ["reply.ask", "error"]],
    ["send.confirm", "send", ["reply.confirm", "error"]],
    ["receive.both", "receive", ["reply.both", "error"]],
    ["send.both", "send", ["reply.both", "error"]],
  ]);
});

Deno.test("asyncApi() asks for data where the schema does, and for none where the contract has none", () => {
  const document = asyncApi(defineContract({
    client: { must: z.string(), may: z.string().optional() },
    requests: { must: { data: z.string(), from: "server" }, none: {} },
  }));
  const required = ["client.must", "client.may", "request.must", "request.none"].map((key) =>
    (payloadOf(document, key) as { required: string[] }).required
  );

  assertEquals(required, [["type", "data"], ["type"], ["type", "id", "data"], ["type", "id"]]);
  assertEquals(Object.keys((payloadOf(document, "request.none") as { properties: object }).properties), ["type", "id"]);
});

Deno.test("asyncApi() says that an answer of nothing is null", () => {
  const document = asyncApi(defineContract({
    requests: { none: {}, some: { reply: z.number() }, maybe: { reply: z.number().optional() } },
  }));
  const data = ["none", "some", "maybe"].map((type) =>
    (payloadOf(document, `reply.${type}`) as { properties: { data: unknown } }).properties.data
  );

  assertEquals(data, [
    { type: "null" },
    { $ref: "#/components/schemas/reply.some" },
    { anyOf: [{ $ref: "#/components/schemas/reply.maybe" }, { type: "null" }] },
  ]);
});

Deno.test("asyncApi() tells of every schema that it cannot describe, and allows anything there", () => {
  const warnings: string[] = [];
  const contract = defineContract({
    client: { at: z.date() },
    requests: { "ask/it": { data: z.string(), reply: z.bigint() } },
    rooms: { "chat/{id}": { data: z.date(), reply: z.string() } },
  });

  const document = asyncApi(contract, { onWarning: ({ place, message }) => warnings.push(`${place}: ${message}`) });

  assertEquals(warnings, [
    "client.at: Anything is allowed for client.at as it has no JSON Schema: Date cannot be represented in JSON Schema",
    "requests.ask/it.reply: Anything is allowed for requests.ask/it.reply as it has no JSON Schema: " +
    "BigInt cannot be represented in JSON Schema",
    "rooms.chat/{id}.data: Anything is allowed for rooms.chat/{id}.data as it has no JSON Schema: " +
    "Date cannot be represented in JSON Schema",
  ]);
  assertEquals(document.components.schemas["client.at"], {});
});

Deno.test("asyncApi() needs nobody who listens to warnings", () => {
  assertEquals(asyncApi({ client: { at: z.date() } }).components.schemas["client.at"], {});
});

Deno.test("asyncApi() describes schemas by the application's own maker", () => {
  const warnings: unknown[] = [];
  const { components } = asyncApi(CONTRACTS.valibot, {
    toJsonSchema: fromValibot,
    onWarning: (warning) => warnings.push(warning),
  });

  assertEquals(warnings, []);
  assertEquals(components.schemas["server.moved"], { type: "array", items: { type: "string" } });
});

Deno.test("asyncApi() keeps types of any name apart from what objects have already", () => {
  const { components } = asyncApi(CONTRACTS.zod);

  assertEquals(components.messages["client._5f__proto__"]?.name, "__proto__");
  assertEquals(components.messages["client.constructor"]?.name, "constructor");
  assertEquals(components.messages["client.cursor_3a_move"]?.name, "cursor:move");
});

/** Options, and what they make of the place of the socket. */
const PLACES: readonly (readonly [AsyncApiOptions, string, unknown])[] = [
  [{}, "/", undefined],
  [{ path: "/ws" }, "/ws", undefined],
  [{ url: "wss://example.com" }, "/", { main: { host: "example.com", protocol: "wss" } }],
  [{ url: "ws://localhost:8000/a/b?c=d" }, "/a/b", { main: { host: "localhost:8000", protocol: "ws" } }],
  [{ url: "wss://example.com/x", path: "/ws/:room" }, "/ws/{room}", { main: { host: "example.com", protocol: "wss" } }],
  [{ servers: { test: { host: "test.example", protocol: "wss", pathname: "/v1" } } }, "/", {
    test: { host: "test.example", protocol: "wss", pathname: "/v1" },
  }],
];

for (const [options, address, servers] of PLACES) {
  Deno.test(`asyncApi() reads where the socket is from ${JSON.stringify(options)}`, () => {
    const document = asyncApi({}, options);

    assertEquals(document.channels.socket?.address, address);
    assertEquals(document.servers, servers);
    assertEquals(Object.keys(document.channels.socket?.parameters ?? {}), address.includes("{") ? ["room"] : []);
  });
}

Deno.test("asyncApi() names what it describes as the options say, else the contract", () => {
  const contract = { title: "A", version: "1.1.1", description: "Of A" };

  assertEquals(asyncApi(contract).info, contract);
  assertEquals(asyncApi(contract, { title: "B", version: "2.2.2", description: "Of B" }).info, {
    title: "B",
    version: "2.2.2",
    description: "Of B",
  });
  assertEquals(asyncApi({}).info, { title: "WebSocket API", version: "1.0.0" });
});

Deno.test("asyncApi() refuses what is no contract, and options that make no sense", () => {
  assertThrows(() => asyncApi({ client: { say: {} as Schema } }), TypeError, '"client.say" must be a schema');
  assertThrows(() => asyncApi({}, { uri: "x" } as AsyncApiOptions), TypeError, 'asyncApi has no option "uri"');
  assertThrows(() => asyncApi({}, { url: "https://example.com" }), TypeError, 'is "https://example.com"');
  assertThrows(() => asyncApi({}, { url: "example" }), TypeError, '"url" must be a ws: or wss: URL');
  assertThrows(() => asyncApi({}, { url: "ws://a", servers: {} }), TypeError, "give one of them");
  assertThrows(() => asyncApi({}, { toJsonSchema: 1 as never }), TypeError, '"toJsonSchema" must be a function');
  assertThrows(() => asyncApi({}, { onWarning: 1 as never }), TypeError, '"onWarning" must be a function');
});

Deno.test("asyncApi() lets clients name a room in their messages, if there are rooms", () => {
  const schemas: Contract = { client: { say: z.string() }, server: { said: z.string() }, requests: { ask: {} } };
  const withRooms = asyncApi({ ...schemas, rooms: { "*": {} } });
  const roomed = (document: AsyncApiDocument) =>
    Object.entries(document.components.messages).filter(([, { payload }]) =>
      "room" in (payload as { properties: object }).properties
    ).map(([key]) => key);

  assertEquals(roomed(asyncApi(schemas)), []);
  assertEquals(roomed(withRooms), ["client.say", "request.ask", "join.rest", "leave", "left"]);
});
