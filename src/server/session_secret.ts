/**
 * The secrets of sessions: made at random, given to the client, and kept as hashes alone.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";

/** Bytes of chance in a secret: 192 bits. */
const SECRET_BYTES = 24;

/** The hash of a secret. */
export type SecretHash = Uint8Array;

/** Makes a secret, as text of 32 characters. */
export function newSecret(): string {
  return newKey(SECRET_BYTES);
}

/** Makes a random text from so many bytes. */
export function newKey(bytes: number): string {
  const chance = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...chance)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Hashes a secret. */
export function hashOf(secret: string): SecretHash {
  return createHash("sha256").update(secret).digest();
}

/** Whether two hashes are the same, in a time that does not tell how much of them is. */
export function isSame(one: SecretHash, other: SecretHash | undefined): boolean {
  return other !== undefined && timingSafeEqual(one, other);
}
