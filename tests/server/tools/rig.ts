/**
 * A server on a virtual clock with scripted sockets, and a record of what its application is told.
 */

import { SUBPROTOCOL, type WebSocketMessage } from "../../../src/protocol/messages.ts";
import { OPEN } from "../../../src/internal/socket_like.ts";
import type { ServerConnection } from "../../../src/server/connection.ts";
import type { WebSocketConfig } from "../../../src/server/options.ts";
import { WebSocketServer } from "../../../src/server/server.ts";
import type { CloseInfo, ConnectInfo, WebSocketConnection } from "../../../src/server/types.ts";
import { testPlatform, VirtualClock } from "../../../src/testing/mod.ts";
import { ScriptedSocket } from "./scripted_socket.ts";

type Connection = WebSocketConnection;

/** A connection and its socket. */
export interface Peer {
  readonly socket: ScriptedSocket;
  readonly connection: ServerConnection<Record<string, unknown>>;
}

/** How a peer comes. */
export interface PeerOptions {
  /** The state of its socket. */
  readonly readyState?: number;
  readonly remoteAddr?: string;
  /** Whether it speaks `switchboard.v1`. */
  readonly isManaged?: boolean;
  /** Whether a managed peer whose socket is open says hello at once; it does when this is left out. */
  readonly greets?: boolean;
}

/** A server in a test. */
export class Rig {
  readonly clock = new VirtualClock();
  readonly server: WebSocketServer;
  /** What the application was told, in order: `connect`, `message …`, `close …`. */
  readonly told: string[] = [];
  /** What `onMessage` got. */
  readonly messages: WebSocketMessage[] = [];
  /** What `onClose` got. */
  readonly closes: CloseInfo[] = [];
  /** What `onError` got. */
  readonly errors: Error[] = [];

  constructor(config: WebSocketConfig = {}) {
    const { onConnect, onMessage, onClose, onError } = config.handlers ?? {};
    this.server = new WebSocketServer({
      ...config,
      platform: testPlatform(this.clock),
      handlers: {
        onConnect: (connection: Connection, info: ConnectInfo) => {
          this.told.push("connect");
          return onConnect?.(connection, info);
        },
        onMessage: (connection: Connection, message: WebSocketMessage) => {
          this.told.push(`message ${message.type}`);
          this.messages.push(message);
          return onMessage?.(connection, message);
        },
        onClose: (connection: Connection, info: CloseInfo) => {
          this.told.push(`close ${info.code}`);
          this.closes.push(info);
          return onClose?.(connection, info);
        },
        onError: (connection: Connection | undefined, error: Error) => {
          this.errors.push(error);
          return onError?.(connection, error);
        },
      },
    });
  }

  /** What `onError` got, as text. */
  get errorTexts(): string[] {
    return this.errors.map(({ message }) => message);
  }

  /** Lets a peer come. */
  peer({ readyState = OPEN, remoteAddr = "192.0.2.1", isManaged = false, greets = true }: PeerOptions = {}): Peer {
    const socket = new ScriptedSocket(readyState);
    const connection = this.server.adopt(socket, { remoteAddr, protocol: isManaged ? SUBPROTOCOL : "" });
    if (isManaged && greets && readyState === OPEN) socket.receives({ type: "$hello" });
    return { socket, connection: connection as Peer["connection"] };
  }

  /** Lets what only waits for promises happen. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  /** What would show that something was left behind. */
  get left(): { connections: number; connecting: number; closing: number; zombies: number; timers: number } {
    const { connections, connecting, closing, zombies } = this.server.getStats();
    return { connections, connecting, closing, zombies, timers: this.clock.pending };
  }
}

/** {@linkcode Rig.left} when nothing is. */
export const NOTHING = { connections: 0, connecting: 0, closing: 0, zombies: 0, timers: 0 };

/** A promise in the hands of a test. */
export function gate(): PromiseWithResolvers<void> {
  return Promise.withResolvers<void>();
}
