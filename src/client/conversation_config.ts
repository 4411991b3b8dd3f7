/**
 * What a conversation can be told, and whether that makes sense.
 *
 * @module
 */

import type { Contract } from "../protocol/contract.ts";
import type { ReconnectingClientConfig } from "./config.ts";
import type { TokenProvider } from "./credentials.ts";
import { misuse } from "./misuse.ts";

/** What a conversation can be told, beside what every client can. */
export interface ConversationConfig extends ReconnectingClientConfig {
  readonly protocol?: "managed" | "plain";
  readonly token?: TokenProvider;
  readonly contract?: Contract;
  readonly validateOutgoing?: boolean;
  readonly resume?: boolean;
}

/** What this client has beyond others. */
export const MORE = {
  options: {
    token: null,
    contract: null,
    validateOutgoing: null,
    resume: null,
    welcomeTimeoutMs: 5_000,
    maxPendingRequests: 1_000,
  },
  events: { "room:left": [], recovery: [] },
} as const;

/**
 * Whether the managed protocol is wanted.
 *
 * @throws {TypeError} If something is of the wrong kind.
 */
export function isManagedConfig({ protocol = "managed", token, contract }: ConversationConfig): boolean {
  const isManaged = protocol === "managed";
  if (!isManaged && protocol !== "plain") throw misuse("protocol", '"managed" or "plain"', protocol);
  // A token must not get into an error's text.
  const tokenKind = typeof token;
  if (token !== undefined && !(isManaged && /string|function/.test(tokenKind))) {
    throw misuse("token", "a string, and the protocol managed", tokenKind);
  }
  if (contract && typeof contract !== "object") throw misuse("contract", "an object", contract);
  return isManaged;
}
