/**
 * A peer that speaks `switchboard.v1` with sessions by hand: says any hello, counts what is counted, and answers nothing.
 *
 * @module
 */

import { closeCodeOf, concat, OPCODE, textFrame, textOf } from "./frames.ts";
import type { HandshakeOptions } from "./handshake.ts";
import type { Target } from "./hostile_case.ts";
import type { RawPeer } from "./raw_peer.ts";
import { bundled } from "./room_cases.ts";

/** A message, as it came. */
export type Message = Readonly<Record<string, unknown>> & { readonly type: string };

/** What a welcome says that a client needs in order to come back. */
export interface Welcome extends Message {
  readonly id: string;
  readonly resumed: boolean;
  readonly session: { readonly secret: string; readonly windowMs: number };
  readonly received?: number;
  readonly next?: number;
  readonly rooms: Readonly<Record<string, Position & { readonly recovered?: boolean; readonly reason?: string }>>;
}

/** A place in a log. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** A connection of such a peer. */
export class SessionPeer implements Disposable {
  /** The number of the last counted message that it has received in its session. */
  received = 0;
  /** The code with which the server closed, once it has. */
  closeCode: number | undefined;
  #welcome: Welcome | undefined;

  constructor(readonly peer: RawPeer) {}

  /** Opens a connection, says hello and waits for the answer, which may be a close. */
  static async open(
    target: Target,
    hello: object = {},
    headers: HandshakeOptions["headers"] = {},
  ): Promise<SessionPeer> {
    const one = await SessionPeer.offer(target, headers);
    await one.say({ type: "$hello", features: ["resume"], ...hello });
    const answer = await one.next();
    if (answer?.type === "$welcome") one.#welcome = answer as Welcome;
    one.received = (hello as { received?: number }).received ?? 0;
    if (answer?.["next"] !== undefined) one.received = (answer["next"] as number) - 1;
    return one;
  }

  /** Opens a connection and says nothing. */
  static async offer(target: Target, headers: HandshakeOptions["headers"] = {}): Promise<SessionPeer> {
    return new SessionPeer(await target.open({ headers: { "Sec-WebSocket-Protocol": "switchboard.v1", ...headers } }));
  }

  /** The welcome. Throws where none came. */
  get welcome(): Welcome {
    if (this.#welcome === undefined) throw new Error(`No welcome came but ${this.closeCode ?? "something else"}`);
    return this.#welcome;
  }

  /** Whether it was welcomed. */
  get isWelcome(): boolean {
    return this.#welcome !== undefined;
  }

  /** What a hello says to go on with this session. */
  hello(more: object = {}): Record<string, unknown> {
    const { id, session: { secret } } = this.welcome;
    return { resume: { id, secret }, received: this.received, ...more };
  }

  /** Sends messages, each in a frame of its own. */
  say(...messages: readonly object[]): Promise<void> {
    return this.peer.write(concat(...messages.map((message) => textFrame(JSON.stringify(message)))));
  }

  /** Sends messages in as few frames as may be. */
  sayTogether(messages: readonly object[]): Promise<void> {
    return this.peer.write(bundled(messages.map((message) => JSON.stringify(message))));
  }

  /** The next message; `undefined` when the server closes, or ends the connection. Acknowledgements are left out. */
  async next(deadlineMs?: number): Promise<Message | undefined> {
    while (true) {
      const frame = await this.peer.nextFrame(deadlineMs);
      if (frame === undefined) return undefined;
      if (frame.opcode === OPCODE.close) {
        this.closeCode = closeCodeOf(frame);
        return undefined;
      }
      const message = JSON.parse(textOf(frame)) as Message;
      if (isCounted(message)) this.received++;
      if (message.type !== "$ack") return message;
    }
  }

  /** The next messages, until one of this type and, if that is given, this id came. It is the last of them. */
  async until(type: string, id?: unknown): Promise<Message[]> {
    const messages: Message[] = [];
    while (true) {
      const message = await this.next();
      if (message === undefined) return messages;
      messages.push(message);
      if (message.type === type && (id === undefined || message["id"] === id)) return messages;
    }
  }

  /** Asks, and waits for the answer: its data, or the code of the error. Whatever comes before it is left out. */
  async ask(type: string, data?: unknown, id: number | string = crypto.randomUUID()): Promise<unknown> {
    await this.say({ type, id, data });
    return await this.answerTo(id);
  }

  /** Waits for an answer: its data, or the code of the error. */
  async answerTo(id: unknown): Promise<unknown> {
    while (true) {
      const message = await this.next();
      if (message === undefined) return this.closeCode ?? "no answer";
      if (message["id"] !== id) continue;
      return message.type === "$error" ? (message["error"] as { code: string }).code : message["data"];
    }
  }

  /** Joins a room: the answer. */
  async join(room: string, since?: Position): Promise<Message> {
    const id = crypto.randomUUID();
    await this.say({ type: "$join", id, room, ...since === undefined ? {} : { since } });
    return (await this.until("$reply", id)).at(-1)!;
  }

  /** Whether the server still answers. */
  async isServed(): Promise<boolean> {
    await this.say({ type: "$ping", data: "served" });
    return (await this.until("$pong")).at(-1)?.type === "$pong";
  }

  /** Leaves for good, so that the server forgets the session. */
  async leave(): Promise<void> {
    if (this.peer.end === undefined && this.closeCode === undefined) await this.peer.leave();
    this[Symbol.dispose]();
  }

  /** Is gone without a word, and waits until the server knows. */
  async vanish(target: Target): Promise<void> {
    const before = target.events().filter(({ kind }) => kind === "close").length;
    this.peer.reset();
    await target.eventNumber("close", before + 1);
  }

  [Symbol.dispose](): void {
    this.peer[Symbol.dispose]();
  }
}

/** Whether a message from the server is one that both sides count. */
function isCounted({ type, $at, $volatile }: Message): boolean {
  if ($at !== undefined || $volatile !== undefined) return false;
  return !type.startsWith("$") || ["$reply", "$error", "$value"].includes(type);
}
