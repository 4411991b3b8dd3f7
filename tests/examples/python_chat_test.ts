/**
 * The chat for plain WebSockets: who comes and goes, messages to all, to rooms and to one, and what it serves over HTTP.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { Peer } from "./peer.ts";
import { Program } from "./program.ts";

type Received = [type: string, data: Record<string, unknown>];
type Message = { type: string; data: Record<string, unknown>; timestamp?: string; messageId?: string };

function run(): Promise<Program> {
  return Program.runExample("python_chat.ts", { flags: ["--allow-read=examples"] });
}

/** Comes in under a name, and learns its id. */
async function enter(program: Program, name: string): Promise<{ peer: Peer; id: string }> {
  const peer = await Peer.connect(`${program.socketUrl}/${encodeURIComponent(name)}`);
  const { type, data, timestamp, messageId } = await peer.next() as Message;
  assertEquals([type, data["name"]], ["welcome", name]);
  assertEquals(new Date(timestamp ?? "").toISOString(), timestamp);
  assertMatch(messageId ?? "", /^\w{26}$/);
  return { peer, id: String(data["id"]) };
}

async function next(peer: Peer): Promise<Received> {
  const { type, data } = await peer.next() as Message;
  return [type, data];
}

Deno.test("examples/python_chat.ts tells who comes and goes with how many are there, and lists them", async () => {
  await using program = await run();
  const get = async (path: string) => await (await fetch(new URL(path, program.url))).json();
  assertEquals(await get("/"), { message: "WebSocket server is running" });
  assertEquals(await get("/clients"), { count: 0, clients: [] });
  const ann = await enter(program, "Ann Lovelace");
  const bob = await enter(program, "Bob");

  assertEquals(await next(ann.peer), ["user_joined", { user_id: bob.id, name: "Bob", count: 2 }]);
  assertEquals(await get("/clients"), { count: 2, clients: [ann.id, bob.id] });
  await bob.peer[Symbol.asyncDispose]();
  assertEquals(await next(ann.peer), ["user_left", { user_id: bob.id, name: "Bob", count: 1 }]);
  ann.peer.send({ type: "ping", data: { timestamp: "2024-11-28T10:30:45" } });
  assertEquals(await ann.peer.next(), { type: "pong", data: { timestamp: "2024-11-28T10:30:45" } });
  await ann.peer[Symbol.asyncDispose]();
  const other = await fetch(new URL("/static/other", program.url));
  assertEquals([other.status, await other.text()], [404, "Not Found"]);
});

Deno.test("examples/python_chat.ts carries messages to all, to a room, and to one", async () => {
  await using program = await run();
  const ann = await enter(program, "Ann");
  const bob = await enter(program, "Bob");
  const carol = await enter(program, "Carol");
  await next(ann.peer);
  await next(ann.peer);
  await next(bob.peer);

  ann.peer.send({ type: "chat", data: { text: "Hello" } });
  const hello: Received = ["chat", { user_id: ann.id, name: "Ann", text: "Hello" }];
  for (const { peer } of [ann, bob, carol]) assertEquals(await next(peer), hello);

  bob.peer.send({ type: "private", data: { text: "Psst", recipient_id: ann.id } });
  assertEquals(await next(ann.peer), ["private", { user_id: bob.id, name: "Bob", text: "Psst" }]);
  for (const { peer } of [ann, bob]) {
    peer.send({ type: "join_room", id: 1, data: { room: "cakes" } });
    assertEquals(await peer.next(), { type: "reply", id: 1, data: { joined: true } });
  }
  ann.peer.send({ type: "room", data: { room: "cakes", text: "Plums?" } });
  const plums: Received = ["room", { user_id: ann.id, name: "Ann", room: "cakes", text: "Plums?" }];
  for (const { peer } of [ann, bob]) assertEquals(await next(peer), plums);
  bob.peer.send({ type: "leave_room", id: 2, data: { room: "cakes" } });
  assertEquals(await bob.peer.next(), { type: "reply", id: 2, data: { left: true } });

  ann.peer.send({ type: "room", data: { room: "cakes", text: "Alone" } });
  ann.peer.send({ type: "chat", data: { text: "Bye" } });
  assertEquals((await next(ann.peer))[1]["text"], "Alone");
  for (const { peer } of [ann, bob, carol]) assertEquals((await next(peer))[1]["text"], "Bye");
  for (const { peer } of [ann, bob, carol]) await peer[Symbol.asyncDispose]();
});

Deno.test("examples/python_chat.ts says what it does not take, if it was asked", async () => {
  await using program = await run();
  await using eve = (await enter(program, "Eve")).peer;
  const refusals = [
    [{ type: "chat" }, "invalid_data"],
    [{ type: "chat", data: { text: "  " } }, "invalid_data"],
    [{ type: "private", data: { text: "x", recipient_id: "nobody" } }, "not_found"],
    [{ type: "join_room", data: { room: "../../etc" } }, "bad_room"],
    [{ type: "room", data: { room: "cakes", text: "let me in" } }, "not_joined"],
    [{ type: "unheard" }, "unknown_type"],
  ] as const;

  for (const [message, code] of refusals) {
    eve.send(message);
    eve.send({ ...message, id: 1 });
    assertEquals((await eve.next() as { error: { code: string } }).error.code, code);
  }
});
