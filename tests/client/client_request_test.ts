import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { ConnectionClosedError, OutboxFullError, RemoteError, RequestTimeoutError } from "../../src/errors.ts";
import {
  connectManaged,
  type FakeSocket,
  managedClient,
  plainModeClient,
  sentAfterHello,
  toldOf,
  warm,
  WELCOME,
} from "./fakes.ts";

/** A managed client that is connected. */
async function connected(config: Parameters<typeof managedClient>[0] = {}) {
  const test = managedClient(config);
  return { ...test, socket: await connectManaged(test) };
}

/** Lets a client that waits come back. */
async function comeBack({ platform }: ReturnType<typeof managedClient>, welcome: object = WELCOME) {
  platform.ring();
  const socket = await platform.nextSocket();
  socket.open("switchboard.v1");
  socket.receive(welcome);
  return socket;
}

function idOf(socket: FakeSocket, index = 0): string {
  return (sentAfterHello(socket)[index] as { id: string }).id;
}

Deno.test("WebSocketClient.request() sends an id and how long it waits, and gives the answer", async () => {
  const { client, socket } = await connected();

  const answer = client.request("find", { text: "x" }, { timeoutMs: 5_000 });
  socket.receive({ type: "$reply", id: idOf(socket), data: [1, 2] });

  assertEquals(sentAfterHello(socket), [{ type: "find", data: { text: "x" }, id: idOf(socket), $timeoutMs: 5_000 }]);
  assertEquals(await answer, [1, 2]);
});

Deno.test("WebSocketClient.request() without data sends none, and waits for 30 s", async () => {
  const { client, socket } = await connected();

  const answer = client.request("now");
  socket.receive({ type: "$reply", id: idOf(socket), data: null });

  assertEquals(sentAfterHello(socket), [{ type: "now", id: idOf(socket), $timeoutMs: 30_000 }]);
  assertEquals(await answer, null);
});

for (const isConnected of [true, false]) {
  const when = isConnected ? "with a connection" : "without one";
  Deno.test(`WebSocketClient.request() that has to be loaded first is not overtaken, ${when}`, async () => {
    const test = managedClient();
    const { client, platform } = test;
    const connecting = isConnected ? client.connect() : undefined;
    if (isConnected) {
      const socket = await platform.nextSocket();
      socket.open("switchboard.v1");
      socket.receive(WELCOME);
      await connecting;
    }
    const bytes = new Uint8Array([1]);
    const question = { a: 1 };
    const outcomes = [client.send({ type: "before" })];
    const answer = client.request("first", question);
    outcomes.push(client.send({ type: "between" }));
    client.request("second").catch(() => {});
    outcomes.push(client.send(bytes));
    [bytes[0], question.a] = [2, 2];

    const socket = isConnected ? platform.sockets[0]! : await connectManaged(test);
    await socket.until("second");
    const { id, data } = JSON.parse(socket.sent[2] as string);
    socket.receive({ type: "$reply", id, data: "yes" });

    const sent = socket.sent.slice(1).map((frame) => typeof frame === "string" ? JSON.parse(frame).type : frame);
    assertEquals(sent, ["before", "first", "between", "second", new Uint8Array([0, 0, 1])]);
    assertEquals([outcomes, data, await answer], [
      [isConnected ? "sent" : "queued", "queued", "queued"],
      { a: 1 },
      "yes",
    ]);
  });
}

Deno.test("WebSocketClient.send() drops what finds no room while a question is being loaded, and all when it is closed", async () => {
  const test = managedClient({ maxQueuedMessages: 2 });
  const rejection = assertRejects(() => test.client.request("ask"), ConnectionClosedError);

  const outcomes = [test.client.send({ type: "a" }), test.client.send({ type: "b" })];
  await test.client.disconnect();
  outcomes.push(test.client.send({ type: "c" }));
  await rejection;

  assertEquals(outcomes, ["queued", "dropped", "closed"]);
  const reasons = toldOf(test.told, "message:dropped").map(({ reason }) => reason);
  assertEquals(reasons, ["messages", "closed"]);
});

Deno.test("WebSocketClient.request() that waits for ever sends no time, and sets no timer", async () => {
  const { client, socket, platform } = await connected({ heartbeatInterval: 0 });

  client.request("now", undefined, { timeoutMs: Infinity }).catch(() => {});

  assertEquals([sentAfterHello(socket), platform.timers], [[{ type: "now", id: idOf(socket) }], 0]);
});

