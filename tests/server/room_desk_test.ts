/** Tests of how peers come into rooms: what the rule decides, what they are told, and what happens meanwhile. */

import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { ConnectionClosedError, HandlerTimeoutError, MessageError } from "../../src/errors.ts";
import type { WebSocketConfig } from "../../src/server/options.ts";
import type { RoomContext, RoomRule } from "../../src/server/room_types.ts";
import type { WebSocketConnection } from "../../src/server/types.ts";
import { gate, type Peer, Rig } from "./tools/rig.ts";

type Answer = { readonly type: string; readonly error?: { readonly code: string } };

/** A server with one rule for all rooms, and a managed peer. */
function withRule(rule: RoomRule = {}, config: WebSocketConfig = {}) {
  const rig = new Rig({ maxJoinsPerSecond: Infinity, ...config });
  rig.server.room("*", rule);
  const peer = rig.peer({ isManaged: true });
  return { rig, ...peer, ...talkOf(peer) };
}

/** What one peer asks, and what it is answered. */
function talkOf({ socket }: Peer) {
  const welcomes = socket.sent.length;
  let id = 0;
  return {
    join: (room: unknown, more: object = {}) => socket.receives({ type: "$join", id: ++id, room, ...more }),
    leave: (room: unknown) => socket.receives({ type: "$leave", id: ++id, room }),
    answers: () => socket.messages.slice(welcomes),
    codes: () => (socket.messages.slice(welcomes) as Answer[]).map(({ type, error }) => error?.code ?? type),
  };
}

const DECIDED: readonly [name: string, decide: (value: unknown) => unknown][] = [
  ["at once", (value) => value],
  ["later", (value) => Promise.resolve(value)],
];

const FAILED: readonly [name: string, fail: (error: unknown) => unknown][] = [
  ["at once", (error) => {
    throw error;
  }],
  ["later", (error) => Promise.reject(error)],
];

for (const [when, decide] of DECIDED) {
  Deno.test(`RoomDesk lets a peer in whose rule says yes ${when}, and tells it what the rule returned`, async () => {
    const said: readonly [returned: unknown, data: unknown][] = [
      [undefined, null],
      [null, null],
      [true, true],
      [0, 0],
      ["", ""],
      [{ history: [1, 2] }, { history: [1, 2] }],
    ];
    for (const [returned, data] of said) {
      const { rig, connection, join, answers } = withRule({ join: () => decide(returned) });

      join("lobby");
      await rig.settle();

      assertEquals(answers(), [{ type: "$reply", id: 1, data }]);
      assertEquals([connection.rooms, [...rig.server.members("lobby")]], [["lobby"], [connection]]);
    }
  });

  Deno.test(`RoomDesk keeps a peer out whose rule says no ${when}`, async () => {
    const { rig, connection, join, answers } = withRule({ join: () => decide(false) });

    join("lobby");
    await rig.settle();

    const error = { code: "forbidden", message: "You may not be in this room" };
    assertEquals(answers(), [{ type: "$error", id: 1, error }]);
    assertEquals([connection.rooms, rig.server.rooms.size, rig.errors], [[], 0, []]);
  });
}

for (const [when, fail] of FAILED) {
  Deno.test(`RoomDesk tells the peer the code, sentence and data of a MessageError that is thrown ${when}`, async () => {
    const refusal = new MessageError("banned", "Come back tomorrow", { until: 5 });
    const { rig, connection, join, answers } = withRule({ join: () => fail(refusal) });

    join("lobby");
    await rig.settle();

    const error = { code: "banned", message: "Come back tomorrow", data: { until: 5 } };
    assertEquals(answers(), [{ type: "$error", id: 1, error }]);
    assertEquals([connection.rooms, rig.errors], [[], []]);
  });

  Deno.test(`RoomDesk tells the peer nothing of another error that is thrown ${when}, and the application all`, async () => {
    for (const thrown of [new Error("the database at 10.0.0.1 is down"), "text", undefined, null]) {
      const { rig, connection, join, answers } = withRule({ join: () => fail(thrown) });

      join("lobby");
      await rig.settle();

      const error = { code: "internal_error", message: "The server could not handle this message" };
      assertEquals(answers(), [{ type: "$error", id: 1, error }]);
      assertEquals([connection.rooms, rig.errors.length], [[], 1]);
      if (thrown instanceof Error) assertStrictEquals(rig.errors[0], thrown);
    }
  });
}

