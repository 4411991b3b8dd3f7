/** Tests of the built-in middleware in real servers: what peers meet, plain and managed, and that nothing stays behind. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { RefusedError } from "../../src/errors.ts";
import {
  accessList,
  accessLog,
  admission,
  rateLimit,
  stripControlCharacters,
  validateMessages,
} from "../../src/middleware/mod.ts";
import type { WebSocketConfig } from "../../src/server/options.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { connect, HandshakeRefusedError, testPlatform, VirtualClock } from "../../src/testing/mod.ts";
import { logged } from "../server/tools/log_sink.ts";

/** An echo server on a virtual clock. */
function rig(config: WebSocketConfig = {}) {
  const clock = new VirtualClock();
  const server = new WebSocketServer({
    platform: testPlatform(clock),
    handlers: { onMessage: (conn, message) => void conn.send(message) },
    ...config,
  });
  return { clock, server };
}

Deno.test("rateLimit() in a server closes who sends too much with 4429, and disturbs nobody else", async () => {
  const { server } = rig();
  server.use(rateLimit());
  await using bystander = await connect(server);

  for (const managed of [false, true]) {
    await using flooder = await connect(server, { managed });
    for (let i = 0; i < 1_000; i++) flooder.send({ type: "a" });
    const { code, reason } = await flooder.closed;

    assertEquals([code, reason, flooder.messages.length], [4429, "too many messages", 100]);
  }
  bystander.send({ type: "still here" });
  assertEquals(await bystander.next(), { type: "still here" });
});

Deno.test("rateLimit() in a server never closes who sends at the rate", async () => {
  const { server, clock } = rig();
  server.use(rateLimit({ messagesPerSecond: 50, burst: 1 }));
  await using client = await connect(server);

  for (let i = 0; i < 500; i++) {
    client.send({ type: "a" });
    await clock.advance(20);
  }

  assertEquals(client.messages.length, 500);
});

Deno.test("rateLimit() in a server answers requests over the rate with rate_limited", async () => {
  const { server } = rig();
  server.handle("ask", () => "yes");
  server.use(rateLimit({ messagesPerSecond: 2, burst: 1, onExceeded: "reply" }));
  const error = {
    code: "rate_limited",
    message: "Too many messages: wait before you send more",
    data: { retryAfterMs: 500 },
  };

  for (const managed of [false, true]) {
    await using client = await connect(server, { managed });
    for (const id of [1, 2]) client.send({ type: "ask", id });

    const prefix = managed ? "$" : "";
    assertEquals([await client.next(), await client.next()], [
      { type: `${prefix}reply`, id: 1, data: "yes" },
      { type: `${prefix}error`, id: 2, error },
    ]);
  }
  assertEquals(server.getStats().errors, 0);
});

Deno.test("rateLimit() per user counts all connections of a user", async () => {
  const { server } = rig({ authenticate: ({ headers }) => ({ userId: headers.get("x-user") ?? "" }) });
  server.use(rateLimit({ burst: 3, per: "user" }));
  const headers = { "x-user": "ada" };
  await using first = await connect(server, { headers });
  await using second = await connect(server, { headers });

  for (let i = 0; i < 3; i++) first.send({ type: "a" });
  for (let i = 0; i < 3; i++) await first.next();
  second.send({ type: "a" });

  assertEquals((await second.closed).code, 4429);
});

Deno.test("rateLimit() counts no more when it was taken out", async () => {
  const { server } = rig();
  const off = server.use(rateLimit({ burst: 1 }));
  await using client = await connect(server);
  off();

  for (let i = 0; i < 10; i++) client.send({ type: "a" });
  for (let i = 0; i < 10; i++) await client.next();

  assertEquals(client.messages.length, 10);
});

