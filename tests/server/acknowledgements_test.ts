/** Tests of acknowledgements in both directions: when they are sent, and who waits for those of the client. */

import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionClosedError } from "../../src/errors.ts";
import { NOTHING, Rig } from "./tools/rig.ts";
import { SessionPeer } from "./tools/session_peer.ts";

/** The latest time at which an acknowledgement has to come, in milliseconds. */
const SECOND = 1_000;

function acksOf(peer: SessionPeer): number[] {
  void peer.heard;
  return peer.acks.splice(0);
}

function say(peer: SessionPeer, count: number, more: object = {}): void {
  for (let n = 0; n < count; n++) peer.say({ type: "n", ...more });
}

Deno.test("Acknowledgements tell within a second, and once for all that were handled meanwhile", async () => {
  const rig = new Rig();
  const peer = new SessionPeer(rig);

  say(peer, 3);
  assertEquals(acksOf(peer), []);
  await rig.clock.advance(SECOND);

  assertEquals(acksOf(peer), [3]);
  await rig.clock.advance(SECOND);
  assertEquals(acksOf(peer), []);
});

Deno.test("Acknowledgements come at once with the 32nd message, and at once for one with $ack", async () => {
  const rig = new Rig();
  const peer = new SessionPeer(rig);

  say(peer, 31);
  assertEquals(acksOf(peer), []);
  say(peer, 1);
  assertEquals(acksOf(peer), [32]);
  say(peer, 1, { $ack: true });
  assertEquals(acksOf(peer), [33]);
  await rig.clock.advance(SECOND);

  assertEquals(acksOf(peer), []);
});

Deno.test("Acknowledgements wait for the handler, and for those of the messages before", async () => {
  const handlers: PromiseWithResolvers<void>[] = [];
  const rig = new Rig({
    concurrency: 3,
    handlers: {
      onMessage: () => {
        handlers.push(Promise.withResolvers());
        return handlers.at(-1)!.promise;
      },
    },
  });
  const peer = new SessionPeer(rig);
  say(peer, 3, { $ack: true });

  handlers[2]!.resolve();
  await rig.clock.advance(SECOND);
  const first = acksOf(peer);
  handlers[0]!.reject(new Error("failed"));
  await rig.clock.advance(SECOND);
  const second = acksOf(peer);
  handlers[1]!.resolve();
  await rig.clock.advance(SECOND);

  assertEquals([first, second, acksOf(peer)], [[], [1], [3]]);
});

Deno.test("Acknowledgements come behind the answer", async () => {
  const rig = new Rig();
  rig.server.handle("double", (data) => data * 2);
  const peer = new SessionPeer(rig);

  peer.say({ type: "double", id: 1, data: 2, $ack: true });
  await rig.settle();

  assertEquals(peer.socket.messages.slice(1), [{ type: "$reply", id: 1, data: 4 }, { type: "$ack", n: 1 }]);
});

Deno.test("Acknowledgements count every message of the client that is counted, and no other", async (t) => {
  const counted: readonly (readonly [what: string, message: object | Uint8Array<ArrayBuffer>, counts: number])[] = [
    ["a message", { type: "n" }, 1],
    ["a value", { type: "$value", data: 1 }, 1],
    ["bytes", Uint8Array.of(0, 0, 1), 1],
    ["an answer", { type: "$reply", id: 9, data: 1 }, 1],
    ["an error", { type: "$error", id: 9, error: { code: "c", message: "m" } }, 1],
    ["a volatile message", { type: "n", $volatile: true }, 0],
    ["a ping", { type: "$ping" }, 0],
    ["a join", { type: "$join", id: 1, room: "tea" }, 0],
    ["a leave", { type: "$leave", id: 1, room: "tea" }, 0],
    ["a request for history", { type: "$history", id: 1, room: "$all" }, 0],
    ["a cancel", { type: "$cancel", id: 1 }, 0],
    ["what nobody knows", { type: "$later" }, 0],
  ];
  for (const [what, message, counts] of counted) {
    await t.step(what, async () => {
      const rig = new Rig();
      const peer = new SessionPeer(rig);

      peer.say(message);
      await rig.clock.advance(SECOND);

      assertEquals([acksOf(peer), rig.errors], [counts === 0 ? [] : [counts], []]);
      assertEquals(peer.cut().again().welcome.received, counts);
    });
  }
});

