/**
 * Who gets a broadcast and who does not: by id, by room, by the choice of the application, and by how far a peer has been
 * brought that is catching up.
 *
 * @module
 */

import { ALL_ROOM } from "../protocol/messages.ts";
import { isPicked, type NamedAudience } from "./audience.ts";
import type { ServerConnection } from "./connection.ts";
import type { Forms } from "./forms.ts";
import type { Logs } from "./logs.ts";
import type { OutboundParts } from "./outbound_types.ts";
import { isUnanswered, type Replay } from "./replay.ts";
import type { Session } from "./session.ts";

/** What tells of a connection whether it is picked. */
export type Where<Data> = (connection: ServerConnection<Data>) => boolean;

/** Chooses. */
export class Recipients<Data> {
  readonly #parts: Pick<OutboundParts<Data>, "find" | "rooms" | "failed">;

  /** Puts the part together. */
  constructor(parts: Pick<OutboundParts<Data>, "find" | "rooms" | "failed">) {
    this.#parts = parts;
  }

  /** Those that the application picks; all where it does not choose. */
  pick(
    candidates: readonly ServerConnection<Data>[],
    where: Where<Data> | undefined,
  ): readonly ServerConnection<Data>[] {
    return where === undefined ? candidates : candidates.filter((connection) => this.isPicked(connection, where));
  }

  /** Those who get nothing. Found by id once: an id that nobody has read is not made for a comparison. */
  leftOut(
    { except, exceptRooms }: NamedAudience,
    sender: ServerConnection<Data> | undefined,
  ): ReadonlySet<ServerConnection<Data>> {
    if (except.length === 0 && exceptRooms.length === 0 && sender === undefined) return NOBODY;
    const leftOut = new Set<ServerConnection<Data>>();
    // A handler may run on where its connection was cut, and its peer be here with another one.
    if (sender !== undefined) leftOut.add(sender.session?.connection ?? sender);
    for (const id of except) {
      const found = this.#parts.find(id);
      if (found !== undefined) leftOut.add(found);
    }
    if (exceptRooms.length > 0) {
      for (const member of this.#parts.rooms.receivers({ rooms: exceptRooms })) leftOut.add(member);
    }
    return leftOut;
  }

  /** Whether the application picks this one. */
  isPicked(connection: ServerConnection<Data>, where: Where<Data>): boolean {
    try {
      return isPicked(where(connection));
    } catch (error) {
      this.#parts.failed(connection, error);
      return false;
    }
  }
}

/** Whether one of these rooms, in which the connection is, is being read for it. */
export function isReadFor<Data>({ places }: ServerConnection<Data>, rooms: readonly string[], replay: Replay): boolean {
  return rooms.some((room) => replay.rooms.has(room) && (room === ALL_ROOM || places?.has(room) === true));
}

/** Whether none of its rooms to which a message goes has been answered that it is in there: it has not begun to listen. */
export function isTooEarlyFor<Data>(
  { places }: ServerConnection<Data>,
  rooms: readonly string[],
  replay: Replay,
): boolean {
  if (replay.answers.size === 0) return false;
  return rooms.every((room) => isUnanswered(replay, room) || (room !== ALL_ROOM && places?.has(room) !== true));
}

/** Whether a message is for a session whose client is away, as far as rooms and ids tell. */
export function isAwayFrom<Data>(
  { id, rooms }: Session<Data>,
  { rooms: named, except, exceptRooms }: NamedAudience,
): boolean {
  const isIn = (room: string): boolean => rooms?.names.includes(room) === true;
  return !except.includes(id) && !exceptRooms.some(isIn) && (named === undefined || named.some(isIn));
}

/** The ids of sessions that a message is not for: of connections that are left out, and those that were named. */
export function idsOf<Data>(
  leftOut: ReadonlySet<ServerConnection<Data>>,
  except: readonly string[],
): ReadonlySet<string> | undefined {
  if (leftOut.size === 0 && except.length === 0) return undefined;
  const ids = new Set(except);
  for (const { session } of leftOut) if (session !== undefined) ids.add(session.id);
  return ids;
}

/**
 * A message waits until it is read from the log of one of its rooms: in its other ones nothing may overtake it, or its
 * peer takes it for one that it has had. They are read from here on as well.
 */
export function readOn<Data>(
  { places }: ServerConnection<Data>,
  { rooms = [], offsets }: Forms,
  replay: Replay,
  logs: Pick<Logs, "end">,
): void {
  for (const [at, room] of rooms.entries()) {
    const offset = offsets[at] ?? null;
    if (offset === null || places?.has(room) !== true || replay.rooms.has(room)) continue;
    const { epoch } = logs.end(room)!;
    replay.rooms.set(room, { position: { epoch, offset: offset - 1 }, notBefore: 0 });
  }
}

const NOBODY: ReadonlySet<never> = new Set();
