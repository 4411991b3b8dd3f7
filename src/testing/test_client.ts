/**
 * A peer in a test's hands: what it sends reaches a real server, what it receives waits to be asked for.
 *
 * @module
 */

import { ConnectionClosedError, RefusedError } from "../errors.ts";
import type { SocketEvent, SocketEventType } from "../internal/socket_like.ts";
import { CloseCode } from "../protocol/close_codes.ts";
import { decodeBinary, encodeManaged, encodePlain, type Payload } from "../protocol/codec.ts";
import type { RefusedMessage, Sendable, WebSocketMessage, WelcomeMessage } from "../protocol/messages.ts";
import { Mailbox } from "./mailbox.ts";
import type { PairedSocket, SocketPair } from "./socket_pair.ts";

/** How a client's connection ended. */
export interface ClosedInfo {
  /** The close code, 1006 when the connection broke. */
  readonly code: number;
  /** The reason that came with it. */
  readonly reason: string;
  /** Whether both ends completed the closing handshake. */
  readonly wasClean: boolean;
}

/** What `connect` hands to its client. */
export interface TestClientSetup {
  /** The connection. */
  readonly pair: SocketPair;
  /** The server's answer to the handshake. */
  readonly response: Response;
  /** Whether to speak `switchboard.v1`. */
  readonly isManaged: boolean;
  /** Whether to answer the server's pings. */
  readonly answersPings: boolean;
}

const EVENTS: readonly SocketEventType[] = ["message", "close"];

/** A client that `connect` made. Disposing of it closes the connection and waits until both ends know. */
export class TestClient implements AsyncDisposable {
  /** The connection: both of its ends, and ways to disturb it. */
  readonly pair: SocketPair;
  /** The server's answer to the handshake, with its headers. */
  readonly response: Response;
  /** Whether it speaks `switchboard.v1`. */
  readonly isManaged: boolean;
  /** How the connection ended, as soon as it has. */
  readonly closed: Promise<ClosedInfo>;
  /** Whether it answers the server's pings; a managed client that does not is soon taken for dead. */
  answersPings: boolean;
  readonly #closed = Promise.withResolvers<ClosedInfo>();
  readonly #welcomed = Promise.withResolvers<WelcomeMessage | RefusedMessage | undefined>();
  readonly #messages = new Mailbox<unknown>();
  readonly #frames = new Mailbox<Payload>();
  #welcome: WelcomeMessage | undefined;

