/**
 * What the outbound part asks of the others.
 *
 * @module
 */

import type { Sendable } from "../protocol/messages.ts";
import type { ServerConnection } from "./connection.ts";
import type { Delivery } from "./delivery.ts";
import type { Gatherer } from "./gatherer.ts";
import type { Logs } from "./logs.ts";
import type { Roster } from "./roster.ts";
import type { Audience } from "./rooms.ts";
import type { Session } from "./session.ts";
import type { Counters } from "./stats.ts";
import type { BroadcastOutcome } from "./types.ts";

/** The other parts that this one needs. */
export interface OutboundParts<Data> {
  readonly roster: Roster<Data>;
  readonly gatherer: Gatherer<Data>;
  readonly delivery: Delivery<Data>;
  readonly logs: Logs;
  readonly counters: Counters;
  /** The place of the next message among all of this node. */
  nextOrder(): number;
  /** A call of the application was carried out. */
  sent(message: Sendable, outcome: BroadcastOutcome): void;
  /** The application's choice of receivers threw for this one, or what changes messages on their way to it. */
  failed(connection: ServerConnection<Data> | undefined, error: unknown): void;
  /** Finds an open connection. */
  find(id: string): ServerConnection<Data> | undefined;
  /** The sessions whose clients are away. */
  away(): readonly Session<Data>[];
  /** The members of rooms. */
  readonly rooms: RoomReceivers<Data>;
  /** Checks an application's message against the contract, where outgoing messages are checked; throws what is wrong. */
  readonly check: ((message: Sendable) => void) | undefined;
}

/**
 * Changes a message for one of its receivers, or keeps it from it. `isIn` tells of one that is away in which rooms it is.
 */
export type OutgoingFilter<Data> = (
  connection: ServerConnection<Data>,
  message: Sendable,
  isIn?: (room: string) => boolean,
) => Sendable | null | undefined;

/** What the outbound part asks of the rooms. */
export interface RoomReceivers<Data> {
  /** Who gets a message: each once, as a list that does not change. */
  receivers(audience: Audience<ServerConnection<Data>>): readonly ServerConnection<Data>[];
  /** What changes a message on its way to the members, if there is such a rule for one of the rooms. */
  filter(rooms: readonly string[]): OutgoingFilter<Data> | undefined;
  /** Tells the server's own code that subscribed to one of the rooms. */
  tell(rooms: readonly string[], message: Sendable): void;
}
