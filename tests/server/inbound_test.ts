/** Tests of the way from frame to handler: what a message becomes, order, bounds, deadlines, and answers to failures. */

import { assert, assertEquals } from "@std/assert";
import { gate, NOTHING, Rig } from "./tools/rig.ts";

/** A frame of a plain peer and the message that the handler gets. */
const FRAMES: readonly [frame: string | Uint8Array<ArrayBuffer>, message: object][] = [
  ['{"type":"chat","data":5,"id":1,"more":null}', { type: "chat", data: 5, id: 1, more: null }],
  [' \n\t{"type":"chat"}', { type: "chat" }],
  ["hello", { type: "text", data: "hello" }],
  ["", { type: "text", data: "" }],
  ["{", { type: "text", data: "{" }],
  ['{"no":"type"}', { type: "text", data: '{"no":"type"}' }],
  ['{"type":5}', { type: "text", data: '{"type":5}' }],
  ['[{"type":"chat"}]', { type: "text", data: '[{"type":"chat"}]' }],
  ["null", { type: "text", data: "null" }],
  ['{"type":"$ping"}', { type: "text", data: '{"type":"$ping"}' }],
  ['{"type":"$hello"}', { type: "text", data: '{"type":"$hello"}' }],
  ['{"type":"text","data":"x"}', { type: "text", data: "x" }],
  [Uint8Array.of(1, 2, 3), { type: "binary", data: Uint8Array.of(1, 2, 3) }],
  [new Uint8Array(), { type: "binary", data: new Uint8Array() }],
];

Deno.test("Inbound.receive() makes of every frame of a plain peer one message", async (t) => {
  for (const [frame, message] of FRAMES) {
    await t.step(String(frame), () => {
      const rig = new Rig();
      const { socket } = rig.peer();

      socket.receives(frame);

      assertEquals(rig.messages, [message as typeof rig.messages[0]]);
      assertEquals([rig.errors, socket.sent], [[], []]);
    });
  }
});

Deno.test("Inbound.receive() answers a plain peer's JSON ping with its data, and keeps it from the handler", () => {
  const rig = new Rig();
  const { socket } = rig.peer();

  socket.receives({ type: "ping" });
  socket.receives({ type: "ping", data: { at: [1, null] } });
  socket.receives({ type: "ping", data: null, id: 1 });

  assertEquals(socket.messages, [{ type: "pong" }, { type: "pong", data: { at: [1, null] } }, {
    type: "pong",
    data: null,
  }]);
  assertEquals([rig.messages, rig.server.getStats().messagesReceived], [[], 0]);
});

Deno.test("Inbound.receive() hands JSON pings on where answerPing is off, and those of managed peers always", () => {
  const rig = new Rig({ answerPing: false });
  const managed = new Rig();

  rig.peer().socket.receives({ type: "ping" });
  managed.peer({ isManaged: true }).socket.receives({ type: "ping" });

  assertEquals([rig.messages, managed.messages], [[{ type: "ping" }], [{ type: "ping" }]]);
});

Deno.test("Inbound.receive() measures messages in bytes, and ends who sends larger ones", () => {
  for (
    const [frame, isTaken] of [["äöü", true], ["äöüx", false], [new Uint8Array(6), true], [
      new Uint8Array(7),
      false,
    ]] as const
  ) {
    const rig = new Rig({ maxMessageBytes: 6 });
    const { socket } = rig.peer();

    socket.receives(frame);

    assertEquals(socket.closes, isTaken ? [] : [[1009, "a message may have 6 bytes"]]);
    assertEquals(rig.messages.length, isTaken ? 1 : 0);
  }
});

Deno.test("Inbound handles messages at once while handlers are synchronous, and makes no promise", () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();

  socket.receives("1");
  socket.receives("2");

  assertEquals([rig.messages.length, connection.turn], [2, undefined]);
});

