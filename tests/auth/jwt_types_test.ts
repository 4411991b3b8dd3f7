/**
 * Tests of types: which type the data of a connection has when its peers sign in with `jwt()`. The checker decides; the
 * functions only run to be seen.
 */

import { assertThrows } from "@std/assert";
import { z } from "zod";
import { type AnonymousIdentity, jwt, type JwtClaims, type JwtIdentity, type JwtOptions } from "../../src/auth/mod.ts";
import { type WebSocketConfig, WebSocketServer } from "../../src/server/mod.ts";

/** Compiles where both are the same type, `any` being the same as nothing else. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

function same<A, B>(_isSame: Same<A, B>): void {}

const secret = new Uint8Array(32);
const claimsSchema = z.object({ role: z.enum(["admin", "user"]) });
type Role = { role: "admin" | "user" };

Deno.test("jwt() gives a connection's data its type, made in place or before", () => {
  const authenticate = jwt({ secret });

  new WebSocketServer({
    authenticate,
    handlers: { onConnect: ({ data }) => same<typeof data, JwtIdentity<JwtClaims>>(true) },
  });
  new WebSocketServer({
    authenticate: jwt({ secret }),
    handlers: { onConnect: ({ data }) => same<typeof data, JwtIdentity<JwtClaims>>(true) },
  });
});

Deno.test("jwt() gives claims the types of their schema, in userId, in check and in a connection's data", () => {
  new WebSocketServer({
    authenticate: jwt({
      secret,
      claimsSchema,
      userId: ({ role, sub }) => {
        same<typeof role, Role["role"]>(true);
        return sub;
      },
      check: ({ role }, { params }) => role === params["role"],
    }),
    handlers: {
      onConnect: ({ data }) => {
        same<typeof data, JwtIdentity<Role>>(true);
        same<typeof data.claims.role, Role["role"]>(true);
        same<typeof data.claims.sub, string | undefined>(true);
      },
    },
  });
});

Deno.test("jwt() tells apart who has a token and who has none where anonymous peers are allowed", () => {
  type Anybody = JwtIdentity<JwtClaims> | AnonymousIdentity;
  const isAllowed = (): boolean => true;

  new WebSocketServer({
    authenticate: jwt({ secret, allowAnonymous: true }),
    handlers: {
      onConnect: ({ data }) => {
        same<typeof data, Anybody>(true);
        if (data.isAnonymous) same<typeof data.claims, undefined>(true);
        else same<typeof data.claims.sub, string | undefined>(true);
      },
    },
  });
  new WebSocketServer({
    authenticate: jwt({ secret, requireAuth: false }),
    handlers: { onConnect: ({ data }) => same<typeof data, Anybody>(true) },
  });
  new WebSocketServer({
    authenticate: jwt({ secret, allowAnonymous: isAllowed() }),
    handlers: { onConnect: ({ data }) => same<typeof data, Anybody>(true) },
  });
});

Deno.test("jwt() fits a configuration whose data is any record", () => {
  const config: WebSocketConfig = { authenticate: jwt({ secret }) };

  new WebSocketServer(config);
});

Deno.test("jwt() does not compile without its algorithm, or with one for another kind of key", () => {
  const publicKey = "";

  // @ts-expect-error -- a public key needs its algorithm
  assertThrows(() => jwt({ publicKey }), TypeError);
  // @ts-expect-error -- HS256 is for secrets
  assertThrows(() => jwt({ publicKey, algorithm: "HS256" }), TypeError);
  // @ts-expect-error -- RS256 is for public keys
  assertThrows(() => jwt({ secret, algorithm: "RS256" }), TypeError);
  // @ts-expect-error -- a published key set has no secrets
  assertThrows(() => jwt({ jwksUrl: "https://example.com/", algorithms: ["HS256"] }), TypeError);
  // @ts-expect-error -- nothing says where keys are
  assertThrows(() => jwt({ audience: "chat" }), TypeError);
  // @ts-expect-error -- it has no such option
  assertThrows(() => jwt({ secret, isuer: "x" }), TypeError);
  assertThrows(() => jwt({ secret, audience: undefined } as unknown as JwtOptions), TypeError);
});
