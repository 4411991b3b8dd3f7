/**
 * Applies the filters of rooms: what they make of a message for one of its receivers, as it is sent and as it is read from
 * a log.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import { ALL_ROOM, type Sendable } from "../protocol/messages.ts";
import type { ServerConnection } from "./connection.ts";
import { Forms } from "./forms.ts";
import { refusePromise } from "./guard.ts";
import { messageOf } from "./logged_message.ts";
import type { OutboundParts, OutgoingFilter } from "./outbound_types.ts";

/** Refines. */
export class Refiner<Data> {
  readonly #parts: Pick<OutboundParts<Data>, "rooms" | "check" | "failed">;

  /** Puts the part together. */
  constructor(parts: Pick<OutboundParts<Data>, "rooms" | "check" | "failed">) {
    this.#parts = parts;
  }

  /** What a member of rooms gets of a message from their logs: what their filters make of it; `undefined` for nothing. */
  refine(connection: ServerConnection<Data>, rooms: readonly string[], payload: Payload): Payload | undefined {
    const filter = rooms[0] === ALL_ROOM ? undefined : this.#parts.rooms.filter(rooms);
    if (filter === undefined) return payload;
    const { message, members } = messageOf(payload);
    const changed = this.#changed(connection, message, filter);
    if (changed === undefined) return undefined;
    return changed === message ? payload : new Forms(changed, undefined, members).of(true);
  }

  /** What a filter makes of a message for one receiver; nothing where it keeps it from it. */
  filtered(
    connection: ServerConnection<Data>,
    forms: Forms,
    filter: OutgoingFilter<Data>,
    isIn?: (room: string) => boolean,
  ): Forms | undefined {
    const changed = this.#changed(connection, forms.message, filter, isIn);
    if (changed === undefined) return undefined;
    return changed === forms.message ? forms : forms.with(changed);
  }

  #changed(
    connection: ServerConnection<Data>,
    message: Sendable,
    filter: OutgoingFilter<Data>,
    isIn?: (room: string) => boolean,
  ): Sendable | undefined {
    try {
      const changed = filter(connection, message, isIn);
      if (changed === undefined || changed === null) return undefined;
      if (changed === message) return message;
      refusePromise('"outgoing" of a room', changed);
      this.#parts.check?.(changed);
      return changed;
    } catch (error) {
      this.#parts.failed(connection, error);
      return undefined;
    }
  }
}
