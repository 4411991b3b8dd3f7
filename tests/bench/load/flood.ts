/**
 * The load of a flood: quiet peers send now and then and measure how long the answer takes, while, if that is asked for,
 * others come one after the other, flood, and are thrown out.
 *
 * @module
 */

import { MESSAGE } from "../workload.ts";
import type { FloodCommand, Flooded } from "./commands.ts";
import { repeated, textFrame } from "./frames.ts";
import type { Peers } from "./peers.ts";

/** Between two messages of one quiet peer: 40 a second, below what the server's limit lets through. */
const QUIET_EVERY_MS = 25;
/** A flooding peer sends so many messages in each millisecond: 20,000 a second. */
const PER_MS = 20;
/** Between the end of one flood and the next. */
const PAUSE_MS = 40;
const DEADLINE_MS = 10_000;

/** Runs the load; all open connections are the quiet ones. */
export function flood(peers: Peers, { ms, floods }: FloodCommand): Flooded {
  const quiet = [...peers.open];
  const frame = textFrame(MESSAGE);
  const burst = repeated(frame, PER_MS * 10);
  const sentAt = new Map<number, number>();
  const dueAt = new Map<number, number>();
  const roundTrips: number[] = [];
  const untilClosed: number[] = [];
  let flooder: { fd: number | undefined; beganAt: number; sent: number } | undefined;
  let nextFloodAt = performance.now() + PAUSE_MS;

  peers.events = {
    opened(fd) {
      flooder = { fd, beganAt: performance.now(), sent: 0 };
    },
    messages(fd) {
      const at = sentAt.get(fd);
      if (at === undefined) return;
      roundTrips.push(performance.now() - at);
      sentAt.delete(fd);
    },
    ended(fd) {
      if (fd !== flooder?.fd) throw new Error("A quiet peer was closed");
      untilClosed.push(performance.now() - flooder.beganAt);
      flooder = undefined;
      nextFloodAt = performance.now() + PAUSE_MS;
    },
  };

  const began = performance.now();
  for (const [index, fd] of quiet.entries()) dueAt.set(fd, began + index / quiet.length * QUIET_EVERY_MS);
  while (performance.now() - began < ms) {
    peers.poll(1);
    const now = performance.now();
    for (const [fd, at] of dueAt) {
      if (at > now || sentAt.has(fd)) continue;
      dueAt.set(fd, at + QUIET_EVERY_MS);
      sentAt.set(fd, performance.now());
      peers.send(fd, frame, frame.length);
    }
    if (!floods) continue;
    if (flooder === undefined && now >= nextFloodAt) {
      nextFloodAt = Infinity;
      peers.start();
    } else if (flooder?.fd !== undefined) pour(flooder.fd, now);
  }
  const deadline = performance.now() + DEADLINE_MS;
  while (sentAt.size > 0 || flooder !== undefined) {
    if (performance.now() > deadline) throw new Error("A flooding peer was not closed, or a quiet one not answered");
    peers.poll(1);
    if (flooder?.fd !== undefined) pour(flooder.fd, performance.now());
  }
  return { roundTrips, untilClosed };

  /** Sends what is due of the flood; a server that does not read any more is one that has closed. */
  function pour(fd: number, now: number): void {
    const wanted = Math.floor((now - flooder!.beganAt) * PER_MS) + PER_MS;
    const count = Math.min(wanted - flooder!.sent, PER_MS * 10);
    if (count <= 0) return;
    flooder!.sent += count;
    try {
      peers.send(fd, burst, count * frame.length);
    } catch {
      // Its end is read with the next poll.
    }
  }
}
