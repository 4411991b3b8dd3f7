/**
 * The options of {@linkcode jwt}: what each means. `jwt_config.ts` has the defaults and checks them.
 *
 * @module
 */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ConnectionRequest } from "../server/types.ts";
import type { JwtClaims } from "./jwt_identity.ts";
import type { JwtRefusal } from "./jwt_refusal.ts";

/** Algorithms with one secret that both sides share. */
export type JwtSecretAlgorithm = "HS256" | "HS384" | "HS512";

/** Algorithms with a private key for the issuer and a public one for us. */
export type JwtPublicKeyAlgorithm =
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "ES256"
  | "ES384"
  | "ES512"
  | "EdDSA"
  | "Ed25519";

/** A `CryptoKey` of the runtime; a type of its own, as that of a browser's library and that of Node's are two. */
export interface RuntimeKey {
  /** `"public"` for one that verifies. */
  readonly type: string;
  /** Whether its bytes can be had. */
  readonly extractable: boolean;
  /** What it is for. */
  readonly algorithm: { readonly name: string };
  /** What it may be used for. */
  readonly usages: readonly string[];
}

/** A public key: PEM text that begins with `-----BEGIN PUBLIC KEY-----`, a JSON Web Key, or a key of the runtime. */
export type JwtPublicKey = string | (JsonWebKey & { readonly kid?: string }) | RuntimeKey;

/** A key with the one algorithm that it is for. */
export type JwtKey =
  | {
    /** The secret, as text or bytes; as long as the hash at least: 32, 48 or 64 bytes. */
    readonly key: string | Uint8Array;
    /** The algorithm of this key. */
    readonly algorithm: JwtSecretAlgorithm;
  }
  | {
    /** The public key. */
    readonly key: JwtPublicKey;
    /** The algorithm of this key. */
    readonly algorithm: JwtPublicKeyAlgorithm;
  };

/** One secret, which issuer and server share. */
export interface JwtSecretOptions {
  /**
   * The secret, as text or bytes. It must be as long as the hash at least, which is 32 bytes for HS256, and random: whoever
   * sees a token can try to guess it.
   */
  readonly secret: string | Uint8Array;
  /**
   * The one algorithm that is accepted.
   *
   * @default {"HS256"}
   */
  readonly algorithm?: JwtSecretAlgorithm;
}

/** One public key, whose private half only the issuer has. */
export interface JwtPublicKeyOptions {
  /** The public key. One that cannot be read makes sign-ins fail, and `prepare` of what {@linkcode jwt} returns. */
  readonly publicKey: JwtPublicKey;
  /** The one algorithm that is accepted. */
  readonly algorithm: JwtPublicKeyAlgorithm;
}

/** Several keys, for example while an old one is being replaced. */
export interface JwtKeyMapOptions {
  /** The keys by the `kid` that tokens name. A token that names none of them is refused. */
  readonly keys: Readonly<Record<string, JwtKey>>;
}

/** A schema for claims, of any library that keeps the Standard Schema interface, such as zod, valibot or arktype. */
export type ClaimsSchema<Custom extends object> = Standard<Custom>;

/**
 * The interface as its authors publish it.
 *
 * @internal
 */
type Standard<Output> = StandardSchemaV1<unknown, Output>;

/** How a key set is fetched; `fetch` is one. */
export type KeySetFetch = (url: string, init: RequestInit) => Promise<Response>;

