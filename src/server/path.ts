/**
 * Whether a URL is ours, and its parameters. Pure.
 *
 * @module
 */

/** A URL that is ours. */
export interface PathMatch {
  /** The parameters of a pattern, decoded; `undefined` when the path is none. */
  readonly params: Readonly<Record<string, string>> | undefined;
}

/** The parts of a URL that are looked at. */
export interface UrlParts {
  /** The host and port as they were sent. */
  readonly authority: string;
  /** The path. */
  readonly pathname: string;
  /** The path with the query. */
  readonly target: string;
}

/** Tells whether a path is ours. */
export type PathRule = (pathname: string) => PathMatch | undefined;

const NO_PARAMS: PathMatch = { params: undefined };

/** The characters that make a path a pattern. */
const PATTERN = /[:*{}()+?\\]/;

/** Ways to write one path as another: no path of ours has them, and no rule should have to think of them. */
const DISGUISED = /\/\/|\\|%00|%2e|%2f|%5c/i;

/**
 * Makes the rule for the option `path`: a plain path means itself and what lies under it, anything with the characters
 * of a URLPattern means what the pattern means.
 *
 * @throws {TypeError} If the pattern is none.
 */
export function pathRule(path: string): PathRule {
  if (PATTERN.test(path)) return patternRule(new URLPattern({ pathname: path }));
  const bare = path.endsWith("/") ? path.slice(0, -1) : path;
  const under = `${bare}/`;
  return (pathname) => {
    if (pathname === bare) return NO_PARAMS;
    return pathname.startsWith(under) && !DISGUISED.test(pathname) ? NO_PARAMS : undefined;
  };
}

/** Takes a URL apart. */
export function splitUrl(url: string): UrlParts {
  const from = url.indexOf("://") + 3;
  const start = url.indexOf("/", from);
  const authority = start < 0 ? url.slice(from) : url.slice(from, start);
  const target = start < 0 ? "/" : url.slice(start);
  const end = target.indexOf("?"); // a fragment is never sent
  return { authority, pathname: end < 0 ? target : target.slice(0, end), target };
}

function patternRule(pattern: URLPattern): PathRule {
  return (pathname) => {
    if (DISGUISED.test(pathname)) return undefined;
    const groups = pattern.exec({ pathname })?.pathname.groups;
    if (groups === undefined) return undefined;
    const params: Record<string, string> = Object.create(null);
    for (const [name, value] of Object.entries(groups)) {
      const decoded = decode(value ?? "");
      if (decoded === undefined) return undefined;
      params[name] = decoded;
    }
    return { params };
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
