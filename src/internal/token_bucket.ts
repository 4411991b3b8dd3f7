/**
 * The token bucket: so many a second in the long run, so many at once after a rest. Pure: the time comes in.
 *
 * @module
 */

/** How fast a bucket fills, and how much goes into it. */
export interface BucketRule {
  /** Tokens that come back each second; more than 0. */
  readonly perSecond: number;
  /** Tokens that a full bucket holds: what may be taken at once. */
  readonly burst: number;
}

/** A bucket. Written by the functions here alone. */
export interface Bucket {
  /** Tokens that were in it at `at`. */
  tokens: number;
  /** When that was, in milliseconds on a clock that never goes back. */
  at: number;
}

/**
 * By how much less than a whole token will do. Who keeps exactly to the rate must never be refused because tenths do not
 * add up in binary; as nothing is given that is not taken off again, the rate in the long run stays what it is.
 */
const ROUNDING = 1e-3;

/** Makes a full bucket. */
export function fullBucket({ burst }: BucketRule, now: number): Bucket {
  return { tokens: burst, at: now };
}

/** Whether `cost` tokens are in the bucket. Takes none. */
export function holds(bucket: Bucket, rule: BucketRule, now: number, cost = 1): boolean {
  refill(bucket, rule, now);
  return bucket.tokens >= cost - ROUNDING;
}

/** Takes `cost` tokens if they are all there, and tells whether they were. */
export function take(bucket: Bucket, rule: BucketRule, now: number, cost = 1): boolean {
  if (!holds(bucket, rule, now, cost)) return false;
  bucket.tokens -= cost;
  return true;
}

/**
 * In how many milliseconds, rounded up, `cost` tokens will be in the bucket if nobody takes any; 0 when they are. What
 * costs more than a full bucket holds is treated as if it cost that.
 */
export function waitMs(bucket: Bucket, rule: BucketRule, now: number, cost = 1): number {
  if (holds(bucket, rule, now, cost)) return 0;
  const missing = Math.min(cost, rule.burst) - ROUNDING - bucket.tokens;
  return Math.max(1, Math.ceil(missing * 1000 / rule.perSecond));
}

/** How long an empty bucket takes to be full again, in milliseconds: one that rested so long need not be remembered. */
export function fillMs({ burst, perSecond }: BucketRule): number {
  return burst * 1000 / perSecond;
}

function refill(bucket: Bucket, { perSecond, burst }: BucketRule, now: number): void {
  const elapsedMs = now - bucket.at;
  if (elapsedMs <= 0) return;
  bucket.tokens = Math.min(burst, bucket.tokens + elapsedMs * perSecond / 1000);
  bucket.at = now;
}
