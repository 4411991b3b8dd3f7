/** Tests of a server under a contract: what is checked when, and who is told what. */

import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { z } from "zod";
import { InvalidDataError } from "../../src/errors.ts";
import { defineContract } from "../../src/protocol/contract.ts";
import type { WebSocketMessage } from "../../src/protocol/messages.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { connect, testPlatform, VirtualClock } from "../../src/testing/mod.ts";

const CONTRACT = defineContract({
  client: {
    say: z.object({ text: z.string().max(5).transform((text) => text.trim()) }),
    slow: z.string().refine((text) => Promise.resolve(text !== "bad")),
  },
  server: { said: z.object({ text: z.string() }) },
  requests: {
    add: { data: z.tuple([z.number(), z.number()]), reply: z.number() },
    sure: { data: z.string(), reply: z.boolean(), from: "server" },
  },
  rooms: { "chat/{id}": { data: z.object({ nick: z.string() }), reply: z.object({ count: z.number() }) } },
});

function rig(options: { validateOutgoing?: boolean } = {}) {
  const errors: Error[] = [];
  const messages: WebSocketMessage[] = [];
  const server = new WebSocketServer({
    contract: CONTRACT,
    platform: testPlatform(new VirtualClock()),
    handlers: {
      onMessage: (_connection, message) => void messages.push(message),
      onError: (_connection, error) => void errors.push(error),
    },
    ...options,
  });
  return { server, errors, messages };
}

Deno.test("a handler gets what the contract's schema made of the data", async () => {
  const { server, messages } = rig();
  const got: unknown[] = [];
  server.handle("say", ({ text }) => void got.push(text));
  server.handle("add", ([a, b]) => a + b);
  await using client = await connect(server);

  client.send({ type: "say", data: { text: " hi " } });
  client.send({ type: "add", data: [2, 3], id: 1 });

  assertEquals(await client.next(), { type: "reply", id: 1, data: 5 });
  assertEquals([got, messages], [["hi"], []]);
});

Deno.test("onMessage gets what the contract's schema made of the data, and text and bytes as they are", async () => {
  const { server, messages } = rig();
  await using client = await connect(server);

  client.send({ type: "say", data: { text: " hi " }, more: 1 });
  client.send("text");
  client.send(Uint8Array.of(1));
  await client.close();

  assertEquals(messages, [
    { type: "say", data: { text: "hi" }, more: 1 },
    { type: "text", data: "text" },
    { type: "binary", data: Uint8Array.of(1) },
  ]);
});

for (const managed of [false, true]) {
  Deno.test(`data that is not valid is answered to a ${managed ? "managed" : "plain"} peer with the place alone`, async () => {
    const { server, errors } = rig();
    let handled = 0;
    server.handle("say", () => void handled++);
    await using client = await connect(server, { managed });

    client.send({ type: "say", data: { text: "secret-value" }, id: 1 });

    const error = {
      code: "invalid_data",
      message: 'The data is not valid at "text"',
      data: { issues: [{ path: ["text"] }] },
    };
    assertEquals(await client.next(), { type: managed ? "$error" : "error", id: 1, error });
    assertInstanceOf(errors[0], InvalidDataError);
    assertEquals([errors[0].direction, errors[0].type, handled], ["incoming", "say", 0]);
  });
}

Deno.test("an asynchronous schema is waited for, in order", async () => {
  const { server, errors } = rig();
  const got: unknown[] = [];
  server.handle("slow", (text) => void got.push(text));
  server.handle("say", ({ text }) => void got.push(text));
  await using client = await connect(server);

  client.send({ type: "slow", data: "first" });
  client.send({ type: "say", data: { text: "then" } });
  client.send({ type: "slow", data: "bad", id: 3 });

  assertEquals((await client.next() as { error: { code: string } }).error.code, "invalid_data");
  assertEquals([got, errors.length], [["first", "then"], 1]);
});

