/**
 * The loads: echo, broadcast, upgrades, and watching idle connections. Each leaves its
 * connections as it found them, with nothing under way.
 *
 * @module
 */

import { BROADCAST_REQUEST } from "../workload.ts";
import type { BroadcastCommand, Duration, EchoCommand, Measured, UpgradesCommand, WatchCommand } from "./commands.ts";
import { CLOSE, maskedFrame, repeated, textFrame } from "./frames.ts";
import { cpuMs, procStatMs } from "./libc.ts";
import type { Peers } from "./peers.ts";

/** A load never waits longer than this for an answer. */
const DEADLINE_MS = 60_000;

/** Reads all clocks at the two ends of what is counted. */
class Meter {
  readonly #peers: Peers;
  readonly #server: number;
  #from: ReturnType<Meter["read"]> | undefined;
  #to: ReturnType<Meter["read"]> | undefined;

  constructor(peers: Peers, server: number) {
    this.#peers = peers;
    this.#server = server;
  }

  read(units: number) {
    return {
      units,
      ms: performance.now(),
      serverMs: cpuMs(this.#server),
      stat: procStatMs(this.#server),
      loadMs: cpuMs(Deno.pid),
      pings: this.#peers.pings,
    };
  }

  begin(units: number): void {
    this.#from = this.read(units);
  }

  end(units: number): void {
    this.#to = this.read(units);
  }

  get hasBegun(): boolean {
    return this.#from !== undefined;
  }

  result(): Measured {
    const [from, to] = [this.#from!, this.#to!];
    return {
      units: to.units - from.units,
      ms: to.ms - from.ms,
      serverMs: to.serverMs - from.serverMs,
      serverUserMs: to.stat.user - from.stat.user,
      serverSystemMs: to.stat.system - from.stat.system,
      loadMs: to.loadMs - from.loadMs,
      pings: to.pings - from.pings,
    };
  }
}

/** Handles what arrives until a time. */
function pump(peers: Peers, untilMs: number): void {
  for (let left; (left = untilMs - performance.now()) > 0;) peers.poll(Math.ceil(left));
}

/** Handles what arrives until nothing is under way any more. */
function drain(peers: Peers, isDone: () => boolean): void {
  const deadline = performance.now() + DEADLINE_MS;
  while (!isDone()) {
    if (performance.now() > deadline) throw new Error("A server owes answers for a minute");
    peers.poll(1000);
  }
}

/** Counts `units` between the two ends of the time that is to be counted. */
function timed(peers: Peers, meter: Meter, { warmMs, ms }: Duration, units: () => number): void {
  pump(peers, performance.now() + warmMs);
  meter.begin(units());
  pump(peers, performance.now() + ms);
  meter.end(units());
}

/** Messages go out and come back on every connection. */
export function echo(peers: Peers, server: number, command: EchoCommand): Measured {
  const meter = new Meter(peers, server);
  const frame = textFrame(peers.outgoing);
  const burst = repeated(frame, command.inFlight);
  let received = 0;
  let stopping = false;
  peers.events = {
    messages(fd, count) {
      received += count;
      if (!stopping) peers.send(fd, burst, count * frame.length);
    },
  };
  for (const fd of peers.open) peers.send(fd, burst, burst.length);

  timed(peers, meter, command, () => received);
  stopping = true;
  const owed = received + peers.open.size * command.inFlight;
  drain(peers, () => received === owed);

  return meter.result();
}

/**
 * One connection asks, all receive. What is counted begins and ends with a complete broadcast,
 * because with many receivers only a few fit into the time.
 */
export function broadcast(peers: Peers, server: number, command: BroadcastCommand): Measured {
  const meter = new Meter(peers, server);
  const fds = [...peers.open];
  const frame = textFrame(BROADCAST_REQUEST);
  const burst = repeated(frame, command.inFlight);
  const receivedBy = new Int32Array(Math.max(...fds) + 1);
  /** How many connections have the broadcast of this number, counted round. */
  const reached = new Int32Array(command.inFlight + 1);
  let complete = 0;
  let asked = command.inFlight;
  let stopping = false;

  const beginAt = performance.now() + command.warmMs;
  let endAt = Infinity;
  function onComplete(): void {
    complete++;
    const now = performance.now();
    if (!meter.hasBegun && now >= beginAt) {
      meter.begin(complete * fds.length);
      endAt = performance.now() + command.ms;
    } else if (now >= endAt) {
      meter.end(complete * fds.length);
      endAt = Infinity;
      stopping = true;
    }
    if (stopping) return;
    asked++;
    peers.send(fds[0]!, burst, frame.length);
  }
  peers.events = {
    messages(fd, count) {
      for (let i = 0; i < count; i++) {
        const slot = receivedBy[fd]!++ % reached.length;
        if (++reached[slot]! < fds.length) continue;
        reached[slot] = 0;
        onComplete();
      }
    },
  };

  peers.send(fds[0]!, burst, burst.length);
  drain(peers, () => stopping && complete === asked);

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
