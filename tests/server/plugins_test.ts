/** Tests of plugins and of middleware objects: what they put in, and that all of it can be taken out. */

import { assertEquals, assertThrows } from "@std/assert";
import { type PluginPorts, use } from "../../src/server/plugins.ts";
import type { PluginHost, WebSocketPlugin } from "../../src/server/types.ts";
import { Rig } from "./tools/rig.ts";

Deno.test("WebSocketServer.use() lets a plugin put in handlers, rooms, events, middleware and subscriptions, and takes all out", () => {
  const rig = new Rig();
  const told: string[] = [];
  const plugin: WebSocketPlugin = {
    name: "everything",
    install(host) {
      host.use({ message: (_conn, message, next) => (told.push(`middleware ${message.type}`), next()) });
      host.handle("ask", () => "answer");
      host.room("open/{name}");
      host.on("connection:added", () => told.push("added"));
      host.subscribe("open/a", () => told.push("heard"));
      return () => told.push("farewell");
    },
  };

  const off = rig.server.use(plugin);
  const { socket } = rig.peer({ isManaged: true });
  socket.receives({ type: "ask", id: 1 });
  socket.receives({ type: "$join", id: 2, room: "open/a" });
  rig.server.broadcast({ type: "news" }, { room: "open/a" });
  assertEquals(told, ["added", "middleware ask", "heard"]);
  off();
  off();
  socket.receives({ type: "ask", id: 3 });
  socket.receives({ type: "$join", id: 4, room: "open/b" });
  rig.server.broadcast({ type: "news" }, { room: "open/a" });
  rig.peer();

  assertEquals(told.slice(3), ["farewell"]);
  assertEquals(socket.messages.slice(1), [
    { type: "$reply", id: 1, data: "answer" },
    { type: "$reply", id: 2, data: null },
    { type: "news", $room: "open/a", $at: 1 },
    { type: "$error", id: 4, error: { code: "forbidden", message: "You may not be in this room" } },
    { type: "news", $room: "open/a", $at: 2 },
  ]);
  assertEquals(rig.messages, [{ type: "ask", id: 3 }]);
});

Deno.test("WebSocketServer.use() takes out what a plugin had put in when it throws", () => {
  const rig = new Rig();
  const failure = new Error("no");

  const error = assertThrows(() =>
    rig.server.use({
      name: "broken",
      install(host) {
        host.handle("ask", () => "answer");
        throw failure;
      },
    })
  );
  rig.server.handle("ask", () => "mine");

  assertEquals(error, failure);
});

Deno.test("WebSocketServer.use() lets a plugin take out one thing by itself", () => {
  const rig = new Rig();
  let host: PluginHost | undefined;
  const off = rig.server.use({ name: "later", install: (given) => void (host = given) });

  host!.handle("ask", () => 1)();
  host!.handle("ask", () => 2);
  off();
  rig.server.handle("ask", () => 3);

  assertEquals(rig.errors, []);
});

Deno.test("PluginHost shows the connections, the figures and the platform", async () => {
  const rig = new Rig();
  let host: PluginHost | undefined;
  rig.server.use({ name: "watch", install: (given) => void (host = given) });
  const { connection } = rig.peer();
  let rang = 0;

  host!.platform.setTimer(() => rang++, 100);
  host!.platform.clearTimer(host!.platform.setTimer(() => rang++, 100));
  await rig.clock.advance(100);

  assertEquals([...host!.connections], [connection]);
  assertEquals([host!.connections.size, host!.connections.ids(), host!.getStats().connections], [
    1,
    [connection.id],
    1,
  ]);
  assertEquals([host!.platform.now(), host!.platform.date()], [rig.clock.now(), rig.clock.date()]);
  assertEquals([host!.platform.memoryBytes(), rang], [0, 1]);
});

