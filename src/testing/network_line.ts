/**
 * One connection on a network in memory, and what can happen to it.
 *
 * @module
 */

import { NetworkLane, type Pace } from "./network_lane.ts";
import type { SeededRandom } from "./seeded_random.ts";
import { SocketPair } from "./socket_pair.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** How a connection breaks. */
export interface CutOptions {
  /**
   * Milliseconds until the client hears of it. `Infinity` for not before {@linkcode SeededNetwork.quiet}: what it sends
   * vanishes, and it has to find out by itself.
   *
   * @default {0}
   */
  readonly clientLearnsAfterMs?: number;
  /**
   * The same for the server. While it does not know, it has two connections with a client that is back already.
   *
   * @default {0}
   */
  readonly serverLearnsAfterMs?: number;
  /**
   * Whether what is on its way still arrives, at an end that has not heard of the cut.
   *
   * @default {false}
   */
  readonly isLate?: boolean;
}

/** An end of a connection. */
export type LineEnd = "client" | "server";

/** What a network hands to its lines. */
export interface LineSetup {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly pace: Pace;
  /** Writes a line into the log of faults. */
  readonly note: (text: string) => void;
}

const ENDS: readonly LineEnd[] = ["client", "server"];

/** One connection on a {@linkcode SeededNetwork}, from the attempt on. */
export class NetworkLine {
  /** Whose it is, and which of theirs: `ann#2`. */
  readonly name: string;
  /** Its ends. */
  readonly pair: SocketPair;
  readonly #clock: VirtualClock;
  readonly #note: (text: string) => void;
  readonly #lanes: Readonly<Record<LineEnd, NetworkLane>>;
  readonly #timers = new Map<string, unknown>();
  #isCut = false;
  #isOver = false;

  /** Used by the network. */
  constructor({ name, clock, random, pace, note }: LineSetup) {
    this.name = name;
    this.#clock = clock;
    this.#note = note;
    this.#lanes = {
      client: new NetworkLane(clock, random.fork("to the client"), pace),
      server: new NetworkLane(clock, random.fork("to the server"), pace),
    };
    this.pair = new SocketPair({ carry: (to, bytes, arrive) => this.#lanes[to].send(bytes, arrive) });
    this.pair.ended.then(() => this.#end());
  }

  /** Whether nothing arrives on it any more; one of its ends, or both, may not know that. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Whether both ends know that the connection is over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes something to one of the ends, which is no frame: a request, or the answer to one. */
  carry(to: LineEnd, arrive: () => void): void {
    this.#lanes[to].send(0, arrive);
  }

  /** Breaks the connection: what is on its way is lost, and the ends hear of it at once, later, or never. */
  cut({ clientLearnsAfterMs = 0, serverLearnsAfterMs = 0, isLate = false }: CutOptions = {}): void {
    if (this.#isCut) return;
    this.#isCut = true;
    const { client, server } = this.#lanes;
    const onWay = `${server.size} to the server, ${client.size} to the client on their way`;
    this.#note(
      `${this.name} is cut, with ${onWay}${isLate ? " still to arrive" : ""}: ` +
        `the client hears of it ${after(clientLearnsAfterMs)}, the server ${after(serverLearnsAfterMs)}`,
    );
    for (const lane of [client, server]) lane.die(isLate);
    this.#tell("client", clientLearnsAfterMs);
    this.#tell("server", serverLearnsAfterMs);
  }

  /**
   * Lets an end read nothing for so long: what is sent to it waits, and comes all at once in the end.
   *
   * @param forMs Milliseconds; until {@linkcode resume} when left out.
   */
  stall(end: LineEnd, forMs = Infinity): void {
    this.#note(`the ${end} of ${this.name} reads nothing for ${forMs} ms`);
    this.pair[end].stall();
    this.#after(`resume ${end}`, forMs, () => this.pair[end].resume());
  }

  /** Lets both ends read on. */
  resume(): void {
    for (const end of ENDS) {
      this.#after(`resume ${end}`, Infinity, () => {});
      this.pair[end].resume();
    }
  }

  /** Ends what is wrong with it: nobody reads slowly any more, and who does not know of a cut hears of it. */
  quiet(): void {
    this.resume();
    if (this.#isCut) { for (const end of ENDS) this.#tell(end, 0); }
  }

  #tell(end: LineEnd, afterMs: number): void {
    this.#after(`tell ${end}`, afterMs, () => this.pair.cut(undefined, end));
  }

  /** Does something later, in place of what was to be done under that name before; never with `Infinity`. */
  #after(name: string, ms: number, act: () => void): void {
    this.#clock.clearTimer(this.#timers.get(name));
    this.#timers.delete(name);
    if (this.#isOver || ms === Infinity) return;
    if (ms <= 0) act();
    else this.#timers.set(name, this.#clock.setTimer(act, ms));
  }

  #end(): void {
    this.#isOver = true;
    for (const timer of this.#timers.values()) this.#clock.clearTimer(timer);
    for (const end of ENDS) this.#lanes[end].die(false);
  }
}

function after(ms: number): string {
  if (ms === Infinity) return "never";
  return ms <= 0 ? "at once" : `after ${ms} ms`;
}
