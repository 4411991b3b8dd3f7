/**
 * Where a peer's token stands in its handshake: finds it, and takes it out of what others will see. Pure.
 *
 * @module
 */

import type { OptionChecks } from "../internal/checks.ts";
import type { HeaderReader } from "./packed_headers.ts";
import type { TokenSources } from "./sign_in_types.ts";

/** The longest token, in characters. A longer one is refused unread: what is signed with care is far shorter. */
export const MAX_TOKEN_LENGTH = 8192;

/** What is found where a token should be, and can be none: two of them, other characters, or too many. */
export const NO_TOKEN: unique symbol = Symbol("malformed token");

/** A token; `undefined` where there is none; {@linkcode NO_TOKEN} where what stands there can be none. */
export type FoundToken = string | undefined | typeof NO_TOKEN;

/** {@linkcode TokenSources} with all defaults in place. */
export interface ResolvedTokenSources {
  /** Whether the Authorization header counts. */
  readonly authorization: boolean;
  /** Whether an offered `bearer.<token>` counts. */
  readonly subprotocol: boolean;
  /** The name of the cookie; `undefined` for none. */
  readonly cookie: string | undefined;
  /** The name of the parameter; `undefined` for none. */
  readonly query: string | undefined;
  /** Who may bring it with the first message. */
  readonly message: "managed" | "all" | "none";
}

/** What begins the offered subprotocol that is a token. */
const BEARER = "bearer.";

/** The scheme in an Authorization header, and what follows. */
const AUTHORIZATION = /^bearer(?: +(.*))?$/i;

/** Visible characters but the comma, which is what joins several header lines. */
const TOKEN = /^[!-+\--~]+$/;

/** The characters of a cookie's name (RFC 6265, 4.1.1), which will do for a parameter's as well. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const KNOWN = ["authorization", "subprotocol", "cookie", "query", "message"];

/**
 * Checks the option `tokenSources` and fills in the defaults.
 *
 * @throws {TypeError} If a member is of a wrong kind, or unknown.
 */
export function resolveTokenSources(given: TokenSources = {}, checks: OptionChecks): ResolvedTokenSources {
  if (typeof given !== "object" || given === null) throw checks.failure("tokenSources", "be an object", given);
  checks.knownKeys("tokenSources", given, KNOWN);
  const { message: byMessage } = given;
  return {
    authorization: checks.boolean("tokenSources.authorization", given.authorization, true),
    subprotocol: checks.boolean("tokenSources.subprotocol", given.subprotocol, true),
    cookie: checkName("tokenSources.cookie", given.cookie, checks),
    query: checkName("tokenSources.query", given.query, checks),
    message: checks.boolean("tokenSources.message", byMessage, true) ? byMessage === true ? "all" : "managed" : "none",
  };
}

function checkName(option: string, name: string | false | undefined, checks: OptionChecks): string | undefined {
  if (name === undefined || name === false) return undefined;
  if (typeof name === "string" && NAME.test(name)) return name;
  throw checks.failure(option, "be a name without spaces and separators, or false", name);
}

/** A handshake in which tokens are looked for. */
export interface TokenHandshake {
  /** Its headers. */
  readonly headers: HeaderReader;
  /** Its URL. */
  readonly url: string;
  /** The subprotocols that it offers. */
  readonly offered: readonly string[];
}

/** What was found, and what is left for others to see. */
export interface TokenFinding {
  /** The token. */
  readonly token: FoundToken;
  /** The URL without it. */
  readonly url: string;
  /** The offer without it. */
  readonly offered: readonly string[];
}

/** Looks for the token of a handshake, in the order of {@linkcode TokenSources}. */
export function findToken({ headers, url, offered }: TokenHandshake, sources: ResolvedTokenSources): TokenFinding {
  const fromOffer = sources.subprotocol ? takeFromOffer(offered) : { rest: offered, token: undefined };
  const fromQuery = sources.query === undefined ? { rest: url, token: undefined } : takeFromQuery(url, sources.query);
  const token = (sources.authorization ? fromAuthorization(headers.get("authorization")) : undefined) ??
    fromOffer.token ??
    (sources.cookie === undefined ? undefined : fromCookie(headers.get("cookie"), sources.cookie)) ??
    fromQuery.token;
  return { token, url: fromQuery.rest, offered: fromOffer.rest };
}

/** A token that came in a message. */
export function checkToken(token: unknown): FoundToken {
  if (token === undefined) return undefined;
  return typeof token === "string" ? readToken(token) : NO_TOKEN;
}

function readToken(text: string): FoundToken {
  if (text === "") return undefined;
  return text.length <= MAX_TOKEN_LENGTH && TOKEN.test(text) ? text : NO_TOKEN;
}

/** Other schemes are none of ours: the application reads them from the headers. */
function fromAuthorization(header: string | null): FoundToken {
  const match = header === null ? null : AUTHORIZATION.exec(header.trim());
  return match === null ? undefined : readToken(match[1] ?? "");
}

function takeFromOffer(offered: readonly string[]): { rest: readonly string[]; token: FoundToken } {
  const tokens = offered.filter((name) => name.startsWith(BEARER));
  if (tokens.length === 0) return { rest: offered, token: undefined };
  const rest = offered.filter((name) => !name.startsWith(BEARER));
  return { rest, token: onlyOne(tokens.map((name) => name.slice(BEARER.length))) };
}

/** Of several the first: browsers put the one first that is meant for the longest path (RFC 6265, 5.4). */
function fromCookie(header: string | null, name: string): FoundToken {
  for (const pair of (header ?? "").split(";")) {
    const equals = pair.indexOf("=");
    if (equals >= 0 && pair.slice(0, equals).trim() === name) return readToken(pair.slice(equals + 1).trim());
  }
  return undefined;
}

function takeFromQuery(url: string, name: string): { rest: string; token: FoundToken } {
  const start = url.indexOf("?");
  if (start < 0) return { rest: url, token: undefined };
  const tokens: string[] = [];
  const rest = url.slice(start + 1).split("&").filter((pair) => {
    const [entry] = new URLSearchParams(pair);
    if (entry?.[0] !== name) return true;
    tokens.push(entry[1]);
    return false;
  });
  if (tokens.length === 0) return { rest: url, token: undefined };
  const query = rest.length === 0 ? "" : `?${rest.join("&")}`;
  return { rest: url.slice(0, start) + query, token: onlyOne(tokens) };
}

/** Two tokens would let two readers of one request see two peers in it. */
function onlyOne(tokens: readonly string[]): FoundToken {
  return tokens.length === 1 ? readToken(tokens[0]!) : NO_TOKEN;
}
