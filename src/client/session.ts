/**
 * What a client remembers of a session across connections: the numbers of counted messages in both directions, what was
 * sent and is not acknowledged, and how far the logs of rooms were read. Pure.
 *
 * Numbers are written into no message: both sides count. docs/PROTOCOL.md, "Sessions" and the two sections behind it.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import {
  ALL_ROOM,
  type HelloMessage,
  type Position,
  type Recovery,
  RESUME,
  type WebSocketMessage,
  type WelcomeMessage,
} from "../protocol/messages.ts";
import { askForAck, breach, isOurs } from "./managed_codec.ts";
import { byteLength, exceeds } from "./size.ts";

/** A message that was sent and is not acknowledged. */
export interface SentMessage {
  /** As the application gave it, or what stands for it. */
  readonly message: unknown;
  /** As it was sent. */
  readonly frame: Payload;
  /** What it is accounted with. */
  readonly bytes: number;
}

/** What a welcome makes of a session. */
export interface Beginning {
  /** Whether the session goes on. */
  readonly isResumed: boolean;
  /** Whether there was one, and it is over. */
  readonly isLost: boolean;
  /** Whether messages of the server are lost, as it did not keep them for long enough. */
  readonly isBehind: boolean;
  /** Whether messages of ours are lost, as we did not keep them. */
  readonly hasGap: boolean;
  /** What has to be sent again, in this order, before anything else that is counted. */
  readonly again: readonly SentMessage[];
}

/** A session, from the first connection until the client is closed. */
export interface Session {
  /** Whether the present connection has the feature. */
  readonly isActive: boolean;
  /** Whether the session may go on with the next connection. */
  readonly isAlive: boolean;
  /** What a hello says of it. */
  hello(): Partial<HelloMessage>;
  /**
   * A connection begins.
   *
   * @throws {ProtocolError} If the server has received what was never sent.
   */
  begin(welcome: WelcomeMessage): Beginning;
  /**
   * Gives a message that is about to be sent its number, and keeps it. Returns what is to be sent; `undefined` where too
   * much waits to be acknowledged.
   *
   * @param isUrgent Whether the acknowledgement is waited for.
   * @param maxBytes What a frame may have.
   */
  keep(message: unknown, frame: Payload, isUrgent: boolean, maxBytes: number): Payload | undefined;
  /**
   * The server has handled our messages up to this one. Returns those that it had not before.
   *
   * @throws {ProtocolError} If there was no such message.
   */
  acknowledged(n: number): readonly SentMessage[];
  /**
   * A message was received; `beside` is what it says to the protocol. Returns whether it is new: it is not where it was
   * read from the log of its room before.
   */
  arrived(message: WebSocketMessage, beside: Readonly<Record<string, unknown>>): boolean;
  /** A message was handed to its application. */
  handed(message: WebSocketMessage): void;
  /** How many messages wait to be acknowledged by us; `Infinity` where the server waits for it. */
  owed(): number;
  /** Counts them as acknowledged, and returns the number to tell. */
  acknowledge(): number;
  /** How far the log of a room was read; `undefined` where that is not known. */
  positionOf(room: string): Position | undefined;
  /** Notes where we stand in the log of a room; without a place, forgets it. */
  locate(room: string, place?: Recovery): void;
}

/** How far we have read the log of a room. */
interface Place extends Position {
  /** What lies behind this and not behind `missedTo` we have not had: the place was made anew. */
  readonly missedFrom: number;
  readonly missedTo: number;
  /** Whether the present connection goes on from here: else what it sends of this room is not all that there is. */
  readonly isCurrent: boolean;
}

/** How much may wait to be acknowledged. */
export interface SessionBounds {
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
}

/** The most positions that a hello may have. */
const MAX_POSITIONS = 1_024;

/** An answer to nobody. It takes the number of an answer whose question went down with its session. */
const NO_ANSWER = '{"type":"$reply","id":"","data":null}';

