/**
 * What a client does whose dialogue is not loaded yet: nothing gets lost, and nothing overtakes.
 */

import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { RemoteError } from "../../src/errors.ts";
import { coldClient, sentAfterHello, settle, toldOf, warm } from "./fakes.ts";

Deno.test("WebSocketClient hands messages that nobody handles to onMessage at once, and loads nothing", async () => {
  const { socket, told } = await coldClient();

  socket.receive([{ type: "a" }, { type: "b" }]);

  assertEquals(toldOf(told, "message").map(({ type }) => type), ["a", "b"]);
});

Deno.test("WebSocketClient.handle() gets what comes while it is being loaded, in the order among all messages", async () => {
  const seen: unknown[] = [];
  const test = await coldClient({ handlers: { onMessage: ({ data }) => void seen.push(data) } });

  test.client.handle("handled", (data) => void seen.push(data));
  test.socket.receive([{ type: "a", data: 1 }, { type: "handled", data: 2 }, { type: "b", data: 3, $ack: true }]);
  const before = [...seen];
  await warm(test.client);

  assertEquals([before, seen, sentAfterHello(test.socket)], [[], [1, 2, 3], [{ type: "$ack", n: 3 }]]);
});

Deno.test("WebSocketClient.handle() gets what nobody had read before it was loaded", async () => {
  const { client, socket } = await coldClient();
  const off = client.on("message", () => {});
  off();
  socket.receive({ type: "a", data: 1 });

  const handled = new Promise((resolve) => client.handle("b", resolve));
  socket.receive({ type: "b", data: 2 });

  assertEquals(await handled, 2);
});

Deno.test("WebSocketClient refuses a question of the server that nobody handles", async () => {
  const { socket } = await coldClient();

  socket.receive({ type: "ask", id: 1 });
  await socket.until("$error");

  const [{ id, error }] = sentAfterHello(socket) as [{ id: number; error: { code: string } }];
  assertEquals([id, error.code], [1, "unknown_type"]);
});

Deno.test("WebSocketClient.reply() answers by hand what onMessage got", async () => {
  const { client, socket } = await coldClient({ handlers: { onMessage: ({ id }) => void client.reply(id!, "yes") } });

  socket.receive({ type: "ask", id: 1 });
  await socket.until("$reply");

  assertEquals(sentAfterHello(socket), [{ type: "$reply", id: 1, data: "yes" }]);
  assertEquals([client.reply(2, "too"), sentAfterHello(socket).length], ["sent", 2]);
  assertThrows(() => client.reply(3, () => {}), TypeError);
});

Deno.test("WebSocketClient takes answers and errors that come before anything was asked", async () => {
  const { client, socket, told } = await coldClient();

  socket.receive([
    { type: "$reply", id: "mine", data: 1 },
    { type: "$error", error: { code: "x", message: "No" } },
    { type: "$left", room: "a", code: "removed" },
    { type: "$cancel", id: 7 },
    { type: "last" },
  ]);
  await warm(client);

  const messages = toldOf(told, "message");
  const [error] = toldOf(told, "error");
  assertEquals(messages, [{ type: "reply", id: "mine", data: 1 }, { type: "last" }]);
  assertInstanceOf(error, RemoteError);
});

Deno.test("WebSocketClient keeps no more than it may of what comes while it is loading", async () => {
  const test = await coldClient({ maxUnreadMessages: 2 });
  const seen: unknown[] = [];
  test.client.handle("a", (data) => void seen.push(data));

  for (const data of [1, 2, 3]) test.socket.receive({ type: "a", data });
  await warm(test.client);
  await settle();

  assertEquals(seen, [1, 2]);
  assertEquals(toldOf(test.told, "message:dropped").map(({ direction, reason }) => [direction, reason]), [[
    "receive",
    "messages",
  ]]);
});
