/**
 * A socket that does what a test says, and nothing by itself: any order of events, also one that no standard allows.
 */

import {
  CLOSED,
  CLOSING,
  CONNECTING,
  OPEN,
  type SocketEvent,
  type SocketEventType,
  type SocketLike,
  type SocketListener,
} from "../../../src/internal/socket_like.ts";

/** Writes down what is sent and closed; its events come from the test, at once. */
export class ScriptedSocket implements SocketLike {
  readonly protocol = "";
  readonly sent: (string | Uint8Array<ArrayBuffer>)[] = [];
  readonly closes: [code: number | undefined, reason: string | undefined][] = [];
  readonly #listeners = new Map<SocketEventType, Set<SocketListener>>();
  binaryType = "blob";
  bufferedAmount = 0;
  readyState: number;
  /** What `send` throws. */
  sendError: Error | undefined;
  /** What `close` throws. */
  closeError: Error | undefined;
  terminate?: () => void;

  constructor(readyState: number = OPEN) {
    this.readyState = readyState;
  }

  /** How many listeners there are, of all events. */
  get listeners(): number {
    let count = 0;
    for (const listeners of this.#listeners.values()) count += listeners.size;
    return count;
  }

  /** What was sent, parsed. */
  get messages(): unknown[] {
    return this.sent.map((frame) => typeof frame === "string" ? JSON.parse(frame) : frame);
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.sendError !== undefined) throw this.sendError;
    this.sent.push(data);
  }

  close(code?: number, reason?: string): void {
    this.closes.push([code, reason]);
    if (this.readyState !== CONNECTING && this.readyState !== CLOSED) this.readyState = CLOSING;
    if (this.closeError !== undefined) throw this.closeError;
  }

  addEventListener(type: SocketEventType, listener: SocketListener): void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
  }

  removeEventListener(type: SocketEventType, listener: SocketListener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  /** Fires an event. */
  emit(event: SocketEvent & { readonly type: SocketEventType }): void {
    for (const listener of [...this.#listeners.get(event.type) ?? []]) listener.handleEvent(event);
  }

  /** Opens, as the runtime does. */
  opens(): void {
    this.readyState = OPEN;
    this.emit({ type: "open" });
  }

  /** Delivers a message: an object as JSON, bytes as an ArrayBuffer. */
  receives(data: string | Uint8Array<ArrayBuffer> | object): void {
    if (data instanceof Uint8Array) this.emit({ type: "message", data: data.slice().buffer });
    else this.emit({ type: "message", data: typeof data === "string" ? data : JSON.stringify(data) });
  }

  /** Is gone, as the runtime tells it; without a code as after a broken connection. */
  isClosed(code = 0, reason = "", wasClean = code !== 0): void {
    this.readyState = CLOSED;
    this.emit({ type: "close", code, reason, wasClean });
  }

  /** Fails, as the runtime tells it. */
  fails(message = "connection reset", readyState: number = CLOSED): void {
    this.readyState = readyState;
    this.emit({ type: "error", message });
  }
}
