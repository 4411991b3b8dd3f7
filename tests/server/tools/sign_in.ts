/**
 * What tests of the sign-in share: servers that ask for it, and peers that come in by each of its ways.
 */

import { assertRejects } from "@std/assert";
import type { WebSocketConfig } from "../../../src/server/options.ts";
import type { Authenticate, ConnectionRequest } from "../../../src/server/types.ts";
import { connect, type ConnectOptions, HandshakeRefusedError } from "../../../src/testing/mod.ts";
import { type Peer, Rig } from "./rig.ts";
import { ScriptedSocket } from "./scripted_socket.ts";

/** Lets "ada" and "bob" in, each under their own name. */
export const BY_NAME: Authenticate = ({ token }) => token === "ada" || token === "bob" ? { userId: token } : null;

/** Where plain peers may sign in by message as well. */
export const ALL = { tokenSources: { message: true } } as const;

/** A managed peer that has not said hello. */
export const SILENT = { isManaged: true, greets: false } as const;

/** A server whose decisions are in the hands of the test. */
export function slowRig(config: WebSocketConfig = {}) {
  const requests: ConnectionRequest<unknown>[] = [];
  const answers: PromiseWithResolvers<Record<string, unknown> | null>[] = [];
  const rig = new Rig({
    authenticate: (request) => {
      requests.push(request);
      const answer = Promise.withResolvers<Record<string, unknown> | null>();
      answers.push(answer);
      return answer.promise;
    },
    ...config,
  });
  return { rig, requests, answers };
}

/** Connects in vain, and gives the answer. */
export async function refusal(rig: Rig, options: ConnectOptions = {}): Promise<HandshakeRefusedError> {
  return await assertRejects(() => connect(rig.server, options), HandshakeRefusedError);
}

/** A managed peer that has shown a token in its hello. */
export function managed(rig: Rig, token: string): Peer {
  const peer = rig.peer(SILENT);
  peer.socket.receives(hello(token));
  return peer;
}

/** Comes in by the handshake, with a token in its header, onto a socket in the hands of the test. */
export function upgraded(rig: Rig, token: string, readyState?: number): ScriptedSocket {
  const socket = new ScriptedSocket(readyState);
  const headers = {
    host: "localhost",
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    authorization: `Bearer ${token}`,
  };
  const request = new Request("http://localhost/ws", { headers });
  rig.server.handleUpgrade(request, { upgrade: () => ({ socket, response: new Response() }) });
  return socket;
}

/** A managed peer's first message. */
export function hello(token?: string): object {
  return { type: "$hello", token };
}

/** A managed peer's new token. */
export function credentials(id: unknown, token: string): object {
  return { type: "$credentials", id, token };
}

/** A plain peer's first message. */
export function authenticate(token: unknown, id?: unknown): object {
  return { type: "authenticate", id, data: { token } };
}

/** The types of what a peer was sent. */
export function typesOf({ socket }: Peer): string[] {
  return socket.messages.map((message) => (message as { type: string }).type);
}
