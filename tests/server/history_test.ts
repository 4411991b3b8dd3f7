/** Tests of reading the log of a room, by the application and by clients. */

import { assertEquals, assertRejects } from "@std/assert";
import type { WebSocketConfig } from "../../src/server/options.ts";
import type { WebSocketMessage } from "../../src/protocol/messages.ts";
import { Rig } from "./tools/rig.ts";
import { SessionPeer } from "./tools/session_peer.ts";

/** A server that has sent the numbers from 1 to `count` to "tea". */
function rigWith(count: number, config: WebSocketConfig = {}): Rig {
  const rig = new Rig(config);
  rig.server.room("tea");
  for (let n = 1; n <= count; n++) rig.server.broadcast({ type: "n", data: n }, { room: "tea" });
  return rig;
}

function datasOf({ messages }: { messages: readonly { message: WebSocketMessage }[] }): unknown[] {
  return messages.map(({ message }) => message.data);
}

/** What a client is answered. */
async function asked(peer: SessionPeer, query: object = {}): Promise<WebSocketMessage> {
  const id = `history ${peer.heard.length}`;
  peer.say({ type: "$history", id, room: "tea", ...query });
  await peer.rig.settle();
  return peer.heard.find((message) => message.id === id)!;
}

Deno.test("server.history() gives the newest messages, the oldest of them first, and where they end", async () => {
  const rig = rigWith(150);

  const all = await rig.server.history("tea");
  const some = await rig.server.history("tea", { limit: 2 });
  const epoch = all.epoch!;

  assertEquals([all.messages.length, all.messages[0]!.offset, all.offset], [100, 51, 150]);
  assertEquals(some, {
    messages: [{ offset: 149, message: { type: "n", data: 149 } }, { offset: 150, message: { type: "n", data: 150 } }],
    epoch,
    offset: 150,
  });
});

Deno.test("server.history() goes through a log page by page from a position", async () => {
  const rig = rigWith(5);
  const { epoch } = await rig.server.history("tea");
  const pages: unknown[] = [];
  let since = { epoch: epoch!, offset: 0 };

  for (let page = 0; page < 4; page++) {
    const history = await rig.server.history("tea", { since, limit: 2 });
    pages.push([datasOf(history), history.offset, history.recovered]);
    since = { epoch: epoch!, offset: history.offset! };
  }

  assertEquals(pages, [[[1, 2], 2, true], [[3, 4], 4, true], [[5], 5, true], [[], 5, true]]);
});

Deno.test("server.history() says where a position is of no use, and gives where to go on", async () => {
  const rig = rigWith(5, { history: { maxMessages: 2, rooms: { nothing: false } } });
  const { epoch } = await rig.server.history("tea");

  const tooOld = await rig.server.history("tea", { since: { epoch: epoch!, offset: 1 } });
  const other = await rig.server.history("tea", { since: { epoch: "x", offset: 4 } });
  const none = await rig.server.history("nothing");

  assertEquals(tooOld, { messages: [], epoch: epoch!, offset: 5, recovered: false, reason: "too_old" });
  assertEquals([other.reason, other.offset], ["new_epoch", 5]);
  assertEquals(none, { messages: [], recovered: false, reason: "no_log" });
});

Deno.test("server.history() gives values and bytes as those get them to whom they are sent", async () => {
  const rig = new Rig();
  for (const message of ["text", 5, null, [1], { type: "text", data: 1 }, Uint8Array.of(1, 2)]) {
    rig.server.broadcast(message);
  }

  const { messages } = await rig.server.history("$all");

  assertEquals(messages.map(({ message }) => message), [
    { type: "text", data: "text" },
    { type: "text", data: "5" },
    { type: "text", data: "null" },
    { type: "text", data: "[1]" },
    { type: "text", data: 1 },
    { type: "binary", data: Uint8Array.of(1, 2) },
  ]);
});

Deno.test("server.history() rejects what cannot be meant", async () => {
  const { server } = rigWith(0);

  await assertRejects(() => server.history(5 as never), TypeError, '"room" must be a string');
  await assertRejects(() => server.history("tea", { limit: 0 }), RangeError, '"limit" must be');
  await assertRejects(() => server.history("tea", { limit: "5" as never }), TypeError, '"limit" must be');
});

Deno.test("$history gives a client what it asks for, in a room that it is in", async () => {
  const rig = rigWith(5);
  const peer = new SessionPeer(rig).join("tea");
  const epoch = peer.positions.get("tea")!.epoch;

  const newest = await asked(peer, { limit: 2 });
  const since = await asked(peer, { since: { epoch, offset: 1 }, limit: 2 });

  assertEquals([newest.type, newest.data], ["$reply", {
    messages: [{ offset: 4, message: { type: "n", data: 4 } }, { offset: 5, message: { type: "n", data: 5 } }],
    epoch,
    offset: 5,
  }]);
  assertEquals([datasOf(since.data), since.data.recovered, since.data.offset], [[2, 3], true, 3]);
});

Deno.test("$history gives bytes as base64, and a thousand messages at most", async () => {
  const rig = new Rig({ history: { maxMessages: 2_000 } });
  const peer = new SessionPeer(rig);
  for (let n = 0; n < 1_500; n++) rig.server.broadcast(n === 1_499 ? Uint8Array.of(1, 2, 255) : { type: "n", data: n });

  const { data } = await asked(peer, { room: "$all", limit: 5_000 });

  assertEquals([data.messages.length, data.messages.at(-1)], [1_000, { offset: 1_500, base64: "AQL/" }]);
});

Deno.test("$history is refused for rooms that the client is not in, that keep nothing, and to who asks too often", async () => {
  const rig = rigWith(1, { maxJoinsPerSecond: 1, maxRoomsPerConnection: 2, history: { rooms: { attic: false } } });
  rig.server.room("attic");
  const peer = new SessionPeer(rig);
  peer.connection.join("attic");

  const codes = [];
  for (const room of ["tea", "attic", "", "$tea", "tea"]) codes.push((await asked(peer, { room })).error.code);

  assertEquals(codes, ["not_joined", "unsupported", "not_joined", "not_joined", "rate_limited"]);
});

Deno.test("$history keeps from a client what was not for it, and what the room's outgoing rule keeps from it", async () => {
  const rig = new Rig();
  rig.server.room("tea", {
    outgoing: (_, message) => (message as { data: unknown }).data === "secret" ? null : { type: "n", data: "changed" },
  });
  const peer = new SessionPeer(rig).join("tea");
  const { id } = peer.connection;
  rig.server.broadcast({ type: "n", data: "open" }, { room: "tea" });
  rig.server.broadcast({ type: "n", data: "secret" }, { room: "tea" });
  rig.server.broadcast({ type: "n", data: "not for it" }, { room: "tea", except: id });

  const { data } = await asked(peer);

  assertEquals([datasOf(data), data.offset], [["changed"], 3]);
  assertEquals(datasOf(await rig.server.history("tea")), ["open", "secret", "not for it"]);
});

Deno.test("$history is answered to a managed client without a session, too", async () => {
  const rig = rigWith(1);
  const { socket } = rig.peer({ isManaged: true });
  socket.receives({ type: "$join", id: 1, room: "tea" });

  socket.receives({ type: "$history", id: 2, room: "tea" });
  await rig.settle();

  const reply = socket.messages.at(-1) as WebSocketMessage;
  assertEquals([reply.type, reply.id, datasOf(reply.data)], ["$reply", 2, [1]]);
});
