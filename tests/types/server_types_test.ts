/**
 * The types of the server: that they follow from what it is given, and that wrong uses are refused. What counts is that
 * this file type-checks; the tests run what can be run of it.
 */

import { assertEquals } from "@std/assert";
import { z } from "zod";
import { defineContract, type WebSocketConnection, WebSocketServer } from "../../mod.ts";
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
