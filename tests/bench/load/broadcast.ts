/**
 * The load of broadcasts: one connection asks, all receive, and when the last one has it there is one more.
 *
 * @module
 */

import type { BroadcastCommand, Measured } from "./commands.ts";
import { drain, Meter } from "./meter.ts";
import type { Peers } from "./peers.ts";

/**
 * Runs the load. What is counted begins and ends with a complete broadcast, because with many receivers only a few fit
 * into the time. With one under way at a time it is also measured how long each takes.
 */
export function broadcast(peers: Peers, server: number, command: BroadcastCommand): Measured {
  const meter = new Meter(peers, server);
  const fds = [...peers.open];
  const receivers = fds.length;
  const receivedBy = new Int32Array(Math.max(...fds) + 1);
  /** How many connections have the broadcast of this number, counted round. */
  const reached = new Int32Array(2 ** Math.ceil(Math.log2(command.inFlight + 1)));
  const round = reached.length - 1;
  const half = Math.ceil(receivers / 2);
  const untilHalf: number[] = [];
  const untilLast: number[] = [];
  let complete = 0;
  let asked = 0;
  let askedAt = 0;
  let isCounting = false;
  let stopping = false;

  const beginAt = performance.now() + command.warmMs;
  let endAt = Infinity;
  function ask(count: number): void {
    asked += count;
    askedAt = performance.now();
    peers.broadcast(fds[0]!, count);
  }
  function onComplete(): void {
    complete++;
    const now = performance.now();
    if (isCounting) untilLast.push(now - askedAt);
    if (!meter.hasBegun && now >= beginAt) {
      meter.begin(complete * receivers);
      endAt = performance.now() + command.ms;
      isCounting = command.inFlight === 1;
    } else if (now >= endAt) {
      meter.end(complete * receivers);
      endAt = Infinity;
      isCounting = false;
      stopping = true;
    }
  }
  peers.events = {
    messages(fd, count) {
      const from = receivedBy[fd]!;
      const completeBefore = complete;
      receivedBy[fd] = from + count;
      for (let number = from; number < from + count; number++) {
        const slot = number & round;
        const reachedNow = ++reached[slot]!;
        if (reachedNow === half && isCounting) untilHalf.push(performance.now() - askedAt);
        if (reachedNow < receivers) continue;
        reached[slot] = 0;
        onComplete();
      }
      if (complete > completeBefore && !stopping) ask(complete - completeBefore);
    },
  };

  ask(command.inFlight);
  drain(peers, () => stopping && complete === asked);
  const wrong = fds.filter((fd) => receivedBy[fd] !== asked);
  if (wrong.length > 0) throw new Error(`A server sent too few or too many messages to ${wrong.length} connections`);

  return { ...meter.result(), latencies: { untilHalf, untilLast } };
}
