/**
 * Whether a page from this origin may connect. Pure.
 *
 * A browser sends its page's cookies with any handshake and tells the page's origin; the server alone can refuse
 * (cross-site WebSocket hijacking).
 *
 * @module
 */

/** An application's own rule. */
export type OriginRule = (origin: string, request: Request) => boolean | Promise<boolean>;

/** Which origins may connect. */
export type Origins = "same-host" | "any" | readonly string[] | OriginRule;

/** What the check needs to know of a request. */
export interface OriginCheck {
  /** The `Origin` header; several are joined with commas. */
  readonly origin: string | null;
  /** The host and port that the peer asked for. */
  readonly host: string;
  /** `"https"` or `"http"`, where that is known for sure. */
  readonly scheme: string | undefined;
}

/** Decides; an application's rule may need time. */
export function isOriginAllowed(
  check: OriginCheck,
  origins: Origins,
  requireOrigin: boolean,
  request: Request,
): boolean | Promise<boolean> {
  const { origin } = check;
  if (origin === null) return !requireOrigin;
  if (typeof origins === "function") return origins(origin, request);
  if (origins === "any") return true;
  // What nearly every browser sends is told apart without the cost of two URLs.
  if (origins === "same-host" && isWrittenAlike(check)) return true;
  const parsed = parseOrigin(origin);
  if (parsed === undefined) return false;
  if (origins !== "same-host") return origins.some((allowed) => parseOrigin(allowed)?.origin === parsed.origin);
  if (check.scheme !== undefined && parsed.protocol !== `${check.scheme}:`) return false;
  return parsed.host === hostOf(check.host, parsed.protocol);
}

/** Whether the Origin is the scheme and the very characters of the Host. */
function isWrittenAlike({ origin, host, scheme }: OriginCheck): boolean {
  if (origin === `https://${host}`) return scheme !== "http";
  return origin === `http://${host}` && scheme !== "https";
}

/** Reads an origin; `undefined` when it is `null`, empty, or anything but scheme, host and port. */
export function parseOrigin(origin: string): URL | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s,/?#@\\]+$/i.test(origin)) return undefined;
  const url = parseUrl(origin);
  return url?.protocol === "http:" || url?.protocol === "https:" ? url : undefined;
}

/** The Host as the URL parser writes hosts: lower case, without the scheme's own port. */
function hostOf(host: string, protocol: string): string | undefined {
  return parseUrl(`${protocol}//${host}`)?.host;
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
