import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import type { ClientRoom, JoinOptions } from "../../src/client/conversation_types.ts";
import { ConnectionClosedError, RemoteError, RequestTimeoutError } from "../../src/errors.ts";
import {
  coldClient,
  comeBack,
  connectManaged,
  type FakeSocket,
  managedClient,
  plainClient,
  plainModeClient,
  RESUMED,
  sentAfterHello,
  sessionClient,
  settle,
  toldOf,
  unreadClient,
  WELCOME,
} from "./fakes.ts";

type Test = ReturnType<typeof managedClient> & { socket: FakeSocket };

/** A managed client that is connected. */
async function connected(config: Parameters<typeof managedClient>[0] = {}): Promise<Test> {
  const test = managedClient(config);
  return { ...test, socket: await connectManaged(test) };
}

/** Lets a client that is connected lose its connection and come back. */
async function reconnect({ platform, socket }: Test, ...behindWelcome: object[]): Promise<FakeSocket> {
  socket.break();
  platform.ring();
  const next = await platform.nextSocket();
  next.open("switchboard.v1");
  next.receive([WELCOME, ...behindWelcome]);
  return next;
}

function helloOf(socket: FakeSocket): Record<string, unknown> {
  return socket.sentJson[0] as Record<string, unknown>;
}

/** The last message of a type that was sent. */
function lastOf(socket: FakeSocket, type: string): { id: string; room: string; data?: unknown } {
  const found = sentAfterHello(socket).findLast((message) => (message as { type: string }).type === type);
  assert(found !== undefined, `no ${type} was sent`);
  return found as { id: string; room: string };
}

/** Answers the last message of a type. */
async function answer(socket: FakeSocket, type: string, data: unknown = null): Promise<void> {
  await socket.until(type);
  socket.receive({ type: "$reply", id: lastOf(socket, type).id, data });
}

async function refuse(socket: FakeSocket, type: string, code = "forbidden"): Promise<void> {
  await socket.until(type);
  socket.receive({ type: "$error", id: lastOf(socket, type).id, error: { code, message: "No" } });
}

/** Joins a room. */
async function join(test: Test, name: string, data?: unknown, options?: JoinOptions): Promise<ClientRoom> {
  const joining = test.client.join(name, data, options);
  await answer(test.socket, "$join");
  return await joining;
}

/** What was told of rooms that are left. */
function leftOf({ told }: Test): unknown[] {
  return told.filter(([name]) => name === "room:left").map(([, event]) => event);
}

Deno.test("WebSocketClient.join() asks with its data, and gives the room with what the server said", async () => {
  const { client, socket } = await connected();

  const joining = client.join("chat/1", { as: "ada" });
  const before = client.rooms;
  await socket.until("$join");
  const sent = sentAfterHello(socket);
  await answer(socket, "$join", { members: 3 });
  const room = await joining;

  assertEquals(sent, [{ type: "$join", room: "chat/1", data: { as: "ada" }, id: lastOf(socket, "$join").id }]);
  assertEquals([room.name, room.reply, room.isJoined], ["chat/1", { members: 3 }, true]);
  assertEquals([before, client.rooms], [[], [room]]);
});

Deno.test("WebSocketClient.join() rejects with what the server said, and forgets the room", async () => {
  const test = await connected();
  const { client, socket, told } = test;

  const joining = client.join("secret");
  await refuse(socket, "$join");

  const error = await assertRejects(() => joining, RemoteError, "No");
  assertEquals([error.remoteCode, client.rooms], ["forbidden", []]);
  assertEquals([leftOf(test), toldOf(told, "error")], [[], []]);
  const next = await reconnect(test);
  assertEquals(sentAfterHello(next), []);
});

Deno.test("WebSocketClient.join() of a room that it is in gives the same room, and asks nothing", async () => {
  const test = await connected();
  const first = test.client.join("a", 1);
  const second = test.client.join("a", 2);
  await answer(test.socket, "$join");

  const rooms = [await first, await second, await test.client.join("a")];

  assertEquals([new Set(rooms).size, sentAfterHello(test.socket).length], [1, 1]);
});

Deno.test("WebSocketClient.join() does not count as one of maxPendingRequests", async () => {
  const { client, socket } = await connected({ maxPendingRequests: 1 });
  client.request("slow").catch(() => {});

  const joining = client.join("a");
  await answer(socket, "$join");

  assertEquals((await joining).isJoined, true);
});

