/** Tests of new tokens on living connections: what they change, what they may not, and how many there may be. */

import { assertEquals } from "@std/assert";
import type { WebSocketConfig } from "../../src/server/options.ts";
import type { Authenticate, ConnectionRequest } from "../../src/server/types.ts";
import { type Peer, Rig } from "./tools/rig.ts";
import { credentials, managed } from "./tools/sign_in.ts";

/** A token is the user's name, and for how many milliseconds it is good: `ada`, `ada:5000`. */
function byName(rig: () => Rig): Authenticate {
  return ({ token = "" }) => {
    const [userId, lifeMs] = token.split(":");
    if (userId !== "ada" && userId !== "bob") return null;
    return lifeMs === undefined
      ? { userId, token }
      : { userId, token, expiresAt: new Date(rig().clock.date() + Number(lifeMs)) };
  };
}

function rigOf(config: WebSocketConfig = {}): Rig {
  const rig: Rig = new Rig({ authenticate: byName(() => rig), heartbeatInterval: 0, ...config });
  return rig;
}

const answersOf = ({ socket }: Peer) => socket.messages.slice(1);
const failure = (id: unknown, code: string, message: string) => ({ type: "$error", id, error: { code, message } });
const UNAUTHORIZED = ["unauthorized", "This token does not sign in"] as const;
const RATE_LIMITED = ["rate_limited", "Too many tokens: try again later"] as const;
const ANOTHER_USER = ["forbidden", "This token is not of the user who signed in"] as const;

Deno.test("a managed peer that shows a new token gets its remaining life, and its data are new", () => {
  const rig = rigOf();
  const peer = managed(rig, "ada:1000");
  const { data } = peer.connection;

  peer.socket.receives(credentials(1, "ada:60000"));
  peer.socket.receives(credentials("x", "ada"));

  assertEquals(answersOf(peer), [
    { type: "$reply", id: 1, data: { expiresInMs: 60_000 } },
    { type: "$reply", id: "x", data: {} },
  ]);
  assertEquals([data.token, peer.connection.data], ["ada:1000", { userId: "ada", token: "ada" }]);
  assertEquals([rig.told, rig.messages], [["connect"], []]);
});

Deno.test("a renewal moves the expiry, both ways, and lifts it", async () => {
  const rig = rigOf();
  const [longer, shorter, lifted] = ["ada:1000", "ada:60000", "ada:1000"].map((token) => managed(rig, token)) as [
    Peer,
    Peer,
    Peer,
  ];
  longer.socket.receives(credentials(1, "ada:5000"));
  shorter.socket.receives(credentials(1, "ada:2000"));
  lifted.socket.receives(credentials(1, "ada"));

  const states = [];
  for (const ms of [1_500, 1_000, 3_000]) {
    await rig.clock.advance(ms);
    states.push([longer, shorter, lifted].map(({ connection }) => connection.isOpen));
  }

  assertEquals(states, [[true, true, true], [true, false, true], [false, false, true]]);
});

Deno.test("authenticate is told which connection renews, with its handshake and its data", () => {
  const seen: ConnectionRequest<unknown>[] = [];
  const rig = new Rig({
    authenticate: (request) => {
      seen.push(request);
      return { n: ((request.data as { n?: number }).n ?? 0) + 1 };
    },
  });
  rig.server.use({
    connection: (_, next) => {
      rig.told.push("middleware");
      return next();
    },
  });
  const { socket, connection } = managed(rig, "ada");

  socket.receives(credentials(1, "second"));

  const { token, isManaged, remoteAddr, protocol } = seen[1]!;
  assertEquals(seen.map((request) => request.connection), [undefined, connection]);
  assertEquals([token, isManaged, remoteAddr, protocol], ["second", true, "192.0.2.1", "switchboard.v1"]);
  assertEquals([connection.data, rig.told], [{ n: 2 }, ["middleware", "connect"]]);
});

