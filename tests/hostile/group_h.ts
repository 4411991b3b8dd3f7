/**
 * Group H of the hostile inputs: handshakes.
 *
 * On the native transport the runtime reads the request first. What it refuses never reaches us: it answers 400 to any body
 * (also an empty one that is announced), to more than 100 header lines and to a head of more than 64 KiB.
 *
 * @module
 */

import { all, answeredWithin, either, type Expectation, refused, upgraded } from "./harness/expectations.ts";
import { asUtf8, type HandshakeOptions, SAMPLE_KEY } from "./harness/handshake.ts";
import { type HostileCase, playRequest, type RequestCase, type TransportName } from "./harness/hostile_case.ts";

const UPGRADE_REQUIRED = refused(426, { "upgrade": "websocket", "sec-websocket-version": "13" });
const BAD_REQUEST = refused(400);
const NOT_FOUND = refused(404);
const NOT_ALLOWED = refused(405, { allow: "GET" });
const ACCEPTED = upgraded();
const ACCEPTED_WITHOUT_PROTOCOL = upgraded({ "sec-websocket-protocol": null });

/** A request that differs from a correct one in these headers. */
function headers(
  id: string,
  title: string,
  changes: NonNullable<HandshakeOptions["headers"]>,
  expect: RequestCase["expect"],
): RequestCase {
  return { id, title, request: ({ path }) => ({ target: path, headers: changes }), expect };
}

/** A request for another target. */
function target(id: string, title: string, path: string, expect: RequestCase["expect"]): RequestCase {
  return { id, title, request: { target: path }, expect };
}

/** A request with another method. */
function method(id: string, name: string, expect: RequestCase["expect"] = NOT_ALLOWED): RequestCase {
  return { id, title: name, request: ({ path }) => ({ target: path, method: name }), expect };
}

/** A request with a body, or with headers that speak of one. */
function body(
  id: string,
  title: string,
  changes: NonNullable<HandshakeOptions["headers"]>,
  content: string,
  expect: RequestCase["expect"] = BAD_REQUEST,
): RequestCase {
  return { id, title, request: ({ path }) => ({ target: path, headers: changes, body: content }), expect };
}

/** A key that no client may send. */
function badKey(id: string, title: string, key: string | readonly string[]): RequestCase {
  return headers(id, title, { "Sec-WebSocket-Key": key }, BAD_REQUEST);
}

/** The runtime refuses in its own words what we would refuse in ours. */
function byRuntime(native: Expectation, node: Expectation): Record<TransportName, Expectation> {
  return { native, node };
}

const UPGRADE_HEADER: readonly HostileCase[] = [
  headers("H01", "no Upgrade", { Upgrade: null }, UPGRADE_REQUIRED),
  headers("H02", "Upgrade: h2c", { Upgrade: "h2c" }, UPGRADE_REQUIRED),
  headers("H03", "Upgrade: h2c, websocket", { Upgrade: "h2c, websocket" }, BAD_REQUEST),
  headers("H04", "two lines, h2c and websocket", { Upgrade: ["h2c", "websocket"] }, BAD_REQUEST),
  headers("H05", "two lines, websocket and h2c", { Upgrade: ["websocket", "h2c"] }, BAD_REQUEST),
  {
    id: "H06",
    title: "two lines on HTTP/1.0",
    request: ({ path }) => ({ target: path, httpVersion: "HTTP/1.0", headers: { Upgrade: ["h2c", "websocket"] } }),
    expect: refused([400, 505]),
  },
  headers("H07", "two lines, both websocket", { Upgrade: ["websocket", "websocket"] }, BAD_REQUEST),
  headers("H08", "Upgrade: websocket/13", { Upgrade: "websocket/13" }, UPGRADE_REQUIRED),
  headers("H09", "Upgrade: WebSocket in mixed case", { Upgrade: "WebSocket" }, ACCEPTED),
  headers("H10", "Upgrade with space and tab behind", { Upgrade: "websocket \t" }, ACCEPTED),
  headers("H11a", "Upgrade: ,websocket", { Upgrade: ",websocket" }, BAD_REQUEST),
  headers("H11b", "Upgrade: websocket,", { Upgrade: "websocket," }, BAD_REQUEST),
  headers("H12", "two lines, empty and websocket", { Upgrade: ["", "websocket"] }, BAD_REQUEST),
  headers("H13", "no Connection", { Connection: null }, UPGRADE_REQUIRED),
  headers("H14", "Connection: keep-alive", { Connection: "keep-alive" }, UPGRADE_REQUIRED),
  headers("H15", "Connection: keep-alive, Upgrade", { Connection: "keep-alive, Upgrade" }, ACCEPTED),
  headers("H16", "two Connection lines", { Connection: ["keep-alive", "Upgrade"] }, ACCEPTED),
  headers("H17", "Connection: close, Upgrade", { Connection: "close, Upgrade" }, ACCEPTED),
  headers("H18", "Connection: Upgrade;q=1", { Connection: "Upgrade;q=1" }, BAD_REQUEST),
];