Deno.test("WebSocketClient.join() waits for the connection, and goes out before messages that waited", async () => {
  const test = managedClient();
  test.client.send({ type: "first", room: "a" });
  const joining = test.client.join("a");
  const socket = await connectManaged(test);
  await answer(socket, "$join");

  await joining;
  assertEquals(sentAfterHello(socket), [lastOf(socket, "$join"), { type: "first", room: "a" }]);
});

Deno.test("WebSocketClient.join() rejects when no answer comes for 30 s, and makes sure that it is not in", async () => {
  const { client, socket, platform } = await connected({ heartbeatInterval: 0 });
  const joining = client.join("slow");
  const rejection = assertRejects(() => joining, RequestTimeoutError, "$join");
  await socket.until("$join");

  platform.advance(30_000);

  await rejection;
  const { id } = lastOf(socket, "$join");
  assertEquals(sentAfterHello(socket).slice(1), [{ type: "$cancel", id }, lastOf(socket, "$leave")]);
  assertEquals([lastOf(socket, "$leave").room, client.rooms], ["slow", []]);
});

Deno.test("WebSocketClient.join() that is not answered before the connection is lost is asked again on the next one", async () => {
  const test = await connected();
  const joining = test.client.join("a", { n: 1 });

  const next = await reconnect(test);
  await answer(next, "$join", "welcome");

  assertEquals([lastOf(next, "$join").data, (await joining).reply], [{ n: 1 }, "welcome"]);
});

for (const state of ["idle", "open"] as const) {
  Deno.test(`WebSocketClient.join() rejects when the client is disconnected while ${state}`, async () => {
    const test = managedClient();
    const socket = state === "open" ? await connectManaged(test) : undefined;
    const joining = test.client.join("a");
    const rejection = assertRejects(() => joining, ConnectionClosedError);

    const closed = test.client.disconnect();
    socket?.end();
    await closed;

    await rejection;
    await assertRejects(() => test.client.join("b"), ConnectionClosedError);
    assertEquals([test.client.rooms, test.platform.timers], [[], 0]);
  });
}

for (const name of ["", 5, undefined, {}]) {
  Deno.test(`WebSocketClient.join() rejects for the name ${JSON.stringify(name)}`, async () => {
    const { client, socket } = await connected();

    await assertRejects(() => client.join(name as string), TypeError, '"room"');
    assertEquals(sentAfterHello(socket), []);
  });
}

Deno.test("WebSocketClient.join() rejects with the plain protocol, which has no rooms", async () => {
  const { client } = await plainModeClient();

  await assertRejects(() => client.join("a"), TypeError, "plain");
  assertEquals(client.rooms, []);
});

Deno.test("WebSocketClient joins its rooms again on every new connection, in their order, before what waited", async () => {
  const test = await connected();
  const a = await join(test, "a", { n: 1 });
  await join(test, "b");
  test.socket.break();
  a.send({ type: "chat", data: "offline" });
  const states = [a.isJoined];

  test.platform.ring();
  const next = await test.platform.nextSocket();
  next.open("switchboard.v1");
  states.push(a.isJoined);
  next.receive(WELCOME);
  const [first, second, third] = sentAfterHello(next) as { id: string; type: string; room: string; data: unknown }[];
  next.receive({ type: "$reply", id: first!.id, data: "again" });
  await settle();

  assertEquals([first?.type, first?.room, first?.data], ["$join", "a", { n: 1 }]);
  assertEquals([second?.type, second?.room, third], ["$join", "b", { type: "chat", data: "offline", room: "a" }]);
  assertEquals([[...states, a.isJoined], a.reply, test.client.rooms.length], [[false, false, true], "again", 2]);
});

Deno.test("WebSocketClient asks a function for the data of a room each time", async () => {
  const test = await connected();
  let since = 0;
  const joining = test.client.join("a", () => ({ since: since++ }));
  await answer(test.socket, "$join");
  await joining;

  const next = await reconnect(test);

  assertEquals([test.socket, next].map((socket) => lastOf(socket, "$join").data), [{ since: 0 }, { since: 1 }]);
});

