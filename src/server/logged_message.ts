/**
 * From what stands in a log back to the message of the application. Pure.
 *
 * @module
 */

import { decodeBinary, decodeManaged, encodePlain, type Payload, reservedOf } from "../protocol/codec.ts";
import type { Sendable } from "../protocol/messages.ts";

/** A message that was read from a log. */
export interface ReadMessage {
  /** The message, as the application had given it, or as JSON makes it. */
  readonly message: Sendable;
  /** What the protocol had to say beside it. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** Reads what stands in the frame of a managed peer. */
export function messageOf(payload: Payload): ReadMessage {
  if (typeof payload !== "string") {
    const { header, payload: bytes } = decodeBinary(payload);
    return { message: bytes, members: header };
  }
  if (isValue(payload)) {
    const { type: _, data = null, ...members } = JSON.parse(payload);
    return { message: data, members };
  }
  const [message] = decodeManaged(payload);
  return { message: message!, members: reservedOf(message!) ?? {} };
}

/** What a plain peer gets of it. */
export function plainOf(payload: Payload): Payload {
  return encodePlain(messageOf(payload).message);
}

function isValue(payload: string): boolean {
  return payload.startsWith('{"type":"$value"');
}
