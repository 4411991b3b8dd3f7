/** Tests of what goes through rooms: handlers of messages to them, filters of messages from them, and who listens. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import type { Sendable } from "../../src/protocol/messages.ts";
import { type Peer, Rig } from "./tools/rig.ts";

/** Peers by name, each with what it was sent since. */
function peersOf(rig: Rig, rooms: Readonly<Record<string, readonly string[]>>) {
  const peers = Object.entries(rooms).map(([name, names], i): [string, Peer] => {
    const peer = rig.peer({ isManaged: i % 2 === 1 });
    for (const room of names) peer.connection.join(room);
    peer.socket.sent.length = 0;
    return [name, peer];
  });
  const take = () => peers.map(([, { socket }]) => socket.messages.splice(0, socket.sent.splice(0).length));
  return { peers: Object.fromEntries(peers) as Record<string, Peer>, take };
}

Deno.test("RoomTraffic.route() brings a member's message to the handler of its room, with the room", async () => {
  const rig = new Rig();
  const got: unknown[] = [];
  rig.server.room("chat/{id}", {
    handlers: {
      say: (data, { connection, room, message }) => {
        got.push([connection.id, data, room, message.extra]);
        return { said: data };
      },
    },
  });
  for (const isManaged of [false, true]) {
    const { connection, socket } = rig.peer({ isManaged });
    connection.join("chat/7");
    socket.sent.length = 0;

    socket.receives({ type: "say", id: 1, room: "chat/7", data: "hi", extra: 5 });
    await rig.settle();

    assertEquals(socket.messages, [{ type: isManaged ? "$reply" : "reply", id: 1, data: { said: "hi" } }]);
    assertEquals(got.splice(0), [[connection.id, "hi", "chat/7", 5]]);
  }
  assertEquals(rig.messages, []);
});

Deno.test("RoomTraffic.route() tells who is not in the room to join it, and calls no handler", () => {
  const rig = new Rig();
  const got: unknown[] = [];
  const say = (data: unknown) => void got.push(data);
  rig.server.room("*", { handlers: { say } });
  rig.server.handle("say", say);
  const { connection, socket } = rig.peer();
  connection.join("mine");

  for (const room of ["theirs", "__proto__", "MINE", "mine "]) {
    socket.receives({ type: "say", id: room, room, data: 1 });
  }
  connection.leave("mine");
  socket.receives({ type: "say", id: "left", room: "mine" });
  socket.receives({ type: "say", room: "mine" });

  const error = { code: "not_joined", message: "Join the room before you send to it" };
  const ids = ["theirs", "__proto__", "MINE", "mine ", "left"];
  assertEquals(socket.messages, ids.map((id) => ({ type: "error", id, error })));
  assertEquals([got, rig.messages, rig.errors], [[], [], []]);
});

Deno.test("RoomTraffic.route() leaves alone what is no business of rooms", () => {
  const rig = new Rig();
  const never = () => {
    throw new Error("the handler of a room was called");
  };
  rig.server.room("chat/{id}", { handlers: { say: never } });
  rig.server.room("*", { handlers: {} });
  const { connection, socket } = rig.peer();
  for (const room of ["chat/7", "lobby"]) connection.join(room);

  const messages = [
    { type: "say" },
    { type: "say", room: 7 },
    { type: "say", room: null },
    { type: "say", room: ["chat/7"] },
    { type: "say", room: { toString: "chat/7" } },
    { type: "say", room: "lobby" },
    { type: "say", room: "" },
    { type: "say", room: `chat/${"x".repeat(1000)}` },
    { type: "toString", room: "chat/7" },
    { type: "__proto__", room: "chat/7" },
    { type: "other", room: "chat/7" },
  ];
  for (const message of messages) socket.receives(message);

  assertEquals([rig.messages, rig.errors, socket.sent], [messages, [], []]);
});

Deno.test("RoomTraffic.filter() lets a rule change a message for each receiver, or keep it from it", () => {
  const rig = new Rig();
  rig.server.room("game/{id}", {
    outgoing: (connection, message, room) => {
      const { type, data } = message as { type: string; data: Record<string, string> };
      if (connection.data.isBlind === true) return null;
      if (connection.data.isDeaf === true) return undefined;
      return connection.data.isMaster === true ? message : { type, data: { room, shown: data.shown! } };
    },
  });
  const { peers, take } = peersOf(rig, { plain: ["game/1"], managed: ["game/1"], blind: ["game/1"], deaf: ["game/1"] });
  peers.managed!.connection.data.isMaster = true;
  peers.blind!.connection.data.isBlind = true;
  peers.deaf!.connection.data.isDeaf = true;

  const message = { type: "turn", data: { shown: "a", hidden: "b" } };
  const outcome = rig.server.broadcast(message, { room: "game/1" });

  assertEquals(outcome, { sent: 2, queued: 0, dropped: 0, merged: 0 });
  assertEquals(take(), [
    [{ type: "turn", data: { room: "game/1", shown: "a" } }],
    [{ ...message, $room: "game/1", $at: 1 }],
    [],
    [],
  ]);
});

Deno.test("RoomTraffic.filter() is for the rooms of its pattern alone", () => {
  const rig = new Rig();
  rig.server.room("shut/{id}", { outgoing: () => null });
  const { take } = peersOf(rig, { a: ["shut/1"], b: ["open"], c: ["shut/1", "open"] });

  rig.server.broadcast({ type: "m" }, { room: "shut/1" });
  rig.server.broadcast({ type: "m" }, { room: "open" });
  rig.server.broadcast({ type: "m" });

  assertEquals(take().map(({ length }) => length), [1, 2, 2]);
});

