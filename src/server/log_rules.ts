/**
 * What is kept of which room: the option `history` with its defaults and checks, and the rule that holds for a name. Pure.
 *
 * @module
 */

import type { NumberRule, OptionChecks } from "../internal/checks.ts";
import { ALL_ROOM } from "../protocol/messages.ts";
import { type CompiledRoomPattern, compileRoomPattern } from "../protocol/room_pattern.ts";

/** How much of what is broadcast to a room is kept. */
export interface LogRule {
  /**
   * Messages.
   *
   * @default {256}
   */
  readonly maxMessages?: number;
  /**
   * Bytes (characters for text).
   *
   * @default {262_144}
   */
  readonly maxBytes?: number;
  /**
   * How long, in milliseconds; `Infinity` for any time.
   *
   * @default 120_000 for events, Infinity for states
   */
  readonly maxAgeMs?: number;
  /**
   * What is kept: `"all"` messages, events of which none is to be missed; or states, of which only the present ones count:
   * `"newest"`, the newest message alone, or `"newest-per-key"`, the newest with each `key` of `broadcast`. Who joins a room
   * with states gets those at once.
   *
   * @default {"all"}
   */
  readonly keep?: "all" | "newest" | "newest-per-key";
}

/** What is kept of what is broadcast, for peers that come back. */
export interface LogOptions extends Omit<LogRule, "keep"> {
  /**
   * Bytes (characters for text) that all logs of this server, and what is kept for single peers, may take together. Beyond
   * it, what was quiet for longest is forgotten first.
   *
   * @default {67_108_864}
   */
  readonly maxTotalBytes?: number;
  /**
   * What holds for the rooms of a pattern, in place of the numbers above; `false` keeps nothing. Patterns are those of
   * `server.room`, of which the first that fits counts; `"$all"` stands for what is broadcast to everybody.
   *
   * @default {{}}
   */
  readonly rooms?: Readonly<Record<string, LogRule | false>>;
}

/** A rule with its defaults in place. */
export type ResolvedLogRule = Required<LogRule>;

/** The option with its defaults in place. */
export interface ResolvedHistory {
  /** Bytes of all logs. */
  readonly maxTotalBytes: number;
  /** What holds for a room; `undefined` where nothing is kept. */
  ruleOf(room: string): ResolvedLogRule | undefined;
}

/** The defaults: enough for a short cut of the connection, without anybody having to think of it. */
export const LOG_DEFAULTS = {
  maxMessages: 256,
  maxBytes: 262_144,
  maxAgeMs: 120_000,
  maxTotalBytes: 67_108_864,
  keep: "all",
} as const;

const COUNT: NumberRule = { min: 1, integer: true, infinite: true };
const AGE: NumberRule = { min: 1, infinite: true };
const NUMBERS = ["maxMessages", "maxBytes", "maxAgeMs"] as const;
const KEEPS = ["all", "newest", "newest-per-key"] as const;

/**
 * Checks the option and fills in the defaults.
 *
 * @throws {TypeError} If something in it is of a wrong kind, or unknown.
 * @throws {RangeError} If a number is out of bounds.
 */
export function resolveHistory(given: LogOptions | false | undefined, checks: OptionChecks): ResolvedHistory {
  if (given === false) return { maxTotalBytes: LOG_DEFAULTS.maxTotalBytes, ruleOf: () => undefined };
  const options = given === undefined ? {} : given;
  if (typeof options !== "object" || options === null) throw checks.failure("history", "be an object or false", given);
  checks.knownKeys("history", options, [...NUMBERS, "maxTotalBytes", "rooms"]);
  const usual = resolveRule("history", options, LOG_DEFAULTS, checks);
  const rules = resolveRooms(options.rooms === undefined ? {} : options.rooms, usual, checks);
  const everybody = rules.find(({ pattern }) => pattern === ALL_ROOM);
  return {
    maxTotalBytes: checks.number("history.maxTotalBytes", options.maxTotalBytes, LOG_DEFAULTS.maxTotalBytes, COUNT),
    ruleOf(room) {
      if (room === ALL_ROOM) return everybody === undefined ? usual : everybody.rule;
      const found = rules.find(({ pattern }) => pattern !== ALL_ROOM && pattern.match(room) !== undefined);
      return found === undefined ? usual : found.rule;
    },
  };
}

interface RuleOfRooms {
  readonly pattern: CompiledRoomPattern | typeof ALL_ROOM;
  readonly rule: ResolvedLogRule | undefined;
}

function resolveRooms(
  rooms: Readonly<Record<string, LogRule | false>>,
  usual: ResolvedLogRule,
  checks: OptionChecks,
): readonly RuleOfRooms[] {
  if (typeof rooms !== "object" || rooms === null) throw checks.failure("history.rooms", "be an object", rooms);
  return Object.entries(rooms).map(([name, rule]) => {
    const path = `history.rooms["${name}"]`;
    const pattern = name === ALL_ROOM ? name : compileRoomPattern(name);
    if (rule === false) return { pattern, rule: undefined };
    if (typeof rule !== "object" || rule === null) throw checks.failure(path, "be an object or false", rule);
    checks.knownKeys(path, rule, [...NUMBERS, "keep"]);
    return { pattern, rule: resolveRule(path, rule, usual, checks) };
  });
}

function resolveRule(path: string, rule: LogRule, usual: ResolvedLogRule, checks: OptionChecks): ResolvedLogRule {
  const keep = checks.oneOf(`${path}.keep`, rule.keep, usual.keep, KEEPS);
  return {
    maxMessages: checks.number(`${path}.maxMessages`, rule.maxMessages, usual.maxMessages, COUNT),
    maxBytes: checks.number(`${path}.maxBytes`, rule.maxBytes, usual.maxBytes, COUNT),
    // A state is true until there is another one.
    maxAgeMs: checks.number(`${path}.maxAgeMs`, rule.maxAgeMs, keep === "all" ? usual.maxAgeMs : Infinity, AGE),
    keep,
  };
}
