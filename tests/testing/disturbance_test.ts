/** Tests of faults by chance: each kind comes, they end, and the same seed gives the same run. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { WebSocketClient } from "../../src/client/mod.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { eventually, type NetworkFault, SeededNetwork, testPlatform, VirtualClock } from "../../src/testing/mod.ts";
import { OnNetwork } from "./tools/on_network.ts";

/** What each kind of fault writes into the log. */
const SIGNS: Readonly<Record<NetworkFault, RegExp>> = {
  cut: /is cut, .*hears of it (?:at once|after \d{1,2} ms), the server (?:at once|after \d{1,2} ms)$/,
  halfOpen: /is cut, .*hears of it (?:never|after \d{3,})|the server (?:never|after \d{3,})/,
  stall: /reads nothing/,
  outage: /nobody can connect/,
  restart: /the server is replaced/,
};

/** Three clients that chat with a server over a network with faults. Returns what all of them saw, with times. */
async function chat(seed: number): Promise<string[]> {
  const clock = new VirtualClock();
  const makeServer = () =>
    new WebSocketServer({
      platform: testPlatform(clock),
      handlers: { onMessage: (_connection, message) => void server.broadcast(message) },
    });
  let server = makeServer();
  const network = new SeededNetwork(clock, { seed, server: () => server });
  const seen: string[] = [];
  const clients = ["ann", "bob", "cleo"].map((name) => {
    const client = new WebSocketClient({
      url: "ws://localhost/ws",
      platform: network.platform({ name }),
      reconnect: { retryFirst: true },
      handlers: {
        onMessage: ({ data }) => void seen.push(`${clock.now()} ${name} got ${data}`),
        onClose: ({ code }) => void seen.push(`${clock.now()} ${name} lost its connection with ${code}`),
        onError: () => {},
      },
    });
    client.connect();
    return client;
  });
  const restart = () => {
    const old = server;
    server = makeServer();
    for (const line of network.lines) line.cut();
    old.stop();
  };

  network.disturb({ forMs: 10_000, everyMs: 300, restart });
  for (let i = 0; i < 100; i++) {
    clients[i % 3]!.send({ type: "chat", data: i });
    await clock.advance(100);
  }
  network.quiet();
  await eventually(clock, () => clients.every((client) => client.isConnected()));
  await Promise.all([...clients.map((client) => client.disconnect()), clock.advance(1_000)]);
  await Promise.all([server.stop(), clock.advance(20_000)]);
  assertEquals([clock.pending, network.lines, server.connections.size], [0, [], 0]);
  return [...seen, ...network.log];
}

Deno.test("SeededNetwork.disturb() gives the same run for the same seed, and another for another", async () => {
  const [one, same, other] = [await chat(1), await chat(1), await chat(2)];

  assertEquals(one, same);
  assertNotEquals(one, other);
});

for (const kind of Object.keys(SIGNS) as NetworkFault[]) {
  Deno.test(`SeededNetwork.disturb() makes faults of the kind ${kind}, and no others when it is told to`, async () => {
    const on = new OnNetwork();
    let restarts = 0;
    on.network.disturb({ forMs: 20_000, everyMs: 100, faults: { [kind]: 1 }, restart: () => restarts++ });
    for (let i = 0; i < 200; i++) {
      on.dial();
      await on.clock.advance(100);
    }
    on.network.quiet();

    const log = on.network.log.slice(0, -1);
    assert(log.length > 100, `${log.length} faults`);
    assertEquals(log.filter((line) => !SIGNS[kind].test(line)), []);
    assertEquals(restarts, kind === "restart" ? log.length : 0);
  });
}

Deno.test("SeededNetwork.disturb() ends by itself, by quiet(), and by being called again", async () => {
  const on = new OnNetwork();
  const stalls = { everyMs: 10, lastsMs: 5, faults: { outage: 1 } };

  on.network.disturb({ ...stalls, forMs: 1_000 });
  await on.clock.advance(1_000);
  const count = on.network.log.length;
  await on.clock.advance(1_000);
  assertEquals([on.network.log.length, on.clock.pending], [count, 0]);

  on.network.disturb({ ...stalls, forMs: Infinity });
  on.network.disturb({ ...stalls, forMs: Infinity });
  assertEquals(on.clock.pending, 1);
  on.network.quiet();
  assertEquals(on.clock.pending, 0);
});

Deno.test("SeededNetwork.disturb() restarts nothing where it was not told how", async () => {
  const on = new OnNetwork();

  on.network.disturb({ forMs: 10_000, everyMs: 10 });
  await on.clock.advance(10_000);

  assertEquals(on.network.log.filter((line) => SIGNS.restart.test(line)), []);
});