Deno.test("validateMessages() in a server answers what it refuses, and hands on what it cleaned", async () => {
  const { server } = rig();
  server.use(validateMessages({ sanitize: (text) => stripControlCharacters(text).trim() }));

  for (const managed of [false, true]) {
    await using client = await connect(server, { managed });
    client.send({ type: "chat", id: 7 });
    client.send({ type: "chat" });
    client.send({ type: "text", data: { words: [" \0hello "] } });
    const error = {
      code: "invalid_message",
      message: "Messages of this type are not taken here",
      data: { reason: "type_not_allowed" },
    };
    const expected = [
      managed ? { type: "$error", id: 7, error } : { type: "error", id: 7, error },
      ...(managed ? [{ type: "$error", error }] : []), // plain peers hear only of what asked for an answer
      { type: "text", data: { words: ["hello"] } },
    ];

    for (const message of expected) assertEquals(await client.next(), message);
  }
  assertEquals(server.getStats().errors, 0);
});

Deno.test("validateMessages() lets a handler reply to a message that it cleaned", async () => {
  const { server } = rig();
  server.handle("text", (data) => ({ got: data }));
  server.use(validateMessages());
  await using client = await connect(server);
  client.send({ type: "text", data: "a\0b", id: 1 });

  assertEquals(await client.next(), { type: "reply", id: 1, data: { got: "ab" } });
});

Deno.test("admission() in a server refuses plain peers by status and managed ones in band, both with a time", async () => {
  const { server, clock } = rig();
  server.use(admission({ upgradesPerSecond: 1, burst: 1, retryAfterMs: 3_000 }));
  await using _first = await connect(server);

  const plain = await assertRejects(() => connect(server), HandshakeRefusedError);
  const managed = await assertRejects(() => connect(server, { managed: true }), RefusedError);
  assertEquals([plain.status, plain.headers.get("retry-after")], [503, "3"]);
  assertEquals([managed.refusal, managed.retryAfterMs], ["full", 3_000]);

  await clock.advance(1_000);
  await using _second = await connect(server);
  assertEquals(server.connections.size, 2);
});

Deno.test("admission() in a server refuses one address with 429, and lets others in", async () => {
  const { server } = rig();
  server.use(admission({ perAddress: { upgradesPerSecond: 0.5, burst: 1 } }));
  await using _first = await connect(server);

  const plain = await assertRejects(() => connect(server), HandshakeRefusedError);
  const managed = await assertRejects(() => connect(server, { managed: true }), RefusedError);
  await using _other = await connect(server, { remoteAddr: "192.0.2.1" });

  assertEquals([plain.status, plain.headers.get("retry-after")], [429, "2"]);
  assertEquals([managed.refusal, managed.retryAfterMs], ["rate_limited", 2_000]);
});

Deno.test("admission() in a server counts users that sign in, and lets them renew their token as often as they like", async () => {
  const { server } = rig({ authenticate: ({ token }) => token === undefined ? null : { userId: "ada" } });
  const gate = admission({ perUser: { upgradesPerSecond: 1, burst: 1 } });
  server.use(gate);
  const options = { managed: true, headers: { authorization: "Bearer x" } };
  await using client = await connect(server, options);

  for (let id = 1; id <= 3; id++) client.sendRaw(JSON.stringify({ type: "$credentials", id, token: "y" }));
  for (let id = 1; id <= 3; id++) assertMatch(JSON.stringify(await client.next()), /"\$reply"/);
  const second = await assertRejects(() => connect(server, options), RefusedError);

  assertEquals([second.refusal, gate.state.admitted, gate.state.refused.user], ["rate_limited", 1, 1]);
});

Deno.test("admission() in a server watches the loop while peers come, and leaves no timer", async () => {
  const { server, clock } = rig({ heartbeatInterval: 0 });
  const gate = admission({ maxEventLoopLagMs: 50 });
  const off = server.use(gate);
  await using _client = await connect(server);
  await clock.jump(2_000);

  const late = await assertRejects(() => connect(server), HandshakeRefusedError);
  assertEquals([late.status, gate.state.refused.lag], [503, 1]);
  await clock.advance(10_000);
  await using _second = await connect(server);
  off();

  await server.stop();
  assertEquals(clock.pending, 0);
});

