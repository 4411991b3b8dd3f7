/**
 * How clients come back to their sessions: the option `resume` with its defaults and checks. Pure.
 *
 * @module
 */

import type { NumberRule, OptionChecks } from "../internal/checks.ts";
import type { SessionLimits } from "./sessions.ts";

/** How managed peers come back to what they had. */
export interface ResumeOptions<Data = Record<string, unknown>> {
  /**
   * How long a client may be away, in milliseconds, before its session is over.
   *
   * @default {120_000}
   */
  readonly windowMs?: number;
  /**
   * How many clients may be away at once; beyond it the session of the one that went first ends.
   *
   * @default {10_000}
   */
  readonly maxSuspended?: number;
  /**
   * The same for clients of one address, so that one cannot push out all others. `Infinity` lifts the limit.
   *
   * @default {1_000}
   */
  readonly maxSuspendedPerAddress?: number;
  /**
   * Messages that were sent to one client alone, answers among them, and that it has not acknowledged; the oldest ones are
   * forgotten beyond it. A client that comes back and misses those is told.
   *
   * @default {256}
   */
  readonly maxMessages?: number;
  /**
   * The same in bytes (characters for text).
   *
   * @default {262_144}
   */
  readonly maxBytes?: number;
  /**
   * Makes the application's data of a connection that goes on with a session: of what the session has, and what
   * `authenticate` (or the option `data`) says now. The rules of its rooms are asked after that.
   *
   * @default what the session has
   */
  readonly data?: (kept: Data, fresh: Data | undefined) => Data;
}

/** The option with its defaults in place. */
export interface ResolvedResume<Data> extends SessionLimits {
  readonly data: ((kept: Data, fresh: Data | undefined) => Data) | undefined;
}

/** The defaults. */
export const RESUME_DEFAULTS = {
  windowMs: 120_000,
  maxSuspended: 10_000,
  maxSuspendedPerAddress: 1_000,
  maxMessages: 256,
  maxBytes: 262_144,
} as const;

const COUNT: NumberRule = { min: 1, integer: true, infinite: true };
const WINDOW: NumberRule = { min: 1, max: 2 ** 31 - 1 };

/**
 * Checks the option and fills in the defaults. A window of 0 stands for no sessions.
 *
 * @throws {TypeError} If something in it is of a wrong kind, or unknown.
 * @throws {RangeError} If a number is out of bounds.
 */
export function resolveResume<Data>(
  given: ResumeOptions<Data> | false | undefined,
  checks: OptionChecks,
): ResolvedResume<Data> {
  if (given === false) return { ...RESUME_DEFAULTS, windowMs: 0, data: undefined };
  const options = given === undefined ? {} : given;
  if (typeof options !== "object" || options === null) throw checks.failure("resume", "be an object or false", given);
  checks.knownKeys("resume", options, [...Object.keys(RESUME_DEFAULTS), "data"]);
  checks.optionalFunction("resume.data", options.data);
  const number = (name: keyof typeof RESUME_DEFAULTS, rule: NumberRule): number =>
    checks.number(`resume.${name}`, options[name], RESUME_DEFAULTS[name], rule);
  return {
    windowMs: number("windowMs", WINDOW),
    maxSuspended: number("maxSuspended", COUNT),
    maxSuspendedPerAddress: number("maxSuspendedPerAddress", COUNT),
    maxMessages: number("maxMessages", COUNT),
    maxBytes: number("maxBytes", COUNT),
    data: options.data,
  };
}
