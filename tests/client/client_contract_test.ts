import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import {
  ConnectFailedError,
  InboxFullError,
  InvalidDataError,
  RemoteError,
  UnknownTypeError,
} from "../../src/errors.ts";
import { type Contract, defineContract } from "../../src/protocol/contract.ts";
import { connectManaged, managedClient, plainModeClient, sentAfterHello, settle, toldOf, WELCOME } from "./fakes.ts";
import { broken, numberToText, pendingSchema, something } from "./schemas.ts";

const CONTRACT = {
  client: { say: something },
  server: { said: numberToText, any: something },
  requests: {
    ask: { data: something, reply: numberToText },
    done: {},
    confirm: { data: numberToText, reply: something, from: "server" },
  },
  rooms: { "chat/{id}": { data: something, reply: numberToText }, "log": {} },
} as const;

/** A managed client with a contract that is connected. */
async function connected(contract: Contract = CONTRACT, config: object = {}) {
  const test = managedClient({ contract, ...config });
  return { ...test, socket: await connectManaged(test) };
}

/** What stands at `error` in the frames that were sent. */
function errorsIn(sent: readonly unknown[]): unknown[] {
  return sent.map((message) => (message as { error?: unknown }).error);
}

Deno.test("WebSocketClient with a contract hands on what its schemas make of what arrives", async () => {
  const { client, socket, told } = await connected();
  const seen: unknown[] = [];
  client.handle("confirm", (data) => {
    seen.push(data);
    return "yes";
  });

  socket.receive({ type: "said", data: 5, from: "ada" });
  socket.receive({ type: "confirm", data: 6, id: 1 });
  await settle();

  assertEquals(toldOf(told, "message"), [{ type: "said", data: "n5", from: "ada" }, {
    type: "confirm",
    data: "n6",
    id: 1,
  }]);
  assertEquals([seen, sentAfterHello(socket)], [["n6"], [{ type: "$reply", id: 1, data: "yes" }]]);
});

Deno.test("WebSocketClient with a contract does not hand on what is not valid, and tells onError all of it", async () => {
  const { client, socket, told } = await connected();
  client.handle("said", () => {
    throw new Error("not to be called");
  });

  socket.receive({ type: "said", data: "secret" });

  const [error] = toldOf(told, "error");
  assertInstanceOf(error, InvalidDataError);
  assertEquals([error.direction, error.type, error.issues], ["incoming", "said", [
    { path: ["a", 0], message: "Expected a number" },
  ]]);
  assertEquals([toldOf(told, "message"), sentAfterHello(socket)], [[], []]);
});

Deno.test("WebSocketClient with a contract answers what is not valid with its place, and with nothing else of it", async () => {
  const { client, socket } = await connected();
  client.handle("confirm", () => 1);

  socket.receive({ type: "confirm", data: "secret", id: 1 });

  assertEquals(sentAfterHello(socket), [{
    type: "$error",
    id: 1,
    error: {
      code: "invalid_data",
      message: 'The data is not valid at "a.0"',
      data: { issues: [{ path: ["a", 0] }] },
    },
  }]);
});

Deno.test("WebSocketClient with a contract hands on text, bytes and answers to ids of the application", async () => {
  const { socket, told } = await connected();

  socket.receive({ type: "$value", data: "words" });
  socket.receive(new Uint8Array([0, 0, 1]));
  socket.receive({ type: "$reply", id: 7, data: 1 });

  assertEquals(toldOf(told, "message"), [
    { type: "text", data: "words" },
    { type: "binary", data: new Uint8Array([1]) },
    { type: "reply", id: 7, data: 1 },
  ]);
});

Deno.test("WebSocketClient with a contract tells once of a type that it does not know, and answers unknown_type", async () => {
  const { socket, told } = await connected();

  for (const id of [undefined, 1, 2]) socket.receive({ type: "new\n", data: 1, id });
  for (let i = 0; i < 200; i++) socket.receive({ type: `other ${i}` });

  const errors = toldOf(told, "error");
  assertInstanceOf(errors[0], UnknownTypeError);
  assertEquals([errors[0].type, errors.length, toldOf(told, "message")], ["new\\u000a", 100, []]);
  assertEquals(errorsIn(sentAfterHello(socket)).map((error) => (error as { code: string }).code), [
    "unknown_type",
    "unknown_type",
  ]);
});