Deno.test("a type that the contract does not know is unknown, also with onMessage", async () => {
  const { server, messages } = rig();
  await using client = await connect(server);

  for (const type of ["other", "said", "sure", "__proto__", "toString"]) client.send({ type, id: type });
  for (const type of ["other", "said", "sure", "__proto__", "toString"]) {
    const { id, error } = await client.next() as { id: string; error: { code: string } };
    assertEquals([id, error.code], [type, "unknown_type"]);
  }

  assertEquals(messages, []);
});

Deno.test("WebSocketServer.handle() and room() refuse what the contract does not have", () => {
  const { server } = rig();
  const open = server as unknown as WebSocketServer;

  assertThrows(
    () => open.handle("said", () => {}),
    TypeError,
    'Cannot handle "said" as the contract has no such message',
  );
  assertThrows(() => open.handle("sure", () => {}), TypeError, "contract");
  assertThrows(() => open.room("lobby"), TypeError, "known are chat/{id}");
});

Deno.test("WebSocketConnection.request() checks the answer of the peer", async () => {
  const { server } = rig();
  await using client = await connect(server);
  const [connection] = server.connections;

  const good = connection!.request("sure", "really?");
  const bad = connection!.request("sure", "really?");
  client.send({ type: "reply", id: 1, data: true });
  client.send({ type: "reply", id: 2, data: "yes" });

  assertEquals(await good, true);
  await assertRejects(() => bad, InvalidDataError);
});

Deno.test("an answer that is not valid is no fault of who asked the server meanwhile", async () => {
  const { server, errors } = rig();
  await using client = await connect(server);
  await using other = await connect(server);
  const [, asked] = server.connections;
  server.handle("add", async () => {
    await asked!.request("sure", "really?");
    return 5;
  });

  client.send({ type: "add", data: [1, 2], id: 1 });
  assertEquals(await other.next(), { type: "sure", data: "really?", id: 1 });
  other.send({ type: "reply", id: 1, data: { secret: 1 } });

  assertEquals((await client.next() as { error: { code: string } }).error.code, "internal_error");
  assertInstanceOf(errors[0], InvalidDataError);
});

Deno.test("a request that is cancelled while an asynchronous schema has it does not reach its handler", async () => {
  const { server, errors } = rig();
  const got: unknown[] = [];
  server.handle("slow", (text) => void got.push(text));
  await using client = await connect(server, { managed: true });

  client.sendRaw('{"type":"slow","data":"a","id":1}');
  client.sendRaw('{"type":"$cancel","id":1}');
  client.send({ type: "slow", data: "b", id: 2 });

  assertEquals(await client.next(), { type: "$reply", id: 2, data: null });
  assertEquals([got, errors], [["b"], []]);
});

Deno.test("a room's join is checked by the contract, and its rule gets the schema's output", async () => {
  const { server } = rig();
  const got: unknown[] = [];
  server.room("chat/{id}", {
    join: ({ data, params }) => {
      got.push(data, params.id);
      return { count: 1 };
    },
  });
  await using client = await connect(server, { managed: true });

  client.sendRaw('{"type":"$join","id":1,"room":"chat/7","data":{"nick":"ann","more":1}}');
  client.sendRaw('{"type":"$join","id":2,"room":"chat/7","data":{"nick":5}}');
  client.sendRaw('{"type":"$join","id":3,"room":"else"}');

  assertEquals(await client.next(), { type: "$reply", id: 1, data: { count: 1 } });
  assertEquals((await client.next() as { error: { data: unknown } }).error.data, { issues: [{ path: ["nick"] }] });
  assertEquals((await client.next() as { error: { code: string } }).error.code, "forbidden");
  assertEquals(got, [{ nick: "ann" }, "7"]);
});

