/**
 * Checks the options that say where keys come from, and makes the source of keys.
 *
 * A secret and a public key are told apart by the algorithm that stands beside them: never by a token.
 *
 * @module
 */

import type { OptionChecks } from "../internal/checks.ts";
import { type KeyEntry, keyMap, type KeySource, oneKey, readPublicKey } from "./jwt_keys.ts";
import { keySet } from "./jwt_key_set.ts";
import type {
  JwtKey,
  JwtKeyMapOptions,
  JwtKeyOptions,
  JwtKeySetOptions,
  JwtPublicKeyAlgorithm,
  JwtPublicKeyOptions,
  JwtSecretAlgorithm,
  JwtSecretOptions,
} from "./jwt_options.ts";

/** Bytes that a secret must have: as many as the hash (RFC 7518, section 3.2). */
const SECRET_BYTES: Readonly<Record<JwtSecretAlgorithm, number>> = { HS256: 32, HS384: 48, HS512: 64 };

/** What the key of an algorithm is, in a JSON Web Key and in a key of the runtime. */
interface KeyKind {
  readonly kty: string;
  readonly crv?: string;
  readonly name: string;
}

const RSA: KeyKind = { kty: "RSA", name: "RSASSA-PKCS1-v1_5" };
const RSA_PSS: KeyKind = { kty: "RSA", name: "RSA-PSS" };
const ED25519: KeyKind = { kty: "OKP", crv: "Ed25519", name: "Ed25519" };
const KEY_KINDS: Readonly<Record<JwtPublicKeyAlgorithm, KeyKind>> = {
  RS256: RSA,
  RS384: RSA,
  RS512: RSA,
  PS256: RSA_PSS,
  PS384: RSA_PSS,
  PS512: RSA_PSS,
  ES256: { kty: "EC", crv: "P-256", name: "ECDSA" },
  ES384: { kty: "EC", crv: "P-384", name: "ECDSA" },
  ES512: { kty: "EC", crv: "P-521", name: "ECDSA" },
  EdDSA: ED25519,
  Ed25519: ED25519,
};

const SECRET_ALGORITHMS = Object.keys(SECRET_BYTES) as JwtSecretAlgorithm[];
const PUBLIC_ALGORITHMS = Object.keys(KEY_KINDS) as JwtPublicKeyAlgorithm[];
const PEM_BEGIN = "-----BEGIN PUBLIC KEY-----";
const PEM = /^-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----$/;

/** The four ways, and the options that go with each. */
const WAYS = {
  secret: ["secret", "algorithm"],
  publicKey: ["publicKey", "algorithm"],
  keys: ["keys"],
  jwksUrl: ["jwksUrl", "algorithms", "fetchTimeoutMs", "fetchCooldownMs", "cacheMaxAgeMs", "fetch"],
} as const;

const WAY_NAMES = Object.keys(WAYS) as (keyof typeof WAYS)[];

/**
 * Makes the source of keys of the options, whose other names are `others`.
 *
 * @throws {TypeError} If the keys do not come from exactly one place, or one cannot be a key.
 * @throws {RangeError} If a number is out of bounds.
 */
export function resolveKeys(options: JwtKeyOptions, checks: OptionChecks, others: readonly string[]): KeySource {
  const given = WAY_NAMES.filter((name) => (options as { [Name in keyof typeof WAYS]?: unknown })[name] !== undefined);
  const [way] = given;
  if (way === undefined || given.length > 1) {
    const found = given.length === 0 ? "none is given" : `given are ${given.join(" and ")}`;
    throw new TypeError(
      `Cannot make jwt() as exactly one of ${WAY_NAMES.join(", ")} must say where keys are: ${found}`,
    );
  }
  checks.knownKeys(`jwt() with "${way}"`, options, [...WAYS[way], ...others]);
  switch (way) {
    case "secret":
      return oneKey(secretEntry(options as JwtSecretOptions, checks));
    case "publicKey":
      return oneKey(publicEntry(options as JwtPublicKeyOptions, checks));
    case "keys":
      return keyMap(mapEntries((options as JwtKeyMapOptions).keys, checks));
    case "jwksUrl":
      return keySet(keySetConfig(options as JwtKeySetOptions, checks));
  }
}

function secretEntry({ secret, algorithm }: JwtSecretOptions, checks: OptionChecks): KeyEntry {
  const known = checks.oneOf("algorithm", algorithm, "HS256", SECRET_ALGORITHMS);
  return { algorithm: known, key: Promise.resolve(readSecret("secret", secret, known)) };
}

function publicEntry({ publicKey, algorithm }: JwtPublicKeyOptions, checks: OptionChecks): KeyEntry {
  const known = requiredAlgorithm("algorithm", algorithm, PUBLIC_ALGORITHMS, checks);
  checkPublicKey("publicKey", publicKey, known);
  return { algorithm: known, key: readPublicKey(publicKey, known) };
}

function mapEntries(keys: Readonly<Record<string, JwtKey>>, checks: OptionChecks): ReadonlyMap<string, KeyEntry> {
  const isRecord = typeof keys === "object" && keys !== null && !Array.isArray(keys);
  if (!isRecord || Object.keys(keys).length === 0) {
    throw checks.failure("keys", "be an object with a key for each kid, { key, algorithm }", keys);
  }
  return new Map(
    Object.entries(keys).map(([kid, value]): [string, KeyEntry] => {
      const name = `keys.${kid}`;
      if (typeof value !== "object" || value === null) throw checks.failure(name, "be { key, algorithm }", value);
      checks.knownKeys(`"${name}"`, value, ["key", "algorithm"]);
      const { key } = value;
      const algorithm = requiredAlgorithm(
        `${name}.algorithm`,
        value.algorithm,
        [...SECRET_ALGORITHMS, ...PUBLIC_ALGORITHMS],
        checks,
      );
      if (isSecret(algorithm)) {
        return [kid, { algorithm, key: Promise.resolve(readSecret(`${name}.key`, key, algorithm)) }];
      }
      checkPublicKey(`${name}.key`, key, algorithm);
      return [kid, { algorithm, key: readPublicKey(key, algorithm) }];
    }),
  );
}

