/**
 * Holds docs/guide/migrating.md to what was looked at in other libraries, and to the names that the code has: every row is
 * named, every name of ours exists, and what is not there says why.
 */

import { assert, assertEquals } from "@std/assert";
import { runDeno } from "./tools/process.ts";
import { readManifest, ROOT } from "./tools/repository.ts";

const FILE = "docs/guide/migrating.md";

/** How many rows each topic has, from A1 on: what packaging, access, upgrading and so on are like in five other libraries. */
// deno-fmt-ignore
const ROWS_PER_TOPIC = [
  15, 5, 20, 9, 14, 21, 14, 14, 6, 11, // A1 to A10
  6, 4, 3, 5, 3, 10, 9, 5, 2, 2, // A11 to A20
  7, 21, 1, 9, 4, 6, 16, 11, // A21 to A28
];

/** The entry points whose values may be named. */
const ENTRY_POINTS = [".", "./middleware", "./auth", "./protocol", "./testing"];

/** What the names before a dot stand for. */
const ROOTS: Readonly<Record<string, string>> = {
  server: "WebSocketServer",
  conn: "WebSocketConnection",
  client: "WebSocketClient",
  room: "ClientRoom",
  context: "MessageContext",
  request: "ConnectionRequest",
};

/** Whose fields may be named alone, or between braces. */
const HOLDERS = [
  "WebSocketConfig",
  "WebSocketHandlers",
  "WebSocketClientConfig",
  "WebSocketClientHandlers",
  "ReconnectOptions",
  "ConnectOptions",
  "RequestOptions",
  "BroadcastOptions",
  "RoomRule<unknown>",
  "WebSocketMiddleware",
  "WebSocketPlugin",
  "WebSocketStats",
  "ListenOptions",
  "InitOptions",
  "ClientOpen",
];

/** Code that holds no name of ours. */
const OTHER_CODE = ["deno add jsr:@switchboard/websocket", "DEBUG=websocket:*", "await using client", "undefined"];

/** One row of a table: where it stands, and its cells as they are written. */
interface Row {
  readonly line: number;
  readonly ids: string;
  readonly theirs: string;
  readonly ours: string;
  readonly remark: string;
}

/** What must be true of a piece of code: imports that must succeed, or a statement of right types. */
interface Claim {
  readonly kind: "import" | "statement";
  readonly code: string;
}

const text = await Deno.readTextFile(`${ROOT}${FILE}`);
const rows = readRows(text);

/** The rows of all tables but their heads. Those of the first part have their numbers before the other cells. */
function readRows(markdown: string): Row[] {
  return markdown.split("\n").flatMap((line, index) => {
    if (!line.startsWith("|")) return [];
    const cells = line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
    if (cells.includes("theirs") || cells.every((cell) => /^:?-+:?$/.test(cell))) return [];
    const [ids = "", theirs = "", ours = "", remark = ""] = cells.length === 4 ? cells : ["", ...cells];
    return [{ line: index + 1, ids, theirs, ours, remark }];
  });
}

function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

/** The type of `server.select(where).request`: what is called stands for what it gives. */
function typeOf(chain: string): string {
  const [root = "", ...steps] = chain.match(/\w+|\(\)/g) ?? [];
  return steps.reduce(
    (type, step) => step === "()" ? `Awaited<ReturnType<${type}>>` : `NonNullable<${type}["${step}"]>`,
    `root.${ROOTS[root]}`,
  );
}

