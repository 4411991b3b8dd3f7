/**
 * The check of types for browsers and the scales for bundles, each tried on made-up modules that must fail or pass.
 */

import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { weigh } from "./bundle_size.ts";
import { checkForBrowsers } from "./check_browser.ts";

/** Gives a module in a folder of its own to `use`. */
async function withModule<T>(source: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/module.ts`, source);
    return await use(`${folder}/module.ts`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function check(source: string): Promise<{ code: number; output: string }> {
  return withModule(source, (path) => checkForBrowsers([path], true));
}

Deno.test("checkForBrowsers() accepts what browsers have", async () => {
  const { code, output } = await check(
    "export const timer: number = setTimeout(() => document.title, 1);\nexport const socket = new WebSocket(location.href);\n",
  );

  assertEquals(code, 0, output);
});

Deno.test("checkForBrowsers() refuses what only a server's runtime has", async () => {
  for (
    const source of [
      "Deno.version;",
      "setImmediate(() => {});",
      "process.cwd();",
      "new Buffer(1);",
    ]
  ) {
    const { code, output } = await check(`${source}\nexport {};\n`);

    assertEquals(code, 1, `${source}\n${output}`);
  }
});

Deno.test("checkForBrowsers() uses the repository's compiler options", async () => {
  const { code, output } = await check("export const first: string = ([] as string[])[0];\n");

  assertEquals(code, 1);
  assertStringIncludes(output, "TS2322");
});

Deno.test("weigh() gives the size of a bundle before and after gzip", async () => {
  const text = "x".repeat(10_000);

  const { bytes, gzipBytes, mentionsDeno } = await withModule(`export const text = "${text}";\n`, weigh);

  assert(bytes > text.length);
  assertLess(gzipBytes, 500);
  assertEquals(mentionsDeno, false);
});

Deno.test("weigh() sees a bundle that mentions the server's runtime", async () => {
  const { mentionsDeno } = await withModule("export const x = () => globalThis.Deno?.pid;\n", weigh);

  assertEquals(mentionsDeno, true);
});

Deno.test("weigh() tells by name what the client loads only where it is needed", async () => {
  const { laterGzipBytes } = await weigh("src/client/mod.ts");

  assertEquals(Object.keys(laterGzipBytes).sort(), ["credentials", "dialogue", "gate"]);
});

Deno.test("weigh() fails with a module that cannot be bundled", async () => {
  await assertRejects(() => withModule('import "./nothing.ts";\n', weigh), Error, "Cannot bundle");
});