Deno.test("WebSocketClient.request() sends no time that the protocol has no number for", async () => {
  const { client, socket } = await connected();

  for (const timeoutMs of [2 ** 53 - 1, 2 ** 53]) client.request("now", undefined, { timeoutMs }).catch(() => {});

  assertEquals(sentAfterHello(socket).map((message) => (message as { $timeoutMs?: number }).$timeoutMs), [
    2 ** 53 - 1,
    undefined,
  ]);
});

Deno.test("WebSocketClient.request() gives answers to their questions, in whatever order they come", async () => {
  const { client, socket } = await connected();

  const answers = ["a", "b", "c"].map((type) => client.request(type));
  for (const index of [2, 0, 1]) socket.receive({ type: "$reply", id: idOf(socket, index), data: index });

  assertEquals(await Promise.all(answers), [0, 1, 2]);
});

Deno.test("WebSocketClient.request() rejects with what the server said", async () => {
  const { client, socket, told } = await connected();

  const answer = client.request("delete", 5);
  const error = { code: "forbidden", message: "Not yours", data: { owner: "ada" } };
  socket.receive({ type: "$error", id: idOf(socket), error });

  const rejection = await assertRejects(() => answer, RemoteError, "Not yours");
  assertEquals([rejection.code, rejection.remoteCode, rejection.data], ["remote_error", "forbidden", { owner: "ada" }]);
  assertEquals([toldOf(told, "error"), toldOf(told, "message")], [[], []]);
});

Deno.test("WebSocketClient.request() rejects when no answer comes in time, and tells the server", async () => {
  const { client, socket, platform } = await connected();

  const answer = client.request("slow", undefined, { timeoutMs: 1_000 });
  platform.advance(999);
  const before = sentAfterHello(socket).length;
  platform.advance(1);

  const rejection = await assertRejects(() => answer, RequestTimeoutError, "1000 ms");
  assertEquals([rejection.code, rejection.type, rejection.timeoutMs], ["request_timeout", "slow", 1_000]);
  assertEquals([before, sentAfterHello(socket).slice(1)], [1, [{ type: "$cancel", id: idOf(socket) }]]);
});

Deno.test("WebSocketClient.request() ignores an answer that comes too late", async () => {
  const { client, socket, platform, told } = await connected();
  const answer = client.request("slow", undefined, { timeoutMs: 1_000 });
  platform.advance(1_000);
  await assertRejects(() => answer, RequestTimeoutError);

  socket.receive({ type: "$reply", id: idOf(socket), data: 1 });
  socket.receive({ type: "$error", id: idOf(socket), error: { code: "x", message: "y" } });

  assertEquals([toldOf(told, "message"), toldOf(told, "error")], [[], []]);
});

Deno.test("WebSocketClient.request() with retries sends the same again after each timeout, and then gives up", async () => {
  const { client, socket, platform } = await connected();

  const answer = client.request("slow", { n: 1 }, { timeoutMs: 1_000, retries: 2 });
  for (let i = 0; i < 3; i++) platform.advance(1_000);

  await assertRejects(() => answer, RequestTimeoutError);
  const question = { type: "slow", data: { n: 1 }, id: idOf(socket), $timeoutMs: 1_000 };
  assertEquals(sentAfterHello(socket), [question, question, question, { type: "$cancel", id: idOf(socket) }]);
});

Deno.test("WebSocketClient.request() with retries takes an answer to an earlier attempt", async () => {
  const { client, socket, platform } = await connected();

  const answer = client.request("slow", undefined, { timeoutMs: 1_000, retries: 1 });
  platform.advance(1_500);
  socket.receive({ type: "$reply", id: idOf(socket), data: "late" });

  assertEquals(await answer, "late");
});

Deno.test("WebSocketClient.request() keeps its data as it was when it was called", async () => {
  const { client, socket, platform } = await connected();
  const data = { n: 1 };

  client.request("slow", data, { timeoutMs: 1_000, retries: 1 }).catch(() => {});
  data.n = 2;
  platform.advance(1_000);

  assertEquals(sentAfterHello(socket).map((message) => (message as { data: unknown }).data), [{ n: 1 }, { n: 1 }]);
});

