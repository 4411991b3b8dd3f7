import { assert, assertEquals } from "@std/assert";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { describeSchema, takesUndefined } from "../../src/asyncapi/json_schema.ts";
import type { Schema } from "../../src/protocol/contract.ts";

/** A schema whose library makes this JSON Schema. */
function offering(jsonSchema: unknown): Schema {
  const standard = { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } as const;
  return { "~standard": { ...standard, jsonSchema: { input: () => jsonSchema, output: () => "wrong" } } as never };
}

const PLACE = "#/components/schemas/x";

for (const [library, schema] of [["zod", z.object({ a: z.string() })], ["arktype", type({ a: "string" })]] as const) {
  Deno.test(`describeSchema() asks ${library} itself`, () => {
    assertEquals(describeSchema(schema, PLACE, undefined), {
      schema: { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
    });
  });
}

Deno.test("describeSchema() describes what a schema takes, not what it makes of it", () => {
  assertEquals(describeSchema(z.string().transform(Number), PLACE, undefined), { schema: { type: "string" } });
  assertEquals(describeSchema(type("string.date.parse"), PLACE, undefined), { schema: { type: "string" } });
});

Deno.test("describeSchema() says what to do where a library describes nothing", () => {
  assertEquals(describeSchema(v.string(), PLACE, undefined), {
    problem: 'schemas of valibot do not offer JSON Schema: give the option "toJsonSchema"',
  });
});

Deno.test("describeSchema() asks the application first, and the library where that gives nothing", () => {
  const made = describeSchema(z.string(), PLACE, (schema, direction) => ({
    title: `${schema["~standard"].vendor} ${direction}`,
  }));

  assertEquals(made, { schema: { title: "zod input" } });
  assertEquals(describeSchema(z.string(), PLACE, () => undefined), { schema: { type: "string" } });
  assertEquals(describeSchema(v.string(), PLACE, () => true), { schema: true });
});

Deno.test("describeSchema() tells why there is no JSON Schema", () => {
  const broken = () => {
    throw new Error("The maker is broken");
  };

  assertEquals(describeSchema(z.date(), PLACE, undefined), {
    problem: "it has no JSON Schema: Date cannot be represented in JSON Schema",
  });
  assertEquals(describeSchema(z.string(), PLACE, broken), { problem: "it has no JSON Schema: The maker is broken" });
  for (const wrong of [7, "string", [], null]) {
    const { problem } = describeSchema(offering(wrong), PLACE, undefined);
    assertEquals(problem, "what was made of it is no JSON Schema, which is an object or a boolean");
  }
});

Deno.test("describeSchema() moves references to where the schema stands, and nothing that only looks like one", () => {
  const untouched = { $ref: "#/definitions/a" };
  const jsonSchema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    $ref: "#",
    definitions: { a: { $ref: "#/definitions/b" }, $ref: { type: "string" } },
    properties: { $ref: { $ref: "#/properties/x" }, x: { const: untouched, default: untouched, enum: [untouched] } },
    items: [{ $ref: "#" }, true],
    additionalProperties: { allOf: [{ not: { $ref: "#/a" } }] },
    dependencies: { a: ["b"], b: { $ref: "#/b" } },
    examples: [untouched],
    anyOf: [{ $ref: "https://example.com/schema#/a" }],
  };

  assertEquals(describeSchema(offering(jsonSchema), PLACE, undefined).schema, {
    $ref: PLACE,
    definitions: { a: { $ref: `${PLACE}/definitions/b` }, $ref: { type: "string" } },
    properties: {
      $ref: { $ref: `${PLACE}/properties/x` },
      x: { const: untouched, default: untouched, enum: [untouched] },
    },
    items: [{ $ref: PLACE }, true],
    additionalProperties: { allOf: [{ not: { $ref: `${PLACE}/a` } }] },
    dependencies: { a: ["b"], b: { $ref: `${PLACE}/b` } },
    examples: [untouched],
    anyOf: [{ $ref: "https://example.com/schema#/a" }],
  });
});

Deno.test("describeSchema() tells of a description without end", () => {
  const endless: Record<string, unknown> = {};
  endless.not = endless;

  const { problem } = describeSchema(offering(endless), PLACE, undefined);

  assert(problem?.startsWith("it has no JSON Schema: "), problem);
});

Deno.test("takesUndefined() finds out whether data may be missing", () => {
  const throwing: Schema = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: () => {
        throw new Error("No");
      },
    },
  };

  assertEquals([z.string(), type("string"), v.string(), throwing].map(takesUndefined), [false, false, false, false]);
  assertEquals([z.string().optional(), type("unknown"), v.optional(v.string())].map(takesUndefined), [
    true,
    true,
    true,
  ]);
});

Deno.test("takesUndefined() lets an asynchronous schema fail in peace", () => {
  const schema = v.pipeAsync(v.unknown(), v.checkAsync(() => Promise.reject(new Error("No database"))));

  assertEquals(takesUndefined(schema), false);
});
