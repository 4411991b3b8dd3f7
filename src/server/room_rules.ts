/**
 * Which rule holds for which room: the first whose pattern fits, in the order in which they were added.
 *
 * @module
 */

import { isPlain, OptionChecks } from "../internal/checks.ts";
import type { Off } from "../internal/emitter.ts";
import { type CompiledRoomPattern, compileRoomPattern } from "../protocol/room_pattern.ts";
import type { RoomRule } from "./room_types.ts";
import { checkHandler } from "./router.ts";
import type { AnyHandler } from "./types.ts";

/** A rule that holds for a room. */
export interface FoundRule<Data> {
  /** The rule. */
  readonly rule: RoomRule<Data>;
  /** What stands in the room's name where the pattern has its placeholders. */
  readonly params: Readonly<Record<string, string>>;
  /** The rule's handlers by type. Types come from peers, so they are keys of a Map. */
  readonly handlers: ReadonlyMap<string, AnyHandler>;
}

interface Entry<Data> {
  readonly pattern: CompiledRoomPattern;
  readonly rule: RoomRule<Data>;
  readonly handlers: ReadonlyMap<string, AnyHandler>;
}

const MEMBERS = ["join", "onJoin", "onLeave", "outgoing", "handlers"];

const checks = new OptionChecks("add a rule for rooms");

/** The rules of a server. */
export class RoomRules<Data> {
  readonly #patternOf: ((name: string) => string | undefined) | undefined;
  #entries: readonly Entry<Data>[] = [];

  /** Whether any rule has handlers. A plain field: it is read for every message. */
  hasHandlers = false;
  /** Whether any rule has an `onJoin` or `onLeave`. */
  hasHooks = false;
  /** Whether any rule changes what goes out. */
  hasFilters = false;

  /**
   * Makes a list without rules. Where a contract has rooms, `patternOf` says which of its patterns counts for a name: the
   * rule is then that of this very pattern, whatever the order, as its types are those of the pattern.
   */
  constructor(patternOf?: (name: string) => string | undefined) {
    this.#patternOf = patternOf;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.length;
  }

  /**
   * Adds a rule behind those that are there, and returns what removes it. Members of its rooms stay where they are then.
   *
   * @throws {TypeError} If the pattern has a rule or is none, or something in the rule is not what it must be.
   */
  add(pattern: string, rule: RoomRule<Data> = {}): Off {
    const compiled = compileRoomPattern(pattern);
    if (this.#entries.some((entry) => entry.pattern.pattern === pattern)) {
      throw new TypeError(
        `Cannot add a second rule for the rooms "${pattern}": remove the first by the function that room() returned`,
      );
    }
    const entry = { pattern: compiled, rule, handlers: readRule(rule) };
    this.#replace([...this.#entries, entry]);
    return () => this.#replace(this.#entries.filter((each) => each !== entry));
  }

  /** Finds the rule that holds for a room. */
  find(name: string): FoundRule<Data> | undefined {
    // Nothing is kept of a search: names come from peers, and a pattern is held against one in a tenth of a microsecond.
    const only = this.#patternOf?.(name);
    for (const { pattern, rule, handlers } of this.#entries) {
      if (only !== undefined && pattern.pattern !== only) continue;
      const params = pattern.match(name);
      if (params !== undefined) return { rule, params, handlers };
    }
    return undefined;
  }

  #replace(entries: readonly Entry<Data>[]): void {
    this.#entries = entries;
    this.hasHandlers = entries.some(({ handlers }) => handlers.size > 0);
    this.hasHooks = entries.some(({ rule }) => rule.onJoin !== undefined || rule.onLeave !== undefined);
    this.hasFilters = entries.some(({ rule }) => rule.outgoing !== undefined);
  }
}

/** Checks a rule, and returns its handlers. */
function readRule<Data>(rule: RoomRule<Data>): ReadonlyMap<string, AnyHandler> {
  if (typeof rule !== "object" || rule === null) throw checks.failure("rule", "be an object", rule);
  // An object of a class may have whatever it needs.
  if (isPlain(rule)) checks.knownKeys("the rule", rule, MEMBERS);
  for (const name of ["join", "onJoin", "onLeave", "outgoing"] as const) checks.optionalFunction(name, rule[name]);
  const { handlers = {} } = rule;
  if (typeof handlers !== "object" || handlers === null) throw checks.failure("handlers", "be an object", handlers);
  const own = Object.entries<AnyHandler | undefined>(handlers);
  const given = own.filter((entry): entry is [string, AnyHandler] => entry[1] !== undefined);
  for (const [type, handler] of given) checkHandler("handle", type, handler);
  return new Map(given);
}
