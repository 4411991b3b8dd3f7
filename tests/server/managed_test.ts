/** Tests of the server's half of switchboard.v1. */

import { assertEquals } from "@std/assert";
import { checkControl } from "../../src/protocol/shapes.ts";
import { NOTHING, Rig } from "./tools/rig.ts";

const UNSUPPORTED = { code: "unsupported", message: "This server does not offer that" };
const MANAGED = { isManaged: true } as const;

/** A first frame that is no hello. */
const NO_HELLO: readonly (string | Uint8Array<ArrayBuffer>)[] = [
  '{"type":"chat"}',
  '{"type":"$ping"}',
  '[{"type":"chat"},{"type":"$hello"}]',
  Uint8Array.of(0, 0, 1),
];

/** Frames that break the protocol. */
const BROKEN: readonly (string | Uint8Array<ArrayBuffer>)[] = [
  "",
  "hello",
  "{",
  "5",
  "null",
  "{}",
  '{"type":5}',
  '[{"type":"chat"},5]',
  '{"type":"$join","id":1}',
  '{"type":"$join","id":{},"room":"x"}',
  '{"type":"$leave","id":1,"room":5}',
  '{"type":"$credentials","id":1}',
  '{"type":"$hello"}',
  Uint8Array.of(),
  Uint8Array.of(0),
  Uint8Array.of(0, 5, 1),
  Uint8Array.of(0, 1, 0x31),
  Uint8Array.of(0, 2, 0xc3, 0x28),
];

Deno.test("ManagedPeers says welcome with the id and what a client has to know, in the protocol's shape", () => {
  const rig = new Rig({ heartbeatInterval: 20_000, heartbeatTimeoutMs: 7_000, maxMessageBytes: 999 });

  const { socket, connection } = rig.peer(MANAGED);

  assertEquals(socket.messages, [{
    type: "$welcome",
    id: connection.id,
    resumed: false,
    features: [],
    heartbeat: { intervalMs: 20_000, timeoutMs: 7_000 },
    maxMessageBytes: 999,
    maxFrameMessages: 1024,
  }]);
  assertEquals(checkControl(socket.messages[0] as { type: string }), undefined);
  assertEquals([connection.isManaged, connection.protocol], [true, "switchboard.v1"]);
});

Deno.test("ManagedPeers takes a hello with names and features that it does not know, and messages behind it", () => {
  const rig = new Rig();
  const { socket } = rig.peer({ isManaged: true, greets: false });

  socket.receives('[{"type":"$hello","features":["flying"],"client":"x/1","more":1},{"type":"chat"}]');

  assertEquals(rig.told, ["connect", "message chat"]);
});

Deno.test("ManagedPeers ends who does not begin with a hello, and the application never knew it", async (t) => {
  for (const frame of NO_HELLO) {
    await t.step(String(frame), async () => {
      const rig = new Rig();
      const { socket } = rig.peer({ isManaged: true, greets: false });

      socket.receives(frame);
      await rig.settle();

      assertEquals([socket.closes, rig.told, socket.sent], [[[4400, "the first message is a hello"]], [], []]);
      socket.isClosed(4400);
      assertEquals(rig.left, NOTHING);
    });
  }
});

Deno.test("ManagedPeers ends who breaks the protocol with 4400, and tells the application which rule it was", async (t) => {
  for (const frame of BROKEN) {
    await t.step(String(frame), async () => {
      const rig = new Rig();
      const { socket } = rig.peer(MANAGED);

      socket.receives(frame);
      await rig.settle();

      assertEquals([socket.closes.length, socket.closes[0]?.[0]], [1, 4400]);
      assertEquals(rig.told, ["connect", "close 4400"]);
      assertEquals(rig.messages, []);
    });
  }
});

Deno.test("ManagedPeers hands on application messages alone, one by one, those of an array in its order", () => {
  const rig = new Rig();
  const { socket } = rig.peer(MANAGED);

  socket.receives(
    '[{"type":"a","id":1},{"type":"$value","data":"text"},{"type":"$pong"},{"type":"$later"},{"type":"b"}]',
  );
  socket.receives("[]");
  socket.receives(Uint8Array.of(0, 2, 0x7b, 0x7d, 5, 6));

  assertEquals(rig.messages, [
    { type: "a", id: 1 },
    { type: "text", data: "text" },
    { type: "b" },
    { type: "binary", data: Uint8Array.of(5, 6) },
  ]);
  assertEquals([rig.errors, socket.sent.length], [[], 1]);
});

Deno.test("ManagedPeers handles nothing of an array behind the message that ended the connection", async () => {
  const rig = new Rig({ maxQueuedMessages: 1, handlers: { onMessage: () => new Promise<void>(() => {}) } });
  const { socket } = rig.peer(MANAGED);

  socket.receives('[{"type":"a"},{"type":"b"},{"type":"c"},{"type":"$ping"}]');
  await rig.settle();

  assertEquals([rig.messages.length, socket.closes[0]?.[0], socket.sent.length], [1, 4429, 1]);
});

Deno.test("ManagedPeers answers a ping with what it carried", () => {
  const rig = new Rig();
  const { socket } = rig.peer(MANAGED);

  socket.receives({ type: "$ping" });
  socket.receives({ type: "$ping", data: { n: [1] } });

  assertEquals(socket.messages.slice(1), [{ type: "$pong" }, { type: "$pong", data: { n: [1] } }]);
});

Deno.test("ManagedPeers answers what this server does not offer, and what it does not know it ignores", () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer(MANAGED);

  socket.receives({ type: "$credentials", id: 3, token: "t" });
  socket.receives({ type: "$reply", id: 4, data: 1 });
  socket.receives({ type: "$error", error: { code: "c", message: "m" } });
  socket.receives({ type: "$somethingOfTomorrow", data: 1 });

  assertEquals(socket.messages.slice(1), [{ type: "$error", id: 3, error: UNSUPPORTED }]);
  assertEquals([connection.isOpen, rig.messages], [true, []]);
});

Deno.test("ManagedPeers counts the messages of an array by their share of the frame", async () => {
  const text = "x".repeat(100);
  const rig = new Rig({ maxQueuedBytes: 400, handlers: { onMessage: () => new Promise<void>(() => {}) } });
  const { socket } = rig.peer(MANAGED);

  socket.receives([1, 2, 3].map(() => ({ type: "a", text })));
  assertEquals(socket.closes, []);
  socket.receives([1, 2, 3].map(() => ({ type: "a", text })));
  await rig.settle();

  assertEquals(socket.closes[0]?.[0], 4429);
});
