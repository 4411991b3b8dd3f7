import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionClosedError } from "../../src/errors.ts";
import { type ClientUnderTest, connectPlain, plainClient, toldOf } from "./fakes.ts";
import type { WebSocketClient } from "../../src/client/plain.ts";
import type { WebSocketClientState } from "../../src/client/types.ts";

type Test = ClientUnderTest<WebSocketClient>;

/** How a client comes into each state, and what its server does when the client closes. */
const STATES: Readonly<Record<WebSocketClientState, (test: Test) => Promise<() => void>>> = {
  idle: () => Promise.resolve(() => {}),
  connecting: async ({ client, platform }) => {
    client.connect().catch(() => {});
    const socket = await platform.nextSocket();
    return () => socket.end(1006, "", false);
  },
  open: async (test) => {
    const socket = await connectPlain(test);
    return () => socket.end(1000);
  },
  waiting: async (test) => {
    (await connectPlain(test)).end(1006, "", false);
    return () => {};
  },
  closing: async (test) => {
    const socket = await connectPlain(test);
    test.client.disconnect();
    return () => socket.end(1000);
  },
  closed: async (test) => {
    (await connectPlain(test)).end(1000);
    return () => {};
  },
};

for (const [state, bring] of Object.entries(STATES)) {
  Deno.test(`WebSocketClient.disconnect() in ${state} closes once and leaves nothing running`, async () => {
    const test = plainClient();
    const answer = await bring(test);
    assertEquals(test.client.getState(), state);

    const closed = test.client.disconnect();
    answer();
    await closed;
    await test.client.disconnect();

    const { client, platform, told } = test;
    assertEquals([client.getState(), platform.timers, platform.watchers], ["closed", 0, 0]);
    assertEquals(toldOf(told, "close").filter(({ willReconnect }) => !willReconnect).length, 1);
    assertEquals(toldOf(told, "statechange").filter((change) => change.state === "closed").length, 1);
  });

  Deno.test(`WebSocketClient.disconnect() in ${state} closes although the server never answers`, async () => {
    const test = plainClient();
    await bring(test);

    const closed = test.client.disconnect();
    test.platform.advance(3_000);
    await closed;

    const { client, platform, told } = test;
    assertEquals([client.getState(), platform.timers, platform.watchers], ["closed", 0, 0]);
    assertEquals(toldOf(told, "close").filter(({ willReconnect }) => !willReconnect).length, 1);
  });

  Deno.test(`WebSocketClient.connect() right after disconnect() in ${state} connects again`, async () => {
    const test = plainClient();
    const { client, platform } = test;
    const answer = await bring(test);
    const sockets = platform.sockets.length;

    const closed = client.disconnect();
    const connected = client.connect();
    answer();
    await closed;
    while (platform.sockets.length === sockets) await Promise.resolve();
    platform.sockets.at(-1)?.open();
    await connected;

    assertEquals(client.getState(), "open");
  });
}

Deno.test("WebSocketClient.disconnect() tells the server code and reason, and onClose too", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);

  const closed = test.client.disconnect(4123, "enough");
  socket.end(4123, "enough");
  await closed;

  assertEquals(socket.closes, [[4123, "enough"]]);
  assertEquals(toldOf(test.told, "close"), [{
    code: 4123,
    reason: "enough",
    wasClean: true,
    willReconnect: false,
    delayMs: undefined,
    error: undefined,
    retryAfterMs: undefined,
  }]);
});

Deno.test("WebSocketClient.disconnect() tells its own code, whatever the runtime says about the end", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);

  const closed = test.client.disconnect(4123, "enough");
  socket.break();
  await closed;

  const [close] = toldOf(test.told, "close");
  assertEquals([close?.code, close?.reason, close?.wasClean], [4123, "enough", false]);
});

Deno.test("WebSocketClient.disconnect() cuts the reason to what a close frame holds", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);

  const closed = test.client.disconnect(1000, "ä".repeat(100));
  socket.end();
  await closed;

  assertEquals(socket.closes, [[1000, "ä".repeat(61)]]);
});

