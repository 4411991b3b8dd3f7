/**
 * What the client needs of its surroundings: clock, timers, randomness, sockets and signs of waking up.
 *
 * The default is made of what Deno, browsers, Node and Bun have in common; tests bring their own.
 *
 * @module
 */

import type { SocketLike } from "../internal/socket_like.ts";
import { watchWakes } from "./wake_signals.ts";

/** The surroundings of a client. */
export interface ClientPlatform {
  /**
   * Milliseconds on a clock that goes on while the machine sleeps: that is how a sleep is noticed. It may jump, and may
   * be set back.
   */
  now(): number;
  /** Calls `callback` once, after `delayMs`. */
  setTimer(callback: () => void, delayMs: number): unknown;
  /** Takes back a timer of {@linkcode ClientPlatform.setTimer}; one that has rung is left alone, and so is `undefined`. */
  clearTimer(timer: unknown): void;
  /** A random number from 0 up to, but not including, 1. */
  random(): number;
  /**
   * A name that nobody can guess or make again, of at most 64 characters, from at least 128 bits of chance; made by
   * `crypto` where this is absent. Not with the plain protocol.
   */
  randomName?(): string;
  /**
   * Begins to open a socket, whose events come later and never within a call. Headers are given only where the
   * application asked for some.
   */
  connect(url: string, protocols: readonly string[], headers?: HeadersInit): SocketLike;
  /** Calls `onWake` whenever trying again now is promising, until the returned function is called. */
  watchWakes(onWake: () => void): () => void;
  /**
   * Calls `onEnd` when all that the client knows is about to be gone, as a page that is left, until the returned function
   * is called; the event `pagehide` tells where this is absent. Not with the plain protocol.
   */
  watchEnd?(onEnd: () => void): () => void;
}

/** The surroundings as the runtime gives them. Spread it into an object of your own to replace a part. */
export const defaultPlatform: ClientPlatform = {
  // Not performance.now(): on several systems that one stands still while the machine sleeps.
  now: () => Date.now(),
  setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimer: (timer) => clearTimeout(timer as number),
  random: () => Math.random(),
  connect(url, protocols, headers) {
    // Browsers take no headers: their WebSocket reads the object as the name of a subprotocol and throws.
    const options = headers === undefined ? protocols : { protocols, headers };
    return new WebSocket(url, options as string[]);
  },
  watchWakes,
};

/** Makes a name that nobody can guess. */
export function randomName(platform: ClientPlatform): string {
  // Not randomUUID(), which pages have only when they came by https.
  return platform.randomName?.() ?? crypto.getRandomValues(new Uint32Array(4)).join("-");
}

/** The longest time that a timer can wait: with more, runtimes do not wait at all. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One timer: lets `ring` be called after `delayMs`, in place of whatever was set before; without arguments it is off. */
export type Alarm = (delayMs?: number, ring?: () => void) => void;

/** Makes an alarm that is off. */
export function createAlarm(platform: ClientPlatform): Alarm {
  let timer: unknown;
  return (delayMs = Infinity, ring) => {
    platform.clearTimer(timer);
    timer = ring && delayMs < Infinity ? platform.setTimer(ring, Math.min(delayMs, MAX_TIMER_MS)) : undefined;
  };
}
