/**
 * Many peers at once.
 *
 * @module
 */

import type { RawPeer } from "./raw_peer.ts";

/** So many are on their way in at the same time. */
const SIDE_BY_SIDE = 50;

/** Peers that came one after the other and are disposed of together. */
export class Crowd implements Disposable {
  readonly peers: RawPeer[] = [];

  /** Lets `count` peers come, each as `enter` does it. */
  static async gather(count: number, enter: () => Promise<RawPeer>): Promise<Crowd> {
    const crowd = new Crowd();
    try {
      while (crowd.peers.length < count) {
        const next = Math.min(SIDE_BY_SIDE, count - crowd.peers.length);
        const entered = await Promise.allSettled(Array.from({ length: next }, enter));
        crowd.peers.push(...entered.flatMap((one) => one.status === "fulfilled" ? one.value : []));
        for (const one of entered) if (one.status === "rejected") throw one.reason;
      }
      return crowd;
    } catch (error) {
      crowd[Symbol.dispose]();
      throw error;
    }
  }

  /** How many the server has not ended. */
  get open(): number {
    return this.peers.filter(({ end }) => end === undefined).length;
  }

  /** Ends all the hard way (RST). */
  reset(): void {
    for (const peer of this.peers) peer.reset();
  }

  [Symbol.dispose](): void {
    for (const peer of this.peers) peer[Symbol.dispose]();
  }
}
