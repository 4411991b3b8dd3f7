/**
 * Keys of our own, and which of them verifies a token: the one key, or the one that the token's `kid` picks out of a fixed
 * map. Everything else that a token's header says about keys and algorithms is not asked.
 *
 * @module
 */

import {
  base64url,
  type CryptoKey as RuntimeKey,
  errors,
  type FlattenedJWSInput,
  flattenedVerify,
  importJWK,
  importSPKI,
  type JWK,
  type JWSHeaderParameters,
  jwtVerify,
  type JWTVerifyOptions,
} from "jose";
import { Refused } from "./jwt_refusal.ts";
import type { JwtPublicKey, JwtPublicKeyAlgorithm, JwtSecretAlgorithm } from "./jwt_options.ts";

/** A key that jose takes. */
export type ReadyKey = RuntimeKey | Uint8Array;

/** A key, perhaps still being read, with its algorithm. */
export interface KeyEntry {
  readonly algorithm: JwtPublicKeyAlgorithm | JwtSecretAlgorithm;
  readonly key: Promise<ReadyKey>;
}

/** The keys that verify tokens. */
export interface KeySource {
  /**
   * Verifies signature and claims.
   *
   * @throws An error that `refusalOf` knows if the token is bad, another one if our keys cannot be used.
   */
  verify(token: string, options: JWTVerifyOptions): Promise<Readonly<Record<string, unknown>>>;
  /** Gets the keys; rejects if that fails. */
  prepare(): Promise<void>;
}

/** Reads a public key, which may take a moment. Its kind must have been checked. */
export function readPublicKey(key: JwtPublicKey, algorithm: JwtPublicKeyAlgorithm): Promise<ReadyKey> {
  const reading = readKey(key, algorithm).catch((cause) => {
    throw new TypeError(`Cannot verify tokens as the public key must be one for ${algorithm}: see the cause`, {
      cause,
    });
  });
  reading.catch(() => {}); // told to whoever waits for it
  return reading;
}

async function readKey(key: JwtPublicKey, algorithm: JwtPublicKeyAlgorithm): Promise<ReadyKey> {
  if (typeof key === "string") return await importSPKI(key.trim(), algorithm);
  return key instanceof CryptoKey ? key as RuntimeKey : await importJWK(key as JWK, algorithm);
}

/** One key for all tokens, whatever `kid` they name. */
export function oneKey({ key, algorithm }: KeyEntry): KeySource {
  const algorithms = [algorithm];
  const keyFor = (header: JWSHeaderParameters) => {
    refuseExtensions(header);
    return key;
  };
  return {
    verify: async (token, options) => (await jwtVerify(token, keyFor, { ...options, algorithms })).payload,
    prepare: async () => void await key,
  };
}

/** A key for each `kid`. */
export function keyMap(entries: ReadonlyMap<string, KeyEntry>): KeySource {
  const algorithms = Array.from(entries.values(), ({ algorithm }) => algorithm);
  const keyFor = async (header: JWSHeaderParameters, token: FlattenedJWSInput) => {
    refuseExtensions(header);
    const entry = typeof header.kid === "string" ? entries.get(header.kid) : undefined;
    if (entry !== undefined && entry.algorithm === header.alg) return await entry.key;
    const decoy = Array.from(entries.values()).find(({ algorithm }) => algorithm === header.alg);
    if (decoy !== undefined) await verifyInVain(token, decoy);
    throw new Refused({ reason: entry === undefined ? "unknown_key" : "algorithm" });
  };
  return {
    verify: async (token, options) => (await jwtVerify(token, keyFor, { ...options, algorithms })).payload,
    prepare: async () => void await Promise.all(Array.from(entries.values(), ({ key }) => key)),
  };
}

/** We know no extension, so a token that asks for one is refused: `b64` too, which jose knows. */
export function refuseExtensions(header: JWSHeaderParameters): void {
  if ("crit" in header || "b64" in header) throw new Refused({ reason: "unsupported" });
}

/** Does the work that a bad signature costs, so that the time does not tell which `kid`s there are. */
async function verifyInVain({ payload, signature }: FlattenedJWSInput, { key, algorithm }: KeyEntry): Promise<void> {
  const header = base64url.encode(JSON.stringify({ alg: algorithm }));
  try {
    await flattenedVerify({ protected: header, payload, signature }, await key, { algorithms: [algorithm] });
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
  }
}
