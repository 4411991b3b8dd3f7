/**
 * The server's half of `switchboard.v1` for one node: hello and welcome, pings, refusals in band.
 *
 * @module
 */

import { CloseCode } from "../protocol/close_codes.ts";
import { binaryMessage, decodeBinary, decodeManaged, isControlType } from "../protocol/codec.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import type { Outbound } from "./outbound.ts";

/** What is announced to a managed peer. */
export interface ManagedSettings {
  /** Silence until a ping, 0 when there are none. */
  readonly heartbeatInterval: number;
  /** The wait after a ping. */
  readonly heartbeatTimeoutMs: number;
  /** The largest message that is taken, in bytes. */
  readonly maxMessageBytes: number;
}

/** What this part asks of the others. */
export interface ManagedPorts<Data> {
  readonly outbound: Outbound<Data>;
  /** Hands on a message of the application. */
  accept(connection: ServerConnection<Data>, message: WebSocketMessage, size: number): void;
  /** The peer is set up. */
  welcomed(connection: ServerConnection<Data>): void;
  /** The peer broke a rule. */
  kill(connection: ServerConnection<Data>, code: number, reason: string): void;
}

/** Speaks with managed peers. */
export class ManagedPeers<Data> {
  readonly #settings: ManagedSettings;
  readonly #ports: ManagedPorts<Data>;

  /** Puts the part together. */
  constructor(settings: ManagedSettings, ports: ManagedPorts<Data>) {
    this.#settings = settings;
    this.#ports = ports;
  }

  /**
   * Takes a text frame.
   *
   * @throws {ProtocolError} If it breaks the protocol.
   */
  receiveText(connection: ServerConnection<Data>, text: string): void {
    const messages = decodeManaged(text);
    const size = Math.ceil(text.length / (messages.length || 1));
    for (const message of messages) {
      if (connection.phase > Phase.OPEN) return; // the messages before this one ended the connection
      if (connection.phase === Phase.HELLO) this.#greet(connection, message);
      else if (isControlType(message.type)) this.#control(connection, message);
      else this.#ports.accept(connection, message, size);
    }
  }

  /**
   * Takes a binary frame.
   *
   * @throws {ProtocolError} If it breaks the protocol.
   */
  receiveBytes(connection: ServerConnection<Data>, frame: Uint8Array<ArrayBuffer>): void {
    const { payload } = decodeBinary(frame);
    if (connection.phase === Phase.HELLO) return this.#noHello(connection);
    this.#ports.accept(connection, binaryMessage(payload), payload.length);
  }

  /** Asks a silent peer for a sign of life. */
  ping(connection: ServerConnection<Data>): void {
    this.#ports.outbound.control(connection, { type: "$ping" });
  }

  #greet(connection: ServerConnection<Data>, message: WebSocketMessage): void {
    if (message.type !== "$hello") return this.#noHello(connection);
    this.#ports.welcomed(connection);
  }

  /** Tells the peer that it is set up. Called when it is in the registry, and before the application sees it. */
  welcome(connection: ServerConnection<Data>): void {
    const { heartbeatInterval, heartbeatTimeoutMs, maxMessageBytes } = this.#settings;
    this.#ports.outbound.control(connection, {
      type: "$welcome",
      id: connection.id,
      resumed: false,
      features: [],
      heartbeat: { intervalMs: heartbeatInterval, timeoutMs: heartbeatInterval === 0 ? 0 : heartbeatTimeoutMs },
      maxMessageBytes,
    });
  }

  #control(connection: ServerConnection<Data>, message: WebSocketMessage): void {
    const { outbound, kill } = this.#ports;
    switch (message.type) {
      case "$ping":
        outbound.control(connection, message.data === undefined ? PONG : { ...PONG, data: message.data });
        return;
      case "$hello":
        return kill(connection, CloseCode.BAD_MESSAGE, "a hello is said once");
      case "$join":
      case "$leave":
      case "$credentials":
        // Both have answers in the protocol; a server that does not know what to do with them says so.
        outbound.control(connection, { type: "$error", id: message.id!, error: UNSUPPORTED });
    }
  }

  #noHello(connection: ServerConnection<Data>): void {
    this.#ports.kill(connection, CloseCode.BAD_MESSAGE, "the first message is a hello");
  }
}

const PONG = { type: "$pong" } as const;
const UNSUPPORTED = { code: "unsupported", message: "This server does not offer that" };