Deno.test("RoomDesk refuses names that are none, and repeats nothing of them", () => {
  const { rig, connection, join, codes, socket } = withRule();
  const names = ["", "$all", "\ud800", "x".repeat(129), "<script>".repeat(100 * 1024)];

  for (const name of names) join(name);

  assertEquals(codes(), names.map(() => "bad_room"));
  assert(socket.sent.every((frame) => frame.length < 300 && !String(frame).includes("script")));
  assertEquals([connection.rooms, connection.isOpen, rig.errors], [[], true, []]);
});

Deno.test("RoomDesk takes the longest name that is allowed, and names that mean something elsewhere", () => {
  const { join, codes, connection } = withRule({}, { maxRoomNameLength: 20 });
  const names = ["x".repeat(20), "__proto__", "constructor", "*", ">", "a.b", " ", "\n", "a:b", "{id}"];

  for (const name of [...names, "x".repeat(21)]) join(name);

  assertEquals(codes(), [...names.map(() => "$reply"), "bad_room"]);
  assertEquals(connection.rooms, names);
});

Deno.test("RoomDesk never sees a room that is no text: the protocol does not allow it", () => {
  for (const room of [5, null, true, {}, [], ["lobby"], undefined]) {
    const { rig, join, answers, socket } = withRule();

    join(room);

    assertEquals([socket.closes[0]?.[0], answers(), rig.server.rooms.size], [4400, [], 0]);
  }
});

Deno.test("RoomDesk keeps everybody out of rooms for which there is no rule", () => {
  const rig = new Rig();
  rig.server.room("chat/{id}");
  const peer = rig.peer({ isManaged: true });
  const { join, codes } = talkOf(peer);

  for (const name of ["chat/1", "chat", "chat/1/2", "__proto__", "chat/"]) join(name);

  assertEquals(codes(), ["$reply", "forbidden", "forbidden", "forbidden", "forbidden"]);
  assertEquals(peer.connection.rooms, ["chat/1"]);
});

Deno.test("RoomDesk gives the rule the connection, the room, what stands in its name, and what the peer said", () => {
  const rig = new Rig();
  const seen: unknown[] = [];
  rig.server.room("chat/{id}", {
    join: ({ connection, room, params, data, isMember, signal }) => {
      seen.push([connection.id, room, { ...params }, data, isMember, signal.aborted]);
    },
  });
  const peer = rig.peer({ isManaged: true });
  const { join } = talkOf(peer);

  join("chat/7", { data: { nick: "Ada" } });
  join("chat/8");

  const { id } = peer.connection;
  assertEquals(seen, [
    [id, "chat/7", { id: "7" }, { nick: "Ada" }, false, false],
    [id, "chat/8", { id: "8" }, undefined, false, false],
  ]);
});

Deno.test("RoomDesk asks the rule again who is in the room already, and counts it once", () => {
  const asked: boolean[] = [];
  const entered: string[] = [];
  const { rig, join, codes } = withRule({
    join: ({ isMember }) => void asked.push(isMember),
    onJoin: ({ room }) => void entered.push(room),
  });

  for (let i = 0; i < 1000; i++) join("lobby");

  assertEquals([codes().filter((code) => code === "$reply").length, asked.length, asked[0], asked[1]], [
    1000,
    1000,
    false,
    true,
  ]);
  assertEquals([rig.server.members("lobby").size, entered], [1, ["lobby"]]);
});

Deno.test("RoomDesk leaves who is in the room where it is when the rule now says no", () => {
  let answer = true;
  const { join, codes, connection } = withRule({ join: () => answer });

  join("lobby");
  answer = false;
  join("lobby");

  assertEquals([codes(), connection.rooms], [["$reply", "forbidden"], ["lobby"]]);
});

Deno.test("RoomDesk lets a peer into so many rooms and no more", () => {
  const { join, leave, codes, connection } = withRule({}, { maxRoomsPerConnection: 100 });

  for (let i = 0; i < 10_000; i++) join(`room ${i}`);
  const counts = [codes().filter((code) => code === "$reply").length, connection.rooms.length];
  leave("room 5");
  join("room 5");
  join("room 5");
  join("one more");

  assertEquals(counts, [100, 100]);
  assertEquals(codes().slice(10_000), ["$reply", "$reply", "$reply", "too_many_rooms"]);
});

