/**
 * The chat's server as programs meet it that are not its page: how one comes in, what it believes, what it bounds.
 */

import { RefusedError, RemoteError } from "@switchboard/websocket/client";
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { LOBBY } from "../../examples/chat/contract.ts";
import { Guest, signIn, tokenFor } from "./guest.ts";
import { Peer } from "./peer.ts";
import { Program } from "./program.ts";

type Message = { type: string; room?: string; data: Record<string, unknown>; error?: { code: string } };

/** A program without our client, which has signed in by its first message. */
async function enterPlain(demo: Program, name: string): Promise<Peer> {
  const peer = await Peer.connect(demo.socketUrl);
  peer.send({ type: "authenticate", id: "in", data: { token: await tokenFor(demo, name) } });
  assertEquals((await expect(peer, "reply"))["data"] !== undefined, true);
  return peer;
}

/** The next message of this type; others in between are passed over. */
async function expect(peer: Peer, type: string): Promise<Message> {
  while (true) {
    const message = await peer.next() as Message;
    if (message.type === type) return message;
  }
}

/** All messages but figures until the answer to a ping comes: what came of everything that was sent before. */
async function untilPong(peer: Peer): Promise<Message[]> {
  peer.send({ type: "ping" });
  const messages: Message[] = [];
  while (true) {
    const message = await peer.next() as Message;
    if (message.type === "pong") return messages;
    if (message.type !== "figures") messages.push(message);
  }
}

Deno.test("the chat: a program without our client can take part", async () => {
  await using demo = await Program.runDemo();
  await using ann = await Guest.enter(demo, "Ann");
  await using robot = await enterPlain(demo, "Robot");
  assertEquals((await ann.next("joined")).data, { name: "Robot", people: 2 });

  robot.send({ type: "say", room: "lobby", id: 1, data: { text: "Beep" } });

  const { room, data: line } = await ann.next("said");
  assertEquals([room, line.from, line.text, typeof line.at], ["lobby", "Robot", "Beep", "number"]);
  assertEquals((await expect(robot, "reply")).data as unknown, line);
  await ann.lobby.request("say", { text: "Hello, Robot", nonce: "1" });
  assertEquals((await expect(robot, "said")).data["text"], "Hello, Robot");
  await robot[Symbol.asyncDispose]();
  assertEquals((await ann.next("left")).data, { name: "Robot", people: 1 });
});

Deno.test("the chat: a room tells who comes later what was said last, at most 50 lines, each once", async () => {
  await using demo = await Program.runDemo();
  const writers = await Promise.all([1, 2, 3].map((i) => Guest.enter(demo, `Writer ${i}`)));
  for (const [i, writer] of writers.entries()) {
    for (let j = 0; j < 20; j++) {
      const say = { text: `${i}/${j}`, nonce: `n${j}` };
      const line = await writer.lobby.request("say", say);
      // As a page does that does not know whether the first one arrived.
      if (j === 0) assertEquals(await writer.lobby.request("say", say), line);
    }
  }

  await using late = await Guest.enter(demo, "Late");

  const { name, people, lines } = late.lobby.reply;
  assertEquals([name, people.toSorted()], ["Lobby", ["Late", "Writer 1", "Writer 2", "Writer 3"]]);
  assertEquals(
    lines.map(({ text }) => text),
    [0, 1, 2].flatMap((i) => [...Array(20).keys()].map((j) => `${i}/${j}`)).slice(-50),
  );
  for (const writer of writers) await writer.client.disconnect();
});

Deno.test("the chat: what makes no sense is answered if it asked for it, and harms nobody", async () => {
  await using demo = await Program.runDemo();
  await using ann = await Guest.enter(demo, "Ann");
  await using eve = await enterPlain(demo, "Eve");
  await ann.next("joined");
  const nonsense = [
    "text",
    "{",
    "null",
    "[]",
    new Uint8Array([1, 2, 3]),
    { type: "say", room: "lobby" },
    { type: "say", room: "lobby", data: { text: " \n " } },
    { type: "say", room: { name: "lobby" }, data: { text: "x" } },
    { type: "typing", data: { to: { toString: "Ann" } } },
    { type: "figures", data: { connections: 1_000_000 } },
    { type: "said", room: "lobby", data: { from: "Ann", text: "forged" } },
    { type: "left", room: "lobby", data: { name: "Ann", people: 0 } },
  ];
  const refused = [
    [{ type: "say", room: "lobby", data: { text: 5 } }, "invalid_data"],
    [{ type: "say", room: "elsewhere", data: { text: "x" } }, "not_joined"],
    [{ type: "say", data: { text: "to no room" } }, "unknown_type"],
    [{ type: "whisper", data: { to: "Nobody", text: "x" } }, "not_found"],
    [{ type: "whisper", data: { to: "\u200b", text: "x" } }, "invalid_data"],
    [{ type: "said", data: { from: "Ann" } }, "unknown_type"],
  ] as const;

  for (const message of nonsense) eve.send(message);
  assertEquals(await untilPong(eve), []);
  for (const [message, code] of refused) {
    eve.send({ ...message, id: 1 });
    assertEquals([(await expect(eve, "error")).error?.code, message.type], [code, message.type]);
  }
  eve.send({ type: "say", room: "lobby", data: { text: "fine" } });

  assertEquals((await ann.next("said")).data.text, "fine");
  assertEquals(await ann.everything(), []);
});

