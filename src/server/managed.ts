/**
 * The server's half of `switchboard.v1` for one node: hello and welcome, pings, refusals in band.
 *
 * @module
 */

import { CloseCode } from "../protocol/close_codes.ts";
import { binaryMessage, decodeBinary, decodeManaged, isControlType, reservedOf } from "../protocol/codec.ts";
import { type MessageId, type Recovery, RESUME, type WebSocketMessage, type WireError } from "../protocol/messages.ts";
import type { Acknowledgements } from "./acknowledgements.ts";
import { Phase, type ServerConnection } from "./connection.ts";
import type { Delivery } from "./delivery.ts";
import type { HistoryDesk } from "./history.ts";
import type { Holding } from "./holding.ts";
import { isMessageId } from "./message_context.ts";
import type { RoomDesk } from "./room_desk.ts";
import type { Session } from "./session.ts";
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
  /** How many messages are taken in one frame. */
  readonly maxFrameMessages: number;
  /** How long a client may be away, in milliseconds. */
  readonly windowMs: number;
}

/** What this part asks of the others. */
export interface ManagedPorts<Data> {
  readonly delivery: Pick<Delivery<Data>, "control" | "deliver">;
  readonly rooms: Pick<RoomDesk<Data>, "requestJoin" | "requestLeave">;
  readonly history: Pick<HistoryDesk<Data>, "request">;
  readonly acknowledgements: Acknowledgements<Data>;
  readonly holding: Pick<Holding<Data>, "hold">;
  readonly signIn: Pick<SignIn<Data>, "hello">;
  readonly renewal: Pick<Renewal<Data>, "ask">;
  readonly expiry: Pick<ExpiryWatch<Data>, "leftMs">;
  /** Hands on a message of the application, with its number, or 0. */
  accept(connection: ServerConnection<Data>, message: WebSocketMessage, size: number, number: number): void;
  /** Takes an answer to a request of ours, and tells whether anybody waited for it. */
  answered(connection: ServerConnection<Data>, answer: WebSocketMessage): boolean;
  /** The peer does not wait for the answer to its message any more. */
  cancelled(connection: ServerConnection<Data>, id: MessageId): void;
  /** The peer has said hello, and need not sign in. */
  greeted(connection: ServerConnection<Data>): void;
  /** The time, in milliseconds, on a clock that does not go back; it may be a second old. */
  now(): number;
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
    const messages = decodeManaged(text, this.#settings.maxFrameMessages);
    connection.session?.confirm();
    const size = Math.ceil(text.length / (messages.length || 1));
    for (const message of messages) this.receive(connection, message, size);
  }

  /** Takes a message, of the protocol or of the application. */
  receive(connection: ServerConnection<Data>, message: WebSocketMessage, size: number): void {
    if (connection.phase > Phase.OPEN) return; // the messages before this one ended the connection
    if (connection.phase === Phase.HELLO) this.#greet(connection, message, size);
    else if (isControlType(message.type)) this.#control(connection, message);
    else if (connection.session === undefined) this.#ports.accept(connection, message, size, 0);
    else this.#count(connection, connection.session, message, size);
  }

