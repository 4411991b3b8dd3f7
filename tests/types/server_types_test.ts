/**
 * The types of the server: that they follow from what it is given, and that wrong uses are refused. What counts is that
 * this file type-checks; the tests run what can be run of it.
 */

import { assertEquals } from "@std/assert";
import { z } from "zod";
import {
  type CloseInfo,
  defineContract,
  type MessageContext,
  type MessageHandler,
  type RoomRule,
  type Selection,
  type WebSocketConnection,
  type WebSocketHandlers,
  type WebSocketMessage,
  type WebSocketMiddleware,
  type WebSocketPlugin,
  WebSocketServer,
} from "../../mod.ts";
import { testPlatform, VirtualClock } from "../../src/testing/mod.ts";

/** Whether two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

function holds<_ extends true>(): void {}

const platform = testPlatform(new VirtualClock());

const CONTRACT = defineContract({
  client: { say: z.object({ text: z.string() }), wave: z.undefined() },
  server: { said: z.object({ by: z.string(), at: z.coerce.date() }) },
  requests: {
    add: { data: z.tuple([z.number(), z.number()]), reply: z.number() },
    sure: { data: z.string(), reply: z.boolean(), from: "server" },
  },
  rooms: { "chat/{id}": { data: z.object({ nick: z.string() }), reply: z.object({ count: z.number() }) } },
});

Deno.test("a server without anything takes any message, and its data is a record", () => {
  const server = new WebSocketServer({ platform });
  server.handle("any", (data, { connection }) => {
    holds<Same<typeof connection.data, Record<string, unknown>>>();
    return data.whatever;
  });
  server.broadcast({ type: "x", anything: 1 });
  server.broadcast("text", { room: ["a", "b"], exceptRoom: "c" });
  server.room("a/{b}/{c}", {
    join: ({ params, data }) => {
      holds<Same<typeof params, { readonly b: string; readonly c: string }>>();
      return data;
    },
  });
  // @ts-expect-error -- a connection has no such method
  server.select(() => true).shout;

  assertEquals(server.rooms.size, 0);
});

Deno.test("a handler may name the server that it is given to, with every other option", () => {
  const server = new WebSocketServer({
    platform,
    authenticate: ({ token }) => token === undefined ? null : { userId: token, visits: 0 },
    contract: CONTRACT,
    handlers: {
      onConnect: (conn) => {
        holds<Same<typeof conn.data, { userId: string; visits: number }>>();
        server.broadcast({ type: "said", data: { by: conn.data.userId, at: "2030-01-01" } });
      },
      onMessage: (conn, message) => {
        if (message.type === "say") holds<Same<typeof message.data, { text: string }>>();
        server.broadcast("text", conn.id);
      },
      onClose: async (_conn, { code }) => {
        await Promise.resolve(code);
        server.closeAll();
      },
    },
  });

  assertEquals(server.connections.size, 0);
});

Deno.test("the type of a connection's data follows from authenticate, also from an asynchronous one", () => {
  const user: { id: number } | undefined = { id: 5 };
  const found = new WebSocketServer({ platform, authenticate: () => Promise.resolve(user && { userId: "a", user }) });
  const refusing = new WebSocketServer({
    platform,
    authenticate: async ({ headers }) => {
      if (headers.get("x") === null) return new Response(null, { status: 403 });
      return await Promise.resolve({ name: "ann" });
    },
  });
  const made = new WebSocketServer({ platform, data: ({ params }) => ({ room: params.room }) });

  found.use({ message: ({ data }) => holds<Same<typeof data, { userId: string; user: { id: number } }>>() });
  refusing.handle("x", (_data, { connection }) => {
    holds<Same<typeof connection.data, { name: string }>>();
  });
  for (const { data } of made.connections) holds<Same<typeof data, { room: string | undefined }>>();
  // @ts-expect-error -- the data has no such member
  found.use({ message: ({ data }) => void data.age });

  assertEquals(found.connections.size, 0);
});

Deno.test("a contract gives types to handlers, and refuses what it does not have", () => {
  const server = new WebSocketServer({ platform, contract: CONTRACT });
  server.handle("say", (data) => {
    holds<Same<typeof data, { text: string }>>();
  });
  server.handle("add", ([a, b], context) => {
    holds<Same<typeof context.connection, WebSocketConnection<Record<string, unknown>, typeof CONTRACT>>>();
    return a + b;
  });
  server.room("chat/{id}", {
    join: ({ data, params }) => {
      holds<Same<typeof data, { nick: string }>>();
      holds<Same<typeof params, { readonly id: string }>>();
      return { count: 1 };
    },
    handlers: { say: (data) => void data.text },
  });
  function wrong(): void {
    // @ts-expect-error -- no client sends this type
    server.handle("said", () => {});
    // @ts-expect-error -- the answer is a number
    server.handle("add", () => "five");
    // @ts-expect-error -- the contract has no such rooms
    server.room("lobby");
    // @ts-expect-error -- the answer has a count
    server.room("chat/{id}", { join: () => ({ total: 1 }) });
    // @ts-expect-error -- the server does not send this type
    server.broadcast({ type: "say", data: { text: "x" } });
    // @ts-expect-error -- something is missing in the data
    server.broadcast({ type: "said", data: { by: "ann" } });
    // @ts-expect-error -- there is no such connection either way, and no such message
    server.send("id", { type: "other" });
  }

  assertEquals(typeof wrong, "function");
});

Deno.test("a contract gives types to requests of the server", async () => {
  const server = new WebSocketServer({ platform, contract: CONTRACT });
  async function ask(connection: WebSocketConnection<unknown, typeof CONTRACT>): Promise<boolean> {
    const sure = await connection.request("sure", "really?", { timeoutMs: 5 });
    holds<Same<typeof sure, boolean>>();
    // @ts-expect-error -- the server does not ask this
    await connection.request("add", [1, 2]);
    // @ts-expect-error -- the question is a string
    await connection.request("sure", 5);
    return sure;
  }
  const results = await server.select(() => true).request("sure", "really?");
  for (const result of results) {
    if (result.status === "fulfilled") holds<Same<typeof result.value, boolean>>();
  }

  assertEquals([results, typeof ask], [[], "function"]);
});

Deno.test("a function that takes any connection takes one with data and a contract of its own", () => {
  const server = new WebSocketServer({ platform, contract: CONTRACT, data: () => ({ name: "ann" }) });
  function nameOf(connection: { readonly data: { readonly name: string }; readonly id: string }): string {
    return connection.data.name + connection.id;
  }

  assertEquals([...server.connections].map(nameOf), []);
});

/** An interface, which has no index signature: it is no `Record<string, unknown>`. */
interface User {
  readonly userId: string;
  readonly name: string;
}

