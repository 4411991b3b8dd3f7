/**
 * The handshake of a peer in memory: a real request, through the server's own checks, onto one end of a pair.
 *
 * @module
 */

import type { UpgradeInfo } from "../server/types.ts";
import type { SocketPair } from "./socket_pair.ts";
import { switchingProtocols } from "./test_platform.ts";

/** What takes requests to upgrade: a server. */
export interface UpgradeTarget {
  /** Answers a request; `null` when it is not for this server. */
  handleUpgrade(request: Request, info?: UpgradeInfo): Response | Promise<Response> | null;
}

/** What a peer asks with. */
export interface HandshakeOptions {
  /** The URL, or its path alone, which is then one of `http://localhost`. */
  readonly url: string | URL;
  /** Headers; they replace those of the handshake that have the same name. */
  readonly headers: HeadersInit | undefined;
  /** The subprotocols to offer. */
  readonly protocols: readonly string[];
  /** The address that the server sees. */
  readonly remoteAddr: string;
  /** Lets the peer leave. */
  readonly signal: AbortSignal | undefined;
}

/** How a server answered. */
export interface HandshakeResult {
  /** The answer; `undefined` when the request was not for this server. */
  readonly response: Response | undefined;
  /** The subprotocol that was chosen, `""` for none; `undefined` when the request was not upgraded. */
  readonly protocol: string | undefined;
}

/** Asks `server` to upgrade onto the server's end of `pair`, which is not opened yet. */
export async function shakeHands(
  server: UpgradeTarget,
  pair: SocketPair,
  options: HandshakeOptions,
): Promise<HandshakeResult> {
  let protocol: string | undefined;
  const answer = server.handleUpgrade(requestOf(options), {
    remoteAddr: { transport: "tcp", hostname: options.remoteAddr, port: 50_000 },
    upgrade(_request, upgrade) {
      protocol = upgrade.protocol;
      return { socket: pair.server, response: switchingProtocols(upgrade) };
    },
  });
  const response = await answer ?? undefined;
  return { response, protocol };
}

/** Asks `server`, and opens the pair if it agrees. Returns why it could not; `undefined` when it could. Never rejects. */
export async function dial(
  server: UpgradeTarget | undefined,
  pair: SocketPair,
  options: HandshakeOptions,
): Promise<string | undefined> {
  if (server === undefined) return "nobody listens";
  try {
    const { response, protocol } = await shakeHands(server, pair, options);
    if (protocol === undefined) return `the server answered ${response?.status ?? "that this is not for it"}`;
    pair.open(protocol);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function requestOf({ url, headers, protocols, signal }: HandshakeOptions): Request {
  const target = new URL(url, "http://localhost");
  target.protocol = target.protocol.replace(/^ws/, "http");
  const all = new Headers({
    "host": target.host,
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))),
  });
  if (protocols.length > 0) all.set("sec-websocket-protocol", protocols.join(", "));
  for (const [name, value] of new Headers(headers)) all.set(name, value);
  return new Request(target, signal === undefined ? { headers: all } : { headers: all, signal });
}
