/**
 * Peers of `switchboard.v1` that keep a session, as our client does: they number, acknowledge and resume.
 *
 * @module
 */

import { type ServerControl, SUBPROTOCOL } from "../../../src/protocol/messages.ts";
import { BROADCAST_REQUEST, MESSAGE, PATH, roomName } from "../workload.ts";
import type { Dialect, Line } from "./dialect.ts";
import { repeated, textFrame } from "./frames.ts";
import { MessageCounter } from "./message_counter.ts";
import { Session } from "./session.ts";

/** Frames that are read as JSON and compared, for each load. */
const COMPARED = 64;
/** As many as any load has under way on one connection. */
const MOST_AT_ONCE = 64;

/** A message of the application as it arrives, with the protocol's members. */
interface Delivered {
  readonly type: string;
  readonly $room?: string;
  readonly $at?: number;
}

/** Options of {@linkcode ManagedDialect}. */
export interface ManagedDialectOptions {
  /** Whether messages that are sent at once go into one frame, with an acknowledgement that is due. */
  readonly gathers: boolean;
}

/** Managed peers. */
export class ManagedDialect implements Dialect {
  readonly path = PATH;
  readonly protocol = SUBPROTOCOL;
  /** Answers to joins. */
  replies = 0;
  readonly #line: Line;
  readonly #gathers: boolean;
  readonly #counter = new MessageCounter(MESSAGE);
  /** By descriptor, which are small numbers. */
  readonly #sessions: (Session | undefined)[] = [];
  readonly #bursts = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #arrays = new Map<string, Uint8Array<ArrayBuffer>>();
  #toCompare = COMPARED;
  #streams = 0;

  constructor(line: Line, { gathers }: ManagedDialectOptions) {
    this.#line = line;
    this.#gathers = gathers;
  }

  /** The session of a connection. */
  session(fd: number): Session {
    return this.#sessions[fd]!;
  }

  /** A connection that was just begun is to go on with a session. */
  resume(fd: number, session: Session): void {
    this.#sessions[fd] = session;
  }

  greet(fd: number): boolean {
    const session = this.#sessions[fd] ??= new Session(`bench-${Deno.pid}-${this.#streams++}`);
    this.say(fd, JSON.stringify(session.hello()));
    return false;
  }

  compare(frames: number = COMPARED): void {
    this.#toCompare = frames;
  }

  get hasCompared(): boolean {
    return this.#toCompare === 0;
  }

  take(fd: number, bytes: Uint8Array<ArrayBuffer>, from: number, to: number): number {
    const counter = this.#counter;
    const session = this.#sessions[fd]!;
    if (this.#toCompare === 0 && counter.scan(bytes, from, to)) {
      if (session.counts) session.received += counter.counted;
      return counter.messages;
    }
    return this.#read(fd, session, new TextDecoder().decode(bytes.subarray(from, to)));
  }

  settle(fd: number): void {
    const session = this.#sessions[fd];
    if (session?.owes) this.say(fd, session.acknowledgement());
  }

  echo(fd: number, count: number): void {
    this.#send(fd, MESSAGE, count);
  }

  broadcast(fd: number, count: number): void {
    this.#send(fd, BROADCAST_REQUEST, count);
  }

  forget(fd: number): void {
    this.#sessions[fd] = undefined;
  }

  /** Asks to be in the room of a number; {@linkcode ManagedDialect.replies} counts the answers. */
  join(fd: number, number: number): void {
    this.say(fd, JSON.stringify({ type: "$join", id: number, room: roomName(number) }));
  }

  /** Sends one frame. */
  say(fd: number, text: string): void {
    const frame = textFrame(text);
    this.#line.send(fd, frame, frame.length);
  }

  #send(fd: number, text: string, count: number): void {
    if (count === 0) return;
    const session = this.#sessions[fd]!;
    session.sent += count;
    if (this.#gathers) this.#sendArray(fd, session, text, count);
    else this.#sendSingle(fd, text, count);
  }

  #sendSingle(fd: number, text: string, count: number): void {
    const burst = made(this.#bursts, text, () => repeated(textFrame(text), MOST_AT_ONCE));
    const frameBytes = burst.length / MOST_AT_ONCE;
    for (let left = count; left > 0; left -= MOST_AT_ONCE) {
      this.#line.send(fd, burst, Math.min(left, MOST_AT_ONCE) * frameBytes);
    }
  }

  #sendArray(fd: number, session: Session, text: string, count: number): void {
    if (session.owes) {
      this.say(fd, `[${`${text},`.repeat(count)}${session.acknowledgement()}]`);
      return;
    }
    const frame = made(this.#arrays, `${count} ${text}`, () => textFrame(arrayOf(text, count)));
    this.#line.send(fd, frame, frame.length);
  }

  /** Takes a frame apart, answers what is the protocol's, compares and counts what is the application's. */
  #read(fd: number, session: Session, text: string): number {
    const value = JSON.parse(text) as ServerControl | Delivered | (ServerControl | Delivered)[];
    let count = 0;
    for (const message of Array.isArray(value) ? value : [value]) {
      if (message.type.startsWith("$")) this.#control(fd, session, message as ServerControl);
      else if (this.#delivered(session, message)) count++;
    }
    if (count > 0 && this.#toCompare > 0) this.#toCompare--;
    return count;
  }

  #delivered(session: Session, message: Delivered): boolean {
    const { $room, $at, ...own } = message;
    const text = JSON.stringify(own);
    if (text !== MESSAGE) throw new Error(`A server sent ${text} instead of ${MESSAGE}`);
    if (!session.counts) return true;
    if ($at !== undefined) return session.reach($room, $at);
    session.received++;
    return true;
  }

  #control(fd: number, session: Session, message: ServerControl): void {
    switch (message.type) {
      case "$welcome":
        session.welcome(message);
        this.#line.opened(fd);
        break;
      case "$ping":
        this.#line.pinged();
        this.say(fd, JSON.stringify({ ...message, type: "$pong" }));
        break;
      case "$ack":
        session.acknowledged(message.n);
        break;
      case "$reply":
        session.reply(roomName(Number(message.id)), message);
        this.replies++;
        break;
      case "$joined":
        session.recover(message.room, message);
        break;
      case "$refused":
      case "$error":
      case "$skipped":
      case "$left":
        throw new Error(`A server sent what was not asked for: ${JSON.stringify(message)}`);
    }
  }
}

function arrayOf(text: string, count: number): string {
  return `[${new Array<string>(count).fill(text).join(",")}]`;
}

function made<K, V>(kept: Map<K, V>, key: K, make: () => V): V {
  let value = kept.get(key);
  if (value === undefined) kept.set(key, value = make());
  return value;
}
