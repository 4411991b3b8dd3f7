/** Tests on real sockets: peers that sign in, by each of the ways, and peers that do not. */

import { assertEquals, assertRejects } from "@std/assert";
import { WebSocketServer } from "../../src/server/mod.ts";
import type { Authenticate } from "../../src/server/mod.ts";
import { within } from "../hostile/harness/deadline.ts";
import { encodeHandshake } from "../hostile/harness/handshake.ts";
import { RawPeer } from "../hostile/harness/raw_peer.ts";
import { DEADLINE_MS, PlainSocket } from "./tools/plain_socket.ts";

const HERE = { port: 0, hostname: "127.0.0.1" };

interface User {
  readonly userId: string;
  readonly expiresAt?: Date;
}

/** The name of the user is the token; one that begins with "slow" takes a turn of the loop. */
const byName: Authenticate<User> = ({ token }) => {
  const user = token === undefined || token === "eve" ? null : { userId: token };
  if (token?.startsWith("slow") !== true) return user;
  return new Promise((resolve) => setImmediate(() => resolve(user)));
};

/** Answers every message with the user. */
function whoAmI(options: { message?: boolean; authenticate?: Authenticate<User> } = {}) {
  const { message, authenticate = byName } = options;
  return new WebSocketServer({
    authenticate,
    protocols: ["chat"],
    tokenSources: { query: "token", ...(message === undefined ? {} : { message }) },
    handlers: { onMessage: (conn) => conn.send({ type: "you", user: conn.userId }) },
  });
}

async function statusOf(port: number, target: string, headers: Record<string, string> = {}): Promise<number> {
  using peer = await RawPeer.connect({ hostname: "127.0.0.1", port });
  await peer.write(encodeHandshake(`127.0.0.1:${port}`, { target, headers }));
  const response = await peer.nextResponse();
  if (response?.status === 101) await peer.leave();
  return response!.status;
}

Deno.test("a token in header, subprotocol or query signs in, whether the decision takes time or not", async () => {
  const server = whoAmI();
  const { port } = await server.listen(HERE);
  const url = `ws://127.0.0.1:${port}/ws`;

  for (const token of ["ada", "slow-ada"]) {
    const ways: (() => Promise<PlainSocket>)[] = [
      () => PlainSocket.open(`${url}?token=${token}`),
      () => PlainSocket.open(url, ["chat", `bearer.${token}`]),
    ];
    for (const open of ways) {
      await using socket = await open();
      socket.socket.send("who am I?");
      assertEquals(await socket.nextJson(), { type: "you", user: token });
    }
    assertEquals(await statusOf(port, "/ws", { Authorization: `Bearer ${token}` }), 101);
  }
  assertEquals(await statusOf(port, "/ws"), 401);
  assertEquals(await statusOf(port, "/ws", { Authorization: "Bearer eve" }), 401);
  await server.stop();
});

Deno.test("a failing authenticate is a 500 to its peer, and nothing to all others", async () => {
  const errors: string[] = [];
  const server = whoAmI({
    authenticate: (request) => {
      if (request.token === "sync") throw new Error("sync");
      if (request.token === "async") return Promise.reject(new Error("async"));
      return byName(request);
    },
  });
  server.on("error", ({ error }) => errors.push((error.cause as Error).message));
  const { port } = await server.listen(HERE);
  await using bystander = await PlainSocket.open(`ws://127.0.0.1:${port}/ws?token=ada`);

  const statuses = [await statusOf(port, "/ws?token=sync"), await statusOf(port, "/ws?token=async")];
  bystander.socket.send("still there?");

  assertEquals([statuses, await bystander.nextJson()], [[500, 500], { type: "you", user: "ada" }]);
  assertEquals(errors, ["sync", "async"]);
  await server.stop();
});

Deno.test("a peer that leaves while it is judged leaves no place taken, and its signal is aborted", async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  const server = whoAmI({
    authenticate: ({ signal }) => {
      asked.resolve(signal);
      return new Promise(() => {});
    },
  });
  const { port } = await server.listen(HERE);
  const peer = await RawPeer.connect({ hostname: "127.0.0.1", port });
  await peer.write(encodeHandshake(`127.0.0.1:${port}`, { target: "/ws?token=ada", headers: {} }));
  const signal = await within(asked.promise, DEADLINE_MS, "authenticate to be asked");
  const aborted = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => aborted.resolve());

  peer[Symbol.dispose]();
  await within(aborted.promise, DEADLINE_MS, "the signal");
  await server.stop();

  assertEquals(server.getStats().connecting, 0);
});

Deno.test("a plain peer signs in by message, renews, and is closed when its time is over", async () => {
  const server = whoAmI({
    message: true,
    authenticate: ({ token = "" }) => {
      const [userId = "", lifeMs = "60000"] = token.split(":");
      return userId === "" ? null : { userId, expiresAt: new Date(Date.now() + Number(lifeMs)) };
    },
  });
  const { port } = await server.listen(HERE);
  await using socket = await PlainSocket.open(`ws://127.0.0.1:${port}/ws`);
  const show = (token: string, id: number) =>
    socket.socket.send(JSON.stringify({ type: "authenticate", id, data: { token } }));

  show("ada", 1);
  const first = await socket.nextJson() as { type: string; id: number };
  socket.socket.send("who am I?");
  const you = await socket.nextJson();
  show("ada:200", 2);
  const second = await socket.nextJson() as { type: string; id: number; data: { expiresInMs: number } };
  const { code, reason } = await within(socket.closed, DEADLINE_MS, "the end of the sign-in");

  assertEquals([first.type, first.id, you], ["reply", 1, { type: "you", user: "ada" }]);
  assertEquals([second.type, second.id, second.data.expiresInMs <= 200], ["reply", 2, true]);
  assertEquals([code, reason], [4401, "the sign-in has expired"]);
  await server.stop();
});

Deno.test("a revoked user is gone at once, on open connections and on those just upgraded", async () => {
  const server = whoAmI();
  const { port } = await server.listen(HERE);
  const url = `ws://127.0.0.1:${port}/ws?token=`;
  const sockets = [await PlainSocket.open(`${url}ada`), await PlainSocket.open(`${url}ada`)];
  await using bob = await PlainSocket.open(`${url}bob`);
  const late = PlainSocket.open(`${url}slow-ada`);
  late.catch(() => {});

  assertEquals(server.revoke("ada"), 2);
  const ends = await Promise.all(sockets.map(({ closed }) => within(closed, DEADLINE_MS, "the revocation")));
  bob.socket.send("still there?");

  assertEquals(ends.map(({ code, reason }) => [code, reason]), [[4401, "revoked"], [4401, "revoked"]]);
  assertEquals(await bob.nextJson(), { type: "you", user: "bob" });
  await (await late).socket.close();
  await server.stop();
});

Deno.test("upgrade() in a route gives the connection of the peer, and refuses by the response", async () => {
  const server = whoAmI();
  const users: (string | undefined)[] = [];
  await using http = Deno.serve({ ...HERE, onListen: () => {} }, async (request, info) => {
    const { response, connection } = await server.upgrade(request, info);
    users.push(connection?.userId);
    return response;
  });
  const base = `ws://127.0.0.1:${http.addr.port}/any/where`;

  await using socket = await PlainSocket.open(`${base}?token=slow-ada`);
  socket.socket.send("who am I?");
  assertEquals(await socket.nextJson(), { type: "you", user: "slow-ada" });
  await assertRejects(() => PlainSocket.open(base));

  assertEquals(users, ["slow-ada", undefined]);
});
