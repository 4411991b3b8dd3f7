/** Tests of typed messages: which handler gets what, what is answered, and what nobody handles. */

import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { MessageError, UnknownTypeError } from "../../src/errors.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import type { MessageContext, WebSocketHandlers } from "../../src/server/types.ts";
import { connect, testPlatform, VirtualClock } from "../../src/testing/mod.ts";
import { gate, Rig } from "./tools/rig.ts";

Deno.test("WebSocketServer.handle() takes messages of its type in place of onMessage", () => {
  const rig = new Rig();
  const got: unknown[] = [];
  const received: string[] = [];
  rig.server.on("message:received", ({ message }) => received.push(message.type));
  rig.server.handle("chat", (data, { message, connection }) => void got.push([data, message.type, connection.isOpen]));
  const { socket } = rig.peer();

  socket.receives({ type: "chat", data: { text: "hi" } });
  socket.receives({ type: "other" });

  assertEquals(got, [[{ text: "hi" }, "chat", true]]);
  assertEquals(rig.messages, [{ type: "other" }]);
  assertEquals(received, ["chat", "other"]);
});

/** What a handler returns, and what a plain and a managed peer get for a message with an id. */
const REPLIES: readonly [returned: unknown, data: unknown][] = [
  [undefined, null],
  [null, null],
  [0, 0],
  ["", ""],
  [{ saved: true }, { saved: true }],
  [Promise.resolve([1]), [1]],
];

for (const isManaged of [false, true]) {
  const reply = isManaged ? "$reply" : "reply";
  const peer = isManaged ? "managed" : "plain";

  Deno.test(`WebSocketServer.handle() replies to a ${peer} peer if and only if the message has an id`, async () => {
    for (const [returned, data] of REPLIES) {
      const rig = new Rig();
      rig.server.handle("ask", () => returned);
      const { socket } = rig.peer({ isManaged });
      const before = socket.sent.length;

      for (const id of [7, "x", undefined, null, 1.5, "x".repeat(129)]) socket.receives({ type: "ask", id });
      await rig.settle();

      assertEquals(socket.messages.slice(before), [{ type: reply, id: 7, data }, { type: reply, id: "x", data }]);
    }
  });

  Deno.test(`WebSocketServer.handle() tells a ${peer} peer the code, sentence and data of a MessageError`, async () => {
    for (const isAsync of [false, true]) {
      const rig = new Rig();
      rig.server.handle("ask", () => {
        const error = new MessageError("odd", "Only even ones", { got: 3 });
        if (isAsync) return Promise.reject(error);
        throw error;
      });
      const { socket } = rig.peer({ isManaged });
      const before = socket.sent.length;

      socket.receives({ type: "ask", id: 1 });
      await rig.settle();

      const error = { code: "odd", message: "Only even ones", data: { got: 3 } };
      assertEquals(socket.messages.slice(before), [{ type: isManaged ? "$error" : "error", id: 1, error }]);
      assertEquals(rig.errors, []);
    }
  });
}

Deno.test("WebSocketServer.handle() tells nothing to a plain peer that asked for no answer, whatever happens", async () => {
  const rig = new Rig();
  rig.server.handle("ask", () => Promise.reject(new MessageError("odd", "Only even ones")));
  rig.server.handle("break", () => {
    throw new Error("secret");
  });
  const { socket } = rig.peer();

  socket.receives({ type: "ask" });
  socket.receives({ type: "break" });
  await rig.settle();

  assertEquals([socket.sent, rig.errorTexts], [[], ["secret"]]);
});

Deno.test("WebSocketServer.handle() answers what has no JSON form with internal_error, and tells the application", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  for (const value of [cyclic, 1n, () => {}, Symbol("x"), new Uint8Array(3)]) {
    const rig = new Rig();
    rig.server.handle("ask", () => value);
    const { socket } = rig.peer();

    socket.receives({ type: "ask", id: 1 });

    assertEquals(socket.messages, [{
      type: "error",
      id: 1,
      error: { code: "internal_error", message: "The server could not handle this message" },
    }]);
    assertEquals(rig.errors.length, 1);
  }
});

Deno.test("WebSocketServer.handle() answers an object whose toJSON gives nothing with internal_error", () => {
  for (const toJSON of [() => undefined, () => () => {}]) {
    const rig = new Rig();
    rig.server.handle("ask", () => ({ toJSON }));
    const { socket } = rig.peer({ isManaged: true });

    socket.receives({ type: "ask", id: 1 });

    assertEquals((socket.messages.at(-1) as { error: { code: string } }).error.code, "internal_error");
    assertEquals(rig.errorTexts.length, 1);
  }
});

