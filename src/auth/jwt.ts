/**
 * Takes JSON Web Tokens: from a token to an identity, or to a refusal.
 *
 * @module
 */

import type { ConnectionRequest } from "../server/types.ts";
import { checkClaims } from "./jwt_claims.ts";
import { type JwtConfig, resolveJwtOptions } from "./jwt_config.ts";
import type { AnonymousIdentity, JwtAuthenticate, JwtClaims, JwtIdentity } from "./jwt_identity.ts";
import type { JwtCommonOptions, JwtKeyOptions, JwtOptions } from "./jwt_options.ts";
import { refusalOf, Refused } from "./jwt_refusal.ts";

/** Three parts of base64url and nothing else: no padding, no line end, no empty part, no part too many. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** The longest user, in characters, that the server takes; OpenID Connect allows a subject 255. */
const MAX_USER_ID_LENGTH = 256;

/**
 * Makes an `authenticate` function for the server: it lets in who brings a token that one of the given keys signed, and
 * refuses everybody else, with 401 and no word about the reason.
 *
 * Each key is for one algorithm, that of the options: what a token says about keys and algorithms picks a key out of a fixed
 * map and nothing else, and no address that stands in a token is ever fetched. A token without `exp` is refused
 * unless `requireExpiry` is `false`; set `issuer` and `audience` wherever the issuer makes tokens for others too.
 *
 * @param options Exactly one of `secret`, `publicKey`, `keys` and `jwksUrl`, and what else must be true of a token.
 * @returns The function. It rejects only where the fault is not the token's: a key of ours cannot be read, the key set cannot
 * be fetched, or a function of the options throws. The server answers 500 then, and tells `onError`.
 * @throws {TypeError} If an option is of a wrong kind, unknown, or contradicts another.
 * @throws {RangeError} If a number is out of bounds.
 *
 * @example A key for each `kid`, and the tenant of the path
 * ```ts
 * import { jwt } from "@switchboard/websocket/auth";
 * import { assertEquals } from "@std/assert";
 * import { generateKeyPair } from "jose";
 *
 * const { publicKey } = await generateKeyPair("ES256");
 * const authenticate = jwt({
 *   keys: {
 *     "2030-01": { key: publicKey, algorithm: "ES256" },
 *   },
 *   audience: "chat",
 *   check: (claims, { params }) => claims.tenant === params.tenant,
 * });
 *
 * assertEquals(typeof authenticate, "function");
 * ```
 */
export function jwt<Custom extends object = JwtClaims>(
  options: JwtKeyOptions & JwtCommonOptions<Custom> & { readonly allowAnonymous?: false; readonly requireAuth?: true },
): JwtAuthenticate<JwtIdentity<Custom>>;
/**
 * The same where peers without a token may be let in.
 *
 * @param options As above; with `allowAnonymous: true`, or `requireAuth: false`, who has no token is nobody in particular.
 * @returns The function.
 * @throws {TypeError} As above.
 * @throws {RangeError} As above.
 */
export function jwt<Custom extends object = JwtClaims>(
  options: JwtOptions<Custom>,
): JwtAuthenticate<JwtIdentity<Custom> | AnonymousIdentity>;
export function jwt<Custom extends object>(
  options: JwtOptions<Custom>,
): JwtAuthenticate<JwtIdentity<Custom> | AnonymousIdentity> {
  const config = resolveJwtOptions(options);
  const authenticate = async (request: ConnectionRequest<unknown>) => {
    const { token } = request;
    if (token === undefined && config.allowAnonymous) return anonymous();
    try {
      return await identify(token, request, config);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      config.onRefused?.(error.refusal, request);
      return null;
    }
  };
  return Object.assign(authenticate, { prepare: () => config.keys.prepare() });
}

async function identify<Custom extends object>(
  token: string | undefined,
  request: ConnectionRequest<unknown>,
  config: JwtConfig<Custom>,
): Promise<JwtIdentity<Custom>> {
  if (token === undefined) throw new Refused({ reason: "no_token" });
  if (token.length > config.maxTokenLength) throw new Refused({ reason: "too_long" });
  if (!COMPACT.test(token)) throw new Refused({ reason: "malformed" });
  const nowMs = config.now();
  const verified = await verify(token, config, nowMs);
  const endMs = checkClaims(verified, config, nowMs);
  const claims = await applySchema(verified, config);
  const userId = config.userId === undefined ? subjectOf(verified) : checkUserId(config.userId(claims));
  if (config.check !== undefined && !await config.check(claims, request)) throw new Refused({ reason: "check" });
  return { userId, claims, expiresAt: endMs === undefined ? undefined : new Date(endMs), isAnonymous: false };
}

/** jose counts in whole seconds, so it is given a second more, and `checkClaims` counts exactly. */
async function verify<Custom extends object>(
  token: string,
  { keys, issuer, audience, typ, requiredClaims, clockToleranceMs }: JwtConfig<Custom>,
  nowMs: number,
): Promise<JwtClaims> {
  try {
    return await keys.verify(token, {
      requiredClaims,
      clockTolerance: clockToleranceMs / 1000 + 1,
      currentDate: new Date(nowMs),
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
      ...(typ === undefined ? {} : { typ }),
    });
  } catch (error) {
    throw new Refused(refusalOf(error));
  }
}

async function applySchema<Custom extends object>(
  verified: JwtClaims,
  { claimsSchema }: JwtConfig<Custom>,
): Promise<JwtClaims & Custom> {
  if (claimsSchema === undefined) return verified as JwtClaims & Custom;
  const result = await claimsSchema["~standard"].validate(verified);
  if (result.issues !== undefined) throw new Refused({ reason: "schema", issues: result.issues });
  return { ...verified, ...result.value };
}

function subjectOf({ sub }: JwtClaims): string | undefined {
  if (sub === "" || (sub !== undefined && sub.length > MAX_USER_ID_LENGTH)) {
    throw new Refused({ reason: "claim", claim: "sub" });
  }
  return sub;
}

/** A user that is no string would be nobody in the groups of the server. */
function checkUserId(userId: unknown): string | undefined {
  if (userId === undefined || (typeof userId === "string" && userId !== "")) return userId;
  throw new TypeError(
    `Cannot sign a peer in as "userId" must return a string that is not empty, or undefined: it returned ${
      userId === "" ? "an empty one" : userId === null ? "null" : `a ${typeof userId}`
    }`,
  );
}

function anonymous(): AnonymousIdentity {
  return { userId: undefined, claims: undefined, expiresAt: undefined, isAnonymous: true };
}