Deno.test("RoomDesk counts wishes that are not decided yet, so that slow rules add up to nothing", async () => {
  const { promise, resolve } = gate();
  let asked = 0;
  const { rig, join, codes, connection } = withRule({
    join: () => {
      asked++;
      return promise;
    },
  }, { maxRoomsPerConnection: 10 });
  connection.join("theirs");

  for (let i = 0; i < 1000; i++) join(`room ${i}`);
  for (let i = 0; i < 1000; i++) join("theirs");
  const before = [asked, codes().filter((code) => code === "too_many_rooms").length];
  resolve();
  await rig.settle();

  assertEquals(before, [9 + 1, 1990]);
  assertEquals([connection.rooms.length, codes().filter((code) => code === "$reply").length], [10, 10]);
  assertEquals([connection.joins?.underWay, connection.joins?.reserved], [0, 0]);
});

Deno.test("RoomDesk does not let a rule fill the place that it decides about", () => {
  const { join, codes, connection } = withRule({
    join: ({ connection, room }) => {
      if (room === "first") connection.join("second");
    },
  }, { maxRoomsPerConnection: 1 });

  join("first");

  assertEquals([codes(), connection.rooms], [["internal_error"], []]);
});

Deno.test("RoomDesk lets messages wait while a rule takes its time, and answers before it handles them", async () => {
  const { promise, resolve } = gate();
  const { rig, join, socket, codes } = withRule({ join: () => promise });

  join("lobby");
  socket.receives({ type: "chat" });
  await rig.settle();
  const before = [rig.messages.length, codes().length];
  resolve();
  await rig.settle();

  assertEquals([before, rig.messages, codes()], [[0, 0], [{ type: "chat" }], ["$reply"]]);
});

Deno.test("RoomDesk gives a rule the time of a handler, tells when it is over, and takes no notice of it then", async () => {
  const { promise, resolve } = gate();
  let signal: AbortSignal | undefined;
  const { rig, join, codes, connection, socket } = withRule({
    join: (context) => {
      signal = context.signal;
      return promise;
    },
  }, { handlerTimeoutMs: 1_000 });

  join("lobby");
  socket.receives({ type: "chat" });
  await rig.clock.advance(1_100);
  const during = [codes(), rig.messages.length, rig.errors.length];
  resolve();
  await rig.settle();

  assertEquals(during, [["timeout"], 1, 1]);
  assertInstanceOf(rig.errors[0], HandlerTimeoutError);
  assertInstanceOf(signal?.reason, HandlerTimeoutError);
  assertEquals([codes(), connection.rooms, rig.errors.length], [["timeout"], [], 1]);
});

/** How a connection ends while a rule decides. */
const ENDS: Readonly<Record<string, (peer: Peer) => void>> = {
  "the peer closes": ({ socket }) => socket.isClosed(1000),
  "the connection breaks": ({ socket }) => socket.isClosed(),
  "the server closes": ({ connection }) => connection.close(4000),
};

for (const [how, end] of Object.entries(ENDS)) {
  Deno.test(`RoomDesk lets nobody in when ${how} while the rule decides, and tells the rule`, async () => {
    const { promise, resolve } = gate();
    const entered: string[] = [];
    let signal: AbortSignal | undefined;
    const { rig, join, codes, connection, socket } = withRule({
      join: (context) => {
        signal = context.signal;
        return promise;
      },
      onJoin: ({ room }) => void entered.push(room),
      onLeave: ({ room }) => void entered.push(room),
    });

    join("lobby");
    end({ connection, socket });
    const { aborted, reason } = signal!;
    resolve();
    await rig.settle();

    assertEquals([aborted, codes(), connection.rooms, rig.server.rooms.size], [true, [], [], 0]);
    assertInstanceOf(reason, ConnectionClosedError);
    assertEquals([entered, rig.errors], [[], []]);
  });
}

Deno.test("RoomDesk reports what a rule throws when nobody waits for it, but for the reason that it was given", async () => {
  const errors = [new Error("other"), undefined];
  for (const error of errors) {
    const { rig, join, socket } = withRule({
      join: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(error ?? signal.reason))),
    });

    join("lobby");
    socket.isClosed(1000);
    await rig.settle();

    assertEquals(rig.errors, error === undefined ? [] : [error]);
  }
});

