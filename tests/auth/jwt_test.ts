/**
 * Shows what `jwt()` makes of good tokens, and what the application gets to know of bad ones.
 */

import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { errors, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { z } from "zod";
import { jwt, type JwtPublicKeyAlgorithm, type JwtRefusal, type JwtSecretAlgorithm } from "../../src/auth/mod.ts";
import type { ConnectionRequest } from "../../src/server/mod.ts";
import { goodClaims, OPTIONS, token } from "./good_tokens.ts";
import { requestWith } from "./requests.ts";
import { SECRET } from "./test_keys.ts";

const NOW_S = Date.UTC(2030, 0) / 1000;
const NOW_MS = NOW_S * 1000;
const now = () => NOW_MS;

/** How often signatures are verified while `action` runs. */
async function verificationsIn(action: () => Promise<unknown>): Promise<number> {
  const { subtle } = crypto;
  const original = subtle.verify;
  let count = 0;
  subtle.verify = function (...args: Parameters<SubtleCrypto["verify"]>) {
    count++;
    return original.apply(subtle, args);
  };
  try {
    await action();
  } finally {
    subtle.verify = original;
  }
  return count;
}

for (const algorithm of ["HS256", "HS384", "HS512"] as const satisfies readonly JwtSecretAlgorithm[]) {
  Deno.test(`jwt() accepts ${algorithm} with a secret, as text and as bytes`, async () => {
    const text = "s".repeat(64);
    const bytes = new TextEncoder().encode(text);
    const signed = await new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: algorithm }).setExpirationTime("1m")
      .sign(bytes);

    for (const secret of [text, bytes]) {
      assertEquals((await jwt({ secret, algorithm })(requestWith(signed)))?.userId, "ada");
    }
  });
}

const PAIRS = ["RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"] as const;

for (const algorithm of PAIRS satisfies readonly JwtPublicKeyAlgorithm[]) {
  Deno.test(`jwt() accepts ${algorithm} with a public key, as PEM, as a JSON Web Key and as a CryptoKey`, async () => {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
    const signed = await new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: algorithm }).setExpirationTime("1m")
      .sign(privateKey);
    const { kty, crv, n, e, x, y } = await exportJWK(publicKey);
    const jwk: JsonWebKey = JSON.parse(JSON.stringify({ kty, crv, n, e, x, y }));

    for (const key of [await exportSPKI(publicKey), ` ${await exportSPKI(publicKey)}\n\n`, jwk, publicKey]) {
      assertEquals((await jwt({ publicKey: key, algorithm })(requestWith(signed)))?.userId, "ada");
    }
  });
}

Deno.test("jwt() gives the user, all claims and the end of the token", async () => {
  const authenticate = jwt({ ...OPTIONS, now });

  const identity = await authenticate(requestWith(await token(NOW_S, { claims: { role: "admin" } })));

  assertEquals(identity, {
    userId: "ada",
    claims: { ...goodClaims(NOW_S), role: "admin" },
    expiresAt: new Date(NOW_MS + 600_000),
    isAnonymous: false,
  });
});

Deno.test("jwt() with one key does not ask which kid a token names", async () => {
  const authenticate = jwt({ secret: SECRET, now });

  const identity = await authenticate(requestWith(await token(NOW_S, { header: { kid: "../../dev/null" } })));

  assertEquals(identity?.userId, "ada");
});

Deno.test("jwt() keeps a copy of the secret's bytes", async () => {
  const secret = new TextEncoder().encode(SECRET);
  const authenticate = jwt({ secret, now });

  secret.fill(0);

  assertEquals((await authenticate(requestWith(await token(NOW_S))))?.userId, "ada");
});

Deno.test("jwt() without a token refuses, unless anonymous peers are allowed", async () => {
  const refusals: JwtRefusal[] = [];
  const nobody = { userId: undefined, claims: undefined, expiresAt: undefined, isAnonymous: true } as const;

  const strict = jwt({ secret: SECRET, onRefused: (refusal) => refusals.push(refusal) });

  assertEquals(await strict(requestWith(undefined)), null);
  assertEquals(refusals, [{ reason: "no_token" }]);
  assertEquals(await jwt({ secret: SECRET, allowAnonymous: true })(requestWith(undefined)), nobody);
  assertEquals(await jwt({ secret: SECRET, requireAuth: false })(requestWith(undefined)), nobody);
});