Deno.test("a token that does not sign in changes nothing: the connection lives on until its own expiry", async () => {
  const rig = rigOf();
  const peer = managed(rig, "ada:1000");

  for (const [id, token] of [[1, "eve"], [2, "ada:0"], [3, ""], [4, "two words"]] as const) {
    peer.socket.receives(credentials(id, token));
  }

  assertEquals(answersOf(peer), [1, 2, 3, 4].map((id) => failure(id, ...UNAUTHORIZED)));
  assertEquals(peer.connection.data.token, "ada:1000");
  await rig.clock.advance(950);
  assertEquals(peer.connection.isOpen, true);
  await rig.clock.advance(100);
  assertEquals(peer.socket.closes, [[4401, "the sign-in has expired"]]);
});

Deno.test("a token of another user, or of none, is forbidden, and changes nothing", () => {
  const anonymous = new Rig({ authenticate: ({ token }) => token === "anonymous" ? {} : { userId: token } });
  const rig = rigOf();
  const [ada, nobody, leaving] = [managed(rig, "ada"), managed(anonymous, "anonymous"), managed(anonymous, "ada")];

  ada.socket.receives(credentials(1, "bob"));
  nobody.socket.receives(credentials(1, "ada"));
  leaving.socket.receives(credentials(1, "anonymous"));

  for (const peer of [ada, nobody, leaving]) assertEquals(answersOf(peer), [failure(1, ...ANOTHER_USER)]);
  assertEquals([ada.connection.userId, nobody.connection.userId, leaving.connection.userId], ["ada", undefined, "ada"]);
  assertEquals(ada.connection.data.token, "ada");
});

Deno.test("a renewal answers in codes what a Response means, and that authenticate failed", () => {
  const answers: (() => Response)[] = [
    () => new Response(null, { status: 401 }),
    () => new Response(null, { status: 403 }),
    () => new Response(null, { status: 429 }),
    () => new Response(null, { status: 502 }),
    () => {
      throw new Error("secret");
    },
  ];
  const rig = new Rig({ authenticate: ({ connection }) => connection === undefined ? {} : answers.shift()!() });
  const peer = managed(rig, "ada");

  for (let id = 0; id < 5; id++) peer.socket.receives(credentials(id, "t"));

  const failed = ["internal_error", "The server could not handle this message"] as const;
  assertEquals(answersOf(peer), [
    failure(0, ...UNAUTHORIZED),
    failure(1, "forbidden", "This is not allowed"),
    failure(2, ...RATE_LIMITED),
    failure(3, ...failed),
    failure(4, ...failed),
  ]);
  assertEquals([rig.errorTexts, peer.connection.isOpen], [["secret"], true]);
});

Deno.test("a renewal that takes too long fails, and authenticate hears of it", async () => {
  const signals: AbortSignal[] = [];
  const rig = new Rig({
    openTimeoutMs: 1_000,
    heartbeatInterval: 0,
    authenticate: ({ connection, signal }) => {
      if (connection === undefined) return {};
      signals.push(signal);
      return new Promise<never>(() => {});
    },
  });
  const peer = managed(rig, "ada");
  peer.socket.receives(credentials(1, "t"));

  await rig.clock.advance(1_050);

  assertEquals([(answersOf(peer)[0] as { error: { code: string } }).error.code, signals[0]!.aborted], [
    "internal_error",
    true,
  ]);
  assertEquals([rig.errorTexts, peer.connection.isOpen], [["The check has not answered in 1000 ms"], true]);
});

Deno.test("one renewal at a time: others meanwhile are refused, messages are not held up", async () => {
  const answer = Promise.withResolvers<Record<string, unknown>>();
  const rig = new Rig({ authenticate: ({ connection }) => connection === undefined ? {} : answer.promise });
  const peer = managed(rig, "ada");

  peer.socket.receives([credentials(1, "a"), credentials(2, "b"), { type: "chat" }]);
  assertEquals([answersOf(peer), rig.told], [[failure(2, ...RATE_LIMITED)], ["connect", "message chat"]]);
  answer.resolve({});
  await rig.settle();
  peer.socket.receives(credentials(3, "c"));
  await rig.settle();

  assertEquals(answersOf(peer).slice(1), [{ type: "$reply", id: 1, data: {} }, { type: "$reply", id: 3, data: {} }]);
});

