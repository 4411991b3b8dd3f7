/** Tests of the network without faults by chance: what takes how long, and what a fault does that a test makes. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { SeededNetwork, VirtualClock } from "../../src/testing/mod.ts";
import { OnNetwork } from "./tools/on_network.ts";

Deno.test("SeededNetwork takes its time for requests, answers, frames and closes", async () => {
  const on = new OnNetwork();
  const { pair } = on.dial();
  await on.clock.advance(30);

  pair.server.send("a");
  pair.client.send("b");
  pair.server.close(1000);
  await on.clock.advance(100);

  assertEquals(on.events, [
    "10 server open",
    "20 client open",
    "40 client message a",
    "40 client close 1000",
    "50 server close 1000",
  ]);
  assertEquals([on.network.lines, on.clock.pending, on.network.log], [[], 0, []]);
});

Deno.test("SeededNetwork keeps the order of each direction, whatever the delays", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const on = new OnNetwork({ seed, delayMs: [0, 50] });
    const { pair } = await on.open();

    for (let i = 0; i < 30; i++) {
      pair.client.send(`${i}`);
      pair.server.send(`${i}`);
      await on.clock.advance(i % 3);
    }
    await on.clock.advance(100);

    for (const end of ["client", "server"]) {
      const got = on.events.flatMap((event) => event.match(new RegExp(`${end} message (.*)`))?.[1] ?? []);
      assertEquals(got, Array.from({ length: 30 }, (_, i) => `${i}`));
    }
  }
});

Deno.test("SeededNetwork sends so many bytes at a time, and those on their way are the sender's bufferedAmount", async () => {
  const on = new OnNetwork({ bytesPerMs: 10 });
  const { pair } = await on.open();

  pair.client.send("x".repeat(1_000));
  pair.client.send("small");
  assertEquals(pair.client.bufferedAmount, 1_005);
  await on.clock.advance(114);
  assertEquals(on.events, []);
  await on.clock.advance(2);

  assertEquals([on.events.length, pair.client.bufferedAmount], [1, 5]);
});

Deno.test("NetworkLine.cut() in the middle of a message loses it and what is behind it, and not what was there before", async () => {
  const on = new OnNetwork({ bytesPerMs: 10 });
  const line = await on.open();

  for (const text of ["first", "x".repeat(1_000), "third"]) line.pair.client.send(text);
  await on.clock.advance(50);
  line.cut();
  await on.clock.advance(1_000);

  assertEquals(on.events, ["116 server message first", "150 client close 1006", "150 server close 0"]);
  assertEquals([line.isCut, line.isOver, on.clock.pending], [true, true, 0]);
  assertEquals(on.network.log, [
    "    150.0 ms  ann#1 is cut, with 2 to the server, 0 to the client on their way: " +
    "the client hears of it at once, the server at once",
  ]);
});

Deno.test("NetworkLine.cut() of which the server hears late leaves it two connections with one client", async () => {
  const on = new OnNetwork();
  const line = await on.open();

  line.pair.server.send("lost");
  line.cut({ serverLearnsAfterMs: 500 });
  on.dial();
  await on.clock.advance(100);
  assertEquals(on.accepted.map(({ readyState }) => readyState), [1, 1]);
  on.accepted[0]!.send("into the void");
  assertEquals(on.accepted[0]!.bufferedAmount, 17);
  await on.clock.advance(1_000);

  assertEquals(on.events, ["100 client close 1006", "110 server open", "120 client open", "600 server close 0"]);
});

Deno.test("NetworkLine.cut() of which nobody hears lets everything vanish, until the network is quiet", async () => {
  const on = new OnNetwork();
  const line = await on.open();

  line.cut({ clientLearnsAfterMs: Infinity, serverLearnsAfterMs: Infinity });
  line.pair.client.send("lost");
  line.pair.server.close(1000);
  await on.clock.advance(100_000);
  assertEquals([on.events, line.isOver, on.clock.pending], [[], false, 0]);
  on.network.quiet();
  await on.clock.advance(0);

  assertEquals(on.events, ["100100 client close 1006", "100100 server close 0"]);
  assertEquals([line.isOver, on.network.lines], [true, []]);
});

Deno.test("NetworkLine.cut() can let late what is on its way, where the other end has not heard of it", async () => {
  const on = new OnNetwork();
  const line = await on.open();

  line.pair.client.send("late");
  line.pair.server.send("to an end that knows");
  line.cut({ serverLearnsAfterMs: 50, isLate: true });
  line.cut();
  line.pair.client.send("nothing more");
  await on.clock.advance(100);

  assertEquals(on.events, ["100 client close 1006", "110 server message late", "150 server close 0"]);
});

Deno.test("NetworkLine.cut() ends a connection in its handshake, wherever that is", async () => {
  for (const afterMs of [5, 15]) {
    const on = new OnNetwork();
    const line = on.dial();
    await on.clock.advance(afterMs);
    line.cut();
    await on.clock.advance(100);

    const wasAccepted = afterMs > 10;
    assertEquals(on.accepted.length, wasAccepted ? 1 : 0);
    assertEquals(on.events.filter((event) => event.endsWith("open")), wasAccepted ? ["10 server open"] : []);
    assertEquals([line.isOver, on.events.includes(`${afterMs} client close 1006`), on.clock.pending], [true, true, 0]);
  }
});

Deno.test("NetworkLine.stall() holds back what an end is to read, and lets it come at once", async () => {
  const on = new OnNetwork();
  const line = await on.open();

  line.stall("client", 1_000);
  line.pair.server.send("1");
  await on.clock.advance(500);
  line.pair.server.send("2");
  line.pair.client.send("the other way");
  await on.clock.advance(600);
  line.stall("client");
  line.pair.server.send("3");
  await on.clock.advance(10_000);
  on.network.quiet();
  await on.clock.advance(0);

  assertEquals(on.events, [
    "610 server message the other way",
    "1100 client message 1",
    "1100 client message 2",
    "11200 client message 3",
  ]);
});

Deno.test("SeededNetwork.outage() refuses attempts or leaves them unanswered, and lets connections be", async () => {
  const on = new OnNetwork();
  const line = await on.open();

  on.network.outage(100);
  on.dial();
  await on.clock.advance(50);
  on.network.outage(1_000, true);
  const unanswered = on.dial();
  line.pair.client.send("still here");
  await on.clock.advance(2_000);
  unanswered.pair.client.close();
  on.dial();
  await on.clock.advance(50);

  assertEquals(on.events, [
    "120 client close 1006",
    "160 server message still here",
    "2150 client close 1006",
    "2160 server open",
    "2170 client open",
  ]);
});

Deno.test("SeededNetwork asks for the server anew at each attempt, and tells a client that there is none", async () => {
  const asked: (number | undefined)[] = [];
  const clock = new VirtualClock();
  const network = new SeededNetwork(clock, {
    seed: 1,
    server: () => {
      asked.push(clock.now());
      return asked.length === 1 ? undefined : { handleUpgrade: () => new Response("no", { status: 403 }) };
    },
  });
  const platform = network.platform();
  const closes: (number | undefined)[] = [];

  for (let i = 0; i < 2; i++) {
    platform.connect("ws://localhost/ws", []).addEventListener("close", {
      handleEvent: ({ code }) => closes.push(code),
    });
    await clock.advance(100);
  }

  assertEquals([asked.length, closes, clock.pending], [2, [1006, 1006], 0]);
});

Deno.test("SeededNetwork.explain() adds the seed and the log to what a test throws", async () => {
  const on = new OnNetwork({ seed: "a seed" });
  on.network.note("hello");

  const error = await assertRejects(() => on.network.explain(() => Promise.reject(new TypeError("no"))), Error);

  assertEquals(error.message, "no\n\nThe seed was a seed, and this happened:\n      0.0 ms  hello");
  assert(error.cause instanceof TypeError);
  assertEquals(await on.network.explain(() => 7), 7);
});

Deno.test("SeededNetwork.platform() wakes its client, and gives each client random numbers of its own", () => {
  const { network } = new OnNetwork();
  const [ann, bob, annAgain] = ["ann", "bob", "ann"].map((name) => network.platform({ name }));
  let woken = 0;
  const off = ann!.watchWakes(() => woken++);

  ann!.wake();
  bob!.wake();
  off();
  ann!.wake();
  const [one, other, same] = [ann!, bob!, annAgain!].map(({ random }) => random());

  assertEquals([woken, one === same, one === other], [1, true, false]);
});
