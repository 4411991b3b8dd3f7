import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { WebSocketClient } from "../../src/client/plain.ts";
import type { WebSocketClientHandlers } from "../../src/client/types.ts";
import { InboxFullError, ProtocolError } from "../../src/errors.ts";
import type { WebSocketMessage } from "../../src/protocol/messages.ts";
import { connectPlain, FakeLogger, FakePlatform, plainClient, toldOf } from "./fakes.ts";

/** A client without the listeners of `record()`, which would read its messages. */
function unread(config: { handlers?: WebSocketClientHandlers; maxUnreadMessages?: number } = {}) {
  const platform = new FakePlatform();
  const logger = new FakeLogger();
  const client = new WebSocketClient({ url: "ws://localhost/ws", platform, logger, ...config });
  return { client, platform, logger, told: [] };
}

Deno.test("WebSocketClient hands text, JSON and bytes to onMessage and to listeners", async () => {
  const seen: WebSocketMessage[] = [];
  const test = plainClient({ handlers: { onMessage: (message) => void seen.push(message) } });
  const socket = await connectPlain(test);

  socket.receive("words");
  socket.receive({ type: "chat", data: 1, from: "ada" });
  socket.receive({ noType: true });
  socket.receive(new Uint8Array([1, 2]));

  assertEquals(seen, [
    { type: "text", data: "words" },
    { type: "chat", data: 1, from: "ada" },
    { type: "text", data: '{"noType":true}' },
    { type: "binary", data: new Uint8Array([1, 2]) },
  ]);
  assertEquals(toldOf(test.told, "message"), seen);
});

Deno.test("WebSocketClient keeps 10,000 messages until a handler is set, in their order", async () => {
  const test = unread();
  const socket = await connectPlain(test);
  for (let i = 0; i < 10_000; i++) socket.receive({ type: "n", data: i });
  const seen: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();

  test.client.handlers = {
    onMessage: ({ data }) => {
      seen.push(data);
      if (data === 10_000) resolve();
    },
  };
  socket.receive({ type: "n", data: 10_000 });
  await promise;

  assertEquals(seen, Array.from({ length: 10_001 }, (_, i) => i));
});

Deno.test("WebSocketClient keeps messages until a listener is added", async () => {
  const test = unread();
  const socket = await connectPlain(test);
  socket.receive("early");
  const { promise, resolve } = Promise.withResolvers<WebSocketMessage>();

  test.client.on("message", resolve);

  assertEquals(await promise, { type: "text", data: "early" });
});

Deno.test("WebSocketClient tells of messages that nobody reads beyond the bound", async () => {
  const test = unread({ maxUnreadMessages: 1 });
  const dropped: unknown[] = [];
  const errors: Error[] = [];
  test.client.on("message:dropped", (event) => dropped.push(event));
  test.client.on("error", (error) => errors.push(error));
  const socket = await connectPlain(test);

  socket.receive("a");
  socket.receive("b");

  assertEquals(dropped, [{ direction: "receive", message: { type: "text", data: "b" }, reason: "messages" }]);
  const [error] = errors;
  assertInstanceOf(error, InboxFullError);
  assertEquals([error.code, error.bound, error.limit], ["inbox_full", "messages", 1]);
});

Deno.test("WebSocketClient is read in a loop, across a reconnection, until it is closed", async () => {
  const test = unread();
  const { client, platform } = test;
  const seen: string[] = [];
  const first = await connectPlain(test);
  const loop = (async () => {
    for await (const { data } of client) seen.push(data);
  })();
  first.receive("before");
  first.break();
  platform.ring();
  const second = await platform.nextSocket();
  second.open();
  second.receive("after");

  const closed = client.disconnect();
  second.end();
  await closed;
  await loop;

  assertEquals(seen, ["before", "after"]);
});

Deno.test("WebSocketClient ends a loop that began before it was connected when connecting fails for good", async () => {
  const test = unread();
  const loop = (async () => {
    for await (const _ of test.client);
  })();
  const connected = test.client.connect();

  (await test.platform.nextSocket()).break();

  await connected.catch(() => {});
  await loop;
});

