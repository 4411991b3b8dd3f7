/**
 * What goes on when a connection ends and its client comes back: who it is, its data and rooms, and what each side has of
 * the other's messages. It decides nothing: what happens to it is done by {@linkcode Sessions} and others.
 *
 * @module
 */

import type { HelloMessage } from "../protocol/messages.ts";
import type { AnswerBook } from "./answer_book.ts";
import type { ServerConnection } from "./connection.ts";
import { Handled } from "./handled.ts";
import type { Joins } from "./room_types.ts";
import type { Alarm } from "./scheduler.ts";
import type { SessionInbox } from "./session_inbox.ts";
import { hashOf, isSame, type SecretHash } from "./session_secret.ts";

/** Why a session ended, see the event `session:ended`. */
export type SessionEnd = "closed" | "expired" | "revoked" | "evicted" | "stopped";

/** What is kept of the rooms while there is no connection. */
export interface KeptRooms {
  /** The names. */
  readonly names: readonly string[];
  /** What the peer had asked for of them. */
  readonly joins: Joins | undefined;
}

/** Who waits until the client has acknowledged a message. */
export interface AckWaiter {
  /** The number of the message. */
  readonly number: number;
  /** It was acknowledged. */
  resolve(): void;
  /** It will not be. */
  reject(error: Error): void;
}

/** A session. */
export class Session<Data> {
  readonly id: string;
  /** What was sent to the client alone. */
  readonly inbox: SessionInbox;
  /** What its requests were answered. */
  readonly answers: AnswerBook;
  /** The client's messages. */
  handled: Handled;
  /** The name under which the client numbers them; `undefined` where it gave none. */
  stream: string | undefined;
  /** The connection that has it; `undefined` while the client is away. */
  connection: ServerConnection<Data> | undefined = undefined;
  /** The connection that has, or had it last. */
  last: ServerConnection<Data>;
  /** A connection that is about to have it. */
  claimant: ServerConnection<Data> | undefined = undefined;
  /** Its rooms while the client is away. */
  rooms: KeptRooms | undefined = undefined;
  /** Whether nothing more will come of it. */
  isOver = false;
  /** Whether the next end of its connection ends it, whatever the code. */
  isEnding = false;
  /** Whether the next end of its connection does not end it, whatever the code. */
  isMoving = false;
  /** Rings when the client has been away for too long. */
  alarm: Alarm | undefined = undefined;
  /** Written by the acknowledgements: the number that the client was told last, and what it waits for. */
  acknowledged: number;
  ackWantedFor = 0;
  isAckDue = false;
  /** Those who wait for the client's acknowledgements, in the order of their numbers. */
  waiters: AckWaiter[] | undefined = undefined;
  #secret: SecretHash | undefined;
  /** The secret before, as long as the client may not have got the present one. */
  #former: SecretHash | undefined;

  /** Begins a session with the connection that has just come. */
  constructor(
    connection: ServerConnection<Data>,
    parts: { inbox: SessionInbox; answers: AnswerBook; handled: Handled; stream: string | undefined },
  ) {
    this.id = connection.id;
    this.last = connection;
    this.inbox = parts.inbox;
    this.answers = parts.answers;
    this.handled = parts.handled;
    this.stream = parts.stream;
    this.acknowledged = parts.handled.done;
  }

  /** The key of one of the client's messages, the same whenever it comes. */
  keyOf(connection: ServerConnection<Data>, number: number): string {
    return `${streamOf(connection) ?? this.id}:${number}`;
  }

  /** Whether the messages of this connection, which may be a former one, are numbered in the row of the present one. */
  counts(connection: ServerConnection<Data>): boolean {
    return streamOf(connection) === this.stream;
  }

  /** The client is back: it begins another row of numbers, or gives up what it had before `next`. */
  countFrom({ stream, next = 1 }: HelloMessage): void {
    if (stream === this.stream) return this.handled.skipTo(next);
    this.stream = stream;
    this.answers.clear(); // another row of messages may ask under the same ids
    this.handled = new Handled(next - 1);
    this.acknowledged = this.handled.done;
    this.ackWantedFor = 0;
  }

  /** Whether this is the secret. */
  knows(secret: string): boolean {
    const hash = hashOf(secret);
    const isPresent = isSame(hash, this.#secret);
    return isSame(hash, this.#former) || isPresent;
  }

  /** Puts a new secret in the place of the one that was shown, which stays good until {@linkcode Session.confirm}. */
  renew(secret: string, shown: string | undefined): void {
    this.#former = shown === undefined ? undefined : hashOf(shown);
    this.#secret = hashOf(secret);
  }

  /** The client has the present secret. */
  confirm(): void {
    if (this.#former !== undefined) this.#former = undefined;
  }
}

/** The name under which the client of a connection numbers its messages. */
function streamOf<Data>({ hello }: ServerConnection<Data>): string | undefined {
  return (hello as HelloMessage | undefined)?.stream;
}
