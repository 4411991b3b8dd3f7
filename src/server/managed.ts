/**
 * The server's half of `switchboard.v1` for one node: hello and welcome, pings, refusals in band.
 *
 * @module
 */

import { CloseCode } from "../protocol/close_codes.ts";
import { binaryMessage, decodeBinary, decodeManaged, isControlType } from "../protocol/codec.ts";
import type { MessageId, WebSocketMessage } from "../protocol/messages.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import type { Outbound } from "./outbound.ts";
import type { RoomDesk } from "./room_desk.ts";
import type { ExpiryWatch } from "./sign_in_expiry.ts";
import type { Renewal } from "./sign_in_renewal.ts";
import type { SignIn } from "./sign_in.ts";
import { checkToken } from "./token_sources.ts";

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
  readonly rooms: Pick<RoomDesk<Data>, "requestJoin" | "requestLeave">;
  readonly signIn: Pick<SignIn<Data>, "hello" | "hold">;
  readonly renewal: Pick<Renewal<Data>, "ask">;
  readonly expiry: Pick<ExpiryWatch<Data>, "leftMs">;
  /** Hands on a message of the application. */
  accept(connection: ServerConnection<Data>, message: WebSocketMessage, size: number): void;
  /** Takes an answer to a request of ours, and tells whether anybody waited for it. */
  answered(connection: ServerConnection<Data>, answer: WebSocketMessage): boolean;
  /** The peer does not wait for the answer to its message any more. */
  cancelled(connection: ServerConnection<Data>, id: MessageId): void;
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
    for (const message of messages) this.receive(connection, message, size);
  }

  /** Takes a message, of the protocol or of the application. */
  receive(connection: ServerConnection<Data>, message: WebSocketMessage, size: number): void {
    if (connection.phase > Phase.OPEN) return; // the messages before this one ended the connection
    if (connection.phase === Phase.HELLO) this.#greet(connection, message, size);
    else if (isControlType(message.type)) this.#control(connection, message);
    else this.#ports.accept(connection, message, size);
  }

  /**
   * Takes a binary frame.
   *
   * @throws {ProtocolError} If it breaks the protocol.
   */
  receiveBytes(connection: ServerConnection<Data>, frame: Uint8Array<ArrayBuffer>): void {
    const { payload } = decodeBinary(frame);
    this.receive(connection, binaryMessage(payload), payload.length);
  }

  /** Asks a silent peer for a sign of life. */
  ping(connection: ServerConnection<Data>): void {
    this.#ports.outbound.control(connection, { type: "$ping" });
  }

  #greet(connection: ServerConnection<Data>, message: WebSocketMessage, size: number): void {
    const { signIn, kill, welcomed } = this.#ports;
    const state = connection.signIn;
    if (state?.request !== undefined) return signIn.hold(connection, message, size);
    if (message.type !== "$hello") return kill(connection, CloseCode.BAD_MESSAGE, "the first message is a hello");
    if (state === undefined) welcomed(connection);
    else signIn.hello(connection, message);
  }

  /** Tells the peer that it is set up. Called when it is in the registry, and before the application sees it. */
  welcome(connection: ServerConnection<Data>): void {
    const { heartbeatInterval, heartbeatTimeoutMs, maxMessageBytes } = this.#settings;
    const expiresInMs = this.#ports.expiry.leftMs(connection);
    this.#ports.outbound.control(connection, {
      type: "$welcome",
      id: connection.id,
      resumed: false,
      features: [],
      heartbeat: { intervalMs: heartbeatInterval, timeoutMs: heartbeatInterval === 0 ? 0 : heartbeatTimeoutMs },
      maxMessageBytes,
      ...(expiresInMs === undefined ? {} : { expiresInMs }),
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
      case "$reply":
      case "$error":
        this.#ports.answered(connection, message);
        return;
      case "$cancel":
        return this.#ports.cancelled(connection, message.id!);
      case "$join":
        return this.#ports.rooms.requestJoin(connection, message);
      case "$leave":
        return this.#ports.rooms.requestLeave(connection, message);
      case "$credentials":
        if (connection.signIn === undefined) {
          outbound.control(connection, { type: "$error", id: message.id!, error: UNSUPPORTED });
        } else this.#ports.renewal.ask(connection, message.id, checkToken(message.token));
    }
  }
}

const PONG = { type: "$pong" } as const;
const UNSUPPORTED = { code: "unsupported", message: "This server does not offer that" };
