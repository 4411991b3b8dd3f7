/**
 * The kinds of tests: which files belong to each, and what they may do.
 *
 * @module
 */

import { filesUnder, isPresent, ROOT } from "./repository.ts";

/** One kind of tests, run by one `deno test`. */
export interface Kind {
  /** What to call it on the command line. */
  readonly name: string;
  /** Whether it runs when no kind is named. */
  readonly byDefault: boolean;
  /** The set of permissions in deno.json. */
  readonly permissions: string;
  /** Further flags of `deno test`. */
  readonly flags: readonly string[];
  /** Milliseconds after which it is ended. */
  readonly timeoutMs: number;
  /** Whether a file, by its path from the root, is one of its tests. */
  owns(path: string): boolean;
}

/** Every kind, in the order in which they run: what is quick and tells most comes first. */
export const KINDS: readonly Kind[] = [
  {
    name: "unit",
    byDefault: true,
    permissions: "unit",
    flags: ["--trace-leaks", "--shuffle"],
    timeoutMs: 300_000,
    owns: (path) => mirrorsSource(path) || isUnder(path, "types"),
  },
  {
    name: "delivery",
    byDefault: true,
    permissions: "unit",
    flags: ["--trace-leaks"],
    timeoutMs: 420_000,
    owns: (path) => isUnder(path, "delivery"),
  },
  {
    name: "repository",
    byDefault: true,
    permissions: "processes",
    flags: ["--trace-leaks"],
    timeoutMs: 420_000,
    owns: (path) =>
      isUnder(path, "tools") || isUnder(path, "bench") ||
      /^tests\/(architecture|docs|exports|migrating)_test\.ts$/.test(path),
  },
  {
    name: "docstrings",
    byDefault: true,
    permissions: "loopback",
    flags: ["--doc", "--trace-leaks"],
    timeoutMs: 300_000,
    owns: (path) => (path === "mod.ts" || /^src\/.*\.ts$/.test(path)) && hasExamples(path),
  },
  {
    name: "integration",
    byDefault: true,
    permissions: "processes",
    flags: ["--trace-leaks"],
    timeoutMs: 420_000,
    owns: (path) => isUnder(path, "integration") || isUnder(path, "examples"),
  },
  {
    name: "hostile",
    byDefault: true,
    permissions: "processes",
    flags: ["--trace-leaks"],
    timeoutMs: 420_000,
    owns: (path) => isUnder(path, "hostile"),
  },
  {
    name: "browser",
    byDefault: true,
    permissions: "processes",
    flags: ["--trace-leaks"],
    timeoutMs: 420_000,
    owns: (path) => isUnder(path, "browser"),
  },
  {
    name: "soak",
    byDefault: false,
    permissions: "processes",
    flags: ["--trace-leaks", "--preload=tests/tools/many_seeds.ts"],
    timeoutMs: 3_600_000,
    owns: (path) => isUnder(path, "soak") || isUnder(path, "delivery") || mirrorsSource(path),
  },
];

/** The files of each kind, all of them or those under `paths`. */
export function filesByKind(paths: readonly string[] = []): Map<Kind, string[]> {
  const candidates = ["mod.ts", ...filesUnder("src", ".ts"), ...filesUnder("tests", "_test.ts")].filter(isPresent);
  const chosen = candidates.filter((file) => paths.length === 0 || paths.some((path) => isWithin(file, path)));
  return new Map(KINDS.map((kind) => [kind, chosen.filter((file) => kind.owns(file))]));
}

/** The test files that no kind runs: there must be none. */
export function unownedFiles(): string[] {
  return filesUnder("tests", "_test.ts").filter((file) => !KINDS.some((kind) => kind.owns(file)));
}

/** The path from the root for a path that someone typed, relative to the root or absolute. */
export function fromRoot(path: string): string {
  return path.replace(ROOT, "").replace(/^\.\//, "").replace(/\/$/, "");
}

/** Whether a test stands where its source stands: `tests/server/x_test.ts` for `src/server`, `tests/y_test.ts` for `src/y.ts`. */
function mirrorsSource(path: string): boolean {
  const [, first = "", rest] = /^tests\/([^/]+?)(?:_test\.ts|\/(.*_test\.ts))$/.exec(path) ?? [];
  if (first === "") return false;
  return isPresent(rest === undefined ? `src/${first}.ts` : `src/${first}`);
}

/** Whether comments of a file hold blocks of code. Each file that is run costs a tenth of a second. */
function hasExamples(path: string): boolean {
  return /^\s*\* ```/m.test(Deno.readTextFileSync(`${ROOT}${path}`));
}

function isUnder(path: string, folder: string): boolean {
  return path.startsWith(`tests/${folder}/`) && path.endsWith("_test.ts");
}

function isWithin(file: string, path: string): boolean {
  const wanted = fromRoot(path);
  return file === wanted || file.startsWith(`${wanted}/`);
}
