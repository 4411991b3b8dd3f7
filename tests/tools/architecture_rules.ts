/**
 * The rules that docs/architecture.md draws: who may import what, what a file may mention, how long it may be.
 *
 * @module
 */

import { type Import, readFacts, type SourceFacts } from "./architecture.ts";

/** What the files of one place may import. */
interface Place {
  /** Which files, by their path from the root. */
  readonly files: RegExp;
  /** Which files of ours they may import. */
  readonly ours: RegExp;
  /** Which files of ours they may import types of. */
  readonly types?: RegExp;
  /** Which packages they may import. */
  readonly packages?: RegExp;
}

const NOTHING = /(?!)/;
const LEAVES = /^src\/(?:internal\/.*|errors)\.ts$/;
const SERVER = /^src\/server\//;

/** The table of DESIGN: the first place that matches a file holds for it. A new folder needs a row. */
const PLACES: readonly Place[] = [
  { files: /^mod\.ts$/, ours: /^src\/(?:(?:client|server|protocol)\/mod|access|create_message|errors)\.ts$/ },
  { files: /^src\/access\.ts$/, ours: /^src\/(?:server\/.*|errors)\.ts$/, types: /^src\/protocol\// },
  { files: /^src\/create_message\.ts$/, ours: anyOf(/^src\/protocol\//, LEAVES), packages: /^@std\/ulid$/ },
  { files: LEAVES, ours: NOTHING },
  {
    files: /^src\/protocol\//,
    ours: anyOf(/^src\/protocol\//, LEAVES),
    packages: /^@standard-schema\/spec$/,
  },
  { files: /^src\/client\//, ours: anyOf(/^src\/client\//, /^src\/protocol\//, LEAVES), packages: /^@std\/async\// },
  {
    files: /^src\/server\/deno\.ts$/,
    ours: LEAVES,
    types: /^src\/server\/(?:platform|types)\.ts$/,
  },
  {
    files: /^src\/server\//,
    ours: anyOf(/^src\/server\//, /^src\/protocol\//, LEAVES),
    types: /^src\/brokers\/broker\.ts$/,
    packages: /^(?:@std\/|@logtape\/logtape$|node:crypto$)/,
  },
  {
    files: /^src\/middleware\//,
    ours: anyOf(/^src\/middleware\//, LEAVES),
    types: anyOf(SERVER, /^src\/protocol\//),
    packages: /^@logtape\/logtape$/,
  },
  {
    files: /^src\/auth\//,
    ours: anyOf(/^src\/auth\//, LEAVES),
    types: SERVER,
    packages: /^(?:jose|@standard-schema\/spec)$/,
  },
  {
    files: /^src\/asyncapi\/main\.ts$/,
    ours: anyOf(/^src\/(?:asyncapi|protocol)\//, LEAVES),
    packages: /^(?:node:(?:process|url)|\(computed\))$/,
  },
  {
    files: /^src\/asyncapi\//,
    ours: anyOf(/^src\/(?:asyncapi|protocol)\//, LEAVES),
    packages: /^@standard-schema\/spec$/,
  },
  { files: /^src\/brokers\//, ours: anyOf(/^src\/brokers\//, LEAVES), packages: /./ },
  { files: /^src\/testing\//, ours: /^src\//, packages: /^@std\// },
];

/** The front door, which only hands on what others export. */
const FRONT_DOOR = "mod.ts";

/** The one file that may name the runtime. */
const RUNTIME_FILE = "src/server/deno.ts";

/** The one file that may hold state of a module: the application's server. */
const STATE_FILE = "src/access.ts";

/** What a pure file may not name: clocks, chance, timers, sockets, the outside. */
const IMPURE = [
  "Date",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "crypto",
  "WebSocket",
  "fetch",
  "console",
  "process",
  "navigator",
];

/** How many lines a file may have without a reason. */
const MAX_LINES = 300;

/** A file of the sources. */
export interface Source {
  /** Its path from the root. */
  readonly path: string;
  readonly text: string;
}

/** Finds every breach. `longFiles` gives reasons by path for files that are longer than others may be. */
export function findBreaches(sources: readonly Source[], longFiles: Readonly<Record<string, string>>): string[] {
  const breaches = sources.flatMap((source) => breachesOf(source, longFiles));
  const paths = new Set(sources.map(({ path }) => path));
  for (const path of Object.keys(longFiles)) {
    if (!paths.has(path)) breaches.push(`${path}: has a reason to be long and does not exist`);
  }
  return breaches;
}

function breachesOf({ path, text }: Source, longFiles: Readonly<Record<string, string>>): string[] {
  const facts = readFacts(path, text);
  const found = [...importBreaches(path, facts.imports), ...mentionBreaches(path, text, facts)];
  const lines = text.trimEnd().split("\n").length;
  const isLong = lines > MAX_LINES;
  if (isLong && longFiles[path] === undefined) {
    found.push(`has ${lines} lines and no reason for more than ${MAX_LINES}`);
  }
  if (!isLong && longFiles[path] !== undefined) found.push("has a reason to be long and is not");
  if (!/^\s*\/\*\*/.test(text)) found.push("does not begin with a comment that says what it is responsible for");
  if (path === FRONT_DOOR && facts.ownStatements > 0) found.push("does more than to hand on what others export");
  return found.map((breach) => `${path}: ${breach}`);
}

function importBreaches(path: string, imports: readonly Import[]): string[] {
  const place = PLACES.find(({ files }) => files.test(path));
  if (place === undefined) return ["stands in a place that has no row in the table of places"];
  const { ours, types = NOTHING, packages = NOTHING } = place;
  return imports
    .filter(({ specifier, isTypeOnly }) => {
      if (!/^\.{0,2}\//.test(specifier)) return !packages.test(specifier);
      const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
      return !ours.test(target) && !(isTypeOnly && types.test(target));
    })
    .map(({ specifier, isTypeOnly }) => `may not import ${isTypeOnly ? "the types of " : ""}${specifier}`);
}

function mentionBreaches(path: string, text: string, facts: SourceFacts): string[] {
  const found: string[] = [];
  if (path !== RUNTIME_FILE && facts.identifiers.has("Deno")) found.push("names Deno in code");
  if (path !== STATE_FILE) found.push(...facts.state.map((name) => `holds state of the module: ${name}`));
  if (mustBePure(path, text)) {
    found.push(...IMPURE.filter((name) => facts.names.has(name)).map((name) => `is pure and names ${name}`));
    if (facts.members.has("Math.random")) found.push("is pure and names Math.random");
  }
  found.push(...facts.keywords.map((keyword) => `hides a member by the keyword ${keyword} and not by #`));
  return found;
}

/** The protocol and the leaves are pure, and every file that says of itself that it is. */
function mustBePure(path: string, text: string): boolean {
  if (path.startsWith("src/protocol/") || LEAVES.test(path)) return true;
  return /^\s*\/\*\*(?:(?!\*\/)[^])*\bPure\.(?:(?!\*\/)[^])*\*\//.test(text);
}

function anyOf(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => `(?:${source})`).join("|"));
}
