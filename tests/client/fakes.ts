/**
 * A client's surroundings in the hands of a test: a clock that stands still, timers that ring when told to, sockets that
 * do what the test says.
 *
 * @module
 */

import type { ReconnectingClient } from "../../src/client/client.ts";
import { WebSocketClient, type WebSocketClientConfig } from "../../src/client/mod.ts";
import { WebSocketClient as PlainClient, type WebSocketClientConfig as PlainConfig } from "../../src/client/plain.ts";
import type { ClientPlatform } from "../../src/client/platform.ts";
import type { ClientLogger, WebSocketClientEvents } from "../../src/client/types.ts";
import type { SocketEvent, SocketEventType, SocketLike, SocketListener } from "../../src/internal/socket_like.ts";
import type { Payload } from "../../src/protocol/codec.ts";

/** A socket whose other end is the test. */
export class FakeSocket implements SocketLike {
  readyState = 0;
  bufferedAmount = 0;
  protocol = "";
  binaryType = "blob";
  /** What was sent, in order. */
  readonly sent: Payload[] = [];
  /** What `close()` was called with. */
  readonly closes: (readonly [code: number | undefined, reason: string | undefined])[] = [];
  readonly url: string;
  readonly protocols: readonly string[];
  readonly headers: HeadersInit | undefined;
  readonly #listeners = new Map<SocketEventType, Set<SocketListener>>();
  readonly #watching: (() => void)[] = [];

  constructor(url: string, protocols: readonly string[], headers: HeadersInit | undefined) {
    this.url = url;
    this.protocols = protocols;
    this.headers = headers;
  }