Deno.test("WebSocketClient with a contract keeps the order of messages while a schema is at work", async () => {
  const { schema, verdicts } = pendingSchema();
  const { socket, told } = await connected({ server: { slow: schema, any: something } });

  socket.receive([{ type: "slow", data: 1 }, { type: "any", data: 2 }, { type: "slow", data: 3 }]);
  socket.receive({ type: "any", data: 4 });
  const before = toldOf(told, "message").length;
  verdicts[0]?.resolve({ value: "one" });
  await settle();
  const between = toldOf(told, "message").map(({ data }) => data);
  verdicts[1]?.resolve({ issues: [{ message: "No" }] });
  await settle();

  assertEquals([before, between], [0, ["one", 2]]);
  assertEquals(toldOf(told, "message").map(({ data }) => data), ["one", 2, 4]);
  assertEquals(toldOf(told, "error").map(({ name }) => name), ["InvalidDataError"]);
});

Deno.test("WebSocketClient with a contract lets answers pass by messages that wait for their check", async () => {
  const { schema } = pendingSchema();
  const { client, socket } = await connected({ server: { slow: schema } });
  const answer = client.request("ask");
  const [{ id }] = sentAfterHello(socket) as [{ id: string }];

  socket.receive([{ type: "slow" }, { type: "$reply", id, data: 1 }]);

  assertEquals(await answer, 1);
});

Deno.test("WebSocketClient with a contract bounds what waits for its check, and says so", async () => {
  const { schema, verdicts } = pendingSchema();
  const test = await connected({ server: { slow: schema } }, { maxUnreadMessages: 1 });

  test.socket.receive([{ type: "slow", data: 1 }, { type: "slow", data: 2 }, { type: "slow", data: 3, id: 9 }]);
  verdicts[0]?.resolve({ value: 1 });
  await settle();
  verdicts[1]?.resolve({ value: 2 });
  await settle();

  assertEquals(toldOf(test.told, "message").map(({ data }) => data), [1, 2]);
  assertEquals(toldOf(test.told, "message:dropped").map(({ direction, reason }) => [direction, reason]), [[
    "receive",
    "messages",
  ]]);
  assertInstanceOf(toldOf(test.told, "error")[0], InboxFullError);
  assertEquals(errorsIn(sentAfterHello(test.socket)).map((error) => (error as { code: string }).code), [
    "rate_limited",
  ]);
});

Deno.test("WebSocketClient with a contract does not answer what the server cancelled while it was checked", async () => {
  const { schema, verdicts } = pendingSchema();
  const { client, socket } = await connected({ requests: { confirm: { data: schema, from: "server" } } });
  const seen: unknown[] = [];
  client.handle("confirm", (data) => void seen.push(data));

  socket.receive({ type: "confirm", data: 1, id: 1 });
  socket.receive({ type: "$cancel", id: 1 });
  verdicts[0]?.resolve({ value: 1 });
  await settle();

  assertEquals([seen, sentAfterHello(socket)], [[], []]);
});

for (const [what, schema] of [["throws", broken], ["rejects", pendingSchema()]] as const) {
  Deno.test(`WebSocketClient with a contract lives on when a schema ${what}, and tells onError`, async () => {
    const isSync = "~standard" in schema;
    const { client, socket, told } = await connected({
      server: { any: something },
      requests: { confirm: { data: isSync ? schema : schema.schema, from: "server" } },
    });
    client.handle("confirm", () => 1);

    socket.receive([{ type: "confirm", data: 1, id: 1 }, { type: "any", data: 2 }]);
    if (!isSync) schema.verdicts[0]?.reject(new Error("broken schema"));
    await settle();

    assertEquals(toldOf(told, "error").map(({ message }) => message), ["broken schema"]);
    assertEquals(errorsIn(sentAfterHello(socket)).map((error) => (error as { code: string }).code), [
      "internal_error",
    ]);
    assertEquals(toldOf(told, "message"), [{ type: "any", data: 2 }]);
  });
}

Deno.test("WebSocketClient with a contract knows the room of a message that it has changed", async () => {
  const { client, socket } = await connected();
  const seen: unknown[] = [];
  client.handle("said", (data, { room }) => void seen.push([data, room]));

  socket.receive({ type: "said", data: 5, $room: "log" });

  assertEquals(seen, [["n5", "log"]]);
});

Deno.test("WebSocketClient.request() with a contract gives what its schema makes of the answer, and null for none", async () => {
  const { client, socket } = await connected();

  const answers = [client.request("ask", 1), client.request("done")];
  const ids = sentAfterHello(socket).map((message) => (message as { id: string }).id);
  socket.receive({ type: "$reply", id: ids[0], data: 5 });
  socket.receive({ type: "$reply", id: ids[1], data: "whatever" });

  assertEquals(await Promise.all(answers), ["n5", null]);
});

