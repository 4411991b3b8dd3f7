/**
 * One peer: the public face, and the fields that the parts of the server keep on it. It decides nothing: what happens
 * to it is done by the parts.
 *
 * @module
 */

import type { SocketEvent, SocketLike, SocketListener } from "../internal/socket_like.ts";
import { NOWHERE } from "../internal/timing_wheel.ts";
import type { BoundedQueue } from "../internal/bounded_queue.ts";
import { checkClose, CloseCode } from "../protocol/close_codes.ts";
import type { MessageId, Sendable, WebSocketMessage } from "../protocol/messages.ts";
import type { Handshake } from "./handshake.ts";
import type { HeldMessage } from "./holding.ts";
import type { Exchange } from "./message_context.ts";
import type { MessageReader } from "./reader.ts";
import type { Arrival } from "./resumption.ts";
import type { PendingRequest } from "./requests.ts";
import type { Replay } from "./replay.ts";
import type { Joins, RoomMember } from "./room_types.ts";
import { NO_SEAT } from "./roster.ts";
import type { Sleeper } from "./scheduler.ts";
import type { Session } from "./session.ts";
import type { SignInState } from "./sign_in_state.ts";
import type {
  BroadcastOptions,
  BroadcastOutcome,
  CloseInfo,
  ConnectionState,
  RequestOptions,
  SendOutcome,
  WebSocketConnection,
} from "./types.ts";
import type { Turn } from "./turns.ts";
import type { WriteProgress } from "./write_watch.ts";

/** Where a connection stands, as the parts see it. Numbers, as this is read for every message. */
export const Phase = {
  /** Upgraded, the socket is not open yet. */
  OPENING: 0,
  /** A managed peer that has not said hello. */
  HELLO: 1,
  /** Open, and in the registry. */
  OPEN: 2,
  /** Out of the registry; the closing handshake is under way. */
  CLOSING: 3,
  /** Over. */
  CLOSED: 4,
} as const;

/** One of {@linkcode Phase}. */
export type Phase = typeof Phase[keyof typeof Phase];

/** What a connection asks of the parts. */
export interface ConnectionParts<Data> {
  /** Takes the events of the socket. Must not throw. */
  event(connection: ServerConnection<Data>, event: SocketEvent): void;
  /** Takes a message off the socket. Must not throw. */
  receive(connection: ServerConnection<Data>, data: unknown): void;
  /** The time of the deadline has come. */
  wake(connection: ServerConnection<Data>, now: number): number | undefined;
  /** Sends to one. */
  send(connection: ServerConnection<Data>, message: Sendable): SendOutcome;
  /** Sends to one, and waits until it has it. */
  sendAcked(connection: ServerConnection<Data>, message: Sendable, signal: AbortSignal | undefined): Promise<void>;
  /** Encodes a broadcast, and returns what sends it. */
  prepareBroadcast(message: Sendable, options: BroadcastOptions<Data>): () => unknown;
  /** Sends to all but one. */
  broadcastFrom(
    connection: ServerConnection<Data>,
    message: Sendable,
    options: BroadcastOptions<Data> | undefined,
  ): BroadcastOutcome;
  /** Ends the connection. */
  close(connection: ServerConnection<Data>, code: number, reason: string): void;
  /** Asks the peer. */
  request(connection: ServerConnection<Data>, type: string, data: unknown, options?: RequestOptions): Promise<unknown>;
  /** Answers a message of the peer. */
  reply(connection: ServerConnection<Data>, id: MessageId, data: unknown): SendOutcome;
  /** Puts it into a room. */
  join(connection: ServerConnection<Data>, room: string): boolean;
  /** Takes it out of a room. */
  leave(connection: ServerConnection<Data>, room: string): boolean;
  /** Code of the application failed that belongs to it. */
  failed(connection: ServerConnection<Data>, error: unknown): void;
  /** Begins a loop over its messages. */
  read(connection: ServerConnection<Data>): MessageReader;
  /** The date, in milliseconds since the Unix epoch. */
  date(): number;
  /** Makes an id for a connection of that date. */
  newId(dateMs: number): string;
  /** The id of a connection was read for the first time. */
  named(connection: ServerConnection<Data>): void;
}

