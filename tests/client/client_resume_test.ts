import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { ConnectionClosedError, OutboxFullError, RemoteError } from "../../src/errors.ts";
import { WebSocketClient } from "../../src/client/mod.ts";
import {
  comeBack,
  FakePlatform,
  type FakeSocket,
  managedClient,
  plainModeClient,
  RESUMED,
  sentAfterHello,
  SESSION,
  sessionClient,
  settle,
  toldOf,
  unreadClient,
  WELCOME,
} from "./fakes.ts";

type Hello = Record<string, unknown>;

function helloOf(socket: FakeSocket): Hello {
  return socket.sentJson[0] as Hello;
}

/** The acknowledgements that were sent. */
function acksOf(socket: FakeSocket): unknown[] {
  return (sentAfterHello(socket).flat() as { type: string; n: number }[]).filter(({ type }) => type === "$ack")
    .map(({ n }) => n);
}

/** What was told of recoveries, in a few words. */
function recoveriesOf(told: readonly (readonly [string, unknown])[]): unknown[] {
  return told.filter(([name]) => name === "recovery").map(([, event]) => {
    const { room, recovered, reason } = event as Record<string, unknown>;
    return `${room} ${recovered} ${reason}`;
  });
}

Deno.test("WebSocketClient offers to resume, with a stream of its own and its first number", async () => {
  const [first, second] = [await sessionClient(), await sessionClient()];

  const hellos = [helloOf(first.socket), helloOf(second.socket)];

  assertEquals(hellos.map(({ features, next }) => [features, next]), [[["resume"], 1], [["resume"], 1]]);
  assertEquals(hellos[0]!.stream === hellos[1]!.stream, false);
});

Deno.test("WebSocketClient takes the name of its stream from its platform, where that has names", async () => {
  const platform = Object.assign(new FakePlatform(), { randomName: () => "chosen" });
  const client = new WebSocketClient({ url: "ws://localhost/ws", platform });

  const connecting = client.connect();
  const socket = await platform.nextSocket();
  socket.open("switchboard.v1");
  socket.receive(SESSION);
  await connecting;

  assertEquals(helloOf(socket).stream, "chosen");
});

Deno.test("WebSocketClient goes on with its session, and sends again what did not arrive, before what waited", async () => {
  const test = await sessionClient();
  for (const type of ["a", "b", "c"]) test.client.send({ type });
  test.socket.receive({ type: "x" });
  const { stream } = helloOf(test.socket);
  test.socket.break();
  test.client.send({ type: "d" });

  const next = await comeBack(test, { ...RESUMED, received: 2, next: 2 });

  const { client: _, ...hello } = helloOf(next);
  assertEquals(hello, {
    type: "$hello",
    features: ["resume"],
    stream,
    next: 1,
    received: 1,
    resume: { id: "01J", secret: "s1" },
  });
  assertEquals(sentAfterHello(next), [{ type: "c" }, { type: "d" }]);
  assertEquals(toldOf(test.told, "open").map(({ resumed }) => resumed), [false, true]);
});

Deno.test("WebSocketClient resumes with the secret of the last welcome", async () => {
  const test = await sessionClient();

  await comeBack(test, RESUMED);
  const next = await comeBack(test, RESUMED);

  assertEquals(helloOf(next).resume, { id: "01J", secret: "s2" });
});

Deno.test("WebSocketClient asks again with the same secret when no welcome came", async () => {
  const test = await sessionClient();
  test.socket.break();
  test.platform.ring();
  const failed = await test.platform.nextSocket();
  failed.open("switchboard.v1");

  const next = await comeBack(test, RESUMED);

  assertEquals([helloOf(failed).resume, helloOf(next).resume], [
    { id: "01J", secret: "s1" },
    { id: "01J", secret: "s1" },
  ]);
});

