import { assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import { chooseLiveness } from "../../src/client/managed_dialect.ts";
import {
  ConnectFailedError,
  ConnectTimeoutError,
  ProtocolError,
  RefusedError,
  SubprotocolMissingError,
} from "../../src/errors.ts";
import { connectManaged, type FakeSocket, managedClient, toldOf, WELCOME } from "./fakes.ts";

/** Lets a managed client come as far as an open socket that has not said anything. */
async function beginManaged(config: Parameters<typeof managedClient>[0] = {}) {
  const test = managedClient(config);
  const connected = test.client.connect();
  connected.catch(() => {});
  const socket = await test.platform.nextSocket();
  return { ...test, connected, socket };
}

/** The frames that a client sent after its hello. */
function answers(socket: FakeSocket): unknown[] {
  return socket.sentJson.slice(1);
}

Deno.test("WebSocketClient offers switchboard.v1 in front of the application's protocols", async () => {
  const { socket } = await beginManaged({ protocols: ["chat", "switchboard.v1"] });

  assertEquals(socket.protocols, ["switchboard.v1", "chat"]);
});

Deno.test("WebSocketClient says hello as soon as the socket is open, and is connected when it is welcome", async () => {
  const { client, connected, socket, told } = await beginManaged();
  socket.open("switchboard.v1");
  const before = client.getState();

  socket.receive(WELCOME);
  await connected;

  const [{ stream, ...hello }, ...others] = socket.sentJson as [{ stream: string }];
  assertEquals(hello, { type: "$hello", features: ["resume"], client: "switchboard-client", next: 1 });
  assertMatch(stream, /^\d+-\d+-\d+-\d+$/);
  assertEquals(others, []);
  assertEquals([before, client.getState()], ["connecting", "open"]);
  assertEquals(toldOf(told, "open"), [{ protocol: "switchboard.v1", connectionId: "01J", resumed: false }]);
  assertEquals(toldOf(told, "message"), []);
});

Deno.test("WebSocketClient takes the time to the welcome for the first latency", async () => {
  const { client, platform, connected, socket } = await beginManaged();
  socket.open("switchboard.v1");
  platform.advance(35);

  socket.receive(WELCOME);
  await connected;

  assertEquals(client.latencyMs, 35);
});

Deno.test("WebSocketClient hands on what stands behind the welcome in one frame, after onOpen", async () => {
  const { connected, socket, told } = await beginManaged();
  socket.open("switchboard.v1");

  socket.receive([WELCOME, { type: "a" }, { type: "$value", data: "words" }]);
  await connected;

  const names = told.map(([name]) => name).filter((name) => name === "open" || name === "message");
  assertEquals(names, ["open", "message", "message"]);
  assertEquals(toldOf(told, "message"), [{ type: "a" }, { type: "text", data: "words" }]);
});

for (const protocol of ["", "chat"]) {
  Deno.test(`WebSocketClient stops when the server chooses the protocol "${protocol}", and says what to do`, async () => {
    const { client, connected, socket } = await beginManaged({ protocols: "chat" });

    socket.open(protocol);
    socket.end();

    const error = await assertRejects(() => connected, SubprotocolMissingError, 'protocol: "plain"');
    assertEquals([error.code, client.getState(), socket.sent], ["subprotocol_missing", "closed", []]);
    assertEquals(socket.closes.map(([code]) => code), [4400]);
  });
}

Deno.test("WebSocketClient gives up an open socket on which no welcome comes", async () => {
  const { client, platform, connected, socket } = await beginManaged({ welcomeTimeoutMs: 1_000 });
  socket.open("switchboard.v1");

  platform.advance(1_000);

  const error = await assertRejects(() => connected, ConnectTimeoutError, "1000 ms");
  assertEquals([error.stage, client.getState(), platform.timers, socket.closes], ["welcome", "closed", 0, [[
    4408,
    "",
  ]]]);
});

Deno.test("WebSocketClient tries again after a missing welcome once it was connected", async () => {
  const test = managedClient();
  (await connectManaged(test)).break();
  test.platform.ring();
  (await test.platform.nextSocket()).open("switchboard.v1");

  test.platform.advance(5_000);

  assertEquals(test.client.getState(), "waiting");
});

Deno.test("WebSocketClient rejects when the server closes before its welcome", async () => {
  const { connected, socket } = await beginManaged();
  socket.open("switchboard.v1");

  socket.end(1011, "broken");

  await assertRejects(() => connected, ConnectFailedError, "1011");
});

for (
  const [refusal, closeCode, phase, delayMs] of [
    [{ code: "unauthorized" }, 4401, "waiting", 250],
    [{ code: "forbidden" }, 4403, "closed", undefined],
    [{ code: "full", retryAfterMs: 5_000 }, 1013, "waiting", 7_500],
    [{ code: "full", retryAfterMs: 20_000 }, 1013, "waiting", 22_500],
    [{ code: "restarting" }, 1013, "waiting", 7_500],
    [{ code: "not known yet" }, 1011, "waiting", 250],
  ] as const
) {
  Deno.test(`WebSocketClient refused with ${JSON.stringify(refusal)} and ${closeCode} is ${phase}`, async () => {
    const { client, platform, socket, told } = await beginManaged({ reconnect: { retryFirst: true } });
    socket.open("switchboard.v1");

    socket.receive({ type: "$refused", ...refusal });
    socket.end(closeCode);

    const [error] = toldOf(told, "error");
    assertInstanceOf(error, RefusedError);
    assertEquals([error.refusal, error.retryAfterMs], [
      refusal.code,
      "retryAfterMs" in refusal ? refusal.retryAfterMs : undefined,
    ]);
    assertEquals([client.getState(), platform.untilNextTimer], [phase, delayMs]);
  });
}

Deno.test("WebSocketClient.connect() rejects with the refusal when the first attempt is refused", async () => {
  const { connected, socket } = await beginManaged();
  socket.open("switchboard.v1");

  socket.receive({ type: "$refused", code: "full", retryAfterMs: 5_000 });
  socket.end(1013);

  const error = await assertRejects(() => connected, RefusedError, "full");
  assertEquals(error.retryAfterMs, 5_000);
});

Deno.test("WebSocketClient takes a refusal for the reason when no close follows it", async () => {
  const { platform, connected, socket } = await beginManaged();
  socket.open("switchboard.v1");

  socket.receive({ type: "$refused", code: "full" });
  platform.advance(5_000);

  await assertRejects(() => connected, RefusedError);
});

Deno.test("WebSocketClient answers a ping with its data, also before the welcome", async () => {
  const { connected, socket } = await beginManaged();
  socket.open("switchboard.v1");

  socket.receive({ type: "$ping", data: { n: 1 } });
  socket.receive(WELCOME);
  socket.receive({ type: "$ping" });
  await connected;

  assertEquals(answers(socket), [{ type: "$pong", data: { n: 1 } }, { type: "$pong" }]);
});

Deno.test("WebSocketClient follows advice after the next close, whatever its code", async () => {
  const test = managedClient();
  const socket = await connectManaged(test);

  socket.receive({ type: "$advice", retryAfterMs: 60_000 });
  socket.receive({ type: "$advice", retryAfterMs: 2_500 });
  socket.end(1001);

  assertEquals(test.platform.untilNextTimer, 2_750);
  assertEquals(toldOf(test.told, "close")[0]?.retryAfterMs, 2_500);
});

Deno.test("WebSocketClient forgets advice with the connection that it was given on", async () => {
  const test = managedClient();
  const first = await connectManaged(test);
  first.receive({ type: "$advice", retryAfterMs: 60_000 });
  first.end(1001);
  test.platform.ring();
  const second = await test.platform.nextSocket();

  second.break();

  assertEquals(test.platform.untilNextTimer, 500);
});

Deno.test("WebSocketClient does not come back against a final code because of advice", async () => {
  const test = managedClient();
  const socket = await connectManaged(test);
  socket.receive({ type: "$advice", retryAfterMs: 2_500 });

  socket.end(1000);

  assertEquals([test.client.getState(), test.platform.timers], ["closed", 0]);
});

Deno.test("WebSocketClient ignores messages of the protocol that it does not know, or that are not for it", async () => {
  const test = managedClient();
  const socket = await connectManaged(test);

  for (
    const message of [
      { type: "$later", data: 1 },
      { type: "$" },
      WELCOME,
      { type: "$hello" },
      { type: "$join", id: 1, room: "a" },
      { type: "$pong", data: 5 },
    ]
  ) {
    socket.receive(message);
  }

  assertEquals([toldOf(test.told, "message"), answers(socket), test.client.getState()], [[], [], "open"]);
});

Deno.test("WebSocketClient hands on answers to messages with an id of the application's own as plain peers get them", async () => {
  const test = managedClient();
  const socket = await connectManaged(test);
  const error = { code: "forbidden", message: "No" };

  socket.receive([{ type: "$reply", id: 7, data: { saved: true } }, { type: "$error", id: "x", error }]);

  assertEquals(toldOf(test.told, "message"), [
    { type: "reply", id: 7, data: { saved: true } },
    { type: "error", id: "x", error },
  ]);
});

Deno.test("WebSocketClient hands on the bytes of a binary frame without their header", async () => {
  const test = managedClient();
  const socket = await connectManaged(test);

  socket.receive(new Uint8Array([0, 2, 0x7b, 0x7d, 1, 2]));

  assertEquals(toldOf(test.told, "message"), [{ type: "binary", data: new Uint8Array([1, 2]) }]);
});

Deno.test("WebSocketClient sends values that are no messages inside of $value, and bytes behind a header", async () => {
  const test = managedClient();
  const socket = await connectManaged(test);

  for (const message of ["words", { type: "a" }, 5, new Uint8Array([7])]) test.client.send(message);

  assertEquals(socket.sent.slice(1), [
    '{"type":"$value","data":"words"}',
    '{"type":"a"}',
    '{"type":"$value","data":5}',
    new Uint8Array([0, 0, 7]),
  ]);
});

for (
  const [what, frame] of [
    ["no JSON", "{"],
    ["a number", "5"],
    ["no type", '{"a":1}'],
    ["an array in an array", '[[{"type":"a"}]]'],
    ["a message of ours in the wrong shape", '{"type":"$advice"}'],
    ["half a header", new Uint8Array([0])],
    ["a header beyond the frame", new Uint8Array([0, 9, 1])],
  ] as const
) {
  Deno.test(`WebSocketClient ends the connection at ${what}, with 4400 and an error, and hands on nothing of it`, async () => {
    const test = managedClient();
    const socket = await connectManaged(test);

    socket.receive(frame);
    socket.receive({ type: "not read any more" });
    socket.end(4400);

    const [error] = toldOf(test.told, "error");
    assertInstanceOf(error, ProtocolError);
    assertEquals([error.closeCode, socket.closes.map(([code]) => code)], [4400, [4400]]);
    assertEquals([toldOf(test.told, "message"), test.client.getState()], [[], "closed"]);
  });
}

Deno.test("WebSocketClient takes a message before the welcome for a breach", async () => {
  for (const frame of [{ type: "a" }, new Uint8Array([0, 0, 1])]) {
    const { connected, socket } = await beginManaged();
    socket.open("switchboard.v1");

    socket.receive(frame);
    socket.end(4400);

    await assertRejects(() => connected, ProtocolError, "before the welcome");
  }
});

Deno.test("WebSocketClient pings a silent server a little before the server would ping, and finds it dead in time", async () => {
  const test = managedClient();
  const socket = await connectManaged(test);
  const { platform } = test;

  platform.advance(26_999);
  const before = answers(socket);
  platform.advance(1);
  const pings = answers(socket);
  platform.advance(62_999);
  const state = test.client.getState();
  platform.advance(1);

  assertEquals([before, pings, state, test.client.getState()], [[], [{ type: "$ping", data: 1 }], "open", "waiting"]);
});

Deno.test("WebSocketClient measures the latency by its pings", async () => {
  const test = managedClient();
  const socket = await connectManaged(test);
  test.platform.advance(27_000);
  test.platform.advance(12);

  socket.receive({ type: "$pong", data: 1 });

  assertEquals(test.client.latencyMs, 12);
});

Deno.test("WebSocketClient with heartbeatInterval: 0 never pings a managed server", async () => {
  const test = managedClient({ heartbeatInterval: 0 });
  const socket = await connectManaged(test);

  test.platform.advance(3_600_000);

  assertEquals([answers(socket), test.client.getState()], [[], "open"]);
});

const unset = { heartbeatInterval: undefined, heartbeatTimeoutMs: undefined };

for (
  const [what, wanted, announced, expected] of [
    ["what the server announces", unset, [30_000, 60_000], [27_000, 63_000]],
    ["what the application wants", { heartbeatInterval: 5_000, heartbeatTimeoutMs: 1_000 }, [30_000, 60_000], [
      5_000,
      1_000,
    ]],
    [
      "the application's interval with the announced timeout",
      { ...unset, heartbeatInterval: 5_000 },
      [30_000, 60_000],
      [
        5_000,
        63_000,
      ],
    ],
    ["its own custom where the server pings nobody", unset, [0, 0], [30_000, 10_000]],
    ["the application's wish where the server pings nobody", { heartbeatInterval: 1, heartbeatTimeoutMs: 2 }, [0, 0], [
      1,
      2,
    ]],
    ["no smaller values than are good for either side", unset, [1, 1], [90, 110]],
  ] as const
) {
  Deno.test(`chooseLiveness() follows ${what}`, () => {
    const [intervalMs, timeoutMs] = announced;

    const chosen = chooseLiveness(wanted, { intervalMs, timeoutMs });

    assertEquals([chosen.intervalMs, chosen.timeoutMs], [...expected]);
  });
}
