/** Tests of what is kept of a request. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { handshakeOf } from "./tools/parts.ts";

Deno.test("Handshake reads cookies and user agent of the headers", () => {
  const headers = { cookie: "a=1; b=two words; c=%20", "user-agent": "test/1" };

  const handshake = handshakeOf("http://localhost/ws", headers, "192.0.2.1", { room: "blue" });

  assertEquals({ ...handshake.cookies }, { a: "1", b: "two words", c: "%20" });
  assertEquals([handshake.userAgent, handshake.remoteAddr, handshake.params.room], ["test/1", "192.0.2.1", "blue"]);
});

Deno.test("Handshake has empty values where the request had none", () => {
  const handshake = handshakeOf("http://localhost/ws");

  assertEquals([{ ...handshake.cookies }, handshake.userAgent, handshake.params], [{}, "", {}]);
});

Deno.test("Handshake.headers is the same object each time, and has all that came", () => {
  const all: [string, string][] = [["accept", "a, b"], ["cookie", "x=1"], ["x-empty", ""], ["x-odd", "ä: \t b"]];

  const handshake = handshakeOf("http://localhost/ws", all.slice(0, 3));

  assertEquals([...handshake.headers], all.slice(0, 3));
  assertStrictEquals(handshake.headers, handshake.headers);
});

Deno.test("Handshake.cookies passes over what has no name, which nobody should be able to throw with", () => {
  const cookies = ["=x", "a=1;=x; b=2", ";", " ; a=1", "=", ""].map((cookie) =>
    Object.fromEntries(
      Object.entries(handshakeOf("http://localhost/ws", { cookie }).cookies).filter(([name]) => name !== ""),
    )
  );

  assertEquals(cookies, [{}, { a: "1", b: "2" }, {}, { a: "1" }, {}, {}]);
});
