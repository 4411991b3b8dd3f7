/**
 * Group O of the hostile inputs: origins, against a list of allowed ones and against the default, the request's own host.
 *
 * @module
 */

import { refused, upgraded } from "./harness/expectations.ts";
import { asUtf8, type HandshakeOptions, type HeaderLines } from "./harness/handshake.ts";
import type { HostileCase, RequestCase } from "./harness/hostile_case.ts";

const ACCEPTED = upgraded();
const FORBIDDEN = refused(403);

/** The first letter is a Cyrillic one. */
const LOOKALIKE = "\u0430llowed.example";

/** An origin that is held against the list. */
function listed(id: string, title: string, origin: HeaderLines, expect = FORBIDDEN): RequestCase {
  return {
    id,
    title,
    configuration: "listed_origins",
    request: ({ path }) => ({ target: path, headers: { Origin: origin } }),
    expect,
  };
}

/** An origin that is held against the request's own host. */
function sameHost(
  id: string,
  title: string,
  { host = "allowed.example", origin, ...more }: { host?: string; origin: HeaderLines } & HandshakeOptions["headers"],
  expect = FORBIDDEN,
): RequestCase {
  return {
    id,
    title: `${title}, same host`,
    request: ({ path }) => ({ target: path, headers: { Host: host, Origin: origin, ...more } }),
    expect,
  };
}

const AGAINST_A_LIST: readonly HostileCase[] = [
  listed("O01", "allowed", "http://allowed.example", ACCEPTED),
  listed("O02a", "another host", "http://evil.example"),
  listed("O02b", "another host with U+202E in it", asUtf8("http://evil\u202e.example")),
  listed("O03", "null", "null"),
  listed("O04", "empty", ""),
  listed("O05a", "missing", null, ACCEPTED),
  { ...listed("O05b", "missing where it is required", null), configuration: "required_origin" },
  listed("O06", "allowed host as the beginning of another", "http://allowed.example.evil.com"),
  listed("O07", "allowed host as the end of another", "http://evilallowed.example"),
  listed("O08", "allowed host as the user", "http://allowed.example@evil.com"),
  listed("O09", "wrong scheme", "https://allowed.example"),
  listed("O10a", "port where none is allowed", "http://allowed.example:8080"),
  listed("O10b", "another port than the allowed one", "https://secure.example:8444"),
  listed("O10c", "no port where one is allowed", "https://secure.example"),
  listed("O11", "upper case host", "http://ALLOWED.Example", ACCEPTED),
  listed("O12", "host with a dot behind", "http://allowed.example."),
  listed("O13a", "two lines, allowed and evil", ["http://allowed.example", "http://evil.example"]),
  listed("O13c", "two lines, empty and allowed", ["", "http://allowed.example"]),
  listed("O13b", "two lines, evil and allowed", ["http://evil.example", "http://allowed.example"]),
  listed("O14a", "look-alike of an allowed host in punycode", new URL(`http://${LOOKALIKE}`).origin),
  listed("O14b", "look-alike of an allowed host in UTF-8", asUtf8(`http://${LOOKALIKE}`)),
  listed("O14c", "internationalized allowed host in UTF-8, as no browser sends it", asUtf8("http://bücher.example")),
  listed("O14d", "internationalized allowed host as browsers send it", "http://xn--bcher-kva.example", ACCEPTED),
];

const AGAINST_THE_HOST: readonly HostileCase[] = [
  sameHost("O01s", "allowed", { origin: "http://allowed.example" }, ACCEPTED),
  sameHost("O02s", "another host", { origin: "http://evil.example" }),
  sameHost("O03s", "null", { origin: "null" }),
  sameHost("O04s", "empty", { origin: "" }),
  sameHost("O06s", "the host as the beginning of another", { origin: "http://allowed.example.evil.com" }),
  sameHost("O07s", "the host as the end of another", { origin: "http://evilallowed.example" }),
  sameHost("O08s", "the host as the user", { origin: "http://allowed.example@evil.com" }),
  sameHost("O09s", "another scheme, as behind a proxy that ends TLS", { origin: "https://allowed.example" }, ACCEPTED),
  {
    ...sameHost("O09t", "wrong scheme where a trusted proxy tells the right one", {
      "origin": "http://allowed.example",
      "X-Forwarded-Proto": "https",
    }),
    configuration: "trusted_proxy",
  },
  {
    ...sameHost(
      "O09u",
      "right scheme where a trusted proxy tells it",
      { "origin": "https://allowed.example", "X-Forwarded-Proto": "https" },
      ACCEPTED,
    ),
    configuration: "trusted_proxy",
  },
  sameHost("O09v", "scheme that is no web page's", { origin: "ftp://allowed.example" }),
  sameHost("O10s", "another port", { host: "allowed.example:8080", origin: "http://allowed.example:8081" }),
  sameHost("O10t", "no port where the host has one", {
    host: "allowed.example:8080",
    origin: "http://allowed.example",
  }),
  sameHost("O10u", "port where the host has none", { origin: "http://allowed.example:8080" }),
  sameHost("O11s", "upper case", { origin: "http://ALLOWED.Example" }, ACCEPTED),
  sameHost("O12s", "dot behind", { origin: "http://allowed.example." }),
  sameHost("O13s", "two lines", { origin: ["http://allowed.example", "http://evil.example"] }),
  sameHost("O14s", "look-alike in punycode", { origin: new URL(`http://${LOOKALIKE}`).origin }),
  sameHost("O14t", "look-alike in UTF-8", { origin: asUtf8(`http://${LOOKALIKE}`) }),
];

/** All origins. */
export const GROUP_O: readonly HostileCase[] = [...AGAINST_A_LIST, ...AGAINST_THE_HOST];
