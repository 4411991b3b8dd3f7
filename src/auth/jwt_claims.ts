/**
 * What must be true of claims beyond what jose looks at. Pure.
 *
 * @module
 */

import type { JwtClaims } from "./jwt_identity.ts";
import { Refused } from "./jwt_refusal.ts";

/** The bounds of a token's time. */
export interface ClaimRules {
  /** By how much clocks may differ, in milliseconds. */
  readonly clockToleranceMs: number;
  /** How old a token may be, in milliseconds. */
  readonly maxTokenAgeMs: number | undefined;
}

/** The last second of the year 9999. What lies beyond is no date; mostly it is milliseconds where seconds belong. */
const MAX_SECONDS = 253_402_300_799;

/** By how much an issuer's clock may be ahead of ours before `iat` is a lie: it limits nothing, so clocks are forgiven. */
const MAX_ISSUED_AHEAD_MS = 60_000;

const TEXTS = ["iss", "sub", "jti"] as const;
const DATES = ["exp", "nbf", "iat"] as const;

/**
 * Checks the types of registered claims, and that their dates are dates.
 *
 * @returns Until when the token counts, in milliseconds since the Unix epoch; `undefined` for ever.
 * @throws {Refused} If a claim is not as it must be, or the token's time is over.
 */
export function checkClaims(
  claims: Readonly<Record<string, unknown>>,
  { clockToleranceMs, maxTokenAgeMs }: ClaimRules,
  nowMs: number,
): number | undefined {
  for (const claim of TEXTS) {
    if (claims[claim] !== undefined && typeof claims[claim] !== "string") throw refusedFor(claim);
  }
  if (claims["aud"] !== undefined && !isAudience(claims["aud"])) throw refusedFor("aud");
  for (const claim of DATES) {
    const seconds = claims[claim];
    if (seconds === undefined) continue;
    if (typeof seconds !== "number" || !(seconds >= 0 && seconds <= MAX_SECONDS)) throw refusedFor(claim);
  }
  const { exp, nbf, iat } = claims as JwtClaims;
  if (nbf !== undefined && nbf * 1000 > nowMs + clockToleranceMs) throw refusedFor("nbf");
  if (iat !== undefined && iat * 1000 > nowMs + clockToleranceMs + MAX_ISSUED_AHEAD_MS) throw refusedFor("iat");
  const endMs = Math.min(
    exp === undefined ? Infinity : exp * 1000,
    iat === undefined || maxTokenAgeMs === undefined ? Infinity : iat * 1000 + maxTokenAgeMs,
  ) + clockToleranceMs;
  if (endMs <= nowMs) throw new Refused({ reason: "expired" });
  return endMs === Infinity ? undefined : endMs;
}

function isAudience(value: unknown): boolean {
  return typeof value === "string" || (Array.isArray(value) && value.every((each) => typeof each === "string"));
}

function refusedFor(claim: string): Refused {
  return new Refused({ reason: "claim", claim });
}
