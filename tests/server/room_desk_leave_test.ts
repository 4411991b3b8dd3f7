/** Tests of how connections are put into rooms by the server's own code, and how they get out of them. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import type { WebSocketConfig } from "../../src/server/options.ts";
import type { RoomRule } from "../../src/server/room_types.ts";
import { gate, NOTHING, type Peer, Rig } from "./tools/rig.ts";

/** A server that writes down who comes into rooms and goes out of them. */
class RoomRig extends Rig {
  readonly visits: string[] = [];

  constructor(rule: RoomRule = {}, config: WebSocketConfig = {}) {
    super(config);
    this.server.room("*", {
      ...rule,
      onJoin: (entry) => {
        this.visits.push(`+${entry.room}`);
        return rule.onJoin?.(entry);
      },
      onLeave: (visit) => {
        this.visits.push(`-${visit.room}`);
        return rule.onLeave?.(visit);
      },
    });
  }
}

function answersOf({ socket }: Peer): unknown[] {
  return socket.messages.filter((message) => (message as { type: string }).type !== "$welcome");
}

Deno.test("RoomDesk answers every wish to leave alike, and calls onLeave for who was a member, after the answer", () => {
  const rig = new RoomRig({ onLeave: ({ connection }) => void connection.send({ type: "bye" }) });
  const peer = rig.peer({ isManaged: true });
  peer.connection.join("lobby");

  const rooms = ["lobby", "lobby", "never", "", "$all", "__proto__", "x".repeat(1024)];
  rooms.forEach((room, id) => peer.socket.receives({ type: "$leave", id, room }));

  const answers = rooms.map((_, id) => ({ type: "$reply", id, data: null }));
  assertEquals(answersOf(peer), [answers[0], { type: "bye" }, ...answers.slice(1)]);
  assertEquals([rig.visits, peer.connection.rooms, rig.server.rooms.size], [["+lobby", "-lobby"], [], 0]);
});

Deno.test("RoomDesk.join() puts any peer into a room without asking the rule", () => {
  const rig = new RoomRig({ join: () => assert(false) });
  for (const isManaged of [false, true]) {
    const peer = rig.peer({ isManaged });

    const joined = [peer.connection.join("lobby"), peer.connection.join("lobby"), peer.connection.join("other")];

    assertEquals([joined, peer.connection.rooms, answersOf(peer)], [[true, false, true], ["lobby", "other"], []]);
  }
  assertEquals([rig.visits, rig.server.members("lobby").size], [["+lobby", "+other", "+lobby", "+other"], 2]);
});

Deno.test("RoomDesk.join() needs no rule for the room", () => {
  const rig = new Rig();
  const { connection } = rig.peer();

  assertEquals([connection.join("lobby"), rig.server.rooms.has("lobby")], [true, true]);
});

Deno.test("RoomDesk.join() throws for what is no name, and for one room too many, and changes nothing then", () => {
  const rig = new RoomRig({}, { maxRoomsPerConnection: 2, maxRoomNameLength: 5 });
  const { connection } = rig.peer();
  for (const room of ["", "$all", "\udfff", "x".repeat(6)]) assertThrows(() => connection.join(room), RangeError);
  for (const room of [5, null, undefined, {}, ["a"]]) assertThrows(() => connection.join(room as string), TypeError);

  connection.join("a");
  connection.join("x".repeat(5));
  const error = assertThrows(() => connection.join("c"), RangeError);

  assertEquals(
    error.message,
    "Cannot join another room as the connection is in 2, those counted that it is about to join: leave one before, or " +
      'raise "maxRoomsPerConnection"',
  );
  assertEquals([connection.rooms, connection.join("a"), rig.errors], [["a", "xxxxx"], false, []]);
});

