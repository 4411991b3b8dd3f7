import { assertEquals, assertRejects } from "@std/assert";
import { createAnnouncer } from "../../src/client/announcer.ts";
import { createInbox } from "../../src/client/inbox.ts";
import { resolveOptions } from "../../src/client/options.ts";
import type { WebSocketMessage } from "../../src/protocol/messages.ts";
import { FakeLogger } from "./fakes.ts";

function makeInbox(bounds: { maxUnreadMessages?: number; maxUnreadBytes?: number } = {}) {
  const announcer = createAnnouncer({ logger: new FakeLogger() });
  const refused: [message: WebSocketMessage, bound: string, limit: number][] = [];
  const options = resolveOptions({ url: "ws://localhost", ...bounds });
  const inbox = createInbox(options, announcer, (...refusal) => refused.push(refusal));
  return { announcer, inbox, refused, receive: (type: string, bytes = 1) => inbox.receive({ type }, bytes) };
}

/** Takes what a loop has ready, up to `count` messages. */
async function take(loop: AsyncIterator<WebSocketMessage>, count: number): Promise<string[]> {
  const types: string[] = [];
  for (let i = 0; i < count; i++) types.push((await loop.next()).value.type);
  return types;
}

Deno.test("Inbox.receive() hands messages to the handler at once", () => {
  const { announcer, receive } = makeInbox();
  const seen: string[] = [];
  announcer.handlers = { onMessage: ({ type }) => void seen.push(type) };

  receive("a");
  receive("b");

  assertEquals(seen, ["a", "b"]);
});

Deno.test("Inbox.wake() hands over what was kept, in order, before what comes later", async () => {
  const { announcer, inbox, receive } = makeInbox();
  const seen: string[] = [];
  receive("a");
  receive("b");

  announcer.handlers = { onMessage: ({ type }) => void seen.push(type) };
  inbox.wake();
  receive("c");
  await Promise.resolve();
  receive("d");

  assertEquals(seen, ["a", "b", "c", "d"]);
});

Deno.test("Inbox.wake() keeps messages while there is no reader", async () => {
  const { inbox, receive } = makeInbox();
  receive("a");

  inbox.wake();
  await Promise.resolve();

  assertEquals(await take(inbox.iterate(), 1), ["a"]);
});

Deno.test("Inbox.wake() stops handing over when the reader leaves", async () => {
  const { announcer, inbox, receive } = makeInbox();
  for (const type of ["a", "b", "c"]) receive(type);
  const seen: string[] = [];

  const off = announcer.on("message", ({ type }: WebSocketMessage) => {
    seen.push(type);
    off();
  });
  inbox.wake();
  await Promise.resolve();

  assertEquals([seen, await take(inbox.iterate(), 2)], [["a"], ["b", "c"]]);
});

Deno.test("Inbox.receive() refuses what nobody reads beyond the count, and tells the bound", () => {
  const { refused, receive } = makeInbox({ maxUnreadMessages: 2 });

  for (const type of ["a", "b", "c"]) receive(type);

  assertEquals(refused, [[{ type: "c" }, "messages", 2]]);
});

Deno.test("Inbox.receive() refuses what nobody reads beyond the bytes, and tells the bound", () => {
  const { refused, receive } = makeInbox({ maxUnreadBytes: 10 });

  receive("a", 10);
  receive("b", 1);

  assertEquals(refused, [[{ type: "b" }, "bytes", 10]]);
});

Deno.test("Inbox.iterate() reads what was kept and what comes while it waits", async () => {
  const { inbox, receive } = makeInbox();
  receive("a");
  const loop = inbox.iterate();

  const first = await take(loop, 1);
  const second = take(loop, 1);
  receive("b");

  assertEquals([first, await second], [["a"], ["b"]]);
});

Deno.test("Inbox.iterate() takes the messages in place of the handler, and listeners hear of them all the same", async () => {
  const { announcer, inbox, receive } = makeInbox();
  const handled: string[] = [];
  const heard: string[] = [];
  announcer.handlers = { onMessage: ({ type }) => void handled.push(type) };
  announcer.on("message", ({ type }: WebSocketMessage) => heard.push(type));
  const loop = inbox.iterate();
  const first = take(loop, 1);
  receive("a");

  assertEquals([await first, handled, heard], [["a"], [], ["a"]]);
});

