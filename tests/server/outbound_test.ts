/** Tests of sending: what stands in a frame, who gets it, what the caller is told, and who is cut off. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { CLOSED, CLOSING } from "../../src/internal/socket_like.ts";
import { decodeBinary, encodeBinary } from "../../src/protocol/codec.ts";
import type { Sendable } from "../../src/protocol/messages.ts";
import { type Peer, Rig } from "./tools/rig.ts";

/** What an application sends, what a plain peer gets and what a managed peer gets. */
const FRAMES: readonly [value: Sendable, plain: string | Uint8Array, managed: string | Uint8Array][] = [
  ["text", "text", '{"type":"$value","data":"text"}'],
  ['{"type":"a"}', '{"type":"a"}', '{"type":"$value","data":"{\\"type\\":\\"a\\"}"}'],
  [{ type: "a", data: 1 }, '{"type":"a","data":1}', '{"type":"a","data":1}'],
  [{ no: "type" }, '{"no":"type"}', '{"type":"$value","data":{"no":"type"}}'],
  [[1, 2], "[1,2]", '{"type":"$value","data":[1,2]}'],
  [5, "5", '{"type":"$value","data":5}'],
  [true, "true", '{"type":"$value","data":true}'],
  [null, "null", '{"type":"$value","data":null}'],
  [Uint8Array.of(1, 2), Uint8Array.of(1, 2), Uint8Array.of(0, 0, 1, 2)],
  [Uint8Array.of(1, 2).buffer, Uint8Array.of(1, 2), Uint8Array.of(0, 0, 1, 2)],
  [new DataView(Uint8Array.of(9, 1, 2, 9).buffer, 1, 2), Uint8Array.of(1, 2), Uint8Array.of(0, 0, 1, 2)],
  [Uint16Array.of(0x0201), Uint8Array.of(1, 2), Uint8Array.of(0, 0, 1, 2)],
  [new Date(0), '"1970-01-01T00:00:00.000Z"', '{"type":"$value","data":"1970-01-01T00:00:00.000Z"}'],
  [{ toJSON: () => ({ type: "a" }) }, '{"type":"a"}', '{"type":"a"}'],
  [{ type: "a", toJSON: () => 5 }, "5", '{"type":"$value","data":5}'],
];

const CYCLIC: { type: string; self?: unknown } = { type: "a" };
CYCLIC.self = CYCLIC;

/** What cannot be sent, and what the error says of it. */
const UNSENDABLE: readonly [value: unknown, text: string][] = [
  [undefined, "Cannot send a undefined as it has no JSON form"],
  [() => {}, "Cannot send a function as it has no JSON form"],
  [Symbol("s"), "Cannot send a symbol as it has no JSON form"],
  [5n, "BigInt"],
  [{ type: "a", data: 5n }, "BigInt"],
  [CYCLIC, "circular"],
  [{ toJSON: () => undefined }, "has no JSON form"],
  [{ type: "$ping" }, 'types that begin with "$" belong to the protocol'],
  [{ type: "a", toJSON: () => ({ type: "$ping" }) }, 'types that begin with "$" belong to the protocol'],
  [{ type: "$", data: 1 }, 'types that begin with "$" belong to the protocol'],
  [new Blob(["x"]), "send await blob.bytes()"],
];

function peers(rig: Rig, count: number): [Peer, ...Peer[]] {
  return Array.from({ length: count }, () => rig.peer()) as [Peer, ...Peer[]];
}

/** A frame for managed peers without what tells that it is in no log. */
function withoutMember(frame: string | Uint8Array): unknown {
  if (typeof frame === "string") return frame.replace(',"$volatile":true}', "}");
  const { header, payload } = decodeBinary(frame as Uint8Array<ArrayBuffer>);
  assertEquals(header, { $volatile: true });
  return encodeBinary(payload);
}

