/**
 * A peer's socket without a network, for measuring what a server does before the runtime has its part.
 *
 * @module
 */

import {
  CLOSED,
  OPEN,
  type SocketEvent,
  type SocketLike,
  type SocketListener,
} from "../../../src/internal/socket_like.ts";
import { SUBPROTOCOL } from "../../../src/protocol/messages.ts";

/** A socket that takes everything, and keeps it only for who wants to look. */
export class Sink implements SocketLike {
  readonly protocol = SUBPROTOCOL;
  readonly bufferedAmount = 0;
  readyState = OPEN;
  binaryType = "arraybuffer";
  /** What was sent, where a list was put here. */
  kept: string[] | undefined;
  #listener: SocketListener | undefined;

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.kept !== undefined && typeof data === "string") this.kept.push(data);
  }

  close(): void {}
  removeEventListener(): void {}

  addEventListener(_type: string, listener: SocketListener): void {
    this.#listener = listener;
  }

  /** A frame arrives from the peer. */
  receives(data: string): void {
    this.#listener!.handleEvent({ type: "message", data } as SocketEvent);
  }

  /** The connection breaks. */
  breaks(): void {
    this.readyState = CLOSED;
    this.#listener!.handleEvent({ type: "close", code: 1006, reason: "", wasClean: false });
  }
}
