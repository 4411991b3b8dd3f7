/**
 * Tests that the benchmark's servers and its load generator understand each other, so that the
 * benchmark works on the day it is needed. Nothing is measured here.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import { Rig } from "./rig.ts";
import { GATHERING, MANAGED, OURS, RAW, RESUME } from "./servers.ts";

const CONNECTIONS = 5;
const BRIEFLY = { warmMs: 0, ms: 20 } as const;

for (const spec of [RAW, OURS, MANAGED, GATHERING]) {
  Deno.test({
    name: `Rig.run() puts each load on the server "${spec.name}" and leaves it as it was`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await using rig = await Rig.start(spec, undefined);
      await rig.open(CONNECTIONS);

      const echoes = await rig.run({ do: "echo", inFlight: 2, ...BRIEFLY });
      const deliveries = await rig.run({ do: "broadcast", inFlight: 2, ...BRIEFLY });
      const again = await rig.run({ do: "echo", inFlight: 1, ...BRIEFLY });
      const memory = await rig.memory();

      assertGreater(echoes.units, 0);
      assertGreater(deliveries.units, 0);
      assertEquals(deliveries.units % CONNECTIONS, 0);
      assertGreater(again.units, 0);
      assertGreater(echoes.serverMs, 0);
      assertGreater(memory.residentBytes, memory.heapBytes);
    },
  });
}

Deno.test({
  name: "Rig.run() opens and closes connections for the load of upgrades",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using rig = await Rig.start(OURS, undefined);

    const { units } = await rig.run({ do: "upgrades", parallel: 4, ...BRIEFLY });

    assertGreater(units, 0);
  },
});

Deno.test({
  name: "Rig.run() lets peers come back to what they have missed, again and again",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using rig = await Rig.start(RESUME, undefined);
    await rig.open(CONNECTIONS);
    await rig.prepare({ do: "join", rooms: 2 });

    for (let time = 0; time < 2; time++) {
      await rig.prepare({ do: "cut" });
      await rig.ask("publish 2 3");
      const { units, receivedMessages } = await rig.run({ do: "return", parallel: 2, missed: 3 });

      assertEquals(units, CONNECTIONS);
      assertEquals(receivedMessages, CONNECTIONS * 3);
    }
  },
});
