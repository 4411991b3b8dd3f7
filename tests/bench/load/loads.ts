/**
 * The loads: echo, upgrades, and watching idle connections. Each leaves its connections as it found them, with nothing
 * under way.
 *
 * @module
 */

import type { EchoCommand, Measured, UpgradesCommand, WatchCommand } from "./commands.ts";
import { CLOSE, maskedFrame } from "./frames.ts";
import { drain, Meter, timed } from "./meter.ts";
import type { Peers } from "./peers.ts";

/** Messages go out and come back on every connection. */
export function echo(peers: Peers, server: number, command: EchoCommand): Measured {
  const meter = new Meter(peers, server);
  const fds = [...peers.open];
  /** By descriptor: messages that were sent and did not come back. */
  const owed = new Int32Array(Math.max(...fds) + 1);
  let received = 0;
  let owedByAll = 0;
  let stopping = false;
  function send(fd: number, count: number): void {
    owed[fd]! += count;
    owedByAll += count;
    peers.echo(fd, count);
  }
  peers.events = {
    messages(fd, count) {
      received += count;
      owed[fd]! -= count;
      owedByAll -= count;
      if (!stopping) send(fd, count);
    },
  };
  for (const fd of fds) send(fd, command.inFlight);

  timed(peers, meter, command, () => received);
  stopping = true;
  drain(peers, () => owedByAll <= 0);
  const wrong = fds.filter((fd) => owed[fd] !== 0);
  if (wrong.length > 0) throw new Error(`A server sent too few or too many messages to ${wrong.length} connections`);

  return meter.result();
}

/** Connections are opened, closed with a close frame, and opened again; a unit is one whole life. */
export function upgrades(peers: Peers, server: number, command: UpgradesCommand): Measured {
  const meter = new Meter(peers, server);
  const closeFrame = maskedFrame(CLOSE, new Uint8Array([1000 >> 8, 1000 & 0xff]));
  let ended = 0;
  let alive = 0;
  let stopping = false;
  function start(): void {
    alive++;
    peers.start();
  }
  peers.events = {
    opened: (fd) => peers.send(fd, closeFrame, closeFrame.length),
    ended() {
      ended++;
      alive--;
      if (!stopping) start();
    },
  };
  for (let i = 0; i < command.parallel; i++) start();

  timed(peers, meter, command, () => ended);
  stopping = true;
  drain(peers, () => alive === 0);

  return meter.result();
}

/** Nothing but the answers to pings. */
export function watch(peers: Peers, server: number, command: WatchCommand): Measured {
  const meter = new Meter(peers, server);
  peers.events = {};
  timed(peers, meter, command, () => 0);
  return meter.result();
}
