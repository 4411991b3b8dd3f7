/**
 * The manager of connections: handlers, middleware, validation, tokens, events, figures.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { SignJWT } from "jose";
import { Peer } from "./peer.ts";
import { Program } from "./program.ts";

const SECRET = "a secret that only this test and its server know";

function run(): Promise<Program> {
  return Program.runExample("manager.ts", { flags: ["--allow-env=JWT_SECRET"], env: { JWT_SECRET: SECRET } });
}

/** Connects with a token that is signed with `secret`. */
async function signIn(program: Program, claims: Record<string, unknown>, secret = SECRET): Promise<Peer> {
  const token = await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).setExpirationTime("1m")
    .sign(new TextEncoder().encode(secret));
  return await Peer.connect(program.socketUrl, { headers: { authorization: `Bearer ${token}` } });
}

Deno.test("examples/manager.ts answers by type what asked for an answer, and tells of everything", async () => {
  await using program = await run();
  await using peer = await Peer.connect(program.socketUrl);
  const [, id] = await program.prints(/(\w{26}) added, anonymous/);

  peer.send({ type: "init", id: 1 });
  const { data: init } = await peer.next() as { data: { id: string; serverTime: string } };
  assertEquals([init.id, Number.isNaN(Date.parse(init.serverTime))], [id, false]);
  peer.send({ type: "text", id: 2, data: { text: "Hello" } });
  const { type, data } = await peer.next() as { type: string; data: { text: string } };

  assertEquals([type, data.text], ["reply", "Echo: Hello"]);
  await program.prints(/received text/);
  await program.prints(new RegExp(`${id} text took [\\d.]+ ms`));
  peer.send({ type: "text", data: { text: "No answer, please" } });
  peer.send({ type: "whoami", id: 3 });
  assertEquals(await peer.next(), { type: "reply", id: 3, data: "nobody" });
});

Deno.test("examples/manager.ts refuses other types and what is too long, and cleans text", async () => {
  await using program = await run();
  await using peer = await Peer.connect(program.socketUrl);
  const ask = async (message: Record<string, unknown>) => {
    peer.send({ ...message, id: 1 });
    return await peer.next() as { data?: { text: string }; error?: { code: string; data: { reason: string } } };
  };

  assertEquals((await ask({ type: "drop tables" })).error?.data.reason, "type_not_allowed");
  assertEquals((await ask({ type: "text", data: { text: "x".repeat(8_001) } })).error?.data.reason, "content_too_long");
  const many = Array.from({ length: 6 }, () => "x".repeat(2_000));
  assertEquals((await ask({ type: "text", data: { text: "", many } })).error?.data.reason, "message_too_long");
  assertEquals((await ask({ type: "text", data: { text: "a\u0000b" } })).data?.text, "Echo: ab");
});

Deno.test("examples/manager.ts knows who has a token, and refuses bad ones and who is suspended", async () => {
  await using program = await run();
  await using anonymous = await Peer.connect(program.socketUrl);
  await using ada = await signIn(program, { sub: "ada" });
  ada.send({ type: "whoami", id: 1 });
  assertEquals(await ada.next(), { type: "reply", id: 1, data: "ada" });

  ada.send({ type: "announce", id: 2, data: "It works" });
  assertEquals(await anonymous.next(), { type: "announcement", data: "It works" });
  assertEquals(await ada.next(), { type: "reply", id: 2, data: 1 });
  anonymous.send({ type: "announce", id: 3, data: "Me too" });
  const { error } = await anonymous.next() as { error: { code: string } };
  assertEquals(error.code, "unauthorized");

  await assertRejects(() => signIn(program, { sub: "eve" }, "another secret, which is as long as the first"));
  await assertRejects(() => signIn(program, { sub: "mallory", suspended: true }));
});

Deno.test("examples/manager.ts tells its figures over HTTP", async () => {
  await using program = await run();
  await using peer = await Peer.connect(program.socketUrl);
  const left = await Peer.connect(program.socketUrl);
  await left[Symbol.asyncDispose]();
  peer.send({ type: "text", id: 1, data: "raw" });
  await peer.next();
  const get = async (path: string) => await (await fetch(new URL(path, program.url))).json();

  const health = await get("/api/websocket/health");
  assertEquals([health.status, health.connections], ["healthy", { active: 1, total: 2 }]);
  assert(health.uptime > 0);
  const { connections, messages, errors } = await get("/api/websocket/metrics");
  assertEquals(connections, { activeConnections: 1, totalConnections: 2, peakConnections: 2 });
  assertEquals([messages.totalMessages, messages.messagesPerSecond > 0], [1, true]);
  assertEquals(errors, { totalErrors: 0, errorRate: 0 });
  const other = await fetch(new URL("/other", program.url));
  assertEquals([other.status, await other.text()], [404, "Not Found"]);
});