  /** Used by `connect`, before the socket opens, so that the first frame is not missed. */
  constructor({ pair, response, isManaged, answersPings }: TestClientSetup) {
    this.pair = pair;
    this.response = response;
    this.isManaged = isManaged;
    this.answersPings = answersPings;
    this.closed = this.#closed.promise;
    this.socket.binaryType = "arraybuffer";
    const listener = { handleEvent: (event: SocketEvent) => this.#take(event) };
    for (const type of EVENTS) this.socket.addEventListener(type, listener);
  }

  /** The client's end of the connection. */
  get socket(): PairedSocket {
    return this.pair.client;
  }

  /** The subprotocol that the server chose, `""` for none. */
  get protocol(): string {
    return this.socket.protocol;
  }

  /** What the server said to the hello, of a managed client. */
  get welcome(): WelcomeMessage | undefined {
    return this.#welcome;
  }

  /** All messages so far, as {@linkcode next} gives them. */
  get messages(): readonly unknown[] {
    return this.#messages.all;
  }

  /** All frames so far, as {@linkcode nextRaw} gives them. */
  get frames(): readonly Payload[] {
    return this.#frames.all;
  }

  /**
   * The next message: of a text frame what its JSON says, or else the text, of a binary frame its bytes. Waits for it if
   * need be. A managed client gets the messages of an array one by one, values without their `$value`, and neither the
   * welcome nor pings and pongs.
   *
   * @throws {ConnectionClosedError} If there is none, and there will be none as the connection is over.
   */
  next(): Promise<unknown> {
    return this.#messages.next();
  }

  /**
   * The next frame as it came, whatever it is: text as a string, bytes as a Uint8Array. Frames are kept apart from what
   * {@linkcode next} gives; every frame is to be had from both.
   *
   * @throws {ConnectionClosedError} As {@linkcode next}.
   */
  nextRaw(): Promise<Payload> {
    return this.#frames.next();
  }

  /**
   * Sends a message as a client does: a string as it is, bytes as a binary frame, anything else as JSON.
   *
   * @throws {TypeError} If it has no JSON form, or a type that begins with `$`.
   */
  send(message: Sendable): void {
    this.socket.send(this.isManaged ? encodeManaged(message) : encodePlain(message));
  }

  /** Sends a frame as it is, also one that no client would send. */
  sendRaw(frame: Payload): void {
    this.socket.send(frame);
  }

  /** Closes the connection in good order, and tells how it ended. */
  close(code: number = CloseCode.NORMAL, reason = ""): Promise<ClosedInfo> {
    this.socket.close(code, reason);
    return this.closed;
  }

  /** Breaks the connection without a close frame, as a lost network does. */
  cut(): Promise<ClosedInfo> {
    this.pair.cut();
    return this.closed;
  }

  /** Reads nothing from now on and answers nothing, until {@linkcode resume}. */
  stall(): void {
    this.socket.stall();
  }

  /** Reads on. */
  resume(): void {
    this.socket.resume();
  }

  /**
   * Signs a plain client in by its first message, and waits for the answer. Used by `connect`.
   *
   * @throws {RefusedError} If the server refuses the token.
   * @throws {ConnectionClosedError} If it closes instead.
   */
  async signIn(token: string): Promise<void> {
    this.send({ type: "authenticate", id: "sign-in", data: { token } });
    const answer = await this.next() as WebSocketMessage;
    if (answer.type === "reply" && answer.id === "sign-in") return;
    await this.pair.ended;
    throw new RefusedError("The server refused the token", answer.error?.code ?? answer.type);
  }

  /**
   * Says hello and waits for the welcome. Used by `connect`.
   *
   * @throws {RefusedError} If the server refuses in band.
   * @throws {ConnectionClosedError} If it closes instead.
   */
  async greet(token?: string): Promise<void> {
    this.sendRaw(JSON.stringify({ type: "$hello", features: [], token }));
    const answer = await this.#welcomed.promise;
    if (answer?.type === "$welcome") return;
    await this.pair.ended;
    const { code, reason } = await this.closed;
    if (answer === undefined) throw new ConnectionClosedError("The server closed without a welcome", code, reason);
    throw new RefusedError(`The server refused in band: ${answer.code}`, answer.code, answer.retryAfterMs);
  }

  /** Closes the connection, if it is not over, and waits until both ends know that it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    this.socket.close(CloseCode.NORMAL);
    await this.pair.ended;
  }

  #take(event: SocketEvent): void {
    if (event.type === "close") return this.#over(event);
    const frame = typeof event.data === "string" ? event.data : new Uint8Array(event.data as ArrayBuffer);
    this.#frames.push(frame);
    if (!this.isManaged) return this.#messages.push(typeof frame === "string" ? parse(frame) : frame);
    if (typeof frame !== "string") return this.#messages.push(decodeBinary(frame).payload);
    for (const message of [JSON.parse(frame)].flat() as WebSocketMessage[]) this.#receive(message);
  }

  #receive(message: WebSocketMessage): void {
    switch (message.type) {
      case "$welcome":
        this.#welcome = message as unknown as WelcomeMessage;
        return this.#welcomed.resolve(this.#welcome);
      case "$refused":
        return this.#welcomed.resolve(message as unknown as RefusedMessage);
      case "$ping":
        if (this.answersPings) this.sendRaw(JSON.stringify({ ...message, type: "$pong" }));
        return;
      case "$pong":
        return;
      case "$value":
        return this.#messages.push(message.data);
      default:
        return this.#messages.push(message);
    }
  }

  #over({ code = CloseCode.ABNORMAL, reason = "", wasClean = false }: SocketEvent): void {
    const error = new ConnectionClosedError(
      `Cannot wait for more as the connection is over: it was closed with ${code} "${reason}"`,
      code,
      reason,
    );
    this.#messages.end(error);
    this.#frames.end(error);
    this.#welcomed.resolve(undefined);
    this.#closed.resolve({ code, reason, wasClean });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
