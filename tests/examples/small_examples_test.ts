/**
 * The small examples, each run as it is.
 */

import { assert, assertEquals } from "@std/assert";
import { filesUnder, ROOT } from "../tools/repository.ts";
import { Peer } from "./peer.ts";
import { Program } from "./program.ts";

/** What can be read without scrolling much. */
const MAX_LINES = 80;

Deno.test("examples/echo.ts sends back text, JSON and bytes as they came", async () => {
  await using program = await Program.runExample("echo.ts");
  await using peer = await Peer.connect(program.socketUrl);

  for (const message of ["hello", { type: "chat", data: 1 }, { no: "type" }, new Uint8Array([1, 2, 3])]) {
    peer.send(message);

    assertEquals(await peer.next(), message);
  }
});

Deno.test("examples/broadcast.ts tells the others what one sends, and who comes and goes", async () => {
  await using program = await Program.runExample("broadcast.ts");
  await using ann = await Peer.connect(program.socketUrl);
  const { id: annId } = await ann.next() as { id: string };
  const bob = await Peer.connect(program.socketUrl);
  const { id: bobId } = await bob.next() as { id: string };
  assertEquals(await ann.next(), { type: "joined", id: bobId, connections: 2 });

  ann.send("hello");
  assertEquals(await bob.next(), { type: "message", from: annId, message: { type: "text", data: "hello" } });
  bob.send({ type: "chat", text: "hi" });
  assertEquals(await ann.next(), { type: "message", from: bobId, message: { type: "chat", text: "hi" } });

  await bob[Symbol.asyncDispose]();
  assertEquals(await ann.next(), { type: "left", id: bobId, connections: 1 });
});

Deno.test("examples/chat_room.ts tells who is there, who says what, who comes and who goes, to one room each", async () => {
  await using program = await Program.runExample("chat_room.ts");
  const room = (path: string) => `ws://localhost:${program.port}/rooms/${path}`;
  await using ann = await Peer.connect(room("kitchen?name=Ann"));
  assertEquals([await ann.next(), await ann.next()], ["Nobody is here yet", "Ann joined"]);

  const bob = await Peer.connect(room("kitchen?name=%20Bob%20"));
  await using carol = await Peer.connect(room("garden?name=Carol"));
  assertEquals([await bob.next(), await bob.next()], ["Here: Ann", "Bob joined"]);
  assertEquals([await carol.next(), await carol.next()], ["Nobody is here yet", "Carol joined"]);
  bob.send("Who has the salt?");
  bob.send({ type: "no", text: "line" });
  assertEquals([await bob.next(), await ann.next(), await ann.next()], [
    "Bob: Who has the salt?",
    "Bob joined",
    "Bob: Who has the salt?",
  ]);
  await bob[Symbol.asyncDispose]();

  assertEquals(await ann.next(), "Bob left");
  carol.send("Quiet here");
  assertEquals(await carol.next(), "Carol: Quiet here");
});

Deno.test("the small examples are small", () => {
  const small = filesUnder("examples", ".ts").filter((path) => !path.startsWith("examples/chat/"));

  assert(small.length >= 15);
  for (const path of small) {
    const lines = Deno.readTextFileSync(`${ROOT}${path}`).trimEnd().split("\n").length;
    assert(lines <= MAX_LINES, `${path} has ${lines} lines`);
  }
});
