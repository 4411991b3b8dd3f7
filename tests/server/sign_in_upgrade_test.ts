/** Tests of the sign-in before the upgrade: what authenticate is given, and what each answer of it means. */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { UpgradeFailedError } from "../../src/errors.ts";
import type { WebSocketConfig } from "../../src/server/options.ts";
import type { Authenticate, ConnectionRequest } from "../../src/server/types.ts";
import { connect } from "../../src/testing/mod.ts";
import { NOTHING, Rig } from "./tools/rig.ts";
import { refusal } from "./tools/sign_in.ts";

type AnyAuthenticate = Authenticate<Record<string, unknown>>;

function rigOf(authenticate: AnyAuthenticate, config: WebSocketConfig = {}): Rig {
  return new Rig({ authenticate, ...config });
}

/** An authenticate whose answer is not what the types would allow, or is not known to them. */
function answering(answer: unknown): AnyAuthenticate {
  return () => answer as Record<string, unknown>;
}

const failing = (): never => {
  throw new Error("secret");
};

Deno.test("authenticate is given what is known of the peer, and its token", async () => {
  const seen: ConnectionRequest<unknown>[] = [];
  const rig = rigOf((request) => {
    seen.push(request);
    return { name: request.params.name };
  }, { path: "/ws/:name", protocols: ["chat"] });

  await using _client = await connect(rig.server, {
    url: "/ws/ada?x=1",
    token: "abc",
    protocols: "chat",
    headers: { cookie: "a=1", "user-agent": "test", "x-more": "m" },
    remoteAddr: "192.0.2.7",
  });

  const [request] = seen as [ConnectionRequest<unknown>];
  const { url, token, protocol, isManaged, remoteAddr, userAgent, connection } = request;
  assertEquals([url, token, protocol, isManaged, remoteAddr, userAgent, connection, seen.length], [
    "http://localhost/ws/ada?x=1",
    "abc",
    "chat",
    false,
    "192.0.2.7",
    "test",
    undefined,
    1,
  ]);
  assertEquals([request.cookies.a, request.params.name, request.headers.get("x-more")], ["1", "ada", "m"]);
  assertEquals([...rig.server.connections].map(({ data, userId }) => [data, userId]), [[{ name: "ada" }, undefined]]);
});

Deno.test("authenticate may return any data, and names the user in it", async () => {
  const ada = { userId: "ada", role: "admin" };
  const cases: [answer: unknown, data: unknown, userId: string | undefined][] = [
    [ada, ada, "ada"],
    [Promise.resolve(ada), ada, "ada"],
    [{ userId: undefined, expiresAt: undefined }, { userId: undefined, expiresAt: undefined }, undefined],
    [{ userId: null, expiresAt: null }, { userId: null, expiresAt: null }, undefined],
    [{ userId: "x".repeat(256) }, { userId: "x".repeat(256) }, "x".repeat(256)],
    ["text", "text", undefined],
    ["", "", undefined],
    [0, 0, undefined],
    [true, true, undefined],
    [["userId"], ["userId"], undefined],
  ];
  for (const [answer, data, userId] of cases) {
    const rig = rigOf(answering(answer));
    await using _client = await connect(rig.server, { token: "t" });

    const [conn] = rig.server.connections;
    assertEquals([conn!.data as unknown, conn!.userId], [data, userId]);
  }
});

Deno.test("authenticate that says no is a 401 that tells no reason", async () => {
  for (const no of [null, undefined, false]) {
    for (const answer of [no, Promise.resolve(no)]) {
      const rig = rigOf(answering(answer));

      const { status, body, headers } = await refusal(rig, { token: "t" });

      assertEquals([status, body, headers.get("www-authenticate")], [
        401,
        "401 Unauthorized: sign in to connect\n",
        "Bearer",
      ]);
      assertEquals([rig.left, rig.errors, rig.told, rig.server.getStats().refused], [NOTHING, [], [], 1]);
    }
  }
});

Deno.test("authenticate may refuse with a Response, which a plain peer gets as it is", async () => {
  const rig = rigOf(() => new Response("later", { status: 429, headers: { "retry-after": "9", "x-why": "busy" } }));

  const { status, body, headers } = await refusal(rig);

  assertEquals([status, body, headers.get("retry-after"), headers.get("x-why")], [429, "later", "9", "busy"]);
  assertEquals([rig.left, rig.server.getStats().refused], [NOTHING, 1]);
});

