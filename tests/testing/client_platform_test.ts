/** Tests of a real client and a real server, joined in memory and in virtual time. */

import { assertEquals, assertRejects } from "@std/assert";
import { WebSocketClient, type WebSocketMessage } from "../../src/client/mod.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { testClientPlatform, testPlatform, VirtualClock } from "../../src/testing/mod.ts";

const URL = "ws://localhost/ws";

Deno.test("testClientPlatform() joins a client and a server, managed and plain", async () => {
  for (const protocol of ["managed", "plain"] as const) {
    const clock = new VirtualClock();
    const server = new WebSocketServer({
      platform: testPlatform(clock),
      handlers: { onMessage: (conn, message) => void conn.send({ type: "echo", data: message.data }) },
    });
    const received: WebSocketMessage[] = [];
    const client = new WebSocketClient({
      url: URL,
      protocol,
      platform: testClientPlatform(clock, { server, remoteAddr: "192.0.2.7" }),
      handlers: { onMessage: (message) => void received.push(message) },
    });

    await client.connect();
    client.send({ type: "chat", data: 1 });
    await clock.advance(0);
    const [conn] = server.connections;
    const seen = [conn!.isManaged, conn!.remoteAddr, conn!.url];
    await client.disconnect();
    await clock.advance(0);

    assertEquals(seen, [protocol === "managed", "192.0.2.7", "http://localhost/ws"]);
    assertEquals(received, [{ type: "echo", data: 1 }]);
    assertEquals([server.connections.size, server.getStats().closing, clock.pending], [0, 0, 0]);
  }
});

Deno.test("testClientPlatform() lets the client meet refusals and nobody at all, and another server later", async () => {
  const clock = new VirtualClock();
  let server: WebSocketServer | undefined;
  const platform = testClientPlatform(clock, { server: () => server });
  const client = new WebSocketClient({ url: URL, platform });

  await assertRejects(() => client.connect());
  server = new WebSocketServer({ platform: testPlatform(clock), requireOrigin: true });
  await assertRejects(() => client.connect());
  server = new WebSocketServer({ platform: testPlatform(clock) });
  await client.connect();

  assertEquals([client.getState(), platform.pairs.length], ["open", 3]);
  await client.disconnect();
});

Deno.test("testClientPlatform() gives the client the random numbers and the wakes that the test wants", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock) });
  const platform = testClientPlatform(clock, { server, random: () => 0.999 });
  const delays: number[] = [];
  const client = new WebSocketClient({ url: URL, platform, reconnect: { baseDelayMs: 10_000, maxDelayMs: 10_000 } });
  client.on("waiting", ({ delayMs }) => delays.push(Math.round(delayMs)));
  await client.connect();

  platform.pairs[0]!.cut();
  await clock.advance(5_000);
  assertEquals([delays, client.getState()], [[9_990], "waiting"]);
  platform.wake();
  await clock.advance(0);

  assertEquals(client.getState(), "open");
  await client.disconnect();
});
