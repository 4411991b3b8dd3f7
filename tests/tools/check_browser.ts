/**
 * Type-checks what browsers load against the types of a browser alone: whatever only a server's runtime has is an error.
 *
 * Works on a copy of deno.json with another `lib`, in a folder of its own, so that there is one set of compiler options.
 *
 * @module
 */

import { runDeno, type RunResult } from "./process.ts";
import { readManifest, ROOT } from "./repository.ts";

/** The modules that must not need more than a browser. */
const BROWSER_MODULES = ["src/client/mod.ts", "src/client/plain.ts", "src/protocol/mod.ts"];

/** The types of a browser and of the language, and none of Deno's. */
const BROWSER_LIBRARIES = ["dom", "dom.iterable", "dom.asynciterable", "esnext"];

/** Checks modules, given as paths from the root or absolute. */
export async function checkForBrowsers(modules: readonly string[], quiet = false): Promise<RunResult> {
  const { imports, links, compilerOptions } = readManifest();
  const folder = await Deno.makeTempDir();
  try {
    const config = {
      imports,
      links: links.map((link) => new URL(link, `file://${ROOT}`).pathname),
      nodeModulesDir: "none",
      compilerOptions: { ...compilerOptions, lib: BROWSER_LIBRARIES },
    };
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(config));
    return await runDeno(
      ["check", "--no-lock", `--config=${folder}/deno.json`, ...modules],
      { timeoutMs: 120_000, cwd: ROOT, quiet },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const { code } = await checkForBrowsers(BROWSER_MODULES);
  Deno.exit(code);
}
