/** Tests of headers packed into a string and made into an object again. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { HeaderLines, passingHeaders, unpackHeaders } from "../../src/server/packed_headers.ts";

const LIMITS = { maxHeaderBytes: 20, maxHeaders: 3 };

Deno.test("HeaderLines.pack() packs what unpackHeaders() makes the same headers of", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const value = fc.stringMatching(/^[!-~]{1,10}$/); // an empty one that is joined to another leaves a space, which is trimmed
  fc.assert(fc.property(fc.array(fc.tuple(name, value), { maxLength: 10 }), (entries) => {
    const headers = new Headers(entries);

    const lines = new HeaderLines(headers);

    assertEquals([...unpackHeaders(lines.pack())], [...headers]);
    for (const [name, value] of headers) assertEquals(lines.get(name), value);
    assertEquals(lines.get("not-there-at-all"), null);
  }));
});

Deno.test("HeaderLines.exceeds() says which limit is exceeded: a line of name, value and two characters between, or their number", () => {
  const cases: [Record<string, string>, string | undefined][] = [
    [{ "x-name": "v".repeat(12) }, undefined],
    [{ "x-name": "v".repeat(13) }, "line"],
    [{ a: "1", b: "2", c: "3" }, undefined],
    [{ a: "1", b: "2", c: "3", d: "4" }, "count"],
  ];
  for (const [headers, excess] of cases) assertEquals(new HeaderLines(new Headers(headers)).exceeds(LIMITS), excess);
});

Deno.test("unpackHeaders() keeps several cookies apart", () => {
  const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);

  assertEquals(unpackHeaders(new HeaderLines(headers).pack()).getSetCookie(), ["a=1", "b=2"]);
});

Deno.test("passingHeaders() reads the request's headers, and falls back to its own object", () => {
  const request = new Request("http://localhost", { headers: { a: "1" } });
  const strict = {
    headers: new Headers({ b: "2" }),
  };
  const refusing = new Proxy(strict, {
    get(target, name, receiver) {
      if (receiver !== proxy) throw new TypeError("Illegal invocation");
      return Reflect.get(target, name);
    },
  });
  const proxy: unknown = refusing;

  assertEquals([...passingHeaders(request)], [["a", "1"]]);
  assertStrictEquals(passingHeaders(refusing as unknown as Request), strict.headers);
});