Deno.test("admission() in a server reads the memory of the platform", async () => {
  const clock = new VirtualClock();
  let memory = 100;
  const server = new WebSocketServer({ platform: testPlatform(clock, { memoryBytes: () => memory }) });
  const gate = admission({ maxMemoryBytes: 150 });
  server.use(gate);
  await using _client = await connect(server);
  memory = 200;

  const refused = await assertRejects(() => connect(server), HandshakeRefusedError);

  assertEquals([refused.status, gate.state.memoryBytes, gate.state.refused.memory], [503, 200, 1]);
});

Deno.test("accessList() in a server refuses plain peers with 403 and managed ones in band", async () => {
  const { server } = rig();
  server.use(accessList({ deny: ["127.0.0.0/8"] }));

  const plain = await assertRejects(() => connect(server), HandshakeRefusedError);
  const managed = await assertRejects(() => connect(server, { managed: true }), RefusedError);
  await using _other = await connect(server, { remoteAddr: "192.0.2.1" });

  assertEquals([plain.status, managed.refusal], [403, "forbidden"]);
});

Deno.test("accessList() sees the address that a trusted proxy reports", async () => {
  const { server } = rig({ trustProxy: 1 });
  server.use(accessList({ allow: ["192.0.2.0/24"] }));
  const from = (address: string) => connect(server, { headers: { "x-forwarded-for": address } });

  await using _good = await from("192.0.2.9");
  const bad = await assertRejects(() => from("198.51.100.1"), HandshakeRefusedError);

  assertEquals(bad.status, 403);
});

Deno.test("accessLog() in a server tells who came, who went with which code, and who was refused", async () => {
  const { server } = rig({ trustProxy: 1 });
  server.use(accessLog({ messages: true }));
  server.use(accessList({ deny: ["192.0.2.66"] }));
  const records = await logged(async () => {
    const client = await connect(server, {
      url: "/ws/lobby?token=s3cret",
      headers: { "user-agent": "test \x7f/1" },
      remoteAddr: "192.0.2.1",
    });
    client.send({ type: "chat", data: "s3cret" });
    await client.next();
    await client.close(4000, "bye\nnow");
    const kicked = await connect(server, { remoteAddr: "192.0.2.2" });
    server.closeAll(4001, "kicked");
    await kicked.closed;
    await connect(server, { remoteAddr: "192.0.2.66", url: "/ws?token=s3cret" }).catch(() => {});
  }, "info");

  const texts = records.filter(({ category }) => category[1] === "access").map(({ text }) => text);
  const patterns = [
    /^connection (\w{26}) opened from 192\.0\.2\.1: \/ws\/lobby protocol=- user=- agent="test .*\/1"$/,
    /^connection \w{26} message: type="chat"$/,
    /^connection \w{26} closed: code=4000 reason="bye\\u000anow" after 0\.000 s, user=-$/,
    /^connection \w{26} opened from 192\.0\.2\.2: \/ws protocol=- user=- agent=""$/,
    /^connection \w{26} closed: code=4001 reason="kicked" after 0\.000 s, user=-$/,
    /^connection refused with 403 from 192\.0\.2\.66: \/ws user=- agent=""$/,
  ];
  assertEquals(texts.length, patterns.length, texts.join("\n"));
  patterns.forEach((pattern, at) => assertMatch(texts[at]!, pattern));
  assert(!JSON.stringify(records.map(({ properties, text }) => [properties, text])).includes("s3cret"));
});

Deno.test("built-in middleware suits servers whose connections have data of their own", async () => {
  const server = new WebSocketServer({
    platform: testPlatform(new VirtualClock()),
    data: () => ({ name: "Ada" }),
    handlers: { onConnect: (conn) => void conn.send(conn.data.name.toUpperCase()) },
  });
  for (const each of [accessLog(), admission(), accessList({}), rateLimit(), validateMessages()]) server.use(each);
  server.use(accessLog<{ name: string }>());
  server.use(rateLimit());
  server.use(admission());
  server.use(accessList({}));
  server.use(validateMessages());
  await using client = await connect(server);

  assertEquals(await client.next(), "ADA");
});
