/**
 * The chat's server as a program meets it that is not its page: what it believes, what it bounds, what it serves.
 */

import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { Peer } from "./peer.ts";
import { Program } from "./program.ts";

type Message = { type: string; data: Record<string, unknown> };

/** Somebody in the chat, past the messages of the arrival. */
async function enter(demo: Program, name: string, more: Record<string, unknown> = {}): Promise<Peer> {
  const peer = await Peer.connect(demo.socketUrl);
  peer.send({ type: "enter", data: { name, ...more } });
  await expect(peer, "entered");
  await expect(peer, "room");
  return peer;
}

/** The next message of this type; others in between are passed over, and so are the figures. */
async function expect(peer: Peer, type: string): Promise<Message["data"]> {
  while (true) {
    const message = await peer.next() as Message;
    if (message.type === type) return message.data;
  }
}

/** All messages until the answer to a ping comes: what came of everything that was sent before. */
async function untilPong(peer: Peer): Promise<Message[]> {
  peer.send({ type: "ping" });
  const messages: Message[] = [];
  while (true) {
    const message = await peer.next() as Message;
    if (message.type === "pong") return messages;
    if (message.type !== "figures") messages.push(message);
  }
}

Deno.test("the chat: a plain program can take part", async () => {
  await using demo = await Program.runDemo();
  await using ann = await enter(demo, "Ann");
  await using robot = await enter(demo, "Robot");
  assertEquals(await expect(ann, "joined"), { room: "Lobby", name: "Robot", people: 2 });

  robot.send({ type: "say", data: { place: { room: "lobby" }, text: "Beep" } });

  const { place, line } = await expect(ann, "said") as { place: unknown; line: Record<string, unknown> };
  assertEquals(place, { room: "Lobby" });
  assertEquals([line["from"], line["text"], typeof line["at"]], ["Robot", "Beep", "number"]);
  await robot[Symbol.asyncDispose]();
  assertEquals(await expect(ann, "left"), { room: "Lobby", name: "Robot", people: 1 });
});

Deno.test("the chat: a room tells who comes later what was said last, at most 50 lines, each once", async () => {
  await using demo = await Program.runDemo();
  const writers = await Promise.all([1, 2, 3].map((i) => enter(demo, `Writer ${i}`)));
  for (const [i, writer] of writers.entries()) {
    for (let j = 0; j < 20; j++) {
      const say = { type: "say", data: { place: { room: "Lobby" }, text: `${i}/${j}`, nonce: `n${j}` } };
      writer.send(say);
      if (j === 0) writer.send(say); // as a page does that does not know whether the first one arrived
    }
    await untilPong(writer);
  }

  const late = await Peer.connect(demo.socketUrl);
  late.send({ type: "enter", data: { name: "Late" } });
  const { lines, people } = await expect(late, "room") as { lines: { text: string }[]; people: string[] };

  assertEquals(people.toSorted(), ["Late", "Writer 1", "Writer 2", "Writer 3"]);
  assertEquals(
    lines.map(({ text }) => text),
    [0, 1, 2].flatMap((i) => [...Array(20).keys()].map((j) => `${i}/${j}`)).slice(-50),
  );
  for (const peer of [...writers, late]) await peer[Symbol.asyncDispose]();
});

Deno.test("the chat: what makes no sense is passed over, and harms nobody", async () => {
  await using demo = await Program.runDemo();
  await using ann = await enter(demo, "Ann");
  await using eve = await Peer.connect(demo.socketUrl);
  const before = [
    "text",
    "{",
    "null",
    "[]",
    new Uint8Array([1, 2, 3]),
    { type: "say", data: { place: { room: "Lobby" }, text: "not in yet" } },
    { type: "typing", data: { place: { room: "Lobby" } } },
    { type: "enter" },
    { type: "enter", data: null },
    { type: "enter", data: { name: { toString: "Eve" } } },
    { type: "enter", data: { name: "\u202e\u200b \n" } },
    { type: "enter", data: { name: ["Eve"], rooms: "all" } },
  ];
  for (const message of before) eve.send(message);
  const answers = await untilPong(eve);
  assertEquals(new Set(answers.map(({ type }) => type)), new Set(["refused", "problem"]));

  eve.send({ type: "enter", data: { name: "Eve", rooms: [null, 1, "", "  ", {}] } });
  await expect(eve, "room");
  await expect(ann, "joined");
  const after = [
    { type: "say" },
    { type: "say", data: { place: "Lobby", text: "x" } },
    { type: "say", data: { place: { room: "Elsewhere" }, text: "x" } },
    { type: "say", data: { place: { person: "Nobody" }, text: "x" } },
    { type: "say", data: { place: { room: "Lobby" }, text: " \n " } },
    { type: "say", data: { place: { room: "Lobby" }, text: 5 } },
    { type: "join", data: { room: { name: "x" } } },
    { type: "leave", data: { room: "Lobby" } },
    { type: "figures", data: { connections: 1_000_000 } },
    { type: "said", data: { place: { room: "Lobby" }, line: { from: "Ann", text: "forged" } } },
  ];
  for (const message of after) eve.send(message);
  assertEquals((await untilPong(eve)).map(({ type }) => type), Array(4).fill("problem"));
  eve.send({ type: "say", data: { place: { room: "Lobby" }, text: "fine" } });

  const messages = [await expect(ann, "said"), ...await untilPong(ann)] as { line?: { text: string } }[];
  assertEquals(messages.map(({ line }) => line?.text), ["fine"]);
});

