/**
 * The messages of the wire as JSON Schema: the envelope around the data of the application. Pure.
 *
 * @module
 */

import type { AsyncApiMessage, JsonSchema } from "./types.ts";

/** Where a schema for data stands, or the schema itself, and whether the data may be missing. */
export interface DataSchema {
  /** The schema of the data, `undefined` where there is none. */
  readonly schema: JsonSchema | undefined;
  /** Whether a message may come without. */
  readonly isOptional: boolean;
}

/** What is said of a message beside its payload. */
interface About {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
}

type Properties = Readonly<Record<string, JsonSchema>>;

/** The schemas that all documents have. */
export const COMMON_SCHEMAS: Readonly<Record<"id" | "error", JsonSchema>> = {
  id: {
    description: "Chosen by who asks; the answer carries it",
    type: ["string", "integer"],
    maxLength: 128,
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
  },
  error: {
    type: "object",
    properties: {
      code: {
        description: "One of the codes of the protocol, or one of the application's own",
        type: "string",
        examples: ["internal_error", "timeout", "forbidden", "rate_limited", "unknown_type", "invalid_data"],
      },
      message: { description: "A sentence that is safe to show", type: "string" },
      data: { description: "More, where there is more to say" },
    },
    required: ["code", "message"],
  },
};

const ID: JsonSchema = { $ref: "#/components/schemas/id" };

/** The member by which a client sends a message to a room. */
const ROOM: Properties = { room: { description: "The room to which it belongs, if to any", type: "string" } };

/** A message that asks for nothing. */
export function plainMessage(about: About, data: DataSchema, mayHaveRoom: boolean): AsyncApiMessage {
  const room = mayHaveRoom ? ROOM : {};
  return message(about, { type: { const: about.name }, ...dataOf(data), ...room }, requiredOf(data));
}

/** A message that carries an `id`, because it asks or answers. */
export function correlatedMessage(
  about: About,
  type: JsonSchema,
  properties: Properties,
  required: readonly string[] = Object.keys(properties),
): AsyncApiMessage {
  const { name, title, payload } = message(about, { type, id: ID, ...properties }, ["id", ...required]);
  const description = about.description === undefined ? {} : { description: about.description };
  return { name, title, ...description, correlationId: { location: "$message.payload#/id" }, payload };
}

/** A message that asks. */
export function requestMessage(about: About, data: DataSchema, mayHaveRoom: boolean): AsyncApiMessage {
  const properties = { ...dataOf(data), ...(mayHaveRoom ? ROOM : {}) };
  return correlatedMessage(about, { const: about.name }, properties, requiredOf(data));
}

/** The answer to such a message. As an answer is never left out, `null` stands for none. */
export function replyMessage(title: string, type: JsonSchema, { schema, isOptional }: DataSchema): AsyncApiMessage {
  const none: JsonSchema = { type: "null" };
  const data = schema === undefined ? none : isOptional ? { anyOf: [schema, none] } : schema;
  return correlatedMessage({ name: "reply", title }, type, { data });
}

/** A message of any kind. */
export function message(about: About, properties: Properties, required: readonly string[]): AsyncApiMessage {
  return { ...about, payload: { type: "object", properties, required: ["type", ...required] } };
}

function dataOf({ schema }: DataSchema): Properties {
  return schema === undefined ? {} : { data: schema };
}

function requiredOf({ schema, isOptional }: DataSchema): readonly string[] {
  return schema === undefined || isOptional ? [] : ["data"];
}