Deno.test("WebSocketServer.handle() takes a MessageError whose data has no JSON form as a fault of the application", () => {
  const rig = new Rig();
  rig.server.handle("ask", () => {
    throw new MessageError("odd", "Only even ones", 1n);
  });
  const { socket } = rig.peer();

  socket.receives({ type: "ask", id: 1 });

  assertEquals((socket.messages[0] as { error: { code: string } }).error.code, "internal_error");
  assertEquals(rig.errors.length, 1);
});

Deno.test("WebSocketServer.handle() refuses a second handler for a type, and takes one when the first was removed", () => {
  const server = new WebSocketServer();
  const off = server.handle("chat", () => 1);

  assertThrows(() => server.handle("chat", () => 2), TypeError, 'a second handler for "chat"');
  off();
  off();
  server.handle("chat", () => 2);
});

Deno.test("what removes a handler does not remove the same function when it was added again", () => {
  const server = new WebSocketServer();
  const handler = () => 1;
  const off = server.handle("chat", handler);

  off();
  server.handle("chat", handler);
  off();

  assertThrows(() => server.handle("chat", handler), TypeError, "a second handler");
});

Deno.test("an answer is never answered: neither by a handler nor by an error", async () => {
  const rig = new Rig();
  rig.server.handle("reply", () => "thanks");
  rig.server.handlers = {};
  const { socket } = rig.peer();

  for (const type of ["reply", "error"]) socket.receives({ type, id: 1, error: {} });
  await rig.settle();
  assertEquals(socket.sent, []);
  const managed = rig.peer({ isManaged: true });
  managed.socket.receives({ type: "reply", id: 1 });

  assertEquals(managed.socket.messages.at(-1), { type: "$reply", id: 1, data: "thanks" });
});

Deno.test("handlers may be the methods of an object of a class, and are called on it", async () => {
  class Chat {
    count = 0;
    log: string[] = [];
    onConnect() {
      this.log.push("connect");
    }
    onMessage() {
      this.count++;
      throw new Error("no");
    }
    onClose() {
      this.log.push("close");
    }
    onError() {
      this.log.push("error");
    }
  }
  const chat = new Chat();
  const rig = new Rig();
  rig.server.handlers = chat;
  const { socket } = rig.peer();

  socket.receives("a");
  socket.isClosed(1000);
  await rig.settle();

  assertEquals([chat.count, chat.log], [1, ["connect", "error", "close"]]);
  const misspelt = { onMesage: () => {} } as unknown as WebSocketHandlers;
  assertThrows(() => rig.server.handlers = misspelt, TypeError, "onMesage");
});

Deno.test("handlers that are replaced while a message waits are not called for it any more", async () => {
  const open = gate();
  const rig = new Rig({ handlers: { onMessage: () => open.promise } });
  const { socket } = rig.peer();
  const got: unknown[] = [];

  for (const data of ["a", "b"]) socket.receives(data);
  rig.server.handlers = { onMessage: (_connection, { data }) => void got.push(data) };
  open.resolve();
  await rig.settle();

  assertEquals([rig.messages.map(({ data }) => data), got], [["a"], ["b"]]);
});

Deno.test("WebSocketServer.handle() says what is wrong with a type or a handler", () => {
  const server = new WebSocketServer();

  assertThrows(() => server.handle("$chat", () => {}), TypeError, 'does not begin with "$"');
  assertThrows(() => server.handle("", () => {}), TypeError, "must be a string");
  assertThrows(() => server.handle(5 as unknown as string, () => {}), TypeError, "current value is number");
  assertThrows(() => server.handle("chat", 5 as unknown as () => void), TypeError, "must be a function");
});

Deno.test("WebSocketServer.handle() treats types like __proto__ and error as plain names", () => {
  const names = ["__proto__", "constructor", "then", "error", "close", "message", "toString"];
  const rig = new Rig();
  const got: unknown[] = [];
  for (const name of names.slice(0, 3)) rig.server.handle(name, (data) => void got.push([name, data]));
  const { socket } = rig.peer();

  for (const type of names) socket.receives({ type, data: 1 });

  assertEquals(got, names.slice(0, 3).map((name) => [name, 1]));
  assertEquals(rig.messages.map(({ type }) => type), names.slice(3));
  assertEquals(rig.errors, []);
});

