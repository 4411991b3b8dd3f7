/** The types of `@std/http/cookie`. */

/** A cookie with its attributes. */
export interface Cookie {
  /** Its name. */
  name: string;
  /** Its value. */
  value: string;
  /** When it ends: a date, or milliseconds since 1970. */
  expires?: Date | number;
  /** How many seconds it lasts. */
  maxAge?: number;
  /** The host that gets it. */
  domain?: string;
  /** The path under which it is sent. */
  path?: string;
  /** Whether it is sent over TLS only. */
  secure?: boolean;
  /** Whether scripts do not see it. */
  httpOnly?: boolean;
  /** Whether it is kept apart for each top-level site. */
  partitioned?: boolean;
  /** Whether other sites' requests carry it. */
  sameSite?: "Strict" | "Lax" | "None";
  /** Attributes that are not known here. */
  unparsed?: string[];
}

/**
 * The cookies of a request by name.
 *
 * @throws {SyntaxError} If one begins with "=".
 */
export function getCookies(headers: Headers): Record<string, string>;
/** Adds a `Set-Cookie` header. */
export function setCookie(headers: Headers, cookie: Cookie): void;
/** Adds a `Set-Cookie` header that ends a cookie. */
export function deleteCookie(
  headers: Headers,
  name: string,
  attributes?: Pick<Cookie, "path" | "domain" | "secure" | "httpOnly" | "partitioned">,
): void;
/** The cookies that a response sets. */
export function getSetCookies(headers: Headers): Cookie[];