Deno.test("the chat: nobody is let in without a token, or with one that is not for them", async () => {
  await using demo = await Program.runDemo();
  for (const first of [{ type: "say", room: "lobby", data: { text: "x" } }, { type: "authenticate" }, "hello"]) {
    const peer = await Peer.connect(demo.socketUrl);
    peer.send(first);
    assertEquals((await peer.closed).code, 4401);
  }
  const token = await tokenFor(demo, "Ann");
  for (const bad of ["", "guess", token.slice(0, -3), `${token.split(".")[0]}.e30.`]) {
    const guest = new Guest(demo, bad);
    const error = await assertRejects(() => guest.client.connect(), RefusedError);
    assertEquals(error.message.includes(token), false);
  }

  assertEquals((await signIn(demo, " \u202e\u200b\n")).status, 400);
  assertEquals((await signIn(demo, "\ufdfa".repeat(40))).status, 400);
  const gotten = await fetch(`${demo.url}sign-in?name=Ann`);
  assertEquals([gotten.status, await gotten.json()], [405, { problem: "Use POST" }]);
});

Deno.test("the chat: a name belongs to one at a time, and only its own page can take it along", async () => {
  await using demo = await Program.runDemo();
  await using bob = await Guest.enter(demo, "Bob");
  const early = await tokenFor(demo, "Ann"); // from before there was an Ann
  const first = await Guest.enter(demo, "Ann");
  await bob.next("joined");

  for (const name of ["Ann", " aNN ", "Ａｎｎ"]) {
    assertEquals(await signIn(demo, name), { status: 409, problem: "Somebody here has this name already" });
  }
  await assertRejects(() => new Guest(demo, early).client.connect(), RefusedError);
  const renewed = await signIn(demo, "ANN", first.token);
  assertEquals(renewed.name, "Ann");
  await using second = await Guest.enter(demo, "Ann", renewed.token);

  assertEquals((await first.closed).code, 4409);
  await second.client.request("whisper", { to: "bob", text: "still me", nonce: "1" });
  assertEquals((await bob.next("whispered")).data.from, "Ann");
  await second.client.disconnect();
  assertEquals((await signIn(demo, "aNN")).status, 200);
});

Deno.test("the chat: a lost connection is no leaving: nobody is told, the name is kept, what was said arrives later", async () => {
  await using demo = await Program.runDemo();
  await using ann = await Guest.enter(demo, "Ann");
  await using bob = new Guest(demo, await tokenFor(demo, "Bob"), true);
  await bob.client.connect();
  await bob.join(LOBBY);
  await ann.next("joined");

  const mend = await bob.cut();
  assertEquals((await signIn(demo, "Bob")).status, 409);
  await ann.lobby.request("say", { text: "to all", nonce: "1" });
  await ann.client.request("whisper", { to: "Bob", text: "to you", nonce: "2" });
  await using late = await Guest.enter(demo, "Late");
  assertEquals(late.lobby.reply.people.toSorted(), ["Ann", "Bob", "Late"]);
  mend();

  assertEquals((await bob.next("said")).data.text, "to all");
  assertEquals((await bob.next("whispered")).data.text, "to you");
  assertEquals((await bob.next("joined")).data, { name: "Late", people: 3 });
  assertEquals((await ann.everything()).map(({ type }) => type), ["joined"]); // Late
  await bob.client.disconnect();
  assertEquals((await ann.next("left")).data, { name: "Bob", people: 2 });
});

