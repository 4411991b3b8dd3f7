/**
 * A server that says whatever a test wants, byte by byte, to whoever connects to it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { ANSWER_DEADLINE_MS } from "../harness/raw_peer.ts";
import { Changes } from "../harness/deadline.ts";
import { concat, decodeFrame, encodeFrame, type Frame, type FrameOptions, OPCODE, textOf } from "../harness/frames.ts";

/** What a server does with each guest. */
export type Script = (guest: Guest) => void | Promise<void>;

/** A client's TCP connection, as the server sees it. */
export class Guest {
  /** The number of the connection, from 1. */
  readonly number: number;
  readonly #socket: Socket;
  readonly #changes = new Changes();
  #received: Uint8Array = new Uint8Array();
  #isGone = false;

  constructor(number: number, socket: Socket) {
    this.number = number;
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => {
      this.#received = concat(this.#received, chunk);
      this.#changes.notify();
    });
    const onGone = () => {
      this.#isGone = true;
      this.#changes.notify();
    };
    socket.on("error", onGone);
    socket.on("close", onGone);
    socket.on("end", onGone);
  }

  /** The head of the request. */
  async head(): Promise<string> {
    const end = await this.#until(() => {
      const at = new TextDecoder("latin1").decode(this.#received).indexOf("\r\n\r\n");
      return at < 0 ? undefined : at + 4;
    }, "a request");
    const head = new TextDecoder("latin1").decode(this.#received.subarray(0, end));
    this.#received = this.#received.subarray(end);
    return head;
  }

  /** The next frame from the client; `undefined` if the connection ends without one. */
  async nextFrame(): Promise<Frame | undefined> {
    const found = await this.#until(
      () => decodeFrame(this.#received) ?? (this.#isGone ? { frame: undefined, size: 0 } : undefined),
      "a frame",
    );
    this.#received = this.#received.subarray(found.size);
    return found.frame;
  }

  /** The next text from the client that is not a ping of its keepalive. */
  async nextText(): Promise<string | undefined> {
    const frame = await this.nextFrame();
    return frame === undefined || frame.opcode !== OPCODE.text ? undefined : textOf(frame);
  }

  /** Resolves when the client has let go. */
  async gone(): Promise<void> {
    await this.#until(() => this.#isGone ? true : undefined, "the end of the connection");
  }

  write(bytes: Uint8Array | string): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** Sends a frame without a mask, as servers do. */
  send(options: FrameOptions): void {
    this.write(encodeFrame({ mask: null, ...options }));
  }

  /** Sends text. */
  text(payload: string | object): void {
    this.send({ opcode: OPCODE.text, payload: typeof payload === "string" ? payload : JSON.stringify(payload) });
  }

  /** Sends a close frame. */
  close(code: number, reason = ""): void {
    const payload = concat(new Uint8Array([code >> 8, code & 0xff]), new TextEncoder().encode(reason));
    this.send({ opcode: OPCODE.close, payload });
  }

  /** Answers the handshake as a server should, but for what is given, and returns the request. */
  async accept({ protocol, accept, headers = [] }: AcceptOptions = {}): Promise<string> {
    const head = await this.head();
    const key = /^sec-websocket-key: *(.*?)\r$/im.exec(head)?.[1] ?? "";
    const right = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    const lines = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${accept ?? right}`,
      ...protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`],
      ...headers,
    ];
    this.write(`${lines.join("\r\n")}\r\n\r\n`);
    return head;
  }

  /** Answers the handshake and the hello as a server of this module does. */
  async welcome(heartbeat = { intervalMs: 30_000, timeoutMs: 60_000 }): Promise<void> {
    await this.accept({ protocol: "switchboard.v1" });
    await this.nextFrame();
    this.text({ type: "$welcome", id: "1", resumed: false, features: [], heartbeat, maxMessageBytes: 1_048_576 });
  }

  /** Answers with a status and no more. */
  async answer(status: number, ...headers: string[]): Promise<void> {
    await this.head();
    this.write([`HTTP/1.1 ${status} No`, "Content-Length: 0", ...headers, "", ""].join("\r\n"));
  }

  /** Ends the connection in good order. */
  end(): void {
    this.#socket.end();
  }

  /** Ends the connection the hard way. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  #until<T>(look: () => T | undefined, what: string): Promise<T> {
    return this.#changes.until(look, ANSWER_DEADLINE_MS, what);
  }
}

/** How to answer a handshake. */
export interface AcceptOptions {
  /** The subprotocol to choose. */
  readonly protocol?: string;
  /** What stands in for the right answer to the key. */
  readonly accept?: string;
  /** Further header lines. */
  readonly headers?: readonly string[];
}

/** A server that plays a script to each guest. */
export class BadServer implements AsyncDisposable {
  /** The port it listens on. */
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What scripts threw. */
  readonly failures: unknown[] = [];
  #guests = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** Listens on a free port of the loopback. */
  static async start(script: Script): Promise<BadServer> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address() as { port: number };
    const bad = new BadServer(server, address.port);
    server.on("connection", (socket) => bad.#serve(socket, script));
    return bad;
  }

  /** How many have connected. */
  get guests(): number {
    return this.#guests;
  }

  /** Lets nobody in any more, and all who are in fall. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(socket: Socket, script: Script): Promise<void> {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    try {
      await script(new Guest(++this.#guests, socket));
    } catch (error) {
      this.failures.push(error);
    }
  }
}