/** What ends a wish while the rule decides, beside the end of the connection; and what the peer is told. */
const TAKEN_BACK: Readonly<Record<string, [(peer: Peer) => void, string[]]>> = {
  "the peer leaves the room": [
    ({ socket }) => socket.receives({ type: "$leave", id: "l", room: "lobby" }),
    ["cancelled", "$reply"],
  ],
  "the server takes it out": [({ connection }) => void connection.leave("lobby"), ["cancelled"]],
  "the peer gives up": [({ socket }) => socket.receives({ type: "$cancel", id: 1 }), []],
};

for (const [how, [takeBack, codes]] of Object.entries(TAKEN_BACK)) {
  Deno.test(`RoomDesk does not let a peer in when ${how} while the rule decides`, async () => {
    const { promise, resolve } = gate();
    let signal: AbortSignal | undefined;
    const talk = withRule({
      join: (context) => {
        signal = context.signal;
        return promise;
      },
    });
    const { rig, connection, socket } = talk;

    talk.join("lobby");
    takeBack({ connection, socket });
    const wasAborted = signal?.aborted;
    resolve();
    await rig.settle();

    assertEquals([wasAborted, talk.codes(), connection.rooms, rig.errors], [true, codes, [], []]);
    talk.join("lobby");
    await rig.settle();
    assertEquals(connection.rooms, ["lobby"], "and the next wish is a new one");
  });
}

Deno.test("RoomDesk cancels wishes for the room that was left alone", async () => {
  const { promise, resolve } = gate();
  const { rig, join, leave, codes, connection } = withRule({ join: () => promise });

  join("one");
  join("two");
  leave("one");
  resolve();
  await rig.settle();

  assertEquals([codes(), connection.rooms], [["cancelled", "$reply", "$reply"], ["two"]]);
});

Deno.test("RoomDesk cancels no answer to a message when its room is left", async () => {
  const { promise, resolve } = gate();
  const { rig, join, leave, codes, socket } = withRule({ handlers: { say: () => promise } });

  join("lobby");
  socket.receives({ type: "say", id: "s", room: "lobby" });
  leave("lobby");
  resolve();
  await rig.settle();

  assertEquals([codes(), socket.messages.at(-1)], [["$reply", "$reply", "$reply"], {
    type: "$reply",
    id: "s",
    data: null,
  }]);
});

Deno.test("RoomDesk tells a peer once what became of its wish, also when onJoin takes it out again", async () => {
  const { rig, join, codes, connection } = withRule({
    join: () => Promise.resolve(),
    onJoin: ({ connection, room }) => void connection.leave(room),
  });

  join("lobby");
  await rig.settle();

  assertEquals([codes(), connection.rooms], [["$reply", "$left"], []]);
});

Deno.test("RoomDesk counts a room once when the peer is in: onJoin can use the last place", () => {
  const { rig, join, connection } = withRule({
    onJoin: ({ connection, room }) => void (room === "first" && connection.join("second")),
  }, { maxRoomsPerConnection: 2 });

  join("first");

  assertEquals([connection.rooms, rig.errors], [["first", "second"], []]);
});

Deno.test("RoomDesk leaves in the room whom the server's own code put there while the rule decided", async () => {
  const { promise, reject } = gate();
  const entered: string[] = [];
  const { rig, join, codes, connection } = withRule({
    join: () => promise,
    onJoin: ({ room }) => void entered.push(room),
  });

  join("lobby");
  connection.join("lobby");
  reject(new MessageError("banned", "No"));
  await rig.settle();

  assertEquals([codes(), connection.rooms, entered], [["banned"], ["lobby"], ["lobby"]]);
});

Deno.test("RoomDesk lets nobody in whose connection the rule has closed", () => {
  const { rig, join, codes, connection } = withRule({ join: ({ connection }) => connection.close() });

  join("lobby");

  assertEquals([codes(), connection.rooms, rig.server.rooms.size, rig.errors], [[], [], 0, []]);
});

Deno.test("RoomDesk keeps a peer out that cannot be told what the rule returned", () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const entered: string[] = [];
  for (const returned of [5n, cyclic, () => {}, Symbol("s"), Uint8Array.of(1)]) {
    const { rig, join, codes, connection } = withRule({
      join: () => returned,
      onJoin: ({ room }) => void entered.push(room),
    });

    join("lobby");

    assertEquals([codes(), connection.rooms, rig.errors.length, entered], [["internal_error"], [], 1, []]);
  }
});

