/** Tests of rooms on a whole server: who gets what is broadcast to them, and what connections and selections do with them. */

import { assertEquals, assertThrows } from "@std/assert";
import { decodeBinary } from "../../src/protocol/codec.ts";
import { NOTHING, type Peer, Rig } from "./tools/rig.ts";

/** Peers in rooms: `rooms[i]` are those of the peer `i`. */
function inRooms(rig: Rig, ...rooms: readonly string[][]): Peer[] {
  return rooms.map((own) => {
    const peer = rig.peer();
    for (const room of own) peer.connection.join(room);
    return peer;
  });
}

function got(peers: readonly Peer[]): number[] {
  return peers.map(({ socket }) => socket.sent.length);
}

Deno.test("WebSocketServer.broadcast() to rooms reaches each of their members once, and nobody else", () => {
  const rig = new Rig();
  const peers = inRooms(rig, ["a"], ["b"], ["a", "b"], ["c"], []);

  assertEquals(rig.server.broadcast("x", { room: "a" }), { sent: 2, queued: 0, dropped: 0, merged: 0 });
  assertEquals(got(peers), [1, 0, 1, 0, 0]);
  rig.server.broadcast("x", { room: ["a", "b", "nobody's"] });
  assertEquals(got(peers), [2, 1, 2, 0, 0]);
  rig.server.broadcast("x", { room: [] });
  assertEquals(got(peers), [2, 1, 2, 0, 0]);
  rig.server.broadcast("x", { room: "A" });

  assertEquals(got(peers), [2, 1, 2, 0, 0]);
});

Deno.test("WebSocketServer.broadcast() leaves out connections by id, by room, and those that where does not pick", () => {
  const rig = new Rig();
  const peers = inRooms(rig, ["a"], ["a", "mute"], ["a"], ["mute"], []);
  const [first, , third] = peers;

  rig.server.broadcast("x", { room: "a", exceptRoom: "mute" });
  assertEquals(got(peers), [1, 0, 1, 0, 0]);
  rig.server.broadcast("x", { room: "a", except: [first!.connection.id, "unknown"], exceptRoom: ["mute"] });
  assertEquals(got(peers), [1, 0, 2, 0, 0]);
  rig.server.broadcast("x", { exceptRoom: ["mute", "nobody's"] });
  assertEquals(got(peers), [2, 0, 3, 0, 1]);
  rig.server.broadcast("x", { room: "a", where: (connection) => connection === third!.connection });

  assertEquals(got(peers), [2, 0, 4, 0, 1]);
});

Deno.test("WebSocketConnection.broadcast() to a room leaves out the sender, whether or not it is in the room", () => {
  const rig = new Rig();
  const peers = inRooms(rig, ["a"], ["a"], []);

  peers[0]!.connection.broadcast("x", { room: "a" });
  assertEquals(got(peers), [0, 1, 0]);
  peers[2]!.connection.broadcast("x", { room: "a" });

  assertEquals(got(peers), [1, 2, 0]);
});

Deno.test("WebSocketServer.broadcast() tells managed peers for which rooms a message is, and plain ones nothing", () => {
  const rig = new Rig();
  const [plain] = inRooms(rig, ["a"]);
  const managed = rig.peer({ isManaged: true });
  managed.connection.join("a");

  rig.server.broadcast({ type: "news", data: 1 }, { room: "a" });
  rig.server.broadcast({ type: "news" }, { room: ["a", "b"] });
  rig.server.broadcast("text", { room: "a" });
  rig.server.broadcast(Uint8Array.of(7), { room: "a" });
  rig.server.broadcast({ type: "news" });

  assertEquals(plain!.socket.sent.length, 5);
  assertEquals(plain!.socket.sent.slice(0, 3), ['{"type":"news","data":1}', '{"type":"news"}', "text"]);
  const [, one, two, text, bytes, all] = managed.socket.messages;
  assertEquals([one, two, text, all], [
    { type: "news", data: 1, $room: "a", $at: 1 },
    { type: "news", $room: ["a", "b"], $at: [2, 1] },
    { type: "$value", data: "text", $room: "a", $at: 3 },
    { type: "news", $at: 1 },
  ]);
  assertEquals(decodeBinary(bytes as Uint8Array<ArrayBuffer>), {
    header: { $room: "a", $at: 4 },
    payload: Uint8Array.of(7),
  });
});

Deno.test("a room's outgoing filter changes a message for one receiver, or keeps it from it", () => {
  const rig = new Rig();
  rig.server.room("a", {
    outgoing: (connection, message) => {
      if (connection.data.mode === "none") return null;
      return connection.data.mode === "short" ? { type: "short" } : message;
    },
  });
  const peers = inRooms(rig, ["a"], ["a"], ["a"]);
  peers[1]!.connection.data.mode = "none";
  peers[2]!.connection.data.mode = "short";

  const outcome = rig.server.broadcast({ type: "long", data: 1 }, { room: "a" });

  assertEquals(peers.map(({ socket }) => socket.messages), [[{ type: "long", data: 1 }], [], [{ type: "short" }]]);
  assertEquals(outcome.sent, 2);
});

