/**
 * The JSON Schemas of a contract: asked of the library of each schema, and moved to their place in the document. Pure.
 *
 * @module
 */

import type { StandardJSONSchemaV1 } from "@standard-schema/spec";
import type { Schema } from "../protocol/contract.ts";
import type { JsonSchema, JsonSchemaMaker } from "./types.ts";

/** What was found out of a schema. */
export type Described =
  | { readonly schema: JsonSchema; readonly problem?: undefined }
  | { readonly schema?: undefined; readonly problem: string };

/** The draft that AsyncAPI 3.0 is a superset of. */
const DRAFT = "draft-07";

/** Keywords that hold a schema, a list of schemas or, `items`, either. */
const HOLDERS: ReadonlySet<string> = new Set([
  "additionalItems",
  "additionalProperties",
  "allOf",
  "anyOf",
  "contains",
  "else",
  "if",
  "items",
  "not",
  "oneOf",
  "prefixItems",
  "propertyNames",
  "then",
  "unevaluatedItems",
  "unevaluatedProperties",
]);

/** Keywords that hold schemas by names of the application. */
const MAPS: ReadonlySet<string> = new Set([
  "$defs",
  "definitions",
  "dependencies",
  "dependentSchemas",
  "patternProperties",
  "properties",
]);

/**
 * Describes what a schema takes: by `make`, if that gives anything, else by what the schema's library offers on the schema
 * itself, which is the interface Standard JSON Schema. What it refers to in itself is then found under `place`, a JSON
 * pointer such as `#/components/schemas/client.say`.
 */
export function describeSchema(schema: Schema, place: string, make: JsonSchemaMaker | undefined): Described {
  try {
    const made = make?.(schema, "input") ?? ofLibrary(schema);
    if (made === undefined) {
      const { vendor } = schema["~standard"];
      return { problem: `schemas of ${vendor} do not offer JSON Schema: give the option "toJsonSchema"` };
    }
    if (!isSchema(made)) return { problem: "what was made of it is no JSON Schema, which is an object or a boolean" };
    return { schema: move(withoutDialect(made), place) };
  } catch (error) {
    return { problem: `it has no JSON Schema: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Whether a schema takes `undefined`, so that a message may come without data. An asynchronous one is taken not to. */
export function takesUndefined(schema: Schema): boolean {
  try {
    const result = schema["~standard"].validate(undefined);
    if ("then" in result) {
      // It is of no interest what it says, nor whether it fails.
      Promise.resolve(result).catch(() => {});
      return false;
    }
    return !result.issues;
  } catch {
    return false;
  }
}

function ofLibrary(schema: Schema): unknown {
  const standard: Schema["~standard"] & Partial<StandardJSONSchemaV1["~standard"]> = schema["~standard"];
  return standard.jsonSchema?.input({ target: DRAFT });
}

function withoutDialect(schema: JsonSchema): JsonSchema {
  if (typeof schema === "boolean") return schema;
  const { $schema: _, ...rest } = schema;
  return rest;
}

/** A copy whose references to itself go through `place`. Values, as in `const` or `default`, stay as they are. */
function move(schema: unknown, place: string): JsonSchema {
  if (!isSchema(schema) || typeof schema === "boolean") return schema as JsonSchema;
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [keyword, moveKeyword(keyword, value, place)]),
  );
}

function moveKeyword(keyword: string, value: unknown, place: string): unknown {
  if (keyword === "$ref" && typeof value === "string" && value.startsWith("#")) return `${place}${value.slice(1)}`;
  if (HOLDERS.has(keyword)) return Array.isArray(value) ? value.map((each) => move(each, place)) : move(value, place);
  if (MAPS.has(keyword) && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, move(each, place)]));
  }
  return value;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "boolean" || isObject(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
