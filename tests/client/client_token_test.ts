import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConnectFailedError } from "../../src/errors.ts";
import { WebSocketClient, type WebSocketClientConfig } from "../../src/client/mod.ts";
import type { ClientAttempt } from "../../src/client/types.ts";
import { connectManaged, type FakeSocket, managedClient, sentAfterHello, settle, toldOf, WELCOME } from "./fakes.ts";

type Test = ReturnType<typeof managedClient>;

/** A client whose provider gives tokens `t1`, `t2`, …, and notes for what. */
function clientWithTokens(config: Partial<WebSocketClientConfig> = {}): Test & { attempts: ClientAttempt[] } {
  const attempts: ClientAttempt[] = [];
  const token = (attempt: ClientAttempt) => {
    attempts.push(attempt);
    return Promise.resolve(`t${attempts.length}`);
  };
  return { ...managedClient({ token, heartbeatInterval: 0, ...config }), attempts };
}

/** The token in the hello of a connection. */
function helloToken(socket: FakeSocket): unknown {
  return (socket.sentJson[0] as { token?: string }).token;
}

/** What was presented on a connection. */
function credentialsOf(socket: FakeSocket): { type: string; id: string; token: string }[] {
  return sentAfterHello(socket) as { type: string; id: string; token: string }[];
}

/** Lets a client that waits come back. */
async function comeBack({ platform }: Test, welcome: object = WELCOME): Promise<FakeSocket> {
  platform.ring();
  const socket = await platform.nextSocket();
  socket.open("switchboard.v1");
  socket.receive(welcome);
  return socket;
}

Deno.test("WebSocketClient signs in with its token, in its hello and nowhere else", async () => {
  const test = managedClient({ token: "s3cret" });

  const socket = await connectManaged(test);

  const { type, client, token } = socket.sentJson[0] as Record<string, unknown>;
  assertEquals([type, client, token, socket.sent.length], ["$hello", "switchboard-client", "s3cret", 1]);
  assertEquals([socket.url, socket.protocols, socket.headers], ["ws://localhost/ws", ["switchboard.v1"], undefined]);
});

Deno.test("WebSocketClient offers the application's subprotocols with a token too", async () => {
  const socket = await connectManaged(managedClient({ token: "t", protocols: () => Promise.resolve("chat") }));

  assertEquals(socket.protocols, ["switchboard.v1", "chat"]);
});

Deno.test("WebSocketClient without a token, or whose provider gives none, says hello without one", async () => {
  for (const config of [{}, { token: undefined }, { token: () => undefined }] as object[]) {
    const socket = await connectManaged(managedClient(config));

    assertEquals(Object.hasOwn(socket.sentJson[0] as object, "token"), false);
  }
});

Deno.test("WebSocketClient asks for its token before every attempt, and says why", async () => {
  const test = clientWithTokens();
  const first = await connectManaged(test);
  first.break();
  const second = await comeBack(test);
  second.end(4401);
  const third = await comeBack(test);

  assertEquals([first, second, third].map(helloToken), ["t1", "t2", "t3"]);
  assertEquals(test.attempts.map(({ attempt, reason }) => [attempt, reason]), [
    [1, "connect"],
    [2, "retry"],
    [3, "renew"],
  ]);
});

Deno.test("WebSocketClient fails an attempt whose token cannot be had, and asks again for the next", async () => {
  let isBroken = true;
  const token = () => isBroken ? Promise.reject(new Error("no network")) : "t";
  const test = managedClient({ token, reconnect: { retryFirst: true } });
  const connected = test.client.connect();
  const error = await new Promise<Error>((resolve) => test.client.on("error", resolve));
  isBroken = false;

  const socket = await comeBack(test);
  await connected;

  assert(error instanceof ConnectFailedError);
  assertEquals([error.message, helloToken(socket)], ["Cannot connect: no network", "t"]);
});

Deno.test("WebSocketClient does not use a token that came too late for its attempt", async () => {
  const late = Promise.withResolvers<string>();
  const wasAsked = Promise.withResolvers<void>();
  let asked = 0;
  const token = () => {
    wasAsked.resolve();
    return ++asked === 1 ? late.promise : "fresh";
  };
  const test = managedClient({ token, connectTimeoutMs: 1_000, reconnect: { retryFirst: true } });
  test.client.connect();
  await wasAsked.promise;
  test.platform.advance(1_000);

  const next = comeBack(test);
  late.resolve("stale");

  assertEquals(helloToken(await next), "fresh");
});

