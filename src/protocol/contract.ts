/**
 * The contract of an application: one object of schemas from which types, checks and documents follow. Pure.
 *
 * @module
 */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import { show } from "../internal/checks.ts";
import { compileRoomPattern } from "./room_pattern.ts";

/**
 * What a contract is made of: a schema of any library that keeps the Standard Schema interface, such as zod, valibot or
 * arktype. `Input` is what is sent, `Output` what the receiver's application gets.
 */
export type Schema<Input = unknown, Output = Input> = Standard<Input, Output>;

/**
 * The interface as its authors publish it.
 *
 * @internal
 */
type Standard<Input, Output> = StandardSchemaV1<Input, Output>;

/** A message that is answered. */
export interface RequestContract {
  /** The schema of its `data`. Without one it has none: what arrives as its data is thrown away. */
  readonly data?: Schema;
  /** The schema of the answer. Without one the answer says only that it was done, and is `null`. */
  readonly reply?: Schema;
  /**
   * Which side asks.
   *
   * @default {"client"}
   */
  readonly from?: "client" | "server" | "both";
  /** What it is for; appears in documents. */
  readonly description?: string;
}

/** Rooms that a client may wish to join. */
export interface RoomContract {
  /** The schema of what a client says when it joins. Without one it says nothing: what arrives is thrown away. */
  readonly data?: Schema;
  /** The schema of what it is told when it has joined. Without one it is told nothing, and gets `null`. */
  readonly reply?: Schema;
  /** What these rooms are for; appears in documents. */
  readonly description?: string;
}

/**
 * What client and server of an application say to each other. {@linkcode defineContract} makes one, with its exact type;
 * as a type of its own, `Contract` stands for one of which nothing is known, and restricts nothing.
 */
export interface Contract {
  /** The name of the application; appears in documents. */
  readonly title?: string;
  /** The version of this contract; appears in documents. */
  readonly version?: string;
  /** What the application is for; appears in documents. */
  readonly description?: string;
  /** The messages that clients send: the schema of `data` by type. */
  readonly client?: Readonly<Record<string, Schema>>;
  /** The messages that the server sends: the schema of `data` by type. */
  readonly server?: Readonly<Record<string, Schema>>;
  /** The messages that are answered, by type. */
  readonly requests?: Readonly<Record<string, RequestContract>>;
  /**
   * The rooms, by pattern: text that stands for itself, `{name}` for one or more characters up to the character that
   * follows it in the pattern and never a `/`, `*` as the last character for any rest. Without this member there may be
   * any room. Of several patterns that fit a name, one without placeholders comes before one with, and one that ends in
   * `*` last; among equals the first counts.
   */
  readonly rooms?: Readonly<Record<string, RoomContract>>;
}

/**
 * Checks a contract and returns it as it is, with its exact type. Give it to the server and to the client as the option
 * `contract`, in one module that both import.
 *
 * @throws {TypeError} If it has an unknown member, something in the place of a schema that is none, a type that begins
 * with `$`, a type that one side sends both as a message and as a request, or a bad room pattern.
 *
 * @example
 * ```ts
 * import { defineContract } from "@switchboard/websocket/protocol";
 * import { z } from "zod";
 *
 * export const contract = defineContract({
 *   client: { say: z.object({ text: z.string().max(500) }) },
 *   server: { said: z.object({ by: z.string(), text: z.string() }) },
 *   requests: { history: { data: z.object({ limit: z.number() }), reply: z.array(z.string()) } },
 *   rooms: { "chat/{id}": {} },
 * });
 * ```
 */
export function defineContract<const C extends Contract>(contract: C): C {
  const checked: Contract = contract;
  members("", checked, ["title", "version", "description", "client", "server", "requests", "rooms"]);
  for (const name of ["title", "version", "description"] as const) text(name, checked[name]);
  for (const part of ["client", "server"] as const) {
    for (const [type, schema] of entries(part, checked[part])) {
      typeName(part, type);
      isSchema(place(part, type), schema);
    }
  }
  for (const [type, request] of entries("requests", checked.requests)) {
    typeName("requests", type);
    const at = place("requests", type);
    details(at, request, ["data", "reply", "from", "description"]);
    const { from = "client" } = request;
    if (!["client", "server", "both"].includes(from)) {
      throw breach(`"${at}.from" must be "client", "server" or "both"`, from);
    }
    for (const side of ["client", "server"] as const) {
      const isSent = from === side || from === "both";
      if (isSent && Object.hasOwn(checked[side] ?? {}, type)) {
        throw breach(`the ${side} sends "${type}" as a message and as a request: choose one, or another name`);
      }
    }
  }
  for (const [pattern, room] of entries("rooms", checked.rooms)) {
    compileRoomPattern(pattern);
    details(place("rooms", pattern), room, ["data", "reply", "description"]);
  }
  return contract;
}

/** Checks what a request or a room is described by. */
function details(at: string, value: RequestContract | RoomContract, known: readonly string[]): void {
  if (!isObject(value)) {
    throw breach(`"${at}" must be an object with ${known.map((name) => `"${name}"`).join(", ")}`, value);
  }
  if ("~standard" in value) throw breach(`"${at}" must be an object such as { data: schema }, and is a schema itself`);
  members(at, value, known);
  if (value.data !== undefined) isSchema(`${at}.data`, value.data);
  if (value.reply !== undefined) isSchema(`${at}.reply`, value.reply);
  text(`${at}.description`, value.description);
}

function members(at: string, value: object, known: readonly string[]): void {
  if (!isObject(value)) throw breach("it must be an object", value);
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) throw breach(`"${place(at, name)}" is no member of it: use ${known.join(", ")}`);
  }
}

/** The members of a part by their own names. */
function entries<Value>(part: string, record: Readonly<Record<string, Value>> | undefined): [string, Value][] {
  if (record === undefined) return [];
  if (!isObject(record)) throw breach(`"${part}" must be an object`, record);
  const prototype: unknown = Object.getPrototypeOf(record);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw breach(`"${part}" must be a plain object: a member named __proto__ must be written as ["__proto__"]`);
  }
  return Object.entries(record);
}

function typeName(part: string, type: string): void {
  if (type.startsWith("$")) throw breach(`types that begin with "$" are the protocol's: rename "${place(part, type)}"`);
}

function isSchema(at: string, value: unknown): void {
  const isHolder = (typeof value === "object" && value !== null) || typeof value === "function";
  const standard = isHolder ? (value as Partial<Schema>)["~standard"] : undefined;
  if (typeof standard?.validate !== "function") {
    throw breach(
      `"${at}" must be a schema that keeps the Standard Schema interface, as those of zod, valibot and arktype`,
      value,
    );
  }
}

function text(at: string, value: unknown): void {
  if (value !== undefined && typeof value !== "string") throw breach(`"${at}" must be a string`, value);
}

function place(part: string, name: string): string {
  return part === "" ? name : `${part}.${name}`;
}

function breach(rule: string, ...found: readonly unknown[]): TypeError {
  const value = found.length === 0 ? "" : `: current value is ${show(found[0])}`;
  return new TypeError(`Cannot use a contract as ${rule}${value}`);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
