/** Tests of which URLs are ours. */

import { assertEquals, assertThrows } from "@std/assert";
import { pathRule, splitUrl } from "../../src/server/path.ts";

const RULES: Readonly<Record<string, { ours: readonly string[]; others: readonly string[] }>> = {
  "/ws": {
    ours: ["/ws", "/ws/", "/ws/a", "/ws/a/b", "/ws/a%20b"],
    others: ["/", "/w", "/wss", "/ws.", "/WS", "/a/ws", "/ws//a", "/ws/%2e%2e/a", "/ws/a%2Fb", "/ws/%00", "/ws/a\\b"],
  },
  "/ws/": { ours: ["/ws", "/ws/", "/ws/a"], others: ["/wsx", "/"] },
  "/": { ours: ["/", "/a", "/a/b"], others: ["//", "/%2e"] },
  "/ws/:room": {
    ours: ["/ws/blue", "/ws/a%20b"],
    others: ["/ws", "/ws/", "/ws/blue/red", "/ws/%2Fblue", "/ws/%00", "/ws/%E0%A4%A"],
  },
};

for (const [path, { ours, others }] of Object.entries(RULES)) {
  Deno.test(`pathRule("${path}") tells what is ours`, () => {
    const rule = pathRule(path);

    assertEquals(ours.filter((each) => rule(each) === undefined), []);
    assertEquals(others.filter((each) => rule(each) !== undefined), []);
  });
}

Deno.test("pathRule() gives the parameters of a pattern, decoded, on an object without a prototype", () => {
  const match = pathRule("/ws/:room/:member?")("/ws/a%20b/%C3%A4");
  const partial = pathRule("/ws/:room/:member?")("/ws/a");
  const hostile = pathRule("/ws/:__proto__")("/ws/x");

  assertEquals({ ...match!.params }, { room: "a b", member: "ä" });
  assertEquals({ ...partial!.params }, { room: "a", member: "" });
  assertEquals([Object.getPrototypeOf(match!.params), hostile!.params!["__proto__"]], [null, "x"]);
});

Deno.test("pathRule() gives no parameters for a plain path", () => {
  assertEquals(pathRule("/ws")("/ws"), { params: undefined });
});

Deno.test("pathRule() throws for what is no pattern", () => {
  assertThrows(() => pathRule("/ws/(("), TypeError);
});

Deno.test("splitUrl() gives host, path and target as they were sent", () => {
  const cases: Readonly<Record<string, [authority: string, pathname: string, target: string]>> = {
    "http://localhost/ws": ["localhost", "/ws", "/ws"],
    "http://localhost:8000/ws/a?b=/c#d": ["localhost:8000", "/ws/a", "/ws/a?b=/c#d"],
    "https://[::1]/": ["[::1]", "/", "/"],
    "http://localhost": ["localhost", "/", "/"],
    "http://Localhost/ws%2Fa?": ["Localhost", "/ws%2Fa", "/ws%2Fa?"],
  };

  for (const [url, [authority, pathname, target]] of Object.entries(cases)) {
    assertEquals(splitUrl(url), { authority, pathname, target });
  }
});