for (const token of [5, {}, null, true]) {
  Deno.test(`new WebSocketClient() throws for the token ${JSON.stringify(token)}`, () => {
    assertThrows(() => managedClient({ token: token as unknown as string }), TypeError, '"token"');
  });

  Deno.test(`WebSocketClient fails an attempt whose provider gives ${JSON.stringify(token)}, and does not show it`, async () => {
    const { client } = managedClient({ token: () => token as unknown as string });

    const error = await assertRejects(() => client.connect(), ConnectFailedError, '"token" must be a string');
    assert(!error.message.includes(String(token)) || token === true);
  });
}

Deno.test("new WebSocketClient() throws for a token with the plain protocol, and does not show it", () => {
  const config = { url: "ws://localhost/ws", token: "s3cret", protocol: "plain" } as const;

  const error = assertThrows(() => new WebSocketClient(config), TypeError, "managed");

  assert(!error.message.includes("s3cret"));
});

Deno.test("WebSocketClient renews its token on the living connection when a fifth of its life is left", async () => {
  const test = clientWithTokens();
  const socket = await connectManaged(test, { ...WELCOME, expiresInMs: 100_000 });
  test.platform.advance(79_999);
  await settle();
  const before = credentialsOf(socket).length;

  test.platform.advance(1);
  await settle();
  const [first] = credentialsOf(socket);
  socket.receive({ type: "$reply", id: first!.id, data: { expiresInMs: 50_000 } });
  await settle();
  test.platform.advance(40_000);
  await settle();

  assertEquals([before, first], [0, { type: "$credentials", id: first!.id, token: "t2" }]);
  assertEquals(credentialsOf(socket).map(({ token }) => token), ["t2", "t3"]);
  assertEquals(test.attempts.map(({ reason }) => reason), ["connect", "renew", "renew"]);
  assertEquals([test.client.getState(), test.platform.sockets.length, toldOf(test.told, "error")], ["open", 1, []]);
});

Deno.test("WebSocketClient does not renew a token that does not run out, or not any more", async () => {
  for (const lives of [[undefined], [10_000, undefined], [10_000, null]]) {
    const test = clientWithTokens();
    const [first, second] = lives;
    const socket = await connectManaged(test, { ...WELCOME, ...first === undefined ? {} : { expiresInMs: first } });
    test.platform.advance(8_000);
    await settle();
    for (const { id } of credentialsOf(socket)) {
      socket.receive({ type: "$reply", id, data: second === null ? null : {} });
    }
    await settle();

    assertEquals([test.attempts.length, test.platform.timers, test.platform.watchers], [lives.length, 0, 1]);
  }
});

Deno.test("WebSocketClient does not renew a token that is no function: there is no other", async () => {
  const test = managedClient({ token: "fixed", heartbeatInterval: 0 });

  await connectManaged(test, { ...WELCOME, expiresInMs: 10_000 });

  assertEquals([test.platform.timers, test.platform.watchers], [0, 1]);
});

Deno.test("WebSocketClient tries again when a token cannot be renewed, each time in half of the time that is left", async () => {
  const test = clientWithTokens();
  const socket = await connectManaged(test, { ...WELCOME, expiresInMs: 40_000 });
  const times: number[] = [];
  const start = test.platform.now();
  for (let i = 0; i < 400; i++) {
    test.platform.advance(100);
    await settle();
    for (const { id } of credentialsOf(socket).slice(times.length)) {
      times.push(test.platform.now() - start);
      socket.receive({ type: "$error", id, error: { code: "unauthorized", message: "No" } });
    }
    await settle();
  }

  assertEquals(times, [32_000, 36_000, 38_000, 39_000]);
  assertEquals(toldOf(test.told, "error").map(({ message }) => message), ["No", "No", "No", "No"]);
  assertEquals([test.client.getState(), test.platform.timers], ["open", 0]);
});

Deno.test("WebSocketClient tells when the token's provider fails, and asks it again in time", async () => {
  let asked = 0;
  const token = () => {
    if (++asked === 2) throw new Error("no network");
    return `t${asked}`;
  };
  const test = managedClient({ token, heartbeatInterval: 0 });
  const socket = await connectManaged(test, { ...WELCOME, expiresInMs: 10_000 });
  for (const ms of [8_000, 1_000]) {
    test.platform.advance(ms);
    await settle();
  }

  assertEquals(toldOf(test.told, "error").map(({ message }) => message), ["no network"]);
  assertEquals(credentialsOf(socket).map(({ token }) => token), ["t3"]);
});

