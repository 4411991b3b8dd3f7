/** Tests of the way from request to connection: the order of the checks, what is refused and how, and what is kept. */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { UpgradeFailedError } from "../../src/errors.ts";
import type { WebSocketConfig } from "../../src/server/options.ts";
import { connect, type ConnectOptions, HandshakeRefusedError } from "../../src/testing/mod.ts";
import { NOTHING, Rig } from "./tools/rig.ts";

const ELSEWHERE = { headers: { origin: "https://elsewhere.example" } };

async function refusal(rig: Rig, options: ConnectOptions = {}): Promise<HandshakeRefusedError> {
  return await assertRejects(() => connect(rig.server, options), HandshakeRefusedError);
}

/** A configuration, a request, and the status with which it is refused. */
const REFUSED: readonly [status: number, config: WebSocketConfig, options: ConnectOptions][] = [
  [400, {}, { headers: { upgrade: "websocket, h2c" } }],
  [400, {}, { headers: { "sec-websocket-key": "short" } }],
  [400, {}, { headers: { "sec-websocket-protocol": "a,,b" } }],
  [400, {}, { url: "http://localhost/ws", headers: { host: "elsewhere.example" } }],
  [400, { requireProtocol: true }, {}],
  [400, { requireProtocol: true, protocols: ["chat"] }, { protocols: ["other"] }],
  [403, {}, ELSEWHERE],
  [403, {}, { headers: { origin: "null" } }],
  [403, { requireOrigin: true }, {}],
  [403, { origins: ["https://example.com"] }, ELSEWHERE],
  [403, { origins: () => false }, ELSEWHERE],
  [403, { origins: () => Promise.resolve(false) }, ELSEWHERE],
  [403, { origins: () => null as unknown as boolean }, ELSEWHERE],
  [403, { origins: () => Promise.resolve("yes" as unknown as boolean) }, ELSEWHERE],
  [403, { hosts: ["example.com"] }, {}],
  [414, { maxUrlBytes: 10 }, { url: "/ws?1234567" }],
  [426, {}, { headers: { "sec-websocket-version": "7" } }],
  [431, { maxHeaderBytes: 100 }, { headers: { "x-long": "v".repeat(100) } }],
  [431, { maxHeaders: 5 }, { headers: { "x-one": "1" } }],
  [500, { origins: failing }, ELSEWHERE],
  [500, { origins: () => Promise.reject(new Error("failed")) }, ELSEWHERE],
  [500, { headers: failing }, {}],
  [500, { headers: () => ({ upgrade: "h2c" }) }, {}],
  [500, { data: failing }, {}],
  [500, { protocols: failing }, {}],
];

function failing(): never {
  throw new Error("failed");
}

Deno.test("Upgrader.handle() answers each refusal with its status, counts it, and keeps no place", async (t) => {
  for (const [status, config, options] of REFUSED) {
    await t.step(`${status} ${JSON.stringify([config, options]).slice(0, 120)}`, async () => {
      const rig = new Rig(config);

      const error = await refusal(rig, options);

      assertEquals([error.status, rig.server.getStats().refused, rig.left], [status, 1, NOTHING]);
      assert(!error.body.includes("failed"), error.body);
      if (status === 500) assertInstanceOf(rig.errors[0], UpgradeFailedError);
      else assertEquals(rig.errors, []);
    });
  }
});

Deno.test("Upgrader.handle() tells the application what failed, and the peer nothing of it", async () => {
  const cause = new Error("secret");
  const rig = new Rig({
    headers: () => {
      throw cause;
    },
  });

  const error = await refusal(rig);

  assertEquals(error.body, "500 Internal Server Error: the request could not be upgraded\n");
  assertEquals([(rig.errors[0] as UpgradeFailedError).code, rig.errors.length], ["upgrade_failed", 1]);
  assertStrictEquals(rig.errors[0]!.cause, cause);
});

Deno.test("Upgrader.handle() gives null, at once, for what is not ours", () => {
  const { server } = new Rig();
  const upgrade = { upgrade: "websocket", connection: "upgrade" };

  assertEquals(server.handleUpgrade(new Request("http://localhost/other", { headers: upgrade })), null);
  assertEquals(server.handleUpgrade(new Request("http://localhost/ws")), null);
  assertEquals(server.handleUpgrade(new Request("http://localhost/ws", { headers: { upgrade: "h2c" } })), null);
  assertEquals(server.getStats().refused, 0);
});

Deno.test("WebSocketServer.fetch answers everything: 404 elsewhere, 426 on our path", async () => {
  const { fetch } = new Rig().server;

  const elsewhere = await fetch(new Request("http://localhost/other"));
  const ours = await fetch(new Request("http://localhost/ws/x"));

  assertEquals([elsewhere.status, await elsewhere.text()], [404, "404 Not Found: there is nothing at this address\n"]);
  assertEquals([ours.status, ours.headers.get("sec-websocket-version"), ours.headers.get("upgrade")], [
    426,
    "13",
    "websocket",
  ]);
  await ours.body?.cancel();
});