const VERSION_AND_KEY: readonly HostileCase[] = [
  headers("H19", "no version", { "Sec-WebSocket-Version": null }, UPGRADE_REQUIRED),
  headers("H20", "version 8", { "Sec-WebSocket-Version": "8" }, UPGRADE_REQUIRED),
  headers("H21", "version 12", { "Sec-WebSocket-Version": "12" }, UPGRADE_REQUIRED),
  headers("H22", "version 14", { "Sec-WebSocket-Version": "14" }, UPGRADE_REQUIRED),
  headers("H23", "version 13, 8", { "Sec-WebSocket-Version": "13, 8" }, UPGRADE_REQUIRED),
  headers("H24", "version 013", { "Sec-WebSocket-Version": "013" }, UPGRADE_REQUIRED),
  headers("H25", "version 13 between spaces", { "Sec-WebSocket-Version": " 13 " }, ACCEPTED),
  headers("H26", "no key", { "Sec-WebSocket-Key": null }, BAD_REQUEST),
  badKey("H27", "empty key", ""),
  badKey("H28", "key of 1 character", "d"),
  badKey("H29", "key of 23 characters", SAMPLE_KEY.slice(1)),
  badKey("H30", "key of 25 characters", `A${SAMPLE_KEY}`),
  badKey("H31", "key of 200 characters", "A".repeat(200)),
  badKey("H32", "key that is not base64", "dGhlIHNhbXBsZSBub25j!Q=="),
  badKey("H33", "key of 15 bytes", btoa("x".repeat(15))),
  badKey("H34", "key of 17 bytes", btoa("x".repeat(17))),
  badKey("H35a", "two key lines", [SAMPLE_KEY, SAMPLE_KEY]),
  badKey("H35b", "two key lines, the first empty", ["", SAMPLE_KEY]),
  badKey("H36", "key with Latin-1 bytes", "dGhlIHNhbXBsZSBub25j\xe9Q=="),
];

const METHOD_AND_BODY: readonly HostileCase[] = [
  method("H37", "POST"),
  method("H38", "PUT"),
  method("H39", "HEAD"),
  method("H40", "OPTIONS"),
  method("H41", "CONNECT", byRuntime(BAD_REQUEST, NOT_ALLOWED)),
  {
    id: "H41b",
    title: "CONNECT to an authority",
    request: ({ host }) => ({ method: "CONNECT", target: host }),
    expect: refused([400, 404, 405]),
  },
  method("H42", "TRACE"),
  body("H43", "Content-Length: 0", { "Content-Length": "0" }, "", byRuntime(BAD_REQUEST, ACCEPTED)),
  body("H44", "Content-Length: 5 and a body", { "Content-Length": "5" }, "hello"),
  body("H45", "chunked body", { "Transfer-Encoding": "chunked" }, "5\r\nhello\r\n0\r\n\r\n"),
  body(
    "H46",
    "chunked body with Content-Length",
    { "Content-Length": "5", "Transfer-Encoding": "chunked" },
    "5\r\nhello\r\n0\r\n\r\n",
  ),
  body("H47", "Expect: 100-continue", { Expect: "100-continue" }, "", either(ACCEPTED, refused(417))),
];

const TARGET_AND_HOST: readonly HostileCase[] = [
  target("H48", "wrong path", "/elsewhere", NOT_FOUND),
  target("H49a", "path with %00", "/ws%00", NOT_FOUND),
  target("H49b", "path with %2e%2e", "/ws/%2e%2e/elsewhere", NOT_FOUND),
  target("H49c", "path with //", "//ws", NOT_FOUND),
  target("H49d", "path with ;a=b", "/ws;a=b", NOT_FOUND),
  target("H49e", "path that looks like a host", "//evil.example/ws", NOT_FOUND),
  {
    id: "H50a",
    title: "absolute target with another host, and its origin",
    request: { target: "http://evil.example/ws", headers: { Origin: "http://evil.example" } },
    expect: refused([400, 403, 404]),
  },
  target("H50b", "absolute target with another host, without an origin", "http://evil.example/ws", refused([400, 404])),
  {
    id: "H50c",
    title: "absolute target that is no URL",
    request: { target: "http://[evil.example/ws" },
    expect: refused([400, 404]),
  },
  target("H51", "URL of 8 KiB and 1 byte", `/ws?${"a".repeat(8192 + 1 - 4)}`, refused(414)),
  headers("H52", "header line of 16 KiB and 1 byte", { "X-Long": "a".repeat(16384 + 1 - 6) }, refused(431)),
  manyHeaders("H53", 200, byRuntime(BAD_REQUEST, refused(431))),
  manyHeaders("H54", 2_000, refused([400, 431])),
  headers("H55", "header of 300 KB", { "X-Long": "a".repeat(300_000) }, refused([400, 431])),
  headers("H56a", "no Host", { Host: null }, BAD_REQUEST),
  headers("H56b", "two Hosts", { Host: ["one.example", "two.example"] }, BAD_REQUEST),
  {
    id: "H56c",
    title: "another Host than the origin's",
    request: ({ path, host }) => ({ target: path, headers: { Host: "evil.example", Origin: `http://${host}` } }),
    expect: refused(403),
  },
  {
    id: "H56d",
    title: "another Host with an origin that is not allowed by name",
    configuration: "listed_origins",
    request: ({ path }) => ({ target: path, headers: { Host: "evil.example", Origin: "http://evil.example" } }),
    expect: refused(403),
  },
  headers("H56e", "Host that is no host", { Host: "e vil/@x" }, refused([400, 404])),
  headers("H56f", "Host with a port that is none", { Host: "one.example:99999" }, BAD_REQUEST),
  headers("H56g", "empty Host", { Host: "" }, BAD_REQUEST),
];

