/**
 * Shows that `jwt()` says at once, and in a way that tells the fix, what is wrong with its options.
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { generateKeyPair } from "jose";
import { jwt, type JwtOptions } from "../../src/auth/mod.ts";
import { token } from "./good_tokens.ts";
import { requestWith } from "./requests.ts";
import { EC_PRIVATE, ED_PRIVATE, publicHalf, RSA_PRIVATE, RSA_PUBLIC_PEM, SECRET } from "./test_keys.ts";

const EC_PUBLIC = publicHalf(EC_PRIVATE);
const WITH_SECRET = { secret: SECRET };

/** Options that are wrong, and what the error says. */
const WRONG: readonly (readonly [title: string, options: unknown, text: string])[] = [
  ["no options", undefined, '"options" must be an object: current value is undefined'],
  ["no key", {}, "exactly one of secret, publicKey, keys, jwksUrl must say where keys are: none is given"],
  ["a secret that is not set", { secret: undefined }, "none is given"],
  ["two keys", { ...WITH_SECRET, publicKey: EC_PUBLIC, algorithm: "ES256" }, "given are secret and publicKey"],
  ["an unknown option", { ...WITH_SECRET, isuer: "x" }, 'jwt() with "secret" has no option "isuer"'],
  ["options of another way", { ...WITH_SECRET, cacheMaxAgeMs: 1 }, 'has no option "cacheMaxAgeMs"'],

  ["a short secret", { secret: "short" }, '"secret" must have at least 32 bytes for HS256, and has 5'],
  ["a secret that is short in bytes", { secret: new Uint8Array(31) }, "and has 31"],
  ["a secret too short for its hash", { ...WITH_SECRET, algorithm: "HS512" }, "must have at least 64 bytes for HS512"],
  ["a public key as secret", { secret: RSA_PUBLIC_PEM }, "which a key in PEM is not"],
  ["a JSON Web Key as secret", { secret: EC_PUBLIC }, '"secret" must be text or bytes for HS256'],
  [
    "a secret for RS256",
    { ...WITH_SECRET, algorithm: "RS256" },
    '"algorithm" must be one of "HS256", "HS384", "HS512"',
  ],
  ["alg none", { ...WITH_SECRET, algorithm: "none" }, '"algorithm" must be one of'],

  ["a public key without an algorithm", { publicKey: EC_PUBLIC }, '"algorithm" must be one of RS256'],
  ["a public key for HS256", { publicKey: RSA_PUBLIC_PEM, algorithm: "HS256" }, '"algorithm" must be one of RS256'],
  ["a key of another type", { publicKey: EC_PUBLIC, algorithm: "RS256" }, "be a key for signatures with RS256"],
  ["a key on another curve", { publicKey: EC_PUBLIC, algorithm: "ES384" }, "be a key for signatures with ES384"],
  [
    "a key that names another alg",
    { publicKey: { ...EC_PUBLIC, alg: "ES384" }, algorithm: "ES256" },
    "look at its kty",
  ],
  ["a key for encryption", { publicKey: { ...EC_PUBLIC, use: "enc" }, algorithm: "ES256" }, "look at its kty"],
  ["a private JSON Web Key", { publicKey: EC_PRIVATE, algorithm: "ES256" }, "is the private one"],
  [
    "a private key in PEM",
    { publicKey: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", algorithm: "ES256" },
    "is the private one",
  ],
  [
    "a certificate",
    { publicKey: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", algorithm: "ES256" },
    'must be PEM text that begins with "-----BEGIN PUBLIC KEY-----" (SPKI)',
  ],
  [
    "bytes as public key",
    { publicKey: new Uint8Array(32), algorithm: "EdDSA" },
    "PEM text, a JSON Web Key or a CryptoKey",
  ],
  ["nothing as public key", { publicKey: 7, algorithm: "EdDSA" }, "PEM text, a JSON Web Key or a CryptoKey"],

  ["no keys in the map", { keys: {} }, '"keys" must be an object with a key for each kid'],
  ["a list of keys", { keys: [EC_PUBLIC] }, '"keys" must be an object with a key for each kid'],
  ["a bare key in the map", { keys: { a: "x" } }, '"keys.a" must be { key, algorithm }'],
  ["a misspelt member in the map", { keys: { a: { key: EC_PUBLIC, alg: "ES256" } } }, '"keys.a" has no option "alg"'],
  [
    "a key without an algorithm in the map",
    { keys: { a: { key: EC_PUBLIC } } },
    '"keys.a.algorithm" must be one of HS256',
  ],
  [
    "a public key as secret in the map",
    { keys: { a: { key: RSA_PUBLIC_PEM, algorithm: "HS256" } } },
    '"keys.a.key" must be',
  ],
  [
    "a secret as public key in the map",
    { keys: { a: { key: SECRET, algorithm: "ES256" } } },
    '"keys.a.key" must be PEM',
  ],

  ["a key set without algorithms", { jwksUrl: "https://a.example/" }, '"algorithms" must be a list'],
  ["no algorithm of a key set", { jwksUrl: "https://a.example/", algorithms: [] }, '"algorithms" must be a list'],
  [
    "a key set of secrets",
    { jwksUrl: "https://a.example/", algorithms: ["HS256"] },
    '"algorithms" must be one of RS256',
  ],
  ["an unprotected key set", { jwksUrl: "http://a.example/", algorithms: ["RS256"] }, 'must be a URL with "https:"'],
  ["a key set in a file", { jwksUrl: "file:///keys.json", algorithms: ["RS256"] }, 'must be a URL with "https:"'],
  ["a key set nowhere", { jwksUrl: "/keys.json", algorithms: ["RS256"] }, 'must be a URL with "https:"'],
  [
    "a host that only begins like this machine",
    { jwksUrl: "http://127.0.0.1.evil.example/", algorithms: ["RS256"] },
    'must be a URL with "https:"',
  ],

  [
    "an audience that is not set",
    { ...WITH_SECRET, audience: undefined },
    '"audience" must have a value, or be left out',
  ],
  ["an issuer that is not set", { ...WITH_SECRET, issuer: undefined }, '"issuer" must have a value, or be left out'],
  ["a check that is not set", { ...WITH_SECRET, check: undefined }, '"check" must have a value, or be left out'],
  ["an empty audience", { ...WITH_SECRET, audience: "" }, '"audience" must be a string that is not empty'],
  ["no audience in a list", { ...WITH_SECRET, audience: [] }, '"audience" must hold a string at least'],
  ["a claim that is no name", { ...WITH_SECRET, requiredClaims: [7] }, '"requiredClaims" must be a string'],
  ["no list of claims", { ...WITH_SECRET, requiredClaims: "sub" }, '"requiredClaims" must be a list'],
  ["a schema that is none", { ...WITH_SECRET, claimsSchema: {} }, '"claimsSchema" must be a Standard Schema'],
  ["a check that is no function", { ...WITH_SECRET, check: true }, '"check" must be a function'],
  ["no boolean", { ...WITH_SECRET, allowAnonymous: "no" }, '"allowAnonymous" must be true or false'],
  [
    "anonymous peers allowed and not",
    { ...WITH_SECRET, allowAnonymous: true, requireAuth: true },
    '"requireAuth" must be the opposite of "allowAnonymous": both are true, set one of them',
  ],
  ["neither", { ...WITH_SECRET, allowAnonymous: false, requireAuth: false }, "both are false"],
];

for (const [title, options, text] of WRONG) {
  Deno.test(`jwt() throws a TypeError over ${title}`, () => {
    assertThrows(() => jwt(options as JwtOptions), TypeError, text);
  });
}

const OUT_OF_BOUNDS = {
  clockToleranceMs: [-1, Infinity],
  maxTokenAgeMs: [-1, Infinity],
  maxTokenLength: [0, 1.5, Infinity],
};

for (const [name, values] of Object.entries(OUT_OF_BOUNDS)) {
  Deno.test(`jwt() throws a RangeError over ${name} out of bounds`, () => {
    for (const value of values) {
      assertThrows(() => jwt({ ...WITH_SECRET, [name]: value }), RangeError, `"${name}" must be`);
    }
  });
}

for (const name of ["fetchTimeoutMs", "fetchCooldownMs", "cacheMaxAgeMs"]) {
  Deno.test(`jwt() throws a RangeError over ${name} out of bounds`, () => {
    const options = { jwksUrl: "https://a.example/", algorithms: ["RS256"] } as const;

    assertThrows(() => jwt({ ...options, [name]: -1 }), RangeError, `"${name}" must be`);
  });
}

Deno.test("jwt() takes a key set from https, and from this machine", () => {
  for (
    const jwksUrl of ["https://a.example/", "http://localhost:1/", "http://127.0.0.1/", new URL("http://[::1]:8/")]
  ) {
    assertEquals(typeof jwt({ jwksUrl, algorithms: ["RS256"] }), "function");
  }
});

Deno.test("jwt() throws a TypeError over a CryptoKey that cannot verify with the algorithm", async () => {
  const [rsa, ec, ed] = await Promise.all([
    generateKeyPair("RS256"),
    generateKeyPair("ES256"),
    generateKeyPair("EdDSA"),
  ]);

  for (const key of [rsa.privateKey, ec.publicKey, ed.publicKey]) {
    assertThrows(
      () => jwt({ publicKey: key, algorithm: "RS256" }),
      TypeError,
      "a public CryptoKey that verifies RS256",
    );
  }
  assertThrows(() => jwt({ publicKey: rsa.publicKey, algorithm: "RS512" }), TypeError, "verifies RS512");
  assertThrows(() => jwt({ publicKey: rsa.publicKey, algorithm: "PS256" }), TypeError, "verifies PS256");
  assertThrows(() => jwt({ publicKey: ec.publicKey, algorithm: "ES384" }), TypeError, "verifies ES384");
});

Deno.test("jwt() throws a TypeError over an RSA key of fewer than 2048 bits", async () => {
  const { publicKey } = await crypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1) },
    false,
    ["sign", "verify"],
  );

  assertThrows(() => jwt({ publicKey, algorithm: "RS256" }), TypeError, "a public CryptoKey that verifies RS256");
});

