/**
 * Puts messages that are sent in one turn into one frame.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import { byteLength } from "./size.ts";

/** Gathers what is sent on one connection. */
export interface Gatherer {
  /** Sends a frame: text with others in an array, soon; bytes at once, behind all that came before. */
  send(frame: Payload): void;
  /** Sends what was gathered. */
  flush(): void;
  /** Sets what the server takes in one frame; until then that is one message. */
  allow(maxMessages: number, maxBytes: number): void;
}

/** What a frame is filled up to, in bytes: enough that its head costs nothing, and not so much that it takes long. */
const MAX_GATHERED_BYTES = 65_536;

/** Makes a gatherer in front of what sends frames. */
export function createGatherer(send: (frame: Payload) => void): Gatherer {
  let texts: string[] = [];
  /** Of the frame as it would be sent. */
  let bytes = 0;
  let maxMessages = 1;
  let maxBytes = MAX_GATHERED_BYTES;

  return {
    send(frame) {
      if (typeof frame !== "string") {
        flush();
        return send(frame);
      }
      const added = byteLength(frame) + 1;
      if (bytes + added > maxBytes) flush();
      bytes += added;
      const count = texts.push(frame);
      if (count >= maxMessages) flush();
      else if (count === 1) queueMicrotask(flush);
    },
    flush,
    allow(messages, maxFrameBytes) {
      maxMessages = messages;
      // The array has a bracket more than it has commas.
      maxBytes = Math.min(MAX_GATHERED_BYTES, maxFrameBytes) - 1;
    },
  };

  function flush(): void {
    const [only, ...others] = texts;
    texts = [];
    bytes = 0;
    if (only) send(others[0] ? `[${only},${others.join()}]` : only);
  }
}
