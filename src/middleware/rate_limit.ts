/**
 * Limits how many messages peers send.
 *
 * @module
 */

import { MessageError } from "../errors.ts";
import { OptionChecks } from "../internal/checks.ts";
import type { WebSocketMessage } from "../protocol/messages.ts";
import type { WebSocketPlugin } from "../server/types.ts";
import { addressKey } from "./address_key.ts";
import { BucketStore } from "./bucket_store.ts";
import { type Bucket, type BucketRule, fullBucket, take, waitMs } from "../internal/token_bucket.ts";

/** How many messages peers may send. */
export interface RateLimitOptions {
  /**
   * Messages a second in the long run. Nobody types or points as fast as the default; programs that do should say so.
   *
   * @default {50}
   */
  readonly messagesPerSecond?: number;
  /**
   * Messages at once after a rest.
   *
   * @default {100}
   */
  readonly burst?: number;
  /**
   * Who shares one allowance: each connection has its own, or all connections of one user, or all of one address (of one
   * network of 64 bits for IPv6). A connection without user or known address has its own in each case.
   *
   * @default {"connection"}
   */
  readonly per?: "connection" | "user" | "address";
  /** What a message takes of the allowance: 1 when this is left out, 0 for nothing. More than `burst` is never allowed. */
  readonly cost?: (message: WebSocketMessage) => number;
  /**
   * What happens to the peer: `"close"` closes it with 4429, `"reply"` refuses the message alone, with the code
   * `rate_limited` and `data: { retryAfterMs }`. Of a message without `id` plain peers hear nothing.
   *
   * @default {"close"}
   */
  readonly onExceeded?: "close" | "reply";
  /**
   * Users or addresses that are remembered at once; beyond it those seen least recently begin anew.
   *
   * @default {10_000}
   */
  readonly maxTracked?: number;
  /** Milliseconds on a clock that never goes back; that of the server's platform when left out. */
  readonly now?: () => number;
}

/** By what a connection's allowance is found. */
interface Limited {
  readonly userId: string | undefined;
  readonly remoteAddr: string;
}

/** Too many messages, as PROTOCOL.md has it. */
const TOO_MANY = 4429;

/**
 * Limits how many messages peers send, by token buckets. What is refused reaches neither the middleware further in nor a
 * handler. Pings, replies and other messages of the protocol do not count, as they do not pass through middleware.
 *
 * Put it in before other middleware, so that what those refuse counts too.
 *
 * @throws {TypeError} If an option is of a wrong kind, or unknown.
 * @throws {RangeError} If a number is out of bounds.
 *
 * @example Three at once, then one a second
 * ```ts
 * import { WebSocketServer } from "@switchboard/websocket";
 * import { rateLimit } from "@switchboard/websocket/middleware";
 * import { connect } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const server = new WebSocketServer({ handlers: { onMessage: (conn, message) => { conn.send(message); } } });
 * server.use(rateLimit({ messagesPerSecond: 1, burst: 3 }));
 * await using client = await connect(server);
 *
 * for (let i = 1; i <= 4; i++) client.send({ type: "text", data: i });
 *
 * assertEquals((await client.closed).code, 4429);
 * assertEquals(client.messages.length, 3);
 * ```
 */
export function rateLimit<Data = Record<string, unknown>>(options: RateLimitOptions = {}): WebSocketPlugin<Data> {
  const { rule, per, cost, onExceeded, maxTracked, now: ownClock } = resolve(options);
  return {
    name: "rate-limit",
    install(host) {
      const now = ownClock ?? (() => host.platform.now());
      const find = finder(per, rule, maxTracked, now);
      host.use({
        message(connection, message, next) {
          const price = cost === undefined ? 1 : checkedCost(cost(message));
          const at = now();
          const bucket = find(connection, at);
          if (take(bucket, rule, at, price)) return next();
          if (onExceeded === "close") return connection.close(TOO_MANY, "too many messages");
          throw new MessageError("rate_limited", "Too many messages: wait before you send more", {
            retryAfterMs: waitMs(bucket, rule, at, price),
          });
        },
      });
    },
  };
}

/** Finds the bucket from which a connection's messages are paid. */
function finder(
  per: "connection" | "user" | "address",
  rule: BucketRule,
  maxTracked: number,
  now: () => number,
): (connection: Limited, at: number) => Bucket {
  const own = new WeakMap<object, Bucket>();
  function ofConnection(connection: object, at: number): Bucket {
    let bucket = own.get(connection);
    if (bucket === undefined) own.set(connection, bucket = fullBucket(rule, at));
    return bucket;
  }
  if (per === "connection") return ofConnection;
  const shared = new BucketStore(rule, maxTracked, now());
  const addresses = new WeakMap<object, string>();
  function nameOf(connection: Limited): string {
    if (per === "user") return connection.userId ?? "";
    let name = addresses.get(connection);
    if (name === undefined) addresses.set(connection, name = addressKey(connection.remoteAddr));
    return name;
  }
  return (connection, at) => {
    const name = nameOf(connection);
    return name === "" ? ofConnection(connection, at) : shared.get(name, at);
  };
}

function checkedCost(cost: number): number {
  if (cost >= 0) return cost;
  throw new RangeError(`Cannot limit messages as "cost" must return a number of at least 0: it returned ${cost}`);
}

function resolve(options: RateLimitOptions) {
  const checks = new OptionChecks("limit messages");
  checks.knownKeys("rateLimit", options, [
    "messagesPerSecond",
    "burst",
    "per",
    "cost",
    "onExceeded",
    "maxTracked",
    "now",
  ]);
  checks.optionalFunction("cost", options.cost);
  checks.optionalFunction("now", options.now);
  return {
    rule: {
      perSecond: checks.number("messagesPerSecond", options.messagesPerSecond, 50, { min: 0.001 }),
      burst: checks.number("burst", options.burst, 100, { min: 1 }),
    },
    per: checks.oneOf("per", options.per, "connection", ["connection", "user", "address"]),
    cost: options.cost,
    onExceeded: checks.oneOf("onExceeded", options.onExceeded, "close", ["close", "reply"]),
    maxTracked: checks.number("maxTracked", options.maxTracked, 10_000, { min: 2, integer: true }),
    now: options.now,
  };
}
