/**
 * Shows that the cases about tokens would notice one in a log.
 */

import { assertEquals } from "@std/assert";
import { holdsPartOf } from "./harness/sign_in_cases.ts";
import { goodToken } from "./harness/sign_in_parts.ts";

Deno.test("holdsPartOf() finds any part of a token that is long enough to be of use", async () => {
  const token = await goodToken("ada");

  for (let from = 0; from + 24 <= token.length; from += 5) {
    assertEquals(holdsPartOf(token, ["another line", `refused: ${token.slice(from, from + 24)}…`]), true);
  }
});

Deno.test("holdsPartOf() finds nothing in lines that have other texts", async () => {
  const token = await goodToken("ada");

  assertEquals(holdsPartOf(token, ["request from 127.0.0.1 refused with 401: sign in to connect", "", "a.b.c"]), false);
});
