/**
 * Peers that exchange one message in each frame: plain ones, and those of Socket.IO.
 *
 * @module
 */

import { BROADCAST_REQUEST, DATA, MESSAGE, PATH, REPLY, REQUEST } from "../workload.ts";
import type { Dialect, Exchange, Line } from "./dialect.ts";
import { repeated, textFrame } from "./frames.ts";
import { CONNECT, decodePacket, encodeEvent, PONG_PACKET, SOCKET_IO_QUERY } from "./socketio_packets.ts";

/** Messages that are compared, for each load. */
const COMPARED = 64;
/** As many as any load has under way on one connection. */
const MOST_AT_ONCE = 64;

/** Sends one frame or many of the same with one call. */
class Burst {
  readonly #frame: Uint8Array;
  readonly #burst: Uint8Array<ArrayBuffer>;

  constructor(text: string) {
    this.#frame = textFrame(text);
    this.#burst = repeated(this.#frame, MOST_AT_ONCE);
  }

  send(line: Line, fd: number, count: number): void {
    for (let left = count; left > 0; left -= MOST_AT_ONCE) {
      line.send(fd, this.#burst, Math.min(left, MOST_AT_ONCE) * this.#frame.length);
    }
  }
}

/** What a dialect of single frames is made of. */
interface Texts {
  readonly echo: string;
  readonly broadcast: string;
  /** What comes back, from either. */
  readonly incoming: string;
}

/** Compares the first messages of a load and counts the others. */
abstract class SingleFrames implements Dialect {
  abstract readonly path: string;
  readonly messageFrameBytes: number;
  readonly line: Line;
  readonly #echo: Burst;
  readonly #broadcast: Burst;
  readonly #incoming: string;
  #toCompare = COMPARED;

  constructor(line: Line, { echo, broadcast, incoming }: Texts) {
    this.line = line;
    this.#echo = new Burst(echo);
    this.#broadcast = new Burst(broadcast);
    this.#incoming = incoming;
    this.messageFrameBytes = 2 + incoming.length;
  }

  abstract greet(fd: number): boolean;
  /** Handles what is no message of the application. */
  abstract other(fd: number, text: string): void;

  compare(): void {
    this.#toCompare = COMPARED;
  }

  get hasCompared(): boolean {
    return this.#toCompare === 0;
  }

  take(fd: number, bytes: Uint8Array<ArrayBuffer>, from: number, to: number): number {
    if (this.#toCompare === 0 && to - from === this.#incoming.length) return 1;
    const text = new TextDecoder().decode(bytes.subarray(from, to));
    if (text !== this.#incoming) {
      this.other(fd, text);
      return 0;
    }
    if (this.#toCompare > 0) this.#toCompare--;
    return 1;
  }

  echo(fd: number, count: number): void {
    this.#echo.send(this.line, fd, count);
  }

  broadcast(fd: number, count: number): void {
    this.#broadcast.send(this.line, fd, count);
  }

  forget(): void {}
}

const PLAIN_TEXTS: Readonly<Record<Exchange, Texts>> = {
  message: { echo: MESSAGE, broadcast: BROADCAST_REQUEST, incoming: MESSAGE },
  request: { echo: REQUEST, broadcast: BROADCAST_REQUEST, incoming: REPLY },
};

/** Any WebSocket client. */
export class PlainDialect extends SingleFrames {
  readonly path = PATH;

  constructor(line: Line, exchange: Exchange) {
    super(line, PLAIN_TEXTS[exchange]);
  }

  greet(): boolean {
    return true;
  }

  other(_fd: number, text: string): void {
    throw new Error(`A server sent what was not asked for: ${text}`);
  }
}

const PONG_FRAME = textFrame(PONG_PACKET);
const CONNECT_FRAME = textFrame(CONNECT);

/** A client of Socket.IO. */
export class SocketIoDialect extends SingleFrames {
  readonly path = `${PATH}/${SOCKET_IO_QUERY}`;

  constructor(line: Line) {
    const message = encodeEvent("message", DATA);
    super(line, { echo: message, broadcast: encodeEvent("broadcast", DATA), incoming: message });
  }

  greet(): boolean {
    return false;
  }

  other(fd: number, text: string): void {
    const packet = decodePacket(text);
    switch (packet.kind) {
      case "open":
        return this.line.send(fd, CONNECT_FRAME, CONNECT_FRAME.length);
      case "connected":
        return this.line.opened(fd);
      case "ping":
        this.line.pinged();
        return this.line.send(fd, PONG_FRAME, PONG_FRAME.length);
      default:
        throw new Error(`A server sent what was not asked for: ${text}`);
    }
  }
}
