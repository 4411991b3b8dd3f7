/**
 * Messages that wait for the connection to come back: in order, bounded by count, bytes and age.
 *
 * @module
 */

import { BoundedQueue } from "../internal/bounded_queue.ts";
import type { Payload } from "../protocol/codec.ts";
import type { Sendable } from "../protocol/messages.ts";
import type { ClientOptions } from "./options.ts";
import { byteLength } from "./size.ts";

/** A message that waits. */
export interface OutboxEntry {
  /** As the application gave it. */
  readonly message: Sendable;
  /** As it will be sent. */
  readonly frame: Payload;
  /** When it is too old. */
  readonly expiresAt: number;
}

/** Messages that wait. */
export interface Outbox {
  /** How many there are. */
  readonly size: number;
  /** Lets a message wait, or drops it where a bound does not allow that. */
  add(message: Sendable, frame: Payload): "queued" | "dropped";
  /** Takes out all messages, the oldest first. */
  drain(take: (entry: OutboxEntry) => void): void;
  /** Drops what has waited too long, as any other call does too. */
  expire(): void;
}

/** Makes an empty outbox; `drop` is called with messages that found no room, or waited too long, and the bound. */
export function createOutbox(
  options: ClientOptions,
  drop: (message: Sendable, reason: "messages" | "bytes" | "age", limit: number) => void,
): Outbox {
  const { maxQueuedMessages, maxQueuedBytes, maxQueuedAgeMs, platform } = options;
  const queue = new BoundedQueue<OutboxEntry>(maxQueuedMessages, maxQueuedBytes);

  return {
    get size() {
      return queue.size;
    },
    add(message, frame) {
      expire();
      const bytes = byteLength(frame);
      const bound = queue.refuses(bytes);
      if (bound) {
        drop(message, bound, bound === "messages" ? maxQueuedMessages : maxQueuedBytes);
        return "dropped";
      }
      // The application may write into its bytes again before they are sent.
      queue.push({ message, frame: frame.slice() as Payload, expiresAt: platform.now() + maxQueuedAgeMs }, bytes);
      return "queued";
    },
    drain(take) {
      expire();
      for (let entry = queue.shift(); entry; entry = queue.shift()) take(entry);
    },
    expire,
  };

  function expire(): void {
    const now = platform.now();
    let next = queue.peek();
    for (; next && next.expiresAt <= now; next = queue.peek()) {
      queue.shift();
      drop(next.message, "age", maxQueuedAgeMs);
    }
  }
}