Deno.test("WebSocketServer.handle() may take over pings", () => {
  const rig = new Rig();
  rig.server.handle("ping", (data) => ({ got: data }));
  const { socket } = rig.peer();

  socket.receives({ type: "ping", data: 1, id: 2 });

  assertEquals(socket.messages, [{ type: "reply", id: 2, data: { got: 1 } }]);
});

Deno.test("a message that nobody handles is counted, told once for each type, and answered where that was asked for", async () => {
  const clock = new VirtualClock();
  const errors: Error[] = [];
  const server = new WebSocketServer({
    platform: testPlatform(clock),
    handlers: { onError: (_conn, error) => void errors.push(error) },
  });
  server.handle("known", () => {});
  await using client = await connect(server);

  for (const id of [1, undefined, 2]) client.send({ type: "new\u001b", id });
  client.send({ type: "newer", id: 3 });

  const error = { code: "unknown_type", message: "The server has no handler for messages of this type" };
  assertEquals([await client.next(), await client.next(), await client.next()], [
    { type: "error", id: 1, error },
    { type: "error", id: 2, error },
    { type: "error", id: 3, error },
  ]);
  assertEquals(server.getStats().messagesUnhandled, 4);
  assertEquals(errors.map((each) => each instanceof UnknownTypeError ? each.type : each), ["new\\u001b", "newer"]);
});

Deno.test("a server that sorts nothing by type takes no message for unknown", async () => {
  const rig = new Rig();
  rig.server.handlers = { onError: (_conn, error) => void rig.errors.push(error) };
  const { socket } = rig.peer();

  socket.receives({ type: "chat", id: 1 });
  await rig.settle();

  assertEquals([socket.sent, rig.errors, rig.server.getStats().messagesUnhandled], [[], [], 1]);
});

Deno.test("a server that sorts messages by their room alone tells who asks for what it does not know", () => {
  const rig = new Rig();
  rig.server.handlers = { onError: (_conn, error) => void rig.errors.push(error) };
  rig.server.room("a", { handlers: { chat: () => {} } });
  const { socket } = rig.peer({ isManaged: true });

  socket.receives({ type: "caht", id: 1, room: "a" });

  assertEquals((socket.messages.at(-1) as { error: { code: string } }).error.code, "unknown_type");
  assertInstanceOf(rig.errors[0], UnknownTypeError);
});

Deno.test("MessageContext.signal is aborted when a managed peer gives up, and nothing is answered then", async () => {
  const rig = new Rig();
  const contexts: MessageContext[] = [];
  rig.server.handle("slow", (_data, context) => {
    contexts.push(context);
    return new Promise((_resolve, reject) =>
      context.signal.addEventListener("abort", () => reject(context.signal.reason))
    );
  });
  const { socket } = rig.peer({ isManaged: true });
  const before = socket.sent.length;

  socket.receives({ type: "slow", id: 5, $timeoutMs: 2_000 });
  assertEquals(contexts[0]!.deadline?.getTime(), rig.clock.date() + 2_000);
  assertEquals(contexts[0]!.message, { type: "slow", id: 5 });
  socket.receives({ type: "$cancel", id: 6 });
  assertEquals(contexts[0]!.signal.aborted, false);
  socket.receives({ type: "$cancel", id: 5 });
  await rig.settle();

  assertEquals(contexts[0]!.signal.aborted, true);
  assertEquals([socket.sent.length, rig.errors], [before, []]);
});

Deno.test("MessageContext.signal is aborted when the peer goes", async () => {
  const rig = new Rig();
  let signal: AbortSignal | undefined;
  rig.server.handle("slow", (_data, context) => {
    const { promise } = gate();
    signal = context.signal;
    return promise;
  });
  const { socket } = rig.peer();

  socket.receives({ type: "slow", id: 5 });
  socket.isClosed(1001, "bye");
  await rig.settle();

  assertEquals([signal!.aborted, (signal!.reason as { closeCode: number }).closeCode], [true, 1001]);
});

Deno.test("a request that is cancelled while it waits is not handled", async () => {
  const rig = new Rig();
  const open = gate();
  const handled: unknown[] = [];
  rig.server.handle("slow", (data) => {
    handled.push(data);
    return open.promise;
  });
  const { socket } = rig.peer({ isManaged: true });

  for (const id of [1, 2, 3]) socket.receives({ type: "slow", id, data: id });
  socket.receives({ type: "$cancel", id: 2 });
  open.resolve();
  await rig.settle();

  assertEquals(handled, [1, 3]);
});

