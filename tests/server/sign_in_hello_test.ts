/** Tests of the sign-in by a hello: who is judged when, and what each answer means. */

import { assertEquals, assertRejects } from "@std/assert";
import { RefusedError } from "../../src/errors.ts";
import type { WebSocketConfig } from "../../src/server/options.ts";
import type { Authenticate } from "../../src/server/types.ts";
import { connect } from "../../src/testing/mod.ts";
import { NOTHING, Rig } from "./tools/rig.ts";
import { BY_NAME, hello, SILENT } from "./tools/sign_in.ts";

function rigOf(config: WebSocketConfig = {}): Rig {
  return new Rig({ authenticate: BY_NAME, ...config });
}

Deno.test("a managed peer signs in with its hello, and is welcomed", async () => {
  const rig = rigOf();

  await using client = await connect(rig.server, { managed: true, token: "ada", tokenIn: "message" });

  const [conn] = rig.server.connections;
  assertEquals([conn!.userId, conn!.data, rig.told], ["ada", { userId: "ada" }, ["connect"]]);
  assertEquals([client.welcome?.id, client.welcome && "expiresInMs" in client.welcome], [conn!.id, false]);
});

Deno.test("a managed peer whose hello does not sign it in is told so, and closed with 4401", () => {
  for (const token of ["eve", undefined, "", "two words", "x".repeat(8193)]) {
    const rig = rigOf();
    const peer = rig.peer(SILENT);

    peer.socket.receives(hello(token));

    assertEquals(peer.socket.messages, [{ type: "$refused", code: "unauthorized" }]);
    assertEquals(peer.socket.closes, [[4401, "sign in to connect"]]);
    peer.socket.isClosed(4401);
    assertEquals([rig.told, rig.left, rig.server.getStats().refused], [[], NOTHING, 1]);
  }
});

Deno.test("a managed peer learns in band what a Response of authenticate means, and that it failed", () => {
  const failed = () => {
    throw new Error("secret");
  };
  const cases: [Authenticate, message: object, closeCode: number, errors: string[]][] = [
    [() => new Response(null, { status: 403 }), { code: "forbidden" }, 4403, []],
    [
      () => new Response(null, { status: 503, headers: { "retry-after": "7" } }),
      { code: "full", retryAfterMs: 7_000 },
      1013,
      [],
    ],
    [failed, { code: "internal_error" }, 1011, ["secret"]],
  ];
  for (const [authenticate, message, closeCode, errors] of cases) {
    const rig = rigOf({ authenticate });
    const { socket } = rig.peer(SILENT);

    socket.receives(hello("t"));

    assertEquals([socket.messages, socket.closes[0]?.[0], rig.errorTexts], [
      [{ type: "$refused", ...message }],
      closeCode,
      errors,
    ]);
  }
});

Deno.test("a managed peer that has brought a token in the handshake is judged by that one, before the upgrade", async () => {
  const rig = rigOf();
  const good = { managed: true, headers: { authorization: "Bearer ada" } } as const;

  await using _client = await connect(rig.server, { ...good, token: "eve", tokenIn: "message" });
  await assertRejects(() => connect(rig.server, { managed: true, token: "eve" }), RefusedError, "unauthorized");

  assertEquals([...rig.server.connections].map(({ userId }) => userId), ["ada"]);
});

Deno.test("a managed peer without a token is judged before the upgrade where messages may bring none", async () => {
  const seen: unknown[] = [];
  const rig = rigOf({
    authenticate: ({ token, cookies }) => {
      seen.push(token);
      return cookies.sid === "1" ? {} : null;
    },
    tokenSources: { message: false },
  });

  await using _client = await connect(rig.server, {
    token: "not read",
    tokenIn: "message",
    managed: true,
    headers: { cookie: "sid=1" },
  });
  await assertRejects(() => connect(rig.server, { managed: true }), RefusedError);

  assertEquals(seen, [undefined, undefined]);
});

Deno.test("authenticate may let a managed peer in that has no token at all, by what else it knows", async () => {
  const rig = rigOf({ authenticate: ({ cookies }) => cookies.sid === "1" ? { userId: "ada" } : null });

  await using _client = await connect(rig.server, { managed: true, headers: { cookie: "sid=1" } });

  assertEquals([...rig.server.connections].map(({ userId }) => userId), ["ada"]);
});

Deno.test("a managed peer that has signed in before the upgrade says hello as ever", async () => {
  const rig = rigOf({ helloTimeoutMs: 1_000 });
  const raw = await connect(rig.server, { protocols: "switchboard.v1", managed: false, token: "ada" });

  await rig.clock.advance(1_050);

  assertEquals([(await raw.closed).code, rig.told], [4408, []]);
});
