/**
 * Asks the rules of rooms again whether a member may stay, after its peer has signed in anew. Where a rule cannot tell,
 * because it failed or took too long, the member may not stay.
 *
 * @module
 */

import { HandlerTimeoutError, MessageError } from "../errors.ts";
import type { ServerConnection } from "./connection.ts";
import { type Guard, isThenable } from "./guard.ts";
import { Exchange } from "./message_context.ts";
import type { Eventual } from "./logs.ts";
import type { RoomRules } from "./room_rules.ts";
import { RoomWish } from "./room_wish.ts";
import { Alarm, type Scheduler } from "./scheduler.ts";

/** What a check needs to know. */
export interface RoomCheckLimits {
  /** How long a rule may take; 0 for any time. */
  readonly handlerTimeoutMs: number;
}

/** The other parts that this one needs. */
export interface RoomCheckParts<Data> {
  readonly rules: RoomRules<Data>;
  readonly guard: Pick<Guard<Data>, "report">;
  readonly scheduler: Pick<Scheduler, "wakeIn" | "forget">;
  /** Takes a member out of a room, and tells its peer this code. */
  expel(connection: ServerConnection<Data>, room: string, code: string): void;
}

/** A rule that was asked and has not decided. */
export interface RoomCheck {
  /** Tells the rule that nobody waits for it any more. */
  abort(reason: Error): void;
  /** Rings when the rule's time is over. */
  readonly alarm: Alarm;
}

/** Checks members. */
export class RoomChecks<Data> {
  readonly #limits: RoomCheckLimits;
  readonly #parts: RoomCheckParts<Data>;

  /** Puts the part together. */
  constructor(limits: RoomCheckLimits, parts: RoomCheckParts<Data>) {
    this.#limits = limits;
    this.#parts = parts;
  }