Deno.test("Acknowledgements count a message that was given up before it was handled", async () => {
  const handler = Promise.withResolvers<void>();
  const rig = new Rig({ handlers: { onMessage: () => handler.promise } });
  const peer = new SessionPeer(rig);
  peer.say({ type: "slow" }).say({ type: "waits", id: 7 }).say({ type: "n" });

  peer.say({ type: "$cancel", id: 7 });
  handler.resolve();
  await rig.clock.advance(SECOND);

  assertEquals([rig.messages.map(({ type }) => type), acksOf(peer)], [["slow", "n"], [3]]);
});

Deno.test("Acknowledgements let a request be asked anew that was given up", async () => {
  const rig = new Rig();
  let count = 0;
  rig.server.handle("slow", () => ++count === 1 ? new Promise(() => {}) : "answer");
  const peer = new SessionPeer(rig).say({ type: "slow", id: 7 });
  await rig.settle();

  peer.say({ type: "$cancel", id: 7 });
  await rig.clock.advance(31_000); // the first handler is not waited for any more
  peer.say({ type: "slow", id: 7 });
  await rig.settle();

  assertEquals(peer.heard.filter(({ type }) => type !== "$ping"), [{ type: "$reply", id: 7, data: "answer" }]);
});

Deno.test("Acknowledgements are told again to a client that is back", async () => {
  const rig = new Rig();
  const first = new SessionPeer(rig);
  say(first, 2);
  first.cut();

  const second = first.again();

  assertEquals([second.welcome.received, acksOf(second)], [2, [2]]);
  await rig.clock.advance(SECOND);
  assertEquals(acksOf(second), []);
});

Deno.test("Acknowledgements of what was never sent end the connection; those that go back change nothing (X16, X17)", async () => {
  const rig = new Rig();
  const peer = new SessionPeer(rig);
  for (let n = 0; n < 3; n++) peer.connection.send({ type: "n", data: n });

  peer.acknowledge(2).acknowledge(1).acknowledge(0);
  assertEquals(peer.connection.isOpen, true);
  peer.acknowledge(4);
  await rig.settle();

  assertEquals(peer.socket.closes[0]?.[0], 4400);
});

Deno.test("Acknowledgements that never come let nothing grow (X18)", async () => {
  const rig = new Rig({ resume: { maxMessages: 10, maxBytes: 1_000 } });
  const peer = new SessionPeer(rig);

  for (let n = 0; n < 1_000; n++) peer.connection.send({ type: "n", data: n });
  const { logBytes } = rig.server.getStats();
  const again = peer.cut().again({ received: 0 });

  assertEquals([logBytes < 1_000, again.lost, again.heard.length], [true, 990, 10]);
  await rig.settle();
});

Deno.test("conn.sendAcked() waits until the client has the message, on whichever connection", async () => {
  const rig = new Rig();
  const first = new SessionPeer(rig);
  const settled: string[] = [];
  const here = first.connection.sendAcked({ type: "n", data: 1 }).then(() => settled.push("here"));
  await rig.settle();
  assertEquals(first.heard, [{ type: "n", data: 1, $ack: true }]);

  first.acknowledge();
  await here;
  const later = first.connection.sendAcked({ type: "n", data: 2 }).then(() => settled.push("later"));
  await rig.settle();
  const second = first.cut().again({ received: 1 }); // the message was lost
  await rig.settle();
  assertEquals([settled, second.heard], [["here"], [{ type: "n", data: 2, $ack: true }]]);
  const third = second.cut().again(); // which says what it has received, and not yet that it has handled that
  await rig.settle();
  assertEquals(settled, ["here"]);
  third.acknowledge();
  await later;

  assertEquals(settled, ["here", "later"]);
});

