/**
 * Writes tokens as nobody should: any header, any payload, any signature. Good ones too.
 *
 * @module
 */

import { EC_PRIVATE, ED_PRIVATE, RSA_PRIVATE, SECRET } from "./test_keys.ts";

/** Who signs: one of our keys, any other key, bytes as a secret, or nobody. */
export type Signer = "hmac" | "rsa" | "ec" | "ed" | CryptoKey | Uint8Array<ArrayBuffer> | Signature;

/** What stands in place of a signature. */
export interface Signature {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A token in parts. Objects become JSON; text and bytes are taken as they are. */
export interface Parts {
  readonly header: object | string;
  readonly payload: object | string;
  readonly signer: Signer;
}

const HMAC = { name: "HMAC", hash: "SHA-256" } as const;
const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
const EC = { name: "ECDSA", namedCurve: "P-256" } as const;
const ED = { name: "Ed25519" } as const;

/** Writes a token. */
export async function forge({ header, payload, signer }: Parts): Promise<string> {
  const input = `${encodePart(header)}.${encodePart(payload)}`;
  return `${input}.${toBase64Url(await sign(input, signer))}`;
}

/** Signs what stands before the second dot. */
export async function sign(input: string, signer: Signer): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof signer === "object" && "bytes" in signer) return signer.bytes;
  const key = await keyOf(signer);
  const algorithm = key.algorithm.name === "ECDSA" ? { name: "ECDSA", hash: "SHA-256" } : key.algorithm.name;
  return new Uint8Array(await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(input)));
}

/** A part of a token: bytes, text or JSON as base64url. */
export function encodePart(value: object | string): string {
  if (value instanceof Uint8Array) return toBase64Url(value);
  return toBase64Url(new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)));
}

/** Base64url without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function keyOf(signer: Exclude<Signer, Signature>): CryptoKey | Promise<CryptoKey> {
  if (signer instanceof CryptoKey) return signer;
  if (signer instanceof Uint8Array) return crypto.subtle.importKey("raw", signer, HMAC, false, ["sign"]);
  switch (signer) {
    case "hmac":
      return crypto.subtle.importKey("raw", new TextEncoder().encode(SECRET), HMAC, false, ["sign"]);
    case "rsa":
      return crypto.subtle.importKey("jwk", RSA_PRIVATE, RSA, false, ["sign"]);
    case "ec":
      return crypto.subtle.importKey("jwk", EC_PRIVATE, EC, false, ["sign"]);
    case "ed":
      return crypto.subtle.importKey("jwk", ED_PRIVATE, ED, false, ["sign"]);
  }
}
