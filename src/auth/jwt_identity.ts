/**
 * Who a peer is, as its token says.
 *
 * @module
 */

import type { ConnectionRequest } from "../server/types.ts";

/** The claims of a token that was verified. Those that are named here have the types that are written here. */
export interface JwtClaims {
  /** Who issued the token. */
  readonly iss?: string;
  /** Whom the token is about. */
  readonly sub?: string;
  /** For whom the token is meant. */
  readonly aud?: string | readonly string[];
  /** The token's own identifier. */
  readonly jti?: string;
  /** When the token ends, in seconds since the Unix epoch. */
  readonly exp?: number;
  /** When the token begins to count, in seconds since the Unix epoch. */
  readonly nbf?: number;
  /** When the token was issued, in seconds since the Unix epoch. */
  readonly iat?: number;
  /** Whatever else the issuer signed. */
  readonly [claim: string]: unknown;
}

/** What `authenticate` returns for a peer with a good token; it becomes `connection.data`. */
// A type and no interface, so that it fits a server whose data is any record.
export type JwtIdentity<Custom extends object = JwtClaims> = {
  /** The user: the claim `sub`, or what the option `userId` made of the claims; `undefined` where there is none. */
  readonly userId: string | undefined;
  /** Every claim of the token, and what the option `claimsSchema` made of them. */
  readonly claims: JwtClaims & Custom;
  /** Until when the token counts, `clockToleranceMs` included; the server ends the connection then. `undefined` for ever. */
  readonly expiresAt: Date | undefined;
  /** Always `false`. */
  readonly isAnonymous: false;
};

/** What `authenticate` returns for a peer without a token, where `allowAnonymous` allows that. */
export type AnonymousIdentity = {
  /** Nobody in particular. */
  readonly userId: undefined;
  /** There was no token. */
  readonly claims: undefined;
  /** An anonymous connection does not expire. */
  readonly expiresAt: undefined;
  /** Always `true`. */
  readonly isAnonymous: true;
};

/**
 * The function that {@linkcode jwt} makes: who the peer is, or `null` to refuse it.
 *
 * Where it is given to a server at the place where it is made, the server takes the type of its data from it.
 */
// An intersection: of a call that is generic and gives nothing but a function, TypeScript infers nothing at such a place.
export type JwtAuthenticate<Identity> = ((request: ConnectionRequest<unknown>) => Promise<Identity | null>) & {
  /**
   * Reads the keys, or fetches the key set, now and not when the first peer signs in: for programs that want to find out
   * when they start. Rejects where that fails.
   */
  readonly prepare: () => Promise<void>;
};
