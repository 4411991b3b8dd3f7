/** Tests of middleware: order, what is handed on, and next() used wrongly. */

import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { type Layer, Pipeline } from "../../src/server/pipeline.ts";
import type { WebSocketMessage } from "../../src/protocol/messages.ts";
import { Rig } from "./tools/rig.ts";

/** For pipelines in which no error may get lost. */
const never = (_context: string, error: unknown) => {
  throw error;
};

function pipelineOf(...layers: Layer<string, string>[]): Pipeline<string, string> {
  const pipeline = new Pipeline<string, string>(never);
  for (const layer of layers) pipeline.add(layer);
  return pipeline;
}

/** Runs it around an inside that notes what it got. */
function run(pipeline: Pipeline<string, string>, message = "m") {
  const got: string[] = [];
  const result = pipeline.run("context", message, (context, message) => void got.push(`${context} ${message}`));
  return { got, result };
}

Deno.test("Pipeline.run() goes through the layers in the order in which they were added, and back", () => {
  const log: string[] = [];
  const layer = (name: string): Layer<string, string> => (_context, _message, next) => {
    log.push(`${name} in`);
    next();
    log.push(`${name} out`);
  };

  const { got, result } = run(pipelineOf(layer("a"), layer("b")));

  assertEquals([log, got, result], [["a in", "b in", "b out", "a out"], ["context m"], undefined]);
});

Deno.test("Pipeline.run() hands on another message where a layer gives one", () => {
  const { got } = run(
    pipelineOf((_c, message, next) => next(`${message}1`), (_c, message, next) => next(`${message}2`)),
  );

  assertEquals(got, ["context m12"]);
});

Deno.test("Pipeline.run() stops at a layer that does not hand on", () => {
  assertEquals(run(pipelineOf(() => {}, (_c, _m, next) => next())).got, []);
});

Deno.test("Pipeline.run() waits where a layer or the inside does, and only there", async () => {
  const pipeline = pipelineOf((_c, _m, next) => next());
  const async = pipelineOf(async (_c, _m, next) => {
    await null;
    await next();
  });

  assertEquals(pipeline.run("", "", () => {}), undefined);
  const promise = Promise.resolve();
  assertEquals(pipeline.run("", "", () => promise) instanceof Promise, true);
  assertEquals(async.run("", "", () => {}) instanceof Promise, true);
  await async.run("", "", () => {});
});

Deno.test("Pipeline.run() throws when a layer calls next() twice", () => {
  const { got } = { got: [] as string[] };
  const pipeline = pipelineOf((_c, _m, next) => {
    next();
    next();
  });

  assertThrows(() => pipeline.run("", "m", (_c, m) => void got.push(m)), Error, "next() was called twice");

  assertEquals(got, ["m"]);
});

Deno.test("Pipeline.run() hands nothing on when next() is called after the layer was done, and tells of it", async () => {
  const unheard: string[] = [];
  const kept: Array<() => unknown> = [];
  const pipeline = new Pipeline<string, string>((context, error) =>
    void unheard.push(`${context}: ${(error as Error).message.slice(0, 78)}`)
  );
  const off = pipeline.add((_c, _m, next) => void kept.push(next));
  await pipeline.run("sync", "", () => {});
  off();
  pipeline.add(async (_c, _m, next) => {
    kept.push(next);
    await null;
  });
  await pipeline.run("async", "", () => {});

  const results = kept.map((next) => next());

  assertEquals(results, [undefined, undefined]);
  const text = "Cannot hand on a message as next() was called after the middleware was done: c";
  assertEquals(unheard, [`sync: ${text}`, `async: ${text}`]);
});

/** Layers that call `next` and do not wait for what it returns. */
const FORGETFUL: Readonly<Record<string, Layer<string, string>>> = {
  "returns nothing": (_c, _m, next) => void next(),
  "returns a promise of something else": (_c, _m, next) => {
    void next();
    return Promise.resolve();
  },
  "calls it in a promise": (_c, _m, next) => Promise.resolve().then(() => void next()),
  "goes on for longer": async (_c, _m, next) => {
    void next();
    for (let turn = 0; turn < 10; turn++) await null;
  },
};

for (const [title, layer] of Object.entries(FORGETFUL)) {
  Deno.test(`Pipeline.run() waits for the inside, and passes on its error, where a layer ${title}`, async () => {
    const inside = Promise.withResolvers<void>();
    let isOver = false;

    const running = Promise.resolve(pipelineOf(layer).run("", "", () => inside.promise));
    const checked = assertRejects(() => running, Error, "inside").then(() => isOver = true);
    for (let turn = 0; turn < 20; turn++) await null;
    assertEquals(isOver, false);
    inside.reject(new Error("inside"));

    await checked;
    await assertRejects(
      async () => await pipelineOf(layer).run("", "", () => Promise.reject(new Error("at once"))),
      Error,
      "at once",
    );
  });
}

