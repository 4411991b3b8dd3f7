/**
 * Whether a request is a WebSocket handshake that may be answered with 101: RFC 6455, section 4.2.1, which the runtime
 * checks only in part, and the limits. Pure.
 *
 * @module
 */

import { STATUS_CODE } from "@std/http/status";

/** Why a request is refused. */
export interface Refusal {
  /** The HTTP status. */
  readonly status: number;
  /** What is wrong, in a sentence for the body. Holds nothing that the peer sent. */
  readonly why: string;
  /** Headers that belong to the status. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bounds of a request. */
export interface HandshakeLimits {
  /** The path and query, in bytes. */
  readonly maxUrlBytes: number;
  /** One header line, name and value, in bytes. */
  readonly maxHeaderBytes: number;
  /** Header lines; lines of one name that the runtime joined count once. */
  readonly maxHeaders: number;
}

/** What of a request is looked at. */
export interface HandshakeRequest {
  /** The method. */
  readonly method: string;
  /** The path and query as they were sent. */
  readonly target: string;
  /** The headers. */
  readonly headers: Headers;
}

/** The key is 16 bytes in base64: 22 characters, of which the last has only two bits to give, and two of padding. */
const KEY = /^[+/0-9A-Za-z]{21}[AQgw]==$/;

/** The answer to versions that nobody speaks any more. */
const VERSION_HEADERS = { "upgrade": "websocket", "connection": "upgrade", "sec-websocket-version": "13" };

/** Whether a request has to do with us at all: a `websocket` token stands in its `Upgrade` header, alone or not. */
export function asksForWebSocket(upgrade: string | null): boolean {
  if (upgrade === null) return false;
  if (upgrade === "websocket") return true;
  return upgrade.toLowerCase().split(",").some((token) => token.trim() === "websocket");
}

/** What is wrong with a handshake; `undefined` when nothing is. Its `Upgrade` was seen to ask for a WebSocket. */
export function checkHandshake(request: HandshakeRequest, limits: HandshakeLimits): Refusal | undefined {
  const { headers } = request;
  if (headers.get("upgrade")?.trim().toLowerCase() !== "websocket") {
    return bad("the Upgrade header names more than websocket");
  }
  if (request.method !== "GET") {
    return {
      status: STATUS_CODE.MethodNotAllowed,
      why: "a WebSocket is opened with GET",
      headers: { "allow": "GET" },
    };
  }
  return checkConnection(headers.get("connection")) ??
    checkVersion(headers.get("sec-websocket-version")) ??
    (KEY.test(headers.get("sec-websocket-key") ?? "")
      ? undefined
      : bad("Sec-WebSocket-Key is not 16 bytes in base64")) ??
    checkBody(headers) ??
    checkHost(headers.get("host")) ??
    checkSize(request, limits);
}

/** The answer to a request that should have been a handshake and asks for no upgrade. */
export const UPGRADE_REQUIRED: Refusal = {
  status: STATUS_CODE.UpgradeRequired,
  why: "this address speaks WebSocket only",
  headers: VERSION_HEADERS,
};

function checkConnection(connection: string | null): Refusal | undefined {
  const tokens = (connection ?? "").toLowerCase().split(",").map((token) => token.trim());
  if (tokens.includes("upgrade")) return undefined;
  if (tokens.some((token) => token.startsWith("upgrade"))) return bad("the Connection header is malformed");
  return UPGRADE_REQUIRED;
}

function checkVersion(version: string | null): Refusal | undefined {
  if (version?.trim() === "13") return undefined;
  return { ...UPGRADE_REQUIRED, why: "Sec-WebSocket-Version must be 13" };
}

function checkBody(headers: Headers): Refusal | undefined {
  const length = headers.get("content-length");
  if ((length === null || length === "0") && !headers.has("transfer-encoding")) return undefined;
  return bad("a handshake has no body");
}

function checkHost(host: string | null): Refusal | undefined {
  if (host !== null && host !== "" && !/[\s,/@\\]/.test(host)) return undefined;
  return bad("the Host header is missing or malformed");
}

function checkSize({ target, headers }: HandshakeRequest, limits: HandshakeLimits): Refusal | undefined {
  if (target.length > limits.maxUrlBytes) {
    return { status: STATUS_CODE.URITooLong, why: `the URL is longer than ${limits.maxUrlBytes} bytes` };
  }
  let count = 0;
  let isLong = false;
  headers.forEach((value, name) => { // a third cheaper than an iterator
    count++;
    if (name.length + value.length + 2 > limits.maxHeaderBytes) isLong = true;
  });
  if (isLong) return tooLarge("a header line is too long");
  return count > limits.maxHeaders ? tooLarge("there are too many headers") : undefined;
}

function tooLarge(why: string): Refusal {
  return { status: STATUS_CODE.RequestHeaderFieldsTooLarge, why };
}

function bad(why: string): Refusal {
  return { status: STATUS_CODE.BadRequest, why };
}