Deno.test("RoomTraffic.filter() reports a filter that throws, keeps the message from that receiver, and goes on", () => {
  const rig = new Rig();
  rig.server.room("*", {
    outgoing: (connection, message) => {
      if (connection.data.isBad === true) throw new Error("filter");
      return message;
    },
  });
  const { peers, take } = peersOf(rig, { a: ["r"], b: ["r"], c: ["r"] });
  peers.b!.connection.data.isBad = true;

  rig.server.broadcast({ type: "m" }, { room: "r" });

  assertEquals([take().map(({ length }) => length), rig.errorTexts], [[1, 0, 1], ["filter"]]);
});

Deno.test("RoomTraffic.filter() gives a receiver in several rooms what the first of them lets through", () => {
  const rig = new Rig();
  rig.server.room("open", {});
  rig.server.room("shut", { outgoing: () => null });
  rig.server.room("loud", { outgoing: (_connection, message, room) => ({ type: "loud", data: [message, room] }) });
  const rooms = { a: ["open"], b: ["shut"], c: ["shut", "open"], d: ["open", "loud"], e: ["loud", "shut"] };
  const { take } = peersOf(rig, rooms);
  const loud = { type: "loud", data: [{ type: "m" }, "loud"] };
  const typesOf = (got: unknown[][]) => got.map((messages) => messages.map((each) => (each as { type: string }).type));

  rig.server.broadcast({ type: "m" }, { room: ["shut", "loud", "open"] });
  const first = take();
  rig.server.broadcast({ type: "m" }, { room: ["open", "loud", "shut"] });
  const second = take();

  assertEquals(typesOf(first), [["m"], [], ["m"], ["loud"], ["loud"]]);
  assertEquals(typesOf(second), [["m"], [], ["m"], ["m"], ["loud"]]);
  assertEquals(first[4], [loud]);
});

Deno.test("RoomTraffic.filter() keeps a message from who left while it was on its way", () => {
  for (const room of ["r", ["r", "s"]]) {
    const rig = new Rig();
    rig.server.room("*", {
      outgoing: (connection, message) => {
        if (connection === peers.a!.connection) peers.b!.connection.leave("r");
        return message;
      },
    });
    const { peers, take } = peersOf(rig, { a: ["r"], b: ["r"], c: ["r"] });

    const { sent } = rig.server.broadcast({ type: "m" }, { room });

    const types = take().map((got) => got.map((message) => (message as { type: string }).type));
    assertEquals([sent, types], [2, [["m"], ["$left"], ["m"]]]);
  }
});

Deno.test("RoomDesk.subscribe() hears what is broadcast to the room, members or not, and is no member", () => {
  const rig = new Rig();
  const heard: unknown[] = [];
  const off = rig.server.subscribe("a", (message, info) => void heard.push([message, info]));
  const { peers } = peersOf(rig, { one: ["a"] });
  const message: Sendable = { type: "m" };

  rig.server.broadcast(message, { room: "a" });
  rig.server.broadcast("b", { room: ["b", "a"] });
  peers.one!.connection.broadcast("from one", { room: "a" });
  rig.server.broadcast("b", { room: "b" });
  rig.server.broadcast("all");
  peers.one!.connection.send("one");
  const size = rig.server.members("a").size;
  peers.one!.socket.isClosed(1000);
  rig.server.broadcast("nobody", { room: "a" });
  off();
  rig.server.broadcast("late", { room: "a" });

  assertEquals(heard, [
    [message, { room: "a" }],
    ["b", { room: "a" }],
    ["from one", { room: "a" }],
    ["nobody", { room: "a" }],
  ]);
  assertStrictEquals((heard[0] as unknown[])[0], message);
  assertEquals([size, rig.server.rooms.size], [1, 0]);
});

Deno.test("RoomDesk.subscribe() reports a listener that throws; the broadcast and other listeners know nothing of it", async () => {
  const rig = new Rig();
  const heard: unknown[] = [];
  rig.server.subscribe("a", () => {
    throw new Error("sync");
  });
  rig.server.subscribe("a", () => Promise.reject(new Error("async")));
  rig.server.subscribe("a", (message) => void heard.push(message));
  const { take } = peersOf(rig, { one: ["a"] });

  const { sent } = rig.server.broadcast({ type: "m" }, { room: "a" });
  await rig.settle();

  assertEquals([sent, take(), heard, rig.errorTexts], [1, [[{ type: "m" }]], [{ type: "m" }], ["sync", "async"]]);
});

Deno.test("RoomDesk.subscribe() lets a listener broadcast to its own room, a thousand deep", () => {
  const rig = new Rig();
  rig.server.subscribe("a", (message) => {
    const { data } = message as { data: number };
    if (data < 1000) rig.server.broadcast({ type: "n", data: data + 1 }, { room: "a" });
  });
  const { take } = peersOf(rig, { one: ["a"] });

  rig.server.broadcast({ type: "n", data: 1 }, { room: "a" });

  const got = take()[0] as { data: number }[];
  assertEquals([got.length, got.at(-1)?.data, rig.errors], [1000, 1000, []]);
});

Deno.test("RoomDesk.subscribe() refuses names that are none, and what is not a function", () => {
  const { server } = new Rig();

  for (const room of ["", "$all", "x".repeat(129)]) assertThrows(() => server.subscribe(room, () => {}), RangeError);
  assertThrows(() => server.subscribe(5 as unknown as string, () => {}), TypeError);
  assertThrows(() => server.subscribe("a", "listener" as unknown as () => void), TypeError);
});
