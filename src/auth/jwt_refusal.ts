/**
 * Why a token was refused: told to the application, never to the peer.
 *
 * @module
 */

import { errors } from "jose";

/**
 * Why a peer was refused:
 * - `no_token`: it sent none;
 * - `too_long`: longer than `maxTokenLength`;
 * - `malformed`: not three parts of base64url, or no JSON in them;
 * - `algorithm`: signed with an algorithm that is not the key's;
 * - `unsupported`: its header asks for an extension (`crit`, `b64`);
 * - `unknown_key`: its `kid` names no key of ours, or is missing;
 * - `signature`: signed with another key, or changed since;
 * - `expired`: its time is over;
 * - `claim`: a claim is missing or not as it must be;
 * - `schema`: the claims do not fit `claimsSchema`;
 * - `check`: the option `check` said no.
 */
export type JwtRefusalReason =
  | "no_token"
  | "too_long"
  | "malformed"
  | "algorithm"
  | "unsupported"
  | "unknown_key"
  | "signature"
  | "expired"
  | "claim"
  | "schema"
  | "check";

/** Why a token was refused, for logs and counters of the application. Holds nothing that the peer sent but in `issues`. */
export interface JwtRefusal {
  /** The reason. */
  readonly reason: JwtRefusalReason;
  /** With the reason `claim`: which one. */
  readonly claim?: string;
  /** With the reason `schema`: what the schema said. May repeat values of the token, so escape it before it is logged. */
  readonly issues?: readonly { readonly message: string }[];
}

/** Carries a refusal from where it is found to where the peer is refused. */
export class Refused extends Error {
  /** The refusal. */
  readonly refusal: JwtRefusal;

  /** Takes the refusal. */
  constructor(refusal: JwtRefusal) {
    super(`The token is refused: ${refusal.reason}`);
    this.refusal = refusal;
  }
}

/** The reasons behind the codes of jose. */
const REASONS: ReadonlyMap<string, JwtRefusalReason> = new Map([
  ["ERR_JOSE_ALG_NOT_ALLOWED", "algorithm"],
  ["ERR_JOSE_NOT_SUPPORTED", "unsupported"],
  ["ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "signature"],
  ["ERR_JWT_EXPIRED", "expired"],
]);

/**
 * The refusal that an error stands for.
 *
 * @throws What was given, if it is about no token: a key that cannot be used, a key set that cannot be fetched.
 */
export function refusalOf(error: unknown): JwtRefusal {
  if (error instanceof Refused) return error.refusal;
  if (error instanceof errors.JWTClaimValidationFailed) return { reason: "claim", claim: error.claim };
  if (error instanceof errors.JOSEError) return { reason: REASONS.get(error.code) ?? "malformed" };
  throw error;
}
