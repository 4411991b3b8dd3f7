/** Tests of listening: one listener at a time, and another one when the runtime's ends by itself. */

import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { ListenFailedError } from "../../src/errors.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import type { Listener, ListenOptions, RequestHandler } from "../../src/server/platform.ts";
import { testPlatform, VirtualClock } from "../../src/testing/mod.ts";

/** A platform that lets a test end its listeners. */
function listening() {
  const clock = new VirtualClock();
  const calls: ListenOptions[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const state = {
    shutdowns: 0,
    refuses: undefined as Error | undefined,
    hangs: false,
    handler: undefined as RequestHandler | undefined,
  };
  const listen = (options: ListenOptions, handler: RequestHandler): Listener => {
    if (state.refuses !== undefined) throw state.refuses;
    calls.push(options);
    state.handler = handler;
    const end = Promise.withResolvers<void>();
    ends.push(end);
    return {
      address: { hostname: options.hostname ?? "0.0.0.0", port: options.port || 4_321 },
      finished: end.promise,
      shutdown: () => {
        state.shutdowns++;
        if (!state.hangs) end.resolve();
        return end.promise;
      },
    };
  };
  const errors: Error[] = [];
  const server = new WebSocketServer({
    platform: { ...testPlatform(clock), listen },
    handlers: { onError: (_conn, error) => void errors.push(error) },
  });
  return { clock, calls, ends, state, server, errors };
}

Deno.test("WebSocketServer.listen() tells where it listens, and answers requests with fetch", async () => {
  const { server, calls, state } = listening();

  const address = await server.listen({ port: 0, hostname: "127.0.0.1" });

  assertEquals([address, server.address, server.isRunning], [
    { hostname: "127.0.0.1", port: 4_321 },
    { hostname: "127.0.0.1", port: 4_321 },
    true,
  ]);
  assertEquals(calls, [{ port: 0, hostname: "127.0.0.1" }]);
  assertStrictEquals(state.handler, server.fetch);
});

Deno.test("WebSocketServer.listen() refuses to listen twice, and goes on listening", async () => {
  const { server, calls } = listening();
  const first = server.listen({ port: 1 });

  await assertRejects(() => server.listen({ port: 2 }), ListenFailedError, "listens already");
  await first;
  await assertRejects(() => server.listen({ port: 3 }), ListenFailedError, "call stop() first");

  assertEquals([calls.length, server.isRunning], [1, true]);
});

Deno.test("WebSocketServer.listen() rejects with the cause when the system refuses, and may be tried again", async () => {
  const { server, state } = listening();
  state.refuses = new Error("address in use");

  const error = await assertRejects(() => server.listen({ port: 80 }), ListenFailedError, "0.0.0.0:80");
  assertEquals([error.code, (error.cause as Error).message, server.isRunning], [
    "listen_failed",
    "address in use",
    false,
  ]);
  state.refuses = undefined;

  assertEquals((await server.listen({ port: 80 })).port, 80);
});

Deno.test("WebSocketServer.stop() ends the listener, once, and listen() begins anew", async () => {
  const { server, state, calls, errors } = listening();
  await server.listen({ port: 0 });

  await Promise.all([server.stop(), server.stop()]);
  assertEquals([state.shutdowns, server.isRunning, server.address], [1, false, undefined]);
  await server.listen({ port: 4_321 });

  assertEquals([calls.length, server.isRunning, errors], [2, true, []]);
});

Deno.test("WebSocketServer.stop() waits at most closeTimeoutMs for a listener that does not end", async () => {
  const { server, state, clock } = listening();
  await server.listen({ port: 0 });
  state.hangs = true;
  let isStopped = false;

  const stopping = server.stop().then(() => isStopped = true);
  await clock.advance(4_999);
  assertEquals([isStopped, server.isRunning], [false, false]);
  await clock.advance(1);
  await stopping;

  assertEquals([isStopped, clock.pending], [true, 0]);
});

Deno.test("WebSocketServer.stop() leaves no timer when the listener ends in time", async () => {
  const { server, clock } = listening();
  await server.listen({ port: 0 });

  await server.stop();

  assertEquals(clock.pending, 0);
});

Deno.test("WebSocketServer.stop() without a listener does nothing", async () => {
  const { server, state } = listening();

  await server.stop();

  assertEquals(state.shutdowns, 0);
});

Deno.test("WebSocketServer listens again, on the same port, when its listener ended by itself, and says so", async () => {
  const { server, ends, calls, clock, errors } = listening();
  await server.listen({ port: 0, hostname: "127.0.0.1", cert: "c", key: "k" });

  ends[0]!.resolve();
  await clock.advance(0);
  ends[1]!.reject(new Error("ended badly"));
  await clock.advance(0);

  const again = { port: 4_321, hostname: "127.0.0.1", cert: "c", key: "k" };
  assertEquals(calls, [{ ...again, port: 0 }, again, again]);
  assertEquals([server.isRunning, errors.length], [true, 2]);
  assertInstanceOf(errors[0], ListenFailedError);
});

Deno.test("WebSocketServer says when it cannot listen again, and is then not running", async () => {
  const { server, ends, state, clock, errors } = listening();
  await server.listen({ port: 0 });

  state.refuses = new Error("in use");
  ends[0]!.resolve();
  await clock.advance(0);

  assertEquals([server.isRunning, errors.map(({ message }) => message.slice(0, 25))], [false, [
    "The listener ended by its",
    "Cannot listen again as th",
  ]]);
  assertEquals((errors[1]!.cause as Error).message, "in use");
});
