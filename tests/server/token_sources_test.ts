/** Tests of where tokens are found, what can be none, and that nothing is left of them for others to see. */

import { assertEquals, assertThrows } from "@std/assert";
import { OptionChecks } from "../../src/internal/checks.ts";
import type { TokenSources } from "../../src/server/sign_in_types.ts";
import {
  checkToken,
  findToken,
  type FoundToken,
  MAX_TOKEN_LENGTH,
  NO_TOKEN,
  resolveTokenSources,
} from "../../src/server/token_sources.ts";

const checks = new OptionChecks("test");
const URL = "http://localhost/ws";
const LONGEST = "x".repeat(MAX_TOKEN_LENGTH);

interface Case {
  readonly headers?: HeadersInit;
  readonly url?: string;
  readonly offered?: readonly string[];
}

function find(given: Case, sources: TokenSources = {}) {
  const { headers, url = URL, offered = [] } = given;
  return findToken({ headers: new Headers(headers), url, offered }, resolveTokenSources(sources, checks));
}

const bearer = (authorization: string): Case => ({ headers: { authorization } });
const cookie = (cookie: string): Case => ({ headers: { cookie } });

Deno.test("findToken() reads the Authorization header, its scheme in any case", () => {
  const tokens = ["Bearer a.b-c_d~+/=", "bearer t", "BEARER   t  ", `Bearer ${LONGEST}`].map((each) =>
    find(bearer(each)).token
  );

  assertEquals(tokens, ["a.b-c_d~+/=", "t", "t", LONGEST]);
});

Deno.test("findToken() leaves other schemes, and a header without a token, to the application", () => {
  const tokens = ["Basic dXNlcjpw", "Bearer", "Bearer ", "Bearertoken", "", "Digest bearer"].map((each) =>
    find(bearer(each)).token
  );

  assertEquals(tokens, Array(6).fill(undefined));
});

Deno.test("findToken() takes for none what can be none, wherever it stands", () => {
  const found = [
    find(bearer("Bearer two words")),
    find(bearer("Bearer a, Bearer b")),
    find(bearer("Bearer t\u00e4")),
    find(bearer(`Bearer ${LONGEST}x`)),
    find({ offered: ["bearer.a", "bearer.b"] }),
    find({ offered: [`bearer.${LONGEST}x`] }),
    find(cookie("sid=a,b"), { cookie: "sid" }),
    find(cookie(`sid=${LONGEST}x`), { cookie: "sid" }),
    find({ url: `${URL}?t=a&t=b` }, { query: "t" }),
    find({ url: `${URL}?t=a%20b` }, { query: "t" }),
  ];

  assertEquals(found.map(({ token }) => token), Array(10).fill(NO_TOKEN));
});

Deno.test("findToken() takes a token out of the offer, also one that does not count", () => {
  const offered = ["chat", "bearer.a.b.c", "switchboard.v1"];

  assertEquals(find({ offered }), { token: "a.b.c", url: URL, offered: ["chat", "switchboard.v1"] });
  assertEquals(find({ offered, ...bearer("Bearer first") }).offered, ["chat", "switchboard.v1"]);
  assertEquals(find({ offered: ["bearer.", "x"] }), { token: undefined, url: URL, offered: ["x"] });
  assertEquals(find({ offered }, { subprotocol: false }), { token: undefined, url: URL, offered });
});

Deno.test("findToken() reads the cookie of the name that it was told, and of several the first", () => {
  const sources = { cookie: "sid" };
  const found = ["sid=t", "a=1; sid=t; sid=u", " sid = t ", "=x; sid=a=b", "sid=", "xsid=t; SID=t", ""].map((each) =>
    find(cookie(each), sources).token
  );

  assertEquals(found, ["t", "t", "t", "a=b", undefined, undefined, undefined]);
  assertEquals(find(cookie("sid=t")).token, undefined);
});

