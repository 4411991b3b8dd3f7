import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import type { CloseAction } from "../../src/protocol/close_actions.ts";
import { CLOSE_CODES } from "../../src/protocol/close_codes.ts";
import { ConnectionClosedError } from "../../src/errors.ts";
import { connectPlain, plainClient, toldOf } from "./fakes.ts";

/** With 0.5 as the random number, and no good connection before. */
const DELAYS: Readonly<Record<Exclude<CloseAction, "stop">, number>> = {
  back_off: 250,
  renew: 250,
  spread: 5_000,
  later: 7_500,
};

for (const { code, name, action } of CLOSE_CODES) {
  Deno.test(`WebSocketClient after close ${code} (${name}): ${action}`, async () => {
    const test = plainClient();
    const socket = await connectPlain(test);

    socket.end(code, "why", code !== 1006);

    const { client, platform, told } = test;
    const [close] = toldOf(told, "close");
    const delayMs = action === "stop" ? undefined : DELAYS[action];
    assertEquals([close?.code, close?.reason, close?.willReconnect, close?.delayMs], [
      code,
      "why",
      action !== "stop",
      delayMs,
    ]);
    assertEquals([client.getState(), platform.untilNextTimer], [action === "stop" ? "closed" : "waiting", delayMs]);
    assertEquals(toldOf(told, "attempt").length, 1);
    if (delayMs === undefined) return;
    platform.advance(delayMs);
    assertEquals(toldOf(told, "attempt")[1]?.reason, action === "renew" ? "renew" : "retry");
  });
}

for (const code of [3000, 3999, 4000, 4999, 1004, 1016, 2999]) {
  Deno.test(`WebSocketClient stops after close ${code}, which the table does not know`, async () => {
    const test = plainClient();

    (await connectPlain(test)).end(code);

    assertEquals([test.client.getState(), test.platform.timers], ["closed", 0]);
  });
}

Deno.test("WebSocketClient does after a close code what the application wants", async () => {
  const closeActions = { 4100: "back_off", 1001: "stop", 1000: "later" } as const;
  const states: string[] = [];
  for (const code of [4100, 1001, 1000]) {
    const test = plainClient({ reconnect: { closeActions } });
    (await connectPlain(test)).end(code);
    states.push(test.client.getState());
  }

  assertEquals(states, ["waiting", "closed", "waiting"]);
});

Deno.test("WebSocketClient takes a close without a code, or with 0, for 1006", async () => {
  for (const event of [{ type: "close" }, { type: "close", code: 0, reason: "", wasClean: false }]) {
    const test = plainClient();
    const socket = await connectPlain(test);
    socket.emit(event);
    assertEquals(toldOf(test.told, "close")[0]?.code, 1006);
  }
});

Deno.test("WebSocketClient cuts a reason that is longer than a close frame holds", async () => {
  const test = plainClient();

  (await connectPlain(test)).end(1001, "x".repeat(1_000));

  assertEquals(toldOf(test.told, "close")[0]?.reason.length, 123);
});

Deno.test("WebSocketClient tells of an error when the connection broke, with what the runtime says", async () => {
  const test = plainClient();

  (await connectPlain(test)).break("Connection reset by peer");

  const [error] = toldOf(test.told, "error");
  assertInstanceOf(error, ConnectionClosedError);
  assertEquals([error.closeCode, error.message], [1006, "Lost the connection: Connection reset by peer"]);
  assertEquals(toldOf(test.told, "close")[0]?.error, error);
  assertEquals(toldOf(test.told, "waiting")[0]?.error, error);
});

Deno.test("WebSocketClient tells of no error when the server closed in good order", async () => {
  const test = plainClient();

  (await connectPlain(test)).end(1001);

  assertEquals(toldOf(test.told, "error"), []);
});

Deno.test("WebSocketClient tells of a loss in order: error, state, close, delay", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);
  test.told.length = 0;

  socket.break("x");

  assertEquals(test.told.map(([name]) => name), ["error", "statechange", "close", "waiting"]);
  assertEquals(toldOf(test.told, "waiting"), [
    { attempt: 2, delayMs: 250, reason: "retry", error: toldOf(test.told, "error")[0] },
  ]);
});

Deno.test("WebSocketClient backs off further and further from a server that accepts and drops", async () => {
  const test = plainClient();
  const { platform, told } = test;
  (await connectPlain(test)).break();

  for (let i = 0; i < 8; i++) {
    platform.ring();
    const socket = await platform.nextSocket();
    socket.open();
    platform.advance(4_999);
    socket.break();
  }

  assertEquals(toldOf(told, "waiting").map(({ delayMs }) => delayMs), [
    250,
    500,
    1_000,
    2_000,
    4_000,
    8_000,
    15_000,
    15_000,
    15_000,
  ]);
});

Deno.test("WebSocketClient begins with short delays again after a connection that was good", async () => {
  const test = plainClient();
  const { platform, told } = test;
  (await connectPlain(test)).break();
  platform.ring();
  const socket = await platform.nextSocket();
  socket.open();
  platform.advance(5_000);

  socket.break();

  assertEquals(toldOf(told, "waiting").map(({ delayMs }) => delayMs), [250, 250]);
});

Deno.test("WebSocketClient goes on trying when attempts fail after a loss", async () => {
  const test = plainClient();
  const { client, platform, told } = test;
  (await connectPlain(test)).break();

  for (let i = 0; i < 3; i++) {
    platform.ring();
    (await platform.nextSocket()).break();
  }

  assertEquals([client.getState(), toldOf(told, "error").length], ["waiting", 4]);
  assertEquals(toldOf(told, "close").length, 1);
});

