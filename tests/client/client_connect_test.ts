import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import type { ClientAttempt } from "../../src/client/types.ts";
import { ConnectFailedError, ConnectionClosedError, ConnectTimeoutError, ProtocolError } from "../../src/errors.ts";
import { connectPlain, plainClient, toldOf } from "./fakes.ts";

Deno.test("WebSocketClient opens nothing before connect()", () => {
  const { client, platform } = plainClient();

  assertEquals([client.getState(), platform.sockets.length, platform.timers, platform.watchers], ["idle", 0, 0, 0]);
});

Deno.test("WebSocketClient.connect() resolves when the connection is open", async () => {
  const test = plainClient();
  const { client, platform } = test;
  const connected = client.connect();
  const socket = await platform.nextSocket();
  const before = [client.getState(), client.isConnected()];

  socket.open();
  await connected;

  assertEquals([before, client.getState(), client.isConnected()], [["connecting", false], "open", true]);
  assertEquals([socket.url, socket.protocols, socket.binaryType], ["ws://localhost/ws", [], "arraybuffer"]);
});

Deno.test("WebSocketClient.connect() returns the same promise while it is connecting, and resolves at once when open", async () => {
  const { client, platform } = plainClient();

  const first = client.connect();
  assertStrictEquals(client.connect(), first);
  (await platform.nextSocket()).open();
  await first;
  await client.connect();

  assertEquals(platform.sockets.length, 1);
});

Deno.test("WebSocketClient tells of an attempt, of each state and of the open connection, in order", async () => {
  const test = plainClient();
  await connectPlain(test);

  assertEquals(test.told, [
    ["statechange", { state: "connecting", previous: "idle" }],
    ["attempt", { attempt: 1, delayMs: 0, reason: "connect" }],
    ["statechange", { state: "open", previous: "connecting" }],
    ["open", { protocol: "", connectionId: undefined, resumed: false }],
  ]);
});

Deno.test("WebSocketClient asks for url, protocols and headers before each attempt, and tells which it is", async () => {
  const asked: ClientAttempt[] = [];
  const test = plainClient({
    url: (attempt) => {
      asked.push(attempt);
      return `wss://example.com/?attempt=${attempt.attempt}`;
    },
    protocols: (attempt) => Promise.resolve(["a", `b${attempt.attempt}`]),
    headers: (attempt) => ({ "x-attempt": String(attempt.attempt) }),
  });
  const { client, platform } = test;
  const first = await connectPlain(test);
  first.end(1006, "", false);

  platform.advance(250);
  const second = await platform.nextSocket();

  assertEquals([first.url, first.protocols, first.headers], ["wss://example.com/?attempt=1", ["a", "b1"], {
    "x-attempt": "1",
  }]);
  assertEquals([second.url, second.protocols, second.headers], ["wss://example.com/?attempt=2", ["a", "b2"], {
    "x-attempt": "2",
  }]);
  assertEquals(asked, [
    { attempt: 1, delayMs: 0, reason: "connect" },
    { attempt: 2, delayMs: 250, reason: "retry" },
  ]);
  const closed = client.disconnect();
  second.end();
  await closed;
});

Deno.test("WebSocketClient gives no headers where the application has none, and offers a protocol once", async () => {
  const test = plainClient({ protocols: ["a", "b", "a"] });
  const socket = await connectPlain(test);

  assertEquals([socket.headers, socket.protocols], [undefined, ["a", "b"]]);
});

Deno.test("WebSocketClient takes a protocol that was offered, and tells which", async () => {
  const { client, platform, told } = plainClient({ protocols: "chat" });
  const connected = client.connect();

  (await platform.nextSocket()).open("chat");
  await connected;

  assertEquals(toldOf(told, "open"), [{ protocol: "chat", connectionId: undefined, resumed: false }]);
});

Deno.test("WebSocketClient refuses a protocol that was not offered", async () => {
  const { client, platform } = plainClient({ protocols: "chat" });
  const connected = client.connect();
  const socket = await platform.nextSocket();

  socket.open("other");
  socket.end();

  const error = await assertRejects(() => connected, ProtocolError, '"other" was not offered');
  assertEquals([error.closeCode, socket.closes[0]?.[0], client.getState()], [1002, 4400, "closed"]);
});

Deno.test("WebSocketClient.connect() rejects when the first attempt fails, and the client is closed", async () => {
  const { client, platform, told } = plainClient();
  const connected = client.connect();

  (await platform.nextSocket()).break("tcp connect error");

  const error = await assertRejects(() => connected, ConnectFailedError, "tcp connect error");
  assertEquals(told.slice(2), [
    ["error", error],
    ["statechange", { state: "closed", previous: "connecting" }],
    ["close", {
      code: 1006,
      reason: "",
      wasClean: false,
      willReconnect: false,
      delayMs: undefined,
      error,
      retryAfterMs: undefined,
    }],
  ]);
  assertEquals([platform.timers, platform.watchers], [0, 0]);
});

Deno.test("WebSocketClient.connect() tries until it is open with retryFirst", async () => {
  const { client, platform, told } = plainClient({ reconnect: { retryFirst: true } });
  const connected = client.connect();

  (await platform.nextSocket()).break();
  platform.advance(250);
  (await platform.nextSocket()).break();
  platform.advance(500);
  (await platform.nextSocket()).open();
  await connected;

  assertEquals(toldOf(told, "attempt").map(({ attempt }) => attempt), [1, 2, 3]);
  assertEquals(toldOf(told, "close"), []);
});

