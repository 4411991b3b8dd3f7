/** Tests of decisions that take their time: peers that leave, deadlines, stops, and the order of all checks. */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import type { WebSocketConfig } from "../../src/server/options.ts";
import type { Authenticate, ConnectionRequest } from "../../src/server/types.ts";
import { connect } from "../../src/testing/mod.ts";
import { gate, NOTHING, Rig } from "./tools/rig.ts";
import { hello, refusal, SILENT } from "./tools/sign_in.ts";

type AnyAuthenticate = Authenticate<Record<string, unknown>>;

function rigOf(authenticate: AnyAuthenticate, config: WebSocketConfig = {}): Rig {
  return new Rig({ authenticate, ...config });
}

const failing = (): never => {
  throw new Error("secret");
};

Deno.test("the upgrade stays synchronous where authenticate and middleware are", async () => {
  const rig = rigOf(() => ({}));
  rig.server.use({ connection: (_, next) => next() });
  const answers: unknown[] = [];
  const spied = {
    handleUpgrade: (...args: Parameters<typeof rig.server.handleUpgrade>) => {
      answers.push(rig.server.handleUpgrade(...args));
      return answers[0] as Response;
    },
  };

  await using _client = await connect(spied, { token: "t" });

  assertInstanceOf(answers[0], Response);
});

Deno.test("who leaves while authenticate is under way holds no place, and authenticate hears of it", async () => {
  const signals: AbortSignal[] = [];
  const answer = Promise.withResolvers<Record<string, unknown>>();
  const rig = rigOf((request) => {
    signals.push(request.signal);
    return answer.promise;
  }, { openTimeoutMs: 0 });
  rig.server.use({ connection: () => void rig.told.push("middleware") });
  const leaving = new AbortController();
  const connecting = assertRejects(() => connect(rig.server, { signal: leaving.signal }));
  assertEquals([rig.left.connecting, signals[0]!.aborted], [1, false]);

  leaving.abort();
  await connecting;
  await rig.settle();
  assertEquals([rig.left, signals[0]!.aborted, signals[0]!.reason.name], [NOTHING, true, "AbortError"]);
  answer.resolve({});
  await rig.settle();

  assertEquals([rig.left, rig.told, rig.errors], [NOTHING, [], []]);
});

Deno.test("who leaves in the turn of the decision is never upgraded after that", async () => {
  for (let turns = 0; turns < 20; turns++) {
    const leaving = new AbortController();
    const answer = Promise.withResolvers<Record<string, unknown>>();
    const rig = rigOf(() => answer.promise, {
      headers: () => {
        assert(!leaving.signal.aborted, `left ${turns} turns after the answer`);
        return {};
      },
    });
    const connecting = connect(rig.server, { signal: leaving.signal }).catch(() => undefined);
    await rig.settle();

    answer.resolve({});
    for (let i = 0; i < turns; i++) await null;
    leaving.abort();

    await (await connecting)?.close();
    await rig.settle();
    assertEquals([rig.errors, rig.left.connections], [[], 0]);
  }
});

Deno.test("authenticate has openTimeoutMs, and hears when they are over", async () => {
  const signals: AbortSignal[] = [];
  const rig = rigOf((request) => {
    signals.push(request.signal);
    return new Promise<never>((_, reject) => request.signal.addEventListener("abort", () => reject(new Error("late"))));
  }, { openTimeoutMs: 1_000 });

  const refused = refusal(rig);
  await rig.clock.advance(1_050);

  assertEquals([(await refused).status, rig.left, signals[0]!.reason.name], [500, NOTHING, "TimeoutError"]);
  assertEquals(rig.errors.map(({ cause }) => (cause as Error).message), ["The check has not answered in 1000 ms"]);
});

Deno.test("what listeners of the signal throw is told, and hurts nobody", async () => {
  const rig = rigOf(({ signal }) => {
    signal.addEventListener("abort", () => {
      throw new Error("in the listener");
    });
    return new Promise<never>(() => {});
  }, { openTimeoutMs: 1_000 });
  const leaving = new AbortController();

  const left = assertRejects(() => connect(rig.server, { signal: leaving.signal }));
  leaving.abort();
  await left;
  const late = refusal(rig);
  const peer = rig.peer(SILENT);
  peer.socket.receives(hello("t"));
  peer.socket.isClosed(1001);
  await rig.clock.advance(1_050);

  assertEquals((await late).status, 500);
  assertEquals(rig.errorTexts.filter((text) => text === "in the listener").length, 3);
  assertEquals(rig.left, NOTHING);
});

Deno.test("a signal that is read when nobody waits any more is aborted already", async () => {
  const done = gate();
  let request: ConnectionRequest<unknown> | undefined;
  const rig = rigOf(async (given) => {
    request = given;
    await done.promise;
    return {};
  }, { openTimeoutMs: 500 });
  const refused = refusal(rig);
  await rig.clock.advance(550);
  await refused;

  assertEquals([request!.signal.aborted, request!.signal === request!.signal], [true, true]);
  done.resolve();
});

Deno.test("who passes authenticate during a stop is refused, and the stop waits for nothing else", async () => {
  const passed = gate();
  const rig = rigOf(() => passed.promise.then(() => ({})));
  const refused = refusal(rig);
  const stopped = rig.server.stop();

  passed.resolve();
  const { status, body } = await refused;
  await stopped;

  assertEquals([status, body, rig.left], [503, "503 Service Unavailable: the server is stopping\n", NOTHING]);
});

Deno.test("a place is taken before authenticate is asked", async () => {
  const passed = gate();
  const rig = rigOf(() => passed.promise.then(() => ({})), { maxConnections: 1 });
  const first = connect(rig.server);

  assertEquals((await refusal(rig)).status, 503);
  passed.resolve();
  await using _client = await first;

  assertEquals(rig.server.connections.size, 1);
});

Deno.test("authenticate comes after origin and host, and before the headers of the 101", async () => {
  const order: string[] = [];
  const rig = rigOf(async () => {
    order.push("authenticate");
    await null;
    return {};
  }, {
    origins: async () => {
      order.push("origin");
      await null;
      return true;
    },
    headers: () => {
      order.push("headers");
      return {};
    },
  });
  rig.server.use({
    connection: (_, next) => {
      order.push("middleware");
      return next();
    },
  });

  await using _client = await connect(rig.server, { headers: { origin: "https://elsewhere.example" } });

  assertEquals(order, ["origin", "authenticate", "middleware", "headers"]);
  const elsewhere = new Rig({ authenticate: failing, origins: [] });
  assertEquals((await refusal(elsewhere, { headers: { origin: "https://x.example" } })).status, 403);
});
