/**
 * Tests on real sockets: a connection that is frozen on its way, so that neither end is told, is found dead by both ends in time,
 * whether it was quiet or busy, and the client comes back.
 */

import { assert, assertEquals } from "@std/assert";
import { WebSocketClient } from "../../src/client/mod.ts";
import { Changes, within } from "../hostile/harness/deadline.ts";
import type { Direction } from "./tools/chaos_link.ts";
import { ChaosProxy } from "./tools/chaos_proxy.ts";
import { DEADLINE_MS } from "./tools/plain_socket.ts";
import { WatchedServer } from "./tools/watched_server.ts";

const BEAT = { heartbeatInterval: 400, heartbeatTimeoutMs: 600, closeTimeoutMs: 300 };
/** Within which both ends find it: interval, timeout, and a second. */
const FOUND_WITHIN_MS = 2_000;
/** How often a busy end says something. */
const BUSY_EVERY_MS = 20;

/** When each end found out, in milliseconds since the freeze, and with which code; `undefined` where it did not. */
interface Found {
  readonly client: { readonly code: number; readonly afterMs: number };
  readonly server: { readonly code: number; readonly afterMs: number };
  /** Whether the client's session went on. */
  readonly resumed: boolean;
}

/** Freezes the one connection in these directions, waits until both ends know and the client is back. */
async function freeze(directions: readonly Direction[], isBusy: boolean): Promise<Found> {
  await using watched = await WatchedServer.start(BEAT);
  await using proxy = await ChaosProxy.start(watched.address.port);
  const changes = new Changes();
  const closes: { code: number; atMs: number }[] = [];
  const opens: boolean[] = [];
  const client = new WebSocketClient({
    url: `ws://127.0.0.1:${proxy.port}/ws`,
    reconnect: { baseDelayMs: 20, maxDelayMs: 100 },
    handlers: { onError: () => {} },
  });
  client.on("close", ({ code }) => {
    closes.push({ code, atMs: performance.now() });
    changes.notify();
  });
  client.on("open", ({ resumed }) => {
    opens.push(resumed);
    changes.notify();
  });
  await client.connect();
  const { connection } = await watched.next("connect");
  const chatter = isBusy
    ? setInterval(() => {
      client.send({ type: "chat" });
      if (connection.isOpen) connection.send({ type: "chat" });
    }, BUSY_EVERY_MS)
    : undefined;
  if (isBusy) await watched.next("message", 3);

  const [link] = proxy.links;
  link!.freeze(...directions);
  const sinceMs = performance.now();
  const { info, atMs } = await watched.next("close");
  const close = await changes.until(() => closes[0], DEADLINE_MS, "the client to find out");
  const resumed = await changes.until(() => opens[1], DEADLINE_MS, "the client to come back");

  clearInterval(chatter);
  link!.reset();
  await within(client.disconnect(), DEADLINE_MS, "the client to leave");
  return {
    client: { code: close.code, afterMs: close.atMs - sinceMs },
    server: { code: info.code, afterMs: atMs - sinceMs },
    resumed,
  };
}

for (const isBusy of [false, true]) {
  Deno.test(`a ${isBusy ? "busy" : "quiet"} connection that is frozen is found by both ends within interval, timeout and a second`, async () => {
    const { client, server, resumed } = await freeze(["up", "down"], isBusy);

    assertEquals([client.code, resumed], [4408, true]);
    assert(client.afterMs <= FOUND_WITHIN_MS, `the client took ${client.afterMs} ms`);
    // The server may find out because the client is back already.
    assert([4408, 4409].includes(server.code), `${server.code}`);
    assert(server.afterMs <= FOUND_WITHIN_MS, `the server took ${server.afterMs} ms`);
  });
}

Deno.test("a connection on which only the server is not heard any more is found by both ends, and resumed", async () => {
  const { client, server, resumed } = await freeze(["down"], true);

  assertEquals([client.code, resumed], [4408, true]);
  assert(client.afterMs <= FOUND_WITHIN_MS, `the client took ${client.afterMs} ms`);
  assert(server.afterMs <= FOUND_WITHIN_MS + 200, `the server took ${server.afterMs} ms`);
});

Deno.test("a connection on which only the client is not heard any more is found by both ends, and resumed", async () => {
  const { client, server, resumed } = await freeze(["up"], false);

  assertEquals([server.code, resumed], [4408, true]);
  assert(server.afterMs <= FOUND_WITHIN_MS, `the server took ${server.afterMs} ms`);
  assert(client.afterMs <= FOUND_WITHIN_MS + 200, `the client took ${client.afterMs} ms`);
});
