/**
 * Brings received messages to whoever reads them: a running loop, else the handlers, else they are kept until there is
 * a reader; in order, and bounded.
 *
 * @module
 */

import type { WebSocketMessage } from "../protocol/messages.ts";
import type { Announcer } from "./announcer.ts";
import type { ClientOptions } from "./options.ts";
import { createShelf } from "./shelf.ts";

/** A message that nobody has read yet, and what it is accounted with. */
export interface UnreadMessage {
  readonly message: WebSocketMessage;
  readonly bytes: number;
}

/** Received messages on their way to their reader. */
export interface Inbox {
  /** Takes a message; `bytes` is what it is accounted with while it is kept. */
  receive(message: WebSocketMessage, bytes: number): void;
  /** Whether a loop is running. */
  readonly isLooped: boolean;
  /** A reader may have come: hands over what was kept, once the present call is through. */
  wake(): void;
  /** What is kept, and what takes the oldest out. */
  readonly items: ReadonlySet<unknown>;
  shift(): UnreadMessage | undefined;
  /** Whether there will be messages. When there will be no more, a loop ends as soon as it has read what was kept. */
  setOpen(isOpen: boolean): void;
  /**
   * Begins a loop, which is the reader from its first step on. Its first step rejects with a TypeError while another loop
   * is running.
   */
  iterate(): AsyncIterableIterator<WebSocketMessage, void>;
}

/** Makes an empty inbox; `refuse` is called with messages that found no room, and the bound. */
export function createInbox(
  { maxUnreadMessages, maxUnreadBytes }: ClientOptions,
  announcer: Announcer,
  refuse: (message: WebSocketMessage, bound: "messages" | "bytes", limit: number) => void,
): Inbox {
  const { items, add, shift } = createShelf<UnreadMessage>(
    maxUnreadMessages,
    maxUnreadBytes,
    refuse,
  );
  let willCome = true;
  /** Lets the loop that is running look again; there is none while no loop is. */
  let nudge: (() => void) | undefined;

  return {
    get isLooped() {
      return !!nudge;
    },
    receive(message, bytes) {
      drain();
      if (!nudge && announcer.has("message")) return announcer.tell("message", message);
      if (!add({ message, bytes }) || !nudge) return;
      announcer.tellListeners("message", message);
      nudge();
    },
    wake: () => queueMicrotask(drain),
    items,
    shift,
    setOpen(isOpen) {
      willCome = isOpen;
      nudge?.();
    },
    iterate() {
      let isLeft = false;
      const loop = read(() => isLeft);
      const leave = loop.return;
      // A generator that waits does not hear of it by itself that it was left.
      loop.return = (value) => {
        isLeft = true;
        nudge?.();
        return leave.call(loop, value);
      };
      return loop;
    },
  };

  async function* read(isLeft: () => boolean): AsyncGenerator<WebSocketMessage, void> {
    if (nudge) throw new TypeError("Cannot loop twice at a time");
    nudge = () => {};
    try {
      while (!isLeft() && (willCome || items.size > 0)) {
        const kept = shift();
        if (kept) {
          announcer.taken?.(kept.message);
          yield kept.message;
        } else await new Promise<void>((resolve) => nudge = resolve);
      }
    } finally {
      nudge = undefined;
      queueMicrotask(drain);
    }
  }

  function drain(): void {
    while (!nudge && items.size > 0 && announcer.has("message")) announcer.tell("message", shift()!.message);
  }
}