/** The connection behind {@linkcode WebSocketConnection}; fields that are not in that interface belong to the parts. */
export class ServerConnection<Data> implements WebSocketConnection<Data>, SocketListener, Sleeper, RoomMember {
  readonly #parts: ConnectionParts<Data>;
  readonly #handshake: Handshake;
  readonly #connectedAtMs: number;
  #data: Data | undefined;

  #id: string | undefined;

  readonly socket: SocketLike;
  readonly protocol: string;
  readonly isManaged: boolean;

  /** Written by the timing wheel. */
  slot: number = NOWHERE;
  /** Written by the timing wheel. */
  place = 0;
  /** Written by the lifecycle. */
  phase: Phase = Phase.OPENING;
  /** The how many-th of this server it is: of two connections of one client, the one with the greater number is newer. Written by the lifecycle. */
  number = 0;
  /** When something was last received, on the scheduler's coarse clock. Written for every frame. */
  lastSeenAt = 0;
  /** When the last message of the application was received, on the same clock. */
  lastMessageAt = 0;
  /** When a ping was sent that nothing has answered. Written by the heartbeat. */
  pingSentAt: number | undefined = undefined;
  /** Written by the list that it is in: of those on their way in, or of the open ones. */
  list: object | undefined = undefined;
  /** Written by that list. */
  older: ServerConnection<Data> | undefined = undefined;
  /** Written by that list. */
  newer: ServerConnection<Data> | undefined = undefined;
  /** Where it sits in the roster, while it is open. Written by the roster. */
  seat: number = NO_SEAT;
  /** Who it is. Written by the sign-in. */
  userId: string | undefined = undefined;
  /** Where its sign-in stands, on servers where peers sign in. Written by the sign-in. */
  signIn: SignInState<Data> | undefined = undefined;
  /** Whether the write watch has this connection. Written by it. */
  isWatched = false;
  /** What is known of a writer that does not get on. Written by the write watch. */
  writes: WriteProgress | undefined = undefined;
  /** Messages that wait for a handler, while there are any. Written by the turns. */
  turn: Turn<Data> | undefined = undefined;
  /** Messages whose handlers take their time. Written by the turns. */
  exchanges: Set<Exchange<Data>> | undefined = undefined;
  /** The id that the handler at work answered by hand. Written by the answers; the turns forget it with the next message. */
  answered: MessageId | undefined = undefined;
  /** Its rooms. Written by the rooms. */
  places: Map<string, number> | undefined = undefined;
  /** What the peer asked for of the rooms. Written by the room desk. */
  joins: Joins | undefined = undefined;
  /** The loop that runs over the messages. Written by the turns. */
  reader: MessageReader | undefined = undefined;
  /** What was asked of the peer and not answered yet. Written by the requests. */
  asked: Map<MessageId, PendingRequest> | undefined = undefined;
  /** What a managed peer said first. Written by the managed peers. */
  hello: WebSocketMessage | undefined = undefined;
  /** What arrived before the connection was let in. Written by the holding. */
  held: BoundedQueue<HeldMessage> | undefined = undefined;
  /** The session that it has, or had. Written by the sessions. */
  session: Session<Data> | undefined = undefined;
  /** How it came, while it is coming in. Written by the resumption. */
  arrival: Arrival<Data> | undefined = undefined;
  /** What it is still to be sent of what it has missed. Written by the replays. */
  replay: Replay | undefined = undefined;
  /** Whether `onClose` was called for it, and who waits for that. Written by the lifecycle. */
  isTold = false;
  /** Called then. */
  onTold: (() => void) | undefined = undefined;
  /** Whether the application was told of the connection. Written by the lifecycle when it ends. */
  wasKnown = false;
  /** Whether the application was told that it ended. Written by the lifecycle. */
  isAnnounced = false;
  /** Whether we gave the socket up and the runtime still has it. Written by the lifecycle. */
  isZombie = false;
  /** How the connection ended, as soon as that is known. Written by the lifecycle. */
  closeInfo: CloseInfo | undefined = undefined;

  /** Makes a connection that is not open yet. */
  constructor(
    socket: SocketLike,
    handshake: Handshake,
    options: { protocol: string; isManaged: boolean; data: Data | undefined },
    parts: ConnectionParts<Data>,
  ) {
    this.socket = socket;
    this.#handshake = handshake;
    this.protocol = options.protocol;
    this.isManaged = options.isManaged;
    this.#data = options.data;
    this.#parts = parts;
    this.#connectedAtMs = parts.date();
  }