/** The key set (JWKS) that an issuer publishes. It is fetched when the first peer signs in, or by `prepare`. */
export interface JwtKeySetOptions {
  /** Where the key set is. It must be `https:`, or `http:` on this machine. Redirects are not followed. */
  readonly jwksUrl: string | URL;
  /**
   * The algorithms that are accepted. A key of the set that names its own algorithm is used with that alone; one that names
   * none, with those of this list that fit its type.
   */
  readonly algorithms: readonly JwtPublicKeyAlgorithm[];
  /**
   * How long fetching the key set may take, in milliseconds.
   *
   * @default {5_000}
   */
  readonly fetchTimeoutMs?: number;
  /**
   * How long after a fetch an unknown `kid` causes no other, in milliseconds; 0 for not at all. A new key may be unknown
   * for so long, and peers with made-up `kid`s make us fetch no more often. After a fetch that failed it is a second at most.
   *
   * @default {30_000}
   */
  readonly fetchCooldownMs?: number;
  /**
   * How long a fetched key set is used, in milliseconds; a key that the issuer takes back counts for so long. `Infinity`
   * for ever.
   *
   * @default {600_000}
   */
  readonly cacheMaxAgeMs?: number;
  /**
   * Fetches the key set, for proxies, authorization, tests.
   *
   * @default the runtime's fetch
   */
  readonly fetch?: KeySetFetch;
}

/** Where the keys come from: exactly one of the four. */
export type JwtKeyOptions = JwtSecretOptions | JwtPublicKeyOptions | JwtKeyMapOptions | JwtKeySetOptions;

/** What must be true of a token, and what becomes of its claims. */
export interface JwtCommonOptions<Custom extends object = JwtClaims> {
  /** Who must have issued the token: the claim `iss`, one of several where a list is given. Not looked at when left out. */
  readonly issuer?: string | readonly string[];
  /**
   * For whom the token must be meant: the claim `aud` must be, or hold, this or one of these. Not looked at when left out,
   * and then tokens count here that the same issuer made for other services.
   */
  readonly audience?: string | readonly string[];
  /** The `typ` that the token's header must have, such as `"at+jwt"`; any when left out. */
  readonly typ?: string;
  /** Claims that must be there, beside those that other options ask for. */
  readonly requiredClaims?: readonly string[];
  /**
   * Whether a token must end some time: the claim `exp`.
   *
   * @default {true}
   */
  readonly requireExpiry?: boolean;
  /**
   * By how much the clocks of issuer and server may differ, in milliseconds. A token counts for so much longer.
   *
   * @default {0}
   */
  readonly clockToleranceMs?: number;
  /** How long after its `iat` a token counts at most, in milliseconds, whatever its `exp`. Then `iat` must be there. */
  readonly maxTokenAgeMs?: number;
  /**
   * The most characters that a token may have; a longer one is refused before it is looked at.
   *
   * @default {8_192}
   */
  readonly maxTokenLength?: number;
  /**
   * A schema that the claims must fit. What it makes of them is laid over the claims, and gives them their types. It may be
   * asynchronous.
   */
  readonly claimsSchema?: ClaimsSchema<Custom>;
  /**
   * Takes the user from the claims; a string that is not empty, or `undefined` for none.
   *
   * @default the claim sub
   */
  readonly userId?: (claims: JwtClaims & Custom) => string | undefined;
  /**
   * The last word, for what only the application knows: whether the tenant is the one of the path, whether the user still
   * exists. `false` refuses; what it throws is answered with 500. Called for tokens that passed everything else.
   */
  readonly check?: (claims: JwtClaims & Custom, request: ConnectionRequest<unknown>) => boolean | Promise<boolean>;
  /**
   * Whether a peer without a token is let in, as nobody in particular. A bad token is refused all the same.
   *
   * @default {false}
   */
  readonly allowAnonymous?: boolean;
  /**
   * The same from the other side: whether a token is needed.
   *
   * @default the opposite of allowAnonymous
   */
  readonly requireAuth?: boolean;
  /** Hears why a peer is refused; the peer itself is not told. For logs, counters, and finding out why nobody gets in. */
  readonly onRefused?: (refusal: JwtRefusal, request: ConnectionRequest<unknown>) => void;
  /**
   * The date by which tokens are judged, in milliseconds since the Unix epoch; for tests.
   *
   * @default Date.now
   */
  readonly now?: () => number;
}

/** The options of {@linkcode jwt}. */
export type JwtOptions<Custom extends object = JwtClaims> = JwtKeyOptions & JwtCommonOptions<Custom>;
