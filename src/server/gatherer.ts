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
  /** Counts turns in which something was sent. A peer whose seat has this number was sent something in this turn or the last. */
  #turn = 1;
  #isArmed = false;
  /** Those for whom something waits. */
  #waiting: ServerConnection<Data>[] = [];
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
    if (typeof payload === "string" && this.#roster.turns[seat] === this.#turn) return this.gather(seat, payload);
    this.flush(connection);
    this.#touch(seat);
    this.#write(connection, payload);
  }

  /** Sends a text message to whoever sits in this seat, at the end of this turn. */
  gather(seat: number, text: string): void {
    const { pending, connections } = this.#roster;
    this.#touch(seat);
    if (this.#ports.defer === undefined) return this.#write(connections[seat]!, text);
    const list = pending[seat];
    if (list === undefined) {
      this.#waiting.push(connections[seat]!);
      pending[seat] = this.#begin(text);
      return;
    }
    const { maxGatheredMessages, maxGatheredBytes } = this.#limits;
    if (list.size < maxGatheredMessages && list.length + text.length < maxGatheredBytes) {
      pending[seat] = list.with(text);
      return;
    }
    pending[seat] = this.#begin(text);
    this.#write(connections[seat]!, list.frame);
  }

  /** Sends what waits for a connection. */
  flush(connection: ServerConnection<Data>): void {
    const { seat } = connection;
    if (seat === NO_SEAT) return;
    const list = this.#roster.pending[seat];
    if (list === undefined) return;
    this.#roster.pending[seat] = undefined;
    this.#write(connection, list.frame);
  }

  /** Something is sent to this seat in this turn. */
  #touch(seat: number): void {
    if (this.#ports.defer === undefined) return;
    this.#roster.turns[seat] = this.#turn;
    this.#arm();
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#ports.defer!(this.#endTurn);
  }

  #begin(text: string): FrameChain {
    return this.#first?.isOnly(text) === true ? this.#first : this.#first = new FrameChain(undefined, text);
  }

  readonly #endTurn = (): void => {
    const { pending } = this.#roster;
    const waiting = this.#waiting;
    let bytes = 0;
    let count = 0;
    this.#waiting = [];
    this.#first = undefined;
    this.#isArmed = false;
    this.#turn++;
    for (; count < waiting.length && bytes < MAX_TURN_BYTES; count++) {
      const connection = waiting[count]!;
      const { seat } = connection;
      const list = seat === NO_SEAT ? undefined : pending[seat];
      if (list === undefined) continue;
      bytes += list.length;
      // What follows in the next turn is gathered, too: who gets much gets one frame in a turn.
      this.#touch(seat);
      this.flush(connection);
    }
    if (count < waiting.length) this.#goOn(waiting.slice(count));
  };

  /** Leaves these for the next turn: what is sent to them meanwhile goes with it. */
  #goOn(waiting: ServerConnection<Data>[]): void {
    this.#waiting = waiting.concat(this.#waiting);
    this.#arm();
  }

  #write(connection: ServerConnection<Data>, payload: Payload): void {
    const { socket } = connection;
    try {
      if (socket.readyState === OPEN) socket.send(payload);
    } catch (error) {
      // One socket that fails is no reason for the others to go without.
      this.#ports.failed(connection, error);
    }
  }
}