Deno.test('authenticate may refuse with a Response also where the server "closes with" who has no place', async () => {
  const rig = rigOf(() => new Response("later", { status: 503 }), { whenFull: "closeWith" });

  assertEquals((await refusal(rig)).status, 503);
});

Deno.test("authenticate that fails is a 500, and the application alone learns why", async () => {
  const now = new Date("2030-01-01");
  const failures: [AnyAuthenticate, cause: string][] = [
    [failing, "secret"],
    [() => Promise.reject(new Error("secret")), "secret"],
    [answering({ userId: "" }), "it is one of 0"],
    [answering({ userId: "x".repeat(257) }), "it is one of 257"],
    [answering({ userId: 5 }), 'the "userId" that authenticate returned must be a string of 1 to 256 characters'],
    [answering({ expiresAt: new Date(NaN) }), "it is an invalid Date"],
    [answering({ expiresAt: NaN }), "it is a number"],
    [answering({ expiresAt: "soon" }), 'the "expiresAt" that authenticate returned must be a valid Date'],
    [answering({ expiresAt: now.toISOString() }), "it is a string"],
    [
      answering({
        get userId() {
          return failing();
        },
      }),
      "secret",
    ],
  ];
  for (const [authenticate, cause] of failures) {
    const rig = rigOf(authenticate);

    const { status, body } = await refusal(rig, { token: "t" });

    assertEquals([status, body, rig.left], [
      500,
      "500 Internal Server Error: the request could not be upgraded\n",
      NOTHING,
    ]);
    const [error] = rig.errors;
    assertInstanceOf(error, UpgradeFailedError);
    assert(String((error.cause as Error).message).includes(cause), String(error.cause));
    assertEquals(rig.errors.length, 1);
  }
});

Deno.test("authenticate that finds a token expired lets nobody in", async () => {
  const rig = rigOf((request) => ({ expiresAt: new Date(Number(request.token)) }));
  const now = rig.clock.date();

  assertEquals((await refusal(rig, { token: String(now - 1) })).status, 401);
  assertEquals((await refusal(rig, { token: String(now) })).status, 401);
  await using _client = await connect(rig.server, { token: String(now + 1) });
});

Deno.test("a peer that speaks our protocol is told in band what each refusal means", async () => {
  const date = "Tue, 01 Jan 2030 00:00:30 GMT";
  const cases: [answer: unknown, code: string, closeCode: number, retryAfterMs?: number][] = [
    [null, "unauthorized", 4401],
    [new Response(null, { status: 401 }), "unauthorized", 4401],
    [new Response("no", { status: 403 }), "forbidden", 4403],
    [new Response("no", { status: 404 }), "forbidden", 4403],
    [new Response("no", { status: 302, headers: { location: "/login" } }), "forbidden", 4403],
    [new Response(null, { status: 429, headers: { "retry-after": "9" } }), "rate_limited", 1013, 9_000],
    [new Response(null, { status: 429, headers: { "retry-after": "soon" } }), "rate_limited", 1013],
    [new Response(null, { status: 503, headers: { "retry-after": date } }), "full", 1013, 30_000],
    [new Response(null, { status: 503 }), "full", 1013],
    [new Response(null, { status: 502 }), "internal_error", 1011],
  ];
  for (const [answer, code, closeCode, retryAfterMs] of cases) {
    const rig = rigOf(answering(answer));
    const raw = await connect(rig.server, { protocols: "switchboard.v1", managed: false, token: "t" });

    const message = { type: "$refused", code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    assertEquals([await raw.next(), (await raw.closed).code], [message, closeCode]);
    await rig.settle();
    assertEquals([rig.told, rig.server.getStats().refused, rig.left.connecting], [[], 1, 0]);
  }
});

Deno.test("a peer that speaks our protocol is answered by status where authenticate fails", async () => {
  const rig = rigOf(failing);

  assertEquals((await refusal(rig, { managed: true, token: "t" })).status, 500);
});