Deno.test("Outbound.send() puts every kind of value into the frame that the peer expects", async (t) => {
  for (const [value, plainFrame, managedFrame] of FRAMES) {
    await t.step(JSON.stringify(value), () => {
      const rig = new Rig();
      const plain = rig.peer();
      const managed = rig.peer({ isManaged: true });

      assertEquals([plain.connection.send(value), managed.connection.send(value)], ["sent", "sent"]);
      rig.server.broadcast(value, { volatile: true });

      const [, direct, toAll] = managed.socket.sent;
      assertEquals(plain.socket.sent, [plainFrame, plainFrame] as typeof plain.socket.sent);
      assertEquals([direct, withoutMember(toAll!)], [managedFrame, managedFrame] as typeof plain.socket.sent);
    });
  }
});

Deno.test("Outbound.send() throws for what cannot be sent, before anything is", async (t) => {
  for (const [value, text] of UNSENDABLE) {
    await t.step(text, () => {
      const rig = new Rig();
      const [{ connection, socket }] = peers(rig, 1);
      const managed = rig.peer({ isManaged: true });

      for (
        const send of [
          () => connection.send(value as Sendable),
          () => managed.connection.send(value as Sendable),
          () => connection.broadcast(value as Sendable),
          () => rig.server.send(connection.id, value as Sendable),
          () => rig.server.broadcast(value as Sendable),
        ]
      ) assertThrows(send, TypeError, text);

      assertEquals([socket.sent, managed.socket.sent.length, rig.server.getStats().messagesSent], [[], 1, 1]);
    });
  }
});

Deno.test("Outbound.broadcast() encodes once, whatever the audience", () => {
  const rig = new Rig();
  const all = [...peers(rig, 10), rig.peer({ isManaged: true }), rig.peer({ isManaged: true })];
  let count = 0;

  rig.server.broadcast({ toJSON: () => ({ count: ++count }) });

  assertEquals(count, 2, "once for all plain peers and once for all managed ones");
  assertStrictEquals(all[1]!.socket.sent[0], all[2]!.socket.sent[0]);
});

Deno.test("Outbound.broadcast() reaches all but those left out, and counts", () => {
  const rig = new Rig();
  const all = peers(rig, 4);
  const [a, b, c] = all.map(({ connection }) => connection.id) as [string, string, string];
  const reached = () => all.map(({ socket }) => socket.sent.splice(0).length).join("");

  assertEquals([rig.server.broadcast("x").sent, reached()], [4, "1111"]);
  assertEquals([rig.server.broadcast("x", a).sent, reached()], [3, "0111"]);
  assertEquals([rig.server.broadcast("x", { except: b }).sent, reached()], [3, "1011"]);
  assertEquals([rig.server.broadcast("x", { except: [a, c, "nobody"] }).sent, reached()], [2, "0101"]);
  assertEquals([rig.server.broadcast("x", { except: [] }).sent, reached()], [4, "1111"]);
  assertEquals([rig.server.broadcast("x", { where: ({ id }) => id === c }).sent, reached()], [1, "0010"]);
  assertEquals([rig.server.broadcast("x", { except: c, where: ({ id }) => id === c }).sent, reached()], [0, "0000"]);
  assertEquals([all[0].connection.broadcast("x").sent, reached()], [3, "0111"]);
  assertEquals([all[0].connection.broadcast("x", { except: [b] }).sent, reached()], [2, "0011"]);
});

Deno.test("Outbound.broadcast() goes on when the choice of receivers throws, and reports it", () => {
  const rig = new Rig();
  const [a, b] = peers(rig, 2);

  const outcome = rig.server.broadcast("x", {
    where: (connection) => {
      if (connection === a.connection) throw new Error("where");
      return true;
    },
  });

  assertEquals([outcome, b!.socket.sent, rig.errorTexts], [{ sent: 1, queued: 0, dropped: 0, merged: 0 }, ["x"], [
    "where",
  ]]);
});

Deno.test("Outbound.broadcast() goes on when a socket fails, and reports it", () => {
  const rig = new Rig();
  const [a, b] = peers(rig, 2);
  a.socket.sendError = new Error("broken");

  const { sent } = rig.server.broadcast("x");

  assertEquals([sent, b!.socket.sent, rig.errorTexts, a.connection.send("x")], [1, ["x"], ["broken"], "closed"]);
});

