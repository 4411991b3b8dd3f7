/**
 * Group A of the hostile inputs: no token at all, and tokens in every place where one may stand, or may not.
 *
 * @module
 */

import { all, closed, type Expectation, fact, upgraded } from "./harness/expectations.ts";
import { textFrame, textOf } from "./harness/frames.ts";
import { exchange, type ScriptCase, type Target } from "./harness/hostile_case.ts";
import type { HandshakeOptions } from "./harness/handshake.ts";
import { collect } from "./harness/hostile_case.ts";
import {
  authorization,
  type Headers,
  isLogged,
  showInHandshake,
  showInHello,
  UNAUTHORIZED,
  UNAUTHORIZED_IN_BAND,
} from "./harness/sign_in_cases.ts";
import { goodToken, HELLO_TIMEOUT_MS } from "./harness/sign_in_parts.ts";

/** How late a deadline may strike on a busy machine. */
const SLACK_MS = 1_500;

const NO_HEADER: Headers = { Authorization: null };
const ACCEPTED = all(upgraded({ "sec-websocket-protocol": null }), fact("isLogged", false));

/** A handshake that has a good token at hand, or what it made of it. */
function handshake(
  id: string,
  title: string,
  request: (token: string, target: Target) => HandshakeOptions,
  expect: Expectation,
  configuration: ScriptCase["configuration"] & string = "signed_in",
): ScriptCase {
  return {
    id,
    title,
    configuration,
    script: async (target) => {
      const token = await goodToken("ada");
      return await showInHandshake(target, token, request(token, target));
    },
    expect,
  };
}

/** The same with other headers alone. */
function headers(
  id: string,
  title: string,
  make: (token: string) => Headers,
  expect: Expectation,
  configuration?: ScriptCase["configuration"],
): ScriptCase {
  return handshake(id, title, (token) => ({ headers: { ...NO_HEADER, ...make(token) } }), expect, configuration);
}

/** A plain peer that may sign in by its first message, and what it says first. */
function firstMessage(
  id: string,
  title: string,
  say: (token: string) => string | undefined,
  expect: Expectation,
): ScriptCase {
  return {
    id,
    title,
    configuration: "signed_in_by_message",
    script: async (target) => {
      const token = await goodToken("ada");
      using peer = await target.open({ headers: NO_HEADER });
      const openedAt = performance.now();
      const text = say(token);
      if (text !== undefined) await peer.write(textFrame(text));
      const isGood = text?.includes(token) === true;
      const { frames, end } = isGood ? await exchange(peer) : await collect(peer);
      return {
        frames,
        end,
        answeredAfterMs: performance.now() - openedAt,
        facts: {
          says: frames.slice(0, 1).filter(({ opcode }) => opcode === 1).map(textOf),
          reached: target.events().filter(({ kind }) => kind === "message").length,
          isLogged: await isLogged(target.server, token),
        },
      };
    },
    expect: all(expect, fact("isLogged", false)),
  };
}

/** The connection lasted so long at least: until the deadline for the first message. */
function lasted(atLeastMs: number): Expectation {
  return {
    says: `after ${atLeastMs} to ${atLeastMs + SLACK_MS} ms`,
    complaint: ({ answeredAfterMs = 0 }) =>
      answeredAfterMs >= atLeastMs * 0.9 && answeredAfterMs <= atLeastMs + SLACK_MS
        ? undefined
        : `it took ${answeredAfterMs.toFixed(0)} ms`,
  };
}

/** A path with one more parameter. */
function withQuery({ path }: Target, ...parameters: readonly string[]): HandshakeOptions {
  return { target: [path, ...parameters].join("&"), headers: NO_HEADER };
}

