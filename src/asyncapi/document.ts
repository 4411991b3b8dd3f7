/**
 * Makes an AsyncAPI 3.0 document of a contract. Pure.
 *
 * @module
 */

import { OptionChecks } from "../internal/checks.ts";
import {
  type Contract,
  defineContract,
  type RequestContract,
  type RoomContract,
  type Schema,
} from "../protocol/contract.ts";
import { describeSchema, takesUndefined } from "./json_schema.ts";
import { toKey, toRoomKey } from "./keys.ts";
import {
  COMMON_SCHEMAS,
  correlatedMessage,
  type DataSchema,
  message,
  plainMessage,
  replyMessage,
  requestMessage,
} from "./payloads.ts";
import { describeRooms } from "./rooms.ts";
import { describeSocket } from "./socket.ts";
import type {
  AsyncApiChannel,
  AsyncApiDocument,
  AsyncApiMessage,
  AsyncApiOperation,
  AsyncApiOptions,
  AsyncApiReference,
  JsonSchema,
} from "./types.ts";

/**
 * Describes a contract by an AsyncAPI 3.0 document, from the server's point of view: what it receives, sends, answers and
 * asks over its socket, and which rooms there are. The same contract gives the same document.
 *
 * The schemas of the messages' data come from the schemas' own library where that offers the interface Standard JSON
 * Schema, as zod and arktype do, else from the option `toJsonSchema`. Where neither has one, the document allows anything
 * and `onWarning` is told. To find out whether a message may come without data, each schema is asked whether it takes
 * `undefined`.
 *
 * @throws {TypeError} If it is not a contract that `defineContract` would take, or an option is unknown or of the wrong kind.
 *
 * @example
 * ```ts
 * import { asyncApi } from "@switchboard/websocket/asyncapi";
 * import { defineContract } from "@switchboard/websocket/protocol";
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 *
 * const contract = defineContract({ title: "Chat", client: { say: z.object({ text: z.string() }) } });
 *
 * const document = asyncApi(contract, { url: "wss://example.com/ws" });
 *
 * assertEquals(document.info.title, "Chat");
 * assertEquals(Object.keys(document.operations), ["receive.say"]);
 * ```
 */
export function asyncApi(contract: Contract, options: AsyncApiOptions = {}): AsyncApiDocument {
  CHECKS.knownKeys("asyncApi", options, OPTIONS);
  CHECKS.optionalFunction("toJsonSchema", options.toJsonSchema);
  CHECKS.optionalFunction("onWarning", options.onWarning);
  return new Draft(defineContract(contract), options).document();
}

const CHECKS = new OptionChecks("make an AsyncAPI document");
const OPTIONS = ["title", "version", "description", "url", "servers", "path", "toJsonSchema", "onWarning"];

/** How the answers are called for plain peers and for those that speak our subprotocol. */
const REPLY: JsonSchema = { enum: ["reply", "$reply"] };
const ERROR: JsonSchema = { enum: ["error", "$error"] };

/** A document in the making. */
class Draft {
  readonly #contract: Contract;
  readonly #options: AsyncApiOptions;
  readonly #hasRooms: boolean;
  readonly #channels = new Map<string, AsyncApiChannel>();
  readonly #operations = new Map<string, AsyncApiOperation>();
  readonly #messages = new Map<string, AsyncApiMessage>();
  readonly #schemas = new Map<string, JsonSchema>();
  readonly #roomKeys = new Set<string>();

  constructor(contract: Contract, options: AsyncApiOptions) {
    this.#contract = contract;
    this.#options = options;
    this.#hasRooms = Object.keys(contract.rooms ?? {}).length > 0;
  }