Deno.test("WebSocketClient.request() rejects with the signal's reason, and tells the server", async () => {
  const { client, socket, platform } = await connected({ heartbeatInterval: 0 });
  const abort = new AbortController();
  const reason = new Error("changed my mind");

  const answer = client.request("slow", undefined, { signal: abort.signal });
  abort.abort(reason);

  assertStrictEquals(await answer.catch((error) => error), reason);
  assertEquals(sentAfterHello(socket).slice(1), [{ type: "$cancel", id: idOf(socket) }]);
  assertEquals(platform.timers, 0);
});

Deno.test("WebSocketClient.request() rejects with the reason of a signal that is aborted already, and sends nothing", async () => {
  const { client, socket } = await connected();

  // A reason may be anything, nothing that looks like an error too.
  const answer = client.request("slow", undefined, { signal: AbortSignal.abort(0) });

  assertEquals([await answer.catch((error) => error), sentAfterHello(socket)], [0, []]);
});

Deno.test("WebSocketClient.request() has nothing to do with a signal that is aborted after the answer", async () => {
  const { client, socket } = await connected();
  const abort = new AbortController();
  const answer = client.request("quick", undefined, { signal: abort.signal });
  socket.receive({ type: "$reply", id: idOf(socket), data: 1 });
  await answer;

  abort.abort();

  assertEquals(sentAfterHello(socket).length, 1);
});

Deno.test("WebSocketClient.request() waits for the connection, in its place among the messages", async () => {
  const test = managedClient();
  const { client } = test;
  await warm(client);
  client.send({ type: "before" });
  const answer = client.request("ask");
  client.send({ type: "after" });
  const waiting = client.queuedMessages;

  const socket = await connectManaged(test);
  socket.receive({ type: "$reply", id: idOf(socket, 1), data: "yes" });

  assertEquals(sentAfterHello(socket).map((message) => (message as { type: string }).type), ["before", "ask", "after"]);
  assertEquals([waiting, await answer], [3, "yes"]);
});

for (
  const [what, end] of [
    ["timed out", ({ platform }: ReturnType<typeof managedClient>) => platform.advance(1_000)],
    ["was aborted", (_: unknown, abort: AbortController) => abort.abort()],
  ] as const
) {
  Deno.test(`WebSocketClient.request() that ${what} while it waited for the connection is not sent any more`, async () => {
    const test = managedClient();
    await warm(test.client);
    const abort = new AbortController();
    const answer = test.client.request("ask", undefined, { timeoutMs: 1_000, signal: abort.signal });
    test.client.send({ type: "other" });

    end(test, abort);
    await assertRejects(() => answer);
    const waiting = test.client.queuedMessages;
    const socket = await connectManaged(test);

    assertEquals([waiting, sentAfterHello(socket)], [1, [{ type: "other" }]]);
    assertEquals(toldOf(test.told, "message:dropped"), []);
  });
}

Deno.test("WebSocketClient.request() with retries that waits for the connection is sent once", async () => {
  const test = managedClient();
  const answer = test.client.request("ask", undefined, { timeoutMs: 1_000, retries: 5 });

  test.platform.advance(3_500);
  const socket = await connectManaged(test);
  socket.receive({ type: "$reply", id: idOf(socket), data: 1 });

  assertEquals([await answer, sentAfterHello(socket).length], [1, 1]);
});

Deno.test("WebSocketClient.request() rejects when the connection is lost", async () => {
  const { client, socket } = await connected();

  const answer = client.request("ask");
  socket.end(1001, "going away");

  const rejection = await assertRejects(() => answer, ConnectionClosedError);
  assertEquals([rejection.closeCode, rejection.reason], [1001, "going away"]);
});

Deno.test("WebSocketClient.request() with retries is sent again when the connection is back, before what was sent since", async () => {
  const test = await connected();
  const answer = test.client.request("ask", 1, { retries: 1 });
  test.socket.break();
  test.client.send({ type: "later" });

  const socket = await comeBack(test);
  socket.receive({ type: "$reply", id: idOf(socket), data: "yes" });

  assertEquals(sentAfterHello(socket), [...sentAfterHello(test.socket), { type: "later" }]);
  assertEquals(await answer, "yes");
});

