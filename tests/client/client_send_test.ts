import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { OutboxFullError } from "../../src/errors.ts";
import { connectManaged, connectPlain, managedClient, plainClient, toldOf, WELCOME } from "./fakes.ts";

Deno.test("WebSocketClient.send() hands text, bytes and JSON to an open connection", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);

  const outcomes = ["text", new Uint8Array([1, 2]), { type: "a" }, [1], 5, null, true].map((message) =>
    test.client.send(message)
  );

  assertEquals(outcomes, new Array(7).fill("sent"));
  assertEquals(socket.sent, ["text", new Uint8Array([1, 2]), '{"type":"a"}', "[1]", "5", "null", "true"]);
});

Deno.test("WebSocketClient.send() queues before connect() and sends in order when the connection opens", async () => {
  const test = plainClient({
    handlers: { onOpen: () => void test.client.send("from onOpen") },
  });
  const outcomes = ["a", "b"].map((text) => test.client.send(text));
  const waiting = test.client.queuedMessages;

  const socket = await connectPlain(test);
  outcomes.push(test.client.send("c"));

  assertEquals([outcomes, waiting, test.client.queuedMessages], [["queued", "queued", "sent"], 2, 0]);
  assertEquals(socket.sent, ["a", "b", "from onOpen", "c"]);
});

Deno.test("WebSocketClient.send() queues while reconnecting and sends in order afterwards", async () => {
  const test = plainClient();
  const { client, platform } = test;
  (await connectPlain(test)).end(1006, "", false);
  const outcomes = [client.send("a")];
  platform.advance(250);
  outcomes.push(client.send("b"));

  const socket = await platform.nextSocket();
  socket.open();

  assertEquals([outcomes, socket.sent], [["queued", "queued"], ["a", "b"]]);
});

Deno.test("WebSocketClient.send() queues when the socket is closing already and no one was told", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);
  socket.readyState = 2;

  assertEquals([test.client.send("a"), socket.sent], ["queued", []]);
});

Deno.test("WebSocketClient.send() says closed when the client is closing or closed", async () => {
  const test = plainClient();
  const socket = await connectPlain(test);

  const closed = test.client.disconnect();
  const outcomes = [test.client.send("a")];
  socket.end();
  await closed;
  outcomes.push(test.client.send("b"));

  assertEquals([outcomes, socket.sent], [["closed", "closed"], []]);
});

Deno.test("WebSocketClient.send() tells of a message that the outbox has no room for", () => {
  const { client, told } = plainClient({ maxQueuedMessages: 1 });
  client.send("a");

  const outcome = client.send("b");

  assertEquals(outcome, "dropped");
  assertEquals(toldOf(told, "message:dropped"), [{ direction: "send", message: "b", reason: "messages" }]);
  const [error] = toldOf(told, "error");
  assertInstanceOf(error, OutboxFullError);
  assertEquals([error.code, error.bound, error.limit], ["outbox_full", "messages", 1]);
});

Deno.test("WebSocketClient.send() with no outbox drops what cannot be sent at once", () => {
  const { client } = plainClient({ maxQueuedMessages: 0 });

  assertEquals(client.send("a"), "dropped");
});

Deno.test("WebSocketClient tells of messages that waited too long, at the next attempt", async () => {
  const test = plainClient({ maxQueuedAgeMs: 1_000, reconnect: { baseDelayMs: 4_000 } });
  const { client, platform, told } = test;
  (await connectPlain(test)).end(1006, "", false);
  client.send("a");

  platform.advance(2_000);
  (await platform.nextSocket()).open();

  assertEquals(toldOf(told, "message:dropped"), [{ direction: "send", message: "a", reason: "age" }]);
  assertEquals(platform.sockets[1]?.sent, []);
});

Deno.test("WebSocketClient tells of messages that still wait when it closes, and keeps none", async () => {
  const test = plainClient();
  test.client.send("a");
  test.client.send("b");

  await test.client.disconnect();

  assertEquals(toldOf(test.told, "message:dropped"), [
    { direction: "send", message: "a", reason: "closed" },
    { direction: "send", message: "b", reason: "closed" },
  ]);
  assertEquals([toldOf(test.told, "error"), test.client.queuedMessages], [[], 0]);
});

Deno.test("WebSocketClient.send() drops messages while too much waits in the socket", async () => {
  const test = plainClient({ maxBufferedBytes: 100 });
  const socket = await connectPlain(test);

  socket.bufferedAmount = 100;
  const outcomes = [test.client.send("a")];
  socket.bufferedAmount = 101;
  outcomes.push(test.client.send("b"));

  assertEquals([outcomes, socket.sent, test.client.bufferedAmount], [["sent", "dropped"], ["a"], 101]);
  const [error] = toldOf(test.told, "error");
  assertEquals([(error as OutboxFullError).bound, (error as OutboxFullError).limit], ["buffered", 100]);
});

Deno.test("WebSocketClient.send() drops what is larger than the server said that it takes", async () => {
  const test = managedClient();
  const socket = await connectManaged(test, { ...WELCOME, maxMessageBytes: 100 });
  const sent = socket.sent.length;

  const outcomes = ["ä".repeat(70), "ä".repeat(10), new Uint8Array(99), new Uint8Array(98)].map((message) =>
    test.client.send(message)
  );

  assertEquals([outcomes, socket.sent.length - sent], [["dropped", "sent", "dropped", "sent"], 2]);
  assertEquals(toldOf(test.told, "message:dropped").map(({ reason }) => reason), ["size", "size"]);
  assertEquals(toldOf(test.told, "error").map((error) => (error as OutboxFullError).limit), [100, 100]);
});

Deno.test("WebSocketClient.bufferedAmount is 0 without a connection", () => {
  assertEquals(plainClient().client.bufferedAmount, 0);
});

const cycle: { self?: unknown } = {};
cycle.self = cycle;

for (
  const [what, nonsense] of [
    ["undefined", undefined],
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    ["a BigInt", 5n],
    ["a cycle", cycle],
    ["a Blob", new Blob(["x"])],
  ] as const
) {
  Deno.test(`WebSocketClient.send() throws for ${what}, in every state and protocol`, async () => {
    for (const test of [plainClient(), managedClient()]) {
      assertThrows(() => test.client.send(nonsense as string), TypeError);
      await test.client.disconnect();
      assertThrows(() => test.client.send(nonsense as string), TypeError);
    }
  });
}

Deno.test("WebSocketClient.send() throws for a type of the protocol with the managed one, not with the plain one", () => {
  assertThrows(() => managedClient().client.send({ type: "$ping" }), TypeError, '"$"');
  assertEquals(plainClient().client.send({ type: "$ping" }), "queued");
});

Deno.test("WebSocketClient.send() keeps the bytes and the object as they were when it was called", async () => {
  const test = plainClient();
  const bytes = new Uint8Array([1, 2, 3]);
  const message = { type: "a", data: "before" };
  test.client.send(bytes.buffer);
  test.client.send(new DataView(bytes.buffer, 1, 1));
  test.client.send(message);

  bytes.fill(9);
  message.data = "after";
  const socket = await connectPlain(test);

  assertEquals(socket.sent, [new Uint8Array([1, 2, 3]), new Uint8Array([2]), '{"type":"a","data":"before"}']);
});
