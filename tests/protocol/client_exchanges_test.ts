/**
 * Plays the test vectors in which a client answers to our client.
 */

import { assertEquals } from "@std/assert";
import { type ClientClose, type ClientWait, WebSocketClient } from "../../src/client/mod.ts";
import type { SocketEvent } from "../../src/internal/socket_like.ts";
import type { Payload } from "../../src/protocol/codec.ts";
import { SUBPROTOCOL } from "../../src/protocol/messages.ts";
import { SocketPair, VirtualClock } from "../../src/testing/mod.ts";
import { besides, type ClientExchange, type Close, toPayload, toUnderstood, toValue, VECTORS } from "./vectors.ts";

/** What happens in one place, to be waited for in order. */
class Happenings<Item> {
  readonly #items: Item[] = [];
  readonly #waiting: Array<(item: Item) => void> = [];

  add(item: Item): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#items.push(item);
    else first(item);
  }

  next(): Promise<Item> {
    const item = this.#items.shift();
    return item === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(item);
  }

  get left(): number {
    return this.#items.length;
  }
}

/** What stands in the place of chance. */
const RANDOM = 0.5;

/** The delay before the second attempt, by the table of docs/PROTOCOL.md; none where no attempt follows. */
function expectedDelay(next: string, retryAfterMs: number | undefined): number | undefined {
  if (next === "stop") return undefined;
  const leastMs = retryAfterMs ?? (next === "later" ? 5_000 : 0);
  return leastMs + RANDOM * (next === "spread" ? 10_000 : next === "later" ? 5_000 : 500);
}

/** Our client, and a server's end of its connections in the hands of a test. */
class Stage implements AsyncDisposable {
  /** The present connection. */
  pair = new SocketPair({ protocol: SUBPROTOCOL });
  readonly joined = new Happenings<string>();
  readonly recoveries = new Happenings<unknown>();
  readonly #clock = new VirtualClock();
  readonly sent = new Happenings<Payload | Close>();
  readonly understood = new Happenings<unknown>();
  readonly outcomes = new Happenings<ClientWait | ClientClose>();
  /** Whether the server closed, so that the client's close is only the answer. */
  isClosing = false;
  readonly #client: WebSocketClient;

  constructor() {
    const clock = this.#clock;
    this.#client = new WebSocketClient({
      url: "ws://localhost/ws",
      reconnect: { retryFirst: true },
      handlers: {
        onMessage: (message) => this.understood.add(toUnderstood(message)),
        onClose: (event) => {
          if (!event.willReconnect) this.outcomes.add(event);
        },
        onError: () => {},
      },
      platform: {
        now: () => clock.now(),
        setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
        clearTimer: (timer) => clock.clearTimer(timer),
        random: () => RANDOM,
        connect: () => {
          const pair = this.pair = new SocketPair({ protocol: SUBPROTOCOL });
          this.isClosing = false;
          this.#listen();
          queueMicrotask(() => pair.open());
          return pair.client;
        },
        watchWakes: () => () => {},
      },
    });
    this.#client.on("waiting", (event) => this.outcomes.add(event));
    this.#client.on("recovery", ({ reason, ...event }) => this.recoveries.add(reason ? { ...event, reason } : event));
  }

  #listen(): void {
    const { server } = this.pair;
    server.binaryType = "arraybuffer";
    const handleEvent = ({ type, data, code = 1005 }: SocketEvent) => {
      if (type === "message") this.sent.add(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer));
      else if (!this.isClosing) this.sent.add({ close: code });
    };
    for (const type of ["message", "close"] as const) server.addEventListener(type, { handleEvent });
  }

  /** Lets the client connect; what becomes of that is told by what follows. */
  begin(): void {
    this.#client.connect().catch(() => {});
  }

  /** The application sends. */
  send(value: unknown): void {
    this.#client.send(value as object);
  }

  /** The application wants to be in a room. */
  join(room: string): void {
    this.#client.join(room).then(() => this.joined.add(room), () => {});
  }

  /** Lets the connection break, and the client open the next one. */
  async cut(): Promise<void> {
    this.isClosing = true;
    this.pair.cut();
    const { delayMs } = await this.outcomes.next();
    await this.#clock.advance(delayMs!);
  }

  /** Closes from the server's end. */
  close(code: number): void {
    this.isClosing = true;
    this.pair.server.close(code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.disconnect();
  }
}

async function play(exchange: ClientExchange): Promise<void> {
  await using stage = new Stage();
  stage.begin();
  for (const step of exchange.steps) {
    if ("server" in step) {
      if ("close" in step.server) stage.close(step.server.close);
      else stage.pair.server.send(toPayload(step.server));
    } else if ("client" in step) {
      const sent = await stage.sent.next();
      if ("close" in step.client) {
        assertEquals(sent, step.client);
      } else {
        assertEquals(typeof sent === "string" || sent instanceof Uint8Array, true, "the client closed");
        const frame = besides(sent as Payload, step.client);
        assertEquals(frame.actual, frame.expected);
      }
    } else if ("understood" in step) {
      assertEquals(await stage.understood.next(), step.understood);
    } else if ("send" in step) {
      stage.send(toValue(step.send));
    } else if ("join" in step) {
      stage.join(step.join);
    } else if ("joined" in step) {
      assertEquals(await stage.joined.next(), step.joined);
    } else if ("cut" in step) {
      await stage.cut();
    } else if ("recovery" in step) {
      assertEquals(await stage.recoveries.next(), step.recovery);
    } else {
      const outcome = await stage.outcomes.next();
      const isEnd = "willReconnect" in outcome;
      assertEquals(
        { delayMs: outcome.delayMs, isEnd, isRenewal: !isEnd && outcome.reason === "renew" },
        {
          delayMs: expectedDelay(step.next, step.retryAfterMs),
          isEnd: step.next === "stop",
          isRenewal: step.next === "renew",
        },
      );
    }
  }
  const { understood, sent, recoveries } = stage;
  assertEquals([understood.left, sent.left, recoveries.left], [0, 0, 0], "something is left");
}

for (const exchange of VECTORS.clientExchanges) {
  Deno.test(`WebSocketClient answers a server: ${exchange.name}`, () => play(exchange));
}