Deno.test("a handler's answer after its deadline is told to nobody", async () => {
  const rig = new Rig({ handlerTimeoutMs: 1_000 });
  const open = Promise.withResolvers<string>();
  let signal: AbortSignal | undefined;
  rig.server.handle("slow", (_data, context) => {
    signal = context.signal;
    return open.promise;
  });
  const { socket } = rig.peer();

  socket.receives({ type: "slow", id: 1 });
  await rig.clock.advance(1_050);
  open.resolve("late");
  await rig.settle();

  assertEquals(socket.messages, [{
    type: "error",
    id: 1,
    error: { code: "timeout", message: "The server took too long to handle this message" },
  }]);
  assertEquals(signal!.aborted, true);
});

Deno.test("WebSocketConnection.reply() answers by hand, in the form that the peer understands", () => {
  const rig = new Rig({
    handlers: {
      onMessage: (connection, { id }) => {
        connection.reply(id!, { ok: true });
      },
    },
  });
  const plain = rig.peer();
  const managed = rig.peer({ isManaged: true });

  plain.socket.receives({ type: "ask", id: 1 });
  managed.socket.receives({ type: "ask", id: "a" });

  assertEquals(plain.socket.messages, [{ type: "reply", id: 1, data: { ok: true } }]);
  assertEquals(managed.socket.messages.at(-1), { type: "$reply", id: "a", data: { ok: true } });
});

Deno.test("WebSocketConnection.reply() is the only answer that its message gets, whatever comes after it", async () => {
  const rig = new Rig({
    handlerTimeoutMs: 1_000,
    handlers: {
      onMessage: (connection, { type, id }) => {
        if (type === "fails") throw new Error("before it answered");
        if (type === "rejects") {
          return Promise.resolve().then(() => connection.reply(id!)).then(() => Promise.reject(new Error("later")));
        }
        connection.reply(id!, "by hand");
        if (type === "hangs") return new Promise<void>(() => {});
        throw new Error("after it answered");
      },
    },
  });
  rig.server.handle("now", (_data, { connection, message }) => {
    connection.reply(message.id!, "by hand");
    return "returned";
  });
  rig.server.handle("later", async (_data, { connection, message }) => {
    await Promise.resolve();
    connection.reply(message.id!, "by hand");
    return "returned";
  });

  for (const type of ["now", "later", "throws", "rejects", "hangs"]) {
    const { socket } = rig.peer();
    socket.receives({ type, id: 1 });
    await rig.clock.advance(1_050);
    assertEquals(socket.sent.length, 1, type);
    socket.receives({ type: "fails", id: 1 });
    await rig.settle();
    assertEquals(socket.messages.slice(1).map((message) => (message as { type: string }).type), ["error"], type);
  }
});

Deno.test("WebSocketConnection.reply() stays the only answer while other messages are handled", async () => {
  const rig = new Rig({
    concurrency: 2,
    handlerTimeoutMs: 1_000,
    handlers: {
      onMessage: (connection, { type, id }) => {
        connection.reply(id!);
        return type === "hangs" ? new Promise<void>(() => {}) : undefined;
      },
    },
  });
  const { socket } = rig.peer();

  for (const [type, id] of [["hangs", 1], ["returns", 2]]) socket.receives({ type: type!, id });
  await rig.clock.advance(1_050);

  assertEquals(socket.messages, [{ type: "reply", id: 1, data: null }, { type: "reply", id: 2, data: null }]);
});

Deno.test("a middleware's other message is what the handler gets, and the first one's id what is answered", () => {
  const rig = new Rig();
  rig.server.use({ message: (_conn, message, next) => next({ ...message, data: 2 }) });
  rig.server.handle("double", (data, { message }) => [data * 2, message.data]);
  const { socket } = rig.peer();

  socket.receives({ type: "double", data: 1, id: 9 });

  assertEquals(socket.messages, [{ type: "reply", id: 9, data: [4, 2] }]);
});

Deno.test("a middleware that throws a MessageError refuses the message, and the handler never sees it", () => {
  const rig = new Rig();
  const handled: unknown[] = [];
  rig.server.use({
    message: () => {
      throw new MessageError("rate_limited", "Too many");
    },
  });
  rig.server.handle("ask", () => handled.push(1));
  const { socket } = rig.peer();

  socket.receives({ type: "ask", id: 1 });

  assertEquals(socket.messages, [{ type: "error", id: 1, error: { code: "rate_limited", message: "Too many" } }]);
  assertEquals([handled, rig.errors], [[], []]);
  assertInstanceOf(rig.server, WebSocketServer);
});
