/**
 * Servers whose peers sign in with tokens, and tokens that are good there.
 *
 * @module
 */

import { jwt } from "../../../src/auth/mod.ts";
import type { WebSocketConfig, WebSocketServer } from "../../../src/server/mod.ts";
import { LENIENCE_MS, OPTIONS, token } from "../../auth/good_tokens.ts";

/** How long a peer has for its first message where that may be the token, in milliseconds. */
export const HELLO_TIMEOUT_MS = 500;

/** Where tokens may stand, and how many connections a user may have, by the name of the configuration. */
const VARIANTS = {
  signed_in: { tokenSources: { cookie: "token" } },
  signed_in_leniently: {},
  signed_in_by_query: { tokenSources: { query: "access_token" } },
  signed_in_by_message: { tokenSources: { message: true }, helloTimeoutMs: HELLO_TIMEOUT_MS },
  one_per_user: { maxConnectionsPerUser: 1, whenUserFull: "replace" },
  one_per_user_at_most: { maxConnectionsPerUser: 1 },
} as const satisfies Record<string, WebSocketConfig>;

/** The name of a configuration in which peers sign in. */
export type SignInVariant = keyof typeof VARIANTS;

/** The options of such a configuration. */
export function signedIn(name: SignInVariant): WebSocketConfig {
  const clockToleranceMs = name === "signed_in_leniently" ? LENIENCE_MS : 0;
  return { ...VARIANTS[name], authenticate: jwt({ ...OPTIONS, clockToleranceMs }) };
}

/** Lets a peer end all connections of a user. */
export function addRevocation(server: WebSocketServer): void {
  server.handle("revoke", (userId) => {
    server.revoke(String(userId), "signed out everywhere");
  });
}

/** The header of a good token of this user, or of one who is nowhere else. */
export async function bearer(
  userId: string = crypto.randomUUID(),
  claims: object = {},
): Promise<{ readonly Authorization: string }> {
  return { Authorization: `Bearer ${await goodToken(userId, claims)}` };
}

/** A good token of this user. */
export function goodToken(userId: string, claims: object = {}): Promise<string> {
  return token(Math.floor(Date.now() / 1000), { claims: { sub: userId, ...claims } });
}