Deno.test("WebSocketClient sends again what is not acknowledged when its session is lost, and tells that it is", async () => {
  const test = await sessionClient();
  for (const type of ["a", "b", "c"]) test.client.send({ type });
  test.socket.receive({ type: "$ack", n: 1 });

  const next = await comeBack(test);

  assertEquals([helloOf(next).next, sentAfterHello(next)], [2, [{ type: "b" }, { type: "c" }]]);
  assertEquals(recoveriesOf(test.told), ["$inbox false session_lost"]);
  const third = await comeBack(test, RESUMED);
  assertEquals([helloOf(third).next, sentAfterHello(third)], [2, [{ type: "b" }, { type: "c" }]]);
});

Deno.test("WebSocketClient sends again, once and for all, to a server that keeps no sessions", async () => {
  const test = await sessionClient();
  test.client.send({ type: "a" });
  test.socket.break();
  test.client.send({ type: "b" });

  const next = await comeBack(test, { features: [], session: undefined });
  const third = await comeBack(test, { features: [], session: undefined });

  assertEquals([sentAfterHello(next), sentAfterHello(third)], [[{ type: "a" }, { type: "b" }], []]);
  assertEquals(helloOf(third).resume, undefined);
});

Deno.test("WebSocketClient with resume: false offers nothing, and behaves as without", async () => {
  const test = await sessionClient({ resume: false });
  test.client.send({ type: "a" });
  const asked = assertRejects(() => test.client.request("b"), ConnectionClosedError);

  const next = await comeBack(test, RESUMED);
  await asked;

  const { client: _, ...hello } = helloOf(next);
  assertEquals([hello, sentAfterHello(next)], [{ type: "$hello", features: [] }, []]);
  assertEquals([recoveriesOf(test.told), toldOf(test.told, "open").at(-1)?.resumed], [[], false]);
});

Deno.test("WebSocketClient.disconnect() ends the session, so that connect() begins anew", async () => {
  const test = await sessionClient();
  test.client.send({ type: "a" });
  const closed = test.client.disconnect();
  test.socket.end();
  await closed;

  const connecting = test.client.connect();
  const next = await test.platform.nextSocket();
  next.open("switchboard.v1");
  next.receive(SESSION);
  await connecting;

  const { stream, resume, next: number } = helloOf(next);
  assertEquals([resume, number, stream === helloOf(test.socket).stream], [undefined, 1, false]);
  assertEquals([sentAfterHello(next), recoveriesOf(test.told), test.platform.timers], [[], [], 1]);
});

Deno.test("WebSocketClient ends its session when the page is left for good, and watches no longer than it lives", async () => {
  const platform = new FakePlatform();
  const watching = new Set<() => void>();
  platform.watchEnd = (onEnd) => {
    watching.add(onEnd);
    return () => watching.delete(onEnd);
  };
  const client = new WebSocketClient({ url: "ws://localhost/ws", platform });
  const before = watching.size;
  const connecting = client.connect();
  const socket = await platform.nextSocket();
  socket.open("switchboard.v1");
  socket.receive(SESSION);
  await connecting;

  const during = watching.size;
  for (const onEnd of watching) onEnd();
  socket.end();

  assertEquals([before, during, watching.size, socket.closes[0]?.[0], client.getState()], [0, 1, 0, 1000, "closed"]);
});

Deno.test("WebSocketClient ends a connection whose server acknowledges what was never sent", async () => {
  for (const message of [{ type: "$ack", n: 2 }, undefined]) {
    const test = await sessionClient();
    test.client.send({ type: "a" });

    if (message) test.socket.receive(message);
    const socket = message ? test.socket : await comeBack(test, { ...RESUMED, received: 2 });

    assertEquals(socket.closes[0]?.[0], 4400);
  }
});