Deno.test("Pipeline.run() leaves an error to the layer that catches it", async () => {
  const caught: string[] = [];
  const layers: Layer<string, string>[] = [
    (_c, _m, next) => Promise.resolve(next()).catch((error) => void caught.push(error.message)),
    (_c, _m, next) => void (next() as Promise<void>).catch((error) => void caught.push(error.message)),
    async (_c, _m, next) => {
      try {
        await next();
      } catch (error) {
        caught.push((error as Error).message);
      }
    },
  ];

  for (const [index, layer] of layers.entries()) {
    await pipelineOf(layer).run("", "", () => Promise.reject(new Error(`error ${index}`)));
  }

  assertEquals(caught, ["error 0", "error 1", "error 2"]);
});

Deno.test("Pipeline.run() tells of an error of the inside that would be lost behind the layer's own", async () => {
  const unheard: unknown[] = [];
  const pipeline = new Pipeline<string, string>((_context, error) => void unheard.push((error as Error).message));
  pipeline.add((_c, _m, next) => {
    void next();
    return Promise.reject(new Error("layer"));
  });

  await assertRejects(
    async () => await pipeline.run("", "", () => Promise.reject(new Error("inside"))),
    Error,
    "layer",
  );

  assertEquals(unheard, ["inside"]);
});

Deno.test("Pipeline.run() passes on what layers and the inside throw", async () => {
  const pipeline = pipelineOf((_c, _m, next) => next());
  const error = new Error("inside");

  assertStrictEquals(
    assertThrows(() =>
      pipeline.run("", "", () => {
        throw error;
      })
    ),
    error,
  );
  await assertRejects(async () => await pipeline.run("", "", () => Promise.reject(error)), Error, "inside");
});

Deno.test("Pipeline.add() gives what takes the layer out again, once, also where it was added twice", () => {
  const log: string[] = [];
  const layer: Layer<string, string> = (_c, _m, next) => {
    log.push("layer");
    return next();
  };
  const pipeline = new Pipeline<string, string>(never);
  const off = pipeline.add(layer);
  pipeline.add(layer);

  off();
  off();
  run(pipeline);

  assertEquals([log, pipeline.isEmpty], [["layer"], false]);
});

Deno.test("Pipeline.run() keeps the layers with which it began", () => {
  const pipeline = new Pipeline<string, string>(never);
  let off = () => {};
  const seen: string[] = [];
  pipeline.add((_c, _m, next) => {
    off();
    return next();
  });
  off = pipeline.add((_c, _m, next) => {
    seen.push("second");
    return next();
  });

  run(pipeline);
  run(pipeline);

  assertEquals(seen, ["second"]);
});

Deno.test("WebSocketServer.use() puts middleware around onMessage, and reports what it does wrong", async () => {
  const rig = new Rig();
  const seen: WebSocketMessage[] = [];
  const off = rig.server.use({
    message: (_connection, message, next) => {
      seen.push(message);
      if (message.data === "twice") {
        next();
        next();
      } else if (message.data === "replaced") next({ type: "other" });
      else if (message.data !== "never") return next();
    },
  });
  const { socket, connection } = rig.peer();

  for (const text of ["plain", "twice", "replaced", "never"]) socket.receives(text);
  socket.receives({ type: "ask", id: 1, data: "twice" });
  off();
  socket.receives("after");
  await rig.settle();

  assertEquals(rig.messages.map(({ type, data }) => data ?? type), ["plain", "twice", "other", "twice", "after"]);
  assertEquals(seen.length, 5);
  assertEquals(rig.errors.length, 2);
  assertEquals(socket.messages.map((message) => (message as { type: string }).type), ["error"]);
  assertEquals(connection.isOpen, true);
});

Deno.test("WebSocketServer.use() refuses what is no middleware", () => {
  const { server } = new Rig();

  for (const bad of [undefined, null, {}, { message: 1 }, { connection: 1, message: () => {} }, "validation"]) {
    assertThrows(() => server.use(bad as never), TypeError, "neither a middleware nor a plugin");
  }
});

Deno.test("WebSocketServer.use() keeps our own messages out of the middleware: no policy holds up a heartbeat", () => {
  const rig = new Rig();
  rig.server.use({ message: () => {} });
  const plain = rig.peer();
  const managed = rig.peer({ isManaged: true });

  plain.socket.receives({ type: "ping" });
  managed.socket.receives({ type: "$ping", data: 1 });

  assertEquals([plain.socket.messages, managed.socket.messages.slice(1)], [[{ type: "pong" }], [{
    type: "$pong",
    data: 1,
  }]]);
});
