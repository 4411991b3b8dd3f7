/** Tests of connect() with a token. */

import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionClosedError, RefusedError } from "../../src/errors.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { connect } from "../../src/testing/mod.ts";

Deno.test("connect() shows a token in the header, the subprotocols or the first message", async () => {
  const seen: (readonly [string | undefined, string | null])[] = [];
  const server = new WebSocketServer({
    authenticate: ({ token, headers }) => {
      seen.push([token, headers.get("authorization")]);
      return {};
    },
    tokenSources: { message: true },
  });
  for (const managed of [true, false]) {
    for (const tokenIn of [undefined, "header", "subprotocol", "message"] as const) {
      await using client = await connect(server, {
        managed,
        token: "t",
        ...(tokenIn === undefined ? {} : { tokenIn }),
      });

      assertEquals([client.messages.length, server.connections.size], [!managed && tokenIn === "message" ? 1 : 0, 1]);
    }
  }

  const header = ["t", "Bearer t"] as const;
  assertEquals(seen, [header, header, ["t", null], ["t", null], header, header, ["t", null], ["t", null]]);
});

Deno.test("connect() rejects when the server does not take the token of the first message", async () => {
  const server = new WebSocketServer({ authenticate: () => null, tokenSources: { message: true } });
  const silent = new WebSocketServer({ handlers: { onMessage: (conn) => conn.close(4000) } });

  for (const managed of [true, false]) {
    const error = await assertRejects(() => connect(server, { managed, token: "t", tokenIn: "message" }), RefusedError);
    assertEquals(error.refusal, "unauthorized");
  }
  await assertRejects(() => connect(silent, { token: "t", tokenIn: "message" }), ConnectionClosedError);
});
