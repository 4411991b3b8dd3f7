/**
 * Good tokens, tokens that differ from a good one, and the options of the `jwt()` to which they are shown.
 *
 * @module
 */

import type { JwtKeyMapOptions } from "../../src/auth/mod.ts";
import { forge, type Parts, type Signer } from "./forge.ts";
import { EC_PRIVATE, ED_PRIVATE, publicHalf, RSA_PUBLIC_PEM, SECRET } from "./test_keys.ts";

/** Who issues our tokens. */
export const ISSUER = "https://issuer.example";
/** For whom they are meant. */
export const AUDIENCE = "switchboard";
/** The only tenant that is let in. */
export const TENANT = "blue";
/** By how much clocks may differ where they may at all. */
export const LENIENCE_MS = 60_000;

/** A key of each kind, by `kid`. */
export const KEYS: JwtKeyMapOptions["keys"] = {
  hmac: { key: SECRET, algorithm: "HS256" },
  rsa: { key: RSA_PUBLIC_PEM, algorithm: "RS256" },
  ec: { key: publicHalf(EC_PRIVATE), algorithm: "ES256" },
  ed: { key: publicHalf(ED_PRIVATE), algorithm: "EdDSA" },
};

/** What the tokens of the table are shown to. */
export const OPTIONS = {
  keys: KEYS,
  issuer: ISSUER,
  audience: AUDIENCE,
  check: ({ tenant }: { readonly tenant?: unknown }): boolean => tenant === TENANT,
};

/** The algorithm of each key. */
export const ALGORITHMS = { hmac: "HS256", rsa: "RS256", ec: "ES256", ed: "EdDSA" } as const;

/** The claims of a good token. */
export function goodClaims(nowS: number): Record<string, unknown> {
  return { iss: ISSUER, aud: AUDIENCE, sub: "ada", tenant: TENANT, iat: nowS, exp: nowS + 600 };
}

/** A good token, but for these changes. */
export function token(
  nowS: number,
  { kid = "hmac", header = {}, claims = {}, signer = kid, payload }: {
    readonly kid?: keyof typeof ALGORITHMS;
    readonly header?: object;
    readonly claims?: object;
    readonly signer?: Signer;
    readonly payload?: Parts["payload"];
  } = {},
): Promise<string> {
  return forge({
    header: { typ: "JWT", alg: ALGORITHMS[kid], kid, ...header },
    payload: payload ?? { ...goodClaims(nowS), ...claims },
    signer,
  });
}