Deno.test("WebSocketClient acknowledges the 32nd message at once, and fewer after a second", async () => {
  const { socket, platform } = await sessionClient({ heartbeatInterval: 0 });

  for (let i = 0; i < 31; i++) socket.receive({ type: "a" });
  const before = [acksOf(socket), platform.untilNextTimer];
  socket.receive({ type: "a" });
  const after = [acksOf(socket), platform.timers];
  socket.receive({ type: "a" });
  platform.advance(999);
  socket.receive({ type: "a" });
  const early = acksOf(socket);
  platform.advance(1);

  assertEquals([before, after, early, acksOf(socket)], [[[], 1_000], [[32], 0], [32], [32, 34]]);
  assertEquals(platform.timers, 0);
});

Deno.test("WebSocketClient acknowledges at once what is waited for, and all before it", async () => {
  const { socket } = await sessionClient();

  socket.receive([{ type: "a" }, { type: "b", $ack: true }, { type: "c" }]);

  assertEquals(acksOf(socket), [2]);
});

for (const reader of ["onMessage", "listener", "loop", "handler"]) {
  Deno.test(`WebSocketClient acknowledges what nobody reads when there is a reader: ${reader}`, async () => {
    const { client, socket } = await unreadClient({}, SESSION);
    socket.receive([{ type: "a", $ack: true }]);
    const before = acksOf(socket);

    if (reader === "onMessage") client.handlers = { onMessage: () => {} };
    else if (reader === "listener") client.on("message", () => {});
    else if (reader === "handler") client.handle("a", () => {});
    else await client[Symbol.asyncIterator]().next();
    await settle();

    assertEquals([before, acksOf(socket)], [[], [1]]);
  });
}

Deno.test("WebSocketClient acknowledges what it had no room for, which it has told", async () => {
  const { socket, platform } = await unreadClient({ maxUnreadMessages: 1, heartbeatInterval: 0 }, SESSION);

  socket.receive([{ type: "a" }, { type: "b" }]);
  const { timers } = platform;
  const another = await unreadClient({ maxUnreadMessages: 0, heartbeatInterval: 0 }, SESSION);
  another.socket.receive([{ type: "a", $ack: true }]);

  assertEquals([timers, acksOf(socket), acksOf(another.socket)], [0, [], [1]]);
});

Deno.test("WebSocketClient acknowledges a message without waiting for its handler to settle", async () => {
  const { client, socket } = await sessionClient();
  client.handle("a", () => new Promise(() => {}));

  socket.receive({ type: "a", $ack: true });

  assertEquals(acksOf(socket), [1]);
});

Deno.test("WebSocketClient acknowledges again on the next connection, and nothing in between", async () => {
  const test = await sessionClient({ heartbeatInterval: 0 });
  test.socket.receive({ type: "a" });
  test.socket.break();
  const { untilNextTimer } = test.platform;

  const next = await comeBack(test, { ...RESUMED, next: 2 });
  const before = acksOf(next);
  test.platform.advance(1_000);

  assertEquals([untilNextTimer! < 1_000, before, acksOf(next)], [true, [], [1]]);
});

Deno.test("WebSocketClient drops what it has read before, and says from where it has to go on", async () => {
  const rooms = { $all: { epoch: "e", offset: 5 } };
  const test = await sessionClient({}, { ...SESSION, rooms });
  test.socket.receive({ type: "a", $at: 6 });

  const next = await comeBack(test, { ...RESUMED, rooms: { $all: { epoch: "e", offset: 6, recovered: true } } }, {
    type: "a",
    $at: 6,
  }, { type: "b", $at: 7 });

  assertEquals(helloOf(next).positions, { $all: { epoch: "e", offset: 6 } });
  assertEquals(toldOf(test.told, "message"), [{ type: "a" }, { type: "b" }]);
});