const SUBPROTOCOLS: readonly HostileCase[] = [
  spaces("H57a", "64 KB of spaces as subprotocol", " ".repeat(65_536)),
  spaces("H57b", "64 KB of spaces between two subprotocols", `chat.v1,${" ".repeat(65_536)}chat.v2 x`),
  spaces("H57c", "16 KB of spaces inside a subprotocol", `chat.v1${" ".repeat(16_000)}x`),
  offer("H58a", "subprotocol with a Latin-1 byte", "caf\xe9", BAD_REQUEST),
  offer("H58b", "subprotocol in UTF-8", asUtf8("chät.v1"), BAD_REQUEST),
  offer("H59", "200 subprotocols", Array.from({ length: 200 }, (_, index) => `p${index}`).join(", "), BAD_REQUEST),
  offer("H60a", "the same subprotocol twice", "chat.v1, chat.v1", BAD_REQUEST),
  offer("H60b", "the same subprotocol in two lines", ["chat.v1", "chat.v1"], BAD_REQUEST),
  offer("H61a", "unknown subprotocols only", "nobody.knows, this.either", ACCEPTED_WITHOUT_PROTOCOL),
  {
    ...offer("H61b", "unknown subprotocols only, where one is required", "nobody.knows", BAD_REQUEST),
    configuration: "required_protocol",
  },
  extensions("H62a", "extension constructor", "constructor"),
  extensions("H62b", "extension __proto__", "__proto__"),
  extensions("H62c", "10,000 extensions", "x,".repeat(9_999) + "x", refused(431)),
  extensions("H62d", "unterminated quote", 'permessage-deflate; server_max_window_bits="'),
  extensions("H62e", "8,000 extensions", "x,".repeat(7_999) + "x"),
];

/** So many header lines more than usual. */
function manyHeaders(id: string, count: number, expect: RequestCase["expect"]): RequestCase {
  const extra = Array.from({ length: count }, (_, index) => [`X-${index}`, "v"] as const);
  return { id, title: `${count} headers`, request: ({ path }) => ({ target: path, extra }), expect };
}

/** Subprotocols that are offered to a server that knows some. */
function offer(id: string, title: string, value: string | readonly string[], expect: Expectation): RequestCase {
  return { ...headers(id, title, { "Sec-WebSocket-Protocol": value }, expect), configuration: "protocols" };
}

/** A header that must not take long to read. The fastest of three counts, as a busy machine only ever adds time. */
function spaces(id: string, title: string, value: string): HostileCase {
  return {
    id,
    title,
    configuration: "protocols",
    runsAlone: true,
    script: async (server) => {
      const request = { target: server.path, headers: { "Sec-WebSocket-Protocol": value } };
      const outcomes = [];
      for (let attempt = 0; attempt < 3; attempt++) outcomes.push(await playRequest(server, request));
      return outcomes.reduce((best, next) => next.answeredAfterMs! < best.answeredAfterMs! ? next : best);
    },
    expect: all(BAD_REQUEST, answeredWithin(50)),
  };
}

/** Extensions that are offered; we know none. */
function extensions(id: string, title: string, value: string, expect: RequestCase["expect"] = ACCEPTED): RequestCase {
  return headers(id, title, { "Sec-WebSocket-Extensions": value }, expect);
}

/** All handshakes. */
export const GROUP_H: readonly HostileCase[] = [
  ...UPGRADE_HEADER,
  ...VERSION_AND_KEY,
  ...METHOD_AND_BODY,
  ...TARGET_AND_HOST,
  ...SUBPROTOCOLS,
];
