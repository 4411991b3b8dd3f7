/** Tests of requests for which there is no place, and of those refused in band: what each peer is told. */

import { assertEquals, assertRejects } from "@std/assert";
import { RefusedError } from "../../src/errors.ts";
import type { WebSocketConfig } from "../../src/server/options.ts";
import { connect, type ConnectOptions, HandshakeRefusedError } from "../../src/testing/mod.ts";
import { gate, NOTHING, Rig } from "./tools/rig.ts";

const ELSEWHERE = { headers: { origin: "https://elsewhere.example" } };

async function refusal(rig: Rig, options: ConnectOptions = {}): Promise<HandshakeRefusedError> {
  return await assertRejects(() => connect(rig.server, options), HandshakeRefusedError);
}

Deno.test("Upgrader.handle() refuses in band who speaks our protocol, with a code to act upon", async () => {
  const cases: readonly [WebSocketConfig, code: string, retryAfterMs: number | undefined][] = [
    [{ origins: [] }, "forbidden", undefined],
    [{ hosts: ["example.com"] }, "forbidden", undefined],
    [{ maxConnections: 1 }, "full", 5_000],
    [{ maxConnectionsPerAddress: 1 }, "too_many_connections", 5_000],
  ];
  for (const [config, code, retryAfterMs] of cases) {
    const rig = new Rig(config);
    rig.peer({ remoteAddr: "127.0.0.1" });

    const error = await assertRejects(
      () => connect(rig.server, { managed: true, ...ELSEWHERE, headers: config.origins ? ELSEWHERE.headers : {} }),
      RefusedError,
    );

    assertEquals([error.refusal, error.retryAfterMs], [code, retryAfterMs]);
    assertEquals([rig.server.getStats().refused, rig.told], [1, ["connect"]]);
  }
});

Deno.test("Upgrader.handle() closes a peer that it refused in band with the code for its kind of refusal", async () => {
  const rig = new Rig({ origins: [] });
  await using raw = await connect(rig.server, { protocols: "switchboard.v1", managed: false, ...ELSEWHERE });

  assertEquals(await raw.nextRaw(), '{"type":"$refused","code":"forbidden"}');
  assertEquals(await raw.closed, { code: 4403, reason: "pages of this origin may not connect", wasClean: true });
});

Deno.test("Upgrader.handle() answers malformed handshakes by status also to who speaks our protocol", async () => {
  const rig = new Rig();

  const { status } = await refusal(rig, { managed: true, headers: { "sec-websocket-key": "x" } });

  assertEquals(status, 400);
});

Deno.test("Upgrader.handle() answers by status again when too many are being refused in band", async () => {
  const rig = new Rig({ maxConnections: 1 });
  rig.peer();
  const stuck = Array.from({ length: 100 }, () => connect(rig.server, { managed: true }));
  const refused = stuck.map((each) => assertRejects(() => each, RefusedError));

  const { status, headers } = await refusal(rig, { managed: true });

  assertEquals([status, headers.get("retry-after")], [503, "5"]);
  await Promise.all(refused);
});

Deno.test('Upgrader.handle() with whenFull "reject" answers 503, and 429 where one address has too many', async () => {
  const rig = new Rig({ maxConnections: 2, maxConnectionsPerAddress: 1, retryAfterMs: 1_200 });
  await using _a = await connect(rig.server, { remoteAddr: "192.0.2.1" });

  const many = await refusal(rig, { remoteAddr: "192.0.2.1" });
  await using _b = await connect(rig.server, { remoteAddr: "192.0.2.2" });
  const full = await refusal(rig, { remoteAddr: "192.0.2.3" });

  assertEquals([many.status, many.headers.get("retry-after")], [429, "2"]);
  assertEquals([full.status, full.headers.get("retry-after")], [503, "2"]);
});

Deno.test('Upgrader.handle() with whenFull "closeWith" accepts and closes with 1013, and tells nobody else', async () => {
  const rig = new Rig({ maxConnections: 1, whenFull: "closeWith" });
  await using _first = await connect(rig.server);
  await using second = await connect(rig.server);

  assertEquals(await second.closed, { code: 1013, reason: "the server is full", wasClean: true });
  assertEquals([second.frames, rig.told, rig.server.getStats().refused], [[], ["connect"], 1]);
});

Deno.test('Upgrader.handle() with whenFull "wait" lets in when a place is free', async () => {
  const rig = new Rig({ maxConnections: 1, whenFull: "wait" });
  const first = await connect(rig.server);
  const second = connect(rig.server);
  await rig.settle();
  assertEquals(rig.server.getStats().waiting, 1);

  await first.close();
  await using client = await second;

  assertEquals([client.socket.readyState, rig.server.getStats().connections], [1, 1]);
});

Deno.test('Upgrader.handle() with whenFull "wait" refuses who waited too long, and who waits at a stop', async () => {
  const rig = new Rig({ maxConnections: 1, whenFull: "wait", waitTimeoutMs: 1_000 });
  await using _first = await connect(rig.server);

  const late = refusal(rig);
  await rig.clock.advance(1_050);
  assertEquals((await late).status, 503);
  const stopped = refusal(rig);
  await rig.server.stop();

  assertEquals([(await stopped).status, rig.left], [503, NOTHING]);
});

Deno.test("Upgrader.handle() holds no place for who leaves while a check of the application runs", async () => {
  const rig = new Rig({ origins: () => new Promise<boolean>(() => {}), openTimeoutMs: 0 });
  const leaving = new AbortController();
  const connecting = connect(rig.server, { ...ELSEWHERE, signal: leaving.signal });
  const rejected = assertRejects(() => connecting);
  assertEquals(rig.left.connecting, 1);

  leaving.abort();
  await rejected;
  await rig.settle();

  assertEquals(rig.left, NOTHING);
});

Deno.test("Upgrader.handle() waits for a check of the application as long as openTimeoutMs", async () => {
  const rig = new Rig({ origins: () => new Promise<boolean>(() => {}), openTimeoutMs: 1_000 });

  const refused = refusal(rig, ELSEWHERE);
  await rig.clock.advance(1_050);

  assertEquals([(await refused).status, rig.left], [500, NOTHING]);
});

Deno.test("Upgrader.handle() refuses who passed a check that ended during a stop", async () => {
  const allowed = gate();
  const rig = new Rig({ origins: () => allowed.promise.then(() => true) });
  const refused = refusal(rig, ELSEWHERE);
  const stopped = rig.server.stop();

  allowed.resolve();
  const { status } = await refused;
  await stopped;

  assertEquals([status, rig.left], [503, NOTHING]);
});

Deno.test("Upgrader.handle() takes nobody after a stop, and again when it listens", async () => {
  const rig = new Rig();
  await rig.server.stop();

  const { status, body } = await refusal(rig);

  assertEquals([status, body], [503, "503 Service Unavailable: the server is stopping\n"]);
});
