/** Tests on real sockets through a proxy that breaks them: nothing is lost, duplicated, reordered, or missing without a word. */

import { assert, assertEquals } from "@std/assert";
import { excusesOf, run, type RunPlan, troublesOf } from "./tools/delivery_run.ts";

/** Everything random comes from here; printed where a test fails. */
function seeded(): string {
  return crypto.randomUUID().slice(0, 8);
}

Deno.test("200 clients in rooms of 10, whose connections are cut, frozen and slowed at random bytes, miss nothing", async () => {
  const seed = seeded();
  const plan: RunPlan = {
    clients: 200,
    rooms: 20,
    messages: 50,
    perSecond: 5,
    chaos: { seed, meanBytes: 3_000, maxFreezeMs: 1_500 },
  };

  const result = await run(plan);

  assertEquals([troublesOf(result, plan), excusesOf(result), result.lost], [[], [], 0], `seed ${seed}`);
  assert(result.resumed > 200, `${result.resumed} sessions went on, seed ${seed}`);
});

Deno.test("clients for whom a log is too short are told so, each one, and nobody else", async () => {
  const seed = seeded();
  const plan: RunPlan = {
    clients: 100,
    rooms: 10,
    messages: 80,
    perSecond: 10,
    chaos: { seed, meanBytes: 6_000, maxFreezeMs: 3_000, kinds: ["freeze and reset", "reset"] },
    options: { history: { maxMessages: 8, rooms: { "$all": { maxMessages: 1 } } }, resume: { maxMessages: 2 } },
    asksNothing: true,
  };

  const result = await run(plan);

  // Among the troubles is whatever is missing without a word, and every word where nothing is missing.
  assertEquals([troublesOf(result, plan), result.lost], [[], 0], `seed ${seed}`);
  const excuses = excusesOf(result);
  assertEquals(new Set(excuses.map(({ told }) => told)), new Set(["too_old"]), `seed ${seed}`);
  const sources = new Set(excuses.map(({ source }) => source.replace(/\d+/, "")));
  assertEquals(sources, new Set(["room", "$all", "$inbox"]), `seed ${seed}`);
});

Deno.test("where one connection is reset each moment, only its own client notices, and misses nothing", async () => {
  const plan: RunPlan = { clients: 40, rooms: 4, messages: 40, perSecond: 10, resetEveryMs: 50 };

  const result = await run(plan);
  const { clients, victims } = result.load;
  const noticed = clients.map(({ closes }) => Object.values(closes).reduce((sum, count) => sum + count, 0));
  const hit = clients.map(({ client }) => victims.filter((victim) => victim === client).length);

  assertEquals([troublesOf(result, plan), excusesOf(result), result.lost], [[], [], 0]);
  assertEquals(noticed, hit);
  assert(victims.length >= 20, `${victims.length} connections were reset`);
});

Deno.test("what 16 members say to their room comes to each of them in order, whoever has to come back meanwhile", async () => {
  const seed = seeded();
  const plan: RunPlan = {
    clients: 16,
    rooms: 1,
    messages: 60,
    perSecond: 15,
    isRelay: true,
    // All that is missed by who is frozen for as long as can be must be in the log.
    options: { history: { maxMessages: 2_000, maxBytes: 4_194_304 } },
    chaos: { seed, meanBytes: 40_000, maxFreezeMs: 1_000 },
  };

  const result = await run(plan);

  assertEquals([troublesOf(result, plan), excusesOf(result), result.lost], [[], [], 0], `seed ${seed}`);
  assert(result.resumed > 8, `${result.resumed} sessions went on, seed ${seed}`);
});

Deno.test("clients that do not get to know the server before it begins miss nothing either, and what they send has one effect", async () => {
  const seed = seeded();
  const plan: RunPlan = {
    clients: 60,
    rooms: 6,
    messages: 40,
    perSecond: 20,
    isRough: true,
    chaos: { seed, meanBytes: 1_500, maxFreezeMs: 500 },
  };

  const result = await run(plan);

  assertEquals([troublesOf(result, plan), excusesOf(result), result.lost], [[], [], 0], `seed ${seed}`);
});
