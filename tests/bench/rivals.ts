/**
 * Fetches the packages that the benchmark compares with, in exact versions, into a folder of the user's cache.
 *
 * @module
 */

/** The folder, the same for every copy of this repository. */
export const RIVALS_FOLDER = `${cacheFolder()}/switchboard-bench`;

/** `bun` fetches its binary after its installation; the package that holds it can be had directly. */
const BUN = `@oven/bun-linux-${Deno.build.arch === "aarch64" ? "aarch64" : hasAvx2() ? "x64" : "x64-baseline"}`;

/** Where Bun's program lies. */
export const BUN_PATH = `${RIVALS_FOLDER}/node_modules/${BUN}/bin/bun`;

/** The rivals, and who makes them. */
export const RIVAL_VERSIONS: Readonly<Record<string, string>> = { ws: "8.23.0", "socket.io": "4.8.4", [BUN]: "1.4.5" };

const MANIFEST = JSON.stringify({ private: true, dependencies: RIVAL_VERSIONS }, null, 2);
const MANIFEST_PATH = `${RIVALS_FOLDER}/package.json`;
/** Written last, so that an installation that was cut short is done again. */
const DONE_PATH = `${RIVALS_FOLDER}/installed.json`;

let installing: Promise<void> | undefined;

/** Installs what is missing; needs npm, and its registry the first time. */
export function installRivals(): Promise<void> {
  return installing ??= install();
}

async function install(): Promise<void> {
  if (await textOf(DONE_PATH) === MANIFEST) return;
  await Deno.mkdir(RIVALS_FOLDER, { recursive: true });
  await Deno.writeTextFile(MANIFEST_PATH, MANIFEST);
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"];
  const npm = new Deno.Command("npm", { args, cwd: RIVALS_FOLDER, stdout: "null", stderr: "piped" });
  const { success, stderr } = await npm.output();
  if (!success) {
    throw new Error(`Cannot install ${Object.keys(RIVAL_VERSIONS).join(", ")}: ${new TextDecoder().decode(stderr)}`);
  }
  await Deno.writeTextFile(DONE_PATH, MANIFEST);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function cacheFolder(): string {
  return Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
}

/** Whether the processor has the instructions that Bun's usual program needs. */
function hasAvx2(): boolean {
  return Deno.build.os === "linux" && /\bavx2\b/.test(Deno.readTextFileSync("/proc/cpuinfo"));
}
