/**
 * A server on a real port, with what its application is told kept to be waited for.
 */

import { Changes } from "../../hostile/harness/deadline.ts";
import { textFrame } from "../../hostile/harness/frames.ts";
import { encodeHandshake, type HandshakeOptions } from "../../hostile/harness/handshake.ts";
import { RawPeer } from "../../hostile/harness/raw_peer.ts";
import { denoPlatform } from "../../../src/server/deno.ts";
import {
  type CloseInfo,
  type ListenAddress,
  type SocketLike,
  type WebSocketConfig,
  type WebSocketConnection,
  type WebSocketMessage,
  WebSocketServer,
} from "../../../src/server/mod.ts";
import { DEADLINE_MS } from "./plain_socket.ts";

type Connection = WebSocketConnection;

/** One thing that the application was told. */
export type Told =
  | { readonly type: "connect"; readonly connection: Connection }
  | { readonly type: "message"; readonly connection: Connection; readonly message: WebSocketMessage }
  | { readonly type: "close"; readonly connection: Connection; readonly info: CloseInfo; readonly atMs: number }
  | { readonly type: "error"; readonly error: Error };

/** A server that listens on a free port of loopback. Disposing of it stops it, and breaks what peers leave open. */
export class WatchedServer implements AsyncDisposable {
  readonly server: WebSocketServer;
  /** All that the application was told. */
  readonly told: Told[] = [];
  readonly #changes = new Changes();
  readonly #peers: RawPeer[] = [];
  readonly #sockets = new Set<SocketLike>();
  #address: ListenAddress | undefined;

  constructor(config: WebSocketConfig) {
    const { onConnect, onMessage, onClose, onError } = config.handlers ?? {};
    const tell = (told: Told): void => {
      this.told.push(told);
      this.#changes.notify();
    };
    this.server = new WebSocketServer({
      platform: {
        ...denoPlatform,
        upgrade: (request, options) => {
          const upgraded = denoPlatform.upgrade(request, options);
          this.#sockets.add(upgraded.socket);
          upgraded.socket.addEventListener("close", { handleEvent: () => this.#closed(upgraded.socket) });
          return upgraded;
        },
      },
      ...config,
      handlers: {
        onConnect: (connection, info) => {
          tell({ type: "connect", connection });
          return onConnect?.(connection, info);
        },
        onMessage: (connection, message) => {
          tell({ type: "message", connection, message });
          return onMessage?.(connection, message);
        },
        onClose: (connection, info) => {
          tell({ type: "close", connection, info, atMs: performance.now() });
          return onClose?.(connection, info);
        },
        onError: (connection, error) => {
          tell({ type: "error", error });
          return onError?.(connection, error);
        },
      },
    });
  }

  /** Starts one. */
  static async start(config: WebSocketConfig = {}): Promise<WatchedServer> {
    const watched = new WatchedServer(config);
    watched.#address = await watched.server.listen({ port: 0, hostname: "127.0.0.1" });
    return watched;
  }

  /** Where it listens. */
  get address(): ListenAddress {
    return this.#address!;
  }

  /** A WebSocket URL of it. */
  url(path = "/ws"): string {
    return `ws://127.0.0.1:${this.address.port}${path}`;
  }

  /** Waits until the application was told something of a type, so many times. */
  async next<Type extends Told["type"]>(type: Type, count = 1): Promise<Extract<Told, { type: Type }>> {
    return await this.#changes.until(
      () => this.told.filter((each) => each.type === type)[count - 1] as Extract<Told, { type: Type }> | undefined,
      DEADLINE_MS,
      `"${type}" ${count} times`,
    );
  }

  /** Waits until the runtime has let go of every socket. */
  async allClosed(): Promise<void> {
    await this.#changes.until(() => this.#sockets.size === 0 ? true : undefined, DEADLINE_MS, "all sockets to close");
  }

  /** Opens a WebSocket of which only the bytes are our own. */
  async raw(options: HandshakeOptions = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect(this.address);
    this.#peers.push(peer);
    await peer.write(encodeHandshake(`127.0.0.1:${this.address.port}`, options));
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#peers) if (peer.end === undefined) peer.reset();
    await this.server.stop();
    await this.allClosed();
    for (const peer of this.#peers) peer[Symbol.dispose]();
  }

  #closed(socket: SocketLike): void {
    this.#sockets.delete(socket);
    this.#changes.notify();
  }
}

/** Says hello on a raw connection, as a managed peer does. */
export async function sayHello(peer: RawPeer): Promise<void> {
  await peer.write(textFrame('{"type":"$hello"}'));
}
