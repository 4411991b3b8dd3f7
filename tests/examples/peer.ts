/**
 * A plain WebSocket whose messages a test takes one by one, from the first on.
 */

/** A connected peer that closes at the end of its block. */
export class Peer implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #closed = Promise.withResolvers<{ code: number; reason: string }>();
  readonly #arrived: unknown[] = [];
  #wanted: (() => void) | undefined;

  /** Takes a socket that is not open yet. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      this.#arrived.push(typeof data === "string" ? parse(data) : new Uint8Array(data));
      this.#wanted?.();
    };
    socket.onclose = ({ code, reason }) => {
      this.#closed.resolve({ code, reason });
      this.#wanted?.();
    };
  }

  /** Connects, and waits until it is. */
  static async connect(url: string, options: string[] | { headers: HeadersInit } = []): Promise<Peer> {
    const socket = new WebSocket(url, options);
    const peer = new Peer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = (event) => reject(new Error(`Cannot connect to ${url}: ${(event as ErrorEvent).message}`));
    });
    return peer;
  }

  /** The subprotocol that was chosen. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  /** How the connection ended. */
  get closed(): Promise<{ code: number; reason: string }> {
    return this.#closed.promise;
  }

  /** Sends text and bytes as they are, anything else as JSON. */
  send(message: unknown): void {
    this.#socket.send(
      typeof message === "string" || message instanceof Uint8Array ? message as string : JSON.stringify(message),
    );
  }

  /** The next message, parsed if it is JSON. */
  async next(): Promise<unknown> {
    while (this.#arrived.length === 0) {
      if (this.#socket.readyState === WebSocket.CLOSED) throw new Error("The connection was closed");
      await new Promise<void>((resolve) => this.#wanted = resolve);
    }
    return this.#arrived.shift();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
