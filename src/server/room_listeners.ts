/**
 * The server's own code that hears what is broadcast to rooms.
 *
 * @module
 */

import type { Off } from "../internal/emitter.ts";
import type { Sendable } from "../protocol/messages.ts";
import { isThenable } from "./guard.ts";
import type { RoomListener } from "./room_types.ts";

/** Listeners by room. A listener is no member: it keeps no room alive, and hears of rooms that nobody is in. */
export class RoomListeners {
  readonly #failed: (error: unknown) => void;
  readonly #listeners = new Map<string, readonly RoomListener[]>();
  /** What is to be told, from the one that is being told on. */
  readonly #news: (() => void)[] = [];

  /** Makes an empty list that tells `failed` of listeners that throw, or whose promise rejects. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** How many rooms are listened to. */
  get size(): number {
    return this.#listeners.size;
  }

  /**
   * Adds a listener, and returns what takes it off again; the same function may be added more than once.
   *
   * @throws {TypeError} If it is not a function.
   */
  add(room: string, listener: RoomListener): Off {
    if (typeof listener !== "function") {
      throw new TypeError(
        `Cannot subscribe to a room as the listener must be a function: current value is ${typeof listener}`,
      );
    }
    // A function of its own, so that it can be told from the same listener added twice.
    const own: RoomListener = (message, info) => listener(message, info);
    // The list is replaced, never changed, so that a listener may add and remove listeners while it is called.
    this.#listeners.set(room, [...this.#listeners.get(room) ?? [], own]);
    return () => {
      const left = this.#listeners.get(room)?.filter((each) => each !== own) ?? [];
      if (left.length > 0) this.#listeners.set(room, left);
      else this.#listeners.delete(room);
    };
  }

  /**
   * Calls the listeners of these rooms, each once for each room that it was added to. Never throws. What listeners
   * themselves broadcast is told when they have returned: in order, and however deep it goes.
   */
  tell(rooms: readonly string[], message: Sendable): void {
    if (this.#listeners.size === 0) return;
    this.#news.push(() => this.#tellAll(rooms, message));
    if (this.#news.length > 1) return;
    // The one at work stays at the head, so that whoever comes meanwhile sees it.
    try {
      for (let at = 0; at < this.#news.length; at++) this.#news[at]!();
    } finally {
      this.#news.length = 0;
    }
  }

  #tellAll(rooms: readonly string[], message: Sendable): void {
    for (const room of new Set(rooms)) {
      for (const listener of this.#listeners.get(room) ?? []) this.#call(listener, message, room);
    }
  }

  #call(listener: RoomListener, message: Sendable, room: string): void {
    try {
      const result = listener(message, { room });
      if (isThenable(result)) Promise.resolve(result).catch(this.#failed);
    } catch (error) {
      this.#failed(error);
    }
  }
}
