/** Tests of the origin check, in tables. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { isOriginAllowed, type Origins, parseOrigin } from "../../src/server/origin.ts";

const REQUEST = new Request("http://localhost/ws");

function isAllowed(
  origin: string | null,
  origins: Origins,
  rest: { host?: string; scheme?: string; required?: boolean } = {},
) {
  const { host = "example.com", scheme, required = false } = rest;
  return isOriginAllowed({ origin, host, scheme }, origins, required, REQUEST);
}

/** Origin, Host, the scheme where it is known, and whether it is the same host. */
const SAME_HOST: readonly [origin: string, host: string, scheme: string | undefined, isAllowed: boolean][] = [
  ["https://example.com", "example.com", undefined, true],
  ["http://example.com", "example.com", undefined, true],
  ["https://EXAMPLE.com", "Example.Com", undefined, true],
  ["https://example.com:443", "example.com", undefined, true],
  ["https://example.com", "example.com:443", undefined, true],
  ["http://example.com", "example.com:80", undefined, true],
  ["http://localhost:8000", "localhost:8000", undefined, true],
  ["http://[::1]:8000", "[::1]:8000", undefined, true],
  ["https://example.com", "example.com", "https", true],
  ["http://example.com", "example.com", "https", false],
  ["https://example.com", "example.com", "http", false],
  ["http://example.com", "example.com", "http", true],
  ["http://EXAMPLE.com", "example.com", "https", false],
  ["https://example.com", "example.com:8000", undefined, false],
  ["https://example.com:8000", "example.com", undefined, false],
  ["https://example.com.evil.example", "example.com", undefined, false],
  ["https://evilexample.com", "example.com", undefined, false],
  ["https://sub.example.com", "example.com", undefined, false],
  ["https://example.com@evil.example", "example.com", undefined, false],
  ["https://example.com/path", "example.com", undefined, false],
  ["https://example.com, https://evil.example", "example.com", undefined, false],
  ["null", "example.com", undefined, false],
  ["null", "null", undefined, false],
  ["", "example.com", undefined, false],
  ["example.com", "example.com", undefined, false],
  ["file://", "", undefined, false],
  ["chrome-extension://abc", "abc", undefined, false],
  ["ftp://example.com", "example.com", undefined, false],
  ["https://example.com.", "example.com", undefined, false],
];

Deno.test('isOriginAllowed() with "same-host" compares host and port, and the scheme where it is known', async (t) => {
  for (const [origin, host, scheme, expected] of SAME_HOST) {
    await t.step(`${origin} at ${scheme ?? ""}://${host}`, () => {
      assertEquals(isOriginAllowed({ origin, host, scheme }, "same-host", false, REQUEST), expected);
    });
  }
});

Deno.test("isOriginAllowed() lets in who is no browser, unless an Origin is required", () => {
  for (const origins of ["same-host", "any", ["https://example.com"], () => false] as Origins[]) {
    assertEquals([isAllowed(null, origins), isAllowed(null, origins, { required: true })], [true, false]);
  }
});

Deno.test('isOriginAllowed() with "any" lets in every origin', () => {
  assertEquals(["https://evil.example", "null", ""].map((origin) => isAllowed(origin, "any")), [true, true, true]);
});

Deno.test("isOriginAllowed() with a list compares scheme, host and port", () => {
  const list = ["https://Example.com", "http://localhost:3000"];
  const allowed = ["https://example.com", "https://example.com:443", "http://localhost:3000"];
  const refused = [
    "http://example.com",
    "https://example.com:444",
    "http://localhost",
    "null",
    "https://a.example.com",
  ];

  assertEquals(allowed.map((origin) => isAllowed(origin, list)), allowed.map(() => true));
  assertEquals(refused.map((origin) => isAllowed(origin, list)), refused.map(() => false));
  assertEquals(isAllowed("https://example.com", []), false);
});

Deno.test("isOriginAllowed() hands the application's rule the origin and the request, and its answer back", async () => {
  const seen: unknown[] = [];
  const rule = (origin: string, request: Request) => {
    seen.push(origin, request);
    return Promise.resolve(origin.endsWith(".example"));
  };

  assertEquals(await isAllowed("https://a.example", rule), true);
  assertEquals(await isAllowed("https://a.test", rule), false);
  assertStrictEquals(seen[0], "https://a.example");
  assertStrictEquals(seen[1], REQUEST);
});

Deno.test("parseOrigin() reads scheme, host and port and nothing else", () => {
  const good = ["https://example.com", "http://localhost:8000", "HTTP://EXAMPLE.COM", "http://[::1]:1"];
  const bad = [
    "",
    "null",
    "*",
    "https://",
    "https://a b",
    "https://a?b",
    "https://a#b",
    "https://a/",
    "//a",
    "https:a",
  ];

  assertEquals(good.map((origin) => parseOrigin(origin)?.origin), good.map((origin) => origin.toLowerCase()));
  assertEquals(bad.map(parseOrigin), bad.map(() => undefined));
});
