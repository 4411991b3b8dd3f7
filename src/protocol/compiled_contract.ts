/**
 * A contract at work: which schema stands for which type on one side, how data is held against it, and what a peer is told
 * of data that does not fit. Pure.
 *
 * It brings no class of errors: the client loads it later than those.
 *
 * @module
 */

import type { DataIssue, InvalidDataError } from "../errors.ts";
import { escapeText } from "../internal/escape.ts";
import { type Contract, defineContract, type RoomContract, type Schema } from "./contract.ts";
import type { WireError } from "./messages.ts";
import { type CompiledRoomPattern, compileRoomPattern } from "./room_pattern.ts";

/** What a contract says of one room. */
export interface CompiledRoom {
  /** The pattern that counts for the name. */
  readonly pattern: string;
  /** What the client's data is checked with, on either side; nothing is checked where it is absent. */
  readonly data?: Schema;
  /** What the server's reply is checked with, on either side; nothing is checked where it is absent. */
  readonly reply?: Schema;
}

/** A contract as one side uses it. All look-ups are by Map, so that a type may have any name. */
export interface CompiledContract {
  /** The schema of the data of a message or request that arrives; `undefined` if this type may not arrive. */
  incoming(type: string): Schema | undefined;
  /** The schema of the answer to a request of this side; `undefined` if this side makes no such request. */
  incomingReply(type: string): Schema | undefined;
  /** The schema of the data of what this side sends; `undefined` if it may not send this type, or data says nothing. */
  outgoing(type: string): Schema | undefined;
  /** The schema of the answer that this side gives to a request; `undefined` if there is none to check it with. */
  outgoingReply(type: string): Schema | undefined;
  /** Whether this type may arrive here. */
  knows(type: string): boolean;
  /** What the contract says of a room; `undefined` if there may be no such room. */
  room(name: string): CompiledRoom | undefined;
}

/** What a schema made of a value, or what is wrong with it: the first 100 issues. */
export type Validated =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issues: readonly DataIssue[] };

/** The most issues that are kept: a schema tells everything that is wrong, and a peer may send much that is. */
const MAX_KEPT_ISSUES = 100;

/** The most issues that a peer is told of. */
const MAX_ISSUES = 10;

/** The most steps of a path that a peer is told of. */
const MAX_STEPS = 16;

/** The most characters of a step, before they are escaped. */
const MAX_STEP_CHARACTERS = 64;

/**
 * Prepares a contract for one side.
 *
 * Where a request has no schema for its data, or its reply, what arrives is replaced by `undefined`, or `null`, so that
 * nothing unchecked comes in. A reply of `null` also counts as none for a schema that would take `undefined`. The types
 * `text` and `binary`, under which frames that are no messages are handed on, may arrive unless the contract has types of
 * these names, with data that is a string, or bytes.
 *
 * @throws {TypeError} If it is not one that {@linkcode defineContract} would take.
 */
export function compileContract(contract: Contract, side: "server" | "client"): CompiledContract {
  const { client = {}, server = {}, requests = {} } = defineContract(contract);
  const [ours, theirs] = side === "server" ? [server, client] : [client, server];
  const incoming = new Map<string, Schema>([["text", TEXT], ["binary", BYTES], ...Object.entries(theirs)]);
  const outgoing = new Map<string, Schema>(Object.entries(ours));
  const incomingReply = new Map<string, Schema>();
  const outgoingReply = new Map<string, Schema>();
  for (const [type, { data, reply, from = "client" }] of Object.entries(requests)) {
    if (from !== side) {
      incoming.set(type, data ?? NO_DATA);
      if (reply !== undefined) outgoingReply.set(type, reply);
    }
    if (from === side || from === "both") {
      outgoing.set(type, data ?? NO_DATA);
      incomingReply.set(type, arrivingReply(reply));
    }
  }
  const room = compileRooms(contract.rooms, side);
  return {
    incoming: (type) => incoming.get(type),
    incomingReply: (type) => incomingReply.get(type),
    outgoing: (type) => outgoing.get(type),
    outgoingReply: (type) => outgoingReply.get(type),
    knows: (type) => incoming.has(type),
    room,
  };
}

