/**
 * The keys that an issuer publishes at an address: fetched when needed, kept for a while.
 *
 * @module
 */

import {
  createRemoteJWKSet,
  type CryptoKey as RuntimeKey,
  customFetch,
  errors,
  jwtVerify,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from "jose";
import type { JwtPublicKeyAlgorithm, KeySetFetch } from "./jwt_options.ts";
import { type KeySource, refuseExtensions } from "./jwt_keys.ts";
import { Refused } from "./jwt_refusal.ts";

/** Where a key set is and how it is fetched. */
export interface KeySetConfig {
  readonly url: URL;
  readonly algorithms: readonly JwtPublicKeyAlgorithm[];
  readonly fetchTimeoutMs: number;
  readonly fetchCooldownMs: number;
  readonly cacheMaxAgeMs: number;
  readonly fetch: KeySetFetch;
}

/** After a fetch that failed there is none for so long, however many peers want to sign in. */
const FAILED_FETCH_COOLDOWN_MS = 1_000;

/** Makes a source of keys of a published set. Nothing is fetched yet. */
export function keySet(config: KeySetConfig): KeySource {
  const { url, fetchTimeoutMs, fetchCooldownMs, cacheMaxAgeMs } = config;
  const failure = new LastFailure(Math.min(FAILED_FETCH_COOLDOWN_MS, fetchCooldownMs));
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: fetchTimeoutMs,
    cooldownDuration: fetchCooldownMs,
    cacheMaxAge: cacheMaxAgeMs,
    [customFetch]: (...args) => failure.fresh === undefined ? config.fetch(...args) : Promise.reject(failure.fresh),
  });
  const keyFor: JWTVerifyGetKey<RuntimeKey> = async (header, token) => {
    refuseExtensions(header);
    try {
      return await remote(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) throw new Refused({ reason: "unknown_key" });
      if (error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      failure.note(error);
      throw unavailable(url, error);
    }
  };
  const algorithms = [...config.algorithms];
  return {
    verify: (token, options) => verifyByAny(token, keyFor, { ...options, algorithms }),
    prepare: async () => {
      if (remote.fresh) return;
      await remote.reload().catch((error) => {
        throw unavailable(url, error);
      });
    },
  };
}

/** Neither query nor credentials of the URL are shown. */
function unavailable({ origin, pathname }: URL, cause: unknown): Error {
  return new Error(`Cannot verify tokens as the key set at ${origin}${pathname} could not be had: see the cause`, {
    cause,
  });
}

/** A token without `kid` may fit several keys of the set: each is tried. */
async function verifyByAny(
  token: string,
  keyFor: JWTVerifyGetKey<RuntimeKey>,
  options: JWTVerifyOptions,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await jwtVerify(token, keyFor, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (inner) {
        if (!(inner instanceof errors.JWSSignatureVerificationFailed)) throw inner;
      }
    }
    throw new Refused({ reason: "signature" });
  }
}

/** The last failure, as long as it is fresh. */
class LastFailure {
  readonly #lastsMs: number;
  #error: unknown;
  #at = -Infinity;

  constructor(lastsMs: number) {
    this.#lastsMs = lastsMs;
  }

  get fresh(): unknown {
    return performance.now() < this.#at + this.#lastsMs ? this.#error : undefined;
  }

  note(error: unknown): void {
    if (this.fresh !== undefined) return;
    this.#error = error;
    this.#at = performance.now();
  }
}