Deno.test("jwt() gives every anonymous peer an identity of its own", async () => {
  const authenticate = jwt({ secret: SECRET, allowAnonymous: true });

  const [one, other] = [await authenticate(requestWith(undefined)), await authenticate(requestWith(undefined))];

  assert(one !== null && one !== other);
});

Deno.test("jwt() refuses a bad token even where anonymous peers are allowed", async () => {
  const authenticate = jwt({ secret: SECRET, allowAnonymous: true, now });
  const good = await token(NOW_S);

  assertEquals((await authenticate(requestWith(good)))?.isAnonymous, false);
  for (const bad of ["", " ", "null", `${good}x`, await token(NOW_S, { claims: { exp: NOW_S } })]) {
    assertEquals(await authenticate(requestWith(bad)), null);
  }
});

Deno.test("jwt() refuses a token of more than maxTokenLength characters before it is looked at", async () => {
  const text = await token(NOW_S);
  const refusals: JwtRefusal[] = [];
  const options = { secret: SECRET, now, onRefused: (refusal: JwtRefusal) => refusals.push(refusal) };

  assertEquals((await jwt({ ...options, maxTokenLength: text.length })(requestWith(text)))?.userId, "ada");
  assertEquals(await jwt({ ...options, maxTokenLength: text.length - 1 })(requestWith(text)), null);
  assertEquals(await jwt({ ...options, maxTokenLength: 10 })(requestWith("no token!!!")), null);
  assertEquals(refusals, [{ reason: "too_long" }, { reason: "too_long" }]);
});

Deno.test("jwt() takes the user from where userId says", async () => {
  const identify = async (claims: object, userId: (claims: Readonly<Record<string, unknown>>) => string | undefined) =>
    (await jwt({ secret: SECRET, now, userId })(requestWith(await token(NOW_S, { claims }))))?.userId;

  assertEquals(await identify({ email: "ada@example.com" }, ({ email }) => String(email)), "ada@example.com");
  assertEquals(await identify({}, () => undefined), undefined);
  for (const wrong of ["", 7, null]) {
    await assertRejects(() => identify({}, () => wrong as string), TypeError, '"userId" must return a string');
  }
});

Deno.test("jwt() gives check the claims and the request, and refuses where it says no", async () => {
  const seen: unknown[] = [];
  const check = (claims: object, { params }: ConnectionRequest<unknown>) => {
    seen.push(claims);
    return Promise.resolve("tenant" in claims && claims.tenant === params["tenant"]);
  };
  const authenticate = jwt({ secret: SECRET, check, now });
  const text = await token(NOW_S);

  assertEquals((await authenticate(requestWith(text, { params: { tenant: "blue" } })))?.userId, "ada");
  assertEquals(await authenticate(requestWith(text, { params: { tenant: "red" } })), null);
  assertEquals(seen, [goodClaims(NOW_S), goodClaims(NOW_S)]);
});

Deno.test("jwt() rejects with what check throws, and asks it only about tokens that are good", async () => {
  const authenticate = jwt({
    secret: SECRET,
    now,
    check: () => {
      throw new errors.JOSEError("the database is away");
    },
  });

  assertEquals(await authenticate(requestWith(`${await token(NOW_S)}x`)), null);
  await assertRejects(async () => authenticate(requestWith(await token(NOW_S))), Error, "the database is away");
});

Deno.test("jwt() with claimsSchema refuses other claims, and lays what the schema makes over the rest", async () => {
  const refusals: JwtRefusal[] = [];
  const authenticate = jwt({
    secret: SECRET,
    now,
    claimsSchema: z.object({ role: z.enum(["admin", "user"]), since: z.string().transform((text) => new Date(text)) }),
    onRefused: (refusal) => refusals.push(refusal),
    check: ({ role }) => role === "admin",
  });

  const good = await authenticate(requestWith(await token(NOW_S, { claims: { role: "admin", since: "2029-01-01" } })));
  const bad = await authenticate(requestWith(await token(NOW_S, { claims: { role: "king", since: "2029-01-01" } })));

  const role: "admin" | "user" | undefined = good?.claims.role;
  const year: number | undefined = good?.claims.since.getUTCFullYear();
  assertEquals([role, year, good?.claims.sub], ["admin", 2029, "ada"]);
  assertEquals(bad, null);
  assertEquals(refusals.map(({ reason, issues = [] }) => [reason, issues.length]), [["schema", 1]]);
});

