/** Tests of everything that reads and writes logs, with logs that take their time. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { NOTHING, Rig } from "./tools/rig.ts";
import { PromisedLogs } from "./tools/logs.ts";
import { SessionPeer } from "./tools/session_peer.ts";

/** How long a slow peer is left alone, and a slot of the scheduler. */
const LOOK_MS = 100;

function rigWith(...rooms: string[]): Rig {
  const rig = new Rig();
  for (const room of rooms) rig.server.room(room);
  return rig;
}

function datas(peer: SessionPeer): unknown[] {
  void peer.heard;
  return peer.got.map(({ data }) => data);
}

Deno.test("Resumption waits for logs that take their time, and holds what is sent meanwhile", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith();

  const peer = new SessionPeer(rig).say({ type: "early" });
  const before = [peer.isWelcomed, [...rig.told]];
  await logs.answerAll();

  assertEquals(before, [false, []]);
  assertEquals([peer.welcome.resumed, rig.told], [false, ["connect", "message early"]]);
});

Deno.test("Resumption says 1011 where the logs fail, and the session can still be had", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith();
  const first = new SessionPeer(rig);
  await logs.answerAll();
  first.cut();

  const second = first.again();
  logs.asked.splice(0)[0]!.fail(new Error("no connection"));
  await rig.settle();
  const third = first.again();
  await logs.answerAll();

  assertEquals([second.socket.closes[0]?.[0], rig.errorTexts], [1011, ["no connection"]]);
  assertEquals(third.welcome.resumed, true);
});

Deno.test("Resumption lets the peer go that does not wait for the logs", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith();
  const peer = new SessionPeer(rig);

  peer.socket.isClosed();
  await logs.answerAll();

  assertEquals([rig.told, rig.left], [[], NOTHING]);
});

Deno.test("Resumption begins anew where the session is over before the logs were read", async () => {
  using logs = new PromisedLogs();
  const rig = new Rig({ resume: { windowMs: 5_000 } });
  const first = new SessionPeer(rig);
  await logs.answerAll();
  first.connection.data.name = "ada";
  first.cut();

  const second = first.again();
  await rig.clock.advance(6_000);
  await logs.answerAll();

  assertEquals([second.welcome.resumed, second.welcome.id === first.welcome.id], [false, false]);
  assertEquals(second.connection.data, {} as Record<string, unknown>);
});

Deno.test("Resumption lets the later one have the session also while the logs are read", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith();
  const first = new SessionPeer(rig);
  await logs.answerAll();
  first.cut();

  const early = first.again();
  const late = first.again();
  await logs.answerAll();

  assertEquals([early.socket.closes[0]?.[0], early.isWelcomed, late.welcome.resumed], [4409, false, true]);
});

Deno.test("Resumption loses nothing that is written into a log between its reading and the welcome", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith("tea", "attic");
  const first = new SessionPeer(rig);
  await logs.answerAll();
  first.join("tea").join("attic");
  await logs.answerAll();
  first.cut();

  const second = first.again(); // asks for $all, tea, attic
  await logs.answer(2);
  rig.server.broadcast({ type: "n", data: 1 }, { room: "tea" });
  const append = logs.asked.pop()!;
  append.answer();
  await rig.settle();
  await logs.answerAll();

  assertEquals([second.welcome.rooms!.tea!.recovered, datas(second)], [true, [1]]);
});

Deno.test("Replays lose nothing that is written down while the last reading is on its way", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith();
  const first = new SessionPeer(rig);
  await logs.answerAll();
  first.cut();
  rig.server.broadcast({ type: "n", data: 1 });
  await logs.answerAll();

  const second = first.again();
  await logs.answer(1); // the welcome
  await logs.answer(1); // what was missed
  assertEquals(logs.asked.map(({ what }) => what), ["missed $all"]);
  const last = logs.asked.splice(0)[0]!;
  rig.server.broadcast({ type: "n", data: 2 });
  last.answer(); // read, and nothing more is there
  logs.asked.splice(0)[0]!.answer(); // and now it is
  for (let n = 0; n < 3; n++) await Promise.resolve();
  second.connection.send({ type: "n", data: 3 });
  await logs.answerAll();

  assertEquals(datas(second), [1, 2, 3]);
  rig.server.broadcast({ type: "n", data: 4 });
  await logs.answerAll();
  assertEquals(datas(second), [1, 2, 3, 4]);
});

Deno.test("Replays end the connection where what was missed cannot be read", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith();
  const first = new SessionPeer(rig);
  await logs.answerAll();
  first.cut();
  rig.server.broadcast({ type: "n", data: 1 });
  await logs.answerAll();

  const second = first.again();
  await logs.answer(1);
  logs.asked.splice(0)[0]!.fail(new Error("no connection"));
  await rig.settle();

  assertEquals([second.socket.closes[0]?.[0], rig.errorTexts], [1013, ["no connection"]]);
});

Deno.test("RoomDesk lets a client in when the log was read, and loses nothing that comes between", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith("tea");
  const peer = new SessionPeer(rig);
  await logs.answerAll();

  peer.join("tea").say({ type: "behind" });
  const isIn = peer.connection.rooms;
  const [begin] = logs.asked.splice(0);
  rig.server.broadcast({ type: "n", data: 1 }, { room: "tea" });
  begin!.answer();
  logs.asked.splice(0)[0]!.answer();
  await rig.settle();
  await logs.answerAll();

  assertEquals([isIn, rig.told, peer.heard[0]!.type], [[], ["connect", "message behind"], "$reply"]);
  assertEquals(datas(peer), [1]);
});

