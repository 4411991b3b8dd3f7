/** Tests of coming back: who gets which session, what the client hears, and in which order. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { WebSocketConfig } from "../../src/server/options.ts";
import { MessageError } from "../../src/errors.ts";
import { NOTHING, Rig } from "./tools/rig.ts";
import { ScriptedSocket } from "./tools/scripted_socket.ts";
import { SessionPeer } from "./tools/session_peer.ts";
import { SILENT } from "./tools/sign_in.ts";

function rigWithRooms(config: WebSocketConfig = {}): Rig {
  const rig = new Rig(config);
  rig.server.room("tea");
  rig.server.room("attic");
  return rig;
}

function datas(peer: SessionPeer): unknown[] {
  void peer.heard;
  return peer.got.map(({ data }) => data);
}

Deno.test("Resumption gives a client its session, rooms and everything that it has missed, in order", async () => {
  const rig = rigWithRooms();
  const first = new SessionPeer(rig).join("tea");
  first.connection.data.name = "ada";

  first.connection.send({ type: "n", data: 1 });
  rig.server.broadcast({ type: "n", data: 2 }, { room: "tea" });
  first.cut();
  rig.server.broadcast({ type: "n", data: 3 }, { room: "tea" });
  rig.server.send(first.welcome.id, { type: "n", data: 4 });
  rig.server.broadcast({ type: "n", data: 5 });
  rig.server.broadcast({ type: "n", data: 6 }, { room: "tea" });
  const second = first.again();
  rig.server.broadcast({ type: "n", data: 7 }, { room: "tea" });
  await rig.settle();

  const { resumed, id, rooms } = second.welcome;
  assertEquals([resumed, id, second.connection.data.name], [true, first.welcome.id, "ada"]);
  assertEquals([rooms!.tea!.recovered, rooms!.$all!.recovered, second.connection.rooms], [true, true, ["tea"]]);
  assertEquals([datas(first), datas(second)], [[1, 2], [3, 4, 5, 6, 7]]);
  assertEquals(rig.told, ["connect", "close 1006", "connect"]);
  assertEquals(rig.closes[0]!.resumable, true);
});

Deno.test("Resumption answers alike where the session is unknown, over, of another secret or another user", async (t) => {
  const tickets: readonly [what: string, change: (rig: Rig, ticket: { id: string; secret: string }) => object][] = [
    ["an unknown id", (_, ticket) => ({ resume: { ...ticket, id: "01JGFJJZ00Z5W1Z3Y8P9Q6XK7M" } })],
    ["a wrong secret", (_, ticket) => ({ resume: { ...ticket, secret: "x".repeat(32) } })],
    ["no secret", (_, ticket) => ({ resume: { ...ticket, secret: "" } })],
    ["another user", () => ({ token: "bob" })],
    ["a session that is over", (rig) => (rig.server.revoke("ada"), {})],
  ];
  for (const [what, change] of tickets) {
    await t.step(what, async () => {
      const rig = new Rig({ authenticate: ({ token }) => ({ userId: token }) });
      const first = new SessionPeer(rig, { token: "ada" });
      first.connection.data.secret = "of ada";
      first.cut();

      const second = first.again({ token: "ada", ...change(rig, first.ticket) });
      await rig.settle();

      const third = second.isWelcomed ? second : new SessionPeer(rig, { token: "ada" });
      const { resumed, id, received, next, session } = third.welcome;
      assertEquals([resumed, received, next, typeof session!.secret], [false, 0, 1, "string"]);
      assertNotEquals(id, first.welcome.id);
      assertEquals(third.connection.data.secret, undefined);
      assertEquals(rig.server.getStats().resumed, 0);
    });
  }
});

Deno.test("Resumption rotates the secret: the one before is good until the first frame, no other is (X27, X28)", () => {
  const rig = new Rig();
  const first = new SessionPeer(rig);
  const stolen = first.ticket;
  const second = first.cut().again(); // its welcome gets lost
  const lost = second.ticket;
  const third = second.cut().again({ resume: stolen });
  assertEquals([third.welcome.resumed, new Set([stolen.secret, lost.secret, third.ticket.secret]).size], [true, 3]);
  assertEquals(new SessionPeer(rig, { resume: lost }).welcome.resumed, false);

  third.say({ type: "$ping" });

  assertEquals(new SessionPeer(rig, { resume: stolen }).welcome.resumed, false);
  assertEquals(third.cut().again().welcome.resumed, true);
});

Deno.test("Resumption lets the later of two that resume one session have it, and the other hears nothing (X09)", async () => {
  const rig = rigWithRooms();
  const first = new SessionPeer(rig).join("tea");
  first.cut();
  rig.server.broadcast({ type: "n", data: 1 }, { room: "tea" });

  const early = first.again();
  const late = first.again();
  rig.server.broadcast({ type: "n", data: 2 }, { room: "tea" });
  await rig.settle();

  assertEquals([early.socket.closes[0]?.[0], datas(early)], [4409, [1]]);
  assertEquals([late.welcome.resumed, datas(late), late.connection.isOpen], [true, [1, 2], true]);
  assertEquals(rig.told, ["connect", "close 1006", "connect", "close 4409", "connect"]);
});

Deno.test("Resumption lets the later one have the session also where rules take their time (X09)", async () => {
  const rig = new Rig();
  const asked: PromiseWithResolvers<void>[] = [];
  rig.server.room("tea", {
    join: ({ isMember }) => {
      if (!isMember) return;
      asked.push(Promise.withResolvers());
      return asked.at(-1)!.promise;
    },
  });
  const first = new SessionPeer(rig).join("tea").cut();

  const early = first.again();
  const late = first.again();
  for (const { resolve } of asked) resolve();
  await rig.settle();

  assertEquals([asked.length, early.socket.closes[0]?.[0], early.isWelcomed], [2, 4409, false]);
  assertEquals([late.welcome.resumed, late.connection.rooms], [true, ["tea"]]);
});

Deno.test("Resumption evicts the old connection where that still counts as open (X10)", async () => {
  const rig = rigWithRooms();
  const first = new SessionPeer(rig).join("tea");
  rig.server.broadcast({ type: "n", data: 1 }, { room: "tea" }); // nobody reads it there
  const halfOpen = first.socket.sent.length;

  const second = first.again({ positions: {} });
  rig.server.broadcast({ type: "n", data: 2 }, { room: "tea" });
  await rig.settle();

  assertEquals([first.socket.closes[0]?.[0], first.socket.sent.length], [4409, halfOpen]);
  assertEquals([second.welcome.resumed, datas(second), rig.server.getStats().connections], [true, [2], 1]);
  assertEquals([rig.told, rig.closes[0]!.resumable], [["connect", "close 4409", "connect"], true]);
});

Deno.test("Resumption goes on wherever the connection ended before: nothing is lost or comes twice (X11-X13)", async (t) => {
  for (let cutAfter = 0; cutAfter <= 6; cutAfter++) {
    await t.step(`after ${cutAfter} of 6 messages`, () => {
      const rig = rigWithRooms();
      const first = new SessionPeer(rig).join("tea").cut();
      for (let n = 1; n <= 6; n++) {
        if (n % 2 === 0) rig.server.broadcast({ type: "n", data: n }, { room: "tea" });
        else rig.server.send(first.welcome.id, { type: "n", data: n });
      }

      const second = first.again();
      const whole = second.socket.sent.splice(0);
      second.socket.sent.push(...whole.slice(0, 1 + cutAfter)); // the rest was lost on the way
      const had = datas(second);
      const third = second.cut().again();

      assertEquals([had.length, ...had, ...datas(third)], [cutAfter, 1, 2, 3, 4, 5, 6]);
      assertEquals([third.welcome.resumed, third.lost], [true, 0]);
    });
  }
});

Deno.test("Resumption tells where messages were lost, of rooms and of those for the client alone", () => {
  const rig = rigWithRooms({ history: { maxMessages: 2 }, resume: { maxMessages: 2 } });
  const first = new SessionPeer(rig).join("tea").cut();
  for (let n = 1; n <= 5; n++) {
    rig.server.broadcast({ type: "n", data: n }, { room: "tea" });
    rig.server.send(first.welcome.id, { type: "n", data: -n });
  }

  const second = first.again();

  const { epoch } = second.welcome.rooms!.tea!;
  assertEquals(second.welcome.rooms!.tea, { epoch: epoch!, offset: 5, recovered: false, reason: "too_old" });
  assertEquals([second.lost, datas(second)], [3, [-4, -5]]);
});

Deno.test("Resumption says why of each position that is of no use", () => {
  const rig = rigWithRooms();
  const first = new SessionPeer(rig).join("tea").join("attic").cut();
  const { epoch } = first.welcome.rooms!.$all!;

  const { rooms } = first.again({
    positions: { tea: { epoch: "another", offset: 0 }, attic: { epoch: epoch!, offset: 7 } },
  }).welcome;

  assertEquals(rooms, {
    $all: { epoch: epoch!, offset: 0 },
    tea: { epoch: epoch!, offset: 0, recovered: false, reason: "new_epoch" },
    attic: { epoch: epoch!, offset: 0, recovered: false, reason: "ahead" },
  });
});

Deno.test("Resumption ends who says to have what was never sent", async () => {
  const rig = new Rig();
  const first = new SessionPeer(rig).cut();

  const second = first.again({ received: 1 });
  await rig.settle();

  assertEquals([second.socket.closes[0]?.[0], second.socket.sent], [4400, []]);
  assertEquals(first.again().welcome.resumed, true);
});

Deno.test("Resumption takes any number as the first message of a client that comes back", () => {
  const rig = new Rig();
  const next = Number.MAX_SAFE_INTEGER - 1;
  const first = new SessionPeer(rig, { stream: "s" }).say({ type: "a" }).cut();

  const second = first.again({ stream: "s", next });

  assertEquals([second.welcome.resumed, second.welcome.received], [true, next - 1]);
});

Deno.test("Resumption asks the rules of rooms anew, and says of which the client is out", async (t) => {
  const timeoutMs = 1_000;
  const rules: readonly [what: string, join: (isMember: boolean) => unknown, code: string | undefined][] = [
    ["yes", () => undefined, undefined],
    ["no", (isMember) => !isMember, "forbidden"],
    ["yes, later", () => Promise.resolve(true), undefined],
    ["no, later", (isMember) => Promise.resolve(!isMember), "forbidden"],
    ["an error that says no", (isMember) => isMember && fail(new MessageError("banned", "no")), "forbidden"],
    ["an error", (isMember) => isMember && fail(new Error("broken")), "internal_error"],
    ["an error, later", (isMember) => isMember && Promise.reject(new Error("broken")), "internal_error"],
    ["no decision", (isMember) => isMember && new Promise(() => {}), "timeout"],
  ];
  for (const [what, join, code] of rules) {
    await t.step(what, async () => {
      const left: string[] = [];
      const rig = new Rig({ handlerTimeoutMs: timeoutMs });
      rig.server.room("tea", {
        // `false` from a rule that was asked for the first time would be a no
        join: ({ isMember }) => isMember ? join(true) as boolean : undefined,
        onLeave: ({ room }) => void left.push(room),
      });
      rig.server.room("attic");
      const first = new SessionPeer(rig).join("tea").join("attic");
      await rig.settle();
      void first.heard;
      first.cut();
      rig.server.broadcast({ type: "n", data: 1 }, { room: "tea" });
      rig.server.broadcast({ type: "n", data: 2 }, { room: "attic" });

      const second = first.again();
      await rig.clock.advance(timeoutMs + 100);

      const { rooms, resumed } = second.welcome;
      const isIn = code === undefined;
      assertEquals([resumed, Object.keys(rooms!)], [true, isIn ? ["$all", "tea", "attic"] : ["$all", "attic"]]);
      assertEquals(second.heard[0], isIn ? second.heard[0] : { type: "$left", room: "tea", code });
      assertEquals([datas(second), second.connection.rooms], isIn ? [[1, 2], ["tea", "attic"]] : [[2], ["attic"]]);
      assertEquals(left, isIn ? [] : ["tea"]);
    });
  }
});

function fail(error: Error): never {
  throw error;
}

Deno.test("Resumption puts a client back into rooms where the server had put it, without asking, and told it so", () => {
  const rig = rigWithRooms();
  rig.server.room("staff", { join: () => false });
  const first = new SessionPeer(rig);
  rig.server.broadcast({ type: "n", data: 1 }, { room: "staff" });
  first.connection.join("staff");
  const told = first.heard[0] as unknown as { epoch: string };
  first.cut();
  rig.server.broadcast({ type: "n", data: 2 }, { room: "staff" });

  const second = first.again();

  assertEquals(told as unknown, { type: "$joined", room: "staff", epoch: told.epoch, offset: 1 });
  assertEquals([second.connection.rooms, datas(second)], [["staff"], [2]]);
});

Deno.test("Resumption makes the data of what was kept and what is new, if the application says how", () => {
  const data = (kept: Record<string, unknown>, fresh: Record<string, unknown> | undefined) => ({ ...kept, ...fresh });
  let visits = 0;
  const rig = new Rig({ resume: { data }, authenticate: ({ token }) => ({ userId: token, visits: ++visits }) });
  const first = new SessionPeer(rig, { token: "ada" });
  first.connection.data.cart = 3;

  const second = first.cut().again({ token: "ada" });

  assertEquals(second.connection.data, { userId: "ada", visits: 2, cart: 3 } as Record<string, unknown>);
});

Deno.test("Resumption ends a connection whose data cannot be made, and keeps the session", async (t) => {
  for (const authenticate of [undefined, () => ({ userId: "ada" })]) {
    await t.step(authenticate === undefined ? "without sign-in" : "with sign-in", async () => {
      let isBroken = true;
      const rig = new Rig({
        resume: { data: (kept) => isBroken ? fail(new Error("broken")) : kept },
        ...(authenticate === undefined ? {} : { authenticate }),
      });
      const first = new SessionPeer(rig, { token: "t" }).cut();

      const second = first.again({ token: "t" });
      await rig.settle();
      isBroken = false;

      assertEquals([second.socket.closes[0]?.[0], rig.errorTexts], [1011, ["broken"]]);
      assertEquals(first.again({ token: "t" }).welcome.resumed, true);
    });
  }
});

Deno.test("Resumption begins anew, with another id and its own data, where the time is over while rules are asked", async () => {
  const rule = Promise.withResolvers<void>();
  const rig = new Rig({ resume: { windowMs: 5_000 }, authenticate: ({ token }) => ({ userId: "ada", token }) });
  rig.server.room("tea", { join: ({ isMember }) => isMember ? rule.promise : undefined });
  const ended: unknown[] = [];
  rig.server.on("session:ended", ({ id, reason }) => ended.push([id, reason]));
  const first = new SessionPeer(rig, { token: "one" }).join("tea").cut();

  const second = first.again({ token: "two" });
  await rig.clock.advance(6_000);
  rule.resolve();
  await rig.settle();

  assertEquals(ended, [[first.welcome.id, "expired"]]);
  assertEquals([second.welcome.resumed, second.connection.rooms], [false, []]);
  assertNotEquals(second.welcome.id, first.welcome.id);
  assertEquals(second.connection.data.token, "two");
});

Deno.test("Resumption wants a good sign-in: expired and revoked ones are refused as always", async () => {
  const rig = new Rig({ authenticate: ({ token }) => token === "good" ? { userId: "ada" } : null });
  const first = new SessionPeer(rig, { token: "good" }).cut();

  const refused = first.again({ token: "expired" });
  await rig.settle();
  assertEquals([refused.socket.closes[0]?.[0], rig.server.getStats().suspended], [4401, 1]);
  rig.server.revoke("ada");

  assertEquals(rig.server.getStats().suspended, 0);
  assertEquals(first.again({ token: "good" }).isWelcomed && first.again({ token: "good" }).welcome.resumed, false);
});

Deno.test("Resumption lets who was closed as the sign-in had expired come back to the session", async () => {
  let date = 0;
  const rig: Rig = new Rig({ authenticate: () => ({ userId: "ada", expiresAt: date }) });
  date = rig.clock.date() + 5_000;
  const first = new SessionPeer(rig, { token: "t" });
  await rig.clock.advance(6_000);
  date = rig.clock.date() + 5_000;

  const second = first.again({ token: "t" });

  assertEquals([first.socket.closes[0]?.[0], second.welcome.resumed], [4401, true]);
});

Deno.test("Resumption tells onConnect what it knows, after onClose of the connection before", async () => {
  const infos: unknown[] = [];
  const handler = Promise.withResolvers<void>();
  const rig = new Rig({
    handlers: {
      onConnect: (_, { resumed, reason, rooms }) => void infos.push([resumed, reason, [...rooms.keys()]]),
      onMessage: (_, { type }) => type === "slow" ? handler.promise : undefined,
    },
  });
  rig.server.room("tea");
  const first = new SessionPeer(rig).join("tea").say({ type: "slow" }).cut();

  const second = first.again().say({ type: "next" });
  await rig.settle();
  const before = [...rig.told];
  handler.resolve();
  await rig.settle();

  assertEquals(second.welcome.resumed, true);
  assertEquals(before, ["connect", "message slow"]);
  assertEquals(rig.told.slice(2), ["close 1006", "connect", "message next"]);
  assertEquals(infos, [[false, undefined, []], [true, undefined, ["$all", "tea"]]]);
});

Deno.test("Resumption tells onConnect that a session was lost", () => {
  const infos: unknown[] = [];
  const rig = new Rig({ handlers: { onConnect: (_, info) => void infos.push([info.resumed, info.reason]) } });

  new SessionPeer(rig, { resume: { id: "x", secret: "y" } });

  assertEquals([infos, rig.server.getStats().notResumed], [[[false, "session_lost"]], 1]);
});

Deno.test("Resumption sends what an async handler answers after a cut to the next connection", async () => {
  const handler = Promise.withResolvers<number>();
  const rig = new Rig();
  rig.server.handle("double", () => handler.promise);
  const first = new SessionPeer(rig).say({ type: "double", id: 7, data: 1 }).cut();
  const second = first.again();

  handler.resolve(2);
  await rig.settle();

  assertEquals(second.heard, [{ type: "$reply", id: 7, data: 2 }]);
});

Deno.test("Resumption keeps the answer that an async handler gives while the client is away", async () => {
  const handler = Promise.withResolvers<number>();
  const rig = new Rig();
  rig.server.handle("double", () => handler.promise);
  const first = new SessionPeer(rig).say({ type: "double", id: 7, data: 1 }).cut();

  handler.resolve(2);
  await rig.settle();

  assertEquals(first.again().heard, [{ type: "$reply", id: 7, data: 2 }]);
});

Deno.test("Resumption lets a request of the server be answered on the next connection", async () => {
  const rig = new Rig();
  const first = new SessionPeer(rig);
  const asked = first.connection.request("name");
  await rig.settle();
  const { id } = first.heard[0]!;

  const second = first.cut().again().say({ type: "$reply", id, data: "ada" });

  assertEquals([await asked, second.heard], ["ada", []]);
});

Deno.test("Resumption sends a request of the server again that was lost in the cut", async () => {
  const rig = new Rig();
  const first = new SessionPeer(rig);
  const had = first.socket.sent.length;
  const asked = first.connection.request("name", undefined, { timeoutMs: 5_000 });
  await rig.settle();
  first.socket.sent.length = had; // it never arrived

  const second = first.cut().again();
  const { id } = second.heard[0]!;
  second.say({ type: "$reply", id, data: "ada" });

  assertEquals(await asked, "ada");
});

Deno.test("Resumption lets a client give up on the next connection what it asked on the one before", async () => {
  const signals: AbortSignal[] = [];
  const rig = new Rig();
  rig.server.handle("slow", (_, { signal }) => {
    signals.push(signal);
    return new Promise(() => {});
  });
  const first = new SessionPeer(rig).say({ type: "slow", id: 7 }).cut();
  await rig.settle();

  const second = first.again();
  assertEquals(signals[0]!.aborted, false);
  second.say({ type: "$cancel", id: 7 });

  assertEquals(signals[0]!.aborted, true);
});

Deno.test("Resumption lets a former connection object still send to its client", () => {
  const rig = new Rig();
  const first = new SessionPeer(rig).cut();

  const outcomes = [first.connection.send({ type: "n", data: 1 })];
  const second = first.again();
  outcomes.push(first.connection.send({ type: "n", data: 2 }));

  assertEquals([outcomes, datas(second)], [["queued", "sent"], [1, 2]]);
});

Deno.test("Resumption keeps for who is away what is sent by id and to the user", () => {
  const rig = new Rig({ authenticate: ({ token }) => ({ userId: token }) });
  const first = new SessionPeer(rig, { token: "ada" }).cut();

  const byId = rig.server.send(first.welcome.id, { type: "n", data: 1 });
  const toUser = rig.server.toUser("ada").send({ type: "n", data: 2 });
  rig.server.toUser("bob").send({ type: "n", data: 3 });

  assertEquals([byId, toUser.queued, toUser.sent], ["queued", 1, 0]);
  assertEquals(datas(first.again({ token: "ada" })), [1, 2]);
});

Deno.test("Resumption keeps from a client that comes back what was not for it", () => {
  const rig = rigWithRooms();
  rig.server.room("filtered", {
    outgoing: (_, message) => (message as { data: unknown }).data === "no" ? null : message,
  });
  const away = new SessionPeer(rig).join("tea").join("attic").join("filtered");
  const { id } = away.connection;
  const other = new SessionPeer(rig).join("tea");
  away.cut();

  rig.server.broadcast({ type: "n", data: "except" }, { room: "tea", except: id });
  rig.server.broadcast({ type: "n", data: "exceptRoom" }, { room: "tea", exceptRoom: "attic" });
  rig.server.broadcast({ type: "n", data: "where not" }, { room: "tea", where: (conn) => conn.id !== id });
  rig.server.broadcast({ type: "n", data: "where" }, { room: "tea", where: (conn) => conn.id === id });
  rig.server.broadcast({ type: "n", data: "elsewhere" }, { room: "nowhere", where: () => true });
  rig.server.broadcast({ type: "n", data: "volatile" }, { room: "tea", volatile: true });
  rig.server.broadcast({ type: "n", data: "no" }, { room: "filtered" });
  rig.server.broadcast({ type: "n", data: "yes" }, { room: "filtered" });
  other.connection.broadcast({ type: "n", data: "from other" }, { room: "tea" });
  away.connection.broadcast({ type: "n", data: "from itself" }, { room: "tea" });

  assertEquals(datas(away.again()), ["where", "yes", "from other"]);
  assertEquals(datas(other), ["except", "exceptRoom", "where not", "volatile", "from itself"]);
});

Deno.test("Resumption keeps what is picked by `where` from those that are left out, also while they are away", () => {
  const rig = rigWithRooms();
  const away = new SessionPeer(rig).join("tea").join("attic").cut();
  const { id } = away.welcome;
  const where = () => true;

  rig.server.broadcast({ type: "n", data: "except" }, { room: "tea", except: id, where });
  rig.server.broadcast({ type: "n", data: "exceptRoom" }, { room: "tea", exceptRoom: "attic", where });
  rig.server.broadcast({ type: "n", data: "all but" }, { except: id, where });
  rig.server.broadcast({ type: "n", data: "yes" }, { room: "tea", except: "other", where });

  assertEquals(datas(away.again()), ["yes"]);
});

Deno.test("Resumption filters what `where` picks for who is away", () => {
  const rig = new Rig();
  rig.server.room("tea", {
    outgoing: (_, message) => (message as { data: unknown }).data === "no" ? null : { type: "n", data: "changed" },
  });
  const away = new SessionPeer(rig).join("tea").cut();

  rig.server.broadcast({ type: "n", data: "no" }, { room: "tea", where: () => true });
  rig.server.broadcast({ type: "n", data: "yes" }, { room: "tea", where: () => true });

  const here = new SessionPeer(rig).join("tea");
  rig.server.broadcast({ type: "n", data: "yes" }, { room: "tea", where: (conn) => conn === here.connection });

  assertEquals([datas(away.again()), datas(here)], [["changed"], ["changed"]]);
});

Deno.test("Resumption reports an outgoing rule that throws, and keeps the message from the client", () => {
  const rig = new Rig();
  rig.server.room("tea", {
    outgoing: (_, message) => (message as { data: unknown }).data === "bad" ? fail(new Error("broken")) : message,
  });
  const away = new SessionPeer(rig).join("tea").cut();
  for (const data of ["bad", "good"]) rig.server.broadcast({ type: "n", data }, { room: "tea" });
  const before = rig.errors.length;

  const again = away.again();

  assertEquals([datas(again), before, rig.errorTexts], [["good"], 0, ["broken"]]);
});

Deno.test("Resumption finds a client out of a room whose rule was taken away, but not where the server had put it", () => {
  const rig = new Rig();
  const off = rig.server.room("tea");
  const first = new SessionPeer(rig).join("tea");
  first.connection.join("attic");
  first.cut();
  off();

  const second = first.again();

  assertEquals(second.heard, [{ type: "$left", room: "tea", code: "forbidden" }]);
  assertEquals(second.connection.rooms, ["attic"]);
});

Deno.test("Resumption takes a former connection object that broadcasts for the sender that it was", () => {
  const rig = rigWithRooms();
  const first = new SessionPeer(rig).join("tea").cut();
  const second = first.again();

  first.connection.broadcast({ type: "n", data: 1 }, { room: "tea" });
  first.connection.broadcast({ type: "n", data: 2 });

  assertEquals(datas(second), []);
});

Deno.test("Resumption keeps the order where the application sends as soon as a connection is there", () => {
  const rig = rigWithRooms({
    handlers: { onConnect: (conn, { resumed }) => void (resumed && conn.send({ type: "n", data: "onConnect" })) },
  });
  rig.server.room("left", {
    join: ({ isMember }) => !isMember,
    onLeave: ({ connection }) => send(connection, "onLeave"),
  });
  const send = (connection: { send(message: object): unknown }, data: string): void => {
    connection.send({ type: "n", data });
    rig.server.broadcast({ type: "n", data: `${data} in tea` }, { room: "tea" });
  };
  const first = new SessionPeer(rig).join("tea").join("left").cut();
  rig.server.send(first.welcome.id, { type: "n", data: 1 });
  rig.server.broadcast({ type: "n", data: 2 }, { room: "tea" });
  rig.server.on("connection:added", (connection) => send(connection, "added"));

  const second = first.again();

  assertEquals(datas(second), [1, 2, "added", "added in tea", "onLeave", "onLeave in tea", "onConnect"]);
  assertEquals(second.received, second.connection.session!.inbox.end);
});

Deno.test("Resumption begins another row of numbers where the client's stream is another", async () => {
  const handler = Promise.withResolvers<void>();
  const rig = new Rig({ handlers: { onMessage: (_, { type }) => type === "slow" ? handler.promise : undefined } });
  const first = new SessionPeer(rig, { stream: "one" }).say({ type: "slow" }).cut();

  const second = first.again({ stream: "two" });
  handler.resolve();
  await rig.clock.advance(1_000);
  assertEquals([second.welcome.resumed, second.welcome.received, second.acks], [true, 0, []]);
  second.say({ type: "a" });
  await rig.clock.advance(1_000);
  void second.heard;

  assertEquals(second.acks, [1]);
});

Deno.test("Resumption acknowledges from the beginning where the client's stream is another", async () => {
  const rig = new Rig();
  const first = new SessionPeer(rig, { stream: "one" });
  for (let n = 0; n < 40; n++) first.say({ type: "a", $ack: n === 39 });
  first.cut();

  const second = first.again({ stream: "two" });
  for (let n = 0; n < 2; n++) second.say({ type: "a" });
  await rig.clock.advance(1_000);
  second.say({ type: "a", $ack: true });
  void second.heard;

  assertEquals([second.welcome.received, second.acks], [0, [2, 3]]);
});

Deno.test("Resumption lets a client give up what the connection before begins to handle only now", async () => {
  const connected = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  let isFirst = true;
  const rig = new Rig({ handlers: { onConnect: () => isFirst ? connected.promise : undefined } });
  rig.server.handle("slow", (_, { signal }) => {
    signals.push(signal);
    return new Promise(() => {});
  });
  const first = new SessionPeer(rig).say({ type: "slow", id: 7 }).cut();
  const second = first.again();
  isFirst = false;

  connected.resolve();
  await rig.settle();
  second.say({ type: "$cancel", id: 7 });

  assertEquals(signals.map(({ aborted }) => aborted), [true]);
});

Deno.test("Resumption gives up a join that was not decided when the connection was cut: the client asks again", async () => {
  const rules: { decided: PromiseWithResolvers<void>; signal: AbortSignal }[] = [];
  const joined: string[] = [];
  const rig = new Rig({ maxRoomsPerConnection: 1 });
  rig.server.room("tea", {
    join: ({ signal }) => {
      rules.push({ decided: Promise.withResolvers(), signal });
      return rules.at(-1)!.decided.promise;
    },
    onJoin: ({ room }) => void joined.push(room),
  });
  const first = new SessionPeer(rig).join("tea").cut();
  assertEquals(rules[0]!.signal.aborted, true);

  const second = first.again();
  rules[0]!.decided.resolve();
  await rig.settle();
  const before = [second.connection.rooms, second.types];
  second.join("tea");
  rules[1]!.decided.resolve();
  await rig.settle();
  const third = second.cut().again();
  rules[2]!.decided.resolve();
  await rig.settle();

  assertEquals(before, [[], []]);
  assertEquals([second.types, third.connection.rooms, joined], [["$reply"], ["tea"], ["tea"]]);
});

Deno.test("Resumption asks rules for the data of the session, with what the client had said at the door", () => {
  const asked: unknown[] = [];
  const rig = new Rig({
    authenticate: ({ token }) => ({ userId: "ada", token }),
    resume: { data: (kept, fresh) => ({ ...kept, ...fresh }) },
  });
  rig.server.room("tea", {
    join: ({ connection, data, isMember }) => void asked.push([connection.id, connection.data.token, data, isMember]),
  });
  const first = new SessionPeer(rig, { token: "one" }).join("tea", 1, { nick: "a" }).cut();

  first.again({ token: "two" });

  const { id } = first.welcome;
  assertEquals(asked, [[id, "one", { nick: "a" }, false], [id, "two", { nick: "a" }, true]]);
});

Deno.test("Resumption lets a client that leaves in the middle of the rules come again, and asks them again", async () => {
  const rules: PromiseWithResolvers<void>[] = [];
  const rig = new Rig();
  rig.server.room("tea", {
    join: ({ isMember }) => {
      if (!isMember) return;
      rules.push(Promise.withResolvers());
      return rules.at(-1)!.promise;
    },
  });
  const first = new SessionPeer(rig).join("tea").cut();

  first.again().socket.isClosed();
  const third = first.again();
  for (const { resolve } of rules) resolve();
  await rig.settle();

  assertEquals([third.welcome.resumed, third.connection.rooms, rules.length], [true, ["tea"], 2]);
  assertEquals(rig.told, ["connect", "close 1006", "connect"]);
});

Deno.test("Resumption takes messages that come behind the hello in the same frame, when the client is in", async () => {
  const rule = Promise.withResolvers<void>();
  const rig = new Rig();
  rig.server.room("tea", { join: ({ isMember }) => isMember ? rule.promise : undefined });
  const first = new SessionPeer(rig).join("tea").cut();

  const second = first.again();
  second.say([{ type: "a" }, { type: "$ping" }]).say({ type: "b" });
  const before = [...rig.told];
  rule.resolve();
  await rig.settle();

  assertEquals(before, ["connect", "close 1006"]);
  assertEquals([rig.told.slice(2), second.types], [["connect", "message a", "message b"], ["$pong"]]);
});

Deno.test("Resumption tells a client of the room of everybody also where its session is lost", () => {
  const rig = rigWithRooms();
  const first = new SessionPeer(rig).join("tea");
  first.socket.isClosed(1000);
  for (const room of ["tea", undefined]) {
    rig.server.broadcast({ type: "n", data: room ?? "all" }, room === undefined ? {} : { room });
  }

  const second = first.again();
  second.say({ type: "$join", id: "join tea", room: "tea", since: first.positions.get("tea") });

  assertEquals([second.welcome.resumed, second.welcome.rooms!.$all!.recovered], [false, true]);
  assertEquals(second.heard.map(({ type, data, recovered }) => [type, data, recovered]), [
    ["n", "all", undefined],
    ["$reply", null, true],
    ["n", "tea", undefined],
  ]);
});

Deno.test("Resumption gives sessions only to who asks, and only where there are any", () => {
  const off = new Rig({ resume: false });
  const plain = new Rig().peer(SILENT);
  plain.socket.receives({ type: "$hello", features: [] });

  const { features, session, rooms } = new SessionPeer(off).welcome;

  assertEquals([features, session, rooms], [[], undefined, undefined]);
  assertEquals(plain.connection.session, undefined);
});

Deno.test("Resumption leaves nothing behind, whichever way it ends", async () => {
  const rig = rigWithRooms({ resume: { windowMs: 5_000 }, history: false });
  const first = new SessionPeer(rig).join("tea").cut();
  rig.server.send(first.welcome.id, { type: "n" });
  const second = first.again();
  second.cut();
  assertEquals(rig.server.getStats().suspended, 1);

  await rig.clock.advance(6_000);

  const { suspended, logBytes } = rig.server.getStats();
  assertEquals([rig.left, suspended, logBytes], [NOTHING, 0, 0]);
  assert(rig.errors.length === 0);
});

Deno.test("Resumption leaves a session to the newest connection of its client, however late a hello on an older one comes", async () => {
  const rig = new Rig();
  const first = new SessionPeer(rig);
  const old = new ScriptedSocket();
  rig.server.adopt(old, { remoteAddr: "192.0.2.1", protocol: "switchboard.v1" });
  const second = first.cut().again();
  await rig.settle();

  old.receives({ type: "$hello", features: ["resume"], received: 0, resume: first.ticket });
  await rig.settle();

  assertEquals([old.closes[0]?.[0], second.connection.isOpen], [4409, true]);
  second.connection.send({ type: "n", data: 1 });
  assertEquals(datas(second), [1]);
  assertEquals(second.cut().again().welcome.resumed, true);
});

Deno.test("Resumption takes what a client has received for no acknowledgement that it has handled it", async () => {
  const rig = new Rig();
  const first = new SessionPeer(rig);
  let isHandled = false;
  first.connection.sendAcked({ type: "n" }).then(() => isHandled = true);

  const second = first.cut().again({ received: 1 });
  await rig.settle();
  const before = isHandled;
  second.acknowledge(1);
  await rig.settle();

  assertEquals([before, isHandled], [false, true]);
});

Deno.test("Resumption tells who waits for an acknowledgement that the message was forgotten, and is lost", async () => {
  const rig = new Rig({ resume: { maxMessages: 1 } });
  const first = new SessionPeer(rig);
  const outcomes: string[] = [];
  for (const data of [1, 2, 3]) {
    first.connection.sendAcked({ type: "n", data }).then(
      () => outcomes.push(`${data} was handled`),
      (error) => outcomes.push(`${data}: ${error.message.slice(0, 19)}`),
    );
  }

  const second = first.cut().again({ received: 1 });
  await rig.settle();
  second.acknowledge(3);
  await rig.settle();

  assertEquals([second.lost, outcomes], [1, ["2: The message is lost", "1 was handled", "3 was handled"]]);
});

Deno.test("a client whose former connection still counts as open comes back, although its user may have no other one", async () => {
  const rig = new Rig({ authenticate: ({ token }) => ({ userId: token }), maxConnectionsPerUser: 1 });
  const first = new SessionPeer(rig, { token: "ann" });
  await rig.settle();

  const stranger = new SessionPeer(rig, { token: "ann" });
  const thief = new SessionPeer(rig, { token: "ann", resume: { id: first.ticket.id, secret: "guessed" } });
  await rig.settle();
  const second = first.again({ token: "ann" });
  await rig.settle();

  assertEquals([typesOf(stranger), typesOf(thief), second.welcome.resumed], [["$refused"], ["$refused"], true]);
  assertEquals([rig.server.connections.size, rig.closes.map(({ code }) => code)], [1, [4409]]);
});

function typesOf({ socket }: SessionPeer): unknown[] {
  return socket.messages.map((message) => (message as { type: string }).type);
}