Deno.test("conn.sendAcked() rejects where the session ends, and where there is none", async () => {
  const rig = new Rig({ resume: { windowMs: 5_000 } });
  const plain = rig.peer();
  const peer = new SessionPeer(rig);
  const waits = assertRejects(() => peer.connection.sendAcked({ type: "n" }), ConnectionClosedError, "session is over");

  await assertRejects(() => plain.connection.sendAcked({ type: "n" }), TypeError, "acknowledges nothing");
  peer.cut();
  await rig.clock.advance(6_000);
  await waits;

  await assertRejects(() => peer.connection.sendAcked({ type: "n" }), ConnectionClosedError, "session is over");
  plain.socket.isClosed();
  assertEquals(rig.left, NOTHING);
});

Deno.test("conn.sendAcked() can be given up, before and while it waits", async () => {
  const rig = new Rig();
  const peer = new SessionPeer(rig);
  const gone = new Error("not wanted any more");
  const controller = new AbortController();

  const first = assertRejects(
    () => peer.connection.sendAcked({ type: "n" }, { signal: controller.signal }),
    Error,
    gone.message,
  );
  await rig.settle();
  controller.abort(gone);
  await first;
  await assertRejects(
    () => peer.connection.sendAcked({ type: "n" }, { signal: controller.signal }),
    Error,
    gone.message,
  );

  assertEquals(peer.types, ["n"]);
  peer.acknowledge();
  assertEquals(peer.connection.session!.waiters, []);
});

Deno.test("Acknowledgements leave no timer behind when the session ends", async () => {
  const rig = new Rig();
  const peer = new SessionPeer(rig);
  say(peer, 1);

  peer.socket.isClosed(1000);
  await rig.settle();

  assertEquals(rig.left, NOTHING);
});

Deno.test("A request that comes again in a session is handled once, and gets the first answer (X20, X21)", async () => {
  const rig = new Rig();
  let calls = 0;
  const answers: PromiseWithResolvers<number>[] = [];
  rig.server.handle("count", () => {
    calls++;
    answers.push(Promise.withResolvers());
    return answers.at(-1)!.promise;
  });
  const first = new SessionPeer(rig).say({ type: "count", id: 7, data: 1 });
  await rig.settle();
  const second = first.cut().again().say({ type: "count", id: 7, data: 1 }).say({ type: "count", id: 7, data: 2 });
  answers[0]!.resolve(5);
  await rig.settle();
  second.say({ type: "count", id: 7, data: 1 });

  assertEquals(calls, 1);
  assertEquals(second.heard.map(({ type, id, data, error }) => [type, id, data ?? error.code]), [
    ["$error", 7, "id_reused"],
    ["$reply", 7, 5],
    ["$reply", 7, 5],
  ]);
});

Deno.test("What waited for its handler when the connection was ended comes again, and is handled then", async () => {
  const handler = Promise.withResolvers<void>();
  const rig = new Rig({
    maxQueuedMessages: 2,
    handlers: { onMessage: (_, { type }) => type === "slow" ? handler.promise : undefined },
  });
  const first = new SessionPeer(rig, { stream: "s" });
  first.say({ type: "slow" }).say({ type: "a", id: 1 }).say({ type: "b" }).say({ type: "c" });
  await rig.settle();
  assertEquals(first.socket.closes[0]?.[0], 4429);
  first.cut();

  const second = first.again({ stream: "s" });
  assertEquals(second.welcome.received, 1);
  for (const message of [{ type: "a", id: 1 }, { type: "b" }]) second.say(message);
  handler.resolve();
  await rig.clock.advance(SECOND);
  second.say({ type: "c" });
  await rig.clock.advance(SECOND);

  assertEquals(rig.messages.map(({ type }) => type), ["slow", "a", "b", "c"]);
  assertEquals(acksOf(second).at(-1), 4);
});
