/** Tests of plain peers that sign in by their first message. */

import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionClosedError } from "../../src/errors.ts";
import type { WebSocketConfig } from "../../src/server/options.ts";
import { connect } from "../../src/testing/mod.ts";
import { gate, NOTHING, Rig } from "./tools/rig.ts";
import { ALL, authenticate, BY_NAME, slowRig, typesOf } from "./tools/sign_in.ts";

function rigOf(config: WebSocketConfig = {}): Rig {
  return new Rig({ authenticate: BY_NAME, ...config });
}

Deno.test("a plain peer signs in by its first message where the server takes tokens so, and is answered by its id", async () => {
  const rig = rigOf(ALL);
  const [asked, silent] = [rig.peer(), rig.peer()];
  assertEquals([rig.told, asked.connection.state], [[], "connecting"]);

  asked.socket.receives(authenticate("ada", 7));
  silent.socket.receives(authenticate("bob"));
  asked.socket.receives({ type: "chat" });
  await rig.settle();

  assertEquals([asked.socket.messages, silent.socket.messages], [[{ type: "reply", id: 7, data: null }], []]);
  assertEquals([...rig.server.connections].map(({ userId }) => userId), ["ada", "bob"]);
  assertEquals([rig.told, rig.messages], [["connect", "connect", "message chat"], [{ type: "chat" }]]);
});

Deno.test("a plain peer gets its answer before anything that onConnect sends", () => {
  const rig = rigOf({ ...ALL, handlers: { onConnect: (conn) => conn.send({ type: "welcome" }) } });
  const peer = rig.peer();

  peer.socket.receives(authenticate("ada", "x"));

  assertEquals(typesOf(peer), ["reply", "welcome"]);
});

Deno.test("a plain peer that does not sign in by its first message is closed with 4401, and told why if it asked", () => {
  const error = { code: "unauthorized", message: "The server does not let this peer in" };
  const cases: [first: unknown, answer: unknown[]][] = [
    [authenticate("eve", 1), [{ type: "error", id: 1, error }]],
    [authenticate("eve"), []],
    [authenticate(undefined, "x"), [{ type: "error", id: "x", error }]],
    [authenticate({}, 2), [{ type: "error", id: 2, error }]],
    [{ type: "authenticate", id: 3 }, [{ type: "error", id: 3, error }]],
    [{ type: "authenticate", id: 3, data: "ada" }, [{ type: "error", id: 3, error }]],
    [authenticate("eve", { id: 1 }), []],
    [{ type: "chat", id: 4, data: { token: "ada" } }, [{ type: "error", id: 4, error }]],
    [{ type: "ping" }, []],
    ["hello", []],
    ['{"type":"$hello","token":"ada"}', []],
    [Uint8Array.of(1, 2), []],
  ];
  for (const [first, answer] of cases) {
    const rig = rigOf(ALL);
    const { socket } = rig.peer();

    socket.receives(first as string);

    assertEquals([socket.messages, socket.closes], [answer, [[4401, "sign in to connect"]]], JSON.stringify(first));
    socket.isClosed(4401);
    assertEquals([rig.told, rig.left, rig.server.getStats().refused], [[], NOTHING, 1]);
  }
});

Deno.test("a plain peer that sends nothing is closed with 4408 after helloTimeoutMs", async () => {
  const rig = rigOf({ ...ALL, helloTimeoutMs: 1_000 });
  const { socket } = rig.peer();

  await rig.clock.advance(1_050);

  assertEquals([socket.closes, rig.told], [[[4408, "no token"]], []]);
});

Deno.test("messages of a plain peer wait while its token is judged", async () => {
  const { rig, answers } = slowRig(ALL);
  const { socket } = rig.peer();

  socket.receives(authenticate("t", 1));
  socket.receives({ type: "ping", data: 1 });
  socket.receives({ type: "chat" });
  socket.receives("text");
  assertEquals(socket.sent, []);
  answers[0]!.resolve({});
  await rig.settle();

  assertEquals(socket.messages, [{ type: "reply", id: 1, data: null }, { type: "pong", data: 1 }]);
  assertEquals(rig.told, ["connect", "message chat", "message text"]);
});

Deno.test("plain peers are judged by their handshake where messages bring tokens for managed peers alone", async () => {
  const rig = rigOf();
  const refused = await connect(rig.server).catch((error) => error);
  await using client = await connect(rig.server, { token: "ada" });
  client.send(authenticate("bob", 1));
  client.pair.deliverAll();

  assertEquals([refused.status, rig.messages], [401, [{ type: "authenticate", id: 1, data: { token: "bob" } }]]);
});

Deno.test("a plain peer with a token in its handshake needs no first message", async () => {
  const rig = rigOf(ALL);

  await using client = await connect(rig.server, { token: "ada" });
  client.send({ type: "chat" });
  client.pair.deliverAll();

  assertEquals(rig.told, ["connect", "message chat"]);
  await assertRejects(() => connect(rig.server, { token: "eve" }), Error, "401");
});

Deno.test("a plain peer renews with a token or not at all, also where one may come in without", () => {
  const tokens: unknown[] = [];
  const rig = new Rig({
    ...ALL,
    authenticate: ({ token }) => {
      tokens.push(token);
      return {};
    },
  });
  const { socket, connection } = rig.peer();

  for (const [id, token] of [[1, undefined], [2, undefined], [3, ""], [4, "t"]]) {
    socket.receives(authenticate(token, id));
  }

  const error = { code: "unauthorized", message: "This token does not sign in" };
  assertEquals(socket.messages, [
    { type: "reply", id: 1, data: null },
    { type: "error", id: 2, error },
    { type: "error", id: 3, error },
    { type: "reply", id: 4, data: null },
  ]);
  assertEquals([tokens, connection.isOpen], [[undefined, "t"], true]);
});

Deno.test("who closes before the server has answered the first message has left", async () => {
  const decided = gate();
  const rig = rigOf({ ...ALL, authenticate: () => decided.promise.then(() => ({})) });
  const connecting = connect(rig.server, { token: "t", tokenIn: "message" });
  const rejected = assertRejects(() => connecting, ConnectionClosedError);
  await rig.settle();
  await rig.server.stop();

  await rejected;
  decided.resolve();
  await rig.settle();
  assertEquals([rig.told, rig.left], [[], NOTHING]);
});