  /**
   * Asks the rule of a room to which a peer was admitted; does nothing where it was not. It stays a member until the rule
   * says no, or its time is over.
   */
  ask(connection: ServerConnection<Data>, room: string): void {
    if (connection.joins?.admitted.has(room) !== true) return;
    const { rules, scheduler, expel } = this.#parts;
    this.drop(connection, room, new Error("The peer has signed in anew, and the rule is asked once more"));
    const found = rules.find(room);
    if (found === undefined) return expel(connection, room, "forbidden");
    if (found.rule.join === undefined) return;
    const check = new Check(connection, room, () => this.#timeOut(check));
    (connection.joins.checks ??= new Map()).set(room, check);
    try {
      const verdict: unknown = found.rule.join(new RoomWish(check.exchange, room, found.params, check.data, true));
      if (!isThenable(verdict)) return this.#decide(check, verdict);
      const { handlerTimeoutMs } = this.#limits;
      if (handlerTimeoutMs > 0 && check.isPending) scheduler.wakeIn(check.alarm, handlerTimeoutMs);
      Promise.resolve(verdict).then((value) => this.#decide(check, value), (error) => this.#fail(check, error));
    } catch (error) {
      this.#fail(check, error);
    }
  }

  /**
   * Asks the rules of these rooms, as far as the peer was admitted to them, whether it may be in there again. Says where it
   * may not, each with a code that says why. Nothing of it throws.
   */
  askAll(
    connection: ServerConnection<Data>,
    rooms: readonly string[],
    admitted: ReadonlyMap<string, unknown>,
  ): Eventual<ReadonlyMap<string, string>> {
    const refused = new Map<string, string>();
    const pending: PromiseLike<void>[] = [];
    for (const room of rooms) {
      if (!admitted.has(room)) continue;
      const answer = this.#askOnce(connection, room, admitted.get(room));
      const take = (code: string | undefined) => void (code !== undefined && refused.set(room, code));
      if (isThenable(answer)) pending.push(Promise.resolve(answer as PromiseLike<string | undefined>).then(take));
      else take(answer as string | undefined);
    }
    return pending.length === 0 ? refused : Promise.all(pending).then(() => refused);
  }

  /** Asks one rule. Says why the peer may not be in the room, if it may not. */
  #askOnce(connection: ServerConnection<Data>, room: string, data: unknown): Eventual<string | undefined> {
    const found = this.#parts.rules.find(room);
    if (found === undefined) return "forbidden";
    if (found.rule.join === undefined) return undefined;
    const exchange = new Exchange(connection, { type: "$join", room, data }, undefined);
    try {
      const verdict: unknown = found.rule.join(new RoomWish(exchange, room, found.params, data, true));
      return isThenable(verdict) ? this.#inTime(exchange, verdict) : codeOf(verdict);
    } catch (error) {
      return this.#refusalFor(connection, error);
    }
  }

  /** Waits for a rule, but not for ever. */
  #inTime(exchange: Exchange<Data>, verdict: PromiseLike<unknown>): Promise<string | undefined> {
    const { scheduler, guard } = this.#parts;
    const { handlerTimeoutMs } = this.#limits;
    return new Promise((resolve) => {
      const alarm = new Alarm(() => {
        const error = timeoutError(handlerTimeoutMs);
        guard.report(exchange.connection, error);
        exchange.abort(error);
        resolve("timeout");
      });
      if (handlerTimeoutMs > 0) scheduler.wakeIn(alarm, handlerTimeoutMs);
      Promise.resolve(verdict).then(codeOf, (error) => this.#refusalFor(exchange.connection, error)).then((code) => {
        scheduler.forget(alarm);
        resolve(code);
      });
    });
  }

  #refusalFor(connection: ServerConnection<Data>, error: unknown): string {
    if (error instanceof MessageError) return "forbidden";
    this.#parts.guard.report(connection, error);
    return "internal_error";
  }

  /** Nobody waits for the rule of a room any more, for this reason. */
  drop(connection: ServerConnection<Data>, room: string, reason: Error): void {
    const checks = connection.joins?.checks;
    const check = checks?.get(room);
    if (check === undefined) return;
    checks!.delete(room);
    this.#parts.scheduler.forget(check.alarm);
    check.abort(reason);
  }

  #decide(check: Check<Data>, verdict: unknown): void {
    if (this.#end(check) && verdict === false) this.#parts.expel(check.connection, check.room, "forbidden");
  }

  #fail(check: Check<Data>, error: unknown): void {
    const { guard, expel } = this.#parts;
    const wasPending = this.#end(check);
    const isRefusal = error instanceof MessageError;
    if (!isRefusal && !check.exchange.isStoppedBy(error)) guard.report(check.connection, error);
    if (wasPending) expel(check.connection, check.room, isRefusal ? "forbidden" : "internal_error");
  }

  #timeOut(check: Check<Data>): void {
    this.#end(check);
    const error = timeoutError(this.#limits.handlerTimeoutMs);
    this.#parts.guard.report(check.connection, error);
    check.abort(error);
    this.#parts.expel(check.connection, check.room, "timeout");
  }

  /** Ends the wait, and tells whether there was one. */
  #end(check: Check<Data>): boolean {
    if (!check.isPending) return false;
    check.connection.joins!.checks!.delete(check.room);
    this.#parts.scheduler.forget(check.alarm);
    return true;
  }
}

function codeOf(verdict: unknown): string | undefined {
  return verdict === false ? "forbidden" : undefined;
}

function timeoutError(timeoutMs: number): HandlerTimeoutError {
  return new HandlerTimeoutError(
    `Cannot wait longer for the rule of a room as it has not settled in ${timeoutMs} ms: ` +
      'raise "handlerTimeoutMs" or let it return sooner',
    timeoutMs,
  );
}

/** One rule that was asked. */
class Check<Data> implements RoomCheck {
  readonly connection: ServerConnection<Data>;
  readonly room: string;
  /** What the peer said when it joined. */
  readonly data: unknown;
  readonly exchange: Exchange<Data>;
  readonly alarm: Alarm;

  constructor(connection: ServerConnection<Data>, room: string, ring: () => void) {
    this.connection = connection;
    this.room = room;
    this.data = connection.joins?.admitted.get(room);
    this.exchange = new Exchange(connection, { type: "$join", room, data: this.data }, undefined);
    this.alarm = new Alarm(ring);
  }

  /** Whether anybody waits for it. */
  get isPending(): boolean {
    return this.connection.joins?.checks?.get(this.room) === this;
  }

  abort(reason: Error): void {
    this.exchange.abort(reason);
  }
}