Deno.test("a flood of tokens reaches authenticate ten times, and then once a second", async () => {
  let asked = 0;
  const rig = new Rig({
    heartbeatInterval: 0,
    authenticate: ({ connection }) => {
      if (connection !== undefined) asked++;
      return {};
    },
  });
  const peer = managed(rig, "ada");
  const flood = () => {
    for (let id = 0; id < 100; id++) peer.socket.receives(credentials(id, "t"));
  };

  flood();
  const first = asked;
  await rig.clock.advance(2_500);
  flood();

  assertEquals([first, asked, answersOf(peer).length, peer.connection.isOpen], [10, 12, 200, true]);
  assertEquals(answersOf(peer)[150], failure(50, ...RATE_LIMITED));
});

Deno.test("a renewal of a connection that ends meanwhile comes to nothing", async () => {
  const answer = Promise.withResolvers<Record<string, unknown>>();
  const signals: AbortSignal[] = [];
  const rig = new Rig({
    authenticate: ({ connection, signal }) => {
      if (connection === undefined) return { first: true };
      signals.push(signal);
      return answer.promise;
    },
  });
  const peer = managed(rig, "ada");
  peer.socket.receives(credentials(1, "t"));

  peer.socket.isClosed(1000);
  assertEquals(signals[0]!.aborted, true);
  answer.resolve({ second: true });
  await rig.settle();

  assertEquals([answersOf(peer), peer.connection.data, rig.left.timers], [[], { first: true }, 0]);
});

Deno.test("authenticate that ends the connection which renews leaves it ended", () => {
  const rig = new Rig({
    authenticate: ({ connection }) => {
      connection?.close(4000, "not any more");
      return { isRenewed: connection !== undefined };
    },
  });
  const peer = managed(rig, "ada");

  peer.socket.receives(credentials(1, "t"));

  assertEquals([answersOf(peer), peer.connection.data, rig.left.timers], [[], { isRenewed: false }, 1]);
});

Deno.test("rules of rooms are asked again after a renewal, and who may not stay is told", async () => {
  const rig = new Rig({ authenticate: ({ token }) => ({ userId: "ada", isMember: token === "member" }) });
  rig.server.room("club/{name}", { join: ({ connection }) => connection.data.isMember === true ? undefined : false });
  rig.server.room("*");
  const peer = managed(rig, "member");
  peer.socket.receives([{ type: "$join", id: 1, room: "club/blue" }, { type: "$join", id: 2, room: "open" }]);

  peer.socket.receives(credentials(3, "guest"));
  await rig.settle();

  assertEquals(answersOf(peer).slice(2), [
    { type: "$reply", id: 3, data: {} },
    { type: "$left", room: "club/blue", code: "forbidden" },
  ]);
  assertEquals(peer.connection.rooms, ["open"]);
});

Deno.test("a server where nobody signs in has no use for tokens, and says so", () => {
  const rig = new Rig();
  const peer = rig.peer({ isManaged: true });

  peer.socket.receives(credentials(1, "t"));

  assertEquals(answersOf(peer), [failure(1, "unsupported", "This server does not offer that")]);
});

Deno.test("a plain peer renews by the message with which it signed in, where the server takes tokens so", async () => {
  const rig = rigOf({ tokenSources: { message: true } });
  const { socket, connection } = rig.peer();
  const show = (token: unknown, id?: unknown) => socket.receives({ type: "authenticate", id, data: { token } });
  show("ada:1000", 1);
  show("ada:5000", 2);
  show("eve", 3);
  show(undefined, 4);
  show("ada:60000");
  show("ada", 5);

  const error = { code: "unauthorized", message: "This token does not sign in" };
  assertEquals(socket.messages, [
    { type: "reply", id: 1, data: { expiresInMs: 1_000 } },
    { type: "reply", id: 2, data: { expiresInMs: 5_000 } },
    { type: "error", id: 3, error },
    { type: "error", id: 4, error },
    { type: "reply", id: 5, data: null },
  ]);
  assertEquals([connection.data.token, rig.messages], ["ada", []]);
  await rig.clock.advance(120_000);
  assertEquals(connection.isOpen, true);
});
