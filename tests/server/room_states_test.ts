/** Tests of rooms that keep states: who comes in gets those, as far as they are for it. */

import { assertEquals } from "@std/assert";
import type { WebSocketConfig } from "../../src/server/options.ts";
import { type Peer, Rig } from "./tools/rig.ts";
import { SessionPeer } from "./tools/session_peer.ts";

const STATES: WebSocketConfig = {
  history: { rooms: { "prices/{name}": { keep: "newest-per-key" }, now: { keep: "newest" } } },
};

function rigWithStates(outgoing?: (message: { data: unknown }) => unknown): Rig {
  const rig = new Rig(STATES);
  const filter = outgoing === undefined
    ? {}
    : { outgoing: (_: unknown, message: unknown) => outgoing(message as never) };
  rig.server.room("prices/{name}", filter as object);
  rig.server.room("now");
  return rig;
}

/** Peers of each kind, and how they come into a room. */
const KINDS: readonly (readonly [kind: string, come: (rig: Rig, room: string) => () => unknown[]])[] = [
  ["plain, put there", (rig, room) => put(rig.peer(), room)],
  ["managed, put there", (rig, room) => put(rig.peer({ isManaged: true }), room)],
  ["managed, by wish", (rig, room) => {
    const peer = rig.peer({ isManaged: true });
    peer.socket.receives({ type: "$join", id: 1, room });
    return () => datasOf(peer);
  }],
  ["with a session, put there", (rig, room) => {
    const peer = new SessionPeer(rig);
    peer.connection.join(room);
    return () => peer.heard.filter(({ type }) => !type.startsWith("$")).map(({ data }) => data);
  }],
  ["with a session, by wish", (rig, room) => {
    const peer = new SessionPeer(rig).join(room);
    return () => peer.heard.filter(({ type }) => !type.startsWith("$")).map(({ data }) => data);
  }],
];

function put(peer: Peer, room: string): () => unknown[] {
  peer.connection.join(room);
  return () => datasOf(peer);
}

function datasOf({ socket }: Peer): unknown[] {
  const messages = socket.messages.flat() as { type: string; data: unknown }[];
  return messages.filter(({ type }) => !type.startsWith("$")).map(({ data }) => data);
}

Deno.test("A room of states gives who comes in the newest of each key, and what follows", async (t) => {
  for (const [kind, come] of KINDS) {
    await t.step(kind, async () => {
      const rig = rigWithStates();
      const room = "prices/metal";
      for (const [key, data] of [["gold", 1], ["iron", 2], ["gold", 3]] as const) {
        rig.server.broadcast({ type: "price", data }, { room, key });
      }

      const datas = come(rig, room);
      rig.server.broadcast({ type: "price", data: 4 }, { room, key: "iron" });
      await rig.settle();

      assertEquals([datas(), rig.errors], [[2, 3, 4], []]);
    });
  }
});

Deno.test("A room of the newest state gives who comes in that one alone", async (t) => {
  for (const [kind, come] of KINDS) {
    await t.step(kind, () => {
      const rig = rigWithStates();
      for (const data of [1, 2, 3]) rig.server.broadcast({ type: "now", data }, { room: "now", key: `${data}` });

      assertEquals(come(rig, "now")(), [3]);
    });
  }
});

Deno.test("A room of states lets its outgoing rule decide what who comes in gets", async (t) => {
  for (const [kind, come] of KINDS) {
    await t.step(kind, () => {
      const rig = rigWithStates(({ data }) => data === "secret" ? null : { type: "price", data: `${data} changed` });
      for (const data of ["secret", "open"]) {
        rig.server.broadcast({ type: "price", data }, { room: "prices/metal", key: data });
      }

      assertEquals(come(rig, "prices/metal")(), ["open changed"]);
    });
  }
});

Deno.test("A room of states keeps from who comes in what was not for it", async (t) => {
  for (const isManaged of [false, true]) {
    await t.step(isManaged ? "managed" : "plain", () => {
      const rig = rigWithStates();
      const peer = rig.peer({ isManaged });
      peer.connection.join("hidden");
      const room = "prices/metal";
      rig.server.broadcast({ type: "price", data: "except" }, { room, key: "1", except: peer.connection.id });
      rig.server.broadcast({ type: "price", data: "exceptRoom" }, { room, key: "2", exceptRoom: "hidden" });
      rig.server.broadcast({ type: "price", data: "for all" }, { room, key: "3" });

      peer.connection.join(room);

      assertEquals(datasOf(peer), ["for all"]);
    });
  }
});

Deno.test("A room of states gives every kind of value to a plain peer as it was sent", async (t) => {
  const values = ["text", 5, null, true, [1, 2], { no: "type" }, { type: "text", data: 1 }, { type: "a", $b: 1 }];
  for (const value of [...values, Uint8Array.of(1, 2)]) {
    await t.step(JSON.stringify(value), () => {
      const rig = rigWithStates();
      const before = rig.peer();
      before.connection.join("now");
      rig.server.broadcast(value, { room: "now" });
      const after = rig.peer();

      after.connection.join("now");

      assertEquals(after.socket.sent, before.socket.sent);
    });
  }
});

Deno.test("A room of events gives who comes in nothing of what was before", async (t) => {
  for (const [kind, come] of KINDS) {
    await t.step(kind, () => {
      const rig = new Rig();
      rig.server.room("tea");
      rig.server.broadcast({ type: "n", data: 1 }, { room: "tea" });

      assertEquals(come(rig, "tea")(), []);
    });
  }
});

Deno.test("A client that comes back to a room of states gets those that have changed", () => {
  const rig = rigWithStates();
  const room = "prices/metal";
  for (const key of ["gold", "iron"]) rig.server.broadcast({ type: "price", data: `old ${key}` }, { room, key });
  const first = new SessionPeer(rig).join(room).cut();
  for (const n of [1, 2]) rig.server.broadcast({ type: "price", data: `gold ${n}` }, { room, key: "gold" });

  const second = first.again();

  assertEquals([second.types, second.got.map(({ data }) => data)], [["price"], ["gold 2"]]);
  assertEquals(second.welcome.rooms![room]!.recovered, true);
});

Deno.test("server.forget() takes out a state, or all of them", async () => {
  const rig = rigWithStates();
  const room = "prices/metal";
  for (const key of ["gold", "iron", "tin"]) rig.server.broadcast({ type: "price", data: key }, { room, key });

  rig.server.forget(room, "iron");
  rig.server.forget(room, "lead");
  const some = await rig.server.history(room);
  rig.server.forget(room);
  const none = await rig.server.history(room);

  assertEquals(some.messages.map(({ message }) => message.data), ["gold", "tin"]);
  assertEquals([none.messages, none.offset, rig.server.getStats().logBytes], [[], 3, 0]);
});
