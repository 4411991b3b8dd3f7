/** Tests of the registry: connections by id, and places in all and by address. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { Registry } from "../../src/server/registry.ts";
import { loneConnection } from "./tools/parts.ts";

function registryWith(limits: { maxConnections?: number; maxConnectionsPerAddress?: number } = {}) {
  const { maxConnections = 10, maxConnectionsPerAddress = 10 } = limits;
  return new Registry<undefined>({ maxConnections, maxConnectionsPerAddress });
}

/** A connection whose id the registry is told of when it is read. */
function connectionFor(registry: Registry<undefined>) {
  return loneConnection({ named: (connection) => registry.name(connection) }).connection;
}

Deno.test("Registry.get() finds exactly the connections that were added and not removed", () => {
  const registry = registryWith();
  const [before, after, never] = [1, 2, 3].map(() => connectionFor(registry)) as [
    ReturnType<typeof connectionFor>,
    ReturnType<typeof connectionFor>,
    ReturnType<typeof connectionFor>,
  ];
  assert(before.id !== "");

  registry.add(before);
  registry.add(after);

  assertStrictEquals(registry.get(before.id), before, "its id was read before it was added");
  assertStrictEquals(registry.get(after.id), after, "its id was read after");
  assertEquals([registry.get(never.id), registry.get("")], [undefined, undefined]);
  registry.remove(before);
  registry.remove(after);
  assertEquals([registry.get(before.id), registry.get(after.id), registry.size], [undefined, undefined, 0]);
});

Deno.test("Registry.name() does not bring back a connection that has left", () => {
  const registry = registryWith();
  const connection = connectionFor(registry);
  registry.add(connection);
  registry.remove(connection);

  assertEquals(registry.get(connection.id), undefined);
});

Deno.test("Registry.remove() tells whether the connection was there", () => {
  const registry = registryWith();
  const connection = connectionFor(registry);
  registry.add(connection);

  assertEquals([registry.remove(connection), registry.remove(connection)], [true, false]);
});

Deno.test("Registry.values() goes through them in the order in which they came, also while some go", () => {
  const registry = registryWith();
  const all = [1, 2, 3, 4].map(() => connectionFor(registry));
  for (const connection of all) registry.add(connection);

  const seen = [];
  for (const connection of registry.values()) {
    seen.push(all.indexOf(connection));
    registry.remove(all[1]!);
    registry.remove(connection);
  }

  assertEquals(seen, [0, 2, 3]);
});

Deno.test("Registry.peak is the most that were there at once", () => {
  const registry = registryWith();
  const [a, b] = [connectionFor(registry), connectionFor(registry)];

  registry.add(a);
  registry.add(b);
  registry.remove(a);
  registry.remove(b);
  registry.add(a);

  assertEquals([registry.size, registry.peak], [1, 2]);
});

Deno.test("Registry.whyFull() counts places in all and by address", () => {
  const registry = registryWith({ maxConnections: 3, maxConnectionsPerAddress: 2 });

  registry.takePlace("a");
  assertEquals(registry.whyFull("a"), undefined);
  registry.takePlace("a");
  assertEquals([registry.whyFull("a"), registry.whyFull("b")], ["too_many_connections", undefined]);
  registry.takePlace("b");
  assertEquals([registry.whyFull("a"), registry.whyFull("b")], ["too_many_connections", "full"]);
  registry.giveBack("a");
  assertEquals([registry.whyFull("a"), registry.whyFull("b")], [undefined, undefined]);
});

Deno.test("Registry.whyFull() does not count an address that is not known", () => {
  const registry = registryWith({ maxConnections: 3, maxConnectionsPerAddress: 1 });

  registry.takePlace("");
  registry.takePlace("");

  assertEquals([registry.whyFull(""), registry.addresses], [undefined, 0]);
});

Deno.test("Registry.whyFull() knows no limit that is Infinity", () => {
  const registry = registryWith({ maxConnections: Infinity, maxConnectionsPerAddress: Infinity });
  for (let i = 0; i < 100_000; i++) registry.takePlace("a");

  assertEquals(registry.whyFull("a"), undefined);
});

Deno.test("Registry keeps its counts in step, and forgets an address with its last place", () => {
  const addresses = ["a", "b", ""];
  fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom(...addresses), fc.boolean())), (steps) => {
    const registry = registryWith({ maxConnections: 5, maxConnectionsPerAddress: 3 });
    const taken: string[] = [];
    for (const [address, takes] of steps) {
      const at = taken.indexOf(address);
      if (takes && registry.whyFull(address) === undefined) {
        registry.takePlace(address);
        taken.push(address);
      } else if (!takes && at >= 0) {
        registry.giveBack(address);
        taken.splice(at, 1);
      }
      assertEquals(registry.places, taken.length);
      assert(registry.places <= 5);
      assertEquals(registry.addresses, new Set(taken.filter((each) => each !== "")).size);
      for (const each of ["a", "b"]) assert(taken.filter((address) => address === each).length <= 3);
    }
    for (const address of taken) registry.giveBack(address);
    assertEquals([registry.places, registry.addresses], [0, 0]);
  }));
});
