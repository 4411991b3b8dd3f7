/**
 * What a client tells, in the hands of a test: one event to wait for, or all of them.
 *
 * @module
 */

import type { ReconnectingClient } from "../client/client.ts";
import type { WebSocketClientEvents } from "../client/types.ts";
import type { Sendable } from "../protocol/messages.ts";

/**
 * Waits for the next event of this name. It never rejects: an event that does not come is found by the test that waits.
 *
 * @example
 * ```ts
 * import { WebSocketClient, WebSocketServer } from "@switchboard/websocket";
 * import { nextEvent, testClientPlatform, testPlatform, VirtualClock } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const server = new WebSocketServer({ platform: testPlatform(clock) });
 * const platform = testClientPlatform(clock, { server });
 * await using client = new WebSocketClient({ url: "ws://localhost/ws", platform });
 * await client.connect();
 *
 * const closed = nextEvent(client, "close");
 * platform.pairs[0]?.cut();
 *
 * assertEquals((await closed).code, 1006);
 * ```
 */
export function nextEvent<
  Outgoing extends Sendable,
  Message,
  Events extends WebSocketClientEvents<Message>,
  Name extends keyof Events & string,
>(client: ReconnectingClient<Outgoing, Message, Events>, name: Name): Promise<Events[Name]> {
  const { promise, resolve } = Promise.withResolvers<Events[Name]>();
  const off = client.on(name, (event) => {
    off();
    resolve(event);
  });
  return promise;
}

/**
 * Collects all events of this name from now on, in an array that grows: `collect(client, "message")` what a client
 * receives.
 *
 * @example
 * ```ts
 * import { WebSocketClient, WebSocketServer } from "@switchboard/websocket";
 * import { collect, testClientPlatform, testPlatform, VirtualClock } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const server = new WebSocketServer({ platform: testPlatform(clock) });
 * await using client = new WebSocketClient({
 *   url: "ws://localhost/ws",
 *   platform: testClientPlatform(clock, { server }),
 * });
 * const messages = collect(client, "message");
 * await client.connect();
 *
 * server.broadcast({ type: "news", data: 1 });
 * await clock.advance(0);
 *
 * assertEquals(messages, [{ type: "news", data: 1 }]);
 * ```
 */
export function collect<
  Outgoing extends Sendable,
  Message,
  Events extends WebSocketClientEvents<Message>,
  Name extends keyof Events & string,
>(client: ReconnectingClient<Outgoing, Message, Events>, name: Name): readonly Events[Name][] {
  const events: Events[Name][] = [];
  client.on(name, (event) => void events.push(event));
  return events;
}