Deno.test("a filter that throws is told, and the other receivers get their message", () => {
  const rig = new Rig();
  rig.server.room("a", {
    outgoing: (connection, message) => {
      if (connection.data.isBad === true) throw new Error("no filter for this one");
      return message;
    },
  });
  const peers = inRooms(rig, ["a"], ["a"]);
  peers[0]!.connection.data.isBad = true;

  rig.server.broadcast("x", { room: "a" });

  assertEquals([got(peers), rig.errorTexts], [[0, 1], ["no filter for this one"]]);
});

Deno.test("one member whose socket fails does not keep a room's message from the others", () => {
  const rig = new Rig();
  const peers = inRooms(rig, ["a"], ["a"], ["a"]);
  peers[1]!.socket.sendError = new Error("broken");

  rig.server.broadcast("x", { room: "a" });

  assertEquals([got(peers), rig.errorTexts], [[1, 0, 1], ["broken"]]);
});

Deno.test("WebSocketServer.broadcast() inside of a room's broadcast, a thousand deep, ends", () => {
  const rig = new Rig();
  let depth = 0;
  rig.server.subscribe("a", () => {
    if (++depth < 1_000) rig.server.broadcast("x", { room: "a" });
  });
  const [peer] = inRooms(rig, ["a"]);

  rig.server.broadcast("x", { room: "a" });

  assertEquals([depth, peer!.socket.sent.length, rig.errors], [1_000, 1_000, []]);
});

Deno.test("WebSocketServer.broadcast() sends what a value was at the time of the call", () => {
  const rig = new Rig();
  const [plain] = inRooms(rig, ["a"]);
  const message = { type: "news", data: [1] };

  rig.server.broadcast(message, { room: "a" });
  message.data.push(2);

  assertEquals(plain!.socket.sent, ['{"type":"news","data":[1]}']);
});

Deno.test("WebSocketConnection.rooms and WebSocketServer.rooms and members() say the same", () => {
  const rig = new Rig();
  const [one, two] = inRooms(rig, ["a", "b"], ["a"]);
  const { server } = rig;

  assertEquals([one!.connection.rooms, two!.connection.rooms], [["a", "b"], ["a"]]);
  assertEquals([[...server.rooms], server.rooms.size, server.rooms.has("b"), server.rooms.has("c")], [
    ["a", "b"],
    2,
    true,
    false,
  ]);
  assertEquals([...server.members("a")], [one!.connection, two!.connection]);
  assertEquals([server.members("a").size, server.members("a").ids()], [2, [one!.connection.id, two!.connection.id]]);
  assertEquals([[...server.members("c")], server.members("c").size], [[], 0]);
  assertEquals(server.getStats().rooms, 2);
});

Deno.test("a connection that ends leaves its rooms, and empty rooms vanish", async () => {
  const rig = new Rig();
  const [one, two] = inRooms(rig, ["a", "b"], ["a"]);

  one!.socket.isClosed(1001);
  assertEquals([[...rig.server.rooms], [...rig.server.members("a")]], [["a"], [two!.connection]]);
  assertEquals(one!.connection.rooms, []);
  assertEquals(one!.connection.join("a"), false);
  two!.connection.close();
  assertEquals(rig.server.rooms.size, 0);
  two!.socket.isClosed(1000);
  await rig.settle();

  assertEquals(rig.left, NOTHING);
});

Deno.test("a handler may take members out while a room's message is on its way", () => {
  const rig = new Rig();
  const peers = inRooms(rig, ["a"], ["a"], ["a"]);
  rig.server.room("a", {
    outgoing: (connection, message) => {
      if (connection === peers[0]!.connection) peers[1]!.connection.leave("a");
      if (connection === peers[0]!.connection) peers[2]!.connection.close();
      return message;
    },
  });

  rig.server.broadcast("x", { room: "a" });

  assertEquals([got(peers)[0], rig.errors, [...rig.server.members("a")]], [1, [], [peers[0]!.connection]]);
});

Deno.test("WebSocketConnection.join() refuses bad names and too many rooms", () => {
  const rig = new Rig({ maxRoomsPerConnection: 2, maxRoomNameLength: 5 });
  const { connection } = rig.peer();

  for (const bad of ["", "123456", "$all"]) assertThrows(() => connection.join(bad), RangeError);
  assertEquals([connection.join("12345"), connection.join("12345"), connection.join("b")], [true, false, true]);
  assertThrows(() => connection.join("c"), RangeError, "maxRoomsPerConnection");

  assertEquals(connection.rooms, ["12345", "b"]);
});

