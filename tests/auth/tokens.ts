/**
 * The table of tokens that a server meets, good and bad. The bad ones are those of BAD_INPUT, group A.
 *
 * @module
 */

import { CompactEncrypt } from "jose";
import type { JwtRefusalReason } from "../../src/auth/mod.ts";
import { encodePart, type Parts, type Signer } from "./forge.ts";
import { ALGORITHMS, AUDIENCE, goodClaims, ISSUER, token } from "./good_tokens.ts";
import { EC_PRIVATE, publicHalf, RSA_PUBLIC_PEM, SECRET } from "./test_keys.ts";

/** One row: a token, and what becomes of the peer that shows it. */
export interface TokenCase {
  /** As in BAD_INPUT, with a letter where one number stands for several inputs. */
  readonly id: string;
  readonly title: string;
  /** Writes the token; `nowS` is the date in seconds, `attacker` an address where somebody waits to be asked for keys. */
  readonly token: (nowS: number, attacker: string) => Promise<string>;
  readonly expect: JwtRefusalReason | "accepted";
  /** Which claim is at fault, where one is. */
  readonly claim?: string;
  /** Whether clocks may differ by {@linkcode LENIENCE_MS}. */
  readonly isLenient?: boolean;
  /** Whether it holds line ends, so that it cannot stand in a header. */
  readonly hasLineEnds?: boolean;
}

/** A row in which the header differs. */
function header(
  id: string,
  title: string,
  changes: object,
  expect: TokenCase["expect"],
  { kid = "hmac", signer }: { readonly kid?: keyof typeof ALGORITHMS; readonly signer?: Signer } = {},
): TokenCase {
  return { id, title, expect, token: (nowS) => token(nowS, { kid, header: changes, signer: signer ?? kid }) };
}

/** A row in which the claims differ. */
function claims(
  id: string,
  title: string,
  changes: (nowS: number) => object,
  expect: TokenCase["expect"],
  more: Partial<TokenCase> = {},
): TokenCase {
  return { id, title, expect, token: (nowS) => token(nowS, { claims: changes(nowS) }), ...more };
}

/** A row with a claim that is refused. */
function badClaim(id: string, title: string, claim: string, value: (nowS: number) => unknown): TokenCase {
  return claims(id, title, (nowS) => ({ [claim]: value(nowS) }), "claim", { claim });
}

/** A row with another payload. */
function payload(
  id: string,
  title: string,
  make: (nowS: number) => Parts["payload"],
  expect: TokenCase["expect"],
): TokenCase {
  return { id, title, expect, token: (nowS) => token(nowS, { payload: make(nowS) }) };
}

/** A row in which the finished token is written otherwise. */
function rewritten(
  id: string,
  title: string,
  expect: TokenCase["expect"],
  change: (token: string) => string,
  kid: keyof typeof ALGORITHMS = "hmac",
): TokenCase {
  return { id, title, expect, token: async (nowS) => change(await token(nowS, { kid })) };
}

/** A row whose signature is nothing but zeros. */
function zeros(id: string, title: string, kid: keyof typeof ALGORITHMS, size: number): TokenCase {
  return header(id, title, {}, "signature", { kid, signer: { bytes: new Uint8Array(size) } });
}

/** A row whose header points to keys of an attacker, who signs with them. */
function foreignKey(id: string, title: string, point: (attacker: string, key: JsonWebKey) => object): TokenCase {
  return {
    id,
    title,
    expect: "signature",
    token: async (nowS, attacker) => {
      const { publicKey, privateKey } = await crypto.subtle.generateKey(
        { name: "ECDSA", namedCurve: "P-256" },
        true,
        ["sign", "verify"],
      ) as CryptoKeyPair;
      const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
      const key = publicHalf({ kty, crv, x, y } as JsonWebKey);
      return await token(nowS, { kid: "ec", header: point(attacker, key), signer: privateKey });
    },
  };
}

const GARBAGE = { bytes: new Uint8Array(32).fill(7) };
const PEM_BYTES = new TextEncoder().encode(RSA_PUBLIC_PEM);
/** HMAC fills short keys up with zeros: one zero is the same key as none, which the runtime does not take. */
const EMPTY_SECRET = new Uint8Array(1);

