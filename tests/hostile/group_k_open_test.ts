/**
 * Group K, second half: servers that let a client in, and then misbehave.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import type { CloseAction } from "../../src/protocol/close_actions.ts";
import { ConnectionClosedError, ProtocolError } from "../../src/errors.ts";
import type { WebSocketMessage } from "../../src/protocol/messages.ts";
import type { Guest } from "./client/bad_server.ts";
import { Patient } from "./client/patient.ts";
import { closeCodeOf, closeReasonOf, type Frame, OPCODE, textOf } from "./harness/frames.ts";

/** What a client sent until it went away, without what its keepalive sent. */
async function framesOf(guest: Guest): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (let frame = await guest.nextFrame(); frame !== undefined; frame = await guest.nextFrame()) frames.push(frame);
  return frames;
}

Deno.test("K13 masked frames: the managed client ends the connection and says so", async () => {
  const farewell = Promise.withResolvers<Frame | undefined>();
  await using patient = await Patient.meet(async (guest) => {
    await guest.welcome();
    guest.send({ opcode: OPCODE.text, payload: '{"type":"a"}', mask: [0xa5, 0x5a, 0xff, 1] });
    farewell.resolve(await guest.nextFrame());
    guest.end();
  }, { protocol: "managed" });
  const seen: unknown[] = [];
  patient.client.on("message", (message) => seen.push(message));
  await patient.client.connect();

  const error = await patient.until("error");

  assert(error instanceof ProtocolError || error instanceof ConnectionClosedError);
  assertEquals(seen, []);
  const frame = await farewell.promise;
  if (error instanceof ProtocolError) {
    assertEquals([frame && closeCodeOf(frame), patient.client.getState()], [4400, "closed"]);
  }
});

for (const rsv of [4, 2, 1, 7]) {
  Deno.test(`K14 reserved bits ${rsv}: the connection is lost, and the client comes back`, async () => {
    await using patient = await Patient.meet(async (guest) => {
      await guest.accept();
      if (guest.number === 1) guest.send({ opcode: OPCODE.text, payload: "x", rsv });
    });
    await patient.client.connect();

    await patient.until("open", 2);

    assertEquals(patient.all("close").map(({ code, willReconnect }) => [code, willReconnect]), [[1006, true]]);
  });
}

/** With half of the range as the random part, and the delays of a patient. */
const DELAYS: Readonly<Record<CloseAction, number | undefined>> = {
  stop: undefined,
  back_off: 10,
  renew: 10,
  spread: 100,
  later: 150,
};

for (
  const [id, code, action] of [
    ["K15", 1000, "stop"],
    ["K16", 1001, "back_off"],
    ["K16", 1012, "spread"],
    ["K16", 1013, "later"],
    ["K16", 1011, "back_off"],
    ["K15", 1008, "stop"],
    ["K15", 4403, "stop"],
    ["K15", 4000, "stop"],
  ] as const
) {
  Deno.test(`${id} close ${code} by the server: ${action}`, async () => {
    const answers: (number | undefined)[] = [];
    await using patient = await Patient.meet(async (guest) => {
      await guest.accept();
      guest.close(code, "so it is");
      for (const frame of await framesOf(guest)) answers.push(closeCodeOf(frame));
      guest.end();
    });
    await patient.client.connect();

    const close = await patient.until("close");

    assertEquals([close.code, close.reason, close.wasClean, close.delayMs], [code, "so it is", true, DELAYS[action]]);
    if (action === "stop") assertEquals(patient.client.getState(), "closed");
  });
}

Deno.test("K15 a close without a code: the client backs off", async () => {
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept();
    guest.send({ opcode: OPCODE.close });
  });
  await patient.client.connect();

  const close = await patient.until("close");

  assertEquals([close.code, close.willReconnect], [1005, true]);
});

for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535]) {
  Deno.test(`K15 the illegal close code ${code}: the client lives on, and tells of one end`, async () => {
    await using patient = await Patient.meet(async (guest) => {
      await guest.accept();
      guest.close(code);
    }, { reconnect: false });
    await patient.client.connect();

    await patient.until("close");

    assertEquals([patient.all("close").length, patient.client.getState()], [1, "closed"]);
  });
}

Deno.test("K17 close 4401: the client asks for a new token, tries once more, and then stops", async () => {
  const tokens: (string | null)[] = [];
  let asked = 0;
  await using patient = await Patient.meet(async (guest) => {
    const head = await guest.accept();
    tokens.push(/token=(\w+)/.exec(head)?.[1] ?? null);
    guest.close(4401, "token expired");
  }, { headers: () => ({ authorization: `token=t${++asked}` }) });
  await patient.client.connect();

  const close = await patient.until("close", 2);

  assertEquals([close.code, close.willReconnect, tokens], [4401, false, ["t1", "t2"]]);
  assertEquals(patient.all("attempt").map(({ reason }) => reason), ["connect", "renew"]);
});

