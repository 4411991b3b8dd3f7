/**
 * How far a peer has been brought that is catching up. Pure.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import type { Position } from "../protocol/messages.ts";
import type { Alarm } from "./scheduler.ts";

/** How far a peer has been brought. */
export interface Replay {
  /** How far each room was read. */
  readonly rooms: Map<string, ReplayRoom>;
  /** The answers to joins of rooms without a log, by room: before that, nothing of the room is sent. */
  readonly answers: Map<string, { readonly number: number; readonly notAfter: number }>;
  /** The number up to which what was sent to it alone was read. */
  inbox: number;
  /** What was read and not sent. */
  items: readonly ReplayItem[];
  /** The next one of these. */
  at: number;
  /** Rings when the socket is to be looked at again. */
  readonly alarm: Alarm;
  /** Whether a log is being read that takes its time. */
  isReading: boolean;
  /** Whether something was written down since the last reading began that is to be read. Written by whoever does so, too. */
  isBehind: boolean;
}

/** How far a room was read. */
export interface ReplayRoom {
  readonly position: Position;
  /** Nothing of the room goes before what was sent until then: the answer to the wish to be in there. */
  readonly notBefore: number;
}

/** Something to be sent. */
export interface ReplayItem {
  readonly order: number;
  readonly payload: Payload;
  /** The rooms from which it was read; none for what was sent to the peer alone. */
  readonly rooms: readonly string[];
}

/** Whether the answer to the join of a room without a log has still to be sent. */
export function isUnanswered({ answers, inbox, items, at }: Replay, room: string): boolean {
  const answer = answers.get(room);
  if (answer === undefined) return false;
  return inbox < answer.number || (at < items.length && items[at]!.order < answer.notAfter);
}