Deno.test("the chat: a token can be renewed while one is connected, and one of another's cannot", async () => {
  await using demo = await Program.runDemo();
  const token = await tokenFor(demo, "Robot");
  await using robot = await Peer.connect(demo.socketUrl);
  robot.send({ type: "authenticate", id: 1, data: { token } });
  await expect(robot, "reply");

  const { token: next } = await signIn(demo, "Robot", token);
  robot.send({ type: "authenticate", id: 2, data: { token: next } });
  const { data } = await expect(robot, "reply");
  assert(Number(data["expiresInMs"]) > 3_500_000, JSON.stringify(data));
  robot.send({ type: "authenticate", id: 3, data: { token: await tokenFor(demo, "Ann") } });
  assertEquals((await expect(robot, "error")).error?.code, "forbidden");
  robot.send({ type: "say", room: "lobby", id: 4, data: { text: "still here" } });
  assertEquals((await expect(robot, "reply")).data["text"], "still here");
});

Deno.test("the chat: names and texts are cut, and lose what hides or turns text around", async () => {
  await using demo = await Program.runDemo();
  const { name = "", token = "" } = await signIn(demo, `  \u202eEve\u0000\u200b \n ${"x".repeat(1_000)}`);
  assertEquals(name, `Eve ${"x".repeat(36)}`);
  await using eve = await Guest.enter(demo, name, token);
  assertEquals(eve.lobby.reply.people, [name]);

  const balloons = await eve.client.join("🎈".repeat(40), { name: "🎈".repeat(100) });
  assertEquals(balloons.reply.name, "🎈".repeat(40));
  const error = await assertRejects(() => eve.client.join("other", { name: "Lobby" }), RemoteError);
  assertEquals(error.remoteCode, "bad_room");
  const { text } = await eve.lobby.request("say", {
    text: `a\u0007\r\n\n\n\n${"b".repeat(3_000)}\ud800`,
    nonce: "1",
  });
  assertEquals(text, `a\n\n${"b".repeat(1_997)}`);
  await using large = await enterPlain(demo, "Large");
  large.send({ type: "say", room: "lobby", data: { text: "x".repeat(20_000) } });
  assertEquals((await large.closed).code, 1009);
});

Deno.test("the chat: who is too fast is told so, and notices of typing are passed on at a bounded rate", async () => {
  await using demo = await Program.runDemo();
  await using ann = await Guest.enter(demo, "Ann");
  await using eve = await enterPlain(demo, "Eve");
  await ann.next("joined");

  for (let i = 0; i < 100; i++) {
    eve.send({ type: "typing", room: "lobby" });
    eve.send({ type: "say", room: "lobby", id: i, data: { text: String(i) } });
  }
  const answers = (await untilPong(eve)).filter(({ type }) => type === "reply" || type === "error");
  const got = await ann.everything();

  const count = (wanted: string) => got.filter(({ type }) => type === wanted).length;
  assert(count("typing") >= 1 && count("typing") <= 10, `${count("typing")} notices of typing`);
  assert(count("said") >= 20 && count("said") <= 60, `${count("said")} lines`);
  assertEquals([answers.length, answers.filter(({ type }) => type === "reply").length], [100, count("said")]);
  assertEquals(answers.at(-1)?.error?.code, "rate_limited");
});

Deno.test("the chat: nobody can make rooms without end, or come and go without end", async () => {
  await using demo = await Program.runDemo();
  await using eve = await Guest.enter(demo, "Eve");
  const join = async (name: string) => {
    try {
      const { reply } = await eve.join(name);
      return reply.name;
    } catch (error) {
      assert(error instanceof RemoteError);
      return error.remoteCode;
    }
  };

  const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => join(`Room ${i}`)));
  assertEquals(answers.filter((answer) => answer.startsWith("Room")).length, 19); // and the lobby
  assertEquals(new Set(answers.slice(19)), new Set(["too_many_rooms"]));
  assertEquals(
    await eve.client.join("not the name", { name: "Room 1" }).catch(({ remoteCode }) => remoteCode),
    "too_many_rooms",
  );
  let result = "Room 1";
  while (result === "Room 1") {
    await eve.client.rooms.find(({ name }) => name === "room 1")?.leave();
    result = await join("Room 1");
  }
  assertEquals(result, "rate_limited");
});

Deno.test("the chat: when it is interrupted it says goodbye with 1012 and ends", async () => {
  const demo = await Program.runDemo();
  await using ann = await Guest.enter(demo, "Ann");

  const code = await demo.interrupt();

  assertEquals(code, 0);
  assertEquals((await ann.closed).code, 1012);
});

Deno.test("the chat: takes the next port when one is taken", async () => {
  await using first = await Program.runDemo();
  await using second = await Program.runDemo(first.port);

  assertNotEquals(second.port, first.port);
  assert(second.port > first.port && second.port <= first.port + 100);
  assertMatch(await (await fetch(second.url)).text(), /^<!DOCTYPE html>/);
});
