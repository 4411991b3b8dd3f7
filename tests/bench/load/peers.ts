/**
 * The load generator's connections: opens them, reads what the servers send, answers pings of WebSocket, and tells how
 * many messages came. What kind of peers they are decides their dialect, which compares the first messages of each load
 * with what they must be, and looks at as little as it can from then on.
 *
 * @module
 */

import type { Dialect, Line } from "./dialect.ts";
import { FrameReader } from "./frame_reader.ts";
import { ACCEPT, CLOSE, maskedFrame, PING, PONG, upgradeRequest } from "./frames.ts";
import { close, connectFrom, Poller, receive, sendAll } from "./libc.ts";

/** What a load is told. */
export interface PeerEvents {
  /** A peer is open. */
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
const FINAL_TEXT = 0x81;
/** No server sends a frame of more. */
const MAX_BUFFER_BYTES = 64 * 1024 * 1024;

/** All connections to one server. */
export class Peers {
  /** Called when a command waits on the standard input. */
  onControl: () => void = () => {};
  /** Pings answered, of WebSocket or of the dialect. */
  pings = 0;
  /** Bytes that were received, all layers above TCP. */
  receivedBytes = 0;
  /** Application messages that were received. */
  receivedMessages = 0;
  /** Frames that they came in. */
  receivedFrames = 0;
  readonly #poller = new Poller();
  readonly #frames = new FrameReader();
  /** Upgrades that were not answered yet. */
  readonly #upgrading = new Set<number>();
  readonly #open = new Set<number>();
  /** Bytes of a head or frame that was not read to its end. */
  readonly #rest = new Map<number, Uint8Array>();
  readonly #dialect: Dialect;
  readonly #request: Uint8Array<ArrayBuffer>;
  readonly #port: number;
  #buffer = new Uint8Array(256 * 1024);
  #opening = 0;
  #events: PeerEvents = {};
  #nextSource = 0;

  /** @param makeDialect Gives the dialect, which is told what it may do. */
  constructor(port: number, makeDialect: (line: Line) => Dialect) {
    this.#port = port;
    this.#dialect = makeDialect({
      send: (fd, bytes, length) => this.send(fd, bytes, length),
      opened: (fd) => this.#opened(fd),
      pinged: () => this.pings++,
    });
    this.#request = upgradeRequest(`${TARGET}:${port}`, this.#dialect.path, this.#dialect.protocol);
    this.#poller.add(STDIN);
  }

  /** Receives what happens; loads put their own object here. */
  set events(events: PeerEvents) {
    this.#events = events;
    this.#dialect.compare();
  }

  /** The descriptors of the open connections. */
  get open(): ReadonlySet<number> {
    return this.#open;
  }

  /** Connections that are not open yet. */
  get opening(): number {
    return this.#opening;
  }

  /** Opens connections and returns when all of them are open. */
  openMany({ count, parallel, spreadMs }: OpenOptions): void {
    const target = this.#open.size + count;
    const began = performance.now();
    let started = 0;
    while (this.#open.size < target) {
      const due = spreadMs === 0 ? count : (performance.now() - began) / spreadMs * count;
      while (started < Math.min(due, count) && this.#opening < parallel) {
        this.start();
        started++;
      }
      this.poll(started < count ? 1 : 1000);
    }
  }

  /** Connects and asks for the upgrade; gives the descriptor. */
  start(): number {
    const source = SOURCES[this.#nextSource++ % SOURCES.length]!;
    const fd = connectFrom(source, TARGET, this.#port);
    this.#poller.add(fd);
    this.#upgrading.add(fd);
    this.#opening++;
    this.send(fd, this.#request, this.#request.length);
    return fd;
  }

  /** Sends the message that comes back, so many times. */
  echo(fd: number, count: number): void {
    this.#dialect.echo(fd, count);
  }

  /** Asks for so many broadcasts. */
  broadcast(fd: number, count: number): void {
    this.#dialect.broadcast(fd, count);
  }

  /** Sends the first `length` bytes. */
  send(fd: number, bytes: Uint8Array<ArrayBuffer>, length: number): void {
    if (!sendAll(fd, bytes, length)) throw new Error("A server does not read, or has closed a connection");
  }

  /** Resets a connection. */
  drop(fd: number): void {
    if (!this.#open.delete(fd)) this.#opening--;
    this.#upgrading.delete(fd);
    this.#rest.delete(fd);
    this.#dialect.forget(fd);
    close(fd);
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
    if (this.#rest.size > 0) {
      const rest = this.#rest.get(fd);
      if (rest !== undefined) return this.#readOn(fd, rest);
    }
    const buffer = this.#buffer;
    const length = receive(fd, buffer);
    const { messageFrameBytes, hasCompared } = this.#dialect;
    // Whole messages of known size and nothing else: there is no need to look closer.
    if (
      messageFrameBytes !== undefined && length > 0 && length % messageFrameBytes === 0 &&
      buffer[0] === FINAL_TEXT && buffer[1] === messageFrameBytes - 2 && hasCompared
    ) {
      const messages = length / messageFrameBytes;
      this.receivedBytes += length;
      this.receivedFrames += messages;
      this.#received(fd, messages);
      return;
    }
    this.#handle(fd, length, 0);
  }

  /** Reads behind what was left of the last read, with room for more than that. */
  #readOn(fd: number, rest: Uint8Array): void {
    this.#rest.delete(fd);
    if (rest.length * 2 > this.#buffer.length) {
      if (rest.length > MAX_BUFFER_BYTES) throw new Error(`A server sent a frame of over ${MAX_BUFFER_BYTES} bytes`);
      this.#buffer = new Uint8Array(this.#buffer.length * 2);
    }
    this.#buffer.set(rest);
    this.#handle(fd, receive(fd, this.#buffer.subarray(rest.length)), rest.length);
  }

  #handle(fd: number, received: number, before: number): void {
    if (received <= 0) return this.#ended(fd);
    this.receivedBytes += received;
    if (this.#upgrading.has(fd)) this.#readHead(fd, before + received);
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
    this.#upgrading.delete(fd);
    if (this.#dialect.greet(fd)) this.#opened(fd);
    this.#walk(fd, head + 4, end);
  }

  #opened(fd: number): void {
    this.#opening--;
    this.#open.add(fd);
    this.#events.opened?.(fd);
  }

  /** Goes from frame to frame, answers pings and counts messages. */
  #walk(fd: number, start: number, end: number): void {
    const [buffer, frames, dialect] = [this.#buffer, this.#frames, this.#dialect];
    let messages = 0;
    let at = start;
    for (; frames.read(buffer, at, end); at = frames.to) {
      const { opcode, from, to } = frames;
      if (opcode < CLOSE) {
        const held = dialect.take(fd, buffer, from, to);
        messages += held;
        if (held > 0) this.receivedFrames++;
      } else if (opcode === PING) {
        this.pings++;
        const pong = maskedFrame(PONG, buffer.subarray(from, to));
        this.send(fd, pong, pong.length);
      }
    }
    if (at < end) this.#rest.set(fd, buffer.slice(at, end));
    if (messages > 0) this.#received(fd, messages);
    dialect.settle?.(fd);
  }

  #received(fd: number, messages: number): void {
    this.receivedMessages += messages;
    this.#events.messages?.(fd, messages);
  }
}
