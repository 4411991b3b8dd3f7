/** Tests of users: how many connections one may have, and how all of them are ended. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { RefusedError } from "../../src/errors.ts";
import { CONNECTING } from "../../src/internal/socket_like.ts";
import type { WebSocketConfig } from "../../src/server/options.ts";
import { connect, HandshakeRefusedError } from "../../src/testing/mod.ts";
import { gate, NOTHING, Rig } from "./tools/rig.ts";
import { managed, upgraded } from "./tools/sign_in.ts";

/** A server whose tokens are the names of its users. */
function rigOf(config: WebSocketConfig = {}): Rig {
  return new Rig({ authenticate: ({ token }) => ({ userId: token }), ...config });
}

const usersOf = ({ server }: Rig) => [...server.connections].map(({ userId }) => userId);

Deno.test("a user who has all connections that one may have is refused with 429, and in band with 1013", async () => {
  const rig = rigOf({ maxConnectionsPerUser: 2, retryAfterMs: 3_000 });
  await using first = await connect(rig.server, { token: "ada" });
  managed(rig, "ada");

  const byStatus = await assertRejects(() => connect(rig.server, { token: "ada" }), HandshakeRefusedError);
  const ways = [{ managed: true, token: "ada" }, { managed: true, token: "ada", tokenIn: "message" }] as const;
  for (const options of ways) {
    const error = await assertRejects(() => connect(rig.server, options), RefusedError);
    assertEquals([error.refusal, error.retryAfterMs], ["too_many_connections", 3_000]);
  }
  await using _other = await connect(rig.server, { token: "bob" });

  assertEquals([byStatus.status, byStatus.headers.get("retry-after")], [429, "3"]);
  assertEquals(usersOf(rig), ["ada", "ada", "bob"]);
  await first.close();
  await using _again = await connect(rig.server, { token: "ada" });
});

Deno.test("who has no userId is nobody's connection, and has no limit", async () => {
  const rig = new Rig({ authenticate: () => ({}), maxConnectionsPerUser: 1 });

  await using _a = await connect(rig.server);
  await using _b = await connect(rig.server);

  assertEquals(rig.server.connections.size, 2);
});

Deno.test("connections on their way in count: many at once do not slip past the limit", async () => {
  const decided = gate();
  const rig = rigOf({
    authenticate: async ({ token }) => {
      await decided.promise;
      return { userId: token };
    },
    maxConnectionsPerUser: 3,
  });
  const attempts = Array.from({ length: 10 }, () => connect(rig.server, { token: "ada" }).catch(() => undefined));
  await rig.settle();
  decided.resolve();
  const clients = await Promise.all(attempts);

  assertEquals([usersOf(rig), clients.filter((each) => each !== undefined).length], [["ada", "ada", "ada"], 3]);
  for (const client of clients) await client?.close();
  await rig.settle();
  assertEquals(rig.left, NOTHING);
});

Deno.test("a connection that never opens gives its user's place back", async () => {
  const rig = rigOf({ maxConnectionsPerUser: 1 });
  upgraded(rig, "ada", CONNECTING);
  await assertRejects(() => connect(rig.server, { token: "ada" }), Error, "429");

  await rig.clock.advance(10_050);

  await using _client = await connect(rig.server, { token: "ada" });
});

Deno.test('whenUserFull "replace" closes the oldest with 4409, when the new one is open and not before', async () => {
  const rig = rigOf({ maxConnectionsPerUser: 2, whenUserFull: "replace" });
  const [first, second] = [managed(rig, "ada"), managed(rig, "ada")];
  const third = upgraded(rig, "ada", CONNECTING);
  assertEquals(first.socket.closes, []);

  third.opens();
  await rig.settle();

  assertEquals([first.socket.closes, second.socket.closes], [[[4409, "replaced by a newer connection"]], []]);
  assertEquals([rig.told, usersOf(rig)], [["connect", "connect", "connect"], ["ada", "ada"]]);
  first.socket.isClosed(4409);
  assertEquals(rig.told.at(-1), "close 4409");
});

Deno.test('whenUserFull "replace" leaves the old one alone where the new one never opens', async () => {
  const rig = rigOf({ maxConnectionsPerUser: 1, whenUserFull: "replace", heartbeatInterval: 0 });
  const old = managed(rig, "ada");

  upgraded(rig, "ada", CONNECTING);
  await rig.clock.advance(10_050);

  assertEquals([old.socket.closes, usersOf(rig)], [[], ["ada"]]);
});

Deno.test('whenUserFull "replace" keeps the one that opened last, whichever was let in first', async () => {
  const rig = rigOf({ maxConnectionsPerUser: 1, whenUserFull: "replace" });
  const sockets = [0, 1, 2].map(() => upgraded(rig, "ada", CONNECTING));

  for (const i of [2, 0, 1]) sockets[i]!.opens();
  await rig.settle();

  assertEquals(sockets.map(({ closes }) => closes[0]?.[0]), [4409, undefined, 4409]);
  assertEquals(rig.told.filter((each) => each === "connect").length, 3);
});