Deno.test("WebSocketClient tells what became of what it has missed after open, and before what follows", async () => {
  const test = await sessionClient({}, { ...SESSION, rooms: { $all: { epoch: "e", offset: 5 } } });
  const before = recoveriesOf(test.told);

  await comeBack(test, {
    ...RESUMED,
    rooms: {
      $all: { epoch: "e", offset: 5, recovered: true },
      a: { epoch: "f", offset: 1, recovered: false, reason: "new_epoch" },
      b: {},
      c: { epoch: "e", offset: 1 },
    },
  }, { type: "x" });

  assertEquals([before, recoveriesOf(test.told)], [[], [
    "$inbox true undefined",
    "$all true undefined",
    "a false new_epoch",
    "b false no_log",
    "c false too_old",
  ]]);
  const names = test.told.map(([name]) => name);
  assertEquals(names.slice(names.lastIndexOf("open")), ["open", ...new Array(5).fill("recovery"), "message"]);
});

Deno.test("WebSocketClient tells when messages for it alone were lost in a session that goes on", async () => {
  const test = await sessionClient();

  await comeBack(test, { ...RESUMED, next: 3 });

  assertEquals(recoveriesOf(test.told), ["$inbox false too_old"]);
});

Deno.test("WebSocketClient tells what the server has skipped, and goes on behind it", async () => {
  const test = await sessionClient();

  test.socket.receive([
    { type: "$skipped", room: "a", epoch: "e", offset: 9, reason: "too_old" },
    { type: "x", $at: 9, $room: "a" },
    { type: "$joined", room: "b", epoch: "e", offset: 3 },
  ]);

  assertEquals([recoveriesOf(test.told), toldOf(test.told, "message")], [["a false too_old"], []]);
  assertEquals(helloOf(await comeBack(test)).positions, {
    a: { epoch: "e", offset: 9 },
    b: { epoch: "e", offset: 3 },
  });
});

Deno.test("WebSocketClient without a session ignores what belongs to one", async () => {
  const { told, socket, client } = await sessionClient({}, WELCOME);

  socket.receive([
    { type: "$ack", n: 7 },
    { type: "$skipped", room: "a", epoch: "e", offset: 9, reason: "too_old" },
    { type: "x", $at: 1 },
    { type: "x", $at: 1 },
  ]);

  assertEquals([recoveriesOf(told), toldOf(told, "message").length, client.getState()], [[], 2, "open"]);
});

Deno.test("WebSocketClient lets messages wait while too many are not acknowledged, and drops what finds no room", async () => {
  const test = await sessionClient({ maxQueuedMessages: 2 });
  const { client, socket } = test;

  const outcomes = [1, 2, 3, 4, 5].map((data) => client.send({ type: "a", data }));
  const before = [sentAfterHello(socket).length, client.queuedMessages];
  socket.receive({ type: "$ack", n: 1 });

  assertEquals(outcomes, ["sent", "sent", "queued", "queued", "dropped"]);
  assertEquals([before, sentAfterHello(socket).length, client.queuedMessages], [[2, 2], 3, 1]);
  assertEquals(sentAfterHello(socket)[1], { type: "a", data: 2, $ack: true });
});

Deno.test("WebSocketClient drops what is too large for the server before it has a number", async () => {
  const test = await sessionClient({}, { ...SESSION, maxMessageBytes: 40 });

  const outcomes = ["x".repeat(100), "y"].map((data) => test.client.send({ type: "a", data }));

  assertEquals(outcomes, ["dropped", "sent"]);
  const next = await comeBack(test, { ...RESUMED, received: 0 });
  assertEquals(sentAfterHello(next), [{ type: "a", data: "y" }]);
});

Deno.test("WebSocketClient.send() puts what is sent in one turn into one frame, in its order among all others", async () => {
  const { client, socket } = await sessionClient({}, { ...SESSION, maxFrameMessages: 3 });

  for (const data of [1, 2, 3, 4]) client.send({ type: "a", data });
  client.send(new Uint8Array([5]));
  client.send({ type: "a", data: 6 });
  socket.receive({ type: "$ping" });
  await settle();

  const [, ...frames] = socket.sent;
  assertEquals(frames.map((frame) => typeof frame === "string" ? JSON.parse(frame) : frame), [
    [1, 2, 3].map((data) => ({ type: "a", data })),
    { type: "a", data: 4 },
    new Uint8Array([0, 0, 5]),
    [{ type: "a", data: 6 }, { type: "$pong" }],
  ]);
});