Deno.test("WebSocketClient calls onRejoin each time a room was joined again, and not the first time", async () => {
  const replies: unknown[] = [];
  const test = await connected();
  await join(test, "a", undefined, { onRejoin: (reply) => replies.push(reply) });

  const next = await reconnect(test);
  await answer(next, "$join", "one");
  await settle();
  const last = await reconnect({ ...test, socket: next });
  await answer(last, "$join", "two");
  await settle();

  assertEquals(replies, ["one", "two"]);
});

for (
  const onRejoin of [() => Promise.reject(new Error("broken")), () => {
    throw new Error("broken");
  }]
) {
  Deno.test("WebSocketClient stays in a room whose onRejoin fails, and gives the error to onError", async () => {
    const test = await connected();
    const room = await join(test, "a", undefined, { onRejoin });

    const next = await reconnect(test);
    await answer(next, "$join");
    await settle();

    assertEquals([room.isJoined, leftOf(test), sentAfterHello(next).length], [true, [], 1]);
    assertEquals(toldOf(test.told, "error").at(-1)?.message, "broken");
  });
}

Deno.test("WebSocketClient tells of a room that it is not let into again, by room:left alone, and forgets it", async () => {
  const test = await connected();
  const room = await join(test, "a");

  const next = await reconnect(test);
  const before = toldOf(test.told, "error").length;
  await refuse(next, "$join");
  await settle();

  const [event] = leftOf(test) as { room: string; code: string; error: Error }[];
  assertEquals([event?.room, event?.code, room.isJoined, test.client.rooms], ["a", "forbidden", false, []]);
  assertInstanceOf(event?.error, RemoteError);
  assertEquals(toldOf(test.told, "error").length, before);
  assertEquals(sentAfterHello(await reconnect({ ...test, socket: next })), []);
});

Deno.test("WebSocketClient tells of a room whose join is not answered any more, and leaves it", async () => {
  const test = await connected({ heartbeatInterval: 0 });
  await join(test, "a");

  const next = await reconnect(test);
  test.platform.advance(30_000);
  await settle();

  const [event] = leftOf(test) as { code: string; error: Error }[];
  assertEquals([event?.code, lastOf(next, "$leave").room], ["request_timeout", "a"]);
  assertInstanceOf(event?.error, RequestTimeoutError);
});

Deno.test("WebSocketClient tells of a room whose function for the data fails when it is joined again", async () => {
  const test = await connected();
  let isBroken = false;
  const data = () => {
    if (isBroken) throw new Error("no data");
  };
  const joining = test.client.join("a", data);
  await answer(test.socket, "$join");
  await joining;
  isBroken = true;

  const next = await reconnect(test);
  await settle();

  const [event] = leftOf(test) as { room: string; code: string; error: Error }[];
  assertEquals([event?.room, event?.code, event?.error.message], ["a", "internal_error", "no data"]);
  assertEquals(sentAfterHello(next), []);
});

Deno.test("WebSocketClient tells when the server takes it out of a room, and does not join it again", async () => {
  const test = await connected();
  const room = await join(test, "a");

  test.socket.receive({ type: "$left", room: "a", code: "removed" });
  test.socket.receive({ type: "$left", room: "a", code: "removed" });
  test.socket.receive({ type: "$left", room: "unknown", code: "removed" });

  assertEquals(leftOf(test), [{ room: "a", code: "removed", error: undefined }]);
  assertEquals([room.isJoined, test.client.rooms], [false, []]);
  assertEquals(sentAfterHello(await reconnect(test)), []);
});

Deno.test("WebSocketClient.on() knows room:left with its own types, and the client of ./client/plain does not", async () => {
  const test = await connected();
  const rooms: string[] = [];
  const off = test.client.on("room:left", ({ room }) => rooms.push(room));
  for (const name of ["a", "b"]) await join(test, name);

  test.socket.receive({ type: "$left", room: "a", code: "removed" });
  off();
  test.socket.receive({ type: "$left", room: "b", code: "removed" });

  assertEquals(rooms, ["a"]);
  assertThrows(() => test.client.on("room:lost" as "room:left", () => {}), TypeError, "room:left");
  assertThrows(() => plainClient().client.on("room:left" as "open", () => {}), TypeError, '"event" must be one of');
});

Deno.test("WebSocketClient does not take a $left for the room that it has just asked to join again", async () => {
  const test = await connected();
  const room = await join(test, "a");
  const leaving = room.leave();
  const joining = test.client.join("a");

  // It crossed with our leave.
  test.socket.receive({ type: "$left", room: "a", code: "forbidden" });
  await answer(test.socket, "$leave");
  await answer(test.socket, "$join");
  await leaving;

  assertEquals([(await joining).isJoined, leftOf(test)], [true, []]);
});

