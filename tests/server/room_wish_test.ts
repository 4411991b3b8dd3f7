/** Tests of what is said at the door of a room, held against the contract. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { z } from "zod";
import { InvalidDataError } from "../../src/errors.ts";
import { defineContract } from "../../src/protocol/contract.ts";
import type { Schema } from "../../src/protocol/contract.ts";
import type { Joins } from "../../src/server/room_types.ts";
import { after, held, isMuch, Reservation } from "../../src/server/room_wish.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { connect, testPlatform, VirtualClock } from "../../src/testing/mod.ts";

const contract = defineContract({
  rooms: {
    "chat/{id}": {
      data: z.object({ nick: z.string().max(5), age: z.string().transform(Number).default(18) }),
      reply: z.object({ seats: z.number() }),
    },
    "slow/{id}": { data: z.string().refine((text) => Promise.resolve(text === "yes")) },
    plain: {},
  },
});

/** A server with this contract, and a managed peer; the rule of "chat/{id}" answers with `reply`. */
async function talking(options: { validateOutgoing?: boolean; reply?: unknown } = {}) {
  const { validateOutgoing = false, reply = { seats: 3 } } = options;
  const clock = new VirtualClock();
  const errors: Error[] = [];
  const asked: unknown[] = [];
  const server = new WebSocketServer({
    platform: testPlatform(clock),
    contract,
    validateOutgoing,
    handlers: { onError: (_connection, error) => void errors.push(error) },
  });
  const note = ({ room, data }: { room: string; data: unknown }) => void asked.push([room, data]);
  server.room("chat/{id}", {
    join: (context) => {
      note(context);
      return reply as { seats: number };
    },
  });
  server.room("slow/{id}", { join: (context) => note(context) });
  server.room("plain", { join: (context) => note(context) });
  const client = await connect(server, { managed: true });
  const [connection] = server.connections;
  let id = 0;
  const join = async (room: string, data?: unknown) => {
    client.sendRaw(JSON.stringify({ type: "$join", id: ++id, room, data }));
    await clock.advance(0);
    return JSON.parse(String(client.frames.at(-1)));
  };
  return { connection: connection!, errors, asked, join, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

Deno.test("a join gives the rule what the schema makes of the data", async () => {
  await using talk = await talking();
  const { join, asked, errors, connection } = talk;

  assertEquals(await join("chat/1", { nick: "Ada", age: "36" }), { type: "$reply", id: 1, data: { seats: 3 } });
  await join("chat/2", { nick: "Bob" });
  await join("slow/1", "yes");
  await join("plain", { any: "thing" });

  assertEquals(asked, [
    ["chat/1", { nick: "Ada", age: 36 }],
    ["chat/2", { nick: "Bob", age: 18 }],
    ["slow/1", "yes"],
    ["plain", undefined],
  ]);
  assertEquals([connection.rooms, errors], [["chat/1", "chat/2", "slow/1", "plain"], []]);
});

Deno.test("a join whose data the schema refuses is answered with the place of the fault, and no rule is asked", async () => {
  const faults: readonly [room: string, data: unknown, path: (string | number)[]][] = [
    ["chat/1", { nick: "far too long" }, ["nick"]],
    ["chat/1", undefined, []],
    ["slow/1", "no", []],
  ];
  for (const [room, data, path] of faults) {
    await using talk = await talking();
    const { join, asked, errors, connection } = talk;

    const { type, error } = await join(room, data);

    assertEquals([type, error.code, error.data], ["$error", "invalid_data", { issues: [{ path }] }]);
    assertEquals([asked, connection.rooms, errors.length], [[], [], 1]);
    assertInstanceOf(errors[0], InvalidDataError);
    assertEquals([errors[0].direction, errors[0].type], ["incoming", room]);
  }
});

Deno.test("a join of a room that is not in the contract is forbidden", async () => {
  const rig = new WebSocketServer({ contract: defineContract({ rooms: { a: {} } }) });
  rig.room("a");
  await using client = await connect(rig, { managed: true });

  client.sendRaw('[{"type":"$join","id":1,"room":"b"},{"type":"$join","id":2,"room":"a"}]');
  await client.nextRaw();
  const frames = [await client.nextRaw()]; // both were gathered behind the welcome
  const answers = frames.flatMap((frame) => JSON.parse(String(frame)));

  assertEquals(answers.map(({ type, error }) => error?.code ?? type), ["forbidden", "$reply"]);
});

Deno.test("a rule's reply is held against the contract where that is switched on, and lets nobody in if it does not fit", async () => {
  const cases = [
    { validateOutgoing: false, reply: { seats: "many" }, code: "$reply" },
    { validateOutgoing: true, reply: { seats: "many" }, code: "internal_error" },
    { validateOutgoing: true, reply: { seats: 5 }, code: "$reply" },
  ];
  for (const { code, ...options } of cases) {
    await using talk = await talking(options);
    const { join, errors, connection } = talk;

    const { type, error } = await join("chat/1", { nick: "Ada" });

    const isIn = code === "$reply";
    assertEquals([error?.code ?? type, connection.rooms.length, errors.length], [code, isIn ? 1 : 0, isIn ? 0 : 1]);
    if (!isIn) assertEquals((errors[0] as InvalidDataError).direction, "outgoing");
  }
});

Deno.test("after() goes on at once with a value, and later with a promise", async () => {
  const got: unknown[] = [];

  const now = after(1, (value) => got.push(value));
  const later = after(Promise.resolve(2), (value) => got.push(value));
  const during = [...got];
  await later;

  assertEquals([now, during, got, later instanceof Promise], [1, [1], [1, 2], true]);
});

Deno.test("held() is synchronous where the schema is", () => {
  const schema = z.number();

  assertEquals([held(undefined, "x", "incoming", "a"), held(schema, 5, "incoming", "a")], ["x", 5]);
  assertInstanceOf(held(z.string().refine(() => Promise.resolve(true)) as Schema, "x", "incoming", "a"), Promise);
});

Deno.test("isMuch() measures data as JSON", () => {
  const little = [undefined, null, 5, true, "x".repeat(1024), { a: "x".repeat(1000) }, []];
  const endless: unknown[] = [];
  endless.push(endless);
  const much = ["x".repeat(1025), { a: "x".repeat(1020) }, Array(600).fill(0), endless];

  assertEquals([little.map(isMuch), much.map(isMuch)], [little.map(() => false), much.map(() => true)]);
});

Deno.test("Reservation keeps a place once, and gives it back once", async () => {
  const joins: Joins = {
    bucket: undefined,
    underWay: 0,
    reserved: 0,
    renewals: 0,
    admitted: new Map(),
    checks: undefined,
  };
  const counts = () => [joins.underWay, joins.reserved];
  const seen: number[][] = [];

  const outside = new Reservation(joins, false);
  const inside = new Reservation(joins, true);
  seen.push(counts());
  outside.giveBack();
  outside.giveBack();
  inside.giveBack();
  seen.push(counts());
  outside.end();
  await inside.until(Promise.reject(new Error("no"))).catch(() => {});
  seen.push(counts());

  assertEquals(seen, [[2, 1], [2, 0], [0, 0]]);
});