Deno.test("Selection.join(), leave(), send() and close() act on those of the moment", () => {
  const rig = new Rig();
  const peers = inRooms(rig, ["red"], ["red"], []);
  const red = rig.server.select(({ rooms }) => rooms.includes("red"));

  assertEquals([red.size, red.join("blue"), red.join("blue")], [2, 2, 0]);
  assertEquals(rig.server.members("blue").size, 2);
  assertEquals(red.send("x").sent, 2);
  assertEquals(red.leave("red"), 2);
  assertEquals([red.size, red.send("y").sent], [0, 0]);
  assertEquals(rig.server.select(({ rooms }) => rooms.includes("blue")).close(4000, "done"), 2);

  assertEquals(peers.map(({ socket }) => socket.closes.length), [1, 1, 0]);
});

Deno.test("WebSocketServer.broadcast() fires message:sent once for a room, with counts", () => {
  const rig = new Rig();
  inRooms(rig, ["a"], ["a"]);
  const sent: unknown[] = [];
  rig.server.on("message:sent", ({ outcome }) => sent.push(outcome));

  rig.server.broadcast("x", { room: "a" });

  assertEquals(sent, [{ sent: 2, queued: 0, dropped: 0, merged: 0 }]);
});

Deno.test("WebSocketServer.broadcast() refuses rooms and exceptions that are none, before anybody gets anything", () => {
  const rig = new Rig();
  const peers = inRooms(rig, ["a"], []);
  peers.push(rig.peer({ isManaged: true }));
  const before = got(peers);

  for (const room of [undefined, null, new Set(["a"]), 5, {}, () => "a"]) {
    const options = { room: room as unknown as string };
    assertThrows(() => rig.server.broadcast("x", options), TypeError, '"room" must be');
    assertThrows(() => peers[0]!.connection.broadcast("x", options), TypeError, '"room" must be');
  }
  for (const bad of [null, new Set(["a"]), peers[0]!.connection]) {
    assertThrows(() => rig.server.broadcast("x", { except: bad as unknown as string }), TypeError, '"except" must be');
    assertThrows(() => rig.server.broadcast("x", { exceptRoom: bad as unknown as string }), TypeError, '"exceptRoom"');
  }

  assertEquals(got(peers), before);
});

Deno.test("a filter may give text or bytes, and is told when it gives a promise", async () => {
  const rig = new Rig();
  const failure = new Error("not heard twice");
  const given: unknown[] = ["text", Uint8Array.of(1), Promise.resolve("late"), Promise.reject(failure), 5];
  rig.server.room("a", { outgoing: (connection) => given[connection.data.at as number] as string });
  const peers = inRooms(rig, ...given.map(() => ["a"]));
  for (const [at, { connection }] of peers.entries()) connection.data.at = at;

  rig.server.broadcast({ type: "x" }, { room: "a" });
  await rig.settle();

  assertEquals(peers.map(({ socket }) => socket.sent), [["text"], [Uint8Array.of(1)], [], [], ["5"]]);
  assertEquals(rig.errorTexts.length, 2);
  for (const text of rig.errorTexts) assertEquals(text.includes("promise"), true, text);
});

Deno.test("where is told when it gives a promise, and picks nobody then", async () => {
  const rig = new Rig();
  const peers = inRooms(rig, ["a"], ["a"]);
  const late = (() => Promise.reject(new Error("late"))) as unknown as () => boolean;

  assertEquals(rig.server.broadcast("x", { where: late }).sent, 0);
  assertEquals(rig.server.broadcast("x", { room: "a", where: late }).sent, 0);
  assertThrows(() => rig.server.select(late).size, TypeError, "promise");
  await rig.settle();

  assertEquals([got(peers), rig.errors.length], [[0, 0], 4]);
});

Deno.test("where may say yes and no with any value", () => {
  const rig = new Rig();
  const peers = inRooms(rig, [], [], [], []);
  const values = [1, "", {}, undefined];

  const where = (() => values.shift()) as unknown as () => boolean;
  rig.server.broadcast("x", { where });

  assertEquals(got(peers), [1, 0, 1, 0]);
});

Deno.test("WebSocketServer.broadcast() of bytes to more rooms than a header can name is refused before anybody gets it", () => {
  const rig = new Rig();
  const [plain] = inRooms(rig, ["a"]);
  const managed = rig.peer({ isManaged: true });
  managed.connection.join("a");
  const before = managed.socket.sent.length;
  const room = ["a", ...Array.from({ length: 10_000 }, (_, i) => `room-${i}`)];

  assertThrows(() => rig.server.broadcast(Uint8Array.of(1), { room }), RangeError, "65535");
  assertEquals([plain!.socket.sent.length, managed.socket.sent.length], [0, before]);
  rig.server.broadcast("text", { room });

  assertEquals([plain!.socket.sent.length, managed.socket.sent.length], [1, before + 1]);
});

Deno.test("a listener for message:sent that throws is told, and keeps nothing from anybody", () => {
  const rig = new Rig();
  const peers = inRooms(rig, ["a"], ["a"]);
  rig.server.on("message:sent", () => {
    throw new Error("in a listener");
  });

  assertEquals(rig.server.broadcast("x", { room: "a" }).sent, 2);

  assertEquals([got(peers), rig.errorTexts], [[1, 1], ["in a listener"]]);
});