Deno.test("WebSocketClient does not hand a message to onMessage while a loop runs", async () => {
  const seen: unknown[] = [];
  const test = unread({ handlers: { onMessage: (message) => void seen.push(message) } });
  const socket = await connectPlain(test);
  const loop = test.client[Symbol.asyncIterator]();
  const next = loop.next();

  socket.receive("a");

  assertEquals([(await next).value, seen], [{ type: "text", data: "a" }, []]);
});

Deno.test("WebSocketClient ends the connection when a frame is larger than maxMessageBytes, and says so", async () => {
  for (const frame of ["x".repeat(101), "ä".repeat(51), new Uint8Array(101)]) {
    const test = plainClient({ maxMessageBytes: 100 });
    const socket = await connectPlain(test);

    socket.receive(frame);
    socket.receive("not read any more");
    socket.end();

    const [error] = toldOf(test.told, "error");
    assertInstanceOf(error, ProtocolError);
    assertEquals([error.closeCode, socket.closes[0]?.[0], test.client.getState()], [1009, 4400, "closed"]);
    assertEquals([toldOf(test.told, "message"), toldOf(test.told, "close")[0]?.code], [[], 1009]);
  }
});

Deno.test("WebSocketClient takes a frame of just maxMessageBytes", async () => {
  const test = plainClient({ maxMessageBytes: 100 });
  const socket = await connectPlain(test);

  socket.receive("ä".repeat(50));
  socket.receive(new Uint8Array(100));

  assertEquals(toldOf(test.told, "message").length, 2);
});

Deno.test("WebSocketClient goes on when a handler throws, and gives the error to onError", async () => {
  const errors: Error[] = [];
  const broken = new Error("broken");
  const test = plainClient({
    handlers: {
      onMessage: () => {
        throw broken;
      },
      onError: (error) => void errors.push(error),
    },
  });
  const socket = await connectPlain(test);

  socket.receive("a");
  socket.receive("b");

  assertEquals([errors, test.client.getState()], [[broken, broken], "open"]);
});

for (const name of ["onOpen", "onMessage", "onClose", "onError"] as const) {
  Deno.test(`WebSocketClient lives on when ${name} throws or rejects`, async () => {
    for (const fail of [() => Promise.reject(new Error("no")), () => raise()]) {
      const test = plainClient({ handlers: { [name]: fail } });
      const socket = await connectPlain(test);
      socket.receive("a");
      socket.break();
      test.platform.ring();
      (await test.platform.nextSocket()).open();
      assertEquals(test.client.getState(), "open");
    }
  });
}

Deno.test("WebSocketClient writes what handlers throw to the logger when nobody hears of errors", async () => {
  const broken = new Error("broken");
  const test = unread({ handlers: { onMessage: () => Promise.reject(broken) } });
  const socket = await connectPlain(test);

  socket.receive("a");
  await Promise.resolve();

  assertEquals(test.logger.errors, [broken]);
});

Deno.test("WebSocketClient.handlers gives the handlers, and others take effect at once", async () => {
  const seen: string[] = [];
  const first = { onMessage: () => void seen.push("first") };
  const second = { onMessage: () => void seen.push("second") };
  const test = plainClient({ handlers: first });
  const socket = await connectPlain(test);

  socket.receive("a");
  const before = test.client.handlers;
  test.client.handlers = second;
  socket.receive("b");

  assertEquals([before === first, test.client.handlers === second, seen], [true, true, ["first", "second"]]);
});

Deno.test("WebSocketClient.on() refuses an event that there is not, and returns what ends the listening", async () => {
  const test = plainClient();
  const seen: unknown[] = [];
  assertThrows(() => test.client.on("connected" as "open", () => {}), TypeError, "one of open");
  const off = test.client.on("open", (event) => seen.push(event));

  off();
  await connectPlain(test);

  assertEquals(seen, []);
});

function raise(): never {
  throw new Error("no");
}
