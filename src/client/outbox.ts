/**
 * Messages that wait for the connection to come back: in order, bounded by count, bytes and age.
 *
 * @module
 */

import type { Payload } from "../protocol/codec.ts";
import type { Sendable } from "../protocol/messages.ts";
import type { ClientOptions } from "./options.ts";
import { createShelf, type ShelfItem } from "./shelf.ts";
import { byteLength } from "./size.ts";

/** A message that waits. */
export interface OutboxEntry extends ShelfItem {
  /** As the application gave it. */
  readonly message: Sendable;
  /** As it will be sent. */
  readonly frame: Payload;
  /** When it is too old. */
  readonly expiresAt: number;
}

/** Messages that wait. */
export interface Outbox {
  /** The messages, the oldest first. */
  readonly items: ReadonlySet<OutboxEntry>;
  /** Lets a message wait, or drops it where a bound does not allow that. */
  add(message: Sendable, frame: Payload): "queued" | "dropped";
  /** Takes a message out. */
  remove(entry: OutboxEntry): void;
  /** Gives all messages to `take`, the oldest first, and takes them out, until it says `false`. */
  drain(take: (entry: OutboxEntry) => unknown): void;
  /** Drops what has waited too long, as any other call does too. */
  expire(): void;
}

/** Makes an empty outbox; `drop` is called with messages that found no room, or waited too long, and the bound. */
export function createOutbox(
  { maxQueuedMessages, maxQueuedBytes, maxQueuedAgeMs, platform }: ClientOptions,
  drop: (message: Sendable, reason: "messages" | "bytes" | "age", limit: number) => void,
): Outbox {
  const { items, add, remove } = createShelf<OutboxEntry>(maxQueuedMessages, maxQueuedBytes, drop);

  return {
    items,
    add(message, frame) {
      expire();
      const expiresAt = platform.now() + maxQueuedAgeMs;
      // The application may write into its bytes again before they are sent.
      const entry = { message, frame: frame.slice() as Payload, bytes: byteLength(frame), expiresAt };
      return add(entry) ? "queued" : "dropped";
    },
    remove,
    drain(take) {
      expire();
      for (const entry of items) {
        if (take(entry) === false) break;
        remove(entry);
      }
    },
    expire,
  };

  function expire(): void {
    for (const entry of items) {
      // Those behind it came later.
      if (entry.expiresAt > platform.now()) break;
      remove(entry);
      drop(entry.message, "age", maxQueuedAgeMs);
    }
  }
}