type C = typeof CONTRACT;

function userServer(handlers: WebSocketHandlers<User, C> = {}): WebSocketServer<User, C> {
  return new WebSocketServer({
    platform,
    contract: CONTRACT,
    authenticate: (): User => ({ userId: "u1", name: "ann" }),
    handlers,
  });
}

Deno.test("a function that takes a WebSocketConnection takes one of every server", () => {
  function any(connection: WebSocketConnection): string {
    connection.send({ type: "anything" });
    return connection.id;
  }
  function ofUsers(connection: WebSocketConnection<User>): string {
    holds<Same<typeof connection.data, User>>();
    return connection.data.name;
  }
  function unknown(connection: WebSocketConnection<unknown>): string {
    return connection.id;
  }
  function exact(connection: WebSocketConnection<User, C>): string {
    connection.send({ type: "said", data: { by: "ann", at: "2030-01-01" } });
    // @ts-expect-error -- the server does not send this
    connection.send({ type: "say" });
    return connection.id;
  }
  const server = userServer();
  for (const connection of server.connections) {
    any(connection);
    ofUsers(connection);
    unknown(connection);
    exact(connection);
  }
  for (const connection of new WebSocketServer({ platform }).connections) {
    any(connection);
    unknown(connection);
    // @ts-expect-error -- the data of these is no user
    ofUsers(connection);
  }
  server.on("message:received", ({ connection }) => ofUsers(connection));
  server.select((connection) => ofUsers(connection) === "ann");
  server.broadcast("x", { where: (connection) => ofUsers(connection) === "ann" });
  function selected(selection: Selection<User, C>): number {
    return selection.send({ type: "said", data: { by: "ann", at: "2030-01-01" } }).sent;
  }

  assertEquals(selected(server.toUser("u1")), 0);
});

