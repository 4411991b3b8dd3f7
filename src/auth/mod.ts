/**
 * Signing in: {@linkcode jwt} makes an `authenticate` function for the server, which takes JSON Web Tokens.
 *
 * @example Tokens that are signed with a shared secret
 * ```ts
 * import { WebSocketServer } from "@switchboard/websocket";
 * import { jwt } from "@switchboard/websocket/auth";
 * import { connect } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 * import { SignJWT } from "jose";
 *
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const server = new WebSocketServer({
 *   authenticate: jwt({ secret, issuer: "https://example.com", audience: "chat" }),
 *   handlers: {
 *     onConnect: (conn) => {
 *       conn.send({ type: "hello", data: conn.userId });
 *     },
 *   },
 * });
 *
 * const token = await new SignJWT()
 *   .setProtectedHeader({ alg: "HS256" })
 *   .setIssuer("https://example.com").setAudience("chat").setSubject("ada").setExpirationTime("10m")
 *   .sign(secret);
 * await using client = await connect(server, { headers: { authorization: `Bearer ${token}` } });
 *
 * assertEquals(await client.next(), { type: "hello", data: "ada" });
 * ```
 *
 * @module
 */

export { jwt } from "./jwt.ts";
export type { AnonymousIdentity, JwtAuthenticate, JwtClaims, JwtIdentity } from "./jwt_identity.ts";
export type {
  ClaimsSchema,
  JwtCommonOptions,
  JwtKey,
  JwtKeyMapOptions,
  JwtKeyOptions,
  JwtKeySetOptions,
  JwtOptions,
  JwtPublicKey,
  JwtPublicKeyAlgorithm,
  JwtPublicKeyOptions,
  JwtSecretAlgorithm,
  JwtSecretOptions,
  KeySetFetch,
  RuntimeKey,
} from "./jwt_options.ts";
export type { JwtRefusal, JwtRefusalReason } from "./jwt_refusal.ts";
