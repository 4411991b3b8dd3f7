/**
 * Runs the tables of hostile inputs against servers in processes of their own, one test step for each case.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Result, Suite } from "./harness/suite.ts";
import { GROUPS } from "./groups.ts";

const SERVER = new URL("./harness/server_main.ts", import.meta.url);

Deno.test("WebSocketServer on the native transport stands every hostile input", async (t) => {
  await using suite = new Suite(SERVER, "native");
  const results = await suite.runAll(GROUPS, { isLast: true });
  for (const [name, table] of results) {
    await t.step(name, (t) => runTable(t, table));
  }
  await t.step("the same processes still serve", async () => {
    assertEquals(await suite.endBreaches(), []);
  });
});

Deno.test("the tables give every case an id of its own", () => {
  const ids = Object.values(GROUPS).flat().map(({ id }) => id);

  assertEquals(ids.filter((id, index) => ids.indexOf(id) !== index), []);
});

async function runTable(t: Deno.TestContext, results: readonly Result[]): Promise<void> {
  for (const result of results) {
    await t.step(`${result.id} ${result.title}`, () => judge(result));
  }
}

function judge({ expected, got, complaint, breaches }: Result): void {
  const answer = complaint === undefined ? [] : [`${complaint}: expected ${expected}, got ${got}`];
  assertEquals([...answer, ...breaches], []);
}
