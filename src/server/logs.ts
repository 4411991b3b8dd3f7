/**
 * What keeps the messages of rooms, so that who missed some can have them: the interface behind which this process's
 * memory stands, and what is shared by several processes. Pure.
 *
 * Everything may be answered at once or by a promise: what is at hand is had without waiting.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import type { Position, Recovery } from "../protocol/messages.ts";

/** A message as it is handed to the logs, for one room or for several. */
export interface LoggedMessage {
  /** Which of the messages of this node it is, counted up from one to the next: whatever has missed several gets them in this order. */
  readonly order: number;
  /** What stands in the frame for managed peers: without positions at first, with them once they are known. */
  payload: Payload;
  /** The ids of the sessions that it is not for. */
  readonly except: ReadonlySet<string> | undefined;
  /** The rooms whose members it is not for. Those that are connected are among {@linkcode LoggedMessage.except} already. */
  readonly exceptRooms: readonly string[];
  /** The state that it is, where logs keep states by key. */
  readonly key: string | undefined;
}

/** A message in a log. */
export interface LogRecord {
  /** Its number in the log. */
  readonly offset: number;
  /** The message. */
  readonly message: LoggedMessage;
}

/** What a log has to say to a position. */
export interface LogReading {
  /** What becomes of the position. */
  readonly recovery: Recovery;
  /** What stands behind it, or, where it is not recovered, what a new reader is to have: the oldest first. */
  readonly records: readonly LogRecord[];
}

/** A value, or a promise of it. */
export type Eventual<Value> = Value | PromiseLike<Value>;

/** Logs by room. */
export interface Logs {
  /** Whether messages to a room are kept at all. */
  keeps(room: string): boolean;
  /** Whether the log of a room keeps states, which who comes in gets. */
  keepsStates(room: string): boolean;
  /** Puts a message at the end of the log of a room, and gives its number. Only for a room whose messages are kept. */
  append(room: string, message: LoggedMessage): Eventual<number>;
  /** Where a new member of a room begins to read, and what stands behind that: states, where the log keeps those. */
  begin(room: string): Eventual<LogReading>;
  /** What stands behind a position. */
  missed(room: string, since: Position): Eventual<LogReading>;
  /** Where the log of a room ends, as far as this node knows; `undefined` where nothing is kept. */
  end(room: string): Position | undefined;
  /** The newest messages of a room, the oldest of them first. */
  newest(room: string, limit: number): Eventual<LogReading>;
  /** Forgets what is kept for a room, or of one key. Positions stay what they are. */
  forget(room: string, key?: string): void;
  /** Somebody who has a position in a room is gone, and may come back: the position is to mean something for a while. */
  touch(room: string): void;
}