Deno.test("RoomDesk.join() counts the rooms that the peer is about to join", async () => {
  const { promise, resolve } = gate();
  const rig = new RoomRig({ join: () => promise }, { maxRoomsPerConnection: 1 });
  const { connection, socket } = rig.peer({ isManaged: true });

  socket.receives({ type: "$join", id: 1, room: "a" });
  assertThrows(() => connection.join("b"), RangeError, "is in 1, those counted that it is about to join");
  resolve();
  await rig.settle();

  assertEquals(connection.rooms, ["a"]);
});

Deno.test("RoomDesk.join() does nothing for a connection that is not open, whatever it was told of its end", async () => {
  const joined: boolean[] = [];
  const rig = new RoomRig({}, {
    handlers: { onClose: (connection) => void joined.push(connection.join("late")) },
  });
  rig.server.on("connection:removed", (connection) => joined.push(connection.join("late")));
  for (const end of [({ connection }: Peer) => connection.close(4000), ({ socket }: Peer) => socket.isClosed(1000)]) {
    const peer = rig.peer({ isManaged: true });
    joined.push(peer.connection.join("early"));
    end(peer);
    joined.push(peer.connection.join("late"), peer.connection.leave("early"));
    if (peer.connection.state !== "closed") peer.socket.isClosed(4000);
    await rig.settle();
  }

  assertEquals(joined.filter(Boolean).length, 2);
  assertEquals([rig.server.rooms.size, rig.visits], [0, ["+early", "-early", "+early", "-early"]]);
  assertEquals(rig.left, NOTHING);
});

Deno.test("RoomDesk.leave() takes a connection out, and tells a managed peer", () => {
  const rig = new RoomRig({ onLeave: ({ connection }) => void connection.send({ type: "bye" }) });
  const managed = rig.peer({ isManaged: true });
  const plain = rig.peer();
  for (const { connection } of [managed, plain]) connection.join("lobby");

  const left = [managed, plain].map(({ connection }) => [connection.leave("lobby"), connection.leave("lobby")]);

  assertEquals(left, [[true, false], [true, false]]);
  assertEquals(answersOf(managed), [{ type: "$left", room: "lobby", code: "removed" }, { type: "bye" }]);
  assertEquals(answersOf(plain), [{ type: "bye" }]);
  assertEquals([rig.visits, rig.server.rooms.size], [["+lobby", "+lobby", "-lobby", "-lobby"], 0]);
});

Deno.test("RoomDesk.leave() takes a name that is none for a room that nobody is in", () => {
  const { connection } = new RoomRig().peer();

  assertEquals(["", "$all", "x".repeat(10_000), "__proto__"].map((room) => connection.leave(room)), [
    false,
    false,
    false,
    false,
  ]);
});

Deno.test("RoomDesk takes who is gone out of all rooms at once, and calls onLeave in a turn of its own", async () => {
  const rooms: (readonly string[])[] = [];
  const rig = new RoomRig({ onLeave: ({ connection }) => void rooms.push(connection.rooms) });
  rig.server.on("connection:removed", (connection) => rooms.push(connection.rooms));
  const { connection, socket } = rig.peer({ isManaged: true });
  for (const room of ["a", "b"]) connection.join(room);
  socket.receives({ type: "$join", id: 1, room: "c", data: "kept" });
  rig.visits.length = 0;

  socket.isClosed(1000);
  const atOnce = [rig.server.rooms.size, rig.visits.length, connection.joins, connection.places];
  await rig.settle();

  assertEquals([atOnce, rig.visits, rooms], [[0, 0, undefined, undefined], ["-a", "-b", "-c"], [[], [], [], []]]);
});

Deno.test("RoomDesk leaves no room behind when a thousand connections come and go", async () => {
  const rig = new RoomRig();

  for (let i = 0; i < 1000; i++) {
    const { connection, socket } = rig.peer({ isManaged: true });
    connection.join(`room ${i % 7}`);
    socket.receives({ type: "$join", id: 1, room: `room ${i}` });
    socket.isClosed(1000);
  }
  await rig.settle();

  assertEquals([rig.server.rooms.size, rig.visits.filter((visit) => visit.startsWith("-")).length], [0, 2000 - 7]);
});

