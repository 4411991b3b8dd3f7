/**
 * Bundles the client for browsers as its users would, weighs the bundles, and looks for what must not be in them.
 *
 * @module
 */

import { runDeno } from "./process.ts";
import { ROOT } from "./repository.ts";

/** What is bundled, and how heavy that may be after gzip which a page loads at first. */
const BUNDLES: readonly { readonly entry: string; readonly module: string; readonly maxGzipBytes?: number }[] = [
  { entry: "./client", module: "src/client/mod.ts", maxGzipBytes: 12_288 },
  { entry: "./client/plain", module: "src/client/plain.ts", maxGzipBytes: 6_144 },
];

/** A bundle, weighed. */
export interface Weight {
  /** What a page loads at first: the module with all that it imports. */
  readonly bytes: number;
  /** The same after gzip, each file by itself. */
  readonly gzipBytes: number;
  /** What a page loads later, where it needs it, after gzip: by the name of the module that is loaded. */
  readonly laterGzipBytes: Readonly<Record<string, number>>;
  /** Whether it names the server's runtime. */
  readonly mentionsDeno: boolean;
}

/** Bundles a module, given as a path from the root or absolute. */
export async function weigh(module: string): Promise<Weight> {
  const folder = await Deno.makeTempDir();
  try {
    const { code, output } = await runDeno(
      ["bundle", "--platform", "browser", "--minify", "--code-splitting", "--outdir", folder, module],
      { timeoutMs: 60_000, cwd: ROOT, quiet: true },
    );
    if (code !== 0) throw new Error(`Cannot bundle ${module}:\n${output}`);
    const files = new Map<string, string>();
    for (const { name } of Deno.readDirSync(folder)) files.set(name, Deno.readTextFileSync(`${folder}/${name}`));
    const entry = `${module.split("/").at(-1)!.replace(/\.ts$/, "")}.js`;
    const later: Record<string, number> = {};
    const weight = { bytes: 0, gzipBytes: 0, laterGzipBytes: later, mentionsDeno: false };
    const first = importsOf(entry, files);
    for (const [name, text] of files) {
      const gzipped = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
      const gzipBytes = (await new Response(gzipped).bytes()).length;
      if (first.has(name)) {
        weight.bytes += new TextEncoder().encode(text).length;
        weight.gzipBytes += gzipBytes;
      } else later[name.replace(/-[^-]*\.js$/, "")] = gzipBytes;
      weight.mentionsDeno ||= /\bDeno\b/.test(text);
    }
    return weight;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The names of a file and of all that it imports before it runs. */
function importsOf(name: string, files: ReadonlyMap<string, string>, found: Set<string> = new Set()): Set<string> {
  const text = files.get(name);
  if (text === undefined) throw new Error(`Cannot weigh a bundle without ${name}: there are ${[...files.keys()]}`);
  found.add(name);
  // A dynamic import has a parenthesis in this place.
  for (const [, imported] of text.matchAll(/(?:\bfrom|\bimport) ?"\.\/([^"]+)"/g)) {
    if (!found.has(imported!)) importsOf(imported!, files, found);
  }
  return found;
}

if (import.meta.main) {
  let isFine = true;
  for (const { entry, module, maxGzipBytes } of BUNDLES) {
    const { bytes, gzipBytes, laterGzipBytes, mentionsDeno } = await weigh(module);
    const parts = Object.entries(laterGzipBytes).map(([name, bytes]) => `${name} ${bytes}`);
    const later = parts.length === 0 ? "" : `; loaded where needed: ${parts.join(", ")}`;
    const bound = maxGzipBytes === undefined ? "" : `, bound ${maxGzipBytes}`;
    console.log(`${entry.padEnd(16)} ${gzipBytes} bytes gzip${bound} (${bytes} minified)${later}`);
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
