/**
 * What a managed peer remembers of its session: the two rows of counted messages, its positions, and how to resume.
 *
 * This file is pure.
 *
 * @module
 */

import {
  ALL_ROOM,
  type HelloMessage,
  type Position,
  type Recovery,
  RESUME,
  type WelcomeMessage,
} from "../../../src/protocol/messages.ts";

/** At the latest so many messages wait for one acknowledgement. */
const ACKNOWLEDGED_AT_ONCE = 32;

/** One peer's session, across its connections. */
export class Session {
  /** Whether the server has named the feature: without it nothing is counted or acknowledged. */
  counts = false;
  /** Counted messages that were sent, and received, since the session began. */
  sent = 0;
  received = 0;
  #acknowledged = 0;
  readonly #stream: string;
  #resume: { readonly id: string; readonly secret: string } | undefined;
  readonly #positions = new Map<string, Position>();

  /** @param stream The name of the row of messages that are sent. */
  constructor(stream: string) {
    this.#stream = stream;
  }

  /** What comes first on each connection. */
  hello(): HelloMessage {
    const hello = { type: "$hello", features: [RESUME], client: "bench", stream: this.#stream } as const;
    if (this.#resume === undefined) return { ...hello, next: this.sent + 1 };
    const positions = Object.fromEntries(this.#positions);
    return { ...hello, next: this.sent + 1, received: this.received, resume: this.#resume, positions };
  }

  /**
   * Takes the server's answer.
   *
   * @throws {Error} If the session was to be resumed and was not, or not without loss.
   */
  welcome(message: WelcomeMessage): void {
    const { id, session, rooms = {} } = message;
    if (this.#resume !== undefined && !message.resumed) throw new Error("A server did not resume a session");
    if (this.#resume !== undefined && (message.next ?? 1) !== this.received + 1) {
      throw new Error(`A server has lost counted messages: the next is ${message.next} after ${this.received}`);
    }
    this.counts = message.features.includes(RESUME);
    this.#acknowledged = this.received;
    this.#resume = session === undefined ? undefined : { id, secret: session.secret };
    for (const [room, recovery] of Object.entries(rooms)) this.recover(room, recovery);
    if (!message.resumed) return;
    for (const room of this.#positions.keys()) {
      if (rooms[room] === undefined) throw new Error(`A server has taken a peer out of the room ${room}`);
    }
  }

  /** Takes the answer to a join, which is a counted message. */
  reply(room: string, recovery: Recovery): void {
    if (this.counts) this.received++;
    this.recover(room, recovery);
  }

  /** Takes what the server says of a position, in a welcome or beside the answer to a join. */
  recover(room: string, { epoch, offset, recovered, reason }: Recovery): void {
    if (recovered === false) throw new Error(`A server did not recover the room ${room}: ${reason}`);
    if (epoch !== undefined && offset !== undefined) this.#positions.set(room, { epoch, offset });
  }

  /** A message of a room's log was received; `false` if the peer has had it. */
  reach(room: string | undefined, offset: number): boolean {
    const name = room ?? ALL_ROOM;
    const before = this.#positions.get(name);
    if (before === undefined) throw new Error(`A server gave no position for ${name}`);
    if (offset <= before.offset) return false;
    this.#positions.set(name, { epoch: before.epoch, offset });
    return true;
  }

  /** Whether there is a session to go on with. */
  get canResume(): boolean {
    return this.#resume !== undefined;
  }

  /** Whether an acknowledgement cannot wait any longer. */
  get owes(): boolean {
    return this.counts && this.received - this.#acknowledged >= ACKNOWLEDGED_AT_ONCE;
  }

  /** The acknowledgement of all that was received. */
  acknowledgement(): string {
    this.#acknowledged = this.received;
    return `{"type":"$ack","n":${this.received}}`;
  }

  /** The server has acknowledged what was sent. */
  acknowledged(n: number): void {
    if (n > this.sent) throw new Error(`A server acknowledged message ${n} of ${this.sent}`);
  }
}
