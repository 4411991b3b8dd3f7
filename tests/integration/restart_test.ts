/** Tests on real sockets what becomes of clients whose server is killed and started again with nothing in its memory. */

import { assertEquals } from "@std/assert";
import { downTroubles } from "./tools/delivery_check.ts";
import { roomOf } from "./tools/delivery_plan.ts";
import { excusesOf, type RunPlan } from "./tools/delivery_run.ts";
import { keyTroubles, upTroubles } from "./tools/journal.ts";
import { runKilling } from "./tools/killing.ts";

const PLAN: RunPlan = { clients: 200, rooms: 20, messages: 30, perSecond: 5 };

Deno.test("a server that is killed and restarted tells every client that nothing is recovered and why, and gets what was not acknowledged again", async () => {
  const result = await runKilling(PLAN, { kills: 1, killAfter: 2_000 });
  const { clients } = result.load;

  assertEquals(
    clients.flatMap(({ client, sent, troubles }) => [...troubles, ...upTroubles(client, sent, result.lives)]),
    [],
  );
  assertEquals(keyTroubles(result.lives.flat()), []);
  assertEquals(clients.flatMap((client) => downTroubles(client, result.server, PLAN)), []);
  const told = excusesOf(result).map(({ client, source, told }) => `${client} ${source}: ${told}`);
  const wanted = clients.flatMap(({ client }) => [
    `${client} $all: new_epoch`,
    `${client} $inbox: session_lost`,
    `${client} ${roomOf(client, PLAN)}: new_epoch`,
  ]);
  assertEquals(told.sort(), wanted.sort());
  assertEquals([result.resumed, result.lost], [0, PLAN.clients]);
});
