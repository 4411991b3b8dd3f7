/**
 * Which subprotocol is answered to which are offered. Pure.
 *
 * @module
 */

import { SUBPROTOCOL } from "../protocol/messages.ts";
import { MAX_TOKEN_LENGTH } from "./token_sources.ts";

/** The most that a peer may offer, names and bytes: nobody has more, and the list is read before anything is known of the peer. */
const MAX_OFFERED = 64;
const MAX_OFFER_BYTES = 4096;

/** A name: a token (RFC 9110, 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** An application's own choice: the name to answer, one of those offered; `undefined` for none. */
export type SubprotocolChooser = (offered: readonly string[], request: Request) => string | undefined;

/** Reads `Sec-WebSocket-Protocol`; `undefined` when it is malformed. */
export function readOffer(header: string | null): readonly string[] | undefined {
  return read(header, MAX_OFFER_BYTES);
}

/** The same where one of the names may be a token. */
export function readOfferWithToken(header: string | null): readonly string[] | undefined {
  return read(header, MAX_OFFER_BYTES + MAX_TOKEN_LENGTH);
}

/** Chooses: ours where it is offered, else what the application prefers; `""` for none. */
export function chooseProtocol(
  offered: readonly string[],
  preferred: readonly string[] | SubprotocolChooser,
  request: Request,
): string {
  if (offered.includes(SUBPROTOCOL)) return SUBPROTOCOL;
  if (typeof preferred !== "function") return preferred.find((name) => offered.includes(name)) ?? "";
  const chosen = preferred(offered, request);
  return chosen !== undefined && offered.includes(chosen) ? chosen : "";
}

/** Whether `name` may be the name of a subprotocol. */
export function isToken(name: string): boolean {
  return TOKEN.test(name);
}

function read(header: string | null, maxBytes: number): readonly string[] | undefined {
  if (header === null) return [];
  if (header.length > maxBytes) return undefined;
  const offered = header.split(",").map((name) => name.trim());
  if (offered.length > MAX_OFFERED || !offered.every((name) => TOKEN.test(name))) return undefined;
  return new Set(offered).size === offered.length ? offered : undefined;
}
