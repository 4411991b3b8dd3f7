/**
 * What each entry point offers, by name: nothing appears or disappears unseen.
 */

import { assertEquals } from "@std/assert";
import OFFERED_NAMES from "./exports.json" with { type: "json" };
import { readExports } from "./tools/public_api.ts";
import { readManifest } from "./tools/repository.ts";

/** The names of each entry point, sorted. */
const OFFERED: Readonly<Record<string, readonly string[]>> = OFFERED_NAMES;

for (const [entry, module] of Object.entries(readManifest().exports)) {
  Deno.test(`exports: "${entry}" offers what is listed here, no more and no less`, async () => {
    const offered = (await readExports(module)).map(({ name }) => name).sort();

    assertEquals(offered, OFFERED[entry]);
  });
}

Deno.test("exports: every entry point is a module of its own", () => {
  const modules = Object.values(readManifest().exports);

  assertEquals(modules.length, new Set(modules).size);
  assertEquals(Object.keys(readManifest().exports).sort(), Object.keys(OFFERED).sort());
});
