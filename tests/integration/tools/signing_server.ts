/**
 * A server with jwt() on a real port, and clients that get their tokens from an issuer of the test's own.
 *
 * @module
 */

import { SignJWT } from "jose";
import { WebSocketClient } from "../../../src/client/mod.ts";
import { jwt } from "../../../src/auth/mod.ts";
import { WebSocketServer } from "../../../src/server/server.ts";

const SECRET = "a secret of the tests, at least 32 bytes long";

/** A token for a user, good for so many seconds. */
export function issue(user: string, lifeSeconds: number): Promise<string> {
  return new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setSubject(user)
    .setExpirationTime(Math.floor(Date.now() / 1000) + lifeSeconds).sign(new TextEncoder().encode(SECRET));
}

/** Starts a server that lets in who has such a token. */
export async function startSigningServer() {
  const errors: Error[] = [];
  const server = new WebSocketServer({
    authenticate: jwt({ secret: SECRET }),
    handlers: { onError: (_connection, error) => void errors.push(error) },
  });
  const { port } = await server.listen({ hostname: "127.0.0.1", port: 0 });
  return { server, url: `ws://127.0.0.1:${port}/ws`, errors };
}

/** A client whose tokens are good for so many seconds each, and what it met. */
export function clientFor(url: string, user: string, lifeSeconds: number) {
  const met: string[] = [];
  let tokens = 0;
  const client = new WebSocketClient({
    url,
    token: () => {
      tokens++;
      return issue(user, lifeSeconds);
    },
    reconnect: false,
    handlers: { onError: (error) => void met.push(error.message) },
  });
  client.on("statechange", ({ state }) => void met.push(state));
  return { client, met, tokens: () => tokens };
}