  document(): AsyncApiDocument {
    const { client = {}, server = {}, requests = {}, rooms = {} } = this.#contract;
    const { channel, servers } = describeSocket(this.#options);
    const title = this.#options.title ?? this.#contract.title ?? "WebSocket API";
    const version = this.#options.version ?? this.#contract.version ?? "1.0.0";
    const description = this.#options.description ?? this.#contract.description;
    const onSocket: string[] = [];
    for (const [type, schema] of Object.entries(client)) onSocket.push(this.#plain("client", type, schema));
    for (const [type, schema] of Object.entries(server)) onSocket.push(this.#plain("server", type, schema));
    for (const [type, request] of Object.entries(requests)) onSocket.push(...this.#request(type, request));
    this.#channels.set("socket", { ...channel, messages: this.#references(onSocket) });
    for (const [pattern, room] of Object.entries(rooms)) this.#room(pattern, room);
    return {
      asyncapi: "3.0.0",
      info: { title, version, ...(description === undefined ? {} : { description }) },
      defaultContentType: "application/json",
      ...(servers === undefined ? {} : { servers }),
      channels: Object.fromEntries(this.#channels),
      operations: Object.fromEntries(this.#operations),
      components: { messages: Object.fromEntries(this.#messages), schemas: Object.fromEntries(this.#schemas) },
    };
  }

  /** Adds a message that is not answered, and what the server does with it. Returns the message's key. */
  #plain(side: "client" | "server", type: string, schema: Schema): string {
    const key = `${side}.${toKey(type)}`;
    const data = this.#data(`${side}.${type}`, key, schema);
    this.#messages.set(key, plainMessage({ name: type, title: type }, data, this.#hasRooms && side === "client"));
    const [action, title] = side === "client"
      ? ["receive", `A client sends "${type}"`] as const
      : ["send", `The server sends "${type}"`] as const;
    this.#operate(`${action}.${toKey(type)}`, { action, title }, "socket", [key]);
    return key;
  }

  /** Adds a request, its answers, and what the server does with them. Returns the keys of the messages. */
  #request(type: string, { data, reply, from = "client", description }: RequestContract): string[] {
    const [key, replyKey] = [`request.${toKey(type)}`, `reply.${toKey(type)}`];
    const about = { name: type, title: type, ...(description === undefined ? {} : { description }) };
    const question = this.#data(`requests.${type}.data`, key, data);
    this.#messages.set(key, requestMessage(about, question, this.#hasRooms && from !== "server"));
    const answer = this.#data(`requests.${type}.reply`, replyKey, reply);
    this.#messages.set(replyKey, replyMessage(`The answer to "${type}"`, REPLY, answer));
    const replies = [replyKey, this.#error()];
    const told = description === undefined ? {} : { description };
    if (from !== "server") {
      const what = { action: "receive", title: `A client asks "${type}"`, ...told } as const;
      this.#operate(`receive.${toKey(type)}`, what, "socket", [key], replies);
    }
    if (from !== "client") {
      const what = { action: "send", title: `The server asks "${type}"`, ...told } as const;
      this.#operate(`send.${toKey(type)}`, what, "socket", [key], replies);
    }
    return [key, ...replies];
  }

  /** Adds rooms, how they are joined and left, and what the server does then. */
  #room(pattern: string, { data, reply, description }: RoomContract): void {
    const key = toRoomKey(pattern, this.#roomKeys);
    this.#roomKeys.add(key);
    const { address, parameters, schema } = describeRooms(pattern);
    const said = this.#data(`rooms.${pattern}.data`, `join.${key}`, data);
    const properties = { room: schema, ...(said.schema === undefined ? {} : { data: said.schema }) };
    const required = said.schema === undefined || said.isOptional ? ["room"] : ["room", "data"];
    const about = { name: "$join", title: `A client wants to be in "${pattern}"` };
    this.#messages.set(`join.${key}`, correlatedMessage(about, { const: "$join" }, properties, required));
    const told = this.#data(`rooms.${pattern}.reply`, `joined.${key}`, reply);
    const joined = replyMessage(`A client is in "${pattern}"`, { const: "$reply" }, told);
    this.#messages.set(`joined.${key}`, joined);
    const room: JsonSchema = { type: "string" };
    this.#messages.set("leave", correlatedMessage(LEAVE, { const: "$leave" }, { room }));
    this.#messages.set(
      "done",
      replyMessage("It was done", { const: "$reply" }, { schema: undefined, isOptional: false }),
    );
    this.#messages.set(
      "left",
      message(LEFT, { type: { const: "$left" }, room, code: { type: "string" } }, ["room", "code"]),
    );
    this.#channels.set(`room.${key}`, {
      address,
      title: `Rooms "${pattern}"`,
      description: description ?? "Rooms of the socket, for clients that speak switchboard.v1",
      parameters,
      messages: this.#references([`join.${key}`, `joined.${key}`, "leave", "done", "left", this.#error()]),
    });
    const join = { action: "receive", title: `A client joins "${pattern}"` } as const;
    this.#operate(`join.${key}`, join, `room.${key}`, [`join.${key}`], [`joined.${key}`, "error"]);
    const leave = { action: "receive", title: `A client leaves "${pattern}"` } as const;
    this.#operate(`leave.${key}`, leave, `room.${key}`, ["leave"], ["done", "error"]);
    const left = { action: "send", title: `The server takes a client out of "${pattern}"` } as const;
    this.#operate(`left.${key}`, left, `room.${key}`, ["left"]);
  }

  /** Adds the answer to everything that fails. Returns its key. */
  #error(): string {
    for (const [key, schema] of Object.entries(COMMON_SCHEMAS)) this.#schemas.set(key, schema);
    const error: JsonSchema = { $ref: "#/components/schemas/error" };
    this.#messages.set("error", correlatedMessage({ name: "error", title: "It failed" }, ERROR, { error }));
    return "error";
  }

  #operate(
    key: string,
    what: Pick<AsyncApiOperation, "action" | "title" | "description">,
    on: string,
    messages: readonly string[],
    replies: readonly string[] = [],
  ): void {
    const channel = { $ref: `#/channels/${on}` };
    const refer = (message: string) => ({ $ref: `#/channels/${on}/messages/${message}` });
    const reply = replies.length === 0 ? {} : { reply: { channel, messages: replies.map(refer) } };
    this.#operations.set(key, { ...what, channel, messages: messages.map(refer), ...reply });
  }

  /** Adds the schema of some data, and returns where it is. */
  #data(place: string, key: string, schema: Schema | undefined): DataSchema {
    if (schema === undefined) return { schema: undefined, isOptional: true };
    const reference = `#/components/schemas/${key}`;
    const described = describeSchema(schema, reference, this.#options.toJsonSchema);
    if (described.problem !== undefined) {
      this.#options.onWarning?.({ place, message: `Anything is allowed for ${place} as ${described.problem}` });
    }
    this.#schemas.set(key, described.schema ?? {});
    return { schema: { $ref: reference }, isOptional: takesUndefined(schema) };
  }

  #references(keys: readonly string[]): Record<string, AsyncApiReference> {
    return Object.fromEntries(keys.map((key) => [key, { $ref: `#/components/messages/${key}` }]));
  }
}

const LEAVE = { name: "$leave", title: "A client wants to leave the room" };
const LEFT = { name: "$left", title: "The server took the client out of the room" };