for (const [what, drop] of [["RST", "reset"], ["FIN without a close frame", "end"]] as const) {
  Deno.test(`K18 ${what}: one end with 1006, and the client comes back`, async () => {
    await using patient = await Patient.meet(async (guest) => {
      await guest.accept();
      if (guest.number > 1) return;
      guest.text("hello");
      await guest.nextFrame();
      guest[drop]();
    }, { handlers: { onMessage: () => void patient.client.send("hello yourself") } });
    await patient.client.connect();

    await patient.until("open", 2);

    assertEquals(patient.all("close").map(({ code, wasClean }) => [code, wasClean]), [[1006, false]]);
    assertInstanceOf(patient.all("error")[0], ConnectionClosedError);
  });
}

Deno.test("K19 a server that ignores the close: disconnect() is through at its deadline, and closed is told once", async () => {
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept();
  }, { closeTimeoutMs: 100 });
  await patient.client.connect();

  await patient.client.disconnect(4001, "enough");

  assertEquals(patient.all("close").map(({ code, reason, wasClean }) => [code, reason, wasClean]), [[
    4001,
    "enough",
    false,
  ]]);
  assertEquals(patient.client.getState(), "closed");
});

Deno.test("K20 a server that stops answering: the client comes back within interval and timeout", async () => {
  await using patient = await Patient.meet(async (guest) => {
    await guest.welcome(guest.number === 1 ? { intervalMs: 100, timeoutMs: 100 } : undefined);
  }, { protocol: "managed" });
  await patient.client.connect();
  const openedAt = performance.now();

  const close = await patient.until("close");
  const foundAfterMs = performance.now() - openedAt;
  await patient.until("open", 2);

  assertEquals([close.code, close.willReconnect], [4408, true]);
  assert(foundAfterMs >= 190, `after ${foundAfterMs} ms`);
});

Deno.test("K20 a plain server that stops answering is found with a heartbeat", async () => {
  const pings: string[] = [];
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept();
    if (guest.number > 1) return;
    const ping = await guest.nextText();
    pings.push(ping ?? "");
    guest.text(ping!.replace("ping", "pong"));
    pings.push(await guest.nextText() ?? "");
  }, { heartbeatInterval: 50, heartbeatTimeoutMs: 50 });
  const seen: unknown[] = [];
  patient.client.on("message", (message) => seen.push(message));
  await patient.client.connect();

  await patient.until("open", 2);

  assertEquals([pings, seen], [['{"type":"ping","data":1}', '{"type":"ping","data":2}'], []]);
  assertEquals(patient.all("close")[0]?.code, 4408);
});

Deno.test("K21 a server that accepts and drops, for ever: the delays grow until a connection was good", async () => {
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept();
    guest.end();
  });
  await patient.client.connect();

  await patient.until("waiting", 6);

  assertEquals(patient.all("waiting").slice(0, 6).map(({ delayMs }) => delayMs), [10, 20, 40, 80, 160, 200]);
});

Deno.test("K22 a message above the limit: not handed on, the connection ended, and said so", async () => {
  const farewell = Promise.withResolvers<Frame | undefined>();
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept();
    guest.text("x".repeat(100_001));
    farewell.resolve(await guest.nextFrame());
    guest.end();
  }, { maxMessageBytes: 100_000 });
  const seen: unknown[] = [];
  patient.client.on("message", (message) => seen.push(message));
  await patient.client.connect();

  const close = await patient.until("close");

  const frame = await farewell.promise;
  assertEquals([close.code, close.willReconnect, seen], [1009, false, []]);
  assertEquals([frame && closeCodeOf(frame), frame && closeReasonOf(frame).includes("maxMessageBytes")], [4400, true]);
});

Deno.test("K22 a message that announces 1 GB: refused before the memory is spent", async () => {
  const before = Deno.memoryUsage().rss;
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept();
    if (guest.number === 1) {
      guest.send({
        opcode: OPCODE.binary,
        payload: new Uint8Array(1_000),
        announcedLength: 1_000_000_000,
        lengthBits: 64,
      });
    }
  });
  await patient.client.connect();

  await patient.until("open", 2);

  assertEquals(patient.all("close")[0]?.code, 1006);
  assert(Deno.memoryUsage().rss - before < 200_000_000);
});