Deno.test("WebSocketClient.request() with a contract rejects for an answer that is not valid, and tells nobody else", async () => {
  const { client, socket, told } = await connected();

  const answer = client.request("ask", 1);
  const [{ id }] = sentAfterHello(socket) as [{ id: string }];
  socket.receive({ type: "$reply", id, data: "secret" });

  const error = await assertRejects(() => answer, InvalidDataError);
  assertEquals([error.direction, error.type, toldOf(told, "error")], ["incoming", "ask", []]);
});

Deno.test("WebSocketClient.join() with a contract gives what its schema makes of what the server said", async () => {
  const { client, socket } = await connected();

  const joining = client.join("chat/1", "data");
  await socket.until("$join");
  const [{ id }] = sentAfterHello(socket) as [{ id: string }];
  socket.receive({ type: "$reply", id, data: 5 });

  assertEquals((await joining).reply, "n5");
});

Deno.test("WebSocketClient.join() with a contract rejects for a reply that is not valid, and leaves the room", async () => {
  const { client, socket } = await connected();

  const joining = client.join("chat/1", "data");
  await socket.until("$join");
  const [{ id }] = sentAfterHello(socket) as [{ id: string }];
  socket.receive({ type: "$reply", id, data: "wrong" });

  await assertRejects(() => joining, InvalidDataError, '"chat/1"');
  const last = sentAfterHello(socket).at(-1) as { type: string; room: string };
  assertEquals([last.type, last.room, client.rooms], ["$leave", "chat/1", []]);
});

Deno.test("WebSocketClient with a contract sends whatever it is given, unless validateOutgoing is set", async () => {
  const { client, socket } = await connected();
  client.handle("confirm", () => null);

  assertEquals(client.send({ type: "say" }), "sent");
  client.request("ask").catch(() => {});
  client.join("chat/1").catch(() => {});
  socket.receive({ type: "confirm", data: 1, id: 1 });
  await settle();

  assertEquals(sentAfterHello(socket).length, 4);
});

Deno.test("WebSocketClient.send() with validateOutgoing throws for what is not valid, connected or not, and sends nothing", async () => {
  const test = managedClient({ contract: CONTRACT, validateOutgoing: true });
  assertThrows(() => test.client.send({ type: "say" }), InvalidDataError);
  const socket = await connectManaged(test);

  assertThrows(() => test.client.send({ type: "say", data: null }), InvalidDataError);
  const outcomes = [{ type: "say", data: 1 }, { type: "other" }, "words", new Uint8Array(1), null, [1]].map((message) =>
    test.client.send(message)
  );

  assertEquals(outcomes, new Array(6).fill("sent"));
  assertEquals([socket.sent.length, test.client.queuedMessages, toldOf(test.told, "error")], [7, 0, []]);
});

Deno.test("WebSocketClient.send() with validateOutgoing sends what was given, and not what a schema makes of it", async () => {
  const { client, socket } = await connected({ client: { say: numberToText } }, { validateOutgoing: true });

  client.send({ type: "say", data: 5 });

  assertEquals(sentAfterHello(socket), [{ type: "say", data: 5 }]);
});

Deno.test("WebSocketClient.send() with validateOutgoing and an async schema queues, keeps the order, and tells onError", async () => {
  const { schema, verdicts } = pendingSchema();
  const test = await connected({ client: { slow: schema, say: something } }, { validateOutgoing: true });
  const { client, socket, told } = test;
  const bytes = new Uint8Array([1]);

  const outcomes = [
    client.send({ type: "slow", data: 1 }),
    client.send({ type: "slow", data: 2 }),
    client.send({ type: "say", data: 3 }),
    client.send(bytes),
  ];
  bytes[0] = 9;
  const request = client.request("ask", 4);
  const before = sentAfterHello(socket).length;
  verdicts[0]?.resolve({ value: 0 });
  verdicts[1]?.resolve({ issues: [{ message: "No" }] });
  await settle();

  const sent = socket.sent.slice(1).map((frame) => typeof frame === "string" ? JSON.parse(frame).data : [...frame]);
  assertEquals([outcomes, before, sent], [["queued", "queued", "queued", "queued"], 0, [1, 3, [0, 0, 1], 4]]);
  assertEquals(toldOf(told, "error").map(({ name }) => name), ["InvalidDataError"]);
  assertEquals(client.send({ type: "say", data: 5 }), "sent");
  request.catch(() => {});
});

