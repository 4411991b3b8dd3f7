/**
 * Holds what arrives to the contract, and what is answered where that is wanted; in order, also where schemas are async.
 *
 * It is loaded only where there is a contract, as it is larger than what most pages need.
 *
 * @module
 */

import type { InvalidDataError } from "../errors.ts";
import { escapeText } from "../internal/escape.ts";
import type { Contract, Schema } from "../protocol/contract.ts";
import { compileContract, validate, type Validated, where, wireIssues } from "../protocol/compiled_contract.ts";
import type { WebSocketMessage, WireError } from "../protocol/messages.ts";
import type { Answerer, Exchange } from "./answerer.ts";
import type { Shared } from "./shared.ts";
import type { ShelfItem } from "./shelf.ts";

/** Where the contract is kept. */
export interface Gate {
  /** Lets in a message of the application, if it is what the contract says, and then hands it on. */
  take(exchange: Exchange, bytes: number): void;
  /** Makes of an answer what the contract does. Rejects with an InvalidDataError. */
  takeReply(type: string, reply: unknown): Promise<unknown>;
  /** The same for what the server says when a room was joined. */
  takeJoinReply(room: string, reply: unknown): Promise<unknown>;
  /** Checks what is to be said when a room is joined. */
  checkJoin(room: string, data: unknown): Promise<void> | undefined;
  /** Checks what is to be answered. */
  checkReply(type: string, data: unknown): Promise<void> | undefined;
}

/** A message that waits for those before it. */
interface Waiting extends ShelfItem {
  readonly exchange: Exchange;
}

/** Types that the contract does not know, of which the application is told. */
const MAX_REPORTED_TYPES = 100;

const UNKNOWN_TYPE: WireError = { code: "unknown_type", message: "The client does not know messages of this type" };
const TOO_MANY: WireError = { code: "rate_limited", message: "Too many messages wait to be checked" };

/**
 * Makes a gate.
 *
 * @throws {TypeError} If it is no contract.
 */
export function createGate(
  contract: Contract,
  { config: { validateOutgoing }, options, core, announcer, createShelf, InvalidDataError, UnknownTypeError }: Shared,
  answerer: Answerer,
  deliver: (exchange: Exchange, bytes: number) => void,
): Gate {
  const { maxUnreadMessages, maxUnreadBytes } = options;
  const compiled = compileContract(contract, "client");
  const reported = new Set<string>();
  const waiting = createShelf<Waiting>(maxUnreadMessages, maxUnreadBytes, (message, bound, limit) => {
    core.drop("receive", message as WebSocketMessage, bound, limit);
    announcer.tellNews();
  });
  /** Whether a schema is at work. */
  let isBusy = false;

  return {
    take(exchange, bytes) {
      if (!isBusy) check(exchange, bytes);
      else if (!waiting.add({ message: exchange.message, bytes, exchange })) answerer.refuse(exchange, TOO_MANY);
    },
    takeReply: (type, reply) => made(compiled.incomingReply(type), type, reply),
    takeJoinReply: (room, reply) => made(compiled.room(room)?.reply, room, reply),
    checkJoin: (room, data) => checkOutgoing(compiled.room(room)?.data, room, data),
    checkReply: (type, data) => checkOutgoing(compiled.outgoingReply(type), type, data),
  };

  function check(exchange: Exchange, bytes: number): void {
    const { message } = exchange;
    const { type, data } = message;
    const schema = compiled.incoming(type);
    // The answer to a message to which the application gave an id of its own is not for the contract.
    if (!schema) return type === "reply" || type === "error" ? deliver(exchange, bytes) : unknown(exchange);
    const judge = (verdict: Validated) => {
      if (!verdict.ok) return refuse(exchange, invalidData("incoming", type, verdict.issues));
      // In its place, and not in a copy: the message is ours, and knows what else stood in its frame.
      if (verdict.value !== data) (message as { data?: unknown }).data = verdict.value;
      deliver(exchange, bytes);
    };
    const fail = (error: unknown) => {
      announcer.fail(error);
      answerer.refuse(exchange);
    };
    try {
      const verdict = validate(schema, data);
      if (!("then" in verdict)) return judge(verdict);
      isBusy = true;
      verdict.then(judge).catch(fail).then(next);
    } catch (error) {
      fail(error);
    }
  }

  function next(): void {
    isBusy = false;
    while (!isBusy) {
      const first = waiting.shift();
      if (!first) break;
      check(first.exchange, first.bytes);
    }
  }

  function refuse(exchange: Exchange, error: InvalidDataError): void {
    announcer.note("error", error);
    answerer.refuse(exchange, wireIssues(error));
    announcer.tellNews();
  }

  /** The contract does not know it. The application hears of it once for each type. */
  function unknown(exchange: Exchange): void {
    answerer.refuse(exchange, UNKNOWN_TYPE);
    const shown = escapeText(exchange.message.type);
    if (reported.size >= MAX_REPORTED_TYPES || reported.has(shown)) return;
    reported.add(shown);
    const text = `Cannot take a message of type "${shown}" as the contract has no such message of the server`;
    announcer.note("error", new UnknownTypeError(text, shown));
    announcer.tellNews();
  }

  function checkOutgoing(schema: Schema | undefined, name: string, data: unknown): Promise<void> | undefined {
    if (!validateOutgoing || !schema) return undefined;
    const judge = (verdict: Validated) => {
      if (!verdict.ok) throw invalidData("outgoing", name, verdict.issues);
    };
    const verdict = validate(schema, data);
    if ("then" in verdict) return verdict.then(judge);
    judge(verdict);
    return undefined;
  }

  async function made(schema: Schema | undefined, name: string, value: unknown): Promise<unknown> {
    if (!schema) return value;
    const verdict = await validate(schema, value);
    if (!verdict.ok) throw invalidData("incoming", name, verdict.issues);
    return verdict.value;
  }

  /** As that of `contract_check.ts`, which would bring the class itself: every page has that already. */
  function invalidData(
    direction: "incoming" | "outgoing",
    type: string,
    issues: InvalidDataError["issues"],
  ): InvalidDataError {
    const name = escapeText(type);
    const [first = { path: [], message: "" }] = issues;
    const others = issues.length > 1 ? ` (and at ${issues.length - 1} more)` : "";
    const why = first.message && `: ${escapeText(first.message)}`;
    const action = direction === "incoming" ? "take" : "send";
    const text = `Cannot ${action} "${name}" as its data is not valid${where(first)}${others}${why}`;
    return new InvalidDataError(text, direction, name, issues);
  }
}
