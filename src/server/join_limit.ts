/**
 * How often one peer may wish to be in a room: each wish runs a rule, and perhaps a hook that tells others. Pure.
 *
 * @module
 */

import { MessageError } from "../errors.ts";
import type { ServerConnection } from "./connection.ts";
import type { Joins } from "./room_types.ts";
import { type Bucket, fullBucket, take, waitMs } from "../internal/token_bucket.ts";

/** How many wishes one peer may have. */
export interface JoinLimits {
  /** In a second, in the long run. */
  readonly maxJoinsPerSecond: number;
  /** Rooms that it may be in. */
  readonly maxRoomsPerConnection: number;
}

/**
 * Takes one of the wishes that a peer may have. If there is none, returns what it is told.
 *
 * At once it may have twice as many as it may have rooms: as many as a client needs that comes back to all of them, and
 * again that many.
 */
export function takeWish(
  peer: { bucket: Bucket | undefined },
  { maxJoinsPerSecond, maxRoomsPerConnection }: JoinLimits,
  now: () => number,
): MessageError | undefined {
  if (maxJoinsPerSecond === Infinity || maxRoomsPerConnection === Infinity) return undefined;
  const rule = { perSecond: maxJoinsPerSecond, burst: 2 * maxRoomsPerConnection };
  const at = now();
  const bucket = peer.bucket ??= fullBucket(rule, at);
  if (take(bucket, rule, at)) return undefined;
  return new MessageError("rate_limited", "Too many joins: try again later", {
    retryAfterMs: waitMs(bucket, rule, at),
  });
}

/** Begins with a peer that has asked for nothing yet. */
export function newJoins(): Joins {
  return {
    bucket: undefined,
    underWay: 0,
    reserved: 0,
    renewals: 0,
    admitted: new Map(),
    checks: undefined,
  };
}

/** Rooms that a connection is in, or wishes to be in. */
export function takenBy<Data>({ places, joins }: ServerConnection<Data>): number {
  return (places?.size ?? 0) + (joins?.reserved ?? 0);
}
