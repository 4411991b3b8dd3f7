/**
 * The options of the sign-in, checked and with their defaults.
 *
 * @module
 */

import type { OptionChecks } from "../internal/checks.ts";
import type { WebSocketConfig } from "./options.ts";
import type { Authenticate, WhenUserFull } from "./sign_in_types.ts";
import { type ResolvedTokenSources, resolveTokenSources } from "./token_sources.ts";

/** The options of the sign-in but for its numbers. */
export interface SignInConfig<Data> {
  /** Decides who may come in; everybody may where there is none. */
  readonly authenticate: Authenticate<Data> | undefined;
  /** Where tokens are looked for. */
  readonly tokenSources: ResolvedTokenSources;
  /** What happens to a user's connection for which there is no place. */
  readonly whenUserFull: WhenUserFull;
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {TypeError} If one is of a wrong kind, or two do not go together.
 */
export function resolveSignIn<Data>(config: WebSocketConfig<Data>, checks: OptionChecks): SignInConfig<Data> {
  const { authenticate, data, tokenSources, whenUserFull } = config;
  checks.optionalFunction("authenticate", authenticate);
  if (authenticate !== undefined && data !== undefined) {
    throw checks.failure("data", 'be left out beside "authenticate", which returns the data itself', data);
  }
  if (authenticate === undefined && tokenSources !== undefined) {
    throw checks.failure("tokenSources", 'be left out without "authenticate"', tokenSources);
  }
  return {
    authenticate,
    tokenSources: resolveTokenSources(tokenSources, checks),
    whenUserFull: checks.oneOf("whenUserFull", whenUserFull, "reject", ["reject", "replace"]),
  };
}