  send(data: Payload): void {
    this.sent.push(data);
    for (const resolve of this.#watching.splice(0)) resolve();
  }

  /** Waits until a message of a type was sent. */
  async until(type: string): Promise<void> {
    const texts = () => this.sent.filter((frame) => typeof frame === "string");
    while (
      !texts().flatMap((text) => JSON.parse(text)).some((message) => (message as { type: string }).type === type)
    ) {
      await new Promise<void>((resolve) => this.#watching.push(resolve));
    }
  }

  close(code?: number, reason?: string): void {
    this.closes.push([code, reason]);
    if (this.readyState < 2) this.readyState = 2;
  }

  addEventListener(type: SocketEventType, listener: SocketListener): void {
    this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(listener));
  }

  removeEventListener(type: SocketEventType, listener: SocketListener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  /** The server accepted. */
  open(protocol = ""): void {
    this.readyState = 1;
    this.protocol = protocol;
    this.emit({ type: "open" });
  }

  /** The server sent a frame: text, JSON of anything else, or bytes. */
  receive(data: unknown): void {
    const isBytes = data instanceof Uint8Array;
    this.emit({ type: "message", data: isBytes ? data.slice().buffer : typeof data === "string" ? data : json(data) });
  }

  /** The connection ended, as a runtime tells it. */
  end(code = 1000, reason = "", wasClean = true): void {
    this.readyState = 3;
    this.emit({ type: "close", code, reason, wasClean });
  }

  /** The connection broke, or could not be made, as Deno tells it. */
  break(message = "Connection reset"): void {
    this.readyState = 3;
    this.emit({ type: "error", message });
    this.emit({ type: "close", code: 0, reason: "", wasClean: false });
  }

  emit(event: SocketEvent): void {
    for (const listener of this.#listeners.get(event.type as SocketEventType) ?? []) listener.handleEvent(event);
  }

  /** The messages that were sent, read as JSON. */
  get sentJson(): unknown[] {
    return this.sent.map((frame) => JSON.parse(frame as string));
  }
}

interface FakeTimer {
  readonly at: number;
  readonly callback: () => void;
}

/** The surroundings of one client. */
export class FakePlatform implements ClientPlatform {
  /** The clock; a test may set it to let it jump. */
  time = 1_000_000;
  /** What is drawn next, and from then on. */
  randomValue = 0.5;
  /** All sockets, the oldest first. */
  readonly sockets: FakeSocket[] = [];
  /** Set by a test to let opening a socket fail at once. */
  refusal: Error | undefined;
  watchEnd?: (onEnd: () => void) => () => void;
  readonly #timers = new Set<FakeTimer>();
  readonly #wakes = new Set<() => void>();
  readonly #awaiting: ((socket: FakeSocket) => void)[] = [];
  #taken = 0;

  now(): number {
    return this.time;
  }

  setTimer(callback: () => void, delayMs: number): unknown {
    const timer = { at: this.time + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(timer: unknown): void {
    this.#timers.delete(timer as FakeTimer);
  }

  random(): number {
    return this.randomValue;
  }

  connect(url: string, protocols: readonly string[], headers?: HeadersInit): FakeSocket {
    if (this.refusal !== undefined) throw this.refusal;
    const socket = new FakeSocket(url, protocols, headers);
    this.sockets.push(socket);
    const next = this.#awaiting.shift();
    if (next !== undefined) {
      this.#taken++;
      next(socket);
    }
    return socket;
  }

  watchWakes(onWake: () => void): () => void {
    this.#wakes.add(onWake);
    return () => this.#wakes.delete(onWake);
  }

  /** The next socket that no call of this has returned yet. */
  nextSocket(): Promise<FakeSocket> {
    const socket = this.sockets[this.#taken];
    if (socket === undefined) return new Promise((resolve) => this.#awaiting.push(resolve));
    this.#taken++;
    return Promise.resolve(socket);
  }

  /** The network or the page is back. */
  wake(): void {
    for (const onWake of [...this.#wakes]) onWake();
  }

  /** Lets time pass, and timers ring in their order. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (let timer = this.#nextTimer(); timer !== undefined && timer.at <= end; timer = this.#nextTimer()) {
      this.#timers.delete(timer);
      this.time = Math.max(this.time, timer.at);
      timer.callback();
    }
    this.time = end;
  }

  /** Lets the next timer ring, however late it is by now. */
  ring(): void {
    const timer = this.#nextTimer();
    if (timer === undefined) throw new Error("There is no timer to ring");
    this.#timers.delete(timer);
    this.time = Math.max(this.time, timer.at);
    timer.callback();
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** How long until the next timer rings. */
  get untilNextTimer(): number | undefined {
    const timer = this.#nextTimer();
    return timer && timer.at - this.time;
  }

  /** How many watch for wakes. */
  get watchers(): number {
    return this.#wakes.size;
  }

  #nextTimer(): FakeTimer | undefined {
    let next: FakeTimer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer;
    return next;
  }
}

/** A logger that remembers. */
export class FakeLogger implements ClientLogger {
  /** The errors that were written. */
  readonly errors: unknown[] = [];

  error(_message: string, properties: Record<string, unknown>): void {
    this.errors.push(properties.error);
  }
}

/** Notes everything that a client tells, as pairs of event and what it carries. */
export function record(client: ReconnectingClient): [name: string, event: unknown][] {
  const told: [string, unknown][] = [];
  const names: (keyof WebSocketClientEvents)[] = [
    "statechange",
    "attempt",
    "open",
    "message",
    "close",
    "waiting",
    "error",
    "message:dropped",
  ];
  if (client instanceof WebSocketClient) names.push("room:left" as "open", "recovery" as "open");
  for (const name of names) client.on(name, (event: unknown) => told.push([name, event]));
  return told;
}

/** The message with which a server of this module welcomes. */
export const WELCOME = {
  type: "$welcome",
  id: "01J",
  resumed: false,
  features: [],
  heartbeat: { intervalMs: 30_000, timeoutMs: 60_000 },
  maxMessageBytes: 1_048_576,
};

/** The same of a server that keeps sessions. */
export const SESSION = { ...WELCOME, features: ["resume"], session: { secret: "s1", windowMs: 120_000 } };

/** A managed client that is connected to a server that keeps sessions. */
export async function sessionClient(
  config: Partial<WebSocketClientConfig> = {},
  welcome: object = SESSION,
): Promise<ClientUnderTest<WebSocketClient> & { readonly socket: FakeSocket }> {
  const test = managedClient(config);
  return { ...test, socket: await connectManaged(test, welcome) };
}

/** Lets a client that is connected lose its connection and come back; `welcome` is what is different now. */
export async function comeBack(
  { platform }: ClientUnderTest<WebSocketClient>,
  welcome: object = {},
  ...behind: object[]
): Promise<FakeSocket> {
  platform.sockets.at(-1)!.break();
  platform.ring();
  const next = await platform.nextSocket();
  next.open("switchboard.v1");
  next.receive([{ ...SESSION, ...welcome }, ...behind]);
  return next;
}

/** The parts of a welcome with which a session goes on. */
export const RESUMED = { resumed: true, session: { secret: "s2", windowMs: 120_000 } };

/** A client of the plain protocol in fake surroundings, and everything that it tells. */
export function plainClient(config: Partial<PlainConfig> = {}): ClientUnderTest<PlainClient> {
  const platform = new FakePlatform();
  const logger = new FakeLogger();
  const client = new PlainClient({ url: "ws://localhost/ws", platform, logger, ...config });
  return { platform, logger, client, told: record(client) };
}

/** The same for the managed protocol. */
export function managedClient(config: Partial<WebSocketClientConfig> = {}): ClientUnderTest<WebSocketClient> {
  const platform = new FakePlatform();
  const logger = new FakeLogger();
  const client = new WebSocketClient({ url: "ws://localhost/ws", platform, logger, ...config });
  return { platform, logger, client, told: record(client) };
}

/** A client and all around it. */
export interface ClientUnderTest<Client> {
  readonly platform: FakePlatform;
  readonly logger: FakeLogger;
  readonly client: Client;
  readonly told: [name: string, event: unknown][];
}

/** Lets a plain client connect, and returns its socket. */
export async function connectPlain({ client, platform }: ClientUnderTest<PlainClient>): Promise<FakeSocket> {
  const connected = client.connect();
  const socket = await platform.nextSocket();
  socket.open();
  await connected;
  return socket;
}

/** A managed client that is connected and has not loaded what it handles and asks with. */
export async function coldClient(
  config: Partial<WebSocketClientConfig> = {},
): Promise<ClientUnderTest<WebSocketClient> & { readonly socket: FakeSocket }> {
  const test = managedClient(config);
  const connecting = test.client.connect();
  const socket = await test.platform.nextSocket();
  socket.open("switchboard.v1");
  socket.receive(SESSION);
  await connecting;
  return { ...test, socket };
}

/** A client of `./client` that is connected with the plain protocol. */
export async function plainModeClient(
  config: Partial<WebSocketClientConfig> = {},
): Promise<ClientUnderTest<WebSocketClient> & { readonly socket: FakeSocket }> {
  const test = managedClient({ ...config, protocol: "plain" });
  await warm(test.client);
  const connected = test.client.connect();
  const socket = await test.platform.nextSocket();
  socket.open();
  await connected;
  return { ...test, socket };
}

/** A managed client that is connected and tells nobody: the listeners of `record()` would read its messages. */
export async function unreadClient(
  config: Partial<WebSocketClientConfig> = {},
  welcome: object = WELCOME,
): Promise<ClientUnderTest<WebSocketClient> & { readonly socket: FakeSocket }> {
  const platform = new FakePlatform();
  const logger = new FakeLogger();
  const client = new WebSocketClient({ url: "ws://localhost/ws", platform, logger, ...config });
  const test = { platform, logger, client, told: [] };
  return { ...test, socket: await connectManaged(test, welcome) };
}

/**
 * Lets a client load what it asks with, of which nothing is sent: from then on it asks at once, as tests expect that look
 * at what was sent.
 */
export async function warm(client: WebSocketClient): Promise<void> {
  await client.request("never", undefined, { timeoutMs: -1 }).catch(() => {});
}

/** Lets everything go on that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}

/** The messages that a managed client has sent behind its hello. */
export function sentAfterHello(socket: FakeSocket): unknown[] {
  return socket.sentJson.slice(1);
}

/** Lets a managed client connect, and returns its socket. */
export async function connectManaged(
  { client, platform }: ClientUnderTest<WebSocketClient>,
  welcome: object = WELCOME,
): Promise<FakeSocket> {
  const connected = client.connect();
  await warm(client);
  const socket = await platform.nextSocket();
  socket.open("switchboard.v1");
  socket.receive(welcome);
  await connected;
  return socket;
}

/** What was told under one name. */
export function toldOf<Name extends keyof WebSocketClientEvents>(
  told: readonly (readonly [name: string, event: unknown])[],
  name: Name,
): WebSocketClientEvents[Name][] {
  return told.filter(([each]) => each === name).map(([, event]) => event as WebSocketClientEvents[Name]);
}

function json(value: unknown): string {
  return JSON.stringify(value);
}
