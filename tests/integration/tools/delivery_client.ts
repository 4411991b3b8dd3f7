/**
 * One client in a test of delivery: sends numbered messages in every way there is, and writes down what comes.
 *
 * @module
 */

import { WebSocketClient, type WebSocketMessage } from "../../../src/client/mod.ts";
import { Changes } from "../../hostile/harness/deadline.ts";
import { type ClientReport, type Entry, type LoadPlan, read, roomOf, write } from "./delivery_plan.ts";

/** It comes back at once, as a test has no time, and gives no attempt up for lost too early. */
const RECONNECT = {
  baseDelayMs: 20,
  maxDelayMs: 250,
  laterDelayMs: 50,
  spreadWindowMs: 50,
  minUptimeMs: 100,
  retryFirst: true,
};
const TIMEOUTS = { connectTimeoutMs: 3_000, welcomeTimeoutMs: 3_000, closeTimeoutMs: 1_000 };

/** How long anything may take that is waited for at the end. */
const PATIENCE_MS = 60_000;

/** A client, its room, and its notes. */
export class DeliveryClient {
  readonly client: WebSocketClient;
  readonly #number: number;
  readonly #room: string;
  readonly #asksNothing: boolean;
  readonly #changes = new Changes();
  readonly #logs = new Map<string, Entry[]>();
  readonly #resumed: boolean[] = [];
  readonly #closes: Record<string, number> = {};
  readonly #troubles: string[] = [];
  /** What is not acknowledged or answered yet, by number. */
  readonly #pending = new Map<number, string>();
  #sent = 0;

  /** Nothing is opened yet; `port` is where it will connect to. */
  constructor(number: number, port: number, plan: Pick<LoadPlan, "rooms" | "asksNothing">) {
    this.#number = number;
    this.#room = roomOf(number, plan);
    this.#asksNothing = plan.asksNothing ?? false;
    this.client = new WebSocketClient({
      url: `ws://127.0.0.1:${port}/ws?client=${number}`,
      reconnect: RECONNECT,
      ...TIMEOUTS,
      handlers: { onMessage: (message) => this.#note(message), onError: () => {} },
    });
    this.client.on("open", ({ resumed }) => {
      this.#resumed.push(resumed);
      if (!resumed) this.client.send({ type: "here" });
    });
    this.client.on("close", ({ code }) => this.#closes[code] = (this.#closes[code] ?? 0) + 1);
    this.client.on("recovery", ({ room, recovered, reason }) => {
      if (!recovered) this.#log(room).push(reason ?? "no reason");
    });
    this.client.on("room:left", ({ room, code }) => this.#troubles.push(`left ${room}: ${code}`));
    this.client.on("message:dropped", ({ reason }) => this.#troubles.push(`dropped a message: ${reason}`));
  }

  /** Connects, and joins its room. */
  async enter(): Promise<void> {
    await this.client.connect();
    await this.client.join(this.#room);
  }

  /** Whether it is connected. */
  get isOpen(): boolean {
    return this.client.getState() === "open";
  }

  /** Sends the next message. */
  send(): void {
    const n = this.#sent + 1;
    const message = write("up", n, "client");
    if (message instanceof Uint8Array || n % 2 === 1) {
      const outcome = this.client.send(message);
      if (outcome !== "sent" && outcome !== "queued") {
        return void this.#troubles.push(`could not send ${n}: ${outcome}`);
      }
      this.#sent = n;
    } else {
      this.#sent = n;
      if (n % 10 === 0 && !this.#asksNothing) {
        this.#await(n, "request", this.client.request("up", read((message as WebSocketMessage).data), ENDLESS));
      } else this.#await(n, "acknowledgement", this.client.sendAcked(message));
    }
  }

  /** Waits until all that was sent was handled, and answered where that was asked for. */
  async settled(): Promise<void> {
    const isSettled = () => this.#pending.size === 0 ? true : undefined;
    await this.#changes.until(isSettled, PATIENCE_MS, "answers").catch(() => {
      const open = Array.from(this.#pending, ([n, what]) => `${what} of ${n}`);
      this.#troubles.push(`waits in vain for ${open.length} answers: ${open.slice(0, 5).join(", ")}`);
    });
    // Messages of one client are handled in order: when the last one was, all were.
    await this.client.request("handled", undefined, { timeoutMs: PATIENCE_MS }).catch((error: Error) => {
      this.#troubles.push(`no answer to the last request: ${error.message}`);
    });
  }

  /** Waits until the last number of each of these sources came. */
  async received(last: Readonly<Record<string, number>>): Promise<void> {
    for (const [source, n] of Object.entries(last)) {
      const hasCome = () => this.#log(source).includes(n, -1) ? true : undefined;
      await this.#changes.until(hasCome, PATIENCE_MS, `${n} of ${source}`).catch((error: Error) => {
        this.#troubles.push(error.message);
      });
    }
  }

  /** What it has seen. */
  report(): ClientReport {
    return {
      client: this.#number,
      resumed: this.#resumed,
      closes: this.#closes,
      sent: this.#sent,
      troubles: this.#troubles,
      logs: Object.fromEntries(this.#logs),
    };
  }

  #note(message: WebSocketMessage): void {
    const { n, source } = read(message.data);
    this.#log(source).push(n);
    this.#changes.notify();
  }

  #await(n: number, what: string, promise: Promise<unknown>): void {
    this.#pending.set(n, what);
    promise.catch((error: Error) => this.#troubles.push(`${what} of ${n}: ${error.message}`)).then(() => {
      this.#pending.delete(n);
      this.#changes.notify();
    });
  }

  #log(source: string): Entry[] {
    let log = this.#logs.get(source);
    if (log === undefined) this.#logs.set(source, log = []);
    return log;
  }
}

/** Requests that wait for as long as it takes. */
const ENDLESS = { timeoutMs: Infinity };