Deno.test("WebSocketClient.request() rejects when the connection is lost once more than there are retries", async () => {
  const test = await connected();
  const answer = test.client.request("ask", 1, { retries: 1 });
  test.socket.break();
  (await comeBack(test)).break();

  await assertRejects(() => answer, ConnectionClosedError);
});

Deno.test("WebSocketClient.request() that was made in onClose waits for the next connection", async () => {
  const answers: Promise<unknown>[] = [];
  const test = await connected({
    handlers: {
      onClose: () => {
        answers.push(test.client.request("from onClose"));
      },
    },
  });
  test.socket.break();

  const socket = await comeBack(test);
  socket.receive({ type: "$reply", id: idOf(socket), data: 1 });

  assertEquals(await Promise.all(answers), [1]);
});

Deno.test("WebSocketClient.request() made in onClose after connect() belongs to the new connection", async () => {
  const answers: Promise<unknown>[] = [];
  const test = await connected({
    handlers: {
      onClose: () => {
        if (answers.length > 0) return;
        test.client.connect();
        answers.push(test.client.request("again"));
      },
    },
  });
  test.socket.end(1000);

  const socket = await test.platform.nextSocket();
  socket.open("switchboard.v1");
  socket.receive(WELCOME);
  socket.receive({ type: "$reply", id: idOf(socket), data: 1 });

  assertEquals(await Promise.all(answers), [1]);
});

for (const state of ["open", "idle", "waiting"] as const) {
  Deno.test(`WebSocketClient.request() rejects when the client is disconnected while ${state}, and tells of no message`, async () => {
    const test = managedClient();
    const socket = state === "idle" ? undefined : await connectManaged(test);
    if (state === "waiting") socket!.break();
    const answer = test.client.request("ask", undefined, { retries: 9 });
    const rejection = assertRejects(() => answer, ConnectionClosedError);

    const closed = test.client.disconnect(3001, "bye");
    if (state === "open") socket!.end(3001, "bye");
    await closed;

    const { closeCode, reason } = await rejection;
    assertEquals([closeCode, reason], [3001, "bye"]);
    assertEquals([toldOf(test.told, "message:dropped"), toldOf(test.told, "error"), test.platform.timers], [
      [],
      state === "waiting" ? toldOf(test.told, "error") : [],
      0,
    ]);
  });
}

Deno.test("WebSocketClient.request() rejects when the client is closing, and when it is closed, with how that came", async () => {
  const { client, socket } = await connected();
  const closed = client.disconnect();
  await assertRejects(() => client.request("ask"), ConnectionClosedError);
  socket.end(1000);
  await closed;

  const rejection = await assertRejects(() => client.request("ask"), ConnectionClosedError);

  assertEquals(rejection.closeCode, 1000);
});

Deno.test("WebSocketClient.request() rejects when the outbox has no room, and tells of it nowhere else", async () => {
  const { client, told } = managedClient({ maxQueuedMessages: 1 });
  client.send({ type: "first" });

  const rejection = await assertRejects(() => client.request("ask"), OutboxFullError);

  assertEquals([rejection.bound, rejection.limit], ["messages", 1]);
  assertEquals([toldOf(told, "message:dropped"), toldOf(told, "error")], [[], []]);
});

Deno.test("WebSocketClient.request() rejects when it has waited too long in the outbox", async () => {
  const test = managedClient({ maxQueuedAgeMs: 500 });
  await warm(test.client);
  const answer = test.client.request("ask");
  const rejection = assertRejects(() => answer, OutboxFullError);
  test.platform.advance(500);

  await connectManaged(test);

  assertEquals((await rejection).bound, "age");
});

Deno.test("WebSocketClient.request() rejects when it is larger than the server takes", async () => {
  const test = managedClient();
  const socket = await connectManaged(test, { ...WELCOME, maxMessageBytes: 100 });

  const rejection = await assertRejects(() => test.client.request("ask", "x".repeat(100)), OutboxFullError);

  assertEquals([rejection.bound, rejection.limit, sentAfterHello(socket)], ["size", 100, []]);
});

Deno.test("WebSocketClient.request() rejects when more wait than maxPendingRequests, and goes on when one was answered", async () => {
  const { client, socket } = await connected({ maxPendingRequests: 2 });
  const first = client.request("a");
  client.request("b").catch(() => {});

  const rejection = await assertRejects(() => client.request("c"), OutboxFullError);
  socket.receive({ type: "$reply", id: idOf(socket), data: 1 });
  await first;
  client.request("d").catch(() => {});

  assertEquals([rejection.code, rejection.bound, rejection.limit], ["outbox_full", "messages", 2]);
  assertEquals(sentAfterHello(socket).length, 3);
});

