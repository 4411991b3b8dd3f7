/** Tests of what a real client and a real server say to each other, joined in memory and in virtual time. */

import { assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import { type Provider, WebSocketClient, type WebSocketClientConfig } from "../../src/client/mod.ts";
import { MessageError, RemoteError } from "../../src/errors.ts";
import { defineContract } from "../../src/protocol/contract.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { type TestClientPlatform, testClientPlatform, testPlatform, VirtualClock } from "../../src/testing/mod.ts";

const URL = "ws://localhost/ws";

/** A client on a virtual clock. */
function clientOf(
  clock: VirtualClock,
  server: WebSocketServer,
  config: Partial<WebSocketClientConfig> = {},
): { client: WebSocketClient; platform: TestClientPlatform; errors: Error[] } {
  const platform = testClientPlatform(clock, { server });
  const errors: Error[] = [];
  const client = new WebSocketClient({
    url: URL,
    platform,
    handlers: { onError: (error) => void errors.push(error) },
    ...config,
  });
  return { client, platform, errors };
}

/** A server whose tokens are `user:life in ms:number`, and live from when they are first seen. */
function signingServer(clock: VirtualClock) {
  const seen = new Map<string, number>();
  return new WebSocketServer({
    platform: testPlatform(clock),
    authenticate: ({ token }) => {
      if (token === undefined) return null;
      const [userId = "", lifeMs = ""] = token.split(":");
      const bornAt = seen.get(token) ?? clock.date();
      seen.set(token, bornAt);
      return { userId, expiresAt: new Date(bornAt + Number(lifeMs)) };
    },
  });
}

for (const protocol of ["managed", "plain"] as const) {
  Deno.test(`requests are answered, refused and failed in both directions with ${protocol} peers`, async () => {
    const clock = new VirtualClock();
    const errors: Error[] = [];
    const server = new WebSocketServer({
      platform: testPlatform(clock),
      handlers: { onError: (_connection, error) => void errors.push(error) },
    });
    server.handle("double", (data) => data * 2);
    server.handle("no", () => {
      throw new MessageError("odd", "Only even ones", [1]);
    });
    server.handle("broken", () => Promise.reject(new Error("secret")));
    const { client } = clientOf(clock, server, { protocol });
    client.handle("name", () => "ada");
    client.handle("no", () => {
      throw new MessageError("shy", "I will not say");
    });
    await client.connect();
    const [connection] = server.connections;

    assertEquals(await client.request("double", 21), 42);
    const refused = await assertRejects(() => client.request("no"), RemoteError, "Only even ones");
    assertEquals([refused.remoteCode, refused.data], ["odd", [1]]);
    assertEquals((await assertRejects(() => client.request("broken"), RemoteError)).remoteCode, "internal_error");
    assertEquals((await assertRejects(() => client.request("nobody's"), RemoteError)).remoteCode, "unknown_type");
    assertEquals(await connection!.request("name"), "ada");
    assertEquals((await assertRejects(() => connection!.request("no"), RemoteError)).remoteCode, "shy");

    assertEquals(errors.map(({ name }) => name), ["Error", "UnknownTypeError"]);
    await client.disconnect();
    await clock.advance(0);
    assertEquals(clock.pending, 0);
  });
}

Deno.test("a request that the client gives up reaches the handler's signal", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock) });
  const seen: boolean[] = [];
  server.handle("slow", (_data, { signal, deadline }) => {
    seen.push(deadline !== undefined && deadline.getTime() > clock.date());
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => {
      seen.push(signal.aborted);
      reject(signal.reason);
    });
    return promise;
  });
  const { client } = clientOf(clock, server);
  await client.connect();
  const controller = new AbortController();

  const answer = client.request("slow", 1, { signal: controller.signal });
  answer.catch(() => {});
  await clock.advance(0);
  controller.abort(new Error("enough"));
  await assertRejects(() => answer, Error, "enough");
  await clock.advance(0);

  assertEquals(seen, [true, true]);
  await client.disconnect();
});

Deno.test("a client is in its rooms again after it was cut off, before what it sends meanwhile is handled", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock) });
  const heard: unknown[] = [];
  server.room("chat/{id}", {
    join: ({ data, params }) => ({ welcome: data, to: params.id }),
    handlers: {
      say: (data, { room, connection }) => void connection.broadcast({ type: "said", data }, { room: room! }),
    },
  });
  const ada = clientOf(clock, server);
  const bob = clientOf(clock, server);
  await ada.client.connect();
  await bob.client.connect();
  const adasRoom = await ada.client.join("chat/7", "ada");
  const bobsRoom = await bob.client.join("chat/7", "bob");
  bobsRoom.handle("said", (data) => void heard.push(data));
  assertEquals(adasRoom.reply, { welcome: "ada", to: "7" });

  adasRoom.send({ type: "say", data: "one" });
  await clock.advance(0);
  ada.platform.pairs[0]!.cut();
  await clock.advance(0);
  adasRoom.send({ type: "say", data: "two" });
  await clock.advance(10_000);

  assertEquals(heard, ["one", "two"]);
  assertEquals([server.members("chat/7").size, ada.platform.pairs.length, ada.errors.length], [2, 2, 1]);
  await adasRoom.leave();
  assertEquals(server.members("chat/7").size, 1);
  await Promise.all([ada.client.disconnect(), bob.client.disconnect()]);
  await clock.advance(0);
  assertEquals([server.rooms.size, clock.pending], [0, 0]);
});

