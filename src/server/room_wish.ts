/**
 * A wish to be in a room: what its rule is given, and how its data is held against the contract.
 *
 * @module
 */

import type { Schema } from "../protocol/contract.ts";
import { invalidData, validate, type Validated } from "../protocol/contract_check.ts";
import type { ServerConnection } from "./connection.ts";
import { isThenable } from "./guard.ts";
import type { Exchange } from "./message_context.ts";
import type { Joins, RoomContext } from "./room_types.ts";

/** Characters of JSON up to which the data of a join is kept for the time when the rule is asked again. */
export const MAX_KEPT_DATA_LENGTH = 1024;

/** The context behind {@linkcode RoomContext}. */
export class RoomWish<Data> implements RoomContext<Data> {
  readonly connection: ServerConnection<Data>;
  readonly room: string;
  readonly params: Readonly<Record<string, string>>;
  readonly data: unknown;
  readonly isMember: boolean;
  readonly #exchange: Exchange<Data>;

  /** Makes the context of a wish that came, or could have come, with the message of `exchange`. */
  constructor(
    exchange: Exchange<Data>,
    room: string,
    params: Readonly<Record<string, string>>,
    data: unknown,
    isMember: boolean,
  ) {
    this.connection = exchange.connection;
    this.room = room;
    this.params = params;
    this.data = data;
    this.isMember = isMember;
    this.#exchange = exchange;
  }

  /** Made when first read. */
  get signal(): AbortSignal {
    return this.#exchange.signal;
  }
}

/** One wish under way, and the place that is kept for it where its peer is not in the room. */
export class Reservation {
  /** What the peer asked for. */
  readonly joins: Joins;
  /** Whether it was in the room when it asked. */
  readonly isMember: boolean;
  #isGivenBack: boolean;

  /** Begins. */
  constructor(joins: Joins, isMember: boolean) {
    this.joins = joins;
    this.isMember = isMember;
    this.#isGivenBack = isMember;
    joins.underWay++;
    if (!isMember) joins.reserved++;
  }

  /** The place becomes a real one, or is not needed any more. */
  giveBack(): void {
    if (this.#isGivenBack) return;
    this.#isGivenBack = true;
    this.joins.reserved--;
  }

  /** The rule has decided. */
  end(): void {
    this.joins.underWay--;
    this.giveBack();
  }

  /** Ends when the rule has decided, also where nobody waits for that any more: slow rules must not add up. */
  async until(decided: PromiseLike<unknown>): Promise<void> {
    try {
      await decided;
    } finally {
      this.end();
    }
  }
}

/** Goes on with a value: at once if it is there, later if it is a promise. */
export function after<Value>(value: Value | PromiseLike<Value>, next: (value: Value) => unknown): unknown {
  return isThenable(value) ? Promise.resolve(value as PromiseLike<Value>).then(next) : next(value as Value);
}

/** Holds what is said at the door of a room against a schema; what is wrong with it is thrown. */
export function held(
  schema: Schema | undefined,
  value: unknown,
  direction: "incoming" | "outgoing",
  room: string,
): unknown {
  if (schema === undefined) return value;
  return after<Validated>(validate(schema, value), (verdict) => {
    if (verdict.ok) return verdict.value;
    throw invalidData(direction, room, verdict.issues);
  });
}

/** Whether the data of a join is too much to be kept. */
export function isMuch(data: unknown): boolean {
  if (typeof data !== "object") return typeof data === "string" && data.length > MAX_KEPT_DATA_LENGTH;
  try {
    return JSON.stringify(data).length > MAX_KEPT_DATA_LENGTH;
  } catch {
    return true; // nested deeper than the stack, on some engines
  }
}