Deno.test("WebSocketClient asks again when a provider does not answer, and takes whichever answers", async () => {
  const waiting: ((token: string) => void)[] = [];
  let asked = 0;
  const token = () => ++asked === 1 ? "t1" : new Promise<string>((resolve) => waiting.push(resolve));
  const test = managedClient({ token, heartbeatInterval: 0 });
  const socket = await connectManaged(test, { ...WELCOME, expiresInMs: 10_000 });
  for (const ms of [8_000, 1_000]) {
    test.platform.advance(ms);
    await settle();
  }

  waiting[1]?.("second");
  await settle();
  socket.receive({ type: "$reply", id: credentialsOf(socket)[0]!.id, data: { expiresInMs: 60_000 } });
  await settle();

  assertEquals([waiting.length, credentialsOf(socket).map(({ token }) => token)], [2, ["second"]]);
  assertEquals(test.platform.untilNextTimer, 48_000);
});

Deno.test("WebSocketClient presents nothing when the provider has no other token, and asks again", async () => {
  const tokens = ["t1", undefined, "t3"];
  const test = managedClient({ token: () => tokens.shift(), heartbeatInterval: 0 });
  const socket = await connectManaged(test, { ...WELCOME, expiresInMs: 10_000 });
  for (const ms of [8_000, 1_000]) {
    test.platform.advance(ms);
    await settle();
  }

  assertEquals([credentialsOf(socket).map(({ token }) => token), toldOf(test.told, "error")], [["t3"], []]);
});

Deno.test("WebSocketClient never asks for a token more than once a second, whatever the server says", async () => {
  const test = clientWithTokens();
  const socket = await connectManaged(test, { ...WELCOME, expiresInMs: 1 });
  for (let i = 0; i < 50; i++) {
    test.platform.advance(100);
    await settle();
    for (const { id } of credentialsOf(socket).slice(-1)) {
      socket.receive({ type: "$reply", id, data: { expiresInMs: 1 } });
    }
    await settle();
  }

  assertEquals(credentialsOf(socket).length, 5);
});

Deno.test("WebSocketClient renews as soon as a page that was frozen wakes", async () => {
  const test = clientWithTokens();
  const socket = await connectManaged(test, { ...WELCOME, expiresInMs: 100_000 });
  test.platform.time += 50_000;
  test.platform.wake();
  await settle();
  const before = credentialsOf(socket).length;

  test.platform.time += 45_000;
  test.platform.wake();
  await settle();

  assertEquals([before, credentialsOf(socket).length], [0, 1]);
});

Deno.test("WebSocketClient forgets the renewal when the connection is lost, and what it asked for then", async () => {
  const given = Promise.withResolvers<string>();
  let asked = 0;
  const token = () => ++asked === 2 ? given.promise : `t${asked}`;
  const test = managedClient({ token, heartbeatInterval: 0 });
  const socket = await connectManaged(test, { ...WELCOME, expiresInMs: 10_000 });
  test.platform.advance(8_000);
  await settle();
  socket.break();
  const timers = test.platform.timers;

  const next = await comeBack(test);
  given.resolve("for the old connection");
  await settle();

  assertEquals([timers, helloToken(next), sentAfterHello(next)], [1, "t3", []]);
  assertEquals(toldOf(test.told, "error").length, 1);
});

Deno.test("WebSocketClient.disconnect() leaves nothing of a renewal behind", async () => {
  const test = clientWithTokens();
  const socket = await connectManaged(test, { ...WELCOME, expiresInMs: 10_000 });

  const closed = test.client.disconnect();
  socket.end();
  await closed;

  assertEquals([test.platform.timers, test.platform.watchers], [0, 0]);
});

Deno.test("WebSocketClient shows no token in errors, events and logs when the renewal goes wrong", async () => {
  const test = managedClient({ token: () => "s3cret", heartbeatInterval: 0 });
  const socket = await connectManaged(test, { ...WELCOME, expiresInMs: 10_000, maxMessageBytes: 20 });
  test.platform.advance(8_000);
  await settle();
  test.platform.advance(1_000);
  await settle();
  socket.break();

  const shown = Deno.inspect([test.told, test.logger.errors], { depth: 10 });
  assert(toldOf(test.told, "error").length >= 2);
  assert(!shown.includes("s3cret"), shown);
});