Deno.test("RoomDesk answers a join whose log cannot be read with an error, and does not let the client in", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith("tea");
  const peer = new SessionPeer(rig);
  await logs.answerAll();

  peer.join("tea");
  logs.asked.splice(0)[0]!.fail(new Error("no connection"));
  await rig.settle();

  assertEquals([peer.heard[0]!.error.code, peer.connection.rooms, rig.errorTexts], [
    "internal_error",
    [],
    ["no connection"],
  ]);
});

Deno.test("RoomDesk reports a log that cannot be read where the server's own code joins", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith("tea");
  const peer = new SessionPeer(rig);
  await logs.answerAll();

  peer.connection.join("tea");
  logs.asked.splice(0)[0]!.fail(new Error("no connection"));
  await rig.settle();

  assertEquals([peer.connection.rooms, peer.heard, rig.errorTexts], [["tea"], [], ["no connection"]]);
});

Deno.test("RoomDesk says nothing of a room that was left before its log was read", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith("tea");
  const peer = new SessionPeer(rig);
  await logs.answerAll();

  peer.connection.join("tea");
  peer.connection.leave("tea");
  await logs.answerAll();

  assertEquals(peer.types, ["$left"]);
});

Deno.test("Outbound reports a log that takes no message, and sends it to nobody", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith();
  const peer = new SessionPeer(rig);
  await logs.answerAll();

  const outcome = rig.server.broadcast({ type: "n", data: 1 });
  logs.asked.splice(0)[0]!.fail(new Error("no connection"));
  await rig.settle();

  assertEquals([outcome.sent, datas(peer), rig.errorTexts], [0, [], ["no connection"]]);
});

Deno.test("server.history() and $history wait for logs that take their time", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith();
  const peer = new SessionPeer(rig);
  rig.server.broadcast({ type: "n", data: 1 });
  await logs.answerAll();

  const reading = rig.server.history("$all");
  peer.say({ type: "$history", id: 1, room: "$all" });
  await logs.answerAll();

  assertEquals((await reading).messages.length, 1);
  assertEquals(peer.heard.find(({ id }) => id === 1)!.data.messages.length, 1);
});

Deno.test("$history says internal_error where the log cannot be read", async () => {
  using logs = new PromisedLogs();
  const rig = rigWith();
  const peer = new SessionPeer(rig);
  await logs.answerAll();

  peer.say({ type: "$history", id: 1, room: "$all" });
  await rig.settle();
  logs.asked.splice(0)[0]!.fail(new Error("no connection"));
  await rig.settle();

  assertEquals([peer.heard[0]!.error.code, rig.errorTexts], ["internal_error", ["no connection"]]);
});

Deno.test("With logs that take their time everybody gets what is for it, once and in order, whatever happens", async () => {
  type Step = readonly [
    "all" | "room" | "both" | "alone" | "cut" | "come" | "full" | "empty" | "look" | "answer",
    number,
  ];
  const step: fc.Arbitrary<Step> = fc.tuple(
    fc.constantFrom<Step[0]>(
      "all",
      "room",
      "both",
      "alone",
      "cut",
      "come",
      "full",
      "empty",
      "look",
      "answer",
      "answer",
    ),
    fc.nat(7),
  );
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), async (steps) => {
    using logs = new PromisedLogs();
    const rig = rigWith("tea", "attic");
    let peer = new SessionPeer(rig);
    await logs.answerAll();
    peer.join("tea").join("attic");
    await logs.answerAll();
    void peer.heard;
    const [had, expected]: [unknown[], unknown[]] = [[], []];
    let isAway = false;
    let n = 0;
    const next = (what: string) => {
      expected.push(`${what} ${++n}`);
      return { type: "n", data: `${what} ${n}` };
    };
    const come = () => {
      had.push(...(peer.isWelcomed ? datas(peer) : []));
      const bytes = peer.socket.bufferedAmount;
      last = peer.isWelcomed ? peer : last;
      peer = last.again({ bufferedAmount: bytes });
      isAway = false;
    };
    let last = peer;

    for (const [what, which] of steps) {
      if (what === "all") rig.server.broadcast(next("all"));
      else if (what === "room") rig.server.broadcast(next("tea"), { room: "tea" });
      else if (what === "both") rig.server.broadcast(next("both"), { room: ["tea", "attic"] });
      else if (what === "alone") rig.server.send(last.welcome.id, next("alone"));
      else if (what === "cut" && !isAway) {
        isAway = true;
        void peer.isWelcomed;
        peer.socket.isClosed();
      } else if (what === "come") come();
      else if (what === "full") peer.socket.bufferedAmount = 2_000_000;
      else if (what === "empty") peer.socket.bufferedAmount = 0;
      else if (what === "look") await rig.clock.advance(LOOK_MS);
      else if (what === "answer") await logs.answer(which);
    }
    await logs.answerAll();
    come();
    peer.socket.bufferedAmount = 0;
    for (let turns = 0; turns < 3; turns++) {
      await logs.answerAll();
      await rig.clock.advance(LOOK_MS);
    }
    had.push(...datas(peer));

    const of = (all: unknown[], ...kinds: string[]) => all.filter((each) => kinds.includes(`${each}`.split(" ")[0]!));
    for (const kinds of [["all"], ["tea", "both"], ["alone"]]) assertEquals(of(had, ...kinds), of(expected, ...kinds));
    assertEquals(rig.errors, []);
  }));
});