  /** Takes a message of the application within a session. */
  #count(connection: ServerConnection<Data>, session: Session<Data>, message: WebSocketMessage, size: number): void {
    const { acknowledgements, accept, delivery } = this.#ports;
    const reserved = reservedOf(message);
    if (reserved?.$volatile === true) return accept(connection, message, size, 0);
    const number = session.handled.take();
    if (reserved?.$ack === true) acknowledgements.wanted(session, number);
    if (!isMessageId(message.id)) return accept(connection, message, size, number);
    const request = session.answers.ask(message);
    if (request === "new") return accept(connection, message, size, number);
    // It came before. Where it has no answer yet, that will come when there is one.
    if (request === "reused") delivery.deliver(connection, errorText(message.id, ID_REUSED));
    else if (request !== "pending") delivery.deliver(connection, request.answer);
    acknowledgements.settled(session, number);
  }

  /**
   * Takes a binary frame.
   *
   * @throws {ProtocolError} If it breaks the protocol.
   */
  receiveBytes(connection: ServerConnection<Data>, frame: Uint8Array<ArrayBuffer>): void {
    const { header, payload } = decodeBinary(frame);
    connection.session?.confirm();
    this.receive(connection, binaryMessage(payload, header), payload.length);
  }

  /** Asks a silent peer for a sign of life. */
  ping(connection: ServerConnection<Data>): void {
    this.#ports.delivery.control(connection, { type: "$ping" });
  }

  #greet(connection: ServerConnection<Data>, message: WebSocketMessage, size: number): void {
    const { signIn, kill, greeted, holding } = this.#ports;
    const state = connection.signIn;
    if (connection.hello !== undefined) return holding.hold(connection, message, size);
    if (message.type !== "$hello") return kill(connection, CloseCode.BAD_MESSAGE, "the first message is a hello");
    connection.hello = message;
    if (state === undefined) greeted(connection);
    else signIn.hello(connection, message);
  }

  /** Tells the peer that it is set up. Called when it is in the registry, and before the application sees it. */
  welcome(connection: ServerConnection<Data>): void {
    const { heartbeatInterval, heartbeatTimeoutMs, maxMessageBytes, maxFrameMessages } = this.#settings;
    const expiresInMs = this.#ports.expiry.leftMs(connection);
    this.#ports.delivery.control(connection, {
      type: "$welcome",
      id: connection.id,
      resumed: connection.arrival?.resumed ?? false,
      features: connection.session === undefined ? [] : [RESUME],
      heartbeat: { intervalMs: heartbeatInterval, timeoutMs: heartbeatInterval === 0 ? 0 : heartbeatTimeoutMs },
      maxMessageBytes,
      maxFrameMessages,
      ...(expiresInMs === undefined ? {} : { expiresInMs }),
      ...(connection.session === undefined ? {} : this.#resumption(connection, connection.session)),
    });
  }

  /** What the welcome says of a session. */
  #resumption({ arrival }: ServerConnection<Data>, { handled, inbox }: Session<Data>) {
    const { secret, received, readings } = arrival!;
    const rooms: Record<string, Recovery> = Object.create(null);
    for (const [room, { recovery }] of readings) rooms[room] = recovery;
    return {
      session: { secret, windowMs: this.#settings.windowMs },
      received: handled.taken,
      next: inbox.firstBehind(received, this.#ports.now()),
      rooms,
    };
  }

  #control(connection: ServerConnection<Data>, message: WebSocketMessage): void {
    const { delivery, kill, acknowledgements } = this.#ports;
    const { session } = connection;
    switch (message.type) {
      case "$ping":
        delivery.control(connection, message.data === undefined ? PONG : { ...PONG, data: message.data });
        return;
      case "$hello":
        return kill(connection, CloseCode.BAD_MESSAGE, "a hello is said once");
      case "$reply":
      case "$error":
        this.#ports.answered(connection, message);
        if (session !== undefined) acknowledgements.settled(session, session.handled.take());
        return;
      case "$ack":
        if (session === undefined || acknowledgements.received(session, message.n)) return;
        return kill(connection, CloseCode.BAD_MESSAGE, "a message that was never sent cannot be acknowledged");
      case "$cancel":
        return this.#ports.cancelled(connection, message.id!);
      case "$join":
        return this.#ports.rooms.requestJoin(connection, message);
      case "$leave":
        return this.#ports.rooms.requestLeave(connection, message);
      case "$history":
        return this.#ports.history.request(connection, message);
      case "$credentials":
        if (connection.signIn === undefined) {
          delivery.deliver(connection, errorText(message.id!, UNSUPPORTED));
        } else this.#ports.renewal.ask(connection, message.id, checkToken(message.token));
    }
  }
}

const PONG = { type: "$pong" } as const;
const UNSUPPORTED = { code: "unsupported", message: "This server does not offer that" };
const ID_REUSED = { code: "id_reused", message: "Another message had this id before, and was not the same" };

function errorText(id: MessageId, error: WireError): string {
  return JSON.stringify({ type: "$error", id, error });
}