Deno.test("WebSocketClient.connect() rejects with the last failure when all retries are used up", async () => {
  const { client, platform } = plainClient({ reconnect: { retryFirst: true, maxRetries: 1 } });
  const connected = client.connect();

  (await platform.nextSocket()).break("first");
  platform.advance(250);
  (await platform.nextSocket()).break("second");

  await assertRejects(() => connected, ConnectFailedError, "second");
});

Deno.test("WebSocketClient.connect() gives up an attempt that takes longer than connectTimeoutMs", async () => {
  const { client, platform } = plainClient({ connectTimeoutMs: 1_000 });
  const connected = client.connect();
  const socket = await platform.nextSocket();

  platform.advance(1_000);

  const error = await assertRejects(() => connected, ConnectTimeoutError, "1000 ms");
  assertEquals([error.stage, error.timeoutMs, socket.closes.length, platform.timers], ["open", 1_000, 1, 0]);
});

Deno.test("WebSocketClient.connect() counts the functions that it asks into connectTimeoutMs", async () => {
  const { client, platform } = plainClient({ url: () => new Promise<string>(() => {}) });
  const connected = client.connect();

  platform.advance(10_000);

  await assertRejects(() => connected, ConnectTimeoutError);
  assertEquals(platform.sockets.length, 0);
});

Deno.test("WebSocketClient opens no socket for an answer that comes after its attempt was given up", async () => {
  const answer = Promise.withResolvers<string>();
  const { client, platform } = plainClient({ url: () => answer.promise });
  const connected = client.connect();
  platform.advance(10_000);
  await assertRejects(() => connected, ConnectTimeoutError);

  answer.resolve("ws://localhost");
  await answer.promise;
  await Promise.resolve();

  assertEquals([platform.sockets.length, client.getState()], [0, "closed"]);
});

for (
  const [what, url] of [
    ["throws", () => {
      throw new Error("no token");
    }],
    ["rejects", () => Promise.reject(new Error("no token"))],
  ] as const
) {
  Deno.test(`WebSocketClient.connect() rejects with the cause when the function for the url ${what}`, async () => {
    const { client } = plainClient({ url });

    const error = await assertRejects(() => client.connect(), ConnectFailedError, "no token");

    assertInstanceOf(error.cause, Error);
  });
}

Deno.test("WebSocketClient.connect() rejects when a function gives a url that is none", async () => {
  const { client } = plainClient({ url: () => "nowhere" });

  await assertRejects(() => client.connect(), ConnectFailedError, "must be a WebSocket URL");
});

Deno.test("WebSocketClient.connect() rejects when the runtime refuses to open a socket", async () => {
  const { client, platform } = plainClient();
  platform.refusal = new DOMException("not from this page", "SecurityError");

  const error = await assertRejects(() => client.connect(), ConnectFailedError, "not from this page");

  assertStrictEquals(error.cause, platform.refusal);
});

Deno.test("WebSocketClient.connect() begins anew after the client was closed", async () => {
  const test = plainClient();
  const connected = test.client.connect();
  (await test.platform.nextSocket()).break();
  await assertRejects(() => connected, ConnectFailedError);

  await connectPlain(test);

  assertEquals([test.client.getState(), toldOf(test.told, "attempt").length], ["open", 2]);
});

Deno.test("WebSocketClient.connect() with a signal that is aborted already does nothing", async () => {
  const { client, platform, told } = plainClient();
  const reason = new Error("changed my mind");

  const error = await assertRejects(() => client.connect({ signal: AbortSignal.abort(reason) }));

  assertEquals([error === reason, client.getState(), platform.timers, told], [true, "idle", 0, []]);
});

Deno.test("WebSocketClient.connect() stops when its signal is aborted, and rejects with the signal's reason", async () => {
  const { client, platform } = plainClient();
  const abort = new AbortController();
  const connected = client.connect({ signal: abort.signal });
  const socket = await platform.nextSocket();

  abort.abort();
  const error = await assertRejects(() => connected, DOMException);
  socket.end(1006, "", false);

  assertEquals([error.name, client.getState(), platform.timers], ["AbortError", "closed", 0]);
});

Deno.test("WebSocketClient.connect() stops during a delay when its signal is aborted", async () => {
  const { client, platform } = plainClient({ reconnect: { retryFirst: true } });
  const abort = new AbortController();
  const connected = client.connect({ signal: abort.signal });
  (await platform.nextSocket()).break();

  abort.abort();
  await assertRejects(() => connected, DOMException);

  assertEquals([client.getState(), platform.timers, platform.watchers], ["closed", 0, 0]);
});

Deno.test("WebSocketClient pays no heed to a signal once the connection was open", async () => {
  const { client, platform } = plainClient();
  const abort = new AbortController();
  const connected = client.connect({ signal: abort.signal });
  (await platform.nextSocket()).open();
  await connected;

  abort.abort();

  assertEquals(client.getState(), "open");
});

Deno.test("WebSocketClient.connect() rejects when disconnect() is called", async () => {
  const { client, platform } = plainClient();
  const connected = client.connect();
  await platform.nextSocket();

  const closed = client.disconnect(4000, "bye");

  const error = await assertRejects(() => connected, ConnectionClosedError);
  assertEquals([error.closeCode, error.reason], [4000, "bye"]);
  platform.sockets[0]?.end();
  await closed;
});

Deno.test("WebSocketClient.connect() during a delay makes the next attempt now", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);
  socket.end(1006, "", false);

  const connected = test.client.connect();
  (await test.platform.nextSocket()).open();
  await connected;

  assertEquals(toldOf(test.told, "attempt").at(-1), { attempt: 2, delayMs: 250, reason: "retry" });
});
