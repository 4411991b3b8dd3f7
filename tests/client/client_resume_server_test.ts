/**
 * The client against the server of this module, on a network that breaks at any moment: nothing gets lost, nothing comes
 * twice, nothing comes out of order.
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { WebSocketClient } from "../../src/client/mod.ts";
import { WebSocketServer } from "../../src/server/mod.ts";
import { testClientPlatform, testPlatform, VirtualClock } from "../../src/testing/mod.ts";

const STEPS = ["send", "acked", "request", "ask", "direct", "room", "all", "cut", "pass", "turn"] as const;
type Step = typeof STEPS[number];

/** A client, a server, and what each has sent and got. */
class World {
  readonly clock = new VirtualClock();
  readonly server = new WebSocketServer({ platform: testPlatform(this.clock) });
  readonly platform = testClientPlatform(this.clock, { server: this.server });
  readonly client = new WebSocketClient({ url: "ws://localhost/ws", platform: this.platform });
  readonly sent: Record<string, number[]> = { say: [], direct: [], room: [], all: [] };
  readonly got: Record<string, number[]> = { say: [], direct: [], room: [], all: [] };
  readonly promised: Promise<unknown>[] = [];
  readonly notRecovered: unknown[] = [];
  #count = 0;

  async begin(): Promise<void> {
    const { client, server, got } = this;
    server.room("tea");
    server.handle("say", (n: number) => void got.say!.push(n));
    server.handle("double", (n: number) => n * 2);
    for (const type of ["direct", "all"]) client.handle(type, (n: number) => void got[type]!.push(n));
    client.handle("half", (n: number) => n / 2);
    client.on("recovery", (event) => event.recovered || this.notRecovered.push(event));
    await client.connect();
    await client.join("tea", undefined, { handlers: { room: (n: number) => void got.room!.push(n) } });
  }

  async take(step: Step): Promise<void> {
    const { client, server, sent } = this;
    const n = ++this.#count;
    const [conn] = [...server.connections];
    switch (step) {
      case "send":
        sent.say!.push(n);
        client.send({ type: "say", data: n });
        break;
      case "acked":
        sent.say!.push(n);
        this.promised.push(client.sendAcked({ type: "say", data: n }));
        break;
      case "request":
        this.promised.push(client.request("double", n).then((answer) => assertEquals(answer, n * 2)));
        break;
      case "ask":
        if (conn) this.promised.push(conn.request("half", n).then((answer) => assertEquals(answer, n / 2), () => {}));
        break;
      case "direct":
        if (conn && ["sent", "queued"].includes(conn.send({ type: "direct", data: n }))) sent.direct!.push(n);
        break;
      case "room":
        sent.room!.push(n);
        server.broadcast({ type: "room", data: n }, { room: "tea" });
        break;
      case "all":
        sent.all!.push(n);
        server.broadcast({ type: "all", data: n });
        break;
      case "cut":
        this.platform.pairs.at(-1)?.cut();
        break;
      case "pass":
        await this.clock.advance(700);
        break;
      case "turn":
        await Promise.resolve();
    }
  }

  async end(): Promise<void> {
    for (let i = 0; i < 20; i++) await this.clock.advance(1_000);
    await Promise.all(this.promised);
    await this.client.disconnect();
    await this.server.stop();
  }
}

Deno.test("client and server lose nothing, repeat nothing and keep the order, whatever breaks when", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...STEPS), { maxLength: 60 }), async (steps) => {
      const world = new World();
      await world.begin();

      for (const step of steps) await world.take(step);
      await world.end();

      assertEquals(world.got, world.sent);
      assertEquals(world.notRecovered, []);
      assert(world.clock.pending === 0, "something is left running");
    }),
    { numRuns: 150 },
  );
});

Deno.test("client and server: a log is read, and an acknowledgement comes when the handler has settled", async () => {
  const clock = new VirtualClock();
  const server = new WebSocketServer({ platform: testPlatform(clock) });
  server.room("tea");
  const held = Promise.withResolvers<void>();
  server.handle("save", () => held.promise);
  const client = new WebSocketClient({ url: "ws://localhost/ws", platform: testClientPlatform(clock, { server }) });
  await client.connect();
  await client.join("tea");
  for (const data of [1, 2, 3]) server.broadcast({ type: "n", data }, { room: "tea" });
  server.broadcast(new Uint8Array([4]), { room: "tea" });

  const saved = client.sendAcked({ type: "save" }).then(() => "acknowledged");
  const first = await Promise.race([saved, client.history("tea", { limit: 2 }).then(() => "read")]);
  held.resolve();
  const { messages, epoch } = await client.history("tea");
  const [second] = messages;
  const later = await client.history("tea", { since: { epoch: epoch!, offset: second!.offset }, limit: 2 });

  assertEquals([first, await saved], ["read", "acknowledged"]);
  assertEquals(messages.map(({ message }) => message.data), [1, 2, 3, new Uint8Array([4])]);
  assertEquals([later.messages.map(({ message }) => message.data), later.recovered], [[2, 3], true]);
  await client.disconnect();
});

Deno.test("client and server: a server that was restarted gets what was not acknowledged, and the client is told", async () => {
  const clock = new VirtualClock();
  const got: unknown[] = [];
  const begin = () => {
    const server = new WebSocketServer({ platform: testPlatform(clock) });
    server.room("tea");
    server.handle("say", (data) => void got.push(data));
    return server;
  };
  let server = begin();
  const platform = testClientPlatform(clock, { server: () => server });
  const client = new WebSocketClient({ url: "ws://localhost/ws", platform });
  const told: string[] = [];
  client.on("recovery", ({ room, recovered, reason }) => told.push(`${room} ${recovered} ${reason}`));
  await client.connect();
  await client.join("tea");
  server.broadcast({ type: "n" }, { room: "tea" });
  client.send({ type: "say", data: 1 });
  await clock.advance(2_000);

  platform.pairs.at(-1)!.cut();
  client.send({ type: "say", data: 2 });
  server = begin();
  await clock.advance(2_000);

  assertEquals([got, client.getState(), client.rooms.map(({ isJoined }) => isJoined)], [[1, 2], "open", [true]]);
  assertEquals(told.filter((text) => !text.startsWith("$all")), ["$inbox false session_lost", "tea false new_epoch"]);
  await client.disconnect();
});