Deno.test("jwt() shows no secret and no key in an error", () => {
  const secret = "SECRET";
  const wrong: unknown[] = [
    { secret },
    { secret: `-----BEGIN ${secret}` },
    { publicKey: secret, algorithm: "ES256" },
    { publicKey: { kty: secret }, algorithm: "ES256" },
    { keys: { a: { key: secret, algorithm: "HS256" } } },
    { keys: { a: { key: secret, algorithm: "RS256" } } },
  ];

  for (const options of wrong) {
    const { message } = assertThrows(() => jwt(options as JwtOptions), TypeError) as TypeError;
    assert(!message.includes(secret), message);
  }
});

const UNREADABLE = RSA_PUBLIC_PEM.replace(/(?<=KEY-----\n).{40}/, "A".repeat(40));

for (const publicKey of [UNREADABLE, { ...publicHalf(RSA_PRIVATE), n: "!" }]) {
  Deno.test(`jwt() rejects every sign-in with a key that cannot be read, ${typeof publicKey}`, async () => {
    const authenticate = jwt({ publicKey, algorithm: "RS256" });
    const request = requestWith(await token(Date.now() / 1000, { kid: "rsa" }));

    for (let count = 0; count < 2; count++) {
      await assertRejects(() => authenticate(request), TypeError, "the public key must be one for RS256");
    }
  });
}

