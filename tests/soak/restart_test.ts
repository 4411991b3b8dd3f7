/** The long form of tests/integration/restart_test.ts: the server is killed again and again while connections break. */

import { assertEquals } from "@std/assert";
import { downTroubles } from "../integration/tools/delivery_check.ts";
import type { RunPlan } from "../integration/tools/delivery_run.ts";
import { keyTroubles, upTroubles } from "../integration/tools/journal.ts";
import { runKilling } from "../integration/tools/killing.ts";

const KEPT = { maxMessages: 5_000, maxBytes: 4_194_304 };

Deno.test("a server that is killed five times while connections break forgets no message of a client, and hides no gap", async () => {
  const seed = crypto.randomUUID().slice(0, 8);
  const plan: RunPlan = {
    clients: 100,
    rooms: 10,
    messages: 400,
    perSecond: 15,
    chaos: { seed, meanBytes: 3_000, maxFreezeMs: 500 },
    options: { history: KEPT, resume: KEPT },
    // An answer that was on its way when the server was killed is lost, and its question is told so.
    asksNothing: true,
  };

  const result = await runKilling(plan, { kills: 5, killAfter: 5_000 });
  const { clients } = result.load;

  assertEquals(
    clients.flatMap(({ client, sent, troubles }) => [...troubles, ...upTroubles(client, sent, result.lives)]),
    [],
    `seed ${seed}`,
  );
  assertEquals(keyTroubles(result.lives.flat()), [], `seed ${seed}`);
  assertEquals(clients.flatMap((client) => downTroubles(client, result.server, plan)), [], `seed ${seed}`);
  assertEquals(result.lost, 5 * plan.clients, `seed ${seed}`);
});