const SIGNATURES: readonly TokenCase[] = [
  rewritten(
    "A02a",
    "alg none without a signature",
    "malformed",
    (text) => `${encodePart({ alg: "none" })}.${text.split(".")[1]}.`,
  ),
  header("A02b", "alg none with something as signature", { alg: "none" }, "algorithm", { signer: GARBAGE }),
  header("A03", "alg None", { alg: "None" }, "algorithm", { signer: GARBAGE }),
  header("A04", "alg nOnE", { alg: "nOnE" }, "algorithm", { signer: GARBAGE }),
  rewritten("A05", "empty signature", "malformed", (text) => text.replace(/[^.]*$/, "")),
  rewritten("A06", "two segments", "malformed", (text) => text.split(".").slice(0, 2).join(".")),
  rewritten("A07", "four segments", "malformed", (text) => `${text}.${text.split(".")[2]}`),
  {
    id: "A08",
    title: "five segments (JWE)",
    expect: "malformed",
    token: async (nowS) => {
      const text = new TextEncoder().encode(await token(nowS));
      const key = new TextEncoder().encode(SECRET).slice(0, 32);
      return await new CompactEncrypt(text).setProtectedHeader({ alg: "dir", enc: "A256GCM", cty: "JWT" }).encrypt(key);
    },
  },
  header("A09a", "HS256 signed with the public key in PEM, for that key", { alg: "HS256" }, "algorithm", {
    kid: "rsa",
    signer: PEM_BYTES,
  }),
  header("A09b", "HS256 signed with the public key in PEM, for the secret", {}, "signature", { signer: PEM_BYTES }),
  header("A10", "HS256 signed with the public key as JSON", { alg: "HS256" }, "algorithm", {
    kid: "ec",
    signer: new TextEncoder().encode(JSON.stringify(publicHalf(EC_PRIVATE))),
  }),
  header("A11", "HS256 with an empty secret", {}, "signature", { signer: EMPTY_SECRET }),
  header("A12a", "ES256 for a key of RS256", { alg: "ES256" }, "algorithm", { kid: "rsa", signer: "ec" }),
  header("A12b", "HS384 for a secret of HS256", { alg: "HS384" }, "algorithm"),
  zeros("A13a", "RS256 with a signature of zeros", "rsa", 256),
  zeros("A13b", "ES256 with r = s = 0", "ec", 64),
  zeros("A13c", "EdDSA with a signature of zeros", "ed", 64),
  zeros("A13d", "ES256 with a signature of one byte", "ec", 1),
  header("A14", "alg as a list", { alg: ["HS256"] }, "malformed"),
  header("A15", "alg as an object", { alg: { HS256: true } }, "malformed"),
  header("A16a", "alg missing", { alg: undefined }, "malformed"),
  header("A16b", "alg empty", { alg: "" }, "malformed"),
  header("A16c", "alg of all objects", { alg: "constructor" }, "algorithm"),
];

const KEY_IDS: readonly TokenCase[] = [
  header("A17a", "kid unknown", { kid: "other" }, "unknown_key"),
  header("A17b", "kid missing", { kid: undefined }, "unknown_key"),
  header("A17c", "kid __proto__", { kid: "__proto__" }, "unknown_key"),
  header("A17d", "kid constructor", { kid: "constructor" }, "unknown_key"),
  header("A17e", "kid as a list", { kid: ["hmac"] }, "unknown_key"),
  header("A17f", "kid of another key", { kid: "rsa" }, "algorithm"),
  header("A18", "kid as a path", { kid: "../../dev/null" }, "unknown_key", { signer: EMPTY_SECRET }),
  header("A19", "kid as SQL", { kid: "hmac' UNION SELECT 'x' --" }, "unknown_key", {
    signer: new TextEncoder().encode("x"),
  }),
  header("A20", "kid of 1 MB", { kid: "k".repeat(1_000_000) }, "too_long"),
  foreignKey("A21a", "jku to an attacker", (attacker) => ({ jku: `${attacker}/jwks.json` })),
  {
    id: "A21b",
    title: "jku to an attacker in a good token",
    expect: "accepted",
    token: (nowS, attacker) => token(nowS, { header: { jku: `${attacker}/jwks.json` } }),
  },
  foreignKey("A22", "x5u to an attacker", (attacker) => ({ x5u: `${attacker}/chain.pem` })),
  foreignKey("A23a", "jwk with an attacker's key", (_attacker, jwk) => ({ jwk })),
  foreignKey("A23b", "x5c with something", () => ({ x5c: [btoa("certificate")] })),
  header("A24a", "crit unknown", { crit: ["x"], x: 1 }, "unsupported"),
  header("A24b", "crit empty", { crit: [] }, "malformed"),
  header("A25a", "b64 false, critical", { crit: ["b64"], b64: false }, "unsupported"),
  header("A25b", "b64 false", { b64: false }, "unsupported"),
];

