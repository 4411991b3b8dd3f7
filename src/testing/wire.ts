/**
 * The two ends of a socket pair and what joins them: who gets what when.
 *
 * @module
 */

import {
  CLOSED,
  CLOSING,
  CONNECTING,
  OPEN,
  type SocketEvent,
  type SocketEventType,
  type SocketListener,
} from "../internal/socket_like.ts";
import { utf8Length } from "../internal/utf8.ts";
import { CloseCode, MAX_REASON_BYTES, maySend } from "../protocol/close_codes.ts";
import type { PairedSocket } from "./socket_pair.ts";

/**
 * Takes what one end sends to the other: calls `arrive` when it is there, in the order in which it was sent, or never.
 *
 * @param to The end that is to get it.
 * @param bytes How large it is; 0 for what is no message.
 */
export type Carry = (to: "server" | "client", bytes: number, arrive: () => void) => void;

/** Something for an end. */
type Delivery =
  | { readonly type: "open" | "close"; readonly event: SocketEvent }
  | { readonly type: "message"; readonly data: string | Uint8Array<ArrayBuffer> }
  | { readonly type: "break"; readonly message: string | undefined };

/** A delivery that has arrived; `at` is its place in the order of all. */
interface Arrived {
  readonly at: number;
  readonly delivery: Delivery;
}

/** What joins the ends: the order of what is on its way. */
export class Wire {
  readonly server: End;
  readonly client: End;
  readonly ends: readonly [End, End];
  readonly #isAutomatic: boolean;
  readonly #carry: Carry;
  #count = 0;
  #isScheduled = false;

  constructor(isAutomatic: boolean, protocol: string, carry: Carry = (_to, _bytes, arrive) => arrive()) {
    this.#isAutomatic = isAutomatic;
    this.#carry = carry;
    this.server = new End(this, "server", "");
    this.client = new End(this, "client", protocol);
    this.ends = [this.server, this.client];
  }

  count(): number {
    return this.#count++;
  }

  otherOf(end: End): End {
    return end === this.server ? this.client : this.server;
  }

  /** Sends something to an end: until that has taken it, it counts as unread. */
  send(to: End, delivery: Delivery): void {
    const bytes = sizeOf(delivery);
    to.unreadBytes += bytes;
    this.#carry(to.role, bytes, () => to.post(delivery));
  }

  schedule(): void {
    if (!this.#isAutomatic || this.#isScheduled || this.#next() === undefined) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      try {
        this.deliver();
      } finally {
        this.schedule();
      }
    });
  }

  deliver(): boolean {
    const end = this.#next();
    end?.take();
    return end !== undefined;
  }

  /** The end whose next delivery is the oldest of those that can be made. */
  #next(): End | undefined {
    const { server, client } = this;
    return server.nextAt <= client.nextAt ? (server.nextAt === Infinity ? undefined : server) : client;
  }
}

class End implements PairedSocket {
  readonly ended: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  readonly role: "server" | "client";
  readonly #wire: Wire;
  readonly #listeners = new Map<SocketEventType, Set<SocketListener>>();
  #inbox: Arrived[] = [];
  #isBroken = false;
  #mayRead = Infinity;
  /** Bytes that were sent to this end and that it has not taken. */
  unreadBytes = 0;
  protocol: string;
  binaryType = "blob";
  readyState: number = CONNECTING;

  constructor(wire: Wire, role: "server" | "client", protocol: string) {
    this.#wire = wire;
    this.role = role;
    this.protocol = protocol;
  }

  get bufferedAmount(): number {
    return this.readyState === OPEN ? this.#wire.otherOf(this).unreadBytes : 0;
  }

  get isStalled(): boolean {
    return this.#mayRead !== Infinity;
  }

  get waiting(): number {
    return this.#inbox.length;
  }

