/**
 * Listens on a port of our own, and listens again when the runtime's listener ends by itself.
 *
 * @module
 */

import { ListenFailedError } from "../errors.ts";
import type { ListenAddress, Listener, ListenOptions, Platform, RequestHandler } from "./platform.ts";

/** What the listener tells the server, and what it is told. */
export interface ListenerPorts {
  /** How long the runtime's listener may take to end, in milliseconds. */
  readonly stopTimeoutMs: number;
  /** The runtime's listener ended by itself, and did or did not come back. */
  failed(error: Error): void;
}

/** One listener at a time. */
export class ServerListener {
  readonly #platform: Platform;
  readonly #handler: RequestHandler;
  readonly #ports: ListenerPorts;
  #current: Listener | undefined;
  #isStarting = false;
  #restarts = 0;

  /** Puts the part together. */
  constructor(platform: Platform, handler: RequestHandler, ports: ListenerPorts) {
    this.#platform = platform;
    this.#handler = handler;
    this.#ports = ports;
  }

  /** Whether it listens. */
  get isRunning(): boolean {
    return this.#current !== undefined;
  }

  /** Where it listens. */
  get address(): ListenAddress | undefined {
    return this.#current?.address;
  }

  /** How often the runtime's listener had to be replaced. */
  get restarts(): number {
    return this.#restarts;
  }

  /**
   * Begins to listen.
   *
   * @throws {ListenFailedError} If it listens already, or cannot.
   */
  async start(options: ListenOptions): Promise<ListenAddress> {
    if (this.#current !== undefined || this.#isStarting) {
      throw new ListenFailedError("Cannot listen as the server listens already: call stop() first");
    }
    this.#isStarting = true;
    try {
      return await this.#listen(options);
    } catch (cause) {
      const { hostname = "0.0.0.0", port } = options;
      throw new ListenFailedError(
        `Cannot listen on ${hostname}:${port} as the system refused it: choose another port, or 0 for a free one`,
        { cause },
      );
    } finally {
      this.#isStarting = false;
    }
  }

  /**
   * Ends the listener, if there is one. The port is free at once; what the runtime still does is waited for at most
   * `stopTimeoutMs`, as Deno waits for ever for a handshake that its peer broke off (2.9.6).
   */
  async stop(): Promise<void> {
    const listener = this.#current;
    this.#current = undefined;
    if (listener === undefined) return;
    const late = Promise.withResolvers<void>();
    const timer = this.#platform.setTimer(late.resolve, this.#ports.stopTimeoutMs);
    try {
      await Promise.race([listener.shutdown(), late.promise]);
    } finally {
      this.#platform.clearTimer(timer);
    }
  }

  async #listen(options: ListenOptions): Promise<ListenAddress> {
    const listener = await this.#platform.listen(options, this.#handler);
    this.#current = listener;
    listener.finished.then(() => this.#ended(listener, options), () => this.#ended(listener, options));
    return listener.address;
  }

  async #ended(listener: Listener, options: ListenOptions): Promise<void> {
    if (this.#current !== listener) return; // we ended it
    this.#current = undefined;
    this.#restarts++;
    this.#ports.failed(new ListenFailedError("The listener ended by itself: listening again on the same port"));
    try {
      await this.#listen({ ...options, port: listener.address.port });
    } catch (cause) {
      this.#ports.failed(new ListenFailedError("Cannot listen again as the system refused it", { cause }));
    }
  }
}
