/**
 * The forms of one message: what stands in the frame for a plain and for a managed peer, each made once. Pure.
 *
 * @module
 */

import { encodeBinary, encodeManaged, encodePlain, type Payload } from "../protocol/codec.ts";
import type { Sendable } from "../protocol/messages.ts";

/**
 * Encodes a message for one peer.
 *
 * @throws {TypeError} If it cannot be sent.
 */
export function encode(message: Sendable, isManaged: boolean): Payload {
  return isManaged ? encodeManaged(message) : encodePlain(message);
}

/** Where a message stands in the logs of its rooms, in their order; `null` for a room whose messages are not kept. */
export type Offsets = readonly (number | null)[];

/** One message for many. */
export class Forms {
  /** The message. */
  readonly message: Sendable;
  /** The rooms that it is sent to; none for everybody. */
  readonly rooms: readonly string[] | undefined;
  /** Where it stands in their logs, as soon as that is known. */
  offsets: Offsets = [];
  readonly #plain: Payload;
  #members: Readonly<Record<string, unknown>>;
  /** What managed peers get, without what stands beside it. Encoded once, also where that changes. */
  #base: Payload | undefined;
  #managed: Payload | undefined;

  /**
   * Encodes a message, at once: what cannot be sent is refused also where nobody is connected.
   *
   * @param members What managed peers are told beside it; the rooms, where nothing else is said.
   * @throws {TypeError} If it cannot be sent.
   * @throws {RangeError} If it is bytes, and the names of its rooms are too long for a header.
   */
  constructor(
    message: Sendable,
    rooms: readonly string[] | undefined,
    members: Readonly<Record<string, unknown>> = rooms === undefined ? NONE : { $room: nameOf(rooms) },
  ) {
    this.message = message;
    this.rooms = rooms;
    this.#plain = encodePlain(message);
    this.#members = members;
    // The header of bytes may be too small for the names of many rooms, and where the message stands in them.
    if (typeof this.#plain !== "string" && rooms !== undefined && rooms.length > 1) {
      encodeBinary(NO_BYTES, { ...this.#members, $at: rooms.map(() => Number.MAX_SAFE_INTEGER) });
    }
  }

  /** The payload for a peer of this kind. */
  of(isManaged: boolean): Payload {
    return isManaged ? this.#managed ??= this.#encodeManaged() : this.#plain;
  }

  /** Tells managed peers where the message stands, and which state it is. */
  place(offsets: Offsets, key: string | undefined): void {
    this.offsets = offsets;
    const at = { $at: offsets.length === 1 ? offsets[0] : offsets };
    this.#add(key === undefined ? at : { ...at, $key: key });
  }

  /** Tells managed peers that nobody sends the message again. */
  leaveOut(): void {
    this.#add({ $volatile: true });
  }

  /** Asks managed peers to acknowledge it at once. */
  wantAck(): void {
    this.#add({ $ack: true });
  }

  /** Another message in the place of this one. */
  with(message: Sendable): Forms {
    return new Forms(message, this.rooms, this.#members);
  }

  #add(members: Readonly<Record<string, unknown>>): void {
    this.#members = { ...this.#members, ...members };
    this.#managed = undefined;
  }

  #encodeManaged(): Payload {
    const plain = this.#plain;
    if (typeof plain !== "string") return encodeBinary(plain, this.#members === NONE ? undefined : this.#members);
    return withMembers(this.#base ??= encodeManaged(this.message, plain), this.#members);
  }
}

const NONE: Readonly<Record<string, unknown>> = {};

function nameOf(rooms: readonly string[]): string | readonly string[] {
  return rooms.length === 1 ? rooms[0]! : rooms;
}

const NO_BYTES = new Uint8Array();

/** Adds members of the protocol to a message that is encoded already: an object that is not empty. */
export function withMembers(payload: Payload, members: Readonly<Record<string, unknown>>): Payload {
  if (typeof payload !== "string") return payload;
  let text = payload.slice(0, -1);
  for (const name in members) text += `,"${name}":${JSON.stringify(members[name])}`;
  return `${text}}`;
}
