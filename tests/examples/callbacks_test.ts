/**
 * The pair of examples with four callbacks each: the server's limits and choices, and a client that comes back.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { Peer } from "./peer.ts";
import { Program } from "./program.ts";

type Message = { type: string; data?: unknown; [name: string]: unknown };

/** Connects, past the welcome. */
async function enter(program: Program, userAgent = "test"): Promise<Peer> {
  const peer = await Peer.connect(program.socketUrl, { headers: { "user-agent": userAgent } });
  assertEquals((await peer.next() as Message).type, "welcome");
  return peer;
}

/** The next message of this type. */
async function expect(peer: Peer, type: string): Promise<Message> {
  while (true) {
    const message = await peer.next() as Message;
    if (message.type === type) return message;
  }
}

Deno.test("examples/callbacks_server.ts welcomes, broadcasts, and tells of coming and going", async () => {
  await using program = await Program.runExample("callbacks_server.ts");
  await using ann = await Peer.connect(program.socketUrl);
  const welcome = await ann.next() as Message;
  assertEquals([welcome.type, typeof welcome["your_id"], typeof welcome["server_time"]], [
    "welcome",
    "string",
    "number",
  ]);
  await program.prints(/127\.0\.0\.1 connected/);
  const bob = await enter(program);

  bob.send("Hello");

  const said = await expect(ann, "broadcast");
  assertEquals(said.data, "Hello");
  assertEquals(await expect(bob, "broadcast"), said);
  await bob[Symbol.asyncDispose]();
  await program.prints(/127\.0\.0\.1 disconnected gracefully: 1005/);
});

Deno.test("examples/callbacks_server.ts sends to those of a user agent, and to those who came lately", async () => {
  await using program = await Program.runExample("callbacks_server.ts");
  await using robot = await enter(program, "Robot/1.0");
  await using ann = await enter(program, "Browser/2.0");

  ann.send({ type: "tell agents", id: 1, data: { agent: "Robot", text: "Hello, robots" } });
  assertEquals(await expect(robot, "told"), { type: "told", data: "Hello, robots" });
  assertEquals(await ann.next(), { type: "reply", id: 1, data: 1 });

  ann.send({ type: "tell newcomers", id: 2, data: { withinMs: 3_600_000, text: "Hello, newcomers" } });
  assertEquals(await expect(robot, "told"), { type: "told", data: "Hello, newcomers" });
  assertEquals((await expect(ann, "reply")).data, 2);
  ann.send({ type: "tell newcomers", id: 3, data: { withinMs: 0, text: "Nobody" } });
  assertEquals((await expect(ann, "reply")).data, 0);
});

Deno.test("examples/callbacks_server.ts tells the fifty-first that it is busy, and takes it when there is room", async () => {
  await using program = await Program.runExample("callbacks_server.ts");
  const peers = await Promise.all(Array.from({ length: 50 }, () => enter(program)));

  const late = await Peer.connect(program.socketUrl);
  assertEquals(await late.next(), { type: "busy", data: "The server is busy, please try again later" });
  assertEquals(await late.closed, { code: 1013, reason: "busy" });
  await peers.pop()?.[Symbol.asyncDispose]();
  peers.push(await enter(program));

  for (const peer of peers) await peer[Symbol.asyncDispose]();
});

Deno.test("examples/callbacks_client.ts connects, talks, comes back to a server that was killed, and ends when asked", async () => {
  const first = await Program.runExample("callbacks_server.ts");
  await using client = Program.start("callbacks_client.ts", { args: [first.socketUrl] });
  const [, firstId] = await client.prints(/connected as (\w{26})/);
  await client.prints(/received \{"type":"broadcast",.*"data":"Hello from a client"\}/);
  await client.prints(/told 1/);

  await first.kill();
  await client.prints(/disconnected with 1006, will try again/);
  await using second = await Program.runExample("callbacks_server.ts", { port: first.port });
  const [, secondId] = await client.prints(/connected as (\w{26})/);

  assertEquals(firstId === secondId, false);
  await second.prints(/connected/);
  assertEquals(await client.interrupt(), 0);
  const [line] = await second.prints(/disconnected .*/);
  assertMatch(line, /gracefully: 1000/);
});
