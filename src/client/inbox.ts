/**
 * Brings received messages to whoever reads them: a running loop, else the handlers, else they are kept until there is
 * a reader; in order, and bounded.
 *
 * @module
 */

import { BoundedQueue } from "../internal/bounded_queue.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import type { Announcer } from "./announcer.ts";
import type { ClientOptions } from "./options.ts";

/** Received messages on their way to their reader. */
export interface Inbox {
  /** Takes a message; `bytes` is what it is accounted with while it is kept. */
  receive(message: WebSocketMessage, bytes: number): void;
  /** A reader may have come: hands over what was kept, once the present call is through. */
  wake(): void;
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
  const queue = new BoundedQueue<WebSocketMessage>(maxUnreadMessages, maxUnreadBytes);
  let willCome = true;
  /** Lets the loop that is running look again; there is none while no loop is. */
  let nudge: (() => void) | undefined;

  return {
    receive(message, bytes) {
      drain();
      if (!nudge && announcer.has("message")) return announcer.tell("message", message);
      const bound = queue.refuses(bytes);
      if (bound) return refuse(message, bound, bound === "messages" ? maxUnreadMessages : maxUnreadBytes);
      queue.push(message, bytes);
      if (!nudge) return;
      announcer.tellListeners("message", message);
      nudge();
    },
    wake: () => queueMicrotask(drain),
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
      while (!isLeft() && (willCome || queue.size > 0)) {
        const message = queue.shift();
        if (message !== undefined) yield message;
        else await new Promise<void>((resolve) => nudge = resolve);
      }
    } finally {
      nudge = undefined;
      queueMicrotask(drain);
    }
  }

  function drain(): void {
    while (!nudge && queue.size > 0 && announcer.has("message")) announcer.tell("message", queue.shift()!);
  }
}
