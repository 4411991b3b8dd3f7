/**
 * Patterns of rooms in the terms of AsyncAPI and JSON Schema. Pure.
 *
 * @module
 */

import { compileRoomPattern } from "../protocol/room_pattern.ts";

/** A pattern of rooms as a document describes it. */
export interface RoomAddress {
  /** The pattern with a placeholder for the rest, if it ends in `*`. */
  readonly address: string;
  /** Its placeholders, and what may stand for each. */
  readonly parameters: Readonly<Record<string, { readonly description: string }>>;
  /** The JSON Schema of the names of these rooms. */
  readonly schema: { readonly [keyword: string]: unknown };
}

const PLACEHOLDER = /\{([^{}]+)\}/;

/** What has a meaning of its own in a regular expression. */
const SYNTAX = /[$()*+./?[\\\]^{|}]/g;

/** Describes a pattern. */
export function describeRooms(pattern: string): RoomAddress {
  const { names, hasRest } = compileRoomPattern(pattern);
  if (names.length === 0 && !hasRest) return { address: pattern, parameters: {}, schema: { const: pattern } };
  const [first = "", ...pieces] = (hasRest ? pattern.slice(0, -1) : pattern).split(PLACEHOLDER);
  let expression = escape(first);
  const parameters = new Map<string, { readonly description: string }>();
  for (let i = 0; i < pieces.length; i += 2) {
    const [name = "", text = ""] = pieces.slice(i);
    const [end = ""] = text;
    expression += `[^${end === "/" ? "" : escape(end)}/]+${escape(text)}`;
    const until = end === "" || end === "/" ? "" : `, nor "${end}"`;
    parameters.set(name, { description: `One or more characters, none of them "/"${until}` });
  }
  const rest = hasRest ? freeName(names) : undefined;
  if (rest !== undefined) parameters.set(rest, { description: "Any characters, or none" });
  return {
    address: rest === undefined ? pattern : `${pattern.slice(0, -1)}{${rest}}`,
    parameters: Object.fromEntries(parameters),
    schema: expression === "" ? { type: "string" } : { type: "string", pattern: `^${expression}${hasRest ? "" : "$"}` },
  };
}

/** A name for the rest that no placeholder has. */
function freeName(taken: readonly string[]): string {
  let name = "rest";
  while (taken.includes(name)) name += "_";
  return name;
}

function escape(text: string): string {
  return text.replace(SYNTAX, "\\$&");
}
