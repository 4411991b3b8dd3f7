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

/** One message for many. */
export class Forms {
  /** The message. */
  readonly message: Sendable;
  /** The rooms that it is sent to; none for everybody. */
  readonly rooms: readonly string[] | undefined;
  readonly #plain: Payload;
  #managed: Payload | undefined;

  /**
   * Encodes a message, at once: what cannot be sent is refused also where nobody is connected.
   *
   * @throws {TypeError} If it cannot be sent.
   */
  constructor(message: Sendable, rooms: readonly string[] | undefined) {
    this.message = message;
    this.rooms = rooms;
    this.#plain = encodePlain(message);
    // The header of bytes may be too small for the names of many rooms.
    if (typeof this.#plain !== "string" && rooms !== undefined && rooms.length > 1) {
      this.#managed = this.#encodeManaged();
    }
  }

  /** The payload for a peer of this kind. */
  of(isManaged: boolean): Payload {
    return isManaged ? this.#managed ??= this.#encodeManaged() : this.#plain;
  }

  /** Managed peers learn for which room a message is. */
  #encodeManaged(): Payload {
    const { message, rooms } = this;
    const plain = this.#plain;
    if (rooms === undefined) return encodeManaged(message, plain);
    const name = rooms.length === 1 ? rooms[0] : rooms;
    if (typeof plain !== "string") return encodeBinary(plain, { $room: name });
    return withMember(encodeManaged(message, plain), "$room", name);
  }
}

/** Adds a member of the protocol to a message that is encoded already: an object that is not empty. */
export function withMember(payload: Payload, name: string, value: unknown): Payload {
  if (typeof payload !== "string") return payload;
  return `${payload.slice(0, -1)},"${name}":${JSON.stringify(value)}}`;
}
