/**
 * Bundles the client for browsers as its users would, weighs the bundles, and looks for what must not be in them.
 *
 * @module
 */

import { runDeno } from "./process.ts";
import { ROOT } from "./repository.ts";

/** What is bundled, and how heavy it may be after gzip. */
const BUNDLES: readonly { readonly entry: string; readonly module: string; readonly maxGzipBytes?: number }[] = [
  { entry: "./client", module: "src/client/mod.ts" },
  { entry: "./client/plain", module: "src/client/plain.ts", maxGzipBytes: 6144 },
];

/** A bundle, weighed. */
export interface Weight {
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Whether it names the server's runtime. */
  readonly mentionsDeno: boolean;
}

/** Bundles a module, given as a path from the root or absolute. */
export async function weigh(module: string): Promise<Weight> {
  const folder = await Deno.makeTempDir();
  try {
    const { code, output } = await runDeno(
      ["bundle", "--platform", "browser", "--minify", "--output", `${folder}/bundle.js`, module],
      { timeoutMs: 60_000, cwd: ROOT, quiet: true },
    );
    if (code !== 0) throw new Error(`Cannot bundle ${module}:\n${output}`);
    const bundle = await Deno.readTextFile(`${folder}/bundle.js`);
    const gzipped = new Blob([bundle]).stream().pipeThrough(new CompressionStream("gzip"));
    return {
      bytes: new TextEncoder().encode(bundle).length,
      gzipBytes: (await new Response(gzipped).bytes()).length,
      mentionsDeno: /\bDeno\b/.test(bundle),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  let isFine = true;
  for (const { entry, module, maxGzipBytes } of BUNDLES) {
    const { bytes, gzipBytes, mentionsDeno } = await weigh(module);
    const bound = maxGzipBytes === undefined ? "" : `, bound ${maxGzipBytes}`;
    console.log(`${entry.padEnd(16)} ${gzipBytes} bytes gzip${bound} (${bytes} minified)`);
    if (maxGzipBytes !== undefined && gzipBytes > maxGzipBytes) {
      console.error(`${entry} is too heavy by ${gzipBytes - maxGzipBytes} bytes`);
      isFine = false;
    }
    if (mentionsDeno) {
      console.error(`${entry} mentions Deno`);
      isFine = false;
    }
  }
  Deno.exit(isFine ? 0 : 1);
}