Deno.test("Outbound.broadcast() to nobody is no error", () => {
  assertEquals(new Rig().server.broadcast("x"), { sent: 0, queued: 0, dropped: 0, merged: 0 });
});

Deno.test("Outbound.broadcast() reaches who comes or goes while it runs as any order would have it", () => {
  const rig = new Rig();
  const [a, b, c] = peers(rig, 3);

  rig.server.broadcast("x", {
    where: (connection) => {
      if (connection === a.connection) b!.connection.close();
      return true;
    },
  });

  assertEquals([a.socket.sent, b!.socket.sent, c!.socket.sent], [["x"], [], ["x"]]);
});

Deno.test("Outbound.send() says queued when more than highWaterBytes wait, and sent again when they are gone", () => {
  const rig = new Rig({ highWaterBytes: 100, maxBufferedBytes: 1_000 });
  const { socket, connection } = rig.peer();
  const outcomes = [];

  for (const waiting of [0, 50, 101, 1_000, 100, 0]) {
    socket.bufferedAmount = waiting;
    outcomes.push(connection.send("x".repeat(101)));
  }

  assertEquals(outcomes, ["sent", "sent", "queued", "queued", "sent", "sent"]);
  assertEquals([socket.sent.length, connection.isOpen], [6, true]);
});

Deno.test("Outbound.send() drops what exceeds maxBufferedBytes, and closes the peer with 1013", async () => {
  const rig = new Rig({ highWaterBytes: 100, maxBufferedBytes: 1_000 });
  const { socket, connection } = rig.peer();
  const other = rig.peer();
  socket.bufferedAmount = 1_001;

  assertEquals(connection.send("x".repeat(101)), "dropped");
  assertEquals([socket.sent, socket.closes], [[], [[1013, "too much waits for this peer"]]]);
  assertEquals([connection.send("x"), rig.server.getConnection(connection.id)], ["closed", undefined]);
  await rig.settle();

  assertEquals(rig.told, ["connect", "connect", "close 1013"]);
  assertEquals([rig.server.getStats().messagesDropped, other.connection.isOpen], [1, true]);
});

Deno.test("Outbound.broadcast() tells apart who was sent to, queued and dropped", () => {
  const rig = new Rig({ highWaterBytes: 0, maxBufferedBytes: 10 });
  for (const [i, { socket }] of peers(rig, 6).entries()) socket.bufferedAmount = [0, 0, 0, 5, 5, 11][i]!;

  assertEquals(rig.server.broadcast("x"), { sent: 3, queued: 2, dropped: 1, merged: 0 });
});

Deno.test("Outbound.send() says closed once the connection is ending, and where the runtime knows before us", () => {
  const rig = new Rig();
  const [closing, gone] = peers(rig, 2);

  closing.connection.close();
  gone!.socket.readyState = CLOSING;

  assertEquals([closing.connection.send("x"), gone!.connection.send("x")], ["closed", "closed"]);
  gone!.socket.readyState = CLOSED;
  assertEquals([gone!.connection.send("x"), rig.server.send("nobody", "x")], ["closed", "closed"]);
  assertEquals([closing.socket.sent, gone!.socket.sent], [[], []]);
});

Deno.test("Outbound fires message:sent once per call, with its counts", () => {
  const rig = new Rig();
  const [{ connection }] = peers(rig, 3);
  const seen: unknown[] = [];
  rig.server.on("message:sent", ({ message, outcome }) => seen.push([message, outcome.sent]));

  connection.send("one");
  rig.server.broadcast("all");
  connection.broadcast({ type: "others" });
  rig.server.send(connection.id, "by id");
  connection.close();
  connection.send("nobody");

  assertEquals(seen, [["one", 1], ["all", 3], [{ type: "others" }, 2], ["by id", 1], ["nobody", 0]]);
});

Deno.test("Outbound counts what it handed over, one for each receiver", () => {
  const rig = new Rig();
  const [{ connection }] = peers(rig, 3);

  rig.server.broadcast("x");
  connection.send("x");

  assertEquals(rig.server.getStats().messagesSent, 4);
});
