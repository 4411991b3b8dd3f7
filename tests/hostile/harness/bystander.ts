/**
 * A well-behaved neighbour: exchanges a numbered message every 50 ms and notices whatever disturbs that.
 *
 * @module
 */

import { Changes } from "./deadline.ts";
import { encodeFrame, OPCODE, textFrame, textOf } from "./frames.ts";
import { ANSWER_DEADLINE_MS, type RawPeer } from "./raw_peer.ts";

/** How often the bystander speaks. */
export const BYSTANDER_EVERY_MS = 50;
/** How long an answer may take (BAD_INPUT, section 2, harness rule). */
export const BYSTANDER_PATIENCE_MS = 250;
/** How long it goes on after a hostile input before it says that all was well. */
export const BYSTANDER_TAIL_MS = 500;

interface Exchange {
  readonly sentAt: number;
  answeredAt?: number;
}

/**
 * A connection that lives through a whole suite.
 *
 * The time that this process itself was busy is not held against the server: the bystander's own clock tells, by how late
 * it strikes, and that much longer an answer may take.
 */
export class Bystander implements AsyncDisposable {
  readonly #peer: RawPeer;
  readonly #changes = new Changes();
  readonly #exchanges: Exchange[] = [];
  /** When the clock struck, and by how much too late. */
  readonly #strikes: { readonly at: number; readonly lateMs: number }[] = [];
  readonly #clock: ReturnType<typeof setInterval>;
  readonly #reading: Promise<void>;
  #lastStrikeAt = performance.now();
  #answered = 0;
  #trouble: string | undefined;
  #isLeaving = false;

  /** Begins to speak on an open connection, which it disposes of in the end. */
  constructor(peer: RawPeer) {
    this.#peer = peer;
    this.#reading = this.#read();
    this.#clock = setInterval(() => this.#speak(), BYSTANDER_EVERY_MS);
    this.#speak();
  }

  /**
   * Waits for the answer to a message that was sent after `time`, so that {@linkcode delay} can speak about all before.
   * Returns at once when the connection is in trouble.
   */
  async heardUntil(time: number): Promise<void> {
    const isHeard = () => {
      if (this.#trouble !== undefined) return true;
      const last = this.#exchanges[this.#answered - 1];
      return last !== undefined && last.sentAt >= time ? true : undefined;
    };
    const deadlineMs = Math.max(0, time - performance.now()) + ANSWER_DEADLINE_MS;
    await this.#changes.until(isHeard, deadlineMs, "the bystander's answer").catch((error: Error) => {
      this.#trouble ??= error.message;
    });
  }

  /** How the exchange was broken, ever; `undefined` if it was not. */
  get breach(): string | undefined {
    return this.#trouble === undefined ? undefined : `bystander: ${this.#trouble}`;
  }

  /** What slowed the exchange down between two points in time; `undefined` if nothing did. */
  delay(from: number, to: number): string | undefined {
    for (const [number, { sentAt, answeredAt = performance.now() }] of this.#exchanges.entries()) {
      if (answeredAt < from || sentAt > to) continue;
      const tookMs = answeredAt - sentAt;
      const ownLatenessMs = this.#latenessBetween(sentAt, answeredAt);
      if (tookMs > BYSTANDER_PATIENCE_MS + ownLatenessMs) {
        return `bystander: number ${number} took ${tookMs.toFixed(0)} ms (${ownLatenessMs.toFixed(0)} of them our own)`;
      }
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isLeaving = true;
    clearInterval(this.#clock);
    this.#peer[Symbol.dispose]();
    await this.#reading;
  }

  #speak(): void {
    const now = performance.now();
    this.#strikes.push({ at: now, lateMs: Math.max(0, now - this.#lastStrikeAt - BYSTANDER_EVERY_MS) });
    this.#lastStrikeAt = now;
    void this.#peer.write(textFrame(`number ${this.#exchanges.length}`));
    this.#exchanges.push({ sentAt: now });
  }

  async #read(): Promise<void> {
    while (true) {
      // A stuck server is noticed by whoever waits for an answer; this loop only has to outlive the suite.
      const frame = await this.#peer.nextFrame(2 ** 31 - 1);
      if (frame === undefined) break;
      // Asked when this process was too busy to speak.
      if (frame.opcode === OPCODE.ping) {
        void this.#peer.write(encodeFrame({ opcode: OPCODE.pong, payload: frame.payload }));
        continue;
      }
      const expected = `number ${this.#answered}`;
      const got = frame.opcode === OPCODE.text ? textOf(frame) : `opcode ${frame.opcode}`;
      if (got !== expected) return this.#fail(`got "${got}" where "${expected}" was due`);
      this.#exchanges[this.#answered++]!.answeredAt = performance.now();
      this.#changes.notify();
    }
    if (!this.#isLeaving) this.#fail(`lost its connection (${this.#peer.end})`);
  }

  #latenessBetween(from: number, to: number): number {
    const near = this.#strikes.filter(({ at, lateMs }) => at >= from && at - lateMs - BYSTANDER_EVERY_MS <= to);
    return near.reduce((sum, { lateMs }) => sum + lateMs, 0);
  }

  #fail(text: string): void {
    this.#trouble ??= text;
    this.#changes.notify();
  }
}
