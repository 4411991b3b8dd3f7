/**
 * Plays the test vectors in which a server answers to our server.
 */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { SUBPROTOCOL, type WebSocketMessage } from "../../src/protocol/messages.ts";
import { type WebSocketConnection, WebSocketServer } from "../../src/server/mod.ts";
import { connect, type TestClient } from "../../src/testing/mod.ts";
import { besides, type Frame, type ServerExchange, toPayload, VECTORS } from "./vectors.ts";

/** The application of the vectors: an echo that fails on demand, doubles numbers, and has open rooms. */
function echo(connection: WebSocketConnection, message: WebSocketMessage): void {
  if (message.type === "fail") throw new Error("failed as it was told");
  connection.send(message.type === "text" || message.type === "binary" ? message.data : message);
}

/** One exchange: the server, and what its client has heard of it. */
class Play {
  readonly #exchange: ServerExchange;
  readonly #server: WebSocketServer;
  #client: TestClient | undefined;
  /** Messages that came with others in one frame, and were not looked at yet. */
  #waiting: (string | Uint8Array)[] = [];
  /** What stands in the place of names such as `<secret>` in what the client says: what it was told last. */
  readonly #heard = new Map<string, unknown>();

  constructor(exchange: ServerExchange) {
    this.#exchange = exchange;
    this.#server = new WebSocketServer({ ...exchange.options, handlers: { onMessage: echo } });
    this.#server.handle("double", (data) => data * 2);
    this.#server.room("open/{name}");
  }

  async run(): Promise<void> {
    await this.#connect();
    for (const step of this.#exchange.steps) await this.#take(step);
    // Whatever was still on its way arrives before the answer to a close.
    const client = this.#client!;
    await client.close();
    const left = await client.nextRaw().catch(() => undefined);
    assertEquals([left, this.#waiting], [undefined, []], "the server sent more than that");
    await this.#server.stop();
  }

  async #connect(): Promise<void> {
    const { protocol, origin } = this.#exchange;
    this.#client = await connect(this.#server, {
      protocols: protocol === null ? [] : [protocol],
      managed: false,
      headers: origin === undefined ? {} : { origin },
    });
  }

  async #take(step: ServerExchange["steps"][number]): Promise<void> {
    if ("client" in step) return this.#client!.sendRaw(toPayload(this.#filledIn(step.client)));
    if ("again" in step) {
      await this.#client!.cut();
      this.#waiting = [];
      return await this.#connect();
    }
    if ("broadcast" in step) {
      const { broadcast, room, key } = step;
      const options = key === undefined ? {} : { key };
      return void this.#server.broadcast(broadcast, room === undefined ? options : { ...options, room });
    }
    if ("send" in step) return void this.#server.send(String(this.#heard.get("id")), step.send);
    if ("close" in step.server) return assertStrictEquals((await this.#client!.closed).code, step.server.close);
    const frame = besides(await this.#next(), this.#filledIn(step.server));
    assertEquals(frame.actual, frame.expected);
  }

  /** The next message: those of one frame one by one. */
  async #next(): Promise<string | Uint8Array> {
    if (this.#waiting.length === 0) {
      const frame = await this.#client!.nextRaw();
      const value: unknown = typeof frame === "string" && this.#exchange.protocol !== null ? JSON.parse(frame) : frame;
      if (!Array.isArray(value)) this.#waiting = [frame];
      else this.#waiting = value.map((message) => JSON.stringify(message));
    }
    const next = this.#waiting.shift()!;
    this.#hear(next);
    return next;
  }

  #hear(frame: string | Uint8Array): void {
    if (typeof frame !== "string" || !frame.includes('"$welcome"')) return;
    const { id, session, rooms } = JSON.parse(frame);
    this.#heard.set("id", id).set("secret", session?.secret).set("epoch", rooms?.$all?.epoch);
  }

  #filledIn(frame: Frame): Frame {
    if (!("json" in frame)) return frame;
    const text = JSON.stringify(frame.json);
    return { json: JSON.parse(text.replace(/<(id|secret|epoch)>/g, (_, name) => String(this.#heard.get(name)))) };
  }
}

for (const exchange of VECTORS.serverExchanges) {
  const protocol = exchange.protocol === SUBPROTOCOL ? "managed" : "plain";
  Deno.test(`WebSocketServer answers a ${protocol} peer: ${exchange.name}`, () => new Play(exchange).run());
}
