/**
 * Plays the test vectors in which a server answers to our server.
 */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { SUBPROTOCOL, type WebSocketMessage } from "../../src/protocol/messages.ts";
import { type WebSocketConnection, WebSocketServer } from "../../src/server/mod.ts";
import { connect, type TestClient } from "../../src/testing/mod.ts";
import { besides, type ServerExchange, toPayload, VECTORS } from "./vectors.ts";

/** The application of the vectors: an echo that fails on demand, doubles numbers, and has open rooms. */
function echo(connection: WebSocketConnection, message: WebSocketMessage): void {
  if (message.type === "fail") throw new Error("failed as it was told");
  connection.send(message.type === "text" || message.type === "binary" ? message.data : message);
}

function connectTo({ protocol, origin, options }: ServerExchange): Promise<TestClient> {
  const server = new WebSocketServer({ ...options, handlers: { onMessage: echo } });
  server.handle("double", (data) => data * 2);
  server.room("open/{name}");
  return connect(server, {
    protocols: protocol === null ? [] : [protocol],
    managed: false,
    headers: origin === undefined ? {} : { origin },
  });
}

async function play(exchange: ServerExchange): Promise<void> {
  await using client = await connectTo(exchange);
  let answers = 0;
  for (const step of exchange.steps) {
    if ("client" in step) {
      client.sendRaw(toPayload(step.client));
    } else if ("close" in step.server) {
      assertStrictEquals((await client.closed).code, step.server.close);
    } else {
      const frame = besides(await client.nextRaw(), step.server);
      assertEquals(frame.actual, frame.expected);
      answers++;
    }
  }
  // Whatever was still on its way arrives before the answer to a close.
  await client.close();
  assertEquals(client.frames.length, answers, "the server sent more than that");
}

for (const exchange of VECTORS.serverExchanges) {
  const protocol = exchange.protocol === SUBPROTOCOL ? "managed" : "plain";
  Deno.test(`WebSocketServer answers a ${protocol} peer: ${exchange.name}`, () => play(exchange));
}