Deno.test("Inbox.iterate() gives messages back to the handler when the loop is left", async () => {
  const { announcer, inbox, receive } = makeInbox();
  const seen: string[] = [];
  receive("a");
  receive("b");

  for await (const _ of inbox.iterate()) break;
  announcer.handlers = { onMessage: ({ type }) => void seen.push(type) };
  inbox.wake();
  await Promise.resolve();
  receive("c");

  assertEquals(seen, ["b", "c"]);
});

Deno.test("Inbox.iterate() ends when there will be no more messages and all are read", async () => {
  const { inbox, receive } = makeInbox();
  receive("a");
  inbox.setOpen(false);
  const seen: string[] = [];

  for await (const { type } of inbox.iterate()) seen.push(type);

  assertEquals(seen, ["a"]);
});

Deno.test("Inbox.setOpen() ends a loop that waits", async () => {
  const { inbox } = makeInbox();
  const end = inbox.iterate().next();

  inbox.setOpen(false);

  assertEquals((await end).done, true);
});

Deno.test("Inbox.setOpen() lets a new loop begin after the one before has ended", async () => {
  const { inbox, receive } = makeInbox();
  inbox.setOpen(false);
  await inbox.iterate().next();

  inbox.setOpen(true);
  receive("a");

  assertEquals(await take(inbox.iterate(), 1), ["a"]);
});

Deno.test("Inbox.iterate() rejects while another loop is running, which goes on", async () => {
  const { inbox, receive } = makeInbox();
  const loop = inbox.iterate();
  const first = take(loop, 1);

  await assertRejects(() => inbox.iterate().next(), TypeError, "twice");
  receive("a");

  assertEquals(await first, ["a"]);
});

Deno.test("Inbox.iterate() bounds what a slow loop has not read", async () => {
  const { inbox, refused, receive } = makeInbox({ maxUnreadMessages: 2 });
  const loop = inbox.iterate();
  const first = take(loop, 1);

  for (const type of ["a", "b", "c"]) receive(type);

  assertEquals([await first, refused.length, await take(loop, 1)], [["a"], 1, ["b"]]);
});

Deno.test("Inbox.iterate() can be left while it waits for a message, and gives the messages back to the handler", async () => {
  const { announcer, inbox, receive } = makeInbox();
  const seen: string[] = [];
  announcer.handlers = { onMessage: ({ type }) => void seen.push(type) };
  const loop = inbox.iterate();
  const next = loop.next();

  const left = await loop.return?.();
  receive("a");

  assertEquals([(await next).done, left?.done, seen], [true, true, ["a"]]);
});

Deno.test("Inbox.iterate() goes on when another loop that never began is left", async () => {
  const { inbox, receive } = makeInbox();
  const running = inbox.iterate();
  const first = take(running, 1);

  await inbox.iterate().return?.();
  receive("a");

  assertEquals(await first, ["a"]);
});

Deno.test("Inbox.iterate() can be the source of a stream that is cancelled", async () => {
  const { inbox, receive } = makeInbox();
  const reader = ReadableStream.from(inbox.iterate()).getReader();
  receive("a");
  const first = (await reader.read()).value?.type;

  await reader.cancel();

  assertEquals([first, (await reader.read()).done], ["a", true]);
});

Deno.test("Inbox.shift() takes out what was kept, the oldest first, with what it is accounted with", () => {
  const { inbox, receive } = makeInbox();
  for (const type of ["a", "b"]) receive(type, 5);

  const size = inbox.items.size;
  const taken = [inbox.shift(), inbox.shift(), inbox.shift()];

  assertEquals([size, taken], [2, [
    { message: { type: "a" }, bytes: 5 },
    { message: { type: "b" }, bytes: 5 },
    undefined,
  ]]);
});

Deno.test("Inbox.isLooped tells of a loop from its first step on, and Announcer.taken of what it takes", async () => {
  const { announcer, inbox, receive } = makeInbox();
  const types: string[] = [];
  announcer.taken = ({ type }) => void types.push(type);
  const loop = inbox.iterate();
  const before = inbox.isLooped;
  const first = loop.next();
  for (const type of ["a", "b"]) receive(type);

  await first;
  const during = inbox.isLooped;
  await loop.return!();

  assertEquals([types, before, during, inbox.isLooped], [["a"], false, true, false]);
});