Deno.test("jwt() takes the user from the claim that was signed, whatever the schema makes of it", async () => {
  const claimsSchema = z.object({ sub: z.string().transform((text) => text.length) });
  const authenticate = jwt({ secret: SECRET, now, claimsSchema });

  assertEquals((await authenticate(requestWith(await token(NOW_S))))?.userId, "ada");
});

Deno.test("jwt() puts no claim into the prototype of an identity's claims", async () => {
  const payload = JSON.stringify({ ...goodClaims(NOW_S), x: 0 }).replace('"x":0', '"__proto__":{"isAdmin":true}');
  const signed = await token(NOW_S, { payload });

  const plain = await jwt({ secret: SECRET, now })(requestWith(signed));
  const laid = await jwt({ secret: SECRET, now, claimsSchema: z.looseObject({}) })(requestWith(signed));

  assertEquals([plain?.claims["isAdmin"], laid?.claims["isAdmin"]], [undefined, undefined]);
  assertEquals(({} as { isAdmin?: unknown }).isAdmin, undefined);
});

Deno.test("jwt() verifies as often for an unknown kid, or another key's algorithm, as for a bad signature", async () => {
  const authenticate = jwt({ ...OPTIONS, now });
  const signer = { bytes: new Uint8Array(32) };
  const show = async (kid: string, alg: string) => {
    const text = requestWith(await token(NOW_S, { header: { kid, alg }, signer }));
    return await verificationsIn(async () => assertEquals(await authenticate(text), null));
  };

  for (const alg of ["HS256", "RS256", "ES256", "EdDSA"]) {
    assertEquals([await show("hmac", alg), await show("rsa", alg), await show("other", alg)], [1, 1, 1], alg);
  }
  assertEquals([await show("hmac", "PS512"), await show("other", "PS512")], [0, 0]);
});

Deno.test("jwt() tells onRefused nothing that stands in the token", async () => {
  const refusals: JwtRefusal[] = [];
  const authenticate = jwt({ ...OPTIONS, now, onRefused: (refusal) => refusals.push(refusal) });
  const header = { alg: "PEER", kid: "PEER", crit: ["PEER"], PEER: 1 };

  await authenticate(requestWith(await token(NOW_S, { header })));
  await authenticate(requestWith(await token(NOW_S, { claims: { tenant: "PEER", iss: "PEER" } })));
  await authenticate(requestWith("PEER"));

  assertEquals(refusals.map(({ reason }) => reason), ["unsupported", "claim", "malformed"]);
  assert(!JSON.stringify(refusals).includes("PEER"));
});

Deno.test("jwt() never throws over a token that was changed, and never takes other claims from it", async () => {
  const authenticate = jwt({ ...OPTIONS, now });
  const kids = ["hmac", "rsa", "ec", "ed"] as const;
  const good = await Promise.all(kids.map((kid) => token(NOW_S, { kid })));
  const change = fc.record({
    at: fc.nat(1_000),
    remove: fc.nat(3),
    insert: fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom("", ".", "A", "-", "=", "\0", "\ud800", "é")),
  });

  await fc.assert(
    fc.asyncProperty(fc.nat(3), fc.array(change, { minLength: 1, maxLength: 3 }), async (which, changes) => {
      const text = changes.reduce((text, { at, remove, insert }) => {
        const index = at % (text.length + 1);
        return text.slice(0, index) + insert + text.slice(index + remove);
      }, good[which]!);

      const identity = await authenticate(requestWith(text));

      if (identity !== null) assertEquals(identity.claims, goodClaims(NOW_S));
    }),
  );
});

Deno.test("jwt() never throws over a header or claims of any JSON, rightly signed", async () => {
  const authenticate = jwt({ ...OPTIONS, now });
  const names = fc.constantFrom(
    "alg",
    "kid",
    "typ",
    "crit",
    "b64",
    "jku",
    "jwk",
    "x5c",
    "exp",
    "nbf",
    "iat",
    "sub",
    "aud",
  );
  const changes = fc.dictionary(names, fc.jsonValue(), { maxKeys: 4 });

  await fc.assert(fc.asyncProperty(changes, changes, async (header, claims) => {
    const identity = await authenticate(requestWith(await token(NOW_S, { header, claims })));

    if (identity !== null) assertNotEquals(identity.userId, "");
  }));
});