Deno.test("WebSocketServer.use() calls the methods of a middleware that is an object of a class on it", () => {
  class Counter {
    count = 0;
    message(_connection: unknown, _message: unknown, next: () => void | Promise<void>) {
      this.count++;
      return next();
    }
  }
  const rig = new Rig();
  const counter = new Counter();
  rig.server.use(counter);

  rig.peer().socket.receives("a");

  assertEquals([counter.count, rig.messages.length], [1, 1]);
});

Deno.test("WebSocketServer.use() takes out everything of a plugin, also when its farewell throws", () => {
  const rig = new Rig();
  const farewell = new Error("in the farewell");
  const off = rig.server.use({
    name: "broken",
    install(host) {
      host.handle("ask", () => "answer");
      host.room("a");
      return () => {
        throw farewell;
      };
    },
  });

  assertEquals(assertThrows(off), farewell);
  off();

  rig.server.handle("ask", () => "mine");
  rig.server.room("a");
});

Deno.test("WebSocketServer.use() lets plugins put in plugins, which go with them", () => {
  const rig = new Rig();
  const told: string[] = [];
  const inner: WebSocketPlugin = {
    name: "inner",
    install(host) {
      host.handle("ask", () => 1);
      return () => void told.push("inner");
    },
  };
  const outer: WebSocketPlugin = {
    name: "outer",
    install(host) {
      host.use(inner);
      return () => void told.push("outer");
    },
  };

  rig.server.use(outer)();
  rig.server.handle("ask", () => 2);

  assertEquals(told, ["outer", "inner"]);
});

Deno.test("WebSocketServer.use() takes out what an inner plugin had put in when the outer one throws, whatever it throws", () => {
  const rig = new Rig();
  const failure = new Error("no");
  const error = assertThrows(() =>
    rig.server.use({
      name: "outer",
      install(host) {
        host.handle("ask", () => 1);
        host.use({
          name: "inner",
          install: () => () => {
            throw new Error("in the farewell");
          },
        });
        throw failure;
      },
    })
  );
  rig.server.handle("ask", () => 2);

  assertEquals([error, rig.errorTexts], [failure, []]);
});

Deno.test("PluginHost refuses to put anything in for a plugin that was taken out", () => {
  const rig = new Rig();
  let host: PluginHost | undefined;
  const off = rig.server.use({ name: "late", install: (given) => void (host = given) });

  off();

  const message = 'the plugin "late" as it was taken out';
  assertThrows(() => host!.handle("ask", () => 1), TypeError, message);
  assertThrows(() => host!.room("a"), TypeError, message);
  assertThrows(() => host!.on("error", () => {}), TypeError, message);
  assertThrows(() => host!.subscribe("a", () => {}), TypeError, message);
  assertThrows(() => host!.use({ message: (_c, _m, next) => next() }), TypeError, message);
  rig.server.handle("ask", () => 2);
});

Deno.test("use() keeps nothing of what a plugin has taken out by itself", () => {
  const taken: string[] = [];
  const host = { handle: (type: string) => () => void taken.push(type) };
  const ports = { host } as unknown as PluginPorts<Record<string, unknown>>;
  let own: PluginHost | undefined;
  const off = use({ name: "busy", install: (given) => void (own = given) }, ports);

  const first = own!.handle("first", () => {});
  own!.handle("second", () => {});
  first();
  first();
  assertEquals(taken, ["first"]);
  off();
  off();

  assertEquals(taken, ["first", "second"]);
});

Deno.test("WebSocketServer.use() refuses a plugin that takes its time, with everything that it put in", async () => {
  const rig = new Rig();
  const install = (async (host: PluginHost) => {
    host.handle("ask", () => 1);
    await Promise.resolve();
    throw new Error("later");
  }) as unknown as WebSocketPlugin["install"];

  assertThrows(() => rig.server.use({ name: "slow", install }), TypeError, 'the plugin "slow"');
  rig.server.handle("ask", () => 2);
  await rig.settle();
});
