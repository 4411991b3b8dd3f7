/**
 * The example of subprotocols and limits, with peers that look at every frame.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { encodeFrame, type Frame, OPCODE } from "../hostile/harness/frames.ts";
import { encodeHandshake } from "../hostile/harness/handshake.ts";
import { RawPeer } from "../hostile/harness/raw_peer.ts";
import { Peer } from "./peer.ts";
import { Program } from "./program.ts";

const FILE = "subprotocol_limits.ts";

/** Sends a handshake that offers these subprotocols, and waits for the answer. */
async function shakeHands({ port }: Program, protocols: string): Promise<{ peer: RawPeer; status: number }> {
  const peer = await RawPeer.connect({ hostname: "127.0.0.1", port });
  await peer.write(
    encodeHandshake(`127.0.0.1:${port}`, {
      headers: protocols === "" ? {} : { "Sec-WebSocket-Protocol": protocols },
    }),
  );
  return { peer, status: (await peer.nextResponse())?.status ?? 0 };
}

Deno.test(`examples/${FILE} chooses a subprotocol, takes what belongs to it alone, and refuses who offers none`, async () => {
  await using program = await Program.runExample(FILE);
  await using chat = await Peer.connect(program.socketUrl, ["binary", "chat"]);
  await using binary = await Peer.connect(program.socketUrl, ["other", "binary"]);
  assertEquals([chat.protocol, binary.protocol], ["chat", "binary"]);

  chat.send("hello");
  binary.send(new Uint8Array([1, 2]));
  assertEquals([await chat.next(), await binary.next()], ["hello", new Uint8Array([1, 2])]);
  chat.send(new Uint8Array([1, 2]));
  assertEquals(await chat.closed, { code: 1003, reason: "chat takes text alone" });

  for (const offer of ["", "other"]) {
    const { peer, status } = await shakeHands(program, offer);
    assertEquals(status, 400);
    peer[Symbol.dispose]();
  }
});

Deno.test(`examples/${FILE} lets the fourth wait for a place, and takes no message that is too large`, async () => {
  await using program = await Program.runExample(FILE);
  const [first, second, third] = await Promise.all([1, 2, 3].map(() => Peer.connect(program.socketUrl, ["chat"])));
  if (first === undefined || second === undefined || third === undefined) throw new Error("three were connected");

  const order: string[] = [];
  const fourth = Peer.connect(program.socketUrl, ["chat"]).then((peer) => {
    order.push("fourth came in");
    return peer;
  });
  // A round trip: had there been a place, the fourth would have it by now.
  second.send("still here");
  assertEquals(await second.next(), "still here");
  order.push("first leaves");
  await first[Symbol.asyncDispose]();
  await using late = await fourth;

  assertEquals(order, ["first leaves", "fourth came in"]);
  late.send("x".repeat(65_536));
  assertMatch(String(await late.next()), /^x+$/);
  late.send("x".repeat(65_537));
  assertEquals((await late.closed).code, 1009);
  for (const peer of [second, third]) await peer[Symbol.asyncDispose]();
});

Deno.test(`examples/${FILE} pings who is silent, gives up who does not answer, and answers pings`, async () => {
  await using program = await Program.runExample(FILE);
  const { peer, status } = await shakeHands(program, "chat");
  using silent = peer;
  assertEquals(status, 101);

  await silent.write(encodeFrame({ opcode: OPCODE.ping, payload: "are you there" }));
  const frames: Frame[] = [];
  for (let frame = await silent.nextFrame(); frame !== undefined; frame = await silent.nextFrame()) frames.push(frame);

  const [pong, ping, ...rest] = frames;
  assertEquals([pong?.opcode, new TextDecoder().decode(pong?.payload)], [OPCODE.pong, "are you there"]);
  assertEquals(ping?.opcode, OPCODE.ping);
  assertEquals(rest.filter(({ opcode }) => opcode !== OPCODE.close && opcode !== OPCODE.ping), []);
});
