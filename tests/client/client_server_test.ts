/**
 * The client against the server of this module, in memory and in virtual time.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { WebSocketClient, type WebSocketClientConfig } from "../../src/client/mod.ts";
import { MessageError, RefusedError, RemoteError, RequestTimeoutError } from "../../src/errors.ts";
import { type Contract, defineContract } from "../../src/protocol/contract.ts";
import { WebSocketServer } from "../../src/server/mod.ts";
import { testClientPlatform, testPlatform, VirtualClock } from "../../src/testing/mod.ts";

/** A client in front of a server. */
function clientOf<C extends Contract = Contract>(
  clock: VirtualClock,
  server: Parameters<typeof testClientPlatform>[1]["server"],
  config: Partial<WebSocketClientConfig<C>> = {},
) {
  const platform = testClientPlatform(clock, { server });
  return { platform, client: new WebSocketClient<C>({ url: "ws://localhost/ws", platform, ...config }) };
}

Deno.test("client and server ask each other, refuse, and give up", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock) });
  server.handle("double", (n: number) => n * 2);
  server.handle("no", () => {
    throw new MessageError("forbidden", "Not you", { why: 1 });
  });
  const stopped = Promise.withResolvers<void>();
  server.handle("slow", (_, { signal, deadline }) => {
    assert(deadline !== undefined);
    signal.addEventListener("abort", () => stopped.resolve());
    return new Promise<never>(() => {});
  });
  const { client } = clientOf(clock, server);
  client.handle("greet", (name: string) => `hello ${name}`);
  await client.connect();
  const [conn] = [...server.connections];

  assertEquals(await client.request("double", 21), 42);
  const error = await assertRejects(() => client.request("no"), RemoteError, "Not you");
  assertEquals([error.remoteCode, error.data], ["forbidden", { why: 1 }]);
  assertEquals((await assertRejects(() => client.request("what"), RemoteError)).remoteCode, "unknown_type");
  assertEquals(await conn!.request("greet", "ada"), "hello ada");
  assertEquals((await assertRejects(() => conn!.request("what"), RemoteError)).remoteCode, "unknown_type");
  const slow = assertRejects(() => client.request("slow", undefined, { timeoutMs: 1_000 }), RequestTimeoutError);
  await clock.advance(1_000);
  await slow;
  await stopped.promise;
  await client.disconnect();
});

Deno.test("client and server: rooms are joined, rejoined before what waited, left, and refused", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock) });
  let isOpen = true;
  server.room("chat/{id}", {
    join: ({ params, data }) => isOpen && { room: params.id, data },
    handlers: {
      say: (data, { connection, room }) => {
        server.broadcast({ type: "said", data }, { room: room!, except: connection.id });
        return "heard";
      },
    },
  });
  const [ada, bob] = [clientOf(clock, server), clientOf(clock, server)];
  for (const { client } of [ada, bob]) await client.connect();
  const heard: unknown[] = [];

  const adas = await ada.client.join("chat/1", { as: "ada" });
  const bobs = await bob.client.join("chat/1", undefined, {
    handlers: { said: (data, { room }) => void heard.push([data, room]) },
  });
  assertEquals([adas.reply, server.members("chat/1").size], [{ room: "1", data: { as: "ada" } }, 2]);
  assertEquals((await assertRejects(() => bob.client.join("other"), RemoteError)).remoteCode, "forbidden");
  assertEquals(await adas.request("say", "hi"), "heard");

  ada.platform.pairs[0]!.cut();
  await clock.advance(0);
  assertEquals(adas.send({ type: "say", data: "from offline" }), "queued");
  await clock.advance(1_000);
  assertEquals([adas.isJoined, heard], [true, [["hi", "chat/1"], ["from offline", "chat/1"]]]);

  const left = Promise.withResolvers<{ room: string; code: string }>();
  bob.client.on("room:left", left.resolve);
  isOpen = false;
  bob.platform.pairs[0]!.cut();
  await clock.advance(1_000);
  assertEquals([(await left.promise).code, bobs.isJoined, bob.client.rooms], ["forbidden", false, []]);

  await adas.leave();
  assertEquals([server.members("chat/1").size, ada.client.rooms], [0, []]);
  await Promise.all([ada.client.disconnect(), bob.client.disconnect()]);
});

Deno.test("client and server: the server takes a client out of a room", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock) });
  server.room("*");
  const { client } = clientOf(clock, server);
  await client.connect();
  const room = await client.join("a");
  const left = Promise.withResolvers<unknown>();
  client.on("room:left", left.resolve);

  [...server.connections][0]!.leave("a");

  const { room: name } = await left.promise as { room: string };
  assertEquals([name, room.isJoined], ["a", false]);
  await client.disconnect();
});

Deno.test("client and server: a token is presented, renewed on the living connection, and refused", async () => {
  const clock = new VirtualClock();
  let now = 0;
  const server = new WebSocketServer({
    platform: testPlatform(clock),
    authenticate: ({ token }) =>
      token?.startsWith("good") ? { userId: "ada", expiresAt: new Date(clock.date() + 5_000) } : null,
  });
  const tokens: string[] = [];
  let next = "good";
  const { client, platform } = clientOf(clock, server, {
    token: ({ reason }) => {
      tokens.push(reason);
      return `${next}.${now++}`;
    },
  });
  await client.connect();
  const [conn] = [...server.connections];
  assertEquals([conn?.userId, tokens], ["ada", ["connect"]]);

  await clock.advance(4_500);
  assertEquals([client.getState(), platform.pairs.length, tokens], ["open", 1, ["connect", "renew"]]);

  next = "bad";
  await client.disconnect();
  const waiting = new Promise((resolve) => client.on("waiting", resolve));
  const refused = assertRejects(() => client.connect(), RefusedError, "unauthorized");
  await waiting;
  await clock.advance(1_000);
  await refused;
  assertEquals([tokens.slice(2), client.getState(), clock.pending], [["connect", "renew"], "closed", 0]);
});

Deno.test("client and server keep one contract", async () => {
  const contract = defineContract({
    client: { say: z.object({ text: z.string() }) },
    server: { said: z.object({ text: z.string(), at: z.string().transform((text) => new Date(text)) }) },
    requests: { sum: { data: z.array(z.number()), reply: z.number() } },
  });
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock), contract });
  server.handle("say", ({ text }, { connection }) => {
    connection.send({ type: "said", data: { text, at: "2026-01-01T00:00:00Z" } });
  });
  server.handle("sum", (list) => list.reduce((sum, n) => sum + n, 0));
  const { client } = clientOf<typeof contract>(clock, server, { contract });
  const said = new Promise<Date>((resolve) => client.handle("said", ({ at }) => resolve(at)));
  await client.connect();

  client.send({ type: "say", data: { text: "hi" } });

  assertEquals((await said).getUTCFullYear(), 2026);
  assertEquals(await client.request("sum", [1, 2, 3]), 6);
  const wrong = ["x"] as unknown as number[];
  const error = await assertRejects(() => client.request("sum", wrong), RemoteError, "not valid");
  assertEquals([error.remoteCode, error.data], ["invalid_data", { issues: [{ path: [0] }] }]);
  await client.disconnect();
});