Deno.test("handlers may be written apart from the server: as an object, or as a class", () => {
  const apart: WebSocketHandlers<User, C> = {
    onConnect: (connection) => holds<Same<typeof connection.data, User>>(),
    onMessage: (_connection, message) => {
      if (message.type === "say") holds<Same<typeof message.data, { text: string }>>();
    },
  };
  class Chat implements WebSocketHandlers<User, C> {
    count = 0;
    onConnect(connection: WebSocketConnection<User, C>): void {
      this.count += connection.data.name.length;
    }
    onClose(_connection: WebSocketConnection, { code }: CloseInfo): void {
      this.count -= code;
    }
  }
  const open: WebSocketHandlers = { onMessage: (connection, message) => void connection.send(message) };
  const server = userServer(apart);
  server.handlers = { ...server.handlers, onError: () => {} };
  server.handlers = new Chat();
  const other = new WebSocketServer({ platform, handlers: open });
  holds<Same<(typeof other)["connections"] extends Iterable<infer Each> ? Each["data" & keyof Each] : never, Data>>();

  assertEquals(other.connections.size, 0);
});

type Data = Record<string, unknown>;

Deno.test("message handlers and rules of rooms may be written apart from the server", () => {
  const add: MessageHandler<User, C, "add"> = ([a, b], { connection }) => a + b + connection.data.name.length;
  const later: MessageHandler<User, C, "add"> = async ([a]) => await Promise.resolve(a);
  const any: MessageHandler = (data, { signal }) => signal.aborted ? data : undefined;
  // @ts-expect-error -- the answer is a number
  const wrong: MessageHandler<User, C, "add"> = () => "five";
  const rule: RoomRule<User, C, "chat/{id}"> = {
    join: ({ data, params, connection }) => ({ count: (data.nick + params.id + connection.data.name).length }),
    handlers: { say: ({ text }, { room }) => void (text + room) },
  };
  class Rule implements RoomRule<User, C, "chat/{id}"> {
    count = 0;
    join(): { count: number } {
      return { count: ++this.count };
    }
  }
  const everywhere: RoomRule = { join: ({ room }) => room };
  const server = userServer();
  const open = new WebSocketServer({ platform });
  for (const handler of [add, later]) server.handle("add", handler)();
  server.handle("add", (_data, context) => {
    const own: MessageContext<User, C> = context;
    const anybodys: MessageContext = context;
    return own.deadline === anybodys.deadline ? 1 : 0;
  });
  open.handle("any", any);
  open.room("*", everywhere);
  server.room("chat/{id}", rule)();
  server.room("chat/{id}", new Rule())();

  assertEquals([typeof wrong, typeof rule.join], ["function", "function"]);
});

Deno.test("a middleware or a plugin that names no server fits all of them", () => {
  const layer: WebSocketMiddleware = { message: (_connection, _message, next) => next() };
  const plugin: WebSocketPlugin = {
    name: "all",
    install(host) {
      host.use(layer);
      host.handle("wave", (data) => data);
    },
  };
  const careful: WebSocketMiddleware<unknown> = { message: ({ id }, message, next) => next({ ...message, id }) };
  const ours: WebSocketPlugin<User> = {
    name: "ours",
    install: ({ connections }) => {
      for (const { data } of connections) holds<Same<typeof data, User>>();
    },
  };
  const server = userServer();
  for (const each of [layer, plugin, careful, ours]) server.use(each);
  server.use({ connection: ({ data }, next) => data.name === "ann" ? next() : new Response(null, { status: 403 }) });
  const open = new WebSocketServer({ platform });
  for (const each of [layer, careful]) open.use(each);
  // @ts-expect-error -- install does not wait
  const slow: WebSocketPlugin = { name: "slow", install: async () => await Promise.resolve() };

  assertEquals([server.connections.size, slow.name], [0, "slow"]);
});

Deno.test("a server may be extended, and given to a function that takes servers with any contract", () => {
  class Chat extends WebSocketServer<User, C> {
    constructor() {
      super({ platform, contract: CONTRACT, authenticate: () => ({ userId: "u1", name: "ann" }) });
    }
    say(by: string): number {
      return this.broadcast({ type: "said", data: { by, at: "2030-01-01" } }).sent;
    }
  }
  function size(server: WebSocketServer<User>): number {
    return server.connections.size;
  }

  assertEquals([new Chat().say("ann"), size(new Chat())], [0, 0]);
});

Deno.test("a loop over a connection gives what the contract says", () => {
  async function typed(connection: WebSocketConnection<User, C>): Promise<void> {
    for await (const message of connection) {
      if (message.type === "say") holds<Same<typeof message.data, { text: string }>>();
      // @ts-expect-error -- no client sends this type
      if (message.type === "other") break;
    }
  }
  async function open(connection: WebSocketConnection): Promise<void> {
    for await (const message of connection) holds<Same<typeof message, WebSocketMessage>>();
  }

  assertEquals([typeof typed, typeof open], ["function", "function"]);
});
