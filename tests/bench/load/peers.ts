/**
 * The load generator's connections: opens them, reads what the servers send, answers pings, and
 * tells how many messages came. It compares the first messages of each load with what they must
 * be, and looks at nothing but frames' heads from then on, unless the peers are managed.
 *
 * @module
 */

import { MESSAGE, MESSAGE_BYTES, PATH, REPLY, REQUEST } from "../workload.ts";
import { ACCEPT, CLOSE, maskedFrame, PING, PONG, textFrame, upgradeRequest } from "./frames.ts";
import { close, connectFrom, Poller, receive, sendAll } from "./libc.ts";

/** What kind of peer the connections are. */
export type PeerKind = "plain" | "managed";

/** What the echo load exchanges. */
export type Exchange = "message" | "request";

/** What is sent, and what must come back. */
const TEXTS: Readonly<Record<Exchange, readonly [sent: string, received: string]>> = {
  message: [MESSAGE, MESSAGE],
  request: [REQUEST, REPLY],
};

/** What a load is told. */
export interface PeerEvents {
  /** A handshake is complete. */
  opened?(fd: number): void;
  /** So many application messages arrived, in one read. */
  messages?(fd: number, count: number): void;
  /** The server ended the connection; without this it is an error. */
  ended?(fd: number): void;
}

/** How connections are opened. */
export interface OpenOptions {
  readonly count: number;
  /** How many handshakes may be unanswered at a time. */
  readonly parallel: number;
  /** Spreads the attempts evenly over this time. */
  readonly spreadMs: number;
}

/** Source addresses taken in turn, as each has but 28,000 ports for one target. */
const SOURCES = ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"] as const;
const TARGET = "127.0.0.1";
const STDIN = 0;
/** Head and payload of the frame that a server makes of the message. */
const MESSAGE_FRAME_BYTES = 2 + MESSAGE_BYTES;
const FINAL_TEXT = 0x81;
/** Frames that are compared, for each load. */
const COMPARED = 64;
const SUBPROTOCOL = "switchboard.v1";
const HELLO = textFrame(JSON.stringify({ type: "$hello", client: "bench" }));

/** All connections to one server. */
export class Peers {
  /** Called when a command waits on the standard input. */
  onControl: () => void = () => {};
  /** Pings answered, of the protocol or of `switchboard.v1`. */
  pings = 0;
  readonly #poller = new Poller();
  readonly #buffer = new Uint8Array(256 * 1024);
  readonly #opening = new Set<number>();
  readonly #open = new Set<number>();
  readonly #rest = new Map<number, Uint8Array>();
  readonly #request: Uint8Array<ArrayBuffer>;
  readonly #port: number;
  readonly #kind: PeerKind;
  #events: PeerEvents = {};
  #toCompare = COMPARED;
  #nextSource = 0;

  /** What the echo load sends. */
  readonly outgoing: string;
  readonly #incoming: string;