Deno.test("WebSocketClient.disconnect() sends what was gathered before it closes", async () => {
  const { client, socket } = await sessionClient({}, { ...SESSION, maxFrameMessages: 100 });

  client.send({ type: "a" });
  const closed = client.disconnect();

  assertEquals([sentAfterHello(socket), socket.closes.length], [[{ type: "a" }], 1]);
  socket.end();
  await closed;
});

Deno.test("WebSocketClient.request() waits across a cut for its answer, and is not asked twice", async () => {
  const test = await sessionClient();
  const [first, second] = [test.client.request("a"), test.client.request("b")];
  const [{ id }] = sentAfterHello(test.socket) as [{ id: string }];

  const next = await comeBack(test, { ...RESUMED, received: 1 }, { type: "$reply", id, data: 1 });
  const asked = sentAfterHello(next) as { type: string; id: string }[];
  next.receive({ type: "$reply", id: asked[0]!.id, data: 2 });

  assertEquals([asked.map(({ type }) => type), await first, await second], [["b"], 1, 2]);
});

Deno.test("WebSocketClient.request() that no server knows of any more is asked again, or rejects", async () => {
  const test = await sessionClient();
  const lost = assertRejects(() => test.client.request("a"), ConnectionClosedError);
  const again = test.client.request("b", 1, { retries: 1 });
  test.socket.receive({ type: "$ack", n: 2 });
  const unknown = test.client.request("c");

  const next = await comeBack(test);
  await lost;
  const asked = sentAfterHello(next) as { type: string; id: string }[];
  for (const { id, type } of asked) next.receive({ type: "$reply", id, data: type });

  assertEquals(asked.map(({ type }) => type), ["c", "b"]);
  assertEquals([await again, await unknown], ["b", "c"]);
});

Deno.test("WebSocketClient.request() that was sent and not kept is asked again, or rejects", async () => {
  const test = await sessionClient({ maxQueuedMessages: 0 });
  const lost = assertRejects(() => test.client.request("a"), ConnectionClosedError);

  await comeBack(test, { ...RESUMED, received: 0 });

  await lost;
});

Deno.test("WebSocketClient.request() keeps its time across a cut", async () => {
  const test = await sessionClient({ heartbeatInterval: 0 });
  const asked = test.client.request("a", 1, { timeoutMs: 5_000 });
  const rejection = assertRejects(() => asked, Error, "5000 ms");

  await comeBack(test, RESUMED);
  test.platform.advance(5_000);

  await rejection;
});

Deno.test("WebSocketClient.request() rejects when the client closes for good", async () => {
  const test = await sessionClient();
  const rejection = assertRejects(() => test.client.request("a"), ConnectionClosedError);
  test.socket.break();

  await test.client.disconnect();

  await rejection;
});

Deno.test("WebSocketClient.handle() may answer after a resume, and is not stopped by the cut", async () => {
  const test = await sessionClient();
  const { promise, resolve } = Promise.withResolvers<string>();
  let isAborted = false;
  test.client.handle("ask", (_, { signal }) => {
    signal.addEventListener("abort", () => isAborted = true);
    return promise;
  });
  test.socket.receive({ type: "ask", id: 1 });

  const next = await comeBack(test, { ...RESUMED, next: 2 });
  resolve("late");
  await settle();

  assertEquals([sentAfterHello(next), isAborted], [[{ type: "$reply", id: 1, data: "late" }], false]);
});

