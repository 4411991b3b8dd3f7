/**
 * What the parts know of how a peer is brought up to date. Pure.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import type { ControlMessage, Position } from "../protocol/messages.ts";
import type { ServerConnection } from "./connection.ts";
import type { Logs } from "./logs.ts";
import type { Roster } from "./roster.ts";
import type { Alarm, Scheduler } from "./scheduler.ts";
import type { SendOutcome } from "./types.ts";

/** How fast. */
export interface ReplayLimits {
  /** Above this many bytes waiting in the socket, the replay waits. */
  readonly highWaterBytes: number;
  /** Messages of one frame. */
  readonly maxGatheredMessages: number;
  /** Bytes of one frame. */
  readonly maxGatheredBytes: number;
}

/** The other parts that this one needs. */
export interface ReplayParts<Data> {
  readonly logs: Logs;
  readonly roster: Roster<Data>;
  readonly scheduler: Scheduler;
  /** Whether a connection is in a room. */
  isIn(connection: ServerConnection<Data>, room: string): boolean;
  /** The place of the next message among all of this node. */
  nextOrder(): number;
  /** Hands a payload to the socket. */
  transmit(connection: ServerConnection<Data>, payload: Payload): SendOutcome;
  /** Sends one of our own messages. */
  control(connection: ServerConnection<Data>, message: ControlMessage): void;
  /** Hands over what was gathered. */
  flush(connection: ServerConnection<Data>): void;
  /** What a member gets of a message from a log; `undefined` where it gets nothing. */
  refine(connection: ServerConnection<Data>, rooms: readonly string[], payload: Payload): Payload | undefined;
  /** Ends a connection that cannot be brought up to date. */
  kill(connection: ServerConnection<Data>, code: number, reason: string): void;
  /** Reading failed. */
  failed(connection: ServerConnection<Data>, error: unknown): void;
}

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
