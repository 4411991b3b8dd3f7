/** Tests of what handlers are given beside the data: what they publish, and the key of the message. */

import { assertEquals, assertThrows } from "@std/assert";
import { MessageError } from "../../src/errors.ts";
import type { MessageContext } from "../../src/server/types.ts";
import { Rig } from "./tools/rig.ts";
import { SessionPeer } from "./tools/session_peer.ts";

/** A server whose handler of "do" publishes, and a client that is in the room. */
function publishing(handler: (context: MessageContext) => unknown, handlerTimeoutMs = 1_000) {
  const rig = new Rig({ handlerTimeoutMs });
  rig.server.room("tea");
  rig.server.handle("do", (_, context: MessageContext) => handler(context));
  const peer = new SessionPeer(rig).join("tea");
  void peer.heard;
  return { rig, peer, types: () => peer.types.slice(1) };
}

Deno.test("context.publish() sends when the handler is done, before its answer", async (t) => {
  const ends: readonly (readonly [what: string, end: () => unknown])[] = [
    ["a handler that returns", () => "done"],
    ["a handler that returns a promise", () => Promise.resolve("done")],
  ];
  for (const [what, end] of ends) {
    await t.step(what, async () => {
      const seen: string[][] = [];
      const { rig, peer, types } = publishing((context) => {
        context.publish("tea", { type: "first" });
        context.publish("tea", { type: "second" });
        seen.push(types());
        return end();
      });

      peer.say({ type: "do", id: 1 });
      await rig.settle();

      assertEquals([seen, types()], [[[]], ["first", "second", "$reply"]]);
    });
  }
});

Deno.test("context.publish() sends nothing where the handler fails, or is too late", async (t) => {
  const late = Promise.withResolvers<void>();
  const ends: readonly (readonly [what: string, end: () => unknown])[] = [
    ["a handler that throws", () => fail(new Error("broken"))],
    ["a handler that says no", () => fail(new MessageError("no", "no"))],
    ["a handler that rejects", () => Promise.reject(new Error("broken"))],
    ["a handler that is too late", () => late.promise],
  ];
  for (const [what, end] of ends) {
    await t.step(what, async () => {
      const { rig, peer, types } = publishing((context) => {
        context.publish("tea", { type: "first" });
        return end();
      });

      peer.say({ type: "do", id: 1 });
      await rig.clock.advance(1_200);
      if (what.endsWith("late")) late.resolve();
      await rig.settle();

      assertEquals(types(), ["$error"]);
    });
  }
});

function fail(error: Error): never {
  throw error;
}

Deno.test("context.publish() takes the message as it is, and the options of a broadcast", () => {
  const message = { type: "n", data: { n: 1 } };
  const { peer } = publishing((context) => {
    context.publish("tea", message, { key: "k" });
    context.publish("tea", { type: "volatile" }, { volatile: true });
    context.publish("tea", { type: "not for it" }, { except: context.connection.id });
    context.publish("attic", { type: "elsewhere" });
    message.data.n = 2;
  });

  peer.say({ type: "do" });

  assertEquals(peer.heard.slice(1), [
    { type: "n", data: { n: 1 }, $room: "tea", $at: 1, $key: "k" },
    { type: "volatile", $room: "tea", $volatile: true },
  ]);
});

Deno.test("context.publish() throws for what cannot be sent", () => {
  const { rig, peer } = publishing((context) => {
    assertThrows(() => context.publish("tea", { type: "$ping" }), TypeError);
    assertThrows(() => context.publish("tea", undefined as never), TypeError);
    assertThrows(() => context.publish(5 as never, "x"), TypeError);
  });

  peer.say({ type: "do", id: 1 });

  assertEquals([rig.errors, peer.types.slice(1)], [[], ["$reply"]]);
});

Deno.test("context.publish() sends also where the sender has gone meanwhile", async () => {
  const handler = Promise.withResolvers<void>();
  const { rig, peer } = publishing((context) => {
    context.publish("tea", { type: "first" });
    return handler.promise;
  });
  const other = new SessionPeer(rig).join("tea");
  peer.say({ type: "do", id: 1 }).cut();

  handler.resolve();
  await rig.settle();

  assertEquals([other.types.slice(1), peer.again().types], [["first"], ["first", "$reply"]]);
});

Deno.test("context.publish() works for plain peers, too", () => {
  const rig = new Rig();
  rig.server.handle("do", (_, context: MessageContext) => context.publish("tea", { type: "first" }));
  const { connection, socket } = rig.peer();
  connection.join("tea");

  socket.receives({ type: "do", id: 1 });

  assertEquals(socket.messages, [{ type: "first" }, { type: "reply", id: 1, data: null }]);
});

Deno.test("context.messageKey is the same whenever a message comes, in whichever session", () => {
  const keys: (string | undefined)[] = [];
  const rig = new Rig();
  rig.server.handle("do", (_, { messageKey }) => void keys.push(messageKey));
  const first = new SessionPeer(rig, { stream: "s" }).say({ type: "do" }).say({ type: "do" });
  first.socket.isClosed(1000);

  new SessionPeer(rig, { stream: "s", next: 2 }).say({ type: "do" }).say({ type: "do" });

  assertEquals(keys, ["s:1", "s:2", "s:2", "s:3"]);
});

Deno.test("context.messageKey is made of the session where the client names no stream, and goes on with it", () => {
  const keys: (string | undefined)[] = [];
  const rig = new Rig();
  rig.server.handle("do", (_, { messageKey }) => void keys.push(messageKey));
  const first = new SessionPeer(rig).say({ type: "do" }).cut();

  first.again().say({ type: "do" });

  assertEquals(keys, [`${first.welcome.id}:1`, `${first.welcome.id}:2`]);
});

Deno.test("context.messageKey is undefined where messages have no number", () => {
  const keys: (string | undefined)[] = [];
  const rig = new Rig();
  rig.server.handle("do", (_, { messageKey }) => void keys.push(messageKey));

  rig.peer().socket.receives({ type: "do" });
  rig.peer({ isManaged: true }).socket.receives({ type: "do" });
  new SessionPeer(rig).say({ type: "do", $volatile: true });

  assertEquals(keys, [undefined, undefined, undefined]);
});