const WITHOUT: readonly ScriptCase[] = [
  headers("A01a", "no token", () => ({}), UNAUTHORIZED),
  {
    id: "A01b",
    title: "no token, in the hello either",
    configuration: "signed_in",
    script: (target) => showInHello(target, ""),
    expect: UNAUTHORIZED_IN_BAND,
  },
  headers("A01c", "an empty token", () => ({ Authorization: "Bearer " }), UNAUTHORIZED),
  headers("A01d", "the word Bearer alone", () => ({ Authorization: "Bearer" }), UNAUTHORIZED),
  headers("A01e", "another scheme", (token) => ({ Authorization: `Basic ${token}` }), UNAUTHORIZED),
  headers("A01f", "no scheme", (token) => ({ Authorization: token }), UNAUTHORIZED),
  headers("A01g", "two headers", (token) => ({ Authorization: [`Bearer ${token}`, `Bearer ${token}`] }), UNAUTHORIZED),
  headers("A01h", "a token in quotes", (token) => ({ Authorization: `Bearer "${token}"` }), UNAUTHORIZED),
  firstMessage(
    "A01i",
    "another first message",
    () => '{"type":"chat","data":"hello"}',
    all(closed(4401), fact("reached", 0), fact("says", [])),
  ),
  firstMessage(
    "A01j",
    "a first message with a bad token and an id",
    () => '{"type":"authenticate","id":1,"data":{"token":"no.good.token"}}',
    all(closed(4401), fact("reached", 0), says({ type: "error", id: 1, error: { code: "unauthorized" } })),
  ),
  firstMessage(
    "A01k",
    "a first message whose token is no text",
    () => '{"type":"authenticate","data":{"token":{"length":1}}}',
    all(closed(4401), fact("reached", 0), fact("says", [])),
  ),
  firstMessage("A01l", "no first message", () => undefined, all(closed(4408), lasted(HELLO_TIMEOUT_MS))),
  firstMessage(
    "A01m",
    "a first message with a good token",
    (token) => JSON.stringify({ type: "authenticate", id: 1, data: { token } }),
    says({ type: "reply", id: 1 }),
  ),
];

const PLACES: readonly ScriptCase[] = [
  headers("A00-scheme", "scheme in lower case", (token) => ({ Authorization: `bearer ${token}` }), ACCEPTED),
  headers("A00-protocol", "subprotocol", (token) => offer(`bearer.${token}`), ACCEPTED),
  headers("A00-cookie", "cookie", (token) => ({ Cookie: `a=b; token=${token}` }), ACCEPTED),
  headers("A39-off-cookie", "cookie, switched off", cookie, UNAUTHORIZED, "signed_in_by_query"),
  headers("A39-protocols", "two tokens as subprotocols", (token) => offer(`bearer.${token}, bearer.x`), UNAUTHORIZED),
  headers(
    "A39-first",
    "a bad token in the header before a good one in the cookie",
    (token) => ({ ...authorization(`${token}x`), ...cookie(token) }),
    UNAUTHORIZED,
  ),
  handshake("A39a", "query, switched off", (token, target) => withQuery(target, `access_token=${token}`), UNAUTHORIZED),
  handshake(
    "A39g",
    "query, switched off, beside a good token in the header",
    (token, target) => ({ ...withQuery(target, `access_token=${token}`), headers: authorization(token) }),
    ACCEPTED,
  ),
  query("A39b", "query", (token) => [`access_token=${token}`], ACCEPTED),
  query("A39c", "query, the name encoded", (token) => [`access%5Ftoken=${token}`], ACCEPTED),
  query("A39d", "query, a bad token", (token) => [`access_token=${token}x`], UNAUTHORIZED),
  query("A39e", "query, two tokens", (token) => [`access_token=${token}`, `access_token=${token}`], UNAUTHORIZED),
  query("A39f", "query, another name", (token) => [`ACCESS_TOKEN=${token}`], UNAUTHORIZED),
];

function query(
  id: string,
  title: string,
  parameters: (token: string) => readonly string[],
  expect: Expectation,
): ScriptCase {
  const request = (token: string, target: Target) => withQuery(target, ...parameters(token));
  return handshake(id, title, request, expect, "signed_in_by_query");
}

function offer(protocols: string): Headers {
  return { "Sec-WebSocket-Protocol": protocols };
}

function cookie(token: string): Headers {
  return { Cookie: `token=${token}` };
}

/** The first text has these members; the sentence of an error is the server's. */
function says(expected: object): Expectation {
  return {
    says: `says ${JSON.stringify(expected)}`,
    complaint: ({ facts }) => {
      const [text] = (facts?.["says"] ?? []) as readonly string[];
      if (text === undefined) return "nothing is said";
      const { data: _data, error, ...rest } = JSON.parse(text) as { data?: unknown; error?: { code: string } };
      const said = { ...rest, ...error === undefined ? {} : { error: { code: error.code } } };
      return JSON.stringify(said) === JSON.stringify(expected) ? undefined : `it says ${JSON.stringify(said)}`;
    },
  };
}

/** All places. */
export const GROUP_A_SOURCES: readonly ScriptCase[] = [...WITHOUT, ...PLACES];
