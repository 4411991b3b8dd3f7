/**
 * A peer that keeps a session, on a socket in the hands of a test: it counts, and keeps its positions, as PROTOCOL.md tells
 * clients to.
 */

import { assert, assertEquals } from "@std/assert";
import { decodeBinary } from "../../../src/protocol/codec.ts";
import {
  ALL_ROOM,
  type Position,
  type Recovery,
  SUBPROTOCOL,
  type WebSocketMessage,
  type WelcomeMessage,
} from "../../../src/protocol/messages.ts";
import type { ServerConnection } from "../../../src/server/connection.ts";
import type { Rig } from "./rig.ts";
import { ScriptedSocket } from "./scripted_socket.ts";

/** What stands in the hello beside what every such peer says. */
export interface SessionPeerOptions {
  readonly remoteAddr?: string;
  readonly token?: string;
  readonly stream?: string;
  readonly next?: number;
  /** In place of what it has counted. */
  readonly received?: number;
  /** In place of what it has read. */
  readonly positions?: Readonly<Record<string, Position>>;
  /** In place of its session's. */
  readonly resume?: { readonly id: string; readonly secret: string } | undefined;
  /** Whether its socket waits with what it is given. */
  readonly bufferedAmount?: number;
}

/** A peer, from one hello to the end of its connection. */
export class SessionPeer {
  readonly rig: Rig;
  readonly socket = new ScriptedSocket();
  readonly connection: ServerConnection<Record<string, unknown>>;
  /** Counted messages that it has. */
  received: number;
  /** How far it has read the logs. */
  readonly positions: Map<string, Position>;
  /** How many of the socket's frames it has looked at. */
  #looked = 0;
  #welcome: WelcomeMessage | undefined;

  /** Comes, and says hello; `before` is what it was on its connection before. */
  constructor(rig: Rig, options: SessionPeerOptions = {}, before?: SessionPeer) {
    this.rig = rig;
    this.received = options.received ?? before?.received ?? 0;
    this.positions = new Map(before?.positions);
    this.socket.bufferedAmount = options.bufferedAmount ?? 0;
    const { remoteAddr = "192.0.2.1", token, stream, next } = options;
    const info = { remoteAddr, protocol: SUBPROTOCOL };
    this.connection = rig.server.adopt(this.socket, info) as SessionPeer["connection"];
    this.socket.receives({
      type: "$hello",
      features: ["resume"],
      token,
      stream,
      next,
      received: this.received,
      resume: "resume" in options ? options.resume : before?.ticket,
      positions: options.positions ?? Object.fromEntries(this.positions),
    });
  }

  /** What the server has said to the hello. */
  get welcome(): WelcomeMessage {
    this.#look();
    assert(this.#welcome !== undefined, "there was no welcome");
    return this.#welcome;
  }

  /** Whether it was welcomed. */
  get isWelcomed(): boolean {
    this.#look();
    return this.#welcome !== undefined;
  }

  /** What the next connection needs. */
  get ticket(): { id: string; secret: string } {
    const { id, session } = this.welcome;
    return { id, secret: session!.secret };
  }

  /** All messages that it was sent behind the welcome, but acknowledgements. */
  get heard(): WebSocketMessage[] {
    this.#look();
    return this.#heard.filter(({ type }) => type !== "$ack");
  }

  /** The types of these. */
  get types(): string[] {
    return this.heard.map(({ type }) => type);
  }

  /** What a client's application would have got: no message twice, and none of the protocol's. */
  readonly got: WebSocketMessage[] = [];
  /** The numbers up to which its own messages were handled. */
  readonly acks: number[] = [];
  #lost = 0;
  readonly #heard: WebSocketMessage[] = [];

  /** Counted messages that were lost to it. */
  get lost(): number {
    this.#look();
    return this.#lost;
  }

  /** Joins a room, and goes on where it was, if it was there. */
  join(room: string, id: string | number = `join ${room}`, data?: unknown): this {
    this.socket.receives({ type: "$join", id, room, data, since: this.positions.get(room) });
    this.#look();
    return this;
  }

  /** Sends. */
  say(message: object): this {
    this.socket.receives(message);
    return this;
  }

  /** Acknowledges what it has. */
  acknowledge(n: number = this.received): this {
    this.#look();
    return this.say({ type: "$ack", n });
  }

  /** Loses its connection. */
  cut(): this {
    this.#look();
    this.socket.isClosed();
    return this;
  }

  /** Comes back, on another connection. */
  again(options: SessionPeerOptions = {}): SessionPeer {
    this.#look();
    return new SessionPeer(this.rig, options, this);
  }

  #look(): void {
    const { sent } = this.socket;
    while (this.#looked < sent.length) {
      const frame = sent[this.#looked++]!;
      const messages = typeof frame === "string" ? [JSON.parse(frame)].flat() : [bytesOf(frame)];
      for (const message of messages as WebSocketMessage[]) this.#take(message);
    }
  }

  #take(message: WebSocketMessage): void {
    if (this.#welcome === undefined) return this.#welcomed(message);
    this.#heard.push(message);
    const { type, $at, $room, $volatile } = message as WebSocketMessage & Record<string, unknown>;
    if (type === "$ack") return void this.acks.push(message.n);
    if (type === "$skipped" || type === "$joined") return this.#note(message.room, message as Recovery);
    if (type === "$reply" || type === "$error") {
      this.received++;
      if (typeof message.id === "string" && message.id.startsWith("join ")) {
        this.#note(message.id.slice(5), message as Recovery);
      }
      return;
    }
    if (type.startsWith("$") && type !== "$value") return;
    if ($at !== undefined) {
      const rooms = [$room ?? ALL_ROOM].flat() as string[];
      if (this.#isOld(rooms, [$at].flat() as (number | null)[])) return;
    } else if ($volatile !== true) this.received++;
    this.got.push(message);
  }

  /** Notes where a message stands; tells whether it was there before. */
  #isOld(rooms: readonly string[], offsets: readonly (number | null)[]): boolean {
    let isOld = false;
    for (const [at, room] of rooms.entries()) {
      const position = this.positions.get(room);
      const offset = offsets[at] ?? undefined;
      if (position === undefined || offset === undefined) continue;
      if (offset <= position.offset) isOld = true;
      else this.positions.set(room, { ...position, offset });
    }
    return isOld;
  }

  #note(room: string, { epoch, offset }: Recovery): void {
    if (epoch !== undefined && offset !== undefined) this.positions.set(room, { epoch, offset });
  }

  #welcomed(message: WebSocketMessage): void {
    assertEquals(message.type, "$welcome");
    const welcome = message as unknown as WelcomeMessage;
    this.#welcome = welcome;
    const { resumed, next = 1, rooms = {} } = welcome;
    if (resumed) {
      assert(next > this.received, `the server begins with ${next}, and ${this.received} is there already`);
      this.#lost = next - 1 - this.received;
    }
    this.received = next - 1;
    for (const room of this.positions.keys()) if (!Object.hasOwn(rooms, room)) this.positions.delete(room);
    for (const [room, recovery] of Object.entries(rooms)) this.#note(room, recovery);
  }
}

function bytesOf(frame: Uint8Array<ArrayBuffer>): WebSocketMessage {
  const { header, payload } = decodeBinary(frame);
  return { type: "binary", data: payload, ...header } as WebSocketMessage;
}
