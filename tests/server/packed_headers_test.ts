/** Tests of headers packed into a string and made into an object again. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { packAll, packHeaders, passingHeaders, unpackHeaders } from "../../src/server/packed_headers.ts";

const LIMITS = { maxHeaderBytes: 20, maxHeaders: 3 };

Deno.test("packHeaders() packs what unpackHeaders() makes the same headers of", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const value = fc.stringMatching(/^[!-~]{0,10}$/);
  fc.assert(fc.property(fc.array(fc.tuple(name, value), { maxLength: 10 }), (entries) => {
    const headers = new Headers(entries);

    const packed = packHeaders(headers, { maxHeaderBytes: 1_000, maxHeaders: 100 });

    assertEquals(typeof packed, "object");
    assertEquals([...unpackHeaders((packed as { packed: string }).packed)], [...headers]);
    assertEquals([...unpackHeaders(packAll(headers))], [...headers]);
  }));
});

Deno.test("packHeaders() says which limit is exceeded: a line of name, value and two characters between, or their number", () => {
  assertEquals(packHeaders(new Headers({ "x-name": "v".repeat(12) }), LIMITS), { packed: `x-name\n${"v".repeat(12)}` });
  assertEquals(packHeaders(new Headers({ "x-name": "v".repeat(13) }), LIMITS), "line");
  assertEquals(packHeaders(new Headers({ a: "1", b: "2", c: "3" }), LIMITS), { packed: "a\n1\nb\n2\nc\n3" });
  assertEquals(packHeaders(new Headers({ a: "1", b: "2", c: "3", d: "4" }), LIMITS), "count");
});

Deno.test("unpackHeaders() keeps several cookies apart", () => {
  const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);

  assertEquals(unpackHeaders(packAll(headers)).getSetCookie(), ["a=1", "b=2"]);
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
