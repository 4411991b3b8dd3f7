/**
 * Group K, first half: servers that do not let a client in.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { createServer } from "node:net";
import { WebSocketClient } from "../../src/client/mod.ts";
import {
  ConnectFailedError,
  ConnectTimeoutError,
  ProtocolError,
  SubprotocolMissingError,
  SwitchboardError,
} from "../../src/errors.ts";
import type { Script } from "./client/bad_server.ts";
import { Patient } from "./client/patient.ts";
import { OPCODE } from "./harness/frames.ts";

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

Deno.test("K01 a port on which nobody listens: connect() rejects, and the client is closed", async () => {
  const client = new WebSocketClient({ url: `ws://127.0.0.1:${await freePort()}`, protocol: "plain" });

  const error = await assertRejects(() => client.connect(), ConnectFailedError);

  assertEquals([error.code, client.getState()], ["connect_failed", "closed"]);
});

Deno.test("K01 a port on which nobody listens: with retryFirst the client backs off", async () => {
  const port = await freePort();
  await using patient = await Patient.meet(() => {}, {
    url: `ws://127.0.0.1:${port}`,
    reconnect: { retryFirst: true },
  });
  patient.client.connect().catch(() => {});

  await patient.until("waiting", 3);

  assertEquals(patient.all("waiting").map(({ delayMs }) => delayMs), [10, 20, 40]);
});

const REFUSALS: readonly (readonly [id: string, title: string, script: Script])[] = [
  ["K02", "EOF in place of an answer", async (guest) => {
    await guest.head();
    guest.end();
  }],
  ["K02", "RST in place of an answer", async (guest) => {
    await guest.head();
    guest.reset();
  }],
  ["K03", "garbage in place of an answer", async (guest) => {
    await guest.head();
    guest.write(new Uint8Array(256).map((_, i) => i));
    guest.write("\r\n\r\n");
  }],
  ["K04", "200", (guest) => guest.answer(200)],
  ["K05", "301 to another place", (guest) => guest.answer(301, "Location: http://127.0.0.1:1/")],
  ["K06", "401", (guest) => guest.answer(401)],
  ["K06", "404", (guest) => guest.answer(404)],
  ["K07", "503 with Retry-After", (guest) => guest.answer(503, "Retry-After: 3")],
  ["K07", "429 with Retry-After", (guest) => guest.answer(429, "Retry-After: 3")],
  ["K07", "half of an answer, then EOF", async (guest) => {
    await guest.head();
    guest.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: webso");
    guest.end();
  }],
];

for (const [id, title, script] of REFUSALS) {
  Deno.test(`${id} ${title}: connect() rejects, and the client is closed`, async () => {
    await using patient = await Patient.meet(script);

    const error = await assertRejects(() => patient.client.connect(), ConnectFailedError);

    assertEquals([error.code, patient.client.getState(), patient.server.guests], ["connect_failed", "closed", 1]);
    assertEquals(patient.all("close").map(({ code, willReconnect }) => [code, willReconnect]), [[1006, false]]);
  });

  Deno.test(`${id} ${title}: with retryFirst the client backs off, and gets in when it may`, async () => {
    const letIn: Script = (guest) => guest.number < 4 ? script(guest) : guest.accept().then(() => {});
    await using patient = await Patient.meet(letIn, { reconnect: { retryFirst: true } });

    await patient.client.connect();

    assertEquals(patient.all("waiting").map(({ delayMs }) => delayMs), [10, 20, 40]);
  });
}

Deno.test("K08 silence after the TCP connection: the attempt ends at its deadline", async () => {
  await using patient = await Patient.meet(() => {}, { connectTimeoutMs: 100 });

  const error = await assertRejects(() => patient.client.connect(), ConnectTimeoutError);

  assertEquals([error.stage, error.timeoutMs], ["open", 100]);
});

Deno.test("K08 silence after the TCP connection: what comes later changes nothing", async () => {
  const late = Promise.withResolvers<void>();
  await using patient = await Patient.meet(async (guest) => {
    if (guest.number === 1) {
      await late.promise;
      await guest.accept();
      guest.text("from the grave");
    } else await guest.accept();
  }, { connectTimeoutMs: 100, reconnect: { retryFirst: true } });
  const seen: unknown[] = [];
  patient.client.on("message", (message) => seen.push(message));

  await patient.client.connect();
  late.resolve();
  patient.client.send("ping me");

  assertEquals([patient.all("open").length, patient.client.getState(), seen], [1, "open", []]);
});

Deno.test("K09 silence after the 101: the attempt ends at the deadline of the welcome, and counts as failed", async () => {
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept({ protocol: "switchboard.v1" });
  }, { protocol: "managed", welcomeTimeoutMs: 100, reconnect: { retryFirst: true } });
  patient.client.connect().catch(() => {});

  await patient.until("waiting", 2);

  const errors = patient.all("error");
  for (const error of errors) assertInstanceOf(error, ConnectTimeoutError);
  assertEquals((errors[0] as ConnectTimeoutError).stage, "welcome");
  assertEquals(patient.all("waiting").map(({ delayMs }) => delayMs), [10, 20]);
});

Deno.test("K10 a wrong answer to the key: the managed client finds out, at the latest by the missing welcome", async () => {
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept({ protocol: "switchboard.v1", accept: "AAAAAAAAAAAAAAAAAAAAAAAAAAA=" });
  }, { protocol: "managed", welcomeTimeoutMs: 100 });

  const error = await assertRejects(() => patient.client.connect(), SwitchboardError);

  assert(error instanceof ConnectTimeoutError || error instanceof ConnectFailedError);
});

Deno.test("K11 a subprotocol that was never asked for: the plain client refuses it", async () => {
  const codes: number[] = [];
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept({ protocol: "surprise" });
    const frame = await guest.nextFrame();
    if (frame?.opcode === OPCODE.close) codes.push((frame.payload[0]! << 8) | frame.payload[1]!);
    guest.end();
  });

  const error = await assertRejects(() => patient.client.connect(), SwitchboardError);

  assert(error instanceof ProtocolError || error instanceof ConnectFailedError);
  assertEquals([patient.client.getState(), codes], ["closed", [4400]]);
});

for (const protocol of [undefined, "surprise"]) {
  Deno.test(`K11 the subprotocol ${protocol} in place of ours: the managed client says what to do, and stops`, async () => {
    await using patient = await Patient.meet(async (guest) => {
      await guest.accept(protocol === undefined ? {} : { protocol });
    }, { protocol: "managed", reconnect: { retryFirst: true } });

    const error = await assertRejects(() => patient.client.connect(), SubprotocolMissingError, 'protocol: "plain"');

    assertEquals([error.code, patient.server.guests], ["subprotocol_missing", 1]);
  });
}

Deno.test("K12 an extension that was never asked for changes nothing", async () => {
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept({ headers: ["Sec-WebSocket-Extensions: permessage-deflate"] });
    guest.text("hello");
  });
  const { promise, resolve } = Promise.withResolvers<unknown>();
  patient.client.on("message", resolve);

  await patient.client.connect();

  assertEquals(await promise, { type: "text", data: "hello" });
});