Deno.test("WebSocketClient.send() with validateOutgoing sends bytes as they were, with the plain protocol too", async () => {
  const { schema, verdicts } = pendingSchema();
  const { client, socket } = await plainModeClient({
    contract: { client: { slow: schema } } as Contract,
    validateOutgoing: true,
  });
  const bytes = new Uint8Array([1]);
  client.send({ type: "slow", data: 1 });
  client.send(bytes);

  bytes[0] = 9;
  verdicts[0]?.resolve({ value: 0 });
  await settle();

  assertEquals(socket.sent, ['{"type":"slow","data":1}', new Uint8Array([1])]);
});

Deno.test("WebSocketClient.join() is not in a room whose reply was still checked when the connection was lost", async () => {
  const { schema, verdicts } = pendingSchema();
  const test = await connected({ rooms: { a: { reply: schema } } });
  const joining = test.client.join("a");
  const replyTo = async (socket: typeof test.socket, data: string) => {
    await socket.until("$join");
    const { id } = sentAfterHello(socket).at(-1) as { id: string };
    socket.receive({ type: "$reply", id, data });
  };
  await replyTo(test.socket, "first");
  await settle();
  test.socket.break();
  verdicts[0]?.resolve({ value: "first" });
  await settle();
  const before = test.client.rooms.length;

  test.platform.ring();
  const next = await test.platform.nextSocket();
  next.open("switchboard.v1");
  next.receive(WELCOME);
  await replyTo(next, "second");
  await settle();
  verdicts[1]?.resolve({ value: "second" });

  assertEquals([before, (await joining).reply], [0, "second"]);
});

Deno.test("WebSocketClient.request() and join() with validateOutgoing reject for what is not valid, and send nothing", async () => {
  const { client, socket } = await connected(CONTRACT, { validateOutgoing: true });

  for (const promise of [client.request("ask"), client.join("chat/1")]) {
    const error = await assertRejects(() => promise, InvalidDataError);
    assertEquals(error.direction, "outgoing");
  }

  assertEquals([sentAfterHello(socket), client.rooms], [[], []]);
});

Deno.test("WebSocketClient.join() with validateOutgoing waits for an async schema, also across connections", async () => {
  const { schema, verdicts } = pendingSchema();
  const test = await connected({ rooms: { a: { data: schema }, b: {} } }, { validateOutgoing: true });
  const first = test.client.join("b");
  await test.socket.until("$join");
  test.socket.receive({ type: "$error", id: "$1", error: { code: "forbidden", message: "No" } });
  await assertRejects(() => first, RemoteError);
  const joining = test.client.join("a", 1);
  test.socket.break();
  test.platform.ring();
  const next = await test.platform.nextSocket();
  next.open("switchboard.v1");
  next.receive(WELCOME);

  for (const verdict of verdicts) verdict.resolve({ value: 1 });
  await settle();
  const sent = sentAfterHello(next) as { id: string }[];
  next.receive({ type: "$reply", id: sent[0]!.id });

  assertEquals([verdicts.length, sent.length, (await joining).isJoined], [2, 1, true]);
});

Deno.test("WebSocketClient.handle() with validateOutgoing answers internal_error in place of what is not valid", async () => {
  const { client, socket, told } = await connected(CONTRACT, { validateOutgoing: true });
  client.handle("confirm", () => null);

  socket.receive({ type: "confirm", data: 1, id: 1 });
  await settle();

  assertEquals(errorsIn(sentAfterHello(socket)).map((error) => (error as { code: string }).code), ["internal_error"]);
  const [error] = toldOf(told, "error");
  assertInstanceOf(error, InvalidDataError);
  assertEquals([error.direction, error.type], ["outgoing", "confirm"]);
});

Deno.test("WebSocketClient.handle() with validateOutgoing waits for an async schema of its answer", async () => {
  const { schema, verdicts } = pendingSchema();
  const test = await connected({ requests: { confirm: { reply: schema, from: "server" } } }, {
    validateOutgoing: true,
  });
  test.client.handle("confirm", () => 1);

  test.socket.receive({ type: "confirm", id: 1 });
  await settle();
  const before = sentAfterHello(test.socket).length;
  verdicts[0]?.resolve({ value: 1 });
  await settle();

  assertEquals([before, sentAfterHello(test.socket)], [0, [{ type: "$reply", id: 1, data: 1 }]]);
});

