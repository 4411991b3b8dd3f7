/**
 * Buckets by name, such as a user or an address, for as long as they are not full, and never more than a bound. Pure.
 *
 * @module
 */

import { type Bucket, type BucketRule, fillMs, fullBucket } from "../internal/token_bucket.ts";

/**
 * Keeps buckets in two generations. After as long as an empty bucket takes to be full, the younger becomes the older one,
 * and the older one is dropped: whatever was not asked for in that time is full, and a full bucket need not be remembered.
 * So nothing is ever searched through, and no timer runs.
 */
export class BucketStore {
  readonly #rule: BucketRule;
  readonly #maxPerGeneration: number;
  readonly #fillMs: number;
  #young = new Map<string, Bucket>();
  #old = new Map<string, Bucket>();
  #turnedAt: number;

  /**
   * Makes an empty store.
   *
   * @param maxBuckets How many are kept at most. Beyond it those asked for least recently are forgotten, and begin anew.
   */
  constructor(rule: BucketRule, maxBuckets: number, now: number) {
    this.#rule = rule;
    this.#maxPerGeneration = Math.max(1, Math.floor(maxBuckets / 2));
    this.#fillMs = fillMs(rule);
    this.#turnedAt = now;
  }

  /** How many are kept. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The bucket of a name: a full one, if there is none yet. */
  get(name: string, now: number): Bucket {
    this.#turn(now);
    const young = this.#young.get(name);
    if (young !== undefined) return young;
    const bucket = this.#old.get(name) ?? fullBucket(this.#rule, now);
    this.#old.delete(name);
    if (this.#young.size >= this.#maxPerGeneration) this.#age(now);
    this.#young.set(name, bucket);
    return bucket;
  }

  #turn(now: number): void {
    const restedMs = now - this.#turnedAt;
    if (restedMs < this.#fillMs) return;
    // Nobody asked for a whole further generation: the younger one is full too.
    if (restedMs >= 2 * this.#fillMs) this.#young = new Map();
    this.#age(now);
  }

  #age(now: number): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#turnedAt = now;
  }
}