Deno.test("a room that the server closes to a member is told, and not joined again", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock) });
  server.room("*");
  const { client, platform } = clientOf(clock, server);
  const left: unknown[] = [];
  client.on("room:left", ({ room, code }) => void left.push([room, code]));
  await client.connect();
  await client.join("a");
  await client.join("b");

  server.select(() => true).leave("a");
  await clock.advance(0);
  platform.pairs[0]!.cut();
  await clock.advance(10_000);

  assertEquals([left, [...server.rooms]], [[["a", "removed"]], ["b"]]);
  assertEquals((await assertRejects(() => client.join("$all"), RemoteError)).remoteCode, "bad_room");
  await client.disconnect();
});

Deno.test("a token of 5 s on a session of 60 s causes no reconnect", async () => {
  const clock = new VirtualClock();
  const server = signingServer(clock);
  let asked = 0;
  const token: Provider<string> = () => `ada:5000:${++asked}`;
  const { client, platform, errors } = clientOf(clock, server as unknown as WebSocketServer, { token });
  const states: string[] = [];
  await client.connect();
  client.on("statechange", ({ state }) => void states.push(state));

  for (let second = 0; second < 60; second++) await clock.advance(1_000);

  assertEquals([client.getState(), platform.pairs.length, states, errors], ["open", 1, [], []]);
  assertEquals(asked >= 12, true, `asked for ${asked} tokens`);
  await client.disconnect();
  await clock.advance(0);
  assertEquals(clock.pending, 0);
});

Deno.test("a token that is not renewed ends the connection with 4401 when it is over, and one renewed attempt follows", async () => {
  const clock = new VirtualClock();
  const server = signingServer(clock);
  const reasons: string[] = [];
  const { client, platform } = clientOf(clock, server as unknown as WebSocketServer, {
    token: ({ reason }) => {
      reasons.push(reason);
      return "ada:5000:same";
    },
  });
  const closes: number[] = [];
  client.on("close", ({ code }) => void closes.push(code));
  await client.connect();

  await clock.advance(4_900);
  assertEquals(closes, []);
  await clock.advance(1_100);
  await clock.advance(20_000);

  assertEquals([closes, client.getState(), platform.pairs.length], [[4401, 4401], "closed", 2]);
  assertEquals(reasons[0], "connect");
  assertEquals(reasons.at(-1), "renew");
});

Deno.test("a revoked user is gone, on all connections, and others are not", async () => {
  const clock = new VirtualClock();
  const server = signingServer(clock);
  const any = server as unknown as WebSocketServer;
  const clients = ["ada:60000:1", "ada:60000:2", "bob:60000:1"].map((token) => clientOf(clock, any, { token }));
  for (const { client } of clients) await client.connect();
  assertEquals(server.toUser("ada").size, 2);

  assertEquals(server.revoke("ada"), 2);
  assertEquals([server.toUser("ada").size, server.connections.size], [0, 1]);
  const codes = clients.slice(0, 2).map(({ client }) =>
    new Promise((resolve) => client.on("close", ({ code }) => resolve(code)))
  );
  await clock.advance(1_000);

  assertEquals(await Promise.all(codes), [4401, 4401]);
  assertEquals(clients[2]!.client.getState(), "open");
  await Promise.all(clients.map(({ client }) => client.disconnect()));
});

Deno.test("a renewal asks the rules of rooms again, and takes the client out of those that it lost", async () => {
  const clock = new VirtualClock();
  const server = signingServer(clock);
  let isOpen = true;
  server.room("staff", { join: () => isOpen });
  server.room("lobby");
  let asked = 0;
  const { client } = clientOf(clock, server as unknown as WebSocketServer, { token: () => `ada:5000:${++asked}` });
  const left: unknown[] = [];
  client.on("room:left", ({ room, code }) => void left.push([room, code]));
  await client.connect();
  await client.join("staff");
  await client.join("lobby");

  isOpen = false;
  await clock.advance(4_900);

  assertEquals([left, [...server.rooms]], [[["staff", "forbidden"]], ["lobby"]]);
  await client.disconnect();
});

Deno.test("a client and a server under one contract: typed, checked on both sides", async () => {
  const contract = defineContract({
    server: { news: z.object({ at: z.coerce.date() }) },
    requests: { add: { data: z.tuple([z.number(), z.number()]), reply: z.number() } },
    rooms: { "chat/{id}": { data: z.object({ nick: z.string() }), reply: z.object({ count: z.number() }) } },
  });
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock), contract });
  server.handle("add", ([a, b]) => a + b);
  server.room("chat/{id}", { join: () => ({ count: 1 }) });
  const errors: Error[] = [];
  const dates: unknown[] = [];
  const client = new WebSocketClient({
    url: URL,
    contract,
    platform: testClientPlatform(clock, { server }),
    handlers: { onError: (error) => void errors.push(error) },
  });
  client.handle("news", ({ at }) => void dates.push(at));
  await client.connect();

  const sum: number = await client.request("add", [1, 2]);
  const room = await client.join("chat/7", { nick: "ada" });
  const count: number = room.reply.count;
  server.broadcast({ type: "news", data: { at: "2030-01-01" } });
  server.broadcast({ type: "news", data: { at: "never" } });
  await clock.advance(0);
  const refused = await assertRejects(
    () => client.request("add", ["x", 2] as unknown as [number, number]),
    RemoteError,
  );

  assertEquals([sum, count, dates], [3, 1, [new Date("2030-01-01")]]);
  assertEquals([errors.map(({ name }) => name), refused.data], [["InvalidDataError"], { issues: [{ path: [0] }] }]);
  await client.disconnect();
});