Deno.test("WebSocketClient with a contract works with the plain protocol", async () => {
  const { client, socket, told } = await plainModeClient({ contract: CONTRACT });
  client.handle("confirm", (data) => data);

  socket.receive({ type: "confirm", data: 1, id: 1 });
  socket.receive({ type: "confirm", data: "x", id: 2 });
  await settle();

  assertEquals(errorsIn(socket.sentJson).map((error) => (error as { code?: string } | undefined)?.code).sort(), [
    "invalid_data",
    undefined,
  ]);
  assertEquals(toldOf(told, "error").length, 1);
});

Deno.test("WebSocketClient with what is no contract fails to connect, and says why", async () => {
  const { client } = managedClient({ contract: { client: { say: 5 } } as unknown as Contract });

  const error = await assertRejects(() => client.connect(), ConnectFailedError, '"client.say" must be a schema');
  assertInstanceOf(error.cause, TypeError);
});

for (const config of [{ contract: 5 }, { contract: "x" }, { maxPendingRequests: -1 }]) {
  Deno.test(`new WebSocketClient() throws for ${JSON.stringify(config)}`, () => {
    assertThrows(() => managedClient(config as object), Error, Object.keys(config)[0]);
  });
}

Deno.test("WebSocketClient takes its types from a contract of zod", async () => {
  const contract = defineContract({
    client: { say: z.object({ text: z.string() }) },
    server: { said: z.object({ text: z.string(), at: z.string().transform((text) => new Date(text)) }) },
    requests: {
      history: { data: z.object({ limit: z.number() }), reply: z.array(z.string()) },
      confirm: { data: z.string(), reply: z.boolean(), from: "server" },
      clear: {},
    },
    rooms: { "chat/{id}": { data: z.object({ as: z.string() }), reply: z.object({ members: z.number() }) }, lobby: {} },
  });
  const test = managedClient();
  const { WebSocketClient } = await import("../../src/client/mod.ts");
  const dates: Date[] = [];
  const client = new WebSocketClient({
    url: "ws://localhost/ws",
    platform: test.platform,
    contract,
    handlers: {
      onMessage: (message) => {
        if (message.type === "said") dates.push(message.data.at);
      },
    },
  });
  client.handle("confirm", (text, { deadline }) => text.length > 0 && deadline === undefined);
  client.on("message", (message) => assert(message.type !== "said" || message.data.text.length > 0));

  const connecting = client.connect();
  const socket = await test.platform.nextSocket();
  socket.open("switchboard.v1");
  socket.receive(WELCOME);
  await connecting;
  const outcome = client.send({ type: "say", data: { text: "hi" } });
  const history = client.request("history", { limit: 2 });
  await socket.until("history");
  const [, { id }] = sentAfterHello(socket) as [unknown, { id: string }];
  socket.receive({ type: "$reply", id, data: ["a"] });
  const lines: string[] = await history;
  const joining = client.join("chat/7", { as: "ada" });
  await socket.until("$join");
  socket.receive({
    type: "$reply",
    id: (sentAfterHello(socket).at(-1) as { id: string }).id,
    data: { members: 2 },
  });
  const room = await joining;
  const members: number = room.reply.members;
  socket.receive({ type: "said", data: { text: "x", at: "2026-01-01T00:00:00Z" } });

  assertEquals([outcome, lines, members, dates.map((date) => date.getUTCFullYear())], ["sent", ["a"], 2, [2026]]);
  assertStrictEquals(client.rooms[0], room);

  // What the contract does not allow does not compile.
  (() => {
    // @ts-expect-error -- no such message
    client.send({ type: "shout" });
    // @ts-expect-error -- the data is another
    client.send({ type: "say", data: { text: 1 } });
    // @ts-expect-error -- the data is missing
    client.request("history");
    // @ts-expect-error -- a request of the server
    client.request("confirm", "x");
    client.request("clear");
    // @ts-expect-error -- the handler must answer with a boolean
    client.handle("confirm", (text) => text);
    // @ts-expect-error -- the server sends no such message
    client.handle("say", () => {});
    // @ts-expect-error -- no such room
    client.join("other");
    // @ts-expect-error -- the data is missing
    client.join("chat/1");
    client.join("lobby");
    client.join("chat/1", () => ({ as: "ada" }), { onRejoin: ({ members }) => members.toFixed() });
    // @ts-expect-error -- the server sends no such message
    room.handle("say", () => {});
    room.handle("said", ({ at }) => void at.getTime());
    // @ts-expect-error -- text is for the client, not for a room
    room.send("words");
    room.send({ type: "say", data: { text: "hi" } });
    // @ts-expect-error -- it is an array of texts
    room.request("history", { limit: 1 }).then((texts) => texts.toFixed());
  });
});