Deno.test("the chat: names and texts are cut, and lose what hides or turns text around", async () => {
  await using demo = await Program.runDemo();
  const peer = await Peer.connect(demo.socketUrl);

  peer.send({ type: "enter", data: { name: `  \u202eEve\u0000\u200b \n ${"x".repeat(1_000)}` } });
  const { name } = await expect(peer, "entered");
  assertEquals(name, `Eve ${"x".repeat(36)}`);
  peer.send({ type: "join", data: { room: "🎈".repeat(100) } });
  await expect(peer, "room"); // the lobby
  assertEquals((await expect(peer, "room"))["room"], "🎈".repeat(40));
  peer.send({ type: "say", data: { place: { room: "Lobby" }, text: `a\u0007\r\n\n\n\n${"b".repeat(3_000)}\ud800` } });
  const { line } = await expect(peer, "said") as { line: { text: string } };
  assertEquals(line.text, `a\n\n${"b".repeat(1_997)}`);
  peer.send({ type: "say", data: { place: { room: "Lobby" }, text: "x".repeat(20_000) } });
  assertEquals((await peer.closed).code, 1009);
});

Deno.test("the chat: who is too fast is told so, and notices of typing are passed on at a bounded rate", async () => {
  await using demo = await Program.runDemo();
  await using ann = await enter(demo, "Ann");
  await using eve = await enter(demo, "Eve");
  await expect(ann, "joined");

  for (let i = 0; i < 100; i++) {
    eve.send({ type: "typing", data: { place: { room: "Lobby" } } });
    eve.send({ type: "say", data: { place: { room: "Lobby" }, text: String(i), nonce: `n${i}` } });
  }
  const refused = (await untilPong(eve)).filter(({ type }) => type === "problem");
  const got = await untilPong(ann);

  const count = (type: string) => got.filter((message) => message.type === type).length;
  assert(count("typing") >= 1 && count("typing") <= 10, `${count("typing")} notices of typing`);
  assert(count("said") >= 20 && count("said") <= 60, `${count("said")} lines`);
  assertEquals(count("said") + refused.length, 100);
  assertEquals(refused.at(-1)?.data["nonce"], "n99");
});

Deno.test("the chat: a name belongs to one at a time, and only its own page can take it over", async () => {
  await using demo = await Program.runDemo();
  await using bob = await enter(demo, "Bob");
  const first = await enter(demo, "Ann", { key: "secret", rooms: ["Cakes"] });
  await expect(bob, "joined");

  await using thief = await Peer.connect(demo.socketUrl);
  for (const key of [undefined, "", "guess"]) {
    thief.send({ type: "enter", data: { name: "aNN", key } });
    assertMatch(String((await expect(thief, "refused"))["text"]), /has this name already/);
  }
  await using second = await enter(demo, "ann", { key: "secret" });

  assertEquals(await first.closed, { code: 4409, reason: "the chat was opened elsewhere" });
  second.send({ type: "say", data: { place: { person: "Bob" }, text: "still me" } });
  const messages = [await expect(bob, "said"), ...await untilPong(bob)] as { line?: unknown; place?: unknown }[];
  assertEquals(messages.length, 1, "nobody has come or gone");
  assertEquals(messages[0]?.place, { person: "Ann" });
});

Deno.test("the chat: nobody can make rooms without end", async () => {
  await using demo = await Program.runDemo();
  const rooms = [...Array(100).keys()].map((i) => `Room ${i}`);
  await using eve = await Peer.connect(demo.socketUrl);

  eve.send({ type: "enter", data: { name: "Eve", rooms } });

  const messages = await untilPong(eve);
  assertEquals(messages.filter(({ type }) => type === "room").length, 20);
});

Deno.test("the chat: when it is interrupted it says goodbye with 1012 and ends", async () => {
  const demo = await Program.runDemo();
  await using ann = await enter(demo, "Ann");

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
