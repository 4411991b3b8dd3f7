/**
 * Somebody in the chat, as a program that shares its contract.
 */

import { type ClientRoom, defaultPlatform, WebSocketClient } from "@switchboard/websocket/client";
import type { ClientReceives } from "@switchboard/websocket/protocol";
import { type ChatContract, contract, LOBBY } from "../../examples/chat/contract.ts";
import { foldName } from "../../examples/chat/input.ts";
import type { Program } from "./program.ts";

/** What the server sends. */
export type ServerMessage = ClientReceives<ChatContract>;

/** What the server says to who signs in. */
export interface SignedIn {
  readonly status: number;
  readonly name?: string;
  readonly token?: string;
  readonly problem?: string;
}

/** Signs in under a name; with a token, renews it. */
export async function signIn(demo: Program, name: string, token?: string): Promise<SignedIn> {
  const response = await fetch(`${demo.url}sign-in?name=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  return { status: response.status, ...await response.json() };
}

/** The token that one gets for a name. */
export async function tokenFor(demo: Program, name: string): Promise<string> {
  return (await signIn(demo, name)).token ?? "";
}

/** Somebody who is connected and in the lobby. */
export class Guest implements AsyncDisposable {
  readonly client: WebSocketClient<ChatContract>;
  readonly token: string;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<{ code: number; reason: string }>;
  lobby!: ClientRoom<ChatContract>;
  /** What an attempt to connect has to wait for. */
  #network: Promise<unknown> = Promise.resolve();
  #socket: Pick<WebSocket, "close"> | undefined;
  readonly #arrived: ServerMessage[] = [];
  #changed = Promise.withResolvers<void>();

  /** Takes a token. With `reconnect` it comes back after {@linkcode Guest.cut}. */
  constructor(demo: Program, token: string, reconnect = false) {
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>();
    this.token = token;
    this.closed = promise;
    this.client = new WebSocketClient({
      url: () => this.#network.then(() => demo.socketUrl),
      contract,
      token,
      reconnect: reconnect && {},
      platform: {
        ...defaultPlatform,
        connect: (...handshake) => this.#socket = defaultPlatform.connect(...handshake) as WebSocket,
      },
      handlers: {
        onMessage: (message) => {
          if (message.type === "figures") return;
          this.#arrived.push(message);
          this.#changed.resolve();
        },
        onClose: resolve,
        onError: () => {},
      },
    });
  }

  /** Signs in under a name, or with a token that one has, and enters the lobby. */
  static async enter(demo: Program, name: string, token?: string): Promise<Guest> {
    const guest = new Guest(demo, token ?? await tokenFor(demo, name));
    await guest.client.connect();
    guest.lobby = await guest.join(LOBBY);
    return guest;
  }

  /** Ends the connection without a word of why; there is none before this is mended. */
  async cut(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#network = promise;
    this.#socket?.close();
    await this.closed;
    return resolve;
  }

  /** Enters a room. */
  async join(name: string): Promise<ClientRoom<ChatContract>> {
    return await this.client.join(foldName(name), { name });
  }

  /** The next message of this type; others in between are passed over. */
  async next<Type extends ServerMessage["type"]>(type: Type): Promise<ServerMessage & { type: Type }> {
    while (true) {
      const message = this.#arrived.shift();
      if (message?.type === type) return message as ServerMessage & { type: Type };
      if (message !== undefined) continue;
      this.#changed = Promise.withResolvers();
      await this.#changed.promise;
    }
  }

  /** Takes what has arrived of everything that was sent to this guest before this call. */
  async everything(): Promise<ServerMessage[]> {
    await this.client.request("whisper", { to: " ", text: "", nonce: "" }).catch(() => {}); // a round trip
    return this.#arrived.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.disconnect();
  }
}