  /** The number of the next delivery that can be made, `Infinity` for none. */
  get nextAt(): number {
    const next = this.#inbox[0];
    return next === undefined || (isRead(next.delivery) && this.#mayRead === 0) ? Infinity : next.at;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.readyState === CONNECTING) throw new DOMException("The socket is not open yet", "InvalidStateError");
    if (this.readyState !== OPEN) return;
    const copy = typeof data === "string" ? data.toWellFormed() : data.slice();
    this.#wire.send(this.#wire.otherOf(this), { type: "message", data: copy });
  }

  close(code?: number, reason = ""): void {
    this.#checkClose(code, reason);
    if (this.readyState >= CLOSING) return;
    const wasOpen = this.readyState === OPEN;
    this.readyState = CLOSING;
    if (wasOpen) this.#sendClose(code, reason);
    else for (const end of this.#wire.ends) end.break("The socket was closed before it was open");
  }

  addEventListener(type: SocketEventType, listener: SocketListener): void {
    const listeners = this.#listeners.get(type);
    if (listeners === undefined) this.#listeners.set(type, new Set([listener]));
    else listeners.add(listener);
  }

  removeEventListener(type: SocketEventType, listener: SocketListener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  stall(): void {
    this.#mayRead = 0;
  }

  read(frames = 1): void {
    this.#mayRead += frames;
    this.#wire.schedule();
  }

  resume(): void {
    this.#mayRead = Infinity;
    this.#wire.schedule();
  }

  post(delivery: Delivery): void {
    if (this.readyState === CLOSED || this.#isBroken) return;
    this.#inbox.push({ at: this.#wire.count(), delivery });
    this.#wire.schedule();
  }

  break(message: string | undefined): void {
    if (this.readyState === CLOSED || this.#isBroken) return;
    this.#inbox = [];
    this.post({ type: "break", message });
    this.#isBroken = true;
  }

  take(): void {
    const { delivery } = this.#inbox.shift()!;
    this.unreadBytes -= sizeOf(delivery);
    if (isRead(delivery)) this.#mayRead--;
    if (delivery.type === "message") return this.#received(delivery.data);
    if (delivery.type === "break") return this.#broken(delivery.message);
    if (delivery.type === "close") return this.#closed(delivery.event);
    if (this.readyState !== CONNECTING) return;
    this.readyState = OPEN;
    this.#dispatch(delivery.event);
  }

  #received(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.readyState !== OPEN) return;
    if (typeof data === "string") return this.#dispatch({ type: "message", data });
    this.#dispatch({ type: "message", data: this.binaryType === "arraybuffer" ? data.buffer : new Blob([data]) });
  }

  #broken(message: string | undefined): void {
    this.readyState = CLOSED;
    if (message !== undefined) this.#dispatch({ type: "error", message });
    // Native server sockets report 0 where the standard, and every client, says 1006.
    const code = this.role === "server" ? 0 : CloseCode.ABNORMAL;
    this.#dispatch({ type: "close", code, reason: "", wasClean: false });
    this.ended.resolve();
  }

  #closed(event: SocketEvent): void {
    const { code = CloseCode.NO_STATUS, reason = "" } = event;
    if (this.readyState === OPEN) this.#sendClose(event.code, reason);
    this.readyState = CLOSED;
    this.#dispatch({ type: "close", code, reason, wasClean: true });
    this.ended.resolve();
  }

  #sendClose(code: number | undefined, reason: string): void {
    const event = code === undefined ? { type: "close", reason } : { type: "close", code, reason };
    this.#wire.send(this.#wire.otherOf(this), { type: "close", event });
  }

  #checkClose(code: number | undefined, reason: string): void {
    // A native server socket takes any code, and its peer then sees a broken protocol: here that fails where it happens.
    const isAllowed = this.role === "server"
      ? maySend
      : (code: number) => code === 1000 || (code >= 3000 && maySend(code));
    if (code !== undefined && !isAllowed(code)) {
      throw new DOMException(`The close code must be one that a ${this.role} may send: ${code}`, "InvalidAccessError");
    }
    if (utf8Length(reason) > MAX_REASON_BYTES) {
      throw new DOMException(`The reason must be at most ${MAX_REASON_BYTES} bytes`, "SyntaxError");
    }
  }

  #dispatch(event: SocketEvent): void {
    for (const listener of [...this.#listeners.get(event.type as SocketEventType) ?? []]) listener.handleEvent(event);
  }
}

/** Whether a delivery comes off the wire, so that an end which does not read does not get it. */
function isRead({ type }: Delivery): boolean {
  return type === "message" || type === "close";
}

function sizeOf(delivery: Delivery): number {
  if (delivery.type !== "message") return 0;
  return typeof delivery.data === "string" ? utf8Length(delivery.data) : delivery.data.length;
}