Deno.test("jwt() with a key that cannot be read disturbs nobody before somebody signs in", async () => {
  const options = { publicKey: UNREADABLE, algorithm: "RS256" } as const;
  const [_unused, used] = [jwt(options), jwt(options)];

  // By then the key of the first was found unreadable as well, and a rejection that nobody hears fails the test.
  await assertRejects(() => used.prepare(), TypeError);
});

Deno.test("jwt() rejects sign-ins with any kid while a key of the map cannot be read", async () => {
  const authenticate = jwt({ keys: { rsa: { key: UNREADABLE, algorithm: "RS256" } } });
  const nowS = Date.now() / 1000;

  for (const kid of ["rsa", "other"]) {
    const request = requestWith(await token(nowS, { kid: "rsa", header: { kid } }));
    await assertRejects(() => authenticate(request), TypeError, "the public key must be one for RS256");
  }
});

Deno.test("jwt().prepare() rejects where a key cannot be read, and resolves where all can", async () => {
  const good = { key: RSA_PUBLIC_PEM, algorithm: "RS256" } as const;
  const bad = { key: UNREADABLE, algorithm: "RS256" } as const;

  await jwt(WITH_SECRET).prepare();
  await jwt({ publicKey: RSA_PUBLIC_PEM, algorithm: "RS256" }).prepare();
  await jwt({ keys: { good } }).prepare();
  await assertRejects(() => jwt({ publicKey: UNREADABLE, algorithm: "RS256" }).prepare(), TypeError, "one for RS256");
  await assertRejects(() => jwt({ keys: { good, bad } }).prepare(), TypeError, "one for RS256");
});

Deno.test("jwt() takes several options at once that are all good", async () => {
  const authenticate = jwt({
    keys: { ed: { key: { ...publicHalf(ED_PRIVATE), kid: "ed", alg: "EdDSA", use: "sig" }, algorithm: "EdDSA" } },
    typ: "JWT",
    requiredClaims: [],
    requireExpiry: false,
    clockToleranceMs: 0,
    maxTokenAgeMs: 1_000_000,
    allowAnonymous: false,
    requireAuth: true,
  });

  assertEquals((await authenticate(requestWith(await token(Date.now() / 1000, { kid: "ed" }))))?.userId, "ada");
});
