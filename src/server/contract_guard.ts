/**
 * Holds what the server's own code does against the contract: which types and rooms it may name, and, where that is
 * switched on, what it sends.
 *
 * @module
 */

import type { Contract, Schema } from "../protocol/contract.ts";
import { compileContract, type CompiledContract, invalidData, validate } from "../protocol/contract_check.ts";
import { show } from "../internal/checks.ts";
import { bytesOf, written } from "../protocol/codec.ts";
import type { Sendable } from "../protocol/messages.ts";
import { isThenable } from "./guard.ts";

/** Checks what goes out. */
export class ContractGuard {
  /** The contract, as it is looked up by type. */
  readonly compiled: CompiledContract;
  /** Checks a message; `undefined` where outgoing messages are not checked. */
  readonly check: ((message: Sendable) => void) | undefined = undefined;
  /** Checks an answer; `undefined` where they are not checked. */
  readonly checkReply: ((type: string, data: unknown) => void) | undefined = undefined;
  /** Which pattern of the contract counts for a room; `undefined` where the contract says nothing of rooms. */
  readonly patternOf: ((room: string) => string | undefined) | undefined;
  readonly #patterns: readonly string[] | undefined;

  /** Reads a contract. */
  constructor(contract: Contract, validateOutgoing: boolean) {
    const compiled = this.compiled = compileContract(contract, "server");
    this.#patterns = contract.rooms === undefined ? undefined : Object.keys(contract.rooms);
    this.patternOf = contract.rooms === undefined ? undefined : (room) => compiled.room(room)?.pattern;
    if (!validateOutgoing) return;
    this.check = (message) => {
      if (typeof message === "string" || bytesOf(message) !== undefined) return; // they stand outside of any contract
      const { type, data } = (written(message) ?? {}) as Record<string, unknown>;
      const schema = typeof type === "string" ? compiled.outgoing(type) : undefined;
      if (schema === undefined) throw unknownType("send", type);
      checkNow(schema, data, type as string);
    };
    this.checkReply = (type, data) => {
      const schema = compiled.outgoingReply(type);
      if (schema !== undefined) checkNow(schema, data, type);
    };
  }

  /**
   * Checks that rooms of a pattern may have a rule with these handlers.
   *
   * @throws {TypeError} If the contract has rooms, and not these, or no client sends one of the types.
   */
  checkRoom(pattern: string, handlers: object = {}): void {
    for (const type of Object.keys(handlers)) this.checkHandled(type);
    if (this.#patterns === undefined || this.#patterns.includes(pattern)) return;
    throw new TypeError(
      `Cannot add a rule for the rooms "${pattern}" as the contract has no such pattern: known are ${
        this.#patterns.join(", ")
      }`,
    );
  }

  /**
   * Checks that a type may have a handler.
   *
   * @throws {TypeError} If no client sends it.
   */
  checkHandled(type: string): void {
    if (!this.compiled.knows(type)) throw unknownType("handle", type);
  }
}

function checkNow(schema: Schema, data: unknown, type: string): void {
  const verdict = validate(schema, data);
  if (isThenable(verdict)) {
    verdict.then(undefined, () => {});
    throw new TypeError(
      `Cannot check an outgoing "${type}" as its schema is asynchronous: make it synchronous, or set validateOutgoing: false`,
    );
  }
  const now = verdict as Awaited<typeof verdict>;
  if (!now.ok) throw invalidData("outgoing", type, now.issues);
}

function unknownType(verb: string, type: unknown): TypeError {
  const what = typeof type === "string" ? show(type) : "what has no type";
  return new TypeError(`Cannot ${verb} ${what} as the contract has no such message: add it to the contract`);
}