Deno.test("WebSocketClient.handle() that answers while there is no connection is heard after the resume", async () => {
  const test = await sessionClient();
  test.client.handle("ask", () => "yes");
  const held = Promise.withResolvers<string>();
  test.client.handle("slow", () => held.promise);
  test.socket.receive([{ type: "ask", id: 1 }, { type: "slow", id: 2 }]);
  await settle();
  test.socket.break();
  held.resolve("later");
  await settle();

  const next = await comeBack(test, { ...RESUMED, next: 3 });

  assertEquals(sentAfterHello(next), [
    { type: "$reply", id: 1, data: "yes" },
    { type: "$reply", id: 2, data: "later" },
  ]);
});

Deno.test("WebSocketClient.handle() that answers for a session that is lost is stopped, and answers nobody", async () => {
  const test = await sessionClient();
  const held = Promise.withResolvers<string>();
  const signals: AbortSignal[] = [];
  test.client.handle("ask", (_, { signal }) => {
    signals.push(signal);
    return signals.length === 1 ? "at once" : held.promise;
  });
  test.socket.receive([{ type: "ask", id: 1 }, { type: "ask", id: 2 }]);
  await settle();
  test.socket.break();
  await settle();
  test.client.reply(3, "by hand");

  const next = await comeBack(test);
  held.resolve("late");
  await settle();

  assertEquals(sentAfterHello(next), [{ type: "$reply", id: "", data: null }]);
  assertEquals(signals.map(({ aborted }) => aborted), [false, true]);
});

Deno.test("WebSocketClient.sendAcked() resolves when the server has handled the message", async () => {
  const { client, socket } = await sessionClient();
  const order: string[] = [];

  const sent = client.sendAcked({ type: "a" }).then(() => order.push("acked"));
  const others = client.sendAcked(new Uint8Array([1]));
  await settle();
  order.push("sent");
  socket.receive({ type: "$ack", n: 1 });
  await sent;
  socket.receive({ type: "$ack", n: 2 });
  await others;

  assertEquals([order, JSON.parse(socket.sent[1] as string)], [["sent", "acked"], { type: "a", $ack: true }]);
  assertEquals(new TextDecoder().decode((socket.sent[2] as Uint8Array).subarray(2, 15)), '{"$ack":true}');
});

Deno.test("WebSocketClient.sendAcked() waits for the connection, and across a cut and a lost session", async () => {
  const test = managedClient();
  const sent = test.client.sendAcked({ type: "a" });
  const connecting = test.client.connect();
  const socket = await test.platform.nextSocket();
  socket.open("switchboard.v1");
  socket.receive(SESSION);
  await connecting;

  await comeBack(test, { ...RESUMED, received: 1 });
  const last = await comeBack(test);
  last.receive({ type: "$ack", n: 1 });

  await sent;
  assertEquals(sentAfterHello(last), [{ type: "a", $ack: true }]);
});

Deno.test("WebSocketClient.sendAcked() rejects when the message was dropped, and tells nobody else", async () => {
  const test = await sessionClient({}, { ...SESSION, maxMessageBytes: 20 });

  const error = await assertRejects(() => test.client.sendAcked("x".repeat(30)), OutboxFullError);

  assertEquals([error.bound, toldOf(test.told, "error"), toldOf(test.told, "message:dropped")], ["size", [], []]);
});

Deno.test("WebSocketClient.sendAcked() rejects when the client is closed before, or was", async () => {
  const test = await sessionClient();
  const rejection = assertRejects(() => test.client.sendAcked({ type: "a" }), ConnectionClosedError);

  const closed = test.client.disconnect();
  test.socket.end();
  await closed;

  await rejection;
  await assertRejects(() => test.client.sendAcked({ type: "a" }), ConnectionClosedError);
});