/** What must be true if a piece of code names nothing that is not there. `values` are the names of all exported values. */
function claimsOf(code: string, values: ReadonlySet<string>): Claim[] {
  if (OTHER_CODE.includes(code)) return [];
  if (/^\.(?:\/[\w/]+)?$/.test(code)) {
    assert(readManifest().exports[code] !== undefined, `${code} is no entry point`);
    return [];
  }
  if (code.startsWith("import ")) {
    return [{ kind: "import", code: code.replace(/^import \{ (\w+) \}/, "import type { $1 as _ }") }];
  }
  if (code === "for await (const message of conn)") {
    return [{ kind: "statement", code: "type _ = root.WebSocketConnection[typeof Symbol.asyncIterator]" }];
  }
  const [, name = ""] = /^(?:new )?(\w+)/.exec(code) ?? [];
  const [, braces = ""] = /\{([^{}]*)\}/.exec(code) ?? [];
  const fields = [...braces.matchAll(/(?:^|,)\s*(\w+)/g)].map(([, field = ""]) => field);
  const claims: Claim[] = [];
  if (ROOTS[name] !== undefined) {
    const chain = code.replace(/\([^()]*\)/g, "()").replace(/\(\)$/, "");
    claims.push({ kind: "statement", code: `type _ = ${typeOf(chain)}` });
  } else if (/^[A-Z]/.test(name)) {
    claims.push({ kind: "import", code: `import type { ${name} as _ } from "@switchboard/websocket"` });
  } else if (!values.has(name)) {
    fields.push(name);
  }
  return [...claims, ...fields.map((field): Claim => ({ kind: "statement", code: `"${field}" satisfies Field` }))];
}

/** A module that has right types if every name of ours exists. Each line tells which row it is of. */
async function toModule(): Promise<string> {
  const { exports } = readManifest();
  const modules = await Promise.all(ENTRY_POINTS.map((entry) => import(`${ROOT}${exports[entry]}`)));
  const values = new Set(modules.flatMap((module: object) => Object.keys(module)));
  const claims = rows.flatMap((row) =>
    codeIn(row.ours).flatMap((code) =>
      claimsOf(code, values).map((claim, index) => ({ ...claim, source: `${FILE}:${row.line} ${code}`, index }))
    )
  );
  return [
    `import type * as root from "@switchboard/websocket";`,
    `import type { JwtCommonOptions, JwtSecretOptions } from "@switchboard/websocket/auth";`,
    ...claims.filter(({ kind }) => kind === "import").map(({ code, source }, index) =>
      `${code.replace("as _ ", `as _${index} `)}; // ${source}`
    ),
    `type Field = ${HOLDERS.map((holder) => `keyof root.${holder}`).join(" | ")}`,
    `  | keyof JwtCommonOptions | keyof JwtSecretOptions;`,
    ...claims.filter(({ kind }) => kind === "statement").map(({ code, source }) => `{ ${code}; } // ${source}`),
    "export {};\n",
  ].join("\n");
}

Deno.test("migrating: every row of what other libraries have is named", () => {
  const named = new Set(rows.flatMap(({ ids }) => ids.split(", ")));
  const wanted = ROWS_PER_TOPIC.flatMap((count, topic) =>
    Array.from({ length: count }, (_, index) => `A${topic + 1}.${index + 1}`)
  );

  assertEquals(wanted.filter((id) => !named.has(id)), []);
  assertEquals([...named].filter((id) => id !== "" && !wanted.includes(id)), []);
});

Deno.test("migrating: every row says what ours is, or why there is none", () => {
  const silent = rows.filter(({ theirs, ours, remark }) => {
    if (theirs === "") return true;
    if (ours === "not taken") return remark === "";
    if (ours === "not yet") return !/\bnot yet: \S/.test(remark);
    return !/`[^`]+`|\]\([^)]+\)/.test(ours);
  });

  assert(rows.length > 300, `only ${rows.length} rows were found`);
  assertEquals(silent.map(({ line, theirs }) => `${FILE}:${line} ${theirs}`), []);
});

Deno.test("migrating: every name of ours exists", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/names.ts`;
  await Deno.writeTextFile(path, await toModule());

  const { code, output } = await runDeno(["check", `--config=${ROOT}deno.json`, path], {
    timeoutMs: 120_000,
    quiet: true,
    cwd: ROOT,
  });

  await Deno.remove(folder, { recursive: true });
  assertEquals(code, 0, output);
});