Deno.test("Upgrader.handle() is synchronous where every check is", async () => {
  const { server } = new Rig({ origins: () => true });
  const answers: unknown[] = [];
  const spied = {
    handleUpgrade: (...args: Parameters<typeof server.handleUpgrade>) => {
      const answer = server.handleUpgrade(...args);
      answers.push(answer);
      return answer;
    },
  };

  await using _client = await connect(spied, ELSEWHERE);

  assertInstanceOf(answers[0], Response);
});

Deno.test("Upgrader.handle() believes proxies as far as trustProxy says, for address, scheme and host", async () => {
  const rig = new Rig({ trustProxy: ["10.0.0.0/8"], hosts: ["example.com"], maxConnectionsPerAddress: 1 });
  const forwarded = {
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "example.com",
    "origin": "https://example.com",
  };
  await using _client = await connect(rig.server, { remoteAddr: "10.1.2.3", headers: forwarded });

  const [conn] = rig.server.connections;
  assertEquals(conn!.remoteAddr, "203.0.113.9");
  assertEquals((await refusal(rig, { remoteAddr: "10.9.9.9", headers: forwarded })).status, 429);
  assertEquals((await refusal(rig, { remoteAddr: "192.0.2.1", headers: forwarded })).status, 403);
  const http = { ...forwarded, "x-forwarded-proto": "http", "x-forwarded-for": "203.0.113.10" };
  assertEquals((await refusal(rig, { remoteAddr: "10.1.2.3", headers: http })).status, 403);
});

Deno.test("Upgrader.handle() puts headers on the 101, from values or from the handshake, cookies apart", async () => {
  const fixed = new Rig({ headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-name", "v"]] });
  const made = new Rig({ headers: ({ url, cookies }) => ({ "x-url": url, "x-cookie": cookies.who ?? "" }) });

  await using a = await connect(fixed.server);
  await using b = await connect(made.server, { url: "/ws/x", headers: { cookie: "who=Ada" } });

  assertEquals([a.response.headers.getSetCookie(), a.response.headers.get("x-name")], [["a=1", "b=2"], "v"]);
  assertEquals([b.response.headers.get("x-url"), b.response.headers.get("x-cookie")], ["http://localhost/ws/x", "Ada"]);
});

Deno.test("Upgrader.handle() makes the connection's data of the handshake, once, before the upgrade", async () => {
  const made: string[] = [];
  const rig = new Rig({
    data: ({ remoteAddr, params, userAgent }) => {
      made.push(remoteAddr);
      return { user: params.user, agent: userAgent };
    },
    path: "/ws/:user",
  });

  await using _client = await connect(rig.server, { url: "/ws/ada", headers: { "user-agent": "test" } });

  const [conn] = rig.server.connections;
  assertEquals([conn!.data, made], [{ user: "ada", agent: "test" }, ["127.0.0.1"]]);
});

Deno.test("Upgrader.handle() asks the platform for the runtime's idle timeout for plain peers only", async () => {
  const asked: unknown[] = [];
  const rig = new Rig({ heartbeatInterval: 20_000, heartbeatTimeoutMs: 15_500, protocols: ["chat"] });
  const off = new Rig({ heartbeatInterval: 0 });
  const spy = ({ server }: Rig) => ({
    handleUpgrade: (request: Request, info: Parameters<typeof server.handleUpgrade>[1]) =>
      server.handleUpgrade(request, {
        ...info,
        upgrade: (request, options) => {
          asked.push(options);
          return info!.upgrade!(request, options);
        },
      }),
  });

  await using _a = await connect(spy(rig), { protocols: "chat" });
  await using _b = await connect(spy(rig), { managed: true });
  await using _c = await connect(spy(off));

  assertEquals(asked, [
    { protocol: "chat", idleTimeoutSeconds: 35.5 },
    { protocol: "switchboard.v1", idleTimeoutSeconds: 0 },
    { protocol: "", idleTimeoutSeconds: 0 },
  ]);
});

Deno.test("Upgrader.handle() knows the address of who tells it, in any form that a runtime has", async () => {
  const forms: [unknown, string][] = [
    [{ hostname: "192.0.2.1", port: 1, transport: "tcp" }, "192.0.2.1"],
    ["192.0.2.2", "192.0.2.2"],
    [{ path: "/run/socket", transport: "unix" }, ""],
    [undefined, ""],
    [null, ""],
    [5, ""],
  ];
  for (const [remoteAddr, address] of forms) {
    const { server } = new Rig();
    const spied = {
      handleUpgrade: (request: Request, info: Parameters<typeof server.handleUpgrade>[1]) =>
        server.handleUpgrade(request, { ...info, remoteAddr }),
    };

    await using _client = await connect(spied);

    assertEquals([...server.connections].map((conn) => conn.remoteAddr), [address]);
  }
});
