/**
 * Connects a client of a test to a real server, through a real request, without a port.
 *
 * @module
 */

import type { SocketEvent } from "../internal/socket_like.ts";
import { SUBPROTOCOL } from "../protocol/messages.ts";
import { shakeHands, type UpgradeTarget } from "./handshake.ts";
import { SocketPair } from "./socket_pair.ts";
import { TestClient } from "./test_client.ts";

/** How to connect. */
export interface ConnectOptions {
  /**
   * The URL, or its path alone, which is then one of `http://localhost`.
   *
   * @default {"/ws"}
   */
  readonly url?: string | URL;
  /** Headers of the request, such as `Origin` or `Cookie`; they replace those of the handshake that have the same name. */
  readonly headers?: HeadersInit;
  /** The subprotocols to offer, those preferred first. */
  readonly protocols?: string | readonly string[];
  /**
   * Whether to offer `switchboard.v1` and say hello. `false` with `switchboard.v1` among the protocols gives a peer that
   * offers it and then says nothing of itself.
   *
   * @default whether `protocols` holds `switchboard.v1`
   */
  readonly managed?: boolean;
  /**
   * The address that the server sees.
   *
   * @default {"127.0.0.1"}
   */
  readonly remoteAddr?: string;
  /**
   * Whether a managed client answers pings.
   *
   * @default {true}
   */
  readonly answersPings?: boolean;
  /** The token to sign in with. */
  readonly token?: string;
  /**
   * Where the token goes: into the `Authorization` header, the offered subprotocols, or the first message, which for a
   * managed client is its hello.
   *
   * @default {"header"}
   */
  readonly tokenIn?: "header" | "subprotocol" | "message";
  /** Lets the peer leave while the server still decides about it. */
  readonly signal?: AbortSignal;
}

/** The server answered the handshake with something else than 101. */
export class HandshakeRefusedError extends Error {
  /** Always `"HandshakeRefusedError"`. */
  override readonly name = "HandshakeRefusedError";
  /** The HTTP status; 404 when the request was not for this server at all. */
  readonly status: number;
  /** The text of the answer. */
  readonly body: string;
  /** The headers of the answer. */
  readonly headers: Headers;

  /** Tells the answer. */
  constructor(status: number, body: string, headers: Headers) {
    super(`The server refused the handshake with ${status}: ${body.trim() || "it said nothing more"}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/**
 * Connects to a server in memory. The request goes through `server.handleUpgrade` and all of its checks; only the socket
 * is not one of the runtime. Works with virtual time (`platform: testPlatform(clock)`) and with the real one.
 *
 * @returns A client whose socket is open and, if it is managed, welcomed; signed in, if it does that by message.
 * @throws {HandshakeRefusedError} If the server refuses.
 * @throws {RefusedError} If it refuses a managed client in band, or a token in the first message.
 * @throws {ConnectionClosedError} If it closes before the welcome, or before it has answered the token.
 *
 * @example
 * ```ts
 * import { WebSocketServer } from "@switchboard/websocket";
 * import { connect } from "@switchboard/websocket/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const server = new WebSocketServer({
 *   handlers: { onConnect: (conn) => { conn.send({ type: "welcome", from: conn.cookies.name }); } },
 * });
 * await using client = await connect(server, { headers: { cookie: "name=Ada" } });
 *
 * assertEquals(await client.next(), { type: "welcome", from: "Ada" });
 * ```
 *
 * @example What a refused peer is told
 * ```ts
 * import { WebSocketServer } from "@switchboard/websocket";
 * import { connect, HandshakeRefusedError } from "@switchboard/websocket/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const server = new WebSocketServer({ origins: ["https://example.com"] });
 * const elsewhere = { headers: { origin: "https://elsewhere.example" } };
 *
 * const error = await assertRejects(() => connect(server, elsewhere), HandshakeRefusedError);
 * assertEquals(error.status, 403);
 * ```
 */
export async function connect(server: UpgradeTarget, options: ConnectOptions = {}): Promise<TestClient> {
  const { remoteAddr = "127.0.0.1", answersPings = true, signal, token, tokenIn = "header" } = options;
  signal?.throwIfAborted();
  const protocols = [options.protocols ?? []].flat();
  const { managed = protocols.includes(SUBPROTOCOL) } = options;
  if (managed && !protocols.includes(SUBPROTOCOL)) protocols.unshift(SUBPROTOCOL);
  if (token !== undefined && tokenIn === "subprotocol") protocols.push(`bearer.${token}`);
  const headers = new Headers(options.headers);
  if (token !== undefined && tokenIn === "header") headers.set("authorization", `Bearer ${token}`);

  const pair = new SocketPair();
  const shaking = shakeHands(server, pair, {
    url: options.url ?? "/ws",
    headers,
    protocols,
    remoteAddr,
    signal,
  });
  const { response, protocol } = await (signal === undefined ? shaking : unlessAborted(shaking, signal));
  if (response === undefined) throw new HandshakeRefusedError(404, "the request is not for this server", new Headers());
  if (protocol === undefined) throw new HandshakeRefusedError(response.status, await response.text(), response.headers);

  const isManaged = managed && protocol === SUBPROTOCOL;
  const client = new TestClient({ pair, response, isManaged, answersPings });
  await opened(pair, protocol);
  const said = tokenIn === "message" ? token : undefined;
  if (isManaged) await client.greet(said);
  else if (said !== undefined) await client.signIn(said);
  return client;
}

async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Opens the pair and waits until the client's end knows. A server that closes at once has still opened it. */
function opened(pair: SocketPair, protocol: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const listener = {
    handleEvent(_event: SocketEvent): void {
      for (const type of ["open", "close"] as const) pair.client.removeEventListener(type, listener);
      resolve();
    },
  };
  for (const type of ["open", "close"] as const) pair.client.addEventListener(type, listener);
  pair.open(protocol);
  return promise;
}
