/** Tests of what a handshake must be, in a table: one thing wrong at a time. */

import { assertEquals, assertMatch } from "@std/assert";
import { asksForWebSocket, checkHandshake, UPGRADE_REQUIRED } from "../../src/server/handshake_check.ts";

const LIMITS = { maxUrlBytes: 100 };
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

interface Case {
  readonly method?: string;
  /** The host of the URL; that of the headers where nothing else is said. */
  readonly authority?: string;
  readonly target?: string;
  /** Headers in place of the right ones; `null` leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

function check({ method = "GET", target = "/ws", headers = {}, authority = headers.host ?? "localhost:8000" }: Case) {
  const all = new Headers({
    "host": "localhost:8000",
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": KEY,
  });
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) all.delete(name);
    else all.set(name, value);
  }
  return checkHandshake({ method, authority, target, upgrade: all.get("upgrade") ?? "", headers: all }, LIMITS);
}

const GOOD: readonly Case[] = [
  {},
  { headers: { upgrade: "WebSocket" } },
  { headers: { upgrade: "WEBSOCKET" } },
  { headers: { connection: "keep-alive, Upgrade" } },
  { headers: { connection: "upgrade,keep-alive" } },
  { headers: { connection: "UPGRADE" } },
  { headers: { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==" } },
  { headers: { "sec-websocket-key": "/////////////////////w==" } },
  { headers: { "content-length": "0" } },
  { headers: { host: "[::1]:8000" } },
  { headers: { host: "xn--bcher-kva.example" } },
  { target: `/ws?${"x".repeat(96)}` },
];

const BAD: readonly [status: number, Case][] = [
  [400, { headers: { upgrade: "websocket, h2c" } }],
  [400, { headers: { upgrade: "h2c, websocket" } }],
  [400, { headers: { upgrade: "websocket/13" } }],
  [405, { method: "POST" }],
  [405, { method: "HEAD" }],
  [405, { method: "get" }],
  [426, { headers: { connection: null } }],
  [426, { headers: { connection: "keep-alive" } }],
  [400, { headers: { connection: "upgraded" } }],
  [400, { headers: { connection: "keep-alive, upgrade;q=1" } }],
  [426, { headers: { "sec-websocket-version": null } }],
  [426, { headers: { "sec-websocket-version": "8" } }],
  [426, { headers: { "sec-websocket-version": "13, 8" } }],
  [426, { headers: { "sec-websocket-version": "013" } }],
  [400, { headers: { "sec-websocket-key": null } }],
  [400, { headers: { "sec-websocket-key": "" } }],
  [400, { headers: { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA" } }],
  [400, { headers: { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAAAA" } }],
  [400, { headers: { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAA===" } }],
  [400, { headers: { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAB==" } }],
  [400, { headers: { "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAA_A==" } }],
  [400, { headers: { "sec-websocket-key": `${KEY}, ${KEY}` } }],
  [400, { headers: { "content-length": "5" } }],
  [400, { headers: { "transfer-encoding": "chunked" } }],
  [400, { headers: { host: null } }],
  [400, { headers: { host: "" } }],
  [400, { headers: { host: "a, b" } }],
  [400, { headers: { host: "user@host" } }],
  [400, { headers: { host: "host/path" } }],
  [400, { headers: { host: "host?query" } }],
  [400, { headers: { host: "host#part" } }],
  [400, { headers: { host: "host:port" } }],
  [400, { headers: { host: "[::1" } }],
  [400, { authority: "elsewhere.example" }],
  [414, { target: `/ws?${"x".repeat(97)}` }],
];

Deno.test("checkHandshake() finds nothing wrong with what RFC 6455 allows", async (t) => {
  for (const good of GOOD) {
    await t.step(JSON.stringify(good).slice(0, 100), () => assertEquals(check(good), undefined));
  }
});

Deno.test("checkHandshake() gives the status for each thing that may be wrong", async (t) => {
  for (const [status, bad] of BAD) {
    await t.step(`${status} ${JSON.stringify(bad).slice(0, 100)}`, () => assertEquals(check(bad)?.status, status));
  }
});

Deno.test("checkHandshake() tells why, and nothing of what the peer sent", () => {
  for (const [, bad] of BAD) {
    const why = check(bad)!.why;

    assertMatch(why, /^[A-Z a-z0-9-]+$/);
    for (const value of Object.values(bad.headers ?? {})) {
      if (value !== null && value.length > 2 && value !== "websocket") assertEquals(why.includes(value), false, why);
    }
  }
});

Deno.test("checkHandshake() names the method that is allowed, and the version that is spoken", () => {
  assertEquals(check({ method: "PUT" })!.headers, { allow: "GET" });
  assertEquals(check({ headers: { "sec-websocket-version": "7" } })!.headers, UPGRADE_REQUIRED.headers!);
  assertEquals(UPGRADE_REQUIRED.headers!["sec-websocket-version"], "13");
});

Deno.test("asksForWebSocket() says whose requests are looked at: those with the token, alone or among others", () => {
  const asked = ["websocket", "WebSocket", " websocket ", "h2c, websocket", "websocket,h2c"];
  const notAsked = [null, "", "h2c", "websockets", "websocket/13", "web socket"];

  assertEquals(asked.map(asksForWebSocket), asked.map(() => true));
  assertEquals(notAsked.map(asksForWebSocket), notAsked.map(() => false));
});