Deno.test("ClientRoom.leave() resolves when the server has answered, and never joins again", async () => {
  const test = await connected();
  const room = await join(test, "a");
  let isLeft = false;

  const leaving = room.leave().then(() => isLeft = true);
  await settle();
  const before = [isLeft, room.isJoined, test.client.rooms];
  await answer(test.socket, "$leave");
  await leaving;
  await room.leave();

  assertEquals([before, lastOf(test.socket, "$leave").room], [[false, false, []], "a"]);
  assertEquals(sentAfterHello(test.socket).length, 2);
  assertEquals([leftOf(test), sentAfterHello(await reconnect(test))], [[], []]);
});

Deno.test("ClientRoom.leave() resolves at once without a connection, and when the connection is lost", async () => {
  const test = await connected();
  const [a, b] = [await join(test, "a"), await join(test, "b")];

  const leaving = a.leave();
  test.socket.break();
  await leaving;
  await b.leave();

  assertEquals(test.client.rooms, []);
});

Deno.test("ClientRoom.leave() rejects when the server says no or nothing", async () => {
  const test = await connected({ heartbeatInterval: 0 });
  const [a, b] = [await join(test, "a"), await join(test, "b")];

  const leavingA = a.leave();
  await refuse(test.socket, "$leave", "unsupported");
  await assertRejects(() => leavingA, RemoteError);
  const leavingB = b.leave();
  const rejection = assertRejects(() => leavingB, RequestTimeoutError);
  test.platform.advance(30_000);
  await rejection;

  assertEquals(test.client.rooms, []);
});

Deno.test("WebSocketClient.join() after leave() gives another room", async () => {
  const test = await connected();
  const first = await join(test, "a");
  const leaving = first.leave();
  await answer(test.socket, "$leave");
  await leaving;

  const second = await join(test, "a");

  assertEquals([first === second, first.isJoined, second.isJoined], [false, false, true]);
});

Deno.test("WebSocketClient.disconnect() forgets all rooms, so that connect() begins anew", async () => {
  const test = await connected();
  const room = await join(test, "a");
  const closed = test.client.disconnect();
  test.socket.end();
  await closed;

  const connecting = test.client.connect();
  const next = await test.platform.nextSocket();
  next.open("switchboard.v1");
  next.receive(WELCOME);
  await connecting;

  assertEquals([room.isJoined, test.client.rooms, sentAfterHello(next), leftOf(test)], [false, [], [], []]);
});

Deno.test("WebSocketClient keeps a room that is joined in onClose after connect()", async () => {
  const rooms: Promise<ClientRoom>[] = [];
  const test = await connected({
    handlers: {
      onClose: () => {
        if (rooms.length > 0) return;
        test.client.connect();
        rooms.push(test.client.join("a"));
      },
    },
  });
  test.socket.end(1000);

  const next = await test.platform.nextSocket();
  next.open("switchboard.v1");
  next.receive(WELCOME);
  await answer(next, "$join");

  assertEquals((await Promise.all(rooms)).map(({ isJoined }) => isJoined), [true]);
});

Deno.test("ClientRoom.send() names the room, and waits for the connection like any message", async () => {
  const test = await connected();
  const room = await join(test, "a");

  const outcomes = [room.send({ type: "chat", data: 1, extra: true })];
  test.socket.break();
  outcomes.push(room.send({ type: "chat", data: 2 }));

  assertEquals(outcomes, ["sent", "queued"]);
  assertEquals(sentAfterHello(test.socket).at(-1), { type: "chat", data: 1, extra: true, room: "a" });
});

for (const nonsense of ["words", null, undefined, { data: 1 }, { type: 1 }]) {
  Deno.test(`ClientRoom.send() throws for ${JSON.stringify(nonsense)}`, async () => {
    const room = await join(await connected(), "a");

    assertThrows(() => room.send(nonsense as { type: string }), TypeError, '"message"');
  });
}

Deno.test("ClientRoom.request() asks in the room", async () => {
  const test = await connected();
  const room = await join(test, "a");

  const answering = room.request("who", { x: 1 }, { timeoutMs: 1_000 });
  const sent = sentAfterHello(test.socket).at(-1);
  await answer(test.socket, "who", ["ada"]);

  const { id } = lastOf(test.socket, "who");
  assertEquals(sent, { type: "who", data: { x: 1 }, room: "a", id, $timeoutMs: 1_000 });
  assertEquals(await answering, ["ada"]);
});

