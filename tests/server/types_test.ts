/**
 * Tests of types: what must compile does, and what must not does not. The checker decides; the functions only run to be
 * seen, without a peer.
 */

import { assertEquals } from "@std/assert";
import {
  type BroadcastOutcome,
  getWebSocketServer,
  type Handshake,
  initWebSocket,
  type SendOutcome,
  type WebSocketConfig,
  type WebSocketConnection,
  type WebSocketHandlers,
  type WebSocketMessage,
  WebSocketServer,
  type WebSocketStats,
} from "../../mod.ts";

/** Compiles where both are the same type, `any` being the same as nothing else. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

function same<A, B>(_isSame: Same<A, B>): void {}

async function save(_value: unknown): Promise<number> {
  await Promise.resolve();
  return 1;
}

Deno.test("a server may be named in its own handlers, in blocks", () => {
  const server = new WebSocketServer({
    path: "/ws",
    handlers: {
      onConnect: (conn) => {
        conn.send({ type: "welcome", message: "hello" });
      },
      onMessage: (conn, message) => {
        server.broadcast({ type: "message", data: message }, conn.id);
      },
      onClose: (_conn, { code, reason, wasClean, resumable, error }) => {
        server.broadcast({ type: "left", code, reason, wasClean, resumable, error: error?.message });
      },
      onError: (conn, error) => {
        server.send(conn?.id ?? "", error.message);
      },
    },
    heartbeatInterval: 30_000,
  });

  same<typeof server, WebSocketServer<Record<string, unknown>>>(true);
});

Deno.test("a server may be named in its own handlers, in expressions", () => {
  const server = new WebSocketServer({
    handlers: {
      onConnect: (conn) => conn.send({ type: "welcome" }),
      onMessage: (_conn, message) => server.broadcast({ type: "message", data: message }),
      onClose: (conn) => server.broadcast({ type: "left", id: conn.id }),
      onError: () => server.closeAll(),
    },
  });

  same<typeof server, WebSocketServer<Record<string, unknown>>>(true);
});

Deno.test("a server may be named in its own handlers, in asynchronous ones", () => {
  const server = new WebSocketServer({
    handlers: {
      onConnect: async (conn) => {
        await save(conn.id);
        server.broadcast({ type: "joined" });
      },
      onMessage: async (_conn, message) => {
        await save(message);
        server.broadcast(message);
      },
      onClose: async () => {
        await save(server.getStats());
      },
    },
  });

  same<typeof server, WebSocketServer<Record<string, unknown>>>(true);
});

Deno.test("a server may be named in its own handlers beside the option data", () => {
  const server = new WebSocketServer({
    data: (handshake) => ({ name: handshake.userAgent, isAdmin: false }),
    handlers: {
      onConnect: (conn) => {
        server.broadcast({ type: "joined", name: conn.data.name });
      },
      onMessage: (conn, message) =>
        server.broadcast(message, { where: (other) => other.data.isAdmin && other !== conn }),
    },
  });

  same<typeof server, WebSocketServer<{ name: string; isAdmin: boolean }>>(true);
});

Deno.test("a server may be declared first, and its handlers later", () => {
  const server = new WebSocketServer();

  server.handlers = {
    onMessage: (conn, message) => {
      server.broadcast(message, conn.id);
    },
  };
});

Deno.test("the type of a connection's data is that of what data returns", () => {
  const server = new WebSocketServer({
    data: ({ cookies }: Handshake) => ({ user: cookies.user, count: 0 }),
    handlers: {
      onConnect: (conn) => {
        same<typeof conn, WebSocketConnection<{ user: string | undefined; count: number }>>(true);
        conn.data.count++;
        // @ts-expect-error -- there is no such field
        conn.data.cuont;
        // @ts-expect-error -- it is a number
        conn.data = { user: "x", count: "1" };
      },
      onError: (conn) => {
        same<typeof conn, WebSocketConnection<{ user: string | undefined; count: number }> | undefined>(true);
      },
    },
  });

  for (const conn of server.connections) same<typeof conn.data.count, number>(true);
  same<
    ReturnType<typeof server.getConnection>,
    WebSocketConnection<{ user: string | undefined; count: number }> | undefined
  >(
    true,
  );
  server.select(({ data }) => data.count > 1);
  // @ts-expect-error -- there is no such field
  server.select(({ data }) => data.nothing);
  server.on("connection:added", ({ data }) => same<typeof data.count, number>(true));
  server.use({ message: ({ data }, _message, next) => data.count > 10 ? undefined : next() });
});

Deno.test("the type of a connection's data is one to fill where nothing makes it", () => {
  const server = new WebSocketServer();

  same<typeof server, WebSocketServer<Record<string, unknown>>>(true);
  for (const conn of server.connections) {
    conn.data.anything = 1;
    same<typeof conn.data.other, unknown>(true);
  }
});

Deno.test("handlers, messages and figures have types of their own to write down", () => {
  const handlers: WebSocketHandlers = {
    onConnect(conn) {
      same<typeof conn, WebSocketConnection<Record<string, unknown>>>(true);
    },
    onMessage(_conn, message) {
      same<typeof message, WebSocketMessage>(true);
      same<typeof message.type, string>(true);
    },
  };
  const config: WebSocketConfig = { path: "/ws", handlers };
  const server: WebSocketServer = new WebSocketServer(config);
  const stats: WebSocketStats = server.getStats();

  same<ReturnType<typeof server.broadcast>, BroadcastOutcome>(true);
  same<ReturnType<typeof server.send>, SendOutcome>(true);
  assertEquals(stats.connections, 0);
});

Deno.test("what is wrong in a configuration does not compile", () => {
  const wrong: unknown[] = [
    // @ts-expect-error -- a misspelt option
    () => new WebSocketServer({ heartBeatInterval: 1 }),
    // @ts-expect-error -- a misspelt handler
    () => new WebSocketServer({ handlers: { onMesage: () => {} } }),
    // @ts-expect-error -- a number
    () => new WebSocketServer({ heartbeatInterval: "30s" }),
    // @ts-expect-error -- one of three words
    () => new WebSocketServer({ whenFull: "queue" }),
    // @ts-expect-error -- a handler
    () => new WebSocketServer({ handlers: { onClose: "yes" } }),
    // @ts-expect-error -- hops or networks, or false
    () => new WebSocketServer({ trustProxy: true }),
    // @ts-expect-error -- a rule answers yes or no
    () => new WebSocketServer({ origins: (origin) => origin.length }),
    // @ts-expect-error -- an event of the server
    () => new WebSocketServer().on("chat", () => {}),
    // @ts-expect-error -- there is no undefined on the wire
    () => new WebSocketServer().broadcast(undefined),
    // @ts-expect-error -- nor a symbol
    () => new WebSocketServer().broadcast(Symbol("x")),
    // @ts-expect-error -- an id is a string
    () => new WebSocketServer().close(5),
  ];

  assertEquals(wrong.length, 11);
});

Deno.test("the access helpers hand on the type of the server", () => {
  const start = async () => {
    const server = await initWebSocket({ data: () => ({ count: 0 }) });
    same<typeof server, WebSocketServer<{ count: number }>>(true);
    const own = await initWebSocket(new WebSocketServer({ data: () => "text" }));
    same<typeof own, WebSocketServer<string>>(true);
    const shared = getWebSocketServer();
    same<typeof shared, WebSocketServer<Record<string, unknown>>>(true);
    getWebSocketServer<{ count: number }>().select(({ data }) => data.count > 0);
  };

  assertEquals(typeof start, "function");
});

Deno.test("the checker tells types apart, or the tests above would prove nothing", () => {
  // @ts-expect-error -- any is not unknown
  // deno-lint-ignore no-explicit-any -- that is the point
  same<any, unknown>(true);
  // @ts-expect-error -- nor is a string a number
  same<string, number>(true);
});
