/**
 * From frame to message: sizes, decoding, and what is not for the application's handlers.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { exceedsUtf8 } from "../internal/utf8.ts";
import { CloseCode } from "../protocol/close_codes.ts";
import { binaryMessage, decodePlain } from "../protocol/codec.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import type { Guard } from "./guard.ts";
import type { ManagedPeers } from "./managed.ts";
import type { Delivery } from "./delivery.ts";
import type { Requests } from "./requests.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SignIn } from "./sign_in.ts";
import type { Turns } from "./turns.ts";

/** Bounds of what one peer may send. */
export interface InboundLimits {
  /** The largest message, in bytes. */
  readonly maxMessageBytes: number;
  /** Whether a plain peer's JSON ping is answered by us. */
  readonly answerPing: boolean;
}

/** The other parts that this one needs. */
export interface InboundParts<Data> {
  readonly scheduler: Scheduler;
  readonly guard: Guard<Data>;
  readonly delivery: Pick<Delivery<Data>, "transmit">;
  readonly turns: Turns<Data>;
  readonly requests: Requests<Data>;
  /** Takes what managed peers send. */
  readonly managed: ManagedPeers<Data>;
  /** Takes what plain peers send to sign in, and before they have. */
  readonly signIn: Pick<SignIn<Data>, "takes">;
  /** Whether the application handles pings itself. */
  handlesPing(): boolean;
  /** Ends a connection whose peer broke a rule. */
  kill(connection: ServerConnection<Data>, code: number, reason: string, error?: Error): void;
}

/** Receives. */
export class Inbound<Data> {
  readonly #limits: InboundLimits;
  readonly #parts: InboundParts<Data>;

  /** Puts the part together. */
  constructor(limits: InboundLimits, parts: InboundParts<Data>) {
    this.#limits = limits;
    this.#parts = parts;
  }

  /** Takes what the socket delivered. Never throws. */
  receive(connection: ServerConnection<Data>, data: unknown): void {
    // What arrives after we began to close was not asked for.
    if (connection.phase !== Phase.OPEN && connection.phase !== Phase.HELLO) return;
    connection.lastSeenAt = this.#parts.scheduler.coarseNow;
    try {
      if (typeof data === "string") this.#receiveText(connection, data);
      else this.#receiveBytes(connection, new Uint8Array(data as ArrayBuffer));
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.#parts.kill(connection, error.closeCode, "the message breaks the protocol", error);
      } else this.#parts.guard.report(connection, error);
    }
  }

  #receiveText(connection: ServerConnection<Data>, text: string): void {
    if (exceedsUtf8(text, this.#limits.maxMessageBytes)) return this.#tooBig(connection);
    if (connection.isManaged) return this.#parts.managed.receiveText(connection, text);
    this.receivePlain(connection, decodePlain(text), text.length);
  }

  /** Takes a message of a plain peer. */
  receivePlain(connection: ServerConnection<Data>, message: WebSocketMessage, size: number): void {
    if (connection.signIn !== undefined && this.#parts.signIn.takes(connection, message, size)) return;
    if (message.type === "ping" && this.#limits.answerPing && !this.#parts.handlesPing()) {
      return this.#answerPing(connection, message);
    }
    if (connection.asked !== undefined && this.#isAnswer(connection, message)) return;
    this.#parts.turns.accept(connection, message, size);
  }

  #receiveBytes(connection: ServerConnection<Data>, bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length > this.#limits.maxMessageBytes) return this.#tooBig(connection);
    if (connection.isManaged) return this.#parts.managed.receiveBytes(connection, bytes);
    this.receivePlain(connection, binaryMessage(bytes), bytes.length);
  }

  /** Answers to our own requests pass by the queue, so that a handler may wait for one. */
  #isAnswer(connection: ServerConnection<Data>, message: WebSocketMessage): boolean {
    const { type } = message;
    return (type === "reply" || type === "error") && this.#parts.requests.answered(connection, message);
  }

  #answerPing(connection: ServerConnection<Data>, ping: WebSocketMessage): void {
    const pong = ping.data === undefined ? { type: "pong" } : { type: "pong", data: ping.data };
    this.#parts.delivery.transmit(connection, JSON.stringify(pong));
  }

  #tooBig(connection: ServerConnection<Data>): void {
    const { maxMessageBytes } = this.#limits;
    this.#parts.kill(connection, CloseCode.TOO_BIG, `a message may have ${maxMessageBytes} bytes`);
  }
}