Deno.test("ClientRoom.handle() gets what was sent to its room, in place of the client's handler and of onMessage", async () => {
  const seen: unknown[] = [];
  const test = await connected({ handlers: { onMessage: ({ data }) => void seen.push(["onMessage", data]) } });
  const { client, socket } = test;
  const [a, b] = [await join(test, "a"), await join(test, "b")];
  client.handle("chat", (data, { room }) => void seen.push(["client", data, room]));
  a.handle("chat", (data, { room, message }) => void seen.push(["a", data, room, message]));

  socket.receive({ type: "chat", data: 1, $room: "a" });
  socket.receive({ type: "chat", data: 2, $room: "b" });
  socket.receive({ type: "chat", data: 3 });
  socket.receive({ type: "other", data: 4, $room: "a" });
  socket.receive({ type: "chat", data: 5, $room: "unknown" });
  b.handle("chat", (data) => void seen.push(["b", data]));
  socket.receive({ type: "chat", data: 6, $room: ["a", "b", 5] });
  socket.receive({ type: "chat", data: 7, $room: 5 });

  const told = toldOf(test.told, "message").map(({ data }) => data);
  assertEquals(seen, [
    ["a", 1, "a", { type: "chat", data: 1 }],
    ["client", 2, "b"],
    ["client", 3, undefined],
    ["onMessage", 4],
    ["client", 5, "unknown"],
    ["a", 6, "a", { type: "chat", data: 6 }],
    ["b", 6],
    ["client", 7, undefined],
  ]);
  assertEquals(told, [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("ClientRoom.handle() of several rooms gives one answer, from one of them", async () => {
  const test = await connected();
  const asked: string[] = [];
  for (const name of ["a", "b"]) {
    (await join(test, name)).handle("ask", () => {
      asked.push(name);
      return name;
    });
  }

  test.socket.receive({ type: "ask", id: 1, $room: ["a", "b"] });
  await settle();

  assertEquals([asked, sentAfterHello(test.socket).slice(2)], [["a"], [{ type: "$reply", id: 1, data: "a" }]]);
});

Deno.test("ClientRoom.handle() gets bytes and text that were sent to its room", async () => {
  const test = await connected();
  const room = await join(test, "a");
  const seen: unknown[] = [];
  for (const type of ["text", "binary"]) room.handle(type, (data) => void seen.push(data));
  const header = new TextEncoder().encode('{"$room":"a"}');

  test.socket.receive({ type: "$value", data: "words", $room: "a" });
  test.socket.receive(new Uint8Array([0, header.length, ...header, 1, 2]));

  assertEquals(seen, ["words", new Uint8Array([1, 2])]);
});

Deno.test("ClientRoom.handle() takes handlers off, throws for a second one, and forgets them with the room", async () => {
  const test = await connected();
  const room = await join(test, "a");
  const seen: unknown[] = [];
  const off = room.handle("x", (data) => void seen.push(data));
  assertThrows(() => room.handle("x", () => {}), TypeError, "twice");
  assertThrows(() => room.handle("$x", () => {}), TypeError);
  off();
  room.handle("y", (data) => void seen.push(data));

  test.socket.receive({ type: "x", data: 1, $room: "a" });
  test.socket.receive({ type: "y", data: 2, $room: "a" });
  room.leave().catch(() => {});
  test.socket.receive({ type: "y", data: 3, $room: "a" });

  assertEquals(seen, [2]);
});

Deno.test("ClientRoom.handle() gets what was sent to its room and nobody read, and leaves the others", async () => {
  const test = await unreadClient();
  const seen: unknown[] = [];
  const room = await join(test, "a");
  test.socket.receive([{ type: "x", data: 1, $room: "a" }, { type: "x", data: 2 }]);

  room.handle("x", (data) => void seen.push(data));
  await settle();
  test.client.handle("x", (data) => void seen.push(data));
  await settle();

  assertEquals(seen, [1, 2]);
});

Deno.test("WebSocketClient.join() has the handlers in its options ready for what stands behind the answer", async () => {
  const test = await connected();
  const seen: unknown[] = [];
  const joining = test.client.join("a", undefined, { handlers: { chat: (data) => void seen.push(data) } });
  await test.socket.until("$join");
  const { id } = lastOf(test.socket, "$join");

  test.socket.receive([{ type: "$reply", id, data: null }, { type: "chat", data: "first", $room: "a" }]);
  const room = await joining;

  assertEquals(seen, ["first"]);
  assertThrows(() => room.handle("chat", () => {}), TypeError);
});

Deno.test("ClientRoom is the same object across connections, and keeps its handlers", async () => {
  const test = await connected();
  const room = await join(test, "a");
  const seen: unknown[] = [];
  room.handle("chat", (data) => void seen.push(data));

  const next = await reconnect(test);
  await answer(next, "$join");
  next.receive({ type: "chat", data: 1, $room: "a" });
  await settle();

  assertStrictEquals(await test.client.join("a"), room);
  assertEquals([seen, room.isJoined], [[1], true]);
});

/** Joins a room on a connection with a session, and puts it at offset 5 of its log. */
async function joinLogged(test: Test, name: string, options?: JoinOptions): Promise<ClientRoom> {
  const joining = test.client.join(name, undefined, options);
  await test.socket.until("$join");
  const { id } = lastOf(test.socket, "$join");
  test.socket.receive({ type: "$reply", id, data: `in ${name}`, epoch: "e", offset: 5 });
  return await joining;
}

Deno.test("WebSocketClient does not join again the rooms in which its session goes on, and calls onRejoin", async () => {
  const test = await sessionClient();
  const rejoined: unknown[] = [];
  const options = { onRejoin: (...what: unknown[]) => void rejoined.push(what) };
  const [a, b] = [await joinLogged(test, "a", options), await joinLogged(test, "b", options)];
  test.socket.break();
  const between = [a.isJoined, b.isJoined];

  const next = await comeBack(test, {
    ...RESUMED,
    rooms: { a: { epoch: "e", offset: 5, recovered: true }, other: {} },
  });
  const sent = sentAfterHello(next) as { room: string; since: unknown }[];
  const before = [a.isJoined, b.isJoined];
  next.receive([
    { type: "$reply", id: lastOf(next, "$join").id, data: "again", epoch: "f", offset: 1, recovered: false },
    { type: "x", $room: "b", $at: 1 },
    { type: "x", $room: "b", $at: 2 },
  ]);
  await settle();

  assertEquals(helloOf(next).positions, { a: { epoch: "e", offset: 5 }, b: { epoch: "e", offset: 5 } });
  assertEquals(sent.map(({ room, since }) => [room, since]), [["b", { epoch: "e", offset: 5 }]]);
  assertEquals([between, before, b.isJoined, b.reply], [[false, false], [true, false], true, "again"]);
  const [toA, toB] = [
    { room: "a", recovered: true, reason: undefined },
    { room: "b", recovered: false, reason: "too_old" },
  ];
  assertEquals(rejoined, [["in a", toA], ["again", toB]]);
  const names = test.told.map(([name, event]) => name === "recovery" ? (event as { room: string }).room : name);
  assertEquals(names.slice(names.lastIndexOf("open")), ["open", "$inbox", "a", "other", "b", "message"]);
});

Deno.test("WebSocketClient joins all rooms again, each from its place, when its session is lost", async () => {
  const test = await sessionClient();
  for (const name of ["a", "b"]) await joinLogged(test, name);

  const next = await comeBack(test, { rooms: { $all: {} } });

  const sent = sentAfterHello(next) as { room: string; since: unknown }[];
  const since = { epoch: "e", offset: 5 };
  assertEquals(sent.map(({ room, since }) => [room, since]), [["a", since], ["b", since]]);
});

Deno.test("WebSocketClient.join() that was not answered is asked again, also where the session goes on", async () => {
  const test = await sessionClient();
  const joining = test.client.join("a");
  await test.socket.until("$join");

  const next = await comeBack(test, { ...RESUMED, rooms: { a: { epoch: "e", offset: 5 } } });
  await answer(next, "$join", "hi");

  assertEquals((await joining).reply, "hi");
});

Deno.test("ClientRoom.leave() that was not answered is asked again where the session still has us in the room", async () => {
  const test = await sessionClient();
  const [a, b, c, d] = [
    await joinLogged(test, "a"),
    await joinLogged(test, "b"),
    await joinLogged(test, "c"),
    await joinLogged(test, "d"),
  ];
  const leaving = [a.leave(), b.leave()];
  test.socket.break();
  await Promise.all([...leaving, c.leave(), d.leave()]);
  const joining = test.client.join("d");

  const next = await comeBack(test, { ...RESUMED, rooms: { a: {}, c: {}, d: {}, other: {} } });
  const sent = sentAfterHello(next) as { type: string; room: string; id: string }[];
  for (const { id } of sent) next.receive({ type: "$reply", id, data: null });
  await joining;

  assertEquals(helloOf(next).positions, undefined);
  assertEquals(sent.map(({ type, room }) => [type, room]), [["$join", "d"], ["$leave", "a"], ["$leave", "c"]]);
  assertEquals(sentAfterHello(await comeBack(test, { ...RESUMED, rooms: { a: {}, d: {} } })), []);
});

Deno.test("ClientRoom.leave() is not asked again where the session is lost", async () => {
  const test = await sessionClient();
  const room = await joinLogged(test, "a");
  test.socket.break();
  await room.leave();

  const next = await comeBack(test);
  const last = await comeBack(test, { ...RESUMED, rooms: { a: {} } });

  assertEquals([sentAfterHello(next), sentAfterHello(last)], [[], []]);
});

Deno.test("WebSocketClient forgets its place in a room that it was taken out of", async () => {
  const test = await sessionClient();
  await joinLogged(test, "a");

  test.socket.receive({ type: "$left", room: "a", code: "removed" });

  assertEquals(helloOf(await comeBack(test, RESUMED)).positions, undefined);
});

Deno.test("WebSocketClient.join() is not overtaken by what is sent while rooms are being loaded", async () => {
  const test = await coldClient();
  const { socket } = test;

  const joining = [test.client.join("a"), test.client.join("b")];
  const outcome = test.client.send({ type: "x", room: "a" });
  test.client.request("y").catch(() => {});
  await socket.until("y");
  const sent = sentAfterHello(socket) as { type: string; id: string }[];
  for (const { type, id } of sent) if (type === "$join") socket.receive({ type: "$reply", id, data: null });
  await Promise.all(joining);

  assertEquals([outcome, sent.map(({ type }) => type)], ["queued", ["$join", "$join", "x", "y"]]);
});

Deno.test("WebSocketClient.join() while rooms are being loaded rejects when the client is closed meanwhile", async () => {
  const test = managedClient();
  const rejection = assertRejects(() => test.client.join("a"), ConnectionClosedError);

  await test.client.disconnect();

  await rejection;
  assertEquals(test.client.rooms, []);
});

Deno.test("WebSocketClient tells no recovery of a room that it has left, nor of one that it does not know to be in", async () => {
  const test = await sessionClient();
  const left = await joinLogged(test, "left");
  await joinLogged(test, "kept");
  test.client.join("asked");
  await test.socket.until("$join");
  test.socket.break();
  await left.leave();

  const place = { epoch: "e", offset: 5 };
  const rooms = { left: place, kept: { ...place, recovered: true }, asked: place, other: place };
  await comeBack(test, { ...RESUMED, rooms });

  const told = test.told.flatMap(([name, event]) => name === "recovery" ? [(event as { room: string }).room] : []);
  assertEquals(told, ["$inbox", "kept", "other"]);
});

Deno.test("WebSocketClient forgets its place in a room only when it is out, and whatever the server says of it then", async () => {
  const test = await sessionClient();
  const [a, b] = [await joinLogged(test, "a"), await joinLogged(test, "b")];
  const leaving = a.leave();
  const messages = test.told.length;
  test.socket.receive([{ type: "x", data: 1, $room: "a", $at: 6 }, { type: "x", data: 2, $room: "a", $at: 6 }]);
  await settle();
  const got = test.told.slice(messages).filter(([name]) => name === "message").map(([, event]) =>
    (event as { data: unknown }).data
  );
  await answer(test.socket, "$leave", null);
  await leaving;
  test.socket.break();
  await b.leave();

  const next = await comeBack(test, { ...RESUMED, rooms: { b: { epoch: "e", offset: 9 } } });
  await answer(next, "$leave", null);
  const last = await comeBack(test, RESUMED);

  assertEquals(got, [1]);
  assertEquals([helloOf(next).positions, helloOf(last).positions], [undefined, undefined]);
});
