/**
 * Tests on real sockets: a hello that was held up on its way, and arrives when its client has given it up and has another
 * connection, does no harm to that client.
 */

import { assertEquals } from "@std/assert";
import { WebSocketClient } from "../../src/client/mod.ts";
import { Changes } from "../hostile/harness/deadline.ts";
import type { Link } from "./tools/chaos_link.ts";
import { ChaosProxy } from "./tools/chaos_proxy.ts";
import { DEADLINE_MS } from "./tools/plain_socket.ts";
import { WatchedServer } from "./tools/watched_server.ts";

Deno.test("a hello that arrives too late takes the session from nobody", async () => {
  await using watched = await WatchedServer.start({
    closeTimeoutMs: 300,
    handlers: { onMessage: (connection, { id }) => void connection.reply(id!, "I am") },
  });
  await using proxy = await ChaosProxy.start(watched.address.port);
  const changes = new Changes();
  const opens: boolean[] = [];
  const client = new WebSocketClient({
    url: `ws://127.0.0.1:${proxy.port}/ws`,
    welcomeTimeoutMs: 300,
    reconnect: { baseDelayMs: 20, maxDelayMs: 50 },
    handlers: { onError: () => {} },
  });
  client.on("open", ({ resumed }) => {
    opens.push(resumed);
    changes.notify();
  });
  await client.connect();
  // Of the next connection, nothing that the client says behind the handshake gets through.
  const held = Promise.withResolvers<Link>();
  proxy.onLink = (link) => {
    proxy.onLink = () => {};
    link.onPassed = (direction) => {
      if (direction === "up") return;
      link.freeze("up");
      link.onPassed = () => {};
      held.resolve(link);
    };
  };
  for (const link of proxy.links) link.reset();
  const late = await held.promise;
  await changes.until(() => opens.length === 2 ? true : undefined, DEADLINE_MS, "the client to come back");

  late.thaw();
  await late.closed;
  const answer = await client.request("still there?", undefined, { timeoutMs: DEADLINE_MS }).catch((error) =>
    error.code
  );

  assertEquals([opens, client.getState(), answer], [[false, true], "open", "I am"]);
  await client.disconnect();
});
