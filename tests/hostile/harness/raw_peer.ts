/**
 * A TCP connection that can say anything: it writes bytes as they are and reads answers and frames as they come.
 *
 * What it is not: a WebSocket client. It answers nothing by itself, no ping and no close.
 *
 * @module
 */

import { connect, type Socket } from "node:net";
import { Changes, within } from "./deadline.ts";
import { closeFrame, decodeFrame, type Frame, OPCODE, textOf } from "./frames.ts";
import { bodyLengthOf, decodeResponseHead, type ResponseHead } from "./handshake.ts";

/** Where a server listens. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** How the server's half of the TCP connection ended. */
export type EndKind = "fin" | "reset";

/** How long an answer may take before a test says that there was none. */
export const ANSWER_DEADLINE_MS = 5_000;

/** A raw TCP connection to a server under test. */
export class RawPeer implements Disposable {
  readonly #socket: Socket;
  readonly #changes = new Changes();
  /** What was received and not read yet. */
  #received: Uint8Array = new Uint8Array();
  /** Where it stands, with room behind it. */
  #buffer = new Uint8Array(4_096);
  /** What is left of a frame of several messages. */
  #apart: Frame[] = [];
  #isManaged = false;
  #end: EndKind | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Uint8Array) => {
      this.#append(chunk);
      this.#changes.notify();
    });
    socket.on("end", () => this.#finish("fin"));
    socket.on("error", () => this.#finish("reset"));
    socket.on("close", () => this.#finish("reset"));
  }

  /** Opens a connection, from `localAddress` if that is given. */
  static async connect({ hostname: host, port }: Address, localAddress?: string): Promise<RawPeer> {
    const socket = connect({ host, port, allowHalfOpen: true, ...localAddress === undefined ? {} : { localAddress } });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("connect", resolve);
    socket.once("error", reject);
    try {
      await within(promise, ANSWER_DEADLINE_MS, "a TCP connection");
    } catch (cause) {
      socket.destroy();
      throw new Error(`Cannot connect to port ${port}`, { cause });
    }
    socket.off("error", reject);
    return new RawPeer(socket);
  }

  /** The server's half of the connection: how it ended, `undefined` while it is open. */
  get end(): EndKind | undefined {
    return this.#end;
  }

  /** Writes bytes; resolves when the kernel has them, or the connection is gone. */
  write(bytes: Uint8Array): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#socket.destroyed || this.#socket.writableEnded) resolve();
    else this.#socket.write(bytes, () => resolve());
    return promise;
  }

  /** Reads no more, so that what the server sends fills up its buffers. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#socket.resume();
  }

  /** Says that no more bytes will come (FIN), and goes on reading. */
  finish(): void {
    this.#socket.end();
  }

  /** Ends the connection the hard way (RST). */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /**
   * Waits for an HTTP answer and its body, past any `100 Continue`; `undefined` if the connection ends without one.
   * The answer to a `HEAD` has no body, whatever length it names.
   */
  async nextResponse(
    { hasBody = true, deadlineMs = ANSWER_DEADLINE_MS }: { hasBody?: boolean; deadlineMs?: number } = {},
  ): Promise<ResponseHead | undefined> {
    while (true) {
      const found = await this.#until(() => decodeResponseHead(this.#received), deadlineMs, "an HTTP answer");
      if (found === undefined) return undefined;
      this.#received = this.#received.subarray(found.size);
      if (found.head.status === 100) continue;
      this.#isManaged = found.head.headers.get("sec-websocket-protocol") === "switchboard.v1";
      if (!hasBody || found.head.status === 101) return found.head;
      return { ...found.head, body: await this.#take(bodyLengthOf(found.head), deadlineMs) };
    }
  }

  /**
   * Waits for a frame; `undefined` if the connection ends without one. Of a frame in which a server has put several messages
   * for a managed peer each message is one here, as it is left to the server which go together.
   */
  async nextFrame(deadlineMs: number = ANSWER_DEADLINE_MS): Promise<Frame | undefined> {
    while (this.#apart.length === 0) {
      const found = await this.#until(() => decodeFrame(this.#received), deadlineMs, "a frame");
      if (found === undefined) return undefined;
      this.#received = this.#received.subarray(found.size);
      this.#apart = this.#isManaged ? takeApart(found.frame) : [found.frame];
    }
    return this.#apart.shift();
  }

  /** Waits for the end of the server's half and leaves what came before it unread. */
  ended(deadlineMs: number = ANSWER_DEADLINE_MS): Promise<EndKind> {
    return this.#changes.until(() => this.#end, deadlineMs, "the end of the connection");
  }

  /** Closes an open WebSocket as a good client does and waits until the server let go. */
  async leave(): Promise<void> {
    await this.write(closeFrame(1000));
    while (true) {
      const frame = await this.nextFrame();
      if (frame === undefined || frame.opcode === OPCODE.close) break;
    }
    await this.ended();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  /** Megabytes may come before anything is read, so that each chunk must not cost a copy of all before it. */
  #append(chunk: Uint8Array): void {
    const start = this.#received.byteOffset;
    const size = this.#received.length + chunk.length;
    if (this.#received.buffer !== this.#buffer.buffer || start + size > this.#buffer.length) {
      const before = this.#received;
      this.#buffer = new Uint8Array(2 * size);
      this.#buffer.set(before);
      this.#received = this.#buffer.subarray(0, before.length);
    }
    this.#buffer.set(chunk, this.#received.byteOffset + this.#received.length);
    this.#received = this.#buffer.subarray(this.#received.byteOffset, this.#received.byteOffset + size);
  }

  #finish(kind: EndKind): void {
    this.#end ??= kind;
    this.#changes.notify();
  }

  /** A body of this size, or as much of it as came before the end. */
  async #take(size: number, deadlineMs: number): Promise<string> {
    await this.#until(() => this.#received.length >= size ? true : undefined, deadlineMs, "a body");
    const body = this.#received.subarray(0, size);
    this.#received = this.#received.subarray(body.length);
    return new TextDecoder().decode(body);
  }

  async #until<T>(look: () => T | undefined, deadlineMs: number, what: string): Promise<T | undefined> {
    const lookOrEnd = () => {
      const found = look();
      return found !== undefined ? { found } : this.#end !== undefined ? { found: undefined } : undefined;
    };
    return (await this.#changes.until(lookOrEnd, deadlineMs, what)).found;
  }
}

function takeApart(frame: Frame): Frame[] {
  if (frame.opcode !== OPCODE.text || frame.payload[0] !== "[".charCodeAt(0)) return [frame];
  return (JSON.parse(textOf(frame)) as unknown[]).map((message) => ({
    ...frame,
    payload: new TextEncoder().encode(JSON.stringify(message)),
  }));
}