Deno.test("a room has the rule of the pattern that the contract gives it, whatever the order of the rules", async () => {
  const got: unknown[] = [];
  const server = new WebSocketServer({
    contract: defineContract({ rooms: { "*": {}, "chat/{id}": { data: z.number() } } }),
    platform: testPlatform(new VirtualClock()),
  });
  server.room("*", { join: ({ room, data }) => void got.push("*", room, data) });
  server.room("chat/{id}", { join: ({ params, data }) => void got.push("chat", params.id, data) });
  await using client = await connect(server, { managed: true });

  client.sendRaw('{"type":"$join","id":1,"room":"chat/7","data":5}');
  client.sendRaw('{"type":"$join","id":2,"room":"else","data":5}');
  await client.next();
  await client.next();

  assertEquals(got, ["chat", "7", 5, "*", "else", undefined]);
});

Deno.test("validateOutgoing checks messages, requests and answers before they are sent", async () => {
  const { server, errors } = rig({ validateOutgoing: true });
  server.handle("add", () => "five" as unknown as number);
  await using client = await connect(server);
  const [connection] = server.connections;

  server.broadcast({ type: "said", data: { text: "x" } });
  assertThrows(() => server.broadcast({ type: "said", data: { text: 5 as unknown as string } }), InvalidDataError);
  assertThrows(() => connection!.send({ type: "other" } as unknown as string), TypeError, 'Cannot send "other"');
  await assertRejects(() => connection!.request("sure", 5 as unknown as string), InvalidDataError);
  client.send({ type: "add", data: [1, 2], id: 1 });

  assertEquals(await client.next(), { type: "said", data: { text: "x" } });
  assertEquals((await client.next() as { error: { code: string } }).error.code, "internal_error");
  assertEquals(errors.map((error) => error instanceof InvalidDataError && error.direction), ["outgoing"]);
});

Deno.test("validateOutgoing lets text and bytes through, and nothing else that the contract does not have", () => {
  const { server } = rig({ validateOutgoing: true });
  const open = server as unknown as WebSocketServer;

  for (const message of ["text", new Uint8Array(1), new ArrayBuffer(1), new DataView(new ArrayBuffer(1))]) {
    open.broadcast(message);
  }
  for (const message of [{ text: "x" }, ["said"], 5, true, null, { type: 5 }]) {
    assertThrows(() => open.broadcast(message), TypeError, "as the contract has no such message");
  }
  assertThrows(() => open.broadcast({ toJSON: () => ({ type: "other" }) }), TypeError, 'Cannot send "other"');
});

Deno.test("validateOutgoing checks what a room's filter makes of a message", async () => {
  const { server, errors } = rig({ validateOutgoing: true });
  server.room("chat/{id}", {
    outgoing: (connection, message) =>
      connection.data.isBad === true ? { type: "said", data: { text: 5 as unknown as string } } : message as string,
  });
  await using good = await connect(server);
  await using bad = await connect(server);
  const [first, second] = server.connections;
  second!.data.isBad = true;
  for (const each of [first!, second!]) each.join("chat/1");

  const { sent } = server.broadcast({ type: "said", data: { text: "x" } }, { room: "chat/1" });
  await bad.close();

  assertEquals([sent, await good.next()], [1, { type: "said", data: { text: "x" } }]);
  assertInstanceOf(errors[0], InvalidDataError);
});

Deno.test("WebSocketServer.room() refuses handlers for types that no client sends", () => {
  const { server } = rig();
  const open = server as unknown as WebSocketServer;

  assertThrows(
    () => open.room("chat/{id}", { handlers: { other: () => {} } }),
    TypeError,
    'Cannot handle "other" as the contract has no such message',
  );
  server.room("chat/{id}", { handlers: { say: () => {} } });
});

Deno.test("validateOutgoing says that it cannot wait for an asynchronous schema", () => {
  const server = new WebSocketServer({
    contract: defineContract({ server: { late: z.string().refine(() => Promise.resolve(true)) } }),
    validateOutgoing: true,
    platform: testPlatform(new VirtualClock()),
  });

  assertThrows(() => server.broadcast({ type: "late", data: "x" }), TypeError, "asynchronous");
});
