/**
 * Where things are in the repository: its root, its files, what deno.json says.
 *
 * @module
 */

/** The root of the repository, with a slash at its end. */
export const ROOT: string = new URL("../../", import.meta.url).pathname;

/** What the tools read in deno.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly links: readonly string[];
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  readonly tasks: Readonly<Record<string, string | { readonly command?: string }>>;
}

/** Reads deno.json. */
export function readManifest(): Manifest {
  return JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`)) as Manifest;
}

/** The files under a folder of the repository whose name ends as given, as sorted paths from the root. */
export function filesUnder(folder: string, ending: string): string[] {
  const found: string[] = [];
  const pending = [folder];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const entry of entriesOf(at)) {
      const path = `${at}/${entry.name}`;
      if (entry.isDirectory) pending.push(path);
      else if (entry.name.endsWith(ending)) found.push(path);
    }
  }
  return found.sort();
}

/** Whether a path of the repository exists. */
export function isPresent(path: string): boolean {
  try {
    Deno.statSync(`${ROOT}${path}`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function entriesOf(folder: string): Deno.DirEntry[] {
  return isPresent(folder) ? [...Deno.readDirSync(`${ROOT}${folder}`)] : [];
}
