/**
 * The options of an admission: what each means, the defaults, and the checks.
 *
 * @module
 */

import { OptionChecks } from "../internal/checks.ts";
import type { BucketRule } from "../internal/token_bucket.ts";

/** How many upgrades somebody may ask for. */
export interface UpgradeRate {
  /** Upgrades a second in the long run. */
  readonly upgradesPerSecond: number;
  /**
   * Upgrades at once after a rest.
   *
   * @default five times upgradesPerSecond
   */
  readonly burst?: number;
}

/** When peers are let in. */
export interface AdmissionOptions {
  /**
   * Upgrades a second in the long run, of all peers together; `Infinity` lifts the limit. With a millisecond for each, which
   * is plenty for a signature and a look into a database, the default leaves four fifths of a core to those who are in.
   *
   * @default {200}
   */
  readonly upgradesPerSecond?: number;
  /**
   * Upgrades at once after a rest. By default 10,000 peers are back within a minute after a restart.
   *
   * @default five times upgradesPerSecond
   */
  readonly burst?: number;
  /**
   * The same for each address (for IPv6 each network of 64 bits); `false` lifts the limit. Many people may share one
   * address, but they do not all come in one second. Behind a proxy set `trustProxy`, or all peers have one address.
   *
   * @default {{ upgradesPerSecond: 20, burst: 100 }}
   */
  readonly perAddress?: UpgradeRate | false;
  /**
   * The same for each user, by the `userId` that `authenticate` returned; `false` lifts the limit. The burst is for a
   * browser that opens all of its tabs again.
   *
   * @default {{ upgradesPerSecond: 5, burst: 50 }}
   */
  readonly perUser?: UpgradeRate | false;
  /**
   * Nobody is let in while the event loop is later than this, in milliseconds, as a mean of the last second; 0 for off.
   * A loop that is 100 ms late has more to do than it gets done.
   *
   * @default {0}
   */
  readonly maxEventLoopLagMs?: number;
  /**
   * Nobody is let in while the process holds more memory than this, in bytes; 0 for off. Without effect where the platform
   * does not tell. What is enough depends on the machine, so there is no default: four fifths of what there is are a start.
   *
   * @default {0}
   */
  readonly maxMemoryBytes?: number;
  /**
   * What peers that are refused for all are told to wait at least, in milliseconds. Those refused for themselves are told
   * when it is their turn again.
   *
   * @default {5_000}
   */
  readonly retryAfterMs?: number;
  /**
   * Addresses, and users, that are remembered at once; beyond it those seen least recently begin anew.
   *
   * @default {10_000}
   */
  readonly maxTracked?: number;
}

/** The options with their defaults; a rule is `undefined` where there is no limit. */
export interface AdmissionLimits {
  /** How many upgrades all peers together may ask for. */
  readonly all: BucketRule | undefined;
  /** How many each address may. */
  readonly address: BucketRule | undefined;
  /** How many each user may. */
  readonly user: BucketRule | undefined;
  /** As in the options. */
  readonly maxEventLoopLagMs: number;
  /** As in the options. */
  readonly maxMemoryBytes: number;
  /** As in the options. */
  readonly retryAfterMs: number;
  /** As in the options. */
  readonly maxTracked: number;
}

const NAMES = [
  "upgradesPerSecond",
  "burst",
  "perAddress",
  "perUser",
  "maxEventLoopLagMs",
  "maxMemoryBytes",
  "retryAfterMs",
  "maxTracked",
] as const;

/**
 * Checks the options and puts the defaults in.
 *
 * @throws {TypeError} If one is of a wrong kind, or unknown.
 * @throws {RangeError} If a number is out of bounds.
 */
export function resolveAdmission(options: AdmissionOptions): AdmissionLimits {
  const checks = new OptionChecks("make an admission");
  checks.knownKeys("admission", options, NAMES);
  const { upgradesPerSecond = 200, burst } = options;
  const { perAddress = { upgradesPerSecond: 20 }, perUser = { upgradesPerSecond: 5, burst: 50 } } = options;
  const duration = { min: 0 };
  return {
    all: readRate(checks, "", { upgradesPerSecond, ...(burst === undefined ? {} : { burst }) }),
    address: perAddress === false ? undefined : readRate(checks, "perAddress.", perAddress),
    user: perUser === false ? undefined : readRate(checks, "perUser.", perUser),
    maxEventLoopLagMs: checks.number("maxEventLoopLagMs", options.maxEventLoopLagMs, 0, duration),
    maxMemoryBytes: checks.number("maxMemoryBytes", options.maxMemoryBytes, 0, duration),
    retryAfterMs: checks.number("retryAfterMs", options.retryAfterMs, 5_000, duration),
    maxTracked: checks.number("maxTracked", options.maxTracked, 10_000, { min: 2, integer: true }),
  };
}

function readRate(checks: OptionChecks, prefix: string, rate: UpgradeRate): BucketRule | undefined {
  if (typeof rate !== "object" || rate === null) {
    throw checks.failure(prefix.slice(0, -1), "be an object with upgradesPerSecond, or false", rate);
  }
  checks.knownKeys(prefix === "" ? "admission" : prefix.slice(0, -1), rate, ["upgradesPerSecond", "burst"]);
  const rule = { min: 0.001, infinite: true };
  const perSecond = checks.number(`${prefix}upgradesPerSecond`, rate.upgradesPerSecond, NaN, rule);
  if (Number.isNaN(perSecond)) throw checks.failure(`${prefix}upgradesPerSecond`, "be given", undefined);
  const burst = checks.number(`${prefix}burst`, rate.burst, Math.max(1, 5 * perSecond), { min: 1, infinite: true });
  return perSecond === Infinity || burst === Infinity ? undefined : { perSecond, burst };
}
