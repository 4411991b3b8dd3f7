/** Tests of tokens in the handshake: what reaches authenticate, and that nobody else sees them. */

import { assert, assertEquals } from "@std/assert";
import type { WebSocketConfig } from "../../src/server/options.ts";
import type { Authenticate } from "../../src/server/types.ts";
import { connect, type ConnectOptions } from "../../src/testing/mod.ts";
import { logged } from "./tools/log_sink.ts";
import { Rig } from "./tools/rig.ts";
import { refusal } from "./tools/sign_in.ts";

type AnyAuthenticate = Authenticate<Record<string, unknown>>;

function rigOf(authenticate: AnyAuthenticate, config: WebSocketConfig = {}): Rig {
  return new Rig({ authenticate, ...config });
}

const failing = (): never => {
  throw new Error("secret");
};

Deno.test("authenticate is not asked about a token that can be none", async () => {
  let asked = 0;
  const rig = rigOf(() => {
    asked++;
    return {};
  });
  const malformed: ConnectOptions[] = [
    { headers: { authorization: "Bearer a b" } },
    { protocols: ["bearer.a", "bearer.b"] },
    { token: "x".repeat(8193) },
    { token: "x".repeat(8193), tokenIn: "subprotocol" },
  ];

  for (const options of malformed) assertEquals((await refusal(rig, options)).status, 401);

  assertEquals(asked, 0);
});

Deno.test("authenticate takes a token of the longest kind from header and subprotocol", async () => {
  const rig = rigOf(({ token }) => ({ length: token?.length }), { protocols: ["chat"] });
  for (const tokenIn of ["header", "subprotocol"] as const) {
    await using client = await connect(rig.server, { protocols: "chat", token: "x".repeat(8192), tokenIn });

    const [conn] = [...rig.server.connections].slice(-1);
    assertEquals([client.protocol, conn!.data], ["chat", { length: 8192 }]);
  }
});

Deno.test("a token in the subprotocols is never answered, and no reason to answer another", async () => {
  const chosen: (readonly string[])[] = [];
  const rig = rigOf(({ token }) => ({ token }), {
    protocols: (offered) => {
      chosen.push(offered);
      return offered[0];
    },
  });

  await using alone = await connect(rig.server, { token: "abc", tokenIn: "subprotocol" });
  await using beside = await connect(rig.server, { token: "abc", tokenIn: "subprotocol", protocols: "chat" });

  assertEquals([alone.protocol, alone.response.headers.get("sec-websocket-protocol"), beside.protocol], [
    "",
    null,
    "chat",
  ]);
  assertEquals(chosen, [[], ["chat"]]);
  assertEquals([...rig.server.connections].map(({ data }) => data.token), ["abc", "abc"]);
});

Deno.test("a token in the query is nowhere to be seen afterwards", async () => {
  const urls: string[] = [];
  const rig = rigOf((request) => {
    urls.push(request.url);
    return { token: request.token };
  }, { tokenSources: { query: "token" }, headers: ({ url }) => ({ "x-url": url }) });

  await using client = await connect(rig.server, { url: "/ws?token=secret&room=blue" });

  const [conn] = rig.server.connections;
  const clean = "http://localhost/ws?room=blue";
  assertEquals([urls, conn!.url, conn!.data.token, client.response.headers.get("x-url")], [
    [clean],
    clean,
    "secret",
    clean,
  ]);
});

Deno.test("no log line holds any part of a token, wherever it stood", async () => {
  const token = "s3cr3tpart1.s3cr3tpart2.s3cr3tpart3";
  const rig = rigOf((request) => request.url.includes("fail") ? failing() : request.url.includes("no") ? null : {}, {
    tokenSources: { query: "token", cookie: "sid" },
  });
  const ways: ConnectOptions[] = [
    { url: `/ws?token=${token}` },
    { url: `/ws?no&token=${token}` },
    { url: `/ws?token=${token}&fail` },
    { url: "/ws?no", token },
    { url: "/ws?fail", token, tokenIn: "subprotocol" },
    { headers: { cookie: `sid=${token}` } },
    { managed: true, token, tokenIn: "message" },
    { managed: true, token, tokenIn: "message", url: "/ws?fail" },
    { url: `/ws?token=${token}&token=${token}` },
  ];

  const records = await logged(async () => {
    for (const options of ways) {
      const client = await connect(rig.server, options).catch(() => undefined);
      await client?.close();
    }
  });

  assert(records.length >= ways.length, String(records.length));
  for (const { text, properties } of records) {
    assert(!/s3cr3t/.test(text + JSON.stringify(properties)), text);
  }
});