  constructor(port: number, kind: PeerKind, exchange: Exchange) {
    [this.outgoing, this.#incoming] = TEXTS[exchange];
    this.#port = port;
    this.#kind = kind;
    const protocol = kind === "managed" ? SUBPROTOCOL : undefined;
    this.#request = upgradeRequest(`${TARGET}:${port}`, PATH, protocol);
    this.#poller.add(STDIN);
  }

  /** Receives what happens; loads put their own object here. */
  set events(events: PeerEvents) {
    this.#events = events;
    this.#toCompare = COMPARED;
  }

  /** The descriptors of the open connections. */
  get open(): ReadonlySet<number> {
    return this.#open;
  }

  /** Opens connections and returns when all of them are open. */
  openMany({ count, parallel, spreadMs }: OpenOptions): void {
    const target = this.#open.size + count;
    const began = performance.now();
    let started = 0;
    while (this.#open.size < target) {
      const due = spreadMs === 0 ? count : (performance.now() - began) / spreadMs * count;
      while (started < Math.min(due, count) && this.#opening.size < parallel) {
        this.start();
        started++;
      }
      this.poll(started < count ? 1 : 1000);
    }
  }

  /** Connects and asks for the upgrade. */
  start(): void {
    const source = SOURCES[this.#nextSource++ % SOURCES.length]!;
    const fd = connectFrom(source, TARGET, this.#port);
    this.#poller.add(fd);
    this.#opening.add(fd);
    this.send(fd, this.#request, this.#request.length);
  }

  /** Sends the first `length` bytes. */
  send(fd: number, bytes: Uint8Array<ArrayBuffer>, length: number): void {
    if (!sendAll(fd, bytes, length)) throw new Error("A server does not read, or has closed a connection");
  }

  /** Resets a connection. */
  drop(fd: number): void {
    this.#open.delete(fd);
    this.#opening.delete(fd);
    this.#rest.delete(fd);
    close(fd);
  }

  /** Resets all connections. */
  dropAll(): void {
    for (const fd of [...this.#open, ...this.#opening]) this.drop(fd);
  }

  /** Waits up to `timeoutMs` (-1: without end) and handles what has arrived by then. */
  poll(timeoutMs: number): void {
    const count = this.#poller.wait(timeoutMs);
    for (let i = 0; i < count; i++) {
      const fd = this.#poller.ready(i);
      if (fd === STDIN) this.onControl();
      else this.#read(fd);
    }
  }

  #read(fd: number): void {
    const buffer = this.#buffer;
    if (this.#rest.size === 0 || !this.#rest.has(fd)) {
      const length = receive(fd, buffer);
      // Whole messages of known size and nothing else: there is no need to look closer.
      if (
        length > 0 && length % MESSAGE_FRAME_BYTES === 0 && buffer[0] === FINAL_TEXT &&
        buffer[1] === MESSAGE_BYTES && this.#kind === "plain" && this.#toCompare === 0
      ) {
        this.#events.messages?.(fd, length / MESSAGE_FRAME_BYTES);
        return;
      }
      this.#handle(fd, length, 0);
      return;
    }
    const rest = this.#rest.get(fd)!;
    this.#rest.delete(fd);
    buffer.set(rest);
    this.#handle(fd, receive(fd, buffer.subarray(rest.length)), rest.length);
  }

  #handle(fd: number, received: number, before: number): void {
    if (received <= 0) this.#ended(fd);
    else if (this.#opening.has(fd)) this.#readHead(fd, before + received);
    else this.#walk(fd, 0, before + received);
  }

  #ended(fd: number): void {
    this.drop(fd);
    if (this.#events.ended === undefined) throw new Error("A server has closed a connection");
    this.#events.ended(fd);
  }

  #readHead(fd: number, end: number): void {
    const text = String.fromCharCode(...this.#buffer.subarray(0, Math.min(end, 4096)));
    const head = text.indexOf("\r\n\r\n");
    if (head < 0) {
      this.#rest.set(fd, this.#buffer.slice(0, end));
      return;
    }
    if (!text.startsWith("HTTP/1.1 101") || !text.slice(0, head).includes(ACCEPT)) {
      throw new Error(`A server answered the upgrade with: ${text.slice(0, head)}`);
    }
    this.#opening.delete(fd);
    this.#open.add(fd);
    if (this.#kind === "managed") this.send(fd, HELLO, HELLO.length);
    this.#events.opened?.(fd);
    this.#walk(fd, head + 4, end);
  }

  /** Goes from frame to frame, answers control frames and counts the others. */
  #walk(fd: number, start: number, end: number): void {
    const buffer = this.#buffer;
    let messages = 0;
    let at = start;
    while (end - at >= 2) {
      const opcode = buffer[at]! & 0x0f;
      let head = 2;
      let length = buffer[at + 1]!;
      if (length === 126) {
        head = 4;
        if (end - at < head) break;
        length = buffer[at + 2]! << 8 | buffer[at + 3]!;
      } else if (length > 126) {
        throw new Error("A server sent a frame that no load asked for");
      }
      if (end - at < head + length) break;
      const payload = buffer.subarray(at + head, at + head + length);
      if (opcode === PING) this.#pong(fd, maskedFrame(PONG, payload));
      else if (opcode < CLOSE) {
        messages += this.#kind === "plain" ? this.#compared(payload) : this.#managed(fd, payload);
      }
      at += head + length;
    }
    if (at < end) this.#rest.set(fd, buffer.slice(at, end));
    if (messages > 0) this.#events.messages?.(fd, messages);
  }

  /** One message, which must be the right one. */
  #compared(payload: Uint8Array): number {
    if (this.#toCompare > 0) {
      this.#toCompare--;
      const text = new TextDecoder().decode(payload);
      if (text !== this.#incoming) throw new Error(`A server sent ${text} instead of ${this.#incoming}`);
    }
    return 1;
  }

  /** Answers our own pings and counts the application's messages of a frame. */
  #managed(fd: number, payload: Uint8Array): number {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    let count = 0;
    for (const message of (Array.isArray(value) ? value : [value]) as { type: string; data?: unknown }[]) {
      if (!message.type.startsWith("$")) count++;
      else if (message.type === "$refused") throw new Error(`A server refused: ${JSON.stringify(message)}`);
      else if (message.type === "$ping") {
        this.#pong(fd, textFrame(JSON.stringify({ ...message, type: "$pong" })));
      }
    }
    return count;
  }

  #pong(fd: number, frame: Uint8Array<ArrayBuffer>): void {
    this.pings++;
    this.send(fd, frame, frame.length);
  }
}
