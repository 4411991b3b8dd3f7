/**
 * Puts many messages for one managed peer into one frame, without letting any of them wait for others: all that is sent to
 * it in one turn of the loop goes out together at the end of the turn.
 *
 * What is sent to a peer alone, when nothing was sent to it lately, goes out at once: then there is most likely nothing to
 * gather. A broadcast never does: one frame is one call into the runtime and the system, which costs more than all else
 * that is done for a message, and the frames of the first broadcast in a turn would be a second one for each receiver of
 * the others (tests/bench, managed-broadcast-4).
 *
 * @module
 */

import { OPEN } from "../internal/socket_like.ts";
import type { Payload } from "../protocol/codec.ts";
import type { ServerConnection } from "./connection.ts";
import { FrameChain } from "./frame_chain.ts";
import { NO_SEAT, type Roster } from "./roster.ts";

/** How much goes into one frame. */
export interface GatherLimits {
  /** Messages. */
  readonly maxGatheredMessages: number;
  /** Bytes (characters for text); a message that is larger has a frame of its own. */
  readonly maxGatheredBytes: number;
}

/** What the gatherer asks of the others. */
export interface GatherPorts<Data> {
  /** Calls back at the end of this turn of the loop; without it every message has a frame of its own. */
  readonly defer: ((callback: () => void) => void) | undefined;
  /** A socket refused a frame. */
  failed(connection: ServerConnection<Data>, error: unknown): void;
}

/**
 * How much is handed to sockets in one turn, in characters. A runtime only takes note of it and writes later: what is more
 * than the processor's cache holds costs a quarter more for each message (tests/bench, managed-broadcast-64: 0.091 to
 * 0.106 us at once, 0.078 to 0.091 us in parts), and keeps everybody else waiting.
 */
const MAX_TURN_BYTES = 128 * 1024;

/** Gathers. */
export class Gatherer<Data> {
  readonly #limits: GatherLimits;
  readonly #roster: Roster<Data>;
  readonly #ports: GatherPorts<Data>;
  /**
   * Counts turns in which something was sent. A peer whose seat has this number or the one before was sent something lately.
   * Begins far enough from the 0 of a new seat.
   */
  #turn = 2;
  #isArmed = false;
  /** The list of one message that was begun last. */
  #first: FrameChain | undefined;

  /** Puts the part together. */
  constructor(limits: GatherLimits, roster: Roster<Data>, ports: GatherPorts<Data>) {
    this.#limits = limits;
    this.#roster = roster;
    this.#ports = ports;
  }

  /** Sends a message to a connection that has a seat: at once, if nothing was sent to it lately. */
  send(connection: ServerConnection<Data>, payload: Payload): void {
    const { seat } = connection;
    const { turns } = this.#roster;
    const isBusy = turns[seat]! >= this.#turn - 1;
    if (isBusy && typeof payload === "string") return this.gather(seat, payload);
    this.flush(connection);
    // What else is sent in this turn is gathered; what is sent in the next one is not, unless something was.
    if (!isBusy) turns[seat] = this.#turn - 1;
    this.#arm();
    this.#write(seat, payload);
  }

  /** Sends a text message to whoever sits in this seat, at the end of this turn. */
  gather(seat: number, text: string): void {
    const { pending, turns, waiting } = this.#roster;
    if (this.#ports.defer === undefined) return this.#write(seat, text);
    turns[seat] = this.#turn;
    const list = pending[seat];
    if (list === undefined) {
      waiting.push(seat);
      pending[seat] = this.#begin(text);
      return this.#arm();
    }
    const { maxGatheredMessages, maxGatheredBytes } = this.#limits;
    if (list.size < maxGatheredMessages && list.length + text.length < maxGatheredBytes) {
      pending[seat] = list.with(text);
      return;
    }
    pending[seat] = this.#begin(text);
    this.#write(seat, list.frame);
  }

  /** Sends what waits for a connection. */
  flush(connection: ServerConnection<Data>): void {
    const { seat } = connection;
    if (seat === NO_SEAT) return;
    const list = this.#roster.pending[seat];
    if (list === undefined) return;
    this.#roster.pending[seat] = undefined;
    this.#write(seat, list.frame);
  }

  #arm(): void {
    if (this.#isArmed || this.#ports.defer === undefined) return;
    this.#isArmed = true;
    this.#ports.defer(this.#endTurn);
  }

  #begin(text: string): FrameChain {
    return this.#first?.isOnly(text) === true ? this.#first : this.#first = new FrameChain(undefined, text);
  }

  readonly #endTurn = (): void => {
    const roster = this.#roster;
    const { pending, waiting } = roster;
    let bytes = 0;
    let count = 0;
    roster.waiting = [];
    this.#first = undefined;
    this.#isArmed = false;
    this.#turn++;
    for (; count < waiting.length && bytes < MAX_TURN_BYTES; count++) {
      const seat = waiting[count]!;
      const list = pending[seat];
      if (list === undefined) continue; // was sent, or its peer has gone
      pending[seat] = undefined;
      bytes += list.length;
      this.#write(seat, list.frame);
    }
    if (count < waiting.length) this.#goOn(waiting.slice(count));
    // Once more, as what follows in the next turn is gathered too: who gets much gets one frame in a turn.
    if (bytes > 0 || roster.waiting.length > 0) this.#arm();
  };

  /** Leaves these for the next turn: what is sent to them meanwhile goes with it. */
  #goOn(seats: number[]): void {
    const { turns, waiting } = this.#roster;
    for (const seat of seats) turns[seat] = this.#turn;
    this.#roster.waiting = seats.concat(waiting);
  }

  #write(seat: number, payload: Payload): void {
    const { sockets, connections } = this.#roster;
    const socket = sockets[seat]!;
    try {
      socket.send(payload);
    } catch (error) {
      // One socket that fails is no reason for the others to go without. One that has closed meanwhile is no failure.
      if (socket.readyState === OPEN) this.#ports.failed(connections[seat]!, error);
    }
  }
}
