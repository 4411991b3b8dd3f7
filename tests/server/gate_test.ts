/** Tests of who gets a place and who waits for one. */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import { Gate, type GateLimits } from "../../src/server/gate.ts";
import { Registry } from "../../src/server/registry.ts";
import { testScheduler } from "./tools/parts.ts";

function gateWith(limits: Partial<GateLimits & { maxConnections: number; maxConnectionsPerAddress: number }> = {}) {
  const { maxConnections = 1, maxConnectionsPerAddress = 10, ...rest } = limits;
  const { clock, scheduler } = testScheduler();
  const registry = new Registry<undefined>({ maxConnections, maxConnectionsPerAddress });
  const gate = new Gate({ whenFull: "wait", maxWaiting: 2, waitTimeoutMs: 1_000, ...rest }, registry, scheduler);
  const giveBack = (address: string) => {
    registry.giveBack(address);
    gate.placeFree();
  };
  return { gate, registry, clock, giveBack };
}

/** Notes the answers of those who wait, in the order in which they come. */
function note(answers: string[], name: string, answer: unknown): void {
  assertInstanceOf(answer, Promise);
  answer.then((reason) => answers.push(`${name}: ${reason ?? "in"}`));
}

Deno.test("Gate.admit() takes a place at once where there is one", () => {
  const { gate, registry } = gateWith();

  assertEquals([gate.admit("a"), registry.places], [undefined, 1]);
});

Deno.test("Gate.admit() says at once why there is none, unless one may wait", () => {
  for (const whenFull of ["reject", "closeWith"] as const) {
    const { gate, registry, clock } = gateWith({ whenFull });
    gate.admit("a");

    assertEquals([gate.admit("b"), registry.places, gate.waiting, clock.pending], ["full", 1, 0, 0]);
  }
});

Deno.test("Gate.placeFree() lets in those who wait, first come, first served", async () => {
  const { gate, registry, giveBack, clock } = gateWith();
  const answers: string[] = [];
  gate.admit("a");
  note(answers, "b", gate.admit("b"));
  note(answers, "c", gate.admit("c"));
  assertEquals([gate.waiting, registry.places], [2, 1]);

  giveBack("a");
  await clock.advance(0);
  assertEquals([answers, gate.waiting, registry.places], [["b: in"], 1, 1]);
  giveBack("b");
  await clock.advance(0);

  assertEquals([answers, gate.waiting, registry.places, clock.pending], [["b: in", "c: in"], 0, 1, 0]);
});

Deno.test("Gate.admit() lets nobody overtake those who wait", async () => {
  const { gate, giveBack, registry, clock } = gateWith({ maxConnections: 2 });
  const answers: string[] = [];
  gate.admit("a");
  gate.admit("b");
  note(answers, "c", gate.admit("c"));

  registry.giveBack("a"); // a place is free, and nobody was told yet
  note(answers, "d", gate.admit("d"));
  gate.placeFree();
  await clock.advance(0);
  assertEquals(answers, ["c: in"]);
  giveBack("b");
  await clock.advance(0);

  assertEquals(answers, ["c: in", "d: in"]);
});

Deno.test("Gate.admit() lets maxWaiting wait, and no more", () => {
  const { gate } = gateWith({ maxWaiting: 1 });
  gate.admit("a");

  assertInstanceOf(gate.admit("b"), Promise);
  assertEquals([gate.admit("c"), gate.waiting], ["full", 1]);
});

Deno.test("Gate.admit() lets nobody wait whose own address has all it may have", () => {
  const { gate } = gateWith({ maxConnections: 10, maxConnectionsPerAddress: 1 });
  gate.admit("a");

  assertEquals([gate.admit("a"), gate.waiting], ["too_many_connections", 0]);
});

Deno.test("Gate.placeFree() sends away who got too many of an address while waiting", async () => {
  const { gate, giveBack, registry, clock } = gateWith({ maxConnections: 2, maxConnectionsPerAddress: 1 });
  const answers: string[] = [];
  gate.admit("a");
  gate.admit("b");
  note(answers, "first c", gate.admit("c"));
  note(answers, "second c", gate.admit("c"));

  giveBack("a");
  await clock.advance(0);

  assertEquals([answers, registry.places], [["first c: in", "second c: too_many_connections"], 2]);
});

Deno.test("Gate.admit() sends away who has waited long enough, without a place", async () => {
  const { gate, registry, clock, giveBack } = gateWith();
  const answers: string[] = [];
  gate.admit("a");
  note(answers, "b", gate.admit("b"));

  await clock.advance(999);
  assertEquals(answers, []);
  await clock.advance(51);
  assertEquals([answers, gate.waiting, registry.places], [["b: full"], 0, 1]);
  giveBack("a");

  assertEquals([registry.places, clock.pending], [0, 0]);
});

Deno.test("Gate.admit() sends away who leaves while waiting, without a place, and lets nobody wait who has left", async () => {
  const { gate, registry, clock, giveBack } = gateWith();
  const answers: string[] = [];
  const leaving = new AbortController();
  gate.admit("a", () => {
    throw new Error("is not asked of who need not wait");
  });
  note(answers, "b", gate.admit("b", () => leaving.signal));
  note(answers, "c", gate.admit("c", () => new AbortController().signal));

  leaving.abort();
  await clock.advance(0);
  assertEquals([answers, gate.waiting, registry.places], [["b: full"], 1, 1]);
  assertEquals([gate.admit("d", () => leaving.signal), gate.waiting], ["full", 1]);
  giveBack("a");
  await clock.advance(0);

  assertEquals([answers, registry.places, clock.pending], [["b: full", "c: in"], 1, 0]);
});

Deno.test("Gate.close() sends all away who wait", async () => {
  const { gate, registry, clock } = gateWith();
  const answers: string[] = [];
  gate.admit("a");
  note(answers, "b", gate.admit("b"));
  note(answers, "c", gate.admit("c"));

  gate.close();
  await clock.advance(0);

  assertEquals([answers, gate.waiting, registry.places, clock.pending], [["b: full", "c: full"], 0, 1, 0]);
});

Deno.test("Gate gives every place back that it gave out, whatever the order", async () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant("admit" as const), address: fc.constantFrom("a", "b", "c") }),
    fc.record({ type: fc.constant("leave" as const), which: fc.nat() }),
    fc.record({ type: fc.constant("wait" as const), ms: fc.constantFrom(100, 600) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const { gate, registry, clock, giveBack } = gateWith({ maxConnections: 2, maxConnectionsPerAddress: 2 });
      const inside: string[] = [];
      for (const each of steps) {
        if (each.type === "admit") {
          const answer = gate.admit(each.address);
          if (answer === undefined) inside.push(each.address);
          else if (answer instanceof Promise) {
            answer.then((reason) => reason === undefined && inside.push(each.address));
          }
        } else if (each.type === "leave" && inside.length > 0) {
          giveBack(inside.splice(each.which % inside.length, 1)[0]!);
        }
        await clock.advance(each.type === "wait" ? each.ms : 0);
        assertEquals(registry.places, inside.length);
        assert(registry.places <= 2 && gate.waiting <= 2);
        assert(gate.waiting === 0 || registry.places === 2, "nobody waits beside a free place");
      }
      await clock.advance(1_100);
      for (const address of inside.splice(0)) giveBack(address);
      assertEquals([registry.places, gate.waiting, clock.pending], [0, 0, 0]);
    }),
    { numRuns: 100 },
  );
});