Deno.test("WebSocketServer.revoke() closes all connections of a user with 4401, and nobody else's", async () => {
  const rig = rigOf();
  const [ada, plain, bob] = [managed(rig, "ada"), upgraded(rig, "ada"), managed(rig, "bob")];

  const revoked = rig.server.revoke("ada");
  await rig.settle();

  assertEquals([revoked, usersOf(rig)], [2, ["bob"]]);
  assertEquals([ada.socket.closes, plain.closes, bob.socket.closes], [[[4401, "revoked"]], [[4401, "revoked"]], []]);
  assertEquals(rig.told, ["connect", "connect", "connect", "close 4401", "close 4401"]);
  assertEquals([rig.server.revoke("ada"), rig.server.revoke("nobody")], [0, 0]);
  await using _again = await connect(rig.server, { token: "ada" });
});

Deno.test("WebSocketServer.revoke() handles nothing more of what its peers have sent", async () => {
  const first = gate();
  const rig = rigOf({ handlers: { onMessage: () => first.promise } });
  const ada = managed(rig, "ada");
  ada.socket.receives([{ type: "one" }, { type: "two" }]);

  rig.server.revoke("ada", "gone for good");
  first.resolve();
  await rig.settle();

  assertEquals([rig.told, ada.socket.closes], [["connect", "message one", "close 4401"], [[4401, "gone for good"]]]);
});

Deno.test("WebSocketServer.revoke() ends who was let in and is not open yet", async () => {
  const rig = rigOf();
  const opening = upgraded(rig, "ada", CONNECTING);
  const raw = await connect(rig.server, { protocols: "switchboard.v1", managed: false, token: "ada" });

  assertEquals([rig.server.revoke("ada"), opening.closes], [0, []]);
  opening.opens();
  await rig.settle();

  assertEquals([opening.closes, (await raw.closed).code, rig.told], [[[4401, "revoked"]], 4401, []]);
  opening.isClosed(4401);
  await rig.settle();
  assertEquals(rig.left, NOTHING);
});

Deno.test("WebSocketServer.revoke() keeps out who is being judged, by whichever way it comes", async () => {
  const decided = gate();
  const rig = rigOf({
    authenticate: async ({ token }) => {
      await decided.promise;
      return { userId: token };
    },
    tokenSources: { message: true },
  });
  const byHandshake = assertRejects(() => connect(rig.server, { token: "ada" }), HandshakeRefusedError);
  const byHello = managed(rig, "ada");
  const byMessage = rig.peer();
  byMessage.socket.receives({ type: "authenticate", id: 1, data: { token: "ada" } });
  const other = managed(rig, "bob");

  rig.server.revoke("ada");
  decided.resolve();

  assertEquals((await byHandshake).status, 401);
  await rig.settle();
  assertEquals([byHello.socket.closes[0]?.[0], byMessage.socket.closes[0]?.[0], other.connection.isOpen], [
    4401,
    4401,
    true,
  ]);
  await using _later = await connect(rig.server, { token: "ada" });
  assertEquals(usersOf(rig), ["bob", "ada"]);
});

Deno.test("WebSocketServer.revoke() keeps out who is revoked in the very turn of the decision", async () => {
  const rig = rigOf({
    authenticate: async ({ token }) => {
      await null;
      queueMicrotask(() => rig.server.revoke("ada"));
      return { userId: token } as Record<string, unknown>;
    },
  });

  // Either it comes before the connection, which is then refused, or after it, which is then closed.
  const outcome = await connect(rig.server, { token: "ada" }).then(({ closed }) => closed, (error) => error);
  await rig.settle();

  assertEquals([outcome.status ?? outcome.code, rig.server.connections.size].map(Number), [outcome.status ?? 4401, 0]);
});

Deno.test("WebSocketServer.toUser() gives the open connections of the moment, to send to and to close", async () => {
  const rig = rigOf();
  const ada = rig.server.toUser("ada");
  assertEquals([ada.size, [...ada]], [0, []]);
  const [one, two, bob] = [managed(rig, "ada"), managed(rig, "ada"), managed(rig, "bob")];

  ada.send({ type: "news" });
  assertEquals([one, two, bob].map(({ socket }) => socket.messages.length), [2, 2, 1]);
  assertEquals([ada.size, [...ada]], [2, [one.connection, two.connection]]);
  ada.close(4000, "bye");
  await rig.settle();

  assertEquals([ada.size, usersOf(rig)], [0, ["bob"]]);
});

Deno.test("WebSocketServer.revoke() takes a reason that fits a close frame", () => {
  const rig = rigOf();
  const ada = managed(rig, "ada");

  rig.server.revoke("ada", "ä".repeat(100));

  assertEquals(ada.socket.closes, [[4401, "ä".repeat(61)]]);
  assertThrows(() => rig.server.revoke("ada", 5 as unknown as string), TypeError);
});