Deno.test("K23 10,000 messages behind the handshake, before there is a handler: none is lost, the order is kept", async () => {
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept();
    for (let i = 0; i < 10_000; i++) guest.text({ type: "n", data: i });
    guest.text({ type: "last" });
  }, { maxUnreadMessages: 20_000 });
  const seen: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await patient.client.connect();

  patient.client.handlers = {
    onMessage: ({ type, data }) => {
      if (type === "last") resolve();
      else seen.push(data);
    },
  };
  await promise;

  assertEquals(seen, Array.from({ length: 10_000 }, (_, i) => i));
});

Deno.test("K24 sending while reconnecting: in order, bounded, and told", async () => {
  const received = Promise.withResolvers<string[]>();
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept();
    if (guest.number === 1) return guest.end();
    const texts: string[] = [];
    while (texts.length < 4) texts.push(await guest.nextText() ?? "gone");
    received.resolve(texts);
  }, { maxQueuedMessages: 3 });
  const { client } = patient;
  const outcomes: string[] = [];
  client.on("waiting", () => {
    if (outcomes.length === 0) { for (const text of ["a", "b", "c", "d"]) outcomes.push(client.send(text)); }
  });
  await client.connect();

  await patient.until("open", 2);
  outcomes.push(client.send("e"));

  assertEquals(outcomes, ["queued", "queued", "queued", "dropped", "sent"]);
  assertEquals(await received.promise, ["a", "b", "c", "e"]);
  assertEquals(patient.all("message:dropped"), [{ direction: "send", message: "d", reason: "messages" }]);
});

Deno.test("K25 disconnect() in every state with real sockets: closed once, nothing left", async () => {
  for (const state of ["idle", "connecting", "open", "waiting", "closing", "closed"] as const) {
    await using patient = await Patient.meet(async (guest) => {
      if (state === "connecting") return;
      await guest.accept();
      if (state === "waiting") return guest.end();
      const frame = await guest.nextFrame();
      if (frame !== undefined) guest.close(closeCodeOf(frame));
      guest.end();
    }, { reconnect: { baseDelayMs: 60_000, maxDelayMs: 60_000 } });
    const { client } = patient;
    if (state !== "idle") client.connect().catch(() => {});
    if (state === "open" || state === "closing" || state === "closed") await patient.until("open");
    if (state === "waiting") await patient.until("waiting");
    if (state === "closing") client.disconnect();
    if (state === "closed") await client.disconnect();
    assertEquals(client.getState(), state);

    await client.disconnect();

    assertEquals([client.getState(), patient.all("close").filter((each) => !each.willReconnect).length], ["closed", 1]);
  }
});

Deno.test("K26 a clock that jumps by ten minutes: the client comes back at once, without a burst of pings", async () => {
  let jumpMs = 0;
  const pings: string[] = [];
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept();
    if (guest.number > 1) return;
    for (const frame of await framesOf(guest)) if (frame.opcode === OPCODE.text) pings.push(textOf(frame));
  }, {
    heartbeatInterval: 200,
    heartbeatTimeoutMs: 60_000,
    platform: { now: () => Date.now() + jumpMs },
  });
  await patient.client.connect();

  jumpMs = 600_000;
  await patient.until("open", 2);

  assertEquals([pings, patient.all("close").map(({ code }) => code)], [[], [4408]]);
});

Deno.test("K26 a wake during a delay: the client tries at once", async () => {
  let wake = () => {};
  await using patient = await Patient.meet(async (guest) => {
    await guest.accept();
    if (guest.number === 1) guest.end();
  }, {
    reconnect: { baseDelayMs: 60_000, maxDelayMs: 60_000 },
    platform: {
      watchWakes: (onWake) => {
        wake = onWake;
        return () => {};
      },
    },
  });
  await patient.client.connect();
  await patient.until("waiting");

  wake();

  await patient.until("open", 2);
});

Deno.test("K a server that floods the managed protocol with nonsense costs one connection, not the process", async () => {
  const nonsense = ["{", "[]", "[[]]", '{"type":"$nothing"}', '{"type":5}', "null"];
  const seen: WebSocketMessage[] = [];
  await using patient = await Patient.meet(async (guest) => {
    await guest.welcome();
    for (let i = 0; i < 1_000; i++) guest.text(nonsense[(guest.number + i) % nonsense.length]!);
  }, { protocol: "managed", reconnect: { closeActions: { 4400: "back_off" } } });
  patient.client.on("message", (message) => seen.push(message));
  await patient.client.connect();

  await patient.until("open", 3);

  assertEquals(seen, []);
});
