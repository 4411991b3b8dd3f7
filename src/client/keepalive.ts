/**
 * Finds out that a server is gone although no close came: the liveness rule on one timer.
 *
 * It judges by when something was last received, never by how often its timer rang: timers of hidden pages ring once a
 * minute, and those of a sleeping machine not at all.
 *
 * @module
 */

import type { LivenessPolicy } from "../protocol/liveness.ts";
import { type ClientPlatform, createAlarm } from "./platform.ts";

/** What the keepalive has done. */
export interface KeepaliveActions {
  /** Sends a ping with this number. */
  sendPing(data: number): void;
  /** Gives up the connection, on which nothing was received for `silentMs`. */
  giveUp(silentMs: number): void;
}

/** The watch over one connection. */
export interface Keepalive {
  /** Something was received. */
  heard(): void;
  /**
   * A pong was received. Returns the round-trip time in milliseconds if it answers a ping of ours: then it carries its
   * number, or nothing.
   */
  pong(data: unknown): number | undefined;
  /** Asks now whether the server is still there, and is less patient than usual. */
  probe(): void;
  /** Ends the watch. */
  stop(): void;
}

/** The longest wait for an answer after a wake, when somebody is likely to be looking at the page. */
export const PROBE_TIMEOUT_MS = 5_000;

/** Begins to watch a connection on which something was received just now. An interval of 0 is never over. */
export function keepAlive(
  platform: ClientPlatform,
  { intervalMs, timeoutMs }: LivenessPolicy,
  actions: KeepaliveActions,
): Keepalive {
  const alarm = createAlarm(platform);
  let heardAt = platform.now();
  /** How much silence there may be. */
  let limitMs = intervalMs + timeoutMs;
  /** Whether a ping was sent since something was received. */
  let isAsking = false;
  /** The number in the last ping, when it was sent, and whether its own pong is still to come. */
  let data = 0;
  let sentAt = 0;
  let isPending = false;

  look();

  return {
    heard() {
      heardAt = platform.now();
      limitMs = intervalMs + timeoutMs;
      isAsking = false;
    },
    pong(answer = data) {
      if (!isPending || answer !== data) return undefined;
      isPending = false;
      return Math.max(0, platform.now() - sentAt);
    },
    probe: () => look(true),
    stop: alarm,
  };

  function look(isUrgent = false): void {
    if (intervalMs === 0) return;
    const now = platform.now();
    // A clock that was set back must not make us wait until it has caught up.
    heardAt = Math.min(heardAt, now);
    const silentMs = now - heardAt;
    // Silent for so long, perhaps without a ping, because we slept: then the server has given us up by the same rule.
    if (silentMs >= limitMs) return actions.giveUp(silentMs);
    if (!isAsking && (isUrgent || silentMs >= intervalMs)) {
      if (isUrgent) limitMs = Math.min(limitMs, silentMs + PROBE_TIMEOUT_MS);
      isAsking = isPending = true;
      sentAt = now;
      actions.sendPing(++data);
    }
    alarm((isAsking ? limitMs : intervalMs) - silentMs, () => look());
  }
}