const CLAIMS: readonly TokenCase[] = [
  claims("A26", "exp past", (nowS) => ({ exp: nowS - 3600 }), "expired"),
  claims("A27a", "exp one second past", (nowS) => ({ exp: nowS - 1 }), "expired"),
  claims("A27b", "exp one second past within the leeway", (nowS) => ({ exp: nowS - 1 }), "accepted", {
    isLenient: true,
  }),
  claims("A27c", "exp past by more than the leeway", (nowS) => ({ exp: nowS - 61 }), "expired", { isLenient: true }),
  badClaim("A28", "exp missing", "exp", () => undefined),
  badClaim("A29", "exp as text", "exp", (nowS) => String(nowS + 600)),
  badClaim("A30a", "exp 1e20", "exp", () => 1e20),
  claims("A30b", "exp -1", () => ({ exp: -1 }), "expired"),
  payload("A30c", "exp NaN", (nowS) => withExpiry(nowS, "NaN"), "malformed"),
  badClaim("A30d", "exp NaN as text", "exp", () => "NaN"),
  { ...payload("A30e", "exp 1e400", (nowS) => withExpiry(nowS, "1e400"), "claim"), claim: "exp" },
  badClaim("A30f", "exp in milliseconds", "exp", (nowS) => (nowS + 600) * 1000),
  badClaim("A30g", "exp null", "exp", () => null),
  badClaim("A31", "nbf future", "nbf", (nowS) => nowS + 60),
  badClaim("A32", "iat far future", "iat", (nowS) => nowS + 3600),
  badClaim("A33a", "iss of another", "iss", () => "https://issuer.example.evil.com"),
  badClaim("A33b", "iss as a list with ours", "iss", () => [ISSUER]),
  badClaim("A33c", "iss missing", "iss", () => undefined),
  badClaim("A34a", "aud of another", "aud", () => "switchboards"),
  badClaim("A34b", "aud as a list without us", "aud", () => ["other", "switch"]),
  claims("A34c", "aud as a list with us", () => ({ aud: ["other", AUDIENCE] }), "accepted"),
  badClaim("A34d", "aud as an object", "aud", () => ({ [AUDIENCE]: true })),
  claims("A35", "another tenant", () => ({ tenant: "red" }), "check"),
  badClaim("A35b", "sub as a number", "sub", () => 1),
  badClaim("A35c", "sub empty", "sub", () => ""),
  badClaim("A35d", "sub of 257 characters", "sub", () => "a".repeat(257)),
];

const FORMS: readonly TokenCase[] = [
  payload("A36a", "payload that is not JSON", () => "sub=ada", "malformed"),
  payload("A36b", "payload as a list", () => "[]", "malformed"),
  payload(
    "A36c",
    "payload of 1 MB",
    (nowS) => JSON.stringify({ ...goodClaims(nowS), x: "x".repeat(1_000_000) }),
    "too_long",
  ),
  payload("A36d", "payload null", () => "null", "malformed"),
  payload("A36e", "payload that is not UTF-8", () => Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), "malformed"),
  payload("A36f", "payload empty", () => "", "malformed"),
  rewritten("A37a", "padding", "malformed", (text) => `${text}=`),
  rewritten(
    "A37b",
    "+ and / in place of - and _",
    "malformed",
    (text) => text.replaceAll("-", "+").replaceAll("_", "/"),
    "rsa",
  ),
  { ...rewritten("A37c", "newline at the end", "malformed", (text) => `${text}\n`), hasLineEnds: true },
  { ...rewritten("A37d", "newline inside", "malformed", (text) => text.replace(".", ".\n")), hasLineEnds: true },
  rewritten("A37e", "characters beyond ASCII", "malformed", (text) => `${text}\u00e9`),
  rewritten("A37f", "digits beyond ASCII", "malformed", (text) => `${text}\u0661`),
  {
    id: "A38",
    title: "longer than 8 KiB",
    expect: "too_long",
    token: async (nowS) => {
      const room = 8_193 - (await token(nowS, { claims: { x: "" } })).length;
      return await token(nowS, { claims: { x: "x".repeat(Math.ceil(room * 3 / 4)) } });
    },
  },
];

const GOOD: readonly TokenCase[] = (["hmac", "rsa", "ec", "ed"] as const).map((kid) => ({
  id: `A00${kid}`,
  title: `good, signed with ${ALGORITHMS[kid]}`,
  expect: "accepted",
  token: (nowS) => token(nowS, { kid }),
}));

/** Every row. */
export const TOKENS: readonly TokenCase[] = [...GOOD, ...SIGNATURES, ...KEY_IDS, ...CLAIMS, ...FORMS];

function withExpiry(nowS: number, exp: string): string {
  return JSON.stringify({ ...goodClaims(nowS), exp: 0 }).replace('"exp":0', `"exp":${exp}`);
}
