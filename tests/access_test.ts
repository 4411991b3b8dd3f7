/** Tests of the application's one server: the first call decides, force replaces, errors leave things as they are. */

import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { getWebSocketServer, initWebSocket, isWebSocketInitialized, resetWebSocket } from "../src/access.ts";
import { NotInitializedError } from "../src/errors.ts";
import { WebSocketServer } from "../src/server/server.ts";
import { connect } from "../src/testing/mod.ts";

/** Runs `test`, and forgets the server whatever becomes of it. */
function accessTest(name: string, test: () => Promise<void>): void {
  Deno.test(name, async () => {
    try {
      await test();
    } finally {
      await resetWebSocket();
    }
  });
}

accessTest("getWebSocketServer() throws, and says what to call, until there is a server", async () => {
  const error = assertThrows(
    () => getWebSocketServer(),
    NotInitializedError,
    "call await initWebSocket() once at startup",
  );

  assertEquals([error.code, isWebSocketInitialized()], ["not_initialized", false]);
  await Promise.resolve();
});

accessTest("initWebSocket() makes a server of a configuration", async () => {
  const server = await initWebSocket({ path: "/chat" });

  assertStrictEquals(getWebSocketServer(), server);
  assertEquals(isWebSocketInitialized(), true);
  await using client = await connect(server, { url: "/chat" });
  assertEquals(client.socket.readyState, 1);
});

accessTest("initWebSocket() adopts a server that was made already", async () => {
  const own = new WebSocketServer();

  assertStrictEquals(await initWebSocket(own), own);
  assertStrictEquals(getWebSocketServer(), own);
});

accessTest("initWebSocket() needs nothing", async () => {
  assertStrictEquals(await initWebSocket(), getWebSocketServer());
});

accessTest("initWebSocket() has the server ready before its promise is awaited", async () => {
  const promise = initWebSocket();

  assertStrictEquals(getWebSocketServer(), await promise);
});

accessTest(
  "initWebSocket() gives the first server again, whatever it is given, also when called twice at once",
  async () => {
    const [first, second] = await Promise.all([initWebSocket(), initWebSocket({ path: "/other" })]);
    const third = await initWebSocket(new WebSocketServer());

    assertStrictEquals(second, first);
    assertStrictEquals(third, first);
  },
);

accessTest("initWebSocket() with force puts another in its place, and stops the one before", async () => {
  const first = await initWebSocket();
  await using client = await connect(first);

  const second = await initWebSocket({}, { force: true });

  assertStrictEquals(getWebSocketServer(), second);
  assertEquals([first === second, (await client.closed).code], [false, 1012]);
});

accessTest("initWebSocket() with force and the same server does not stop it", async () => {
  const server = await initWebSocket();
  await using client = await connect(server);

  assertStrictEquals(await initWebSocket(server, { force: true }), server);

  assertEquals([client.socket.readyState, server.connections.size], [1, 1]);
});

accessTest("initWebSocket() with force twice at once leaves the last in place, and no other running", async () => {
  const first = await initWebSocket();

  const [second, third] = await Promise.all([initWebSocket({}, { force: true }), initWebSocket({}, { force: true })]);

  assertEquals(new Set([first, second, third]).size, 3);
  assertStrictEquals(getWebSocketServer(), third);
  await assertRejects(() => connect(second), Error, "stopping");
});

accessTest("initWebSocket() rejects with what is wrong in a configuration, and a later call may be right", async () => {
  await assertRejects(() => initWebSocket({ path: "no" }), TypeError, '"path"');
  assertEquals(isWebSocketInitialized(), false);

  assertStrictEquals(await initWebSocket(), getWebSocketServer());
});

accessTest(
  "initWebSocket() with force and a wrong configuration leaves the present server in place, running",
  async () => {
    const server = await initWebSocket();
    await using client = await connect(server);

    await assertRejects(() => initWebSocket({ path: "no" }, { force: true }), TypeError);

    assertStrictEquals(getWebSocketServer(), server);
    assertStrictEquals(await initWebSocket(), server);
    assertEquals(client.socket.readyState, 1);
  },
);

accessTest("resetWebSocket() stops the server and forgets it, and does nothing when there is none", async () => {
  const server = await initWebSocket();
  await using client = await connect(server);

  await resetWebSocket();
  await resetWebSocket();

  assertEquals([(await client.closed).code, isWebSocketInitialized()], [1012, false]);
  assertEquals((await initWebSocket()) === server, false);
});