  /** Made when first read: an echo server never asks, and the random bits cost as much as all our checks of a request. */
  get id(): string {
    if (this.#id === undefined) {
      this.#id = this.#parts.newId(this.#connectedAtMs);
      this.#parts.named(this);
    }
    return this.#id;
  }

  /** Takes the id of the session with which it goes on; `undefined` for another one of its own. */
  takeId(id: string | undefined): void {
    this.#id = id;
  }

  /** Whether it is over for good: nobody will come back for what is still to be said. */
  get isGone(): boolean {
    return this.phase !== Phase.OPEN && (this.session === undefined || this.session.isOver);
  }

  /** Whether the id was read. */
  get hasId(): boolean {
    return this.#id !== undefined;
  }

  get url(): string {
    return this.#handshake.url;
  }

  get headers(): Headers {
    return this.#handshake.headers;
  }

  get cookies(): Readonly<Record<string, string>> {
    return this.#handshake.cookies;
  }

  get params(): Readonly<Record<string, string>> {
    return this.#handshake.params;
  }

  get remoteAddr(): string {
    return this.#handshake.remoteAddr;
  }

  get userAgent(): string {
    return this.#handshake.userAgent;
  }

  get connectedAt(): Date {
    return new Date(this.#connectedAtMs);
  }

  get uptimeMs(): number {
    return this.#parts.date() - this.#connectedAtMs;
  }

  /** Made when first asked for: most connections of an echo server have none. */
  get data(): Data {
    return this.#data ??= {} as Data;
  }

  set data(data: Data) {
    this.#data = data;
  }

  /** The data, if anybody has made any. */
  get givenData(): Data | undefined {
    return this.#data;
  }

  get state(): ConnectionState {
    if (this.phase < Phase.OPEN) return this.closeInfo === undefined ? "connecting" : "closing";
    if (this.phase === Phase.OPEN) return "open";
    return this.phase === Phase.CLOSING ? "closing" : "closed";
  }

  get isOpen(): boolean {
    return this.phase === Phase.OPEN;
  }

  get rooms(): readonly string[] {
    return this.places === undefined ? [] : [...this.places.keys()];
  }

  get bufferedAmount(): number {
    return this.socket.bufferedAmount;
  }

  send(message: Sendable): SendOutcome {
    return this.#parts.send(this, message);
  }

  sendAcked(message: Sendable, options?: { readonly signal?: AbortSignal }): Promise<void> {
    return this.#parts.sendAcked(this, message, options?.signal);
  }

  /** Encodes a broadcast, and returns what sends it. */
  prepareBroadcast(message: Sendable, options: BroadcastOptions<Data>): () => unknown {
    return this.#parts.prepareBroadcast(message, options);
  }

  broadcast(message: Sendable, options?: BroadcastOptions<Data>): BroadcastOutcome {
    return this.#parts.broadcastFrom(this, message, options);
  }

  close(code: number = CloseCode.NORMAL, reason = ""): void {
    this.#parts.close(this, code, checkClose(code, reason));
  }

  // deno-lint-ignore no-explicit-any -- the contract's types are the public face's
  request(type: string, data?: any, options?: RequestOptions): Promise<any> {
    return this.#parts.request(this, type, data, options);
  }

  reply(id: MessageId, data?: unknown): SendOutcome {
    return this.#parts.reply(this, id, data);
  }

  join(room: string): boolean {
    return this.#parts.join(this, room);
  }

  leave(room: string): boolean {
    return this.#parts.leave(this, room);
  }

  // deno-lint-ignore no-explicit-any -- as above
  [Symbol.asyncIterator](): AsyncIterableIterator<any, void> {
    return this.#parts.read(this);
  }

  /** Tells the application that code of its own failed. */
  failed(error: unknown): void {
    this.#parts.failed(this, error);
  }

  /** One object listens to all events of its socket. */
  handleEvent(event: SocketEvent): void {
    if (event.type === "message") this.#parts.receive(this, event.data);
    else this.#parts.event(this, event);
  }

  wake(now: number): number | undefined {
    return this.#parts.wake(this, now);
  }
}