Deno.test("WebSocketClient closes and says so once when its retries are used up", async () => {
  const test = plainClient({ reconnect: { maxRetries: 2 } });
  const { client, platform, told } = test;
  (await connectPlain(test)).break();

  for (let i = 0; i < 2; i++) {
    platform.ring();
    (await platform.nextSocket()).break();
  }

  assertEquals([client.getState(), platform.timers, platform.watchers], ["closed", 0, 0]);
  assertEquals(toldOf(told, "close").map(({ willReconnect }) => willReconnect), [true, false]);
});

Deno.test("WebSocketClient with reconnect: false closes when the connection is lost", async () => {
  const test = plainClient({ reconnect: false });

  (await connectPlain(test)).break();

  assertEquals([test.client.getState(), test.platform.timers], ["closed", 0]);
});

Deno.test("WebSocketClient asks once more when it is not signed in, and then stops", async () => {
  const tokens = ["old", "also old"];
  const test = plainClient({ url: () => `ws://localhost/?token=${tokens.shift()}` });
  const { client, platform } = test;

  (await connectPlain(test)).end(4401, "token expired");
  platform.ring();
  const socket = await platform.nextSocket();
  socket.open();
  socket.end(4401, "token expired");

  assertEquals([socket.url, client.getState()], ["ws://localhost/?token=also%20old", "closed"]);
});

Deno.test("WebSocketClient tries at once when it is woken during a delay, at most once a second", async () => {
  const test = plainClient();
  const { client, platform } = test;
  (await connectPlain(test)).break();

  platform.wake();
  (await platform.nextSocket()).break();
  platform.wake();
  const states = [client.getState()];
  platform.time += 1_000;
  platform.wake();
  states.push(client.getState());

  assertEquals(states, ["waiting", "connecting"]);
});

Deno.test("WebSocketClient sets one timer during a delay, and none more after a wake", async () => {
  const test = plainClient();
  (await connectPlain(test)).break();
  const waiting = test.platform.timers;

  test.platform.wake();
  (await test.platform.nextSocket()).open();

  assertEquals([waiting, test.platform.timers], [1, 0]);
});

Deno.test("WebSocketClient watches for wakes once, as long as it is not closed", async () => {
  const test = plainClient();
  const { client, platform } = test;
  const socket = await connectPlain(test);
  const watchers = [platform.watchers];
  socket.break();
  platform.ring();
  (await platform.nextSocket()).open();
  watchers.push(platform.watchers);
  const closed = client.disconnect();
  platform.advance(3_000);
  await closed;

  assertEquals([...watchers, platform.watchers], [1, 1, 0]);
});

Deno.test("WebSocketClient with a heartbeat reconnects at once after the machine slept, and sends no burst of pings", async () => {
  const test = plainClient({ heartbeatInterval: 30_000, heartbeatTimeoutMs: 10_000 });
  const { client, platform, told } = test;
  const socket = await connectPlain(test);

  platform.time += 600_000;
  platform.ring();
  const [close] = toldOf(told, "close");
  platform.ring();

  assertEquals([close?.code, close?.willReconnect, socket.sent], [4408, true, []]);
  assertEquals([client.getState(), socket.closes.length], ["connecting", 1]);
});

Deno.test("WebSocketClient with a heartbeat looks at once whether the server is there when it is woken", async () => {
  const test = plainClient({ heartbeatInterval: 30_000 });
  const { client, platform } = test;
  const socket = await connectPlain(test);

  platform.wake();
  const pings = socket.sentJson;
  platform.advance(5_000);

  assertEquals([pings, client.getState()], [[{ type: "ping", data: 1 }], "waiting"]);
});

Deno.test("WebSocketClient without a heartbeat stays open when it is woken", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);

  test.platform.wake();
  test.platform.advance(3_600_000);

  assertEquals([socket.sent, test.client.getState()], [[], "open"]);
});

Deno.test("WebSocketClient finds a server that no longer answers within interval and timeout", async () => {
  const test = plainClient({ heartbeatInterval: 1_000, heartbeatTimeoutMs: 500 });
  const socket = await connectPlain(test);

  test.platform.advance(1_500);

  const [close] = toldOf(test.told, "close");
  assertEquals([close?.code, close?.willReconnect, socket.closes], [4408, true, [[4408, ""]]]);
  assert(close?.error?.message.includes("silent for 1500 ms"));
});

Deno.test("WebSocketClient measures the latency, and keeps the pong to its own ping from the application", async () => {
  const test = plainClient({ heartbeatInterval: 1_000 });
  const { client, platform, told } = test;
  const socket = await connectPlain(test);
  const before = client.latencyMs;

  platform.advance(1_000);
  platform.advance(40);
  socket.receive({ type: "pong", data: 1 });
  socket.receive({ type: "pong", data: 1 });

  assertEquals([before, client.latencyMs], [undefined, 40]);
  assertEquals(toldOf(told, "message"), [{ type: "pong", data: 1 }]);
});

Deno.test("WebSocketClient forgets the latency with the connection", async () => {
  const test = plainClient({ heartbeatInterval: 1_000 });
  const socket = await connectPlain(test);
  test.platform.advance(1_000);
  socket.receive({ type: "pong" });

  const measured = test.client.latencyMs;
  socket.break();

  assertEquals([measured, test.client.latencyMs], [0, undefined]);
});

Deno.test("WebSocketClient hands on a pong that answers no ping of its own", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);

  socket.receive({ type: "pong" });

  assertEquals(toldOf(test.told, "message"), [{ type: "pong" }]);
});
