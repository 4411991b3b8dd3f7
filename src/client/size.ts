/**
 * The sizes of frames. Pure.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";

/** How many bytes a frame's content has. */
export function byteLength(frame: Payload): number {
  return typeof frame === "string" ? new TextEncoder().encode(frame).length : frame.length;
}

/** Whether it has more than `maxBytes`. Counts only where the number of characters leaves doubt. */
export function exceeds(frame: Payload, maxBytes: number): boolean {
  return frame.length * 3 > maxBytes && byteLength(frame) > maxBytes;
}