/** Holds a value against a schema; at once if the schema is sync. What the schema throws is thrown on. */
export function validate(schema: Schema, value: unknown): Validated | Promise<Validated> {
  const result = schema["~standard"].validate(value);
  return isPromise(result) ? result.then(toValidated) : toValidated(result);
}

/**
 * What a peer is told of data that does not fit: where, cut and escaped, and no more. Neither a value nor what the schema
 * says is in it.
 */
export function wireIssues(error: InvalidDataError): WireError {
  const issues = error.issues.slice(0, MAX_ISSUES);
  return {
    code: "invalid_data",
    message: `The data is not valid${where(issues[0])}`,
    data: { issues: issues.map(({ path }) => ({ path: safePath(path) })) },
  };
}

/** Where it does not fit, for a sentence. */
export function where(issue: DataIssue | undefined): string {
  const path = safePath(issue?.path ?? []);
  return path.length === 0 ? "" : ` at "${escapeText(path.join("."))}"`;
}

function safePath(path: DataIssue["path"]): readonly (string | number)[] {
  return path.slice(0, MAX_STEPS).map((step) =>
    typeof step === "number" ? step : escapeText(step.slice(0, MAX_STEP_CHARACTERS))
  );
}

type Result = Awaited<ReturnType<Schema["~standard"]["validate"]>>;

function toValidated(result: Result): Validated {
  if (!result.issues) return { ok: true, value: result.value };
  const kept = result.issues.slice(0, MAX_KEPT_ISSUES);
  return { ok: false, issues: kept.map(({ message, path = [] }) => ({ path: Array.from(path, toStep), message })) };
}

function toStep(segment: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof segment === "object" ? segment.key : segment;
  return typeof key === "number" && Number.isFinite(key) ? key : String(key);
}

function isPromise<T extends object>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Partial<Promise<T>>).then === "function";
}

function compileRooms(
  rooms: Readonly<Record<string, RoomContract>> | undefined,
  side: "server" | "client",
): (name: string) => CompiledRoom | undefined {
  if (rooms === undefined) return () => ANY_ROOM;
  const exact = new Map<string, CompiledRoom>();
  const others: { readonly compiled: CompiledRoomPattern; readonly room: CompiledRoom }[] = [];
  for (const [pattern, contract] of Object.entries(rooms)) {
    const compiled = compileRoomPattern(pattern);
    const room = compileRoom(pattern, contract, side);
    if (compiled.names.length === 0 && !compiled.hasRest) exact.set(pattern, room);
    else others.push({ compiled, room });
  }
  // The sort is stable: among equals, the order of the contract stays.
  others.sort((a, b) => Number(a.compiled.hasRest) - Number(b.compiled.hasRest));
  return (name) => exact.get(name) ?? others.find(({ compiled }) => compiled.match(name) !== undefined)?.room;
}

function compileRoom(pattern: string, { data, reply }: RoomContract, side: "server" | "client"): CompiledRoom {
  if (side === "server") return { pattern, data: data ?? NO_DATA, ...(reply === undefined ? {} : { reply }) };
  return { pattern, data: data ?? NO_DATA, reply: arrivingReply(reply) };
}

const ANY_ROOM: CompiledRoom = { pattern: "*" };

/** The schema of a reply that arrives: as an answer cannot be left out, `null` also stands for no answer. */
function arrivingReply(schema: Schema | undefined): Schema {
  if (schema === undefined) return NO_REPLY;
  const { vendor, validate } = schema["~standard"];
  return schemaOf((value) => {
    const result = validate(value);
    if (value !== null) return result;
    const orNone = (result: Result) => result.issues ? validate(undefined) : result;
    return isPromise(result) ? result.then(orNone) : orNone(result);
  }, vendor);
}

function schemaOf(validate: Schema["~standard"]["validate"], vendor = "switchboard"): Schema {
  return { "~standard": { version: 1, vendor, validate } };
}

const NO_DATA: Schema = schemaOf(() => ({ value: undefined }));
const NO_REPLY: Schema = schemaOf(() => ({ value: null }));
const TEXT: Schema = schemaOf((value) =>
  typeof value === "string" ? { value } : { issues: [{ message: "Expected a string" }] }
);
const BYTES: Schema = schemaOf((value) =>
  value instanceof Uint8Array ? { value } : { issues: [{ message: "Expected bytes" }] }
);