for (
  const [what, type, options, Kind] of [
    ["a type that is no string", 5, {}, TypeError],
    ["a type of the protocol", "$join", {}, TypeError],
    ["a time below 0", "ask", { timeoutMs: -1 }, RangeError],
    ["a time that is no number", "ask", { timeoutMs: NaN }, RangeError],
    ["retries below 0", "ask", { retries: -1 }, RangeError],
  ] as const
) {
  Deno.test(`WebSocketClient.request() rejects for ${what}, and leaves nothing behind`, async () => {
    const { client, socket, platform } = await connected({ heartbeatInterval: 0 });

    await assertRejects(() => client.request(type as string, undefined, options), Kind);

    assertEquals([sentAfterHello(socket), platform.timers], [[], 0]);
  });
}

Deno.test("WebSocketClient.request() rejects for data that has no JSON form", async () => {
  const { client } = await connected();

  await assertRejects(() => client.request("ask", 5n), TypeError);
});

Deno.test("WebSocketClient.request() gives each request an id of its own, across connections", async () => {
  const test = await connected();
  test.client.request("a").catch(() => {});
  test.socket.break();

  const socket = await comeBack(test);
  test.client.request("b").catch(() => {});

  assertEquals(idOf(test.socket) === idOf(socket), false);
});

Deno.test("WebSocketClient hands on answers to messages that the application gave an id of its own", async () => {
  const { client, socket, told } = await connected();
  client.send({ type: "own", id: 7 });

  socket.receive({ type: "$reply", id: 7, data: 1 });
  socket.receive({ type: "$error", id: "q", error: { code: "forbidden", message: "No" } });

  assertEquals(toldOf(told, "message"), [
    { type: "reply", id: 7, data: 1 },
    { type: "error", id: "q", error: { code: "forbidden", message: "No" } },
  ]);
  assertEquals(sentAfterHello(socket), [{ type: "own", id: 7 }]);
});

Deno.test("WebSocketClient tells of an error that belongs to no message as RemoteError", async () => {
  const { socket, told } = await connected();

  socket.receive({ type: "$error", error: { code: "rate_limited", message: "Slower" } });

  const [error] = toldOf(told, "error");
  assertInstanceOf(error, RemoteError);
  assertEquals([error.remoteCode, error.message, toldOf(told, "message")], ["rate_limited", "Slower", []]);
});

Deno.test("WebSocketClient.request() with the plain protocol is answered in the plain form, and cancels nothing", async () => {
  const test = await plainModeClient();
  const { client, socket, platform } = test;

  const answers = [1, 2, 3].map((n) => client.request("ask", n, { timeoutMs: 1_000 }));
  const rejections = [
    assertRejects(() => answers[1]!, RemoteError, "No"),
    assertRejects(() => answers[2]!, RequestTimeoutError),
  ];
  const ids = socket.sentJson.map((message) => (message as { id: string }).id);
  socket.receive({ type: "reply", id: ids[0], data: "yes" });
  socket.receive({ type: "error", id: ids[1], error: { code: "forbidden", message: "No" } });
  platform.advance(1_000);
  socket.receive({ type: "reply", id: ids[2], data: "late" });
  socket.receive({ type: "reply", id: 7, data: "not ours" });

  assertEquals(socket.sentJson, ids.map((id, index) => ({ type: "ask", data: index + 1, id })));
  assertEquals(await answers[0], "yes");
  await Promise.all(rejections);
  assertEquals(toldOf(test.told, "message"), [{ type: "reply", id: 7, data: "not ours" }]);
});

for (const [said, code, text] of [["gone", "unknown", "gone"], [{ code: 404 }, "404", "[object Object]"]] as const) {
  Deno.test(`WebSocketClient.request() makes something of an error like ${JSON.stringify(said)}`, async () => {
    const { client, socket } = await plainModeClient();

    const answer = client.request("ask");
    socket.receive({ type: "error", id: (socket.sentJson[0] as { id: string }).id, error: said });

    const rejection = await assertRejects(() => answer, RemoteError, text);
    assertEquals(rejection.remoteCode, code);
  });
}
