import { assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import type { ClientMessageContext } from "../../src/client/conversation_types.ts";
import { WebSocketClient } from "../../src/client/mod.ts";
import { MessageError, OutboxFullError } from "../../src/errors.ts";
import type { WebSocketMessage } from "../../src/protocol/messages.ts";
import {
  connectManaged,
  FakeLogger,
  FakePlatform,
  managedClient,
  plainModeClient,
  sentAfterHello,
  settle,
  toldOf,
  unreadClient,
  WELCOME,
} from "./fakes.ts";

const INTERNAL_ERROR = { code: "internal_error", message: "The client could not handle this message" };
const UNKNOWN_TYPE = { code: "unknown_type", message: "The client has no handler for this type" };

/** A managed client that is connected. */
async function connected(config: Parameters<typeof managedClient>[0] = {}) {
  const test = managedClient(config);
  return { ...test, socket: await connectManaged(test) };
}

Deno.test("WebSocketClient.handle() gives the data of its messages to the handler, and to nobody else but listeners", async () => {
  const read: unknown[] = [];
  const { client, socket, told } = await connected({ handlers: { onMessage: (message) => void read.push(message) } });
  const handled: unknown[] = [];
  client.handle("chat", (data, { message }) => void handled.push([data, message]));

  socket.receive({ type: "chat", data: { text: "hi" }, from: "ada" });
  socket.receive({ type: "other" });

  assertEquals(handled, [[{ text: "hi" }, { type: "chat", data: { text: "hi" }, from: "ada" }]]);
  assertEquals([read, toldOf(told, "message")], [
    [{ type: "other" }],
    [{ type: "chat", data: { text: "hi" }, from: "ada" }, { type: "other" }],
  ]);
});

for (
  const [what, handler, data] of [
    ["what the handler returns", () => ({ sum: 3 }), { sum: 3 }],
    ["what its promise comes to", () => Promise.resolve([1]), [1]],
    ["null for nothing", () => undefined, null],
    ["null for a promise of nothing", async () => {}, null],
    ["false", () => false, false],
  ] as const
) {
  Deno.test(`WebSocketClient.handle() answers a message with an id with ${what}`, async () => {
    const { client, socket } = await connected();
    client.handle("ask", handler);

    socket.receive({ type: "ask", id: 5 });
    socket.receive({ type: "ask", id: "five" });
    await settle();

    assertEquals(sentAfterHello(socket), [{ type: "$reply", id: 5, data }, { type: "$reply", id: "five", data }]);
  });
}

for (const id of [undefined, null, 1.5, {}, "x".repeat(129), true]) {
  Deno.test(`WebSocketClient.handle() answers nothing to a message whose id is ${JSON.stringify(id)?.slice(0, 20)}`, async () => {
    const { client, socket } = await connected();
    const seen: unknown[] = [];
    client.handle("ask", (data) => seen.push(data));

    socket.receive({ type: "ask", id, data: 1 });
    await settle();

    assertEquals([seen, sentAfterHello(socket)], [[1], []]);
  });
}

Deno.test("WebSocketClient.handle() answers in the plain form with the plain protocol", async () => {
  const { client, socket } = await plainModeClient();
  client.handle("ask", (data) => data * 2);
  client.handle("no", () => {
    throw new MessageError("forbidden", "No", { why: 1 });
  });

  socket.receive({ type: "ask", id: 1, data: 21 });
  socket.receive({ type: "no", id: 2 });
  socket.receive({ type: "what", id: 3 });
  await settle();

  assertEquals(
    new Set(socket.sentJson),
    new Set([
      { type: "reply", id: 1, data: 42 },
      { type: "error", id: 2, error: { code: "forbidden", message: "No", data: { why: 1 } } },
      { type: "error", id: 3, error: UNKNOWN_TYPE },
    ]),
  );
});

for (const isAsync of [false, true]) {
  Deno.test(`WebSocketClient.handle() answers a MessageError as it is, and tells nobody else (${isAsync ? "promise" : "thrown"})`, async () => {
    const { client, socket, told } = await connected();
    const error = new MessageError("not_yours", "That belongs to Ada", { owner: "ada" });
    client.handle("take", () => {
      if (isAsync) return Promise.reject(error);
      throw error;
    });

    socket.receive({ type: "take", id: 1 });
    await settle();

    assertEquals(sentAfterHello(socket), [
      { type: "$error", id: 1, error: { code: "not_yours", message: "That belongs to Ada", data: { owner: "ada" } } },
    ]);
    assertEquals(toldOf(told, "error"), []);
  });

  Deno.test(`WebSocketClient.handle() answers any other error with internal_error, and gives it to onError (${isAsync ? "promise" : "thrown"})`, async () => {
    const { client, socket, told } = await connected();
    const error = new Error("secret");
    client.handle("take", () => {
      if (isAsync) return Promise.reject(error);
      throw error;
    });

    socket.receive({ type: "take", id: 1 });
    socket.receive({ type: "take" });
    await settle();

    assertEquals(sentAfterHello(socket), [{ type: "$error", id: 1, error: INTERNAL_ERROR }]);
    assertEquals(toldOf(told, "error"), [error, error]);
  });
}

Deno.test("WebSocketClient.handle() gives a MessageError to onError where no answer was asked for", async () => {
  const { client, socket, told } = await connected();
  const error = new MessageError("no", "No");
  client.handle("take", () => {
    throw error;
  });

  socket.receive({ type: "take" });
  await settle();

  assertEquals([toldOf(told, "error"), sentAfterHello(socket)], [[error], []]);
});

const cycle: { self?: unknown } = {};
cycle.self = cycle;

for (
  const [what, value] of [["a BigInt", 5n], ["a function", () => 1], ["bytes", new Uint8Array(1)], [
    "a cycle",
    cycle,
  ]] as const
) {
  Deno.test(`WebSocketClient.handle() answers internal_error for ${what}, and says why to onError`, async () => {
    const { client, socket, told } = await connected();
    client.handle("ask", () => value);
    client.handle("no", () => {
      throw new MessageError("no", "No", value === cycle || value === 5n ? value : 5n);
    });

    socket.receive({ type: "ask", id: 1 });
    socket.receive({ type: "no", id: 2 });
    await settle();

    const expected = [1, 2].map((id) => ({ type: "$error", id, error: INTERNAL_ERROR }));
    assertEquals(new Set(sentAfterHello(socket)), new Set(expected));
    for (const error of toldOf(told, "error")) assertInstanceOf(error, TypeError);
    assertEquals(toldOf(told, "error").length, 2);
  });
}

Deno.test("WebSocketClient.handle() answers internal_error in place of what is larger than the server takes", async () => {
  const test = managedClient();
  const socket = await connectManaged(test, { ...WELCOME, maxMessageBytes: 200 });
  test.client.handle("ask", () => "x".repeat(200));

  socket.receive({ type: "ask", id: 1 });
  await settle();

  assertEquals(sentAfterHello(socket), [{ type: "$error", id: 1, error: INTERNAL_ERROR }]);
  const [error] = toldOf(test.told, "error");
  assertInstanceOf(error, OutboxFullError);
  assertEquals(error.bound, "size");
});

Deno.test("WebSocketClient.handle() throws for a second handler of a type, and takes another when the first is off", async () => {
  const { client, socket } = await connected();
  const off = client.handle("a", () => 1);
  assertThrows(() => client.handle("a", () => 2), TypeError, '"a" twice');

  off();
  const offAgain = client.handle("a", () => 3);
  off();
  socket.receive({ type: "a", id: 1 });
  await settle();

  assertEquals(sentAfterHello(socket), [{ type: "$reply", id: 1, data: 3 }]);
  offAgain();
});

for (
  const [what, type, handler] of [
    ["a type of the protocol", "$join", () => {}],
    ["a type that is no string", 5, () => {}],
    ["a handler that is no function", "a", "b"],
  ] as const
) {
  Deno.test(`WebSocketClient.handle() throws for ${what}`, () => {
    const { client } = managedClient();
    assertThrows(() => client.handle(type as string, handler as () => void), TypeError);
  });
}

Deno.test("WebSocketClient.handle() knows until when the server waits", async () => {
  const { client, socket, platform } = await connected();
  const contexts: ClientMessageContext[] = [];
  client.handle("ask", (_, context) => void contexts.push(context));

  socket.receive({ type: "ask", id: 1, $timeoutMs: 5_000 });
  socket.receive({ type: "ask", id: 2 });
  socket.receive({ type: "ask", id: 3, $timeoutMs: "soon" });

  assertEquals(contexts.map(({ deadline }) => deadline?.getTime()), [platform.now() + 5_000, undefined, undefined]);
  assertEquals(contexts[0]?.message, { type: "ask", id: 1 });
});

Deno.test("WebSocketClient.handle() stops the handler whose request the server cancels, and answers nothing", async () => {
  const { client, socket, told } = await connected();
  const signals: AbortSignal[] = [];
  client.handle("ask", async (_, { signal }) => {
    signals.push(signal);
    await new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  socket.receive({ type: "ask", id: 1 });
  socket.receive({ type: "ask", id: 2 });

  socket.receive({ type: "$cancel", id: 1 });
  await settle();

  assertEquals(signals.map(({ aborted }) => aborted), [true, false]);
  assertEquals((signals[0]?.reason as Error).name, "AbortError");
  assertEquals([sentAfterHello(socket), toldOf(told, "error")], [[], []]);
});

Deno.test("WebSocketClient takes a $cancel of what it does not know", async () => {
  const { client, socket } = await connected();

  socket.receive({ type: "$cancel", id: 9 });

  assertEquals([client.getState(), sentAfterHello(socket)], ["open", []]);
});

Deno.test("WebSocketClient.handle() stops all handlers when the connection is lost, and answers on no other", async () => {
  const test = await connected();
  const signals: AbortSignal[] = [];
  const work = Promise.withResolvers<string>();
  test.client.handle("ask", (_, { signal }) => {
    signals.push(signal);
    return work.promise;
  });
  test.socket.receive({ type: "ask", id: 1 });
  test.socket.receive({ type: "ask" });

  test.socket.break();
  test.platform.ring();
  const socket = await test.platform.nextSocket();
  socket.open("switchboard.v1");
  socket.receive(WELCOME);
  work.resolve("done");
  await settle();

  assertEquals(signals.map(({ aborted }) => aborted), [true, true]);
  assertEquals([(signals[0]?.reason as Error).name, sentAfterHello(socket)], ["ConnectionClosedError", []]);
});

Deno.test("WebSocketClient.handle() does not abort the signals of handlers that are through", async () => {
  const { client, socket } = await connected();
  const signals: AbortSignal[] = [];
  client.handle("ask", (_, { signal }) => void signals.push(signal));
  socket.receive([{ type: "ask" }, { type: "ask", id: 1 }]);
  await settle();

  socket.break();

  assertEquals(signals.map(({ aborted }) => aborted), [false, false]);
});

Deno.test("WebSocketClient.handle() has signals on a new connection that are not aborted", async () => {
  const test = await connected();
  const aborted: boolean[] = [];
  test.client.handle("ask", (_, { signal }) => void aborted.push(signal.aborted));
  test.socket.break();
  test.platform.ring();
  const socket = await test.platform.nextSocket();
  socket.open("switchboard.v1");

  socket.receive([WELCOME, { type: "ask" }, { type: "ask", id: 1 }]);

  assertEquals(aborted, [false, false]);
});

Deno.test("WebSocketClient.handle() lets no answer wait for another connection when its own is closing", async () => {
  const { client, socket } = await connected();
  const work = Promise.withResolvers<string>();
  client.handle("ask", () => work.promise);
  socket.receive({ type: "ask", id: 1 });

  socket.readyState = 2;
  work.resolve("done");
  await settle();

  assertEquals([client.queuedMessages, sentAfterHello(socket)], [0, []]);
});

Deno.test("WebSocketClient.handle() does not take the answer to a cancelled request for that to another with its id", async () => {
  const { client, socket } = await connected();
  const work: PromiseWithResolvers<string>[] = [];
  client.handle("ask", () => {
    const each = Promise.withResolvers<string>();
    work.push(each);
    return each.promise;
  });
  socket.receive({ type: "ask", id: 1 });
  socket.receive({ type: "$cancel", id: 1 });
  socket.receive({ type: "ask", id: 1 });

  work[0]?.resolve("first");
  await settle();
  work[1]?.resolve("second");
  await settle();

  assertEquals(sentAfterHello(socket), [{ type: "$reply", id: 1, data: "second" }]);
});

Deno.test("WebSocketClient.handle() gives no answer when the client is disconnecting", async () => {
  const { client, socket } = await connected();
  const work = Promise.withResolvers<string>();
  client.handle("ask", () => work.promise);
  socket.receive({ type: "ask", id: 1 });

  const closed = client.disconnect();
  work.resolve("done");
  await settle();
  socket.end();
  await closed;

  assertEquals(sentAfterHello(socket), []);
});

Deno.test("WebSocketClient.handle() runs once for a request that comes again while it is at work", async () => {
  const { client, socket } = await connected();
  const work = Promise.withResolvers<string>();
  let calls = 0;
  client.handle("ask", () => {
    calls++;
    return work.promise;
  });

  socket.receive({ type: "ask", id: 1 });
  socket.receive({ type: "ask", id: 1 });
  work.resolve("done");
  await settle();

  assertEquals([calls, sentAfterHello(socket)], [1, [{ type: "$reply", id: 1, data: "done" }]]);
});

Deno.test("WebSocketClient answers unknown_type to a request that nobody handles, and does not keep it", async () => {
  const { client, socket, platform } = await unreadClient();

  socket.receive({ type: "ask", id: 1 });
  await settle();
  const seen: unknown[] = [];
  client.handlers = { onMessage: (message) => void seen.push(message) };
  await settle();

  assertEquals([sentAfterHello(socket), seen], [[{ type: "$error", id: 1, error: UNKNOWN_TYPE }], []]);
  assertEquals(platform.sockets.length, 1);
});

Deno.test("WebSocketClient tells listeners of a request that nobody handles, and answers unknown_type", async () => {
  const { socket, told } = await connected();

  socket.receive({ type: "ask", id: 1 });

  assertEquals(toldOf(told, "message"), [{ type: "ask", id: 1 }]);
  assertEquals(sentAfterHello(socket), [{ type: "$error", id: 1, error: UNKNOWN_TYPE }]);
});

Deno.test("WebSocketClient leaves a request to onMessage, which may answer it by hand", async () => {
  const { client, socket } = await connected({
    handlers: {
      onMessage: ({ id, data }) => {
        if (id !== undefined) client.reply(id, data + 1);
      },
    },
  });

  socket.receive({ type: "ask", id: 1, data: 1 });

  assertEquals(sentAfterHello(socket), [{ type: "$reply", id: 1, data: 2 }]);
});

Deno.test("WebSocketClient leaves a request to a loop, which may answer it by hand", async () => {
  const { client, socket } = await unreadClient();
  const loop = client[Symbol.asyncIterator]();
  const next = loop.next();

  socket.receive({ type: "ask", id: "q" });
  const { id } = (await next).value as WebSocketMessage;
  const outcome = client.reply(id!);

  assertEquals([outcome, sentAfterHello(socket)], ["sent", [{ type: "$reply", id: "q", data: null }]]);
});

Deno.test("WebSocketClient.reply() says closed where there is no connection, and throws for what is not JSON", async () => {
  const { client, socket } = await connected();
  assertThrows(() => client.reply(1, 5n), TypeError);
  socket.break();

  assertEquals([client.reply(1, "a"), client.queuedMessages], ["closed", 0]);
});

Deno.test("WebSocketClient.handle() gets the messages that nobody read before, in their order, and leaves the others", async () => {
  const { client, socket } = await unreadClient();
  socket.receive([{ type: "a", data: 1 }, { type: "b", data: 2 }, { type: "a", data: 3 }]);
  const seen: unknown[] = [];

  client.handle("a", (data) => void seen.push(data));
  const during = [...seen];
  await settle();
  socket.receive({ type: "a", data: 4 });
  client.handlers = { onMessage: ({ data }) => void seen.push(data) };
  await settle();

  assertEquals([during, seen], [[], [1, 3, 4, 2]]);
});

Deno.test("WebSocketClient.handle() gets what was kept before what comes in the same turn", async () => {
  const { client, socket } = await unreadClient();
  socket.receive({ type: "a", data: 1 });
  const seen: unknown[] = [];

  client.handle("a", (data) => void seen.push(data));
  socket.receive({ type: "a", data: 2 });

  assertEquals(seen, [1, 2]);
});

Deno.test("WebSocketClient.handle() leaves what was kept to a loop that runs", async () => {
  const { client, socket } = await unreadClient();
  const loop = client[Symbol.asyncIterator]();
  const first = loop.next();
  socket.receive([{ type: "a", data: 1 }, { type: "a", data: 2 }]);
  const seen: unknown[] = [];

  client.handle("a", (data) => void seen.push(data));
  await settle();

  assertEquals([(await first).value, (await loop.next()).value, seen], [
    { type: "a", data: 1 },
    { type: "a", data: 2 },
    [],
  ]);
});

Deno.test("WebSocketClient.handle() answers nothing to what is an answer itself", async () => {
  const { client, socket } = await connected();
  const seen: unknown[] = [];
  client.handle("reply", (data) => void seen.push(data));

  socket.receive({ type: "$reply", id: 7, data: "yes" });
  await settle();

  assertEquals([seen, sentAfterHello(socket)], [["yes"], []]);
});

Deno.test("WebSocketClient.handle() gets text and bytes under their names", async () => {
  const { client, socket } = await connected();
  const seen: unknown[] = [];
  client.handle("text", (data) => void seen.push(data));
  client.handle("binary", (data) => void seen.push(data));

  socket.receive({ type: "$value", data: "words" });
  socket.receive(new Uint8Array([0, 0, 1, 2]));

  assertEquals(seen, ["words", new Uint8Array([1, 2])]);
});

Deno.test("WebSocketClient never shows members of the protocol to handlers, listeners and onMessage", async () => {
  const read: unknown[] = [];
  const { client, socket, told } = await connected({ handlers: { onMessage: (message) => void read.push(message) } });
  client.handle("a", (_, { message }) => void read.push(message));

  socket.receive({ type: "a", $timeoutMs: 1, $room: "r", $later: 1 });
  socket.receive({ type: "b", $timeoutMs: 1, $room: ["r"] });

  assertEquals([read, toldOf(told, "message")], [[{ type: "a" }, { type: "b" }], [{ type: "a" }, { type: "b" }]]);
  assertEquals(read.map((message) => Object.keys(message as object)), [["type"], ["type"]]);
});

Deno.test("WebSocketClient gives what a handler throws to the logger when nobody hears of errors", async () => {
  const platform = new FakePlatform();
  const logger = new FakeLogger();
  const client = new WebSocketClient({ url: "ws://localhost/ws", platform, logger });
  const socket = await connectManaged({ client, platform, logger, told: [] });
  const broken = new Error("broken");
  client.handle("a", () => {
    throw broken;
  });

  socket.receive({ type: "a" });
  await settle();

  assertStrictEquals(logger.errors[0], broken);
});
