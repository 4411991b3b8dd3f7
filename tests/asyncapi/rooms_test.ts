import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { describeRooms } from "../../src/asyncapi/rooms.ts";
import { compileRoomPattern } from "../../src/protocol/room_pattern.ts";

Deno.test("describeRooms() knows the one name of a pattern without placeholders", () => {
  assertEquals(describeRooms("lobby"), { address: "lobby", parameters: {}, schema: { const: "lobby" } });
});

Deno.test("describeRooms() tells what may stand in placeholders", () => {
  assertEquals(describeRooms("chat/{id}"), {
    address: "chat/{id}",
    parameters: { id: { description: 'One or more characters, none of them "/"' } },
    schema: { type: "string", pattern: "^chat\\/[^/]+$" },
  });
  assertEquals(describeRooms("{a}.{__proto__}"), {
    address: "{a}.{__proto__}",
    parameters: {
      a: { description: 'One or more characters, none of them "/", nor "."' },
      ["__proto__"]: { description: 'One or more characters, none of them "/"' },
    },
    schema: { type: "string", pattern: "^[^\\./]+\\.[^/]+$" },
  });
});

Deno.test("describeRooms() makes a placeholder of the rest, under a name that is free", () => {
  const { address, parameters, schema } = describeRooms("{rest}/{rest_}/*");

  assertEquals(address, "{rest}/{rest_}/{rest__}");
  assertEquals(Object.keys(parameters), ["rest", "rest_", "rest__"]);
  assertEquals(schema, { type: "string", pattern: "^[^/]+\\/[^/]+\\/" });
  assertEquals(describeRooms("*"), {
    address: "{rest}",
    parameters: { rest: { description: "Any characters, or none" } },
    schema: { type: "string" },
  });
});

Deno.test("describeRooms() describes just the names that fit the pattern", () => {
  const unit = fc.constantFrom("a", "-", "]", "^", "\\", ".", "(", "/", "😀", "$");
  const text = fc.string({ unit, minLength: 1, maxLength: 2 });
  const parts = fc.array(text, { minLength: 2, maxLength: 4 });

  fc.assert(
    fc.property(parts, fc.boolean(), fc.string({ unit, maxLength: 8 }), (parts, hasRest, random) => {
      const pattern = `x${parts.map((text, i) => `{p${i}}${text}`).join("")}${hasRest ? "*" : ""}`;
      const fitting = `x${parts.map((text) => `b${text}`).join("")}`;
      const { match } = compileRoomPattern(pattern);
      const { pattern: expression = "" } = describeRooms(pattern).schema as { readonly pattern?: string };

      for (const name of [random, `x${random}`, fitting, `${fitting}${random}`]) {
        assertEquals(new RegExp(expression, "u").test(name), match(name) !== undefined, `${name} and ${pattern}`);
      }
    }),
    { numRuns: 500 },
  );
});
