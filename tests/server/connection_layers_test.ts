/** Tests of the onion around the way in: order, refusals that cannot get lost, and layers that misbehave. */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { ConnectionLayers } from "../../src/server/connection_layers.ts";
import { PeerRequest } from "../../src/server/peer_request.ts";
import type { ConnectionLayer, ConnectionVerdict } from "../../src/server/sign_in_types.ts";
import { gate } from "./tools/rig.ts";
import { handshakeOf } from "./tools/parts.ts";

type Layer = ConnectionLayer<Record<string, unknown>>;

function layersOf(...all: Layer[]) {
  const unheard: unknown[] = [];
  const layers = new ConnectionLayers<Record<string, unknown>>((error) => void unheard.push(error));
  const offs = all.map((each) => layers.add(each));
  const request = new PeerRequest<Record<string, unknown>>({
    handshake: handshakeOf("http://localhost/ws"),
    protocol: "",
    isManaged: false,
    token: undefined,
    data: {},
  });
  return { layers, unheard, offs, request, run: () => layers.run(request) };
}

const NO = () => new Response("no", { status: 429 });
const later = async <Value>(value: Value): Promise<Value> => {
  await null;
  return value;
};
const failing = (): never => {
  throw new Error("failed");
};

function isRefusal(verdict: ConnectionVerdict): number | undefined {
  return verdict instanceof Response ? verdict.status : undefined;
}

Deno.test("ConnectionLayers.run() lets in where there is no layer, and where all hand on", async () => {
  assertEquals(layersOf().run(), undefined);
  assertEquals(layersOf((_, next) => next(), (_, next) => next()).run(), undefined);
  assertEquals(await layersOf(async (_, next) => await next(), (_, next) => later(0).then(next)).run(), undefined);
});

Deno.test("ConnectionLayers.run() goes from the first layer inwards, and back, with one request for all", async () => {
  const order: string[] = [];
  const { run, request } = layersOf(
    async (given, next) => {
      order.push("a");
      given.data.seen = 1;
      await next();
      order.push("/a");
    },
    (given, next) => {
      order.push(`b ${given.data.seen}`);
      const result = next();
      order.push("/b");
      return result;
    },
    () => {
      order.push("c");
      return NO();
    },
  );

  assertEquals([isRefusal(await run()), order], [429, ["a", "b 1", "c", "/b", "/a"]]);
  assertEquals(request.data, { seen: 1 });
});

Deno.test("ConnectionLayers.run() is synchronous where all layers are", () => {
  const { run } = layersOf((_, next) => next(), NO);

  assertInstanceOf(run(), Response);
});

Deno.test("ConnectionLayers.run() keeps a refusal that the layers around it forget to return", async () => {
  const forgetful: Layer[] = [
    (_, next) => void next(),
    async (_, next) => {
      await next();
    },
    async (_, next) => {
      void next();
      await null;
    },
  ];

  for (const outer of forgetful) {
    for (const inner of [NO, () => later(NO())]) {
      assertEquals(isRefusal(await layersOf(outer, inner).run()), 429);
    }
  }
});

Deno.test("ConnectionLayers.run() lets a layer refuse in its own words what another refused, or let in", async () => {
  const own = async (_: unknown, next: () => unknown) => {
    await next();
    return new Response(null, { status: 418 });
  };

  assertEquals(isRefusal(await layersOf(own, NO).run()), 418);
  assertEquals(isRefusal(await layersOf(own).run()), 418);
});

Deno.test("ConnectionLayers.run() refuses with 403 who is neither handed on nor refused", async () => {
  const silent: Layer[] = [() => {}, async () => {}, () => false as unknown as void, () => "yes" as unknown as void];

  for (const layer of silent) {
    const verdict = await layersOf((_, next) => next(), layer).run();
    assert(verdict instanceof Response);
    assertEquals([verdict.status, await verdict.text()], [403, "403 Forbidden: this peer may not connect\n"]);
  }
});

Deno.test("ConnectionLayers.run() hands errors through, and lets in nobody where a layer swallows them", async () => {
  assertThrows(() => layersOf((_, next) => next(), failing).run(), Error, "failed");
  await assertRejects(async () => await layersOf((_, next) => next(), () => later(0).then(failing)).run());
  const swallowing = (_: unknown, next: () => unknown) => {
    try {
      next();
    } catch {
      // and goes on as if nothing had happened
    }
  };

  assertEquals(isRefusal(await layersOf(swallowing, failing).run()), 403);
  const swallowingLater = async (_: unknown, next: () => unknown) => {
    try {
      await next();
    } catch {
      // the same
    }
  };
  await assertRejects(async () => await layersOf(swallowingLater, () => later(0).then(failing)).run(), Error, "failed");
});

Deno.test("ConnectionLayers.run() counts the layers further in although nobody waits for them", async () => {
  const { run, unheard } = layersOf((_, next) => void next(), () => later(0).then(failing));

  await assertRejects(async () => await run(), Error, "failed");
  assertEquals(unheard, []);
});

Deno.test("ConnectionLayers.run() tells of an error further in that would reach nobody", async () => {
  const failed = gate();
  const further = () => failed.promise.then(failing);
  const impatient = layersOf((_, next) => {
    void next();
    return NO();
  }, further);
  const throwing = layersOf((_, next) => {
    void next();
    throw new Error("mine");
  }, further);

  assertEquals(isRefusal(await impatient.run()), 429);
  assertThrows(() => throwing.run(), Error, "mine");
  failed.resolve();
  await later(later(later(0)));

  assertEquals([...impatient.unheard, ...throwing.unheard].map(String), ["Error: failed", "Error: failed"]);
});

Deno.test("ConnectionLayers.run() throws where next is called twice, and reports it where it is called too late", async () => {
  let kept: (() => unknown) | undefined;
  const twice = layersOf((_, next) => {
    next();
    return next();
  });
  const late = layersOf((_, next) => {
    kept = next;
    return NO();
  }, failing);

  assertThrows(() => twice.run(), Error, "next() was called twice");
  assertEquals(isRefusal(await late.run()), 429);
  assertEquals(kept!(), undefined);
  assertEquals(late.unheard.map(String), [
    "Error: Cannot hand on a peer as next() was called after the middleware was done: call it once, and return its result",
  ]);
});

Deno.test("ConnectionLayers.add() takes layers out at any time, each by itself, once", async () => {
  const calls: string[] = [];
  const layer: Layer = (_, next) => {
    calls.push("layer");
    return next();
  };
  const { layers, offs, run } = layersOf(layer, layer);

  await run();
  offs[0]!();
  offs[0]!();
  await run();
  assertEquals([calls.length, layers.isEmpty], [3, false]);
  offs[1]!();

  assertEquals([layers.isEmpty, await run(), calls.length], [true, undefined, 3]);
});

Deno.test("ConnectionLayers.add() during a peer's way leaves that way as it is", async () => {
  const seen: string[] = [];
  const { layers, request } = layersOf((_, next) => {
    layers.add(() => NO());
    seen.push("first");
    return next();
  });

  assertEquals([await layers.run(request), seen], [undefined, ["first"]]);
  assertStrictEquals(isRefusal(await layers.run(request)), 429);
});