function keySetConfig(options: JwtKeySetOptions, checks: OptionChecks) {
  const { jwksUrl, algorithms } = options;
  if (!Array.isArray(algorithms) || algorithms.length === 0) {
    throw checks.failure("algorithms", 'be a list with an algorithm at least, such as ["RS256"]', algorithms);
  }
  checks.optionalFunction("fetch", options.fetch);
  return {
    url: checkUrl(jwksUrl, checks),
    algorithms: algorithms.map((each) => requiredAlgorithm("algorithms", each, PUBLIC_ALGORITHMS, checks)),
    fetchTimeoutMs: checks.number("fetchTimeoutMs", options.fetchTimeoutMs, 5_000, {
      min: 1,
      max: 2 ** 31 - 1,
      integer: true,
    }),
    fetchCooldownMs: checks.number("fetchCooldownMs", options.fetchCooldownMs, 30_000, { min: 0 }),
    cacheMaxAgeMs: checks.number("cacheMaxAgeMs", options.cacheMaxAgeMs, 600_000, { min: 0, infinite: true }),
    fetch: options.fetch ?? fetch,
  };
}

/** Keys that come unprotected over a network are anybody's. */
function checkUrl(value: string | URL, checks: OptionChecks): URL {
  const text = String(value);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url !== undefined && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLocal)) return url;
  throw checks.failure("jwksUrl", 'be a URL with "https:", or with "http:" on this machine', text);
}

function requiredAlgorithm<T extends string>(
  name: string,
  value: unknown,
  allowed: readonly T[],
  checks: OptionChecks,
): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw checks.failure(name, `be one of ${allowed.join(", ")}`, value);
  return found;
}

function isSecret(algorithm: JwtSecretAlgorithm | JwtPublicKeyAlgorithm): algorithm is JwtSecretAlgorithm {
  return algorithm in SECRET_BYTES;
}

/** The bytes of a secret, as a copy. Its value never stands in an error. */
function readSecret(name: string, secret: unknown, algorithm: JwtSecretAlgorithm): Uint8Array {
  const isText = typeof secret === "string";
  if (!isText && !(secret instanceof Uint8Array)) throw misuse(name, `be text or bytes for ${algorithm}`);
  if (isText && secret.includes("-----BEGIN ")) {
    throw misuse(name, `be a secret for ${algorithm}, which a key in PEM is not: name the algorithm of that key`);
  }
  const bytes = isText ? new TextEncoder().encode(secret) : new Uint8Array(secret);
  const atLeast = SECRET_BYTES[algorithm];
  if (bytes.length < atLeast) {
    throw misuse(name, `have at least ${atLeast} bytes for ${algorithm}, and has ${bytes.length}`);
  }
  return bytes;
}

/** Whether a value can be a public key for the algorithm. Its value never stands in an error. */
function checkPublicKey(
  name: string,
  key: unknown,
  algorithm: JwtPublicKeyAlgorithm,
): asserts key is string | CryptoKey | Readonly<Record<string, unknown>> {
  if (typeof key === "string") return checkPem(name, key);
  if (typeof key !== "object" || key === null || key instanceof Uint8Array) {
    throw misuse(name, `be a public key for ${algorithm}: PEM text, a JSON Web Key or a CryptoKey`);
  }
  const kind = KEY_KINDS[algorithm];
  if (key instanceof CryptoKey) return checkCryptoKey(name, key, kind, algorithm);
  const { kty, crv, d, alg, use } = key as Partial<Record<string, unknown>>;
  if (d !== undefined) throw misuse(name, "be the public key, and is the private one: leave that with the issuer");
  const isFit = kty === kind.kty && (kind.crv === undefined || crv === kind.crv) &&
    (alg === undefined || alg === algorithm) && (use === undefined || use === "sig");
  if (!isFit) throw misuse(name, `be a key for signatures with ${algorithm}: look at its kty, crv, alg and use`);
}

function checkPem(name: string, text: string): void {
  if (text.includes("PRIVATE KEY-----")) {
    throw misuse(name, "be the public key, and is the private one: leave that with the issuer");
  }
  if (!PEM.test(text.trim())) throw misuse(name, `be PEM text that begins with "${PEM_BEGIN}" (SPKI)`);
}

function checkCryptoKey(name: string, key: CryptoKey, kind: KeyKind, algorithm: JwtPublicKeyAlgorithm): void {
  const { name: found, namedCurve, hash, modulusLength } = key.algorithm as Partial<
    RsaHashedKeyAlgorithm & EcKeyAlgorithm
  >;
  const bits = algorithm.slice(2);
  const isFit = key.type === "public" && key.usages.includes("verify") && found === kind.name &&
    (kind.name !== "ECDSA" || namedCurve === kind.crv) &&
    (kind.kty !== "RSA" || (hash?.name === `SHA-${bits}` && (modulusLength ?? 0) >= 2048));
  if (!isFit) throw misuse(name, `be a public CryptoKey that verifies ${algorithm}`);
}

function misuse(name: string, must: string): TypeError {
  return new TypeError(`Cannot make jwt() as "${name}" must ${must}`);
}
