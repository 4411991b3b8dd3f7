/**
 * The part of M48 that no figure of a process shows: what is kept of requests that nobody ever answers.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { ServerConnection } from "../../src/server/connection.ts";
import { WebSocketServer } from "../../src/server/mod.ts";
import { connect, testPlatform, VirtualClock } from "../../src/testing/mod.ts";

const REQUESTS = 1_000;
const AT_ONCE = 100;

/** What the server keeps of a connection's messages and requests. */
function keptOf(server: WebSocketServer): Record<string, number> {
  const [connection] = server.connections as Iterable<unknown> as Iterable<ServerConnection<unknown>>;
  const { exchanges, asked, turn } = connection!;
  return { exchanges: exchanges?.size ?? 0, asked: asked?.size ?? 0, waiting: turn?.waiting.size ?? 0 };
}

Deno.test("WebSocketServer keeps nothing of requests whose handlers never settle, once their time is over", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({
    platform: testPlatform(clock),
    handlerTimeoutMs: 1_000,
    concurrency: AT_ONCE,
    maxQueuedMessages: REQUESTS,
  });
  server.handle("never", () => new Promise(() => {}));
  await using client = await connect(server);

  for (let id = 0; id < REQUESTS; id++) client.send({ type: "never", id });
  for (let round = 0; round < REQUESTS / AT_ONCE; round++) await clock.advance(1_100);

  assertEquals(client.messages.length, REQUESTS);
  assertEquals(keptOf(server), { exchanges: 0, asked: 0, waiting: 0 });
});

Deno.test("WebSocketServer keeps nothing of requests that a peer never answers, once their time is over", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock) });
  await using client = await connect(server);
  const [connection] = server.connections;

  const ends = Array.from(
    { length: REQUESTS },
    () => connection!.request("question", undefined, { timeoutMs: 1_000 }).catch((error: Error) => error.name),
  );
  await clock.advance(1_100);

  assertEquals(new Set(await Promise.all(ends)), new Set(["RequestTimeoutError"]));
  assertEquals(client.messages.length, REQUESTS);
  assertEquals(keptOf(server), { exchanges: 0, asked: 0, waiting: 0 });
});