Deno.test("RoomDesk lets a broadcast reach the others when some of its receivers end in the middle of it", async () => {
  const rig = new RoomRig({}, { highWaterBytes: 10, maxBufferedBytes: 20 });
  const peers = Array.from({ length: 6 }, (_, i) => rig.peer({ isManaged: i % 2 === 0 }));
  for (const { connection } of peers) connection.join("lobby");
  for (const { socket } of peers) socket.sent.length = 0;
  const [first, second, , fourth] = peers as [Peer, Peer, Peer, Peer];
  first.socket.bufferedAmount = 21; // it overflows, and is closed
  second.socket.sendError = new Error("broken");
  fourth.socket.readyState = 3;
  rig.visits.length = 0;

  const outcome = rig.server.broadcast({ type: "news" }, { room: "lobby" });
  const during = [...rig.visits];
  await rig.settle();

  assertEquals(outcome, { sent: 3, queued: 0, dropped: 1, merged: 0 });
  assertEquals(peers.map(({ socket }) => socket.sent.length), [0, 0, 1, 0, 1, 1]);
  assertEquals([during, rig.visits, rig.server.members("lobby").size], [[], ["-lobby"], 5]);
});

Deno.test("RoomDesk bears hooks that join, leave, close and broadcast", async () => {
  const rig: RoomRig = new RoomRig({
    onJoin: ({ connection, room }) => {
      if (room === "a") connection.leave("a");
      if (room === "b") connection.join("c");
      if (room === "d") connection.close();
      rig.server.broadcast({ type: "joined" }, { room });
    },
    onLeave: ({ connection, room }) => {
      if (room === "a") connection.join("b");
      rig.server.broadcast({ type: "left" }, { room });
    },
  });
  const { connection, socket } = rig.peer();

  connection.join("a");
  const rooms = connection.rooms;
  connection.join("d");
  await rig.settle();

  assertEquals(rooms, ["b", "c"]);
  assertEquals(rig.visits, ["+a", "-a", "+b", "+c", "+d", "-b", "-c", "-d"]);
  assertEquals(socket.messages, [{ type: "joined" }, { type: "joined" }]);
  assertEquals([rig.server.rooms.size, rig.errors], [0, []]);
});

Deno.test("RoomDesk survives hooks that drive each other round for ever", async () => {
  const rig: RoomRig = new RoomRig({
    onJoin: ({ connection, room }) => void connection.leave(room),
    onLeave: ({ connection, room }) => void connection.join(room),
  });
  const { connection } = rig.peer();

  connection.join("a");
  await rig.settle();

  assert(rig.errors.length > 0 && rig.errors.every((error) => error instanceof RangeError));
  assertEquals(connection.isOpen, true);
});

Deno.test("RoomDesk calls the hooks of the rule in force, and none when it was taken out", () => {
  const rig = new Rig();
  const visits: string[] = [];
  const off = rig.server.room("a", { onJoin: () => void visits.push("+"), onLeave: () => void visits.push("-") });
  const { connection } = rig.peer();

  connection.join("a");
  off();
  const rooms = connection.rooms;
  connection.leave("a");
  connection.join("a");

  assertEquals([visits, rooms, connection.rooms], [["+"], ["a"], ["a"]]);
});

Deno.test("RoomDesk goes on calling onLeave when one throws", async () => {
  const rig = new RoomRig({
    onLeave: ({ room }) => {
      throw new Error(room);
    },
  });
  const { connection, socket } = rig.peer();
  for (const room of ["a", "b"]) connection.join(room);

  socket.isClosed(1000);
  await rig.settle();

  assertEquals([rig.errorTexts, rig.closes.length], [["a", "b"], 1]);
});