Deno.test("RoomDesk keeps a peer out for which the answer was one too many", async () => {
  const { rig, join, connection, socket } = withRule(
    { join: () => "x".repeat(100), onJoin: () => assert(false) },
    { highWaterBytes: 10, maxBufferedBytes: 20 },
  );
  socket.bufferedAmount = 21;

  join("lobby");
  await rig.settle();

  assertEquals([socket.closes[0]?.[0], connection.rooms, rig.server.rooms.size, rig.errors], [1013, [], 0, []]);
});

Deno.test("RoomDesk takes data that is nested deeper than the stack", () => {
  const { rig, connection, socket, codes } = withRule();
  const deep = "[".repeat(200_000) + "]".repeat(200_000);

  socket.receives(`{"type":"$join","id":1,"room":"lobby","data":${deep}}`);

  assertEquals([codes(), connection.rooms, rig.errors], [["$reply"], ["lobby"], []]);
});

Deno.test("RoomDesk asks no rule about a peer that is not signed in yet, and none at all about one that is refused", async () => {
  for (const token of ["good", "bad"]) {
    const { promise, resolve } = gate();
    const asked: unknown[] = [];
    const rig = new Rig({
      authenticate: async ({ token }) => {
        await promise;
        return token === "good" ? { userId: "ada" } : null;
      },
    });
    rig.server.room("*", { join: ({ connection }) => void asked.push(connection.userId) });
    const { socket, connection } = rig.peer({ isManaged: true, greets: false });

    socket.receives([{ type: "$hello", token }, { type: "$join", id: 1, room: "lobby" }]);
    await rig.settle();
    const before = [asked.length, connection.rooms.length];
    resolve();
    await rig.settle();

    const isIn = token === "good";
    assertEquals([before, asked, connection.rooms], [[0, 0], isIn ? ["ada"] : [], isIn ? ["lobby"] : []]);
    assertEquals(rig.server.rooms.size, isIn ? 1 : 0);
  }
});

Deno.test("RoomDesk answers before it calls onJoin, with what the peer said", () => {
  const entries: unknown[] = [];
  const rig = new Rig();
  rig.server.room("chat/{id}", {
    onJoin: ({ connection, room, params, data }) => {
      entries.push([connection.rooms, room, { ...params }, data]);
      rig.server.broadcast({ type: "joined" }, { room });
    },
  });
  const peer = rig.peer({ isManaged: true });
  const { join, codes } = talkOf(peer);

  join("chat/7", { data: { nick: "Ada" } });

  assertEquals(entries, [[["chat/7"], "chat/7", { id: "7" }, { nick: "Ada" }]]);
  assertEquals(codes(), ["$reply", "joined"]);
});

Deno.test("RoomDesk reports what hooks throw and reject with, and lets nobody else feel it", async () => {
  const boom = (text: string) => () => {
    throw new Error(text);
  };
  const { rig, join, leave, codes, connection } = withRule({ onJoin: boom("join"), onLeave: boom("leave") });
  rig.server.room("other", {});
  const late = new Rig();
  late.server.room("*", {
    onJoin: () => Promise.reject(new Error("join")),
    onLeave: () => Promise.reject(new Error("leave")),
  });
  const other = talkOf(late.peer({ isManaged: true }));

  for (const talk of [{ join, leave }, other]) {
    talk.join("lobby");
    talk.leave("lobby");
  }
  await rig.settle();
  await late.settle();

  assertEquals([codes(), other.codes(), connection.rooms], [["$reply", "$reply"], ["$reply", "$reply"], []]);
  assertEquals([rig.errorTexts, late.errorTexts], [["join", "leave"], ["join", "leave"]]);
});

Deno.test("RoomDesk calls a rule as the object that it is", () => {
  class Doorman implements RoomRule {
    readonly #known: string[] = [];
    join({ connection, room }: RoomContext): number {
      return this.#known.push(`${connection.id} ${room}`);
    }
    onJoin({ connection }: { connection: WebSocketConnection }): void {
      connection.send({ type: "count", data: this.#known.length });
    }
  }
  const { rig, join, answers } = withRule(new Doorman());

  join("lobby");

  assertEquals(answers(), [{ type: "$reply", id: 1, data: 1 }, { type: "count", data: 1 }]);
  assertEquals(rig.errors, []);
});
