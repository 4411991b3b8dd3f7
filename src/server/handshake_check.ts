/**
 * Whether a request is a WebSocket handshake that may be answered with 101: RFC 6455, section 4.2.1, which the runtime
 * checks only in part, and the limits. Pure.
 *
 * @module
 */

import { STATUS_CODE } from "@std/http/status";
import type { HeaderExcess, HeaderReader } from "./packed_headers.ts";

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
}

/** What of a request is looked at. */
export interface HandshakeRequest {
  /** The method. */
  readonly method: string;
  /** The host and port in the URL. */
  readonly authority: string;
  /** The path and query as they were sent. */
  readonly target: string;
  /** The `Upgrade` header. */
  readonly upgrade: string;
  /** The headers. */
  readonly headers: HeaderReader;
}

/** The key is 16 bytes in base64: 22 characters, of which the last has only two bits to give, and two of padding. */
const KEY = /^[+/0-9A-Za-z]{21}[AQgw]==$/;

/** The answer to versions that nobody speaks any more. */
const VERSION_HEADERS = { "upgrade": "websocket", "connection": "upgrade", "sec-websocket-version": "13" };

/** Whether a request has to do with us at all: a `websocket` token stands in its `Upgrade` header, alone or not. */
export function asksForWebSocket(upgrade: string | null): upgrade is string {
  if (upgrade === null) return false;
  if (upgrade === "websocket") return true;
  return upgrade.toLowerCase().split(",").some((token) => token.trim() === "websocket");
}

/** What is wrong with a handshake; `undefined` when nothing is. Its `Upgrade` was seen to ask for a WebSocket. */
export function checkHandshake(request: HandshakeRequest, limits: HandshakeLimits): Refusal | undefined {
  const { headers } = request;
  if (request.upgrade.trim().toLowerCase() !== "websocket") {
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
    checkHost(headers.get("host"), request.authority) ??
    checkTarget(request, limits);
}

/** The answer to a request that should have been a handshake and asks for no upgrade. */
export const UPGRADE_REQUIRED: Refusal = {
  status: STATUS_CODE.UpgradeRequired,
  why: "this address speaks WebSocket only",
  headers: VERSION_HEADERS,
};

function checkConnection(connection: string | null): Refusal | undefined {
  if (connection === "Upgrade") return undefined; // what browsers send
  const tokens = (connection ?? "").toLowerCase().split(",").map((token) => token.trim());
  if (tokens.includes("upgrade")) return undefined;
  if (tokens.some((token) => token.startsWith("upgrade"))) return bad("the Connection header is malformed");
  return UPGRADE_REQUIRED;
}

function checkVersion(version: string | null): Refusal | undefined {
  if (version?.trim() === "13") return undefined;
  return { ...UPGRADE_REQUIRED, why: "Sec-WebSocket-Version must be 13" };
}

function checkBody(headers: HeaderReader): Refusal | undefined {
  const length = headers.get("content-length");
  if ((length === null || length === "0") && headers.get("transfer-encoding") === null) return undefined;
  return bad("a handshake has no body");
}

function checkHost(host: string | null, authority: string): Refusal | undefined {
  if (!isHost(host)) return bad("the Host header is missing or malformed");
  // The runtime makes the URL of the Host header, but for a target that names a host itself. It must not name another:
  // what was checked for one would be taken for the other.
  return authority === host ? undefined : bad("the request names two hosts");
}

function checkTarget({ target }: HandshakeRequest, { maxUrlBytes }: HandshakeLimits): Refusal | undefined {
  if (target.length <= maxUrlBytes) return undefined;
  return { status: STATUS_CODE.URITooLong, why: `the URL is longer than ${maxUrlBytes} bytes` };
}

/** The answer to headers that exceed a limit. */
export function refuseHeaders(excess: HeaderExcess): Refusal {
  const why = excess === "line" ? "a header line is too long" : "there are too many headers";
  return { status: STATUS_CODE.RequestHeaderFieldsTooLarge, why };
}

function bad(why: string): Refusal {
  return { status: STATUS_CODE.BadRequest, why };
}

/**
 * Hosts that are well formed at a glance: names whose last label begins with a letter, and IPv4 addresses. The URL parser,
 * which knows all the others, costs as much as all other checks together.
 */
const COMMON_HOST = /^(?:(?:[a-z0-9-]+\.)*[a-z][a-z0-9-]*|(?:1?\d?\d\.){3}1?\d?\d)(?::(\d{1,5}))?$/;

function isHost(host: string | null): boolean {
  if (host === null || host === "") return false;
  const common = COMMON_HOST.exec(host);
  if (common !== null && Number(common[1] ?? 0) < 65_536 && !host.includes("xn--")) return true;
  return !/[\s,/@\\?#]/.test(host) && URL.canParse(`http://${host}`);
}
