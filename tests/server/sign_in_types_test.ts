/** Tests of the types of the sign-in: the checker decides; the functions only run to be seen, without a peer. */

import { assertEquals } from "@std/assert";
import { type Authenticate, type ConnectionRequest, type WebSocketConnection, WebSocketServer } from "../../mod.ts";

/** Compiles where both are the same type, `any` being the same as nothing else. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

function same<A, B>(_isSame: Same<A, B>): void {}

async function lookUp(token: string | undefined): Promise<{ id: string; isAdmin: boolean } | undefined> {
  await Promise.resolve();
  return token === undefined ? undefined : { id: token, isAdmin: false };
}

Deno.test("the type of a connection's data is that of what authenticate returns for who may come in", () => {
  const server = new WebSocketServer({
    authenticate: ({ token }) => token === "t" ? { userId: token, visits: 1 } : null,
    handlers: {
      onConnect: (conn) => {
        same<typeof conn.data, { userId: string; visits: number }>(true);
        conn.data.visits++;
        // @ts-expect-error -- there is no such field
        conn.data.vists;
      },
    },
  });

  same<typeof server, WebSocketServer<{ userId: string; visits: number }>>(true);
  for (const conn of server.connections) same<typeof conn.userId, string | undefined>(true);
});

Deno.test("the type of the data is found among all that an asynchronous authenticate may return", () => {
  const server = new WebSocketServer({
    authenticate: async ({ token, signal }) => {
      signal.throwIfAborted();
      const user = await lookUp(token);
      if (user === undefined) return undefined;
      if (!user.isAdmin) return new Response("no", { status: 403 });
      return { userId: user.id, expiresAt: new Date() };
    },
    handlers: {
      onMessage: (conn) => {
        server.broadcast({ type: "seen", until: conn.data.expiresAt.getTime() });
        server.revoke(conn.data.userId);
      },
    },
  });

  same<typeof server, WebSocketServer<{ userId: string; expiresAt: Date }>>(true);
});

Deno.test("authenticate may be made elsewhere, and brings the type with it", () => {
  function tokens<Claims>(_read: (token: string) => Claims): Authenticate<Claims & { userId: string }> {
    return () => null;
  }
  const server = new WebSocketServer({ authenticate: tokens(() => ({ role: "admin" })) });
  const text = new WebSocketServer({ authenticate: () => "text" });

  for (const conn of server.connections) {
    same<typeof conn.data.role, string>(true);
    const known: WebSocketConnection<{ role: string } & { userId: string }> = conn;
    assertEquals(known.userId, conn.userId);
  }
  same<typeof text, WebSocketServer<string>>(true);
});

Deno.test("connection middleware knows the type of the data, and may be synchronous or not", () => {
  const server = new WebSocketServer({ authenticate: () => ({ name: "ada" }) });
  const offs = [
    server.use({
      connection: (request, next) => {
        same<typeof request, ConnectionRequest<{ name: string }>>(true);
        if (request.data.name === "eve") return new Response(null, { status: 403 });
        return next();
      },
    }),
    server.use({
      connection: async (_request, next) => {
        const response = await next();
        same<typeof response, Response | void>(true);
        return response;
      },
    }),
    server.use({
      connection: async (_request, next) => {
        await next();
      },
    }),
  ];
  const open = new WebSocketServer();
  open.use({
    connection: (request, next) => {
      request.data.anything = 1;
      return next();
    },
  });

  assertEquals(offs.length, 3);
});

Deno.test("what is wrong with the options of the sign-in does not compile", () => {
  const wrong: unknown[] = [
    // @ts-expect-error -- no such source
    () => new WebSocketServer({ authenticate: () => ({}), tokenSources: { header: true } }),
    // @ts-expect-error -- the name of a cookie
    () => new WebSocketServer({ authenticate: () => ({}), tokenSources: { cookie: true } }),
    // @ts-expect-error -- one of two words
    () => new WebSocketServer({ whenUserFull: "wait" }),
    // @ts-expect-error -- a middleware refuses with a Response
    () => new WebSocketServer().use({ connection: () => 403 }),
    // @ts-expect-error -- the request of a handshake has no body to read
    () => new WebSocketServer({ authenticate: (request) => request.body }),
    // @ts-expect-error -- a user is known by a string
    () => new WebSocketServer().revoke(5),
  ];

  assertEquals(wrong.length, 6);
});