for (const code of [0, 999, 1001, 1005, 1006, 1012, 2999, 5000, 4000.5, NaN, "1000" as unknown as number]) {
  Deno.test(`WebSocketClient.disconnect() rejects for the code ${JSON.stringify(code)} and does nothing`, async () => {
    const test = plainClient();
    await connectPlain(test);

    await assertRejects(() => test.client.disconnect(code), RangeError, "1000 or from 3000 to 4999");

    assertEquals(test.client.getState(), "open");
  });
}

Deno.test("WebSocketClient hands on no message after disconnect()", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);

  const closed = test.client.disconnect();
  socket.receive("too late");
  socket.end();
  await closed;

  assertEquals(toldOf(test.told, "message"), []);
});

Deno.test("WebSocketClient does not open when the server accepts after disconnect()", async () => {
  const { client, platform, told } = plainClient();
  client.connect().catch(() => {});
  const socket = await platform.nextSocket();

  const closed = client.disconnect();
  socket.open();
  socket.end();
  await closed;

  assertEquals([toldOf(told, "open"), client.getState()], [[], "closed"]);
});

Deno.test("WebSocketClient pays no heed to the events of a socket that it has given up", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);
  const closed = test.client.disconnect();
  test.platform.advance(3_000);
  await closed;
  const count = test.told.length;

  socket.open();
  socket.receive("late");
  socket.break();

  assertEquals([test.told.length, test.client.getState()], [count, "closed"]);
});

Deno.test("WebSocketClient.disconnect() takes back a connect() that came while it was closing", async () => {
  const test = plainClient();
  const { client, platform } = test;
  const socket = await connectPlain(test);
  const first = client.disconnect();
  const connected = client.connect();

  const second = client.disconnect();
  socket.end();
  await first;
  await second;

  await assertRejects(() => connected, ConnectionClosedError);
  assertEquals([client.getState(), platform.sockets.length], ["closed", 1]);
});

Deno.test("WebSocketClient.disconnect() may be called by a handler while the connection opens", async () => {
  const test = plainClient({ handlers: { onOpen: () => test.client.disconnect() } });
  const { client, platform, told } = test;
  const connected = client.connect();
  const socket = await platform.nextSocket();

  socket.open();
  await connected;
  socket.end();

  const names = told.filter(([name]) => name !== "attempt").map(([name, event]) =>
    name === "statechange" ? (event as { state: string }).state : name
  );
  assertEquals(names, ["connecting", "open", "open", "closing", "closed", "close"]);
});

Deno.test("WebSocketClient disconnects at the end of its block", async () => {
  const test = plainClient();
  {
    await using client = test.client;
    const connected = client.connect();
    const socket = await test.platform.nextSocket();
    socket.open();
    await connected;
    socket.close = () => socket.end();
  }

  assertEquals([test.client.getState(), test.platform.timers], ["closed", 0]);
});

Deno.test("WebSocketClient.disconnect() closes no second time when the client is closing because of a breach", async () => {
  const test = plainClient({ maxMessageBytes: 1 });
  const socket = await connectPlain(test);
  socket.receive("too large");

  const closed = test.client.disconnect();
  socket.end();
  await closed;

  assertEquals(socket.closes.length, 1);
  assertEquals(toldOf(test.told, "close").map(({ code }) => code), [1009]);
});

Deno.test("WebSocketClient.disconnect() survives a socket that cannot be closed", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);
  socket.close = () => {
    throw new DOMException("no", "InvalidStateError");
  };

  const closed = test.client.disconnect();
  test.platform.advance(3_000);
  await closed;

  assertEquals(test.client.getState(), "closed");
});

Deno.test("WebSocketClient ends a socket for good where its transport can, when the server does not answer", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);
  let terminations = 0;
  Object.assign(socket, { terminate: () => terminations++ });

  const closed = test.client.disconnect();
  const before = terminations;
  test.platform.advance(3_000);
  await closed;

  assertEquals([before, terminations], [0, 1]);
});