/** Makes a session in which nothing was said; `stream` is the name of its row of numbers. */
export function createSession({ maxQueuedMessages, maxQueuedBytes }: SessionBounds, stream: string): Session {
  /** Sent and not acknowledged, the oldest first; the first one has the number `first`. */
  let sent: SentMessage[] = [];
  let sentBytes = 0;
  let first = 1;
  /** The number of the last message that was received, of the last that we acknowledged, of the last that is urgent. */
  let received = 0;
  let acked = 0;
  let urgent = 0;
  /** Received and not handed on yet, with their numbers, which grow. */
  const waiting = new Map<WebSocketMessage, number>();
  const places = new Map<string, Place>();
  let resume: HelloMessage["resume"];
  let isActive = false;

  return {
    get isActive() {
      return isActive;
    },
    get isAlive() {
      return !!resume;
    },
    hello: () => ({
      features: [RESUME],
      stream,
      next: first,
      ...resume && { received, resume },
      ...places.size > 0 && {
        positions: Object.fromEntries(
          [...places].slice(0, MAX_POSITIONS).map(([room, { epoch, offset }]) => [room, { epoch, offset }]),
        ),
      },
    }),
    begin({ id, resumed, features, session, received: taken = 0, next = 1 }) {
      isActive = features.includes(RESUME) && !!session;
      const isResumed = isActive && resumed && !!resume;
      const isLost = !!resume && !isResumed;
      const isBehind = isResumed && next > received + 1;
      const hasGap = taken + 1 < first;
      resume = isActive ? { id, secret: session!.secret } : undefined;
      received = next - 1;
      urgent = 0;
      for (const [room, place] of places) places.set(room, { ...place, isCurrent: false });
      // An acknowledgement may have been on the way when the connection was lost: it is given again.
      acked = isResumed ? 0 : received;
      if (!isResumed) {
        waiting.clear();
        sent = sent.map((each) => isAnswer(each.frame) ? { ...each, frame: NO_ANSWER } : each);
      }
      const skip = Math.max(taken + 1 - first, 0);
      if (skip > sent.length) throw breach();
      const again = sent.slice(skip);
      // Nobody will acknowledge it.
      if (!isActive) release(sent.length);
      return { isResumed, isLost, isBehind, hasGap: isResumed && hasGap, again };
    },
    keep(message, frame, isUrgent, maxBytes) {
      if (!isActive) return frame;
      const count = sent.length;
      const isFull = count >= maxQueuedMessages || sentBytes >= maxQueuedBytes;
      if (isFull && count > 0) return undefined;
      const bytes = byteLength(frame);
      // Before there is no room left, so that nothing has to wait as long as an acknowledgement may take.
      const isFilling = !isFull && ((count + 1) * 2 > maxQueuedMessages || (sentBytes + bytes) * 2 > maxQueuedBytes);
      if (isUrgent || isFilling) {
        const marked = askForAck(frame);
        if (!exceeds(marked, maxBytes)) frame = marked;
      }
      // Where nothing may be kept, it goes all the same.
      if (isFull && !isUrgent) first++;
      else {
        sent.push({ message, frame, bytes });
        sentBytes += bytes;
      }
      return frame;
    },
    acknowledged(n) {
      const count = n + 1 - first;
      if (count > sent.length) throw breach();
      return release(Math.max(count, 0));
    },
    arrived(message, beside) {
      if (!isActive) return true;
      const { type } = message;
      const { $at, $room = ALL_ROOM } = beside;
      const isCounted = isOurs(type)
        ? type === "$reply" || type === "$error"
        : $at === undefined && beside.$volatile === undefined;
      if (isCounted) {
        waiting.set(message, ++received);
        if (beside.$ack === true) urgent = received;
      } else if ($at !== undefined) {
        const offsets = [$at].flat();
        const read = [$room].flat().flatMap((room, i) => {
          const place = places.get(room as string);
          return place && typeof offsets[i] === "number" ? [{ room: room as string, place, at: offsets[i] }] : [];
        });
        const ahead = read.filter(({ at, place }) => at > place.offset);
        const wasHad = read.some(({ at, place: { offset, missedFrom, missedTo } }) =>
          at <= offset && !(at > missedFrom && at <= missedTo)
        );
        for (const { room, place, at } of ahead) if (place.isCurrent) places.set(room, { ...place, offset: at });
        if (wasHad || (read.length > 0 && ahead.length === 0)) return false;
      }
      return true;
    },
    handed: (message) => {
      waiting.delete(message);
    },
    owed() {
      const handled = handledUpTo();
      return acked < urgent && urgent <= handled ? Infinity : handled - acked;
    },
    acknowledge: () => acked = handledUpTo(),
    positionOf,
    locate(room, { epoch, offset, reason } = {}) {
      const known = places.get(room);
      const isSame = known?.epoch === epoch;
      if (epoch === undefined || offset === undefined) places.delete(room);
      // The answer to a join tells where we were when we asked: what was read since then would come again.
      else if (isSame && reason !== "ahead" && offset <= known!.offset) {
        places.set(room, { ...known!, isCurrent: true });
      } else {
        places.set(room, { epoch, offset, missedFrom: isSame ? known!.offset : -1, missedTo: offset, isCurrent: true });
      }
    },
  };

  function positionOf(room: string): Position | undefined {
    const place = places.get(room);
    return place && { epoch: place.epoch, offset: place.offset };
  }

  function handledUpTo(): number {
    const [next = received + 1] = waiting.values();
    return next - 1;
  }

  /** Lets go of the oldest. */
  function release(count: number): readonly SentMessage[] {
    const released = sent.splice(0, count);
    for (const { bytes } of released) sentBytes -= bytes;
    first += released.length;
    return released;
  }
}

/** Whether a frame of ours holds the answer to a question of the server. */
export function isAnswer(frame: Payload): boolean {
  return typeof frame === "string" && /^{"type":"\$(reply|error)"/.test(frame);
}
