/**
 * Shows what `jwt()` makes of the claims of a token that is rightly signed.
 */

import { assertEquals } from "@std/assert";
import { jwt, type JwtCommonOptions, type JwtRefusal } from "../../src/auth/mod.ts";
import { token } from "./good_tokens.ts";
import { requestWith } from "./requests.ts";
import { SECRET } from "./test_keys.ts";

const NOW_S = Date.UTC(2030, 0) / 1000;
const NOW_MS = NOW_S * 1000;
const now = () => NOW_MS;

/** What becomes of a token with these claims, and why. */
async function judge(claims: object, options: JwtCommonOptions = {}): Promise<string> {
  const refusals: JwtRefusal[] = [];
  const authenticate = jwt({ secret: SECRET, now, onRefused: (refusal) => refusals.push(refusal), ...options });
  const identity = await authenticate(requestWith(await token(NOW_S, { claims })));
  const [refusal] = refusals;
  if (refusal === undefined) return identity === null ? "refused without a word" : "accepted";
  return [refusal.reason, ...refusal.claim === undefined ? [] : [refusal.claim]].join(" ");
}

Deno.test("jwt() judges exp to the millisecond, and adds the tolerance to the end", async () => {
  const at = (ms: number, clockToleranceMs: number) =>
    jwt({ secret: SECRET, clockToleranceMs, now: () => NOW_MS + ms });
  const text = requestWith(await token(NOW_S, { claims: { exp: NOW_S + 10.5 } }));

  assertEquals((await at(10_499, 0)(text))?.expiresAt, new Date(NOW_MS + 10_500));
  assertEquals(await at(10_500, 0)(text), null);
  assertEquals((await at(12_499, 2_000)(text))?.expiresAt, new Date(NOW_MS + 12_500));
  assertEquals(await at(12_500, 2_000)(text), null);
});

Deno.test("jwt() judges nbf to the millisecond, less the tolerance", async () => {
  const at = (ms: number, clockToleranceMs: number) =>
    jwt({ secret: SECRET, clockToleranceMs, now: () => NOW_MS + ms });
  const text = requestWith(await token(NOW_S, { claims: { nbf: NOW_S + 10.5 } }));

  assertEquals(await at(10_499, 0)(text), null);
  assertEquals((await at(10_500, 0)(text))?.userId, "ada");
  assertEquals(await at(8_499, 2_000)(text), null);
  assertEquals((await at(8_500, 2_000)(text))?.userId, "ada");
});

Deno.test("jwt() with maxTokenAgeMs ends a token so long after its iat, whatever its exp", async () => {
  const at = (ms: number) => jwt({ secret: SECRET, maxTokenAgeMs: 30_000, now: () => NOW_MS + ms });
  const text = requestWith(await token(NOW_S));

  assertEquals((await at(29_999)(text))?.expiresAt, new Date(NOW_MS + 30_000));
  assertEquals(await at(30_000)(text), null);
  assertEquals(await judge({ iat: undefined }, { maxTokenAgeMs: 30_000 }), "claim iat");
});

Deno.test("jwt() accepts a token without exp where requireExpiry is false, for ever", async () => {
  const authenticate = jwt({ secret: SECRET, requireExpiry: false, now });

  const identity = await authenticate(requestWith(await token(NOW_S, { claims: { exp: undefined } })));

  assertEquals(identity?.userId, "ada");
  assertEquals(identity?.expiresAt, undefined);
});

Deno.test("jwt() forgives an issuer whose clock is a minute ahead, as iat limits nothing", async () => {
  assertEquals(await judge({ iat: NOW_S + 60 }), "accepted");
  assertEquals(await judge({ iat: NOW_S + 61 }), "claim iat");
  assertEquals(await judge({ iat: NOW_S + 61 }, { clockToleranceMs: 1_000 }), "accepted");
});

Deno.test("jwt() looks at issuer, audience and typ only where they are given, and takes any of a list", async () => {
  assertEquals(await judge({ iss: "x", aud: "y" }), "accepted");
  assertEquals(await judge({ iss: "x" }, { issuer: ["w", "x"] }), "accepted");
  assertEquals(await judge({ iss: "x" }, { issuer: ["w"] }), "claim iss");
  assertEquals(await judge({ aud: ["x", "y"] }, { audience: ["w", "x"] }), "accepted");
  assertEquals(await judge({ aud: ["x", "y"] }, { audience: ["w"] }), "claim aud");
  assertEquals(await judge({}, { typ: "JWT" }), "accepted");
  assertEquals(await judge({}, { typ: "at+jwt" }), "claim typ");
});

Deno.test("jwt() refuses registered claims of other types, and dates that are none", async () => {
  for (const claim of ["iss", "sub", "jti"]) assertEquals(await judge({ [claim]: 1 }), `claim ${claim}`);
  assertEquals(await judge({ aud: [1] }), "claim aud");
  for (const value of ["1", true, [], {}]) assertEquals(await judge({ nbf: value }), "claim nbf");
  assertEquals(await judge({ iat: -1 }), "claim iat");
  assertEquals(await judge({ exp: 253_402_300_799 }), "accepted");
  assertEquals(await judge({ exp: 253_402_300_800 }), "claim exp");
});

Deno.test("jwt() asks for requiredClaims beside exp", async () => {
  assertEquals(await judge({ role: "x" }, { requiredClaims: ["role", "sub"] }), "accepted");
  assertEquals(await judge({}, { requiredClaims: ["role"] }), "claim role");
  assertEquals(await judge({ role: "x", exp: undefined }, { requiredClaims: ["role"] }), "claim exp");
  assertEquals(await judge({}, { requiredClaims: ["toString"] }), "claim toString");
});