Deno.test("findToken() takes the token out of the URL, however its name is written, and nothing else", () => {
  const sources = { query: "access_token" };
  const urls: [string, token: FoundToken, rest: string][] = [
    ["?access_token=t", "t", ""],
    ["?a=1&access_token=t&b=%20+&c", "t", "?a=1&b=%20+&c"],
    ["?%61ccess_token=t&x", "t", "?x"],
    ["?access_token=", undefined, ""],
    ["?access_token", undefined, ""],
    ["?xaccess_token=t", undefined, "?xaccess_token=t"],
    ["?access_token=a&access_token=b", NO_TOKEN, ""],
    ["?", undefined, "?"],
    ["", undefined, ""],
  ];

  for (const [query, token, rest] of urls) {
    assertEquals(find({ url: URL + query }, sources), { token, url: URL + rest, offered: [] }, query);
  }
  assertEquals(find({ url: `${URL}?access_token=t` }), {
    token: undefined,
    url: `${URL}?access_token=t`,
    offered: [],
  });
});

Deno.test("findToken() takes the first source that has one: header, subprotocol, cookie, query", () => {
  const sources = { cookie: "sid", query: "t" };
  const all = {
    headers: { authorization: "Bearer header", cookie: "sid=cookie" },
    offered: ["bearer.offer"],
    url: `${URL}?t=query`,
  };
  const less = { ...all, headers: { cookie: "sid=cookie" } };

  assertEquals(find(all, sources).token, "header");
  assertEquals(find(all, { ...sources, authorization: false }).token, "offer");
  assertEquals(find(less, sources).token, "offer");
  assertEquals(find({ ...less, offered: [] }, sources).token, "cookie");
  assertEquals(find({ ...all, headers: {}, offered: [] }, sources).token, "query");
  assertEquals(find(all, sources).url, URL);
});

Deno.test("findToken() does not fall back to another source where one holds what can be no token", () => {
  const both = { headers: { authorization: "Bearer a b", cookie: "sid=good" } };

  assertEquals(find(both, { cookie: "sid" }).token, NO_TOKEN);
});

Deno.test("checkToken() takes strings of visible characters up to the longest, nothing for nothing", () => {
  const given: unknown[] = ["t", "", undefined, LONGEST, `${LONGEST}x`, 5, null, {}, ["t"], "a\nb", "\u0000"];

  assertEquals(given.map(checkToken), [
    "t",
    undefined,
    undefined,
    LONGEST,
    ...Array(7).fill(NO_TOKEN),
  ]);
});

Deno.test("resolveTokenSources() knows the defaults, and who may bring a token by message", () => {
  const defaults = { authorization: true, subprotocol: true, cookie: undefined, query: undefined };

  assertEquals(resolveTokenSources(undefined, checks), { ...defaults, message: "managed" });
  assertEquals(resolveTokenSources({ message: true, cookie: "a", query: "b" }, checks), {
    ...defaults,
    cookie: "a",
    query: "b",
    message: "all",
  });
  assertEquals(resolveTokenSources({ message: false, cookie: false, query: false }, checks), {
    ...defaults,
    message: "none",
  });
});

Deno.test("resolveTokenSources() refuses what is wrong, and says what", () => {
  const wrong: [unknown, string][] = [
    [null, '"tokenSources" must be an object'],
    [{ header: true }, 'tokenSources has no option "header"'],
    [{ authorization: "yes" }, '"tokenSources.authorization" must be true or false'],
    [{ subprotocol: 1 }, '"tokenSources.subprotocol" must be true or false'],
    [{ message: "managed" }, '"tokenSources.message" must be true or false'],
    [{ cookie: true }, '"tokenSources.cookie" must be a name without spaces and separators, or false'],
    [{ query: "a b" }, '"tokenSources.query" must be a name without spaces and separators, or false'],
    [{ query: "" }, '"tokenSources.query" must be a name'],
  ];

  for (const [given, text] of wrong) {
    assertThrows(() => resolveTokenSources(given as TokenSources, checks), TypeError, text);
  }
});
