/**
 * Places in the logs of rooms, what becomes of them, and what is read from there. Pure.
 *
 * @module
 */

import type { WebSocketMessage } from "./messages.ts";

/** The name under which the log of everybody stands among those of rooms. */
export const ALL_ROOM = "$all";

/** A place in a log. */
export interface Position {
  /** Which life of the log: offsets of another one mean nothing in it. */
  readonly epoch: string;
  /** The number of a message in it; 0 stands before the first. */
  readonly offset: number;
}

/** Why a position is not recovered. There may come to be others. */
export type RecoveryReason = "too_old" | "new_epoch" | "ahead" | "no_log";

/** What becomes of a position. */
export interface Recovery {
  /** The epoch of the log; absent where the room keeps none. */
  readonly epoch?: string;
  /** The position from here on. */
  readonly offset?: number;
  /** Whether all that was missed since the position that was given follows; absent where none was given. */
  readonly recovered?: boolean;
  /** Why not. */
  readonly reason?: string;
}

/**
 * What was read of the log of a room; with `epoch` and `offset`, the place of the last message, or of the end of the log where
 * there is none, and with what became of `since`, where one was given.
 */
export interface RoomHistory extends Recovery {
  /** The messages, the oldest first, each with its number in the log. */
  readonly messages: readonly HistoryEntry[];
}

/** A message of a log. */
export interface HistoryEntry {
  /** Its number. */
  readonly offset: number;
  /** The message, as a client gets it: text as `{ type: "text", data }`, bytes as `{ type: "binary", data }`. */
  readonly message: WebSocketMessage;
}
