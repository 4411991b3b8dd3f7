/**
 * The runtime's own WebSocket as a client, with everything that arrives kept from the first frame.
 */

import { within } from "../../hostile/harness/deadline.ts";

/** How long anything may take before a test says that it did not happen. */
export const DEADLINE_MS = 5_000;

/** How a socket ended. */
export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** `new WebSocket`, and nothing of ours. */
export class PlainSocket implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly closed: Promise<SocketEnd>;
  readonly #arrived: (string | Uint8Array)[] = [];
  readonly #waiting: ((frame: string | Uint8Array) => void)[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      const frame = typeof data === "string" ? data : new Uint8Array(data);
      const first = this.#waiting.shift();
      if (first === undefined) this.#arrived.push(frame);
      else first(frame);
    });
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason, wasClean }) => resolve({ code, reason, wasClean }));
    });
  }

  /** Opens a socket, and rejects when the server does not want it. */
  static async open(url: string | URL, protocols: string | string[] = []): Promise<PlainSocket> {
    const plain = new PlainSocket(new WebSocket(url, protocols));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    plain.socket.addEventListener("open", () => resolve());
    plain.socket.addEventListener("error", (event) => reject(new Error((event as ErrorEvent).message)));
    await within(promise, DEADLINE_MS, "a socket to open");
    return plain;
  }

  /** The next frame, text as a string and bytes as a Uint8Array. */
  async next(): Promise<string | Uint8Array> {
    const first = this.#arrived.shift();
    if (first !== undefined) return first;
    const { promise, resolve } = Promise.withResolvers<string | Uint8Array>();
    this.#waiting.push(resolve);
    return await within(promise, DEADLINE_MS, "a frame");
  }

  /** The next frame, which is JSON. */
  async nextJson(): Promise<unknown> {
    return JSON.parse(await this.next() as string);
  }

  /** Closes and waits until that is done. */
  async close(code?: number, reason?: string): Promise<SocketEnd> {
    this.socket.close(code, reason);
    return await within(this.closed, DEADLINE_MS, "a socket to close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
