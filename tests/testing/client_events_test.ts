/** Tests of waiting for a client's events, and of collecting them. */

import { assertEquals } from "@std/assert";
import { WebSocketClient } from "../../src/client/mod.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { collect, nextEvent, testClientPlatform, testPlatform, VirtualClock } from "../../src/testing/mod.ts";

Deno.test("nextEvent() gives the next one, and collect() all of them", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock) });
  const client = new WebSocketClient({ url: "ws://localhost/ws", platform: testClientPlatform(clock, { server }) });
  const states = collect(client, "statechange");
  const opened = nextEvent(client, "open");

  await client.connect();
  const closed = nextEvent(client, "close");
  await client.disconnect();

  assertEquals([(await opened).protocol, (await closed).code], ["switchboard.v1", 1000]);
  assertEquals(states.map(({ state }) => state), ["connecting", "open", "closing", "closed"]);
});
