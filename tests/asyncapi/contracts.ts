/**
 * Contracts with everything in them, one for each library of schemas.
 *
 * @module
 */

import { scope, type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { type Contract, defineContract, type Schema } from "../../src/protocol/contract.ts";

const Tree: z.ZodType = z.object({
  label: z.string(),
  get children() {
    return z.array(Tree);
  },
});
const Person = z.object({ name: z.string().min(1), email: z.email() }).meta({ id: "Person", description: "Somebody" });

/** With zod, which describes its schemas by itself. */
const withZod = defineContract({
  title: "Board",
  version: "1.2.3",
  description: "Where people draw",
  client: {
    say: z.object({ text: z.string().max(500).describe("What is said"), to: Person.optional() }),
    "cursor:move": z.tuple([z.number(), z.number()]),
    "größe/a b": z.enum(["s", "m"]),
    hush: z.undefined(),
    ["__proto__"]: z.string(),
    constructor: z.string(),
  },
  server: {
    said: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("text"), text: z.string(), by: Person }),
      z.object({ kind: z.literal("file"), url: z.url(), size: z.int().positive() }),
    ]),
    tree: Tree,
    sync: z.record(z.string(), z.unknown()),
  },
  requests: {
    history: {
      data: z.object({ limit: z.number().default(50), before: z.string().optional() }),
      reply: z.array(z.iso.datetime().transform((text) => new Date(text))),
      description: "What was said before",
    },
    clear: {},
    confirm: { data: z.string(), reply: z.boolean(), from: "server" },
    sync: { data: z.number(), reply: z.number().optional(), from: "client" },
    both: { data: z.null(), from: "both" },
  },
  rooms: {
    lobby: {},
    "chat/{id}": {
      data: z.object({ name: z.string() }),
      reply: z.object({ members: z.number() }),
      description: "Talks",
    },
    "team:{team}.{id}/*": { reply: z.string().optional() },
    "*": {},
    rest: {},
    "a?b#c": {},
  },
});

/** With valibot, which leaves it to another package. */
const withValibot = defineContract({
  client: { move: v.object({ x: v.number(), y: v.optional(v.number(), 0) }), later: v.optional(v.string()) },
  server: { moved: v.array(v.string()) },
  requests: {
    add: { data: v.object({ a: v.number(), b: v.number() }), reply: v.number() },
    slow: { data: v.pipeAsync(v.string(), v.checkAsync(() => Promise.reject(new Error("No database")))) },
  },
  rooms: { "game:{id}": { data: v.string() } },
});

const { node } = scope({ node: { label: "string", "children?": "node[]" } }).export();

/** With arktype, which describes its schemas by itself. */
const withArktype = defineContract({
  title: "Drawing",
  client: { draw: type({ color: "'red' | 'blue'", "width?": "number > 0" }), tree: node },
  server: { drawn: type("string[]"), at: type("string.date.iso") },
  requests: { parse: { data: type("string.numeric.parse"), reply: type({ value: "number" }), from: "both" } },
  rooms: { "draw/{id}": { reply: type("string") } },
});

/** The contracts by library. */
export const CONTRACTS: Readonly<Record<"zod" | "valibot" | "arktype", Contract>> = {
  zod: withZod,
  valibot: withValibot,
  arktype: withArktype,
};

/** A small maker of JSON Schema for some schemas of valibot, as an application would give one. */
export function fromValibot(schema: Schema): unknown {
  const { type, entries, item, wrapped } = schema as unknown as {
    readonly type: string;
    readonly entries?: Readonly<Record<string, Schema>>;
    readonly item?: Schema;
    readonly wrapped?: Schema;
  };
  if (wrapped !== undefined) return fromValibot(wrapped);
  if (item !== undefined) return { type, items: fromValibot(item) };
  if (entries === undefined) return { type };
  return {
    type,
    properties: Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, fromValibot(entry)])),
  };
}