Deno.test("WebSocketClient.sendAcked() ends its wait with its signal, and sends the message all the same", async () => {
  const test = managedClient();
  const stop = new AbortController();
  const rejection = assertRejects(() => test.client.sendAcked({ type: "a" }, { signal: stop.signal }), Error, "enough");
  stop.abort(new Error("enough"));
  await rejection;

  const connecting = test.client.connect();
  const socket = await test.platform.nextSocket();
  socket.open("switchboard.v1");
  socket.receive(SESSION);
  await connecting;

  assertEquals(sentAfterHello(socket).length, 1);
  await assertRejects(() => test.client.sendAcked({ type: "a" }, { signal: stop.signal }), Error, "enough");
});

Deno.test("WebSocketClient.sendAcked() and history() reject where there is no session, and say what to do", async () => {
  const clients = [
    (await sessionClient({}, WELCOME)).client,
    (await sessionClient({ resume: false })).client,
    (await plainModeClient()).client,
    managedClient({ resume: false }).client,
  ];

  for (const client of clients) {
    await assertRejects(() => client.sendAcked({ type: "a" }), TypeError, "resume");
    await assertRejects(() => client.history("a"), TypeError, "resume");
  }
});

Deno.test("WebSocketClient.sendAcked() rejects when the server that it waited for keeps no sessions", async () => {
  for (const wasConnected of [true, false]) {
    const test = wasConnected ? await sessionClient() : managedClient();
    const rejection = assertRejects(() => test.client.sendAcked({ type: "a" }), TypeError, "resume");
    if (!wasConnected) {
      const connecting = test.client.connect();
      const socket = await test.platform.nextSocket();
      socket.open("switchboard.v1");
      socket.receive(WELCOME);
      await connecting;
      assertEquals(sentAfterHello(socket), []);
    } else await comeBack(test, { features: [], session: undefined });

    await rejection;
  }
});

Deno.test("WebSocketClient.sendAcked() throws for what cannot be sent", async () => {
  const { client } = await sessionClient();

  await assertRejects(() => client.sendAcked({ type: "$ping" }), TypeError, "$ping");
  assertThrows(() => client.send({ type: "$ack" }), TypeError, "$ack");
});

Deno.test("WebSocketClient.history() gives what stands in a log, bytes as bytes", async () => {
  const { client, socket } = await sessionClient();

  const reading = client.history("a", { since: { epoch: "e", offset: 12 }, limit: 50 });
  await socket.until("$history");
  const [{ id, ...question }] = sentAfterHello(socket) as [{ id: string }];
  socket.receive({
    type: "$reply",
    id,
    data: {
      messages: [
        { offset: 13, message: { type: "chat", data: "hi", $key: "k" } },
        { offset: 15, base64: "AQL/" },
        { offset: 16, message: { type: "$value", data: "text" } },
      ],
      epoch: "e",
      offset: 16,
      recovered: true,
    },
  });

  assertEquals(question, { type: "$history", room: "a", since: { epoch: "e", offset: 12 }, limit: 50 });
  assertEquals(await reading, {
    messages: [
      { offset: 13, message: { type: "chat", data: "hi" } },
      { offset: 15, message: { type: "binary", data: new Uint8Array([1, 2, 255]) } },
      { offset: 16, message: { type: "text", data: "text" } },
    ],
    epoch: "e",
    offset: 16,
    recovered: true,
  });
});

Deno.test("WebSocketClient.history() rejects when the server says no, and without a connection", async () => {
  const test = await sessionClient();
  const reading = test.client.history("a");
  await test.socket.until("$history");
  const [{ id }] = sentAfterHello(test.socket) as [{ id: string }];
  test.socket.receive({ type: "$error", id, error: { code: "unsupported", message: "No" } });
  const error = await assertRejects(() => reading, RemoteError);
  const lost = test.client.history("a").catch((error) => error);
  test.socket.break();

  assertEquals(error.remoteCode, "unsupported");
  assertInstanceOf(await lost, ConnectionClosedError);
  await assertRejects(() => test.client.history("a"), ConnectionClosedError);
});