Deno.test("Inbound handles the messages of one connection in order, one at a time, and others meanwhile", async () => {
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const log: string[] = [];
  const rig = new Rig({
    handlers: {
      onMessage: async (_conn, { data }) => {
        log.push(`${data} begins`);
        await gates.get(data)?.promise;
        log.push(`${data} ends`);
      },
    },
  });
  const [a, b] = [rig.peer(), rig.peer()];
  gates.set("a1", gate());

  a.socket.receives("a1");
  a.socket.receives("a2");
  b.socket.receives("b1");
  await rig.settle();
  assertEquals(log, ["a1 begins", "b1 begins", "b1 ends"]);
  gates.get("a1")!.resolve();
  await rig.settle();

  assertEquals(log.slice(3), ["a1 ends", "a2 begins", "a2 ends"]);
  assertEquals([a.connection.turn, rig.clock.pending <= 1], [undefined, true]);
});

Deno.test("Inbound begins as many at once as concurrency says, in order", async () => {
  const gates = [gate(), gate(), gate(), gate()];
  const log: number[] = [];
  const rig = new Rig({
    concurrency: 2,
    handlers: {
      onMessage: (_conn, { data }) => {
        log.push(Number(data));
        return gates[data]!.promise;
      },
    },
  });
  const { socket } = rig.peer();

  for (const i of [0, 1, 2, 3]) socket.receives(`${i}`);
  assertEquals(log, [0, 1]);
  gates[1]!.resolve();
  await rig.settle();
  assertEquals(log, [0, 1, 2]);
  for (const each of gates) each.resolve();
  await rig.settle();

  assertEquals(log, [0, 1, 2, 3]);
});

Deno.test("Inbound lets messages wait for onConnect's promise", async () => {
  const ready = gate();
  const rig = new Rig({ handlers: { onConnect: () => ready.promise } });
  const { socket } = rig.peer();

  socket.receives("1");
  socket.receives("2");
  assertEquals(rig.told, ["connect"]);
  ready.resolve();
  await rig.settle();

  assertEquals(rig.told, ["connect", "message text", "message text"]);
});

Deno.test("Inbound handles messages also when onConnect failed", async () => {
  const rig = new Rig({ handlers: { onConnect: () => Promise.reject(new Error("no")) } });
  const { socket } = rig.peer();

  socket.receives("1");
  await rig.settle();

  assertEquals([rig.told, rig.errorTexts], [["connect", "message text"], ["no"]]);
});

Deno.test("Inbound ends with 4429 who sends more messages, or more bytes, than may wait", async () => {
  for (const limits of [{ maxQueuedMessages: 2 }, { maxQueuedBytes: 10 }]) {
    const never = gate();
    const rig = new Rig({ ...limits, handlers: { onMessage: () => never.promise } });
    const { socket, connection } = rig.peer();

    for (let i = 0; i < 3; i++) socket.receives("12345"); // one runs, two wait
    assertEquals([connection.isOpen, connection.turn!.waiting.size], [true, 2]);
    socket.receives("12345");
    assertEquals(socket.closes, [[4429, "too many messages wait for their handler"]]);
    never.resolve();
    await rig.settle();

    assertEquals(rig.told, ["connect", "message text", "close 4429"], "what waited is thrown away");
  }
});

Deno.test("Inbound calls onClose when the last message has been handled, also those that came before the end", async () => {
  const first = gate();
  const rig = new Rig({ handlers: { onMessage: (_conn, { data }) => data === "1" ? first.promise : undefined } });
  const { socket } = rig.peer();

  for (const text of ["1", "2", "3"]) socket.receives(text);
  socket.isClosed(1000);
  await rig.settle();
  assertEquals(rig.told, ["connect", "message text"]);
  first.resolve();
  await rig.settle();

  assertEquals(rig.told, ["connect", "message text", "message text", "message text", "close 1000"]);
  assertEquals(rig.left, NOTHING);
});

Deno.test("Inbound fires message:received for every message, with or without a handler, in order with it", () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();
  const seen: unknown[] = [];
  const off = rig.server.on("message:received", (event) => {
    assert(event.connection === connection);
    seen.push(event.message.data);
  });

  socket.receives("1");
  rig.server.handlers = {};
  socket.receives("2");
  off();
  socket.receives("3");

  assertEquals([seen, rig.server.getStats().messagesReceived], [["1", "2"], 3]);
});

Deno.test("Inbound leaves what arrives after our close", () => {
  const rig = new Rig();
  const { socket, connection } = rig.peer();

  connection.close();
  socket.receives("late");
  socket.receives({ type: "ping" });

  assertEquals([rig.messages, socket.sent], [[], []]);
});
