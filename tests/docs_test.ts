/**
 * Holds the documentation to the code: every fenced block is executed or checked, and what the code has a name for stands
 * where a reader looks for it. The scheme is described in docs/contributing.md.
 */

import { assert, assertEquals } from "@std/assert";
import { resolveOptions } from "../src/client/options.ts";
import { CLOSE_CODES } from "../src/protocol/close_codes.ts";
import { decodeManaged } from "../src/protocol/codec.ts";
import { controlTypes } from "../src/protocol/shapes.ts";
import { DEFAULTS } from "../src/server/config.ts";
import { LOG_DEFAULTS } from "../src/server/log_rules.ts";
import { RESUME_DEFAULTS } from "../src/server/resume_options.ts";
import { parseJsonBlock, scriptsOf, shellProblems, toModule, type Treatment, treatmentOf } from "./tools/doc_block.ts";
import { DocStory } from "./tools/doc_story.ts";
import { type Block, readBlocks, readHeadings, readSection, readTableRows } from "./tools/markdown.ts";
import { runDeno } from "./tools/process.ts";
import { readExports } from "./tools/public_api.ts";
import { filesUnder, isPresent, readManifest, ROOT } from "./tools/repository.ts";
import { requirePythonWebsockets } from "./tools/requirements.ts";

/** What a block may take to end or to be ready; a guard, far above what any needs. */
const BLOCK_TIMEOUT_MS = 30_000;

/** The contract of the wire, in which every JSON block is a message. */
const PROTOCOL = "docs/PROTOCOL.md";

/** The table of all options and limits. */
const OPTIONS = "docs/guide/options.md";

const FILES = ["README.md", ...filesUnder("docs", ".md")].filter(isPresent);
const { name: packageName, tasks } = readManifest();
const denoVersion = /deno@([\d.]+)/.exec(read(".ci/run"))?.[1] ?? "";
const python = requirePythonWebsockets();

function read(path: string): string {
  return isPresent(path) ? Deno.readTextFileSync(`${ROOT}${path}`) : "";
}

function isProgram(treatment: Treatment): boolean {
  return ["run", "server", "client", "test", "python"].includes(treatment);
}

/** What stands behind `@default`, as a table shows it: without braces and marks of code. */
function plain(defaultText: string): string {
  return defaultText.replace(/^\{(.+)\}$/, "$1").replaceAll("`", "");
}

/** A value as it is written in code. */
function written(value: unknown): string {
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

/** Checks a block that is not executed. */
function checkBlock(file: string, block: Block, treatment: Treatment): void {
  if (treatment === "json") {
    const values = parseJsonBlock(block);
    if (file === PROTOCOL) values.forEach(checkWireMessage);
  }
  if (treatment === "shell") {
    assertEquals(shellProblems(block, { tasks: Object.keys(tasks), packageName, denoVersion, isPresent }), []);
  }
  if (treatment === "html") scriptsOf(block).forEach(checkSyntax);
}

function checkWireMessage(value: unknown): void {
  const known = [...controlTypes(), "$value"];
  for (const { type } of decodeManaged(JSON.stringify(value))) {
    assert(!type.startsWith("$") || known.includes(type), `${type} is no message of the protocol`);
  }
}

function checkSyntax(script: string): void {
  Deno.lint.runPlugin({ name: "syntax", rules: {} }, "script.js", script);
}

for (const file of FILES) {
  const blocks = readBlocks(read(file));
  if (blocks.length === 0) continue;
  Deno.test(`documentation: every block of ${file} does what it says`, async (t) => {
    const folder = await Deno.makeTempDir();
    const options = { folder, timeoutMs: BLOCK_TIMEOUT_MS, python: python.path };
    {
      await using story = new DocStory(options);
      for (const block of blocks) {
        await t.step({
          name: `line ${block.line}: ${[block.language, ...block.tags].join(" ")}`,
          ignore: block.language === "python" && python.ignore,
          fn: async () => {
            const treatment = treatmentOf(block);
            if (isProgram(treatment)) await story.play(block);
            else checkBlock(file, block, treatment);
          },
          // A server or client of one block keeps running for the blocks that follow; the test as a whole is watched.
          sanitizeOps: false,
          sanitizeResources: false,
        });
      }
      if (blocks.some(({ tags }) => tags.length > 0)) {
        await t.step("what was meant to keep running did", () => story.end());
      }
    }
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("documentation: every program in TypeScript has right types", async () => {
  const folder = await Deno.makeTempDir();
  const modules: string[] = [];
  for (const file of FILES) {
    for (const block of readBlocks(read(file)).filter(({ language }) => language === "ts")) {
      const path = `${folder}/${file.replaceAll("/", "_")}_line_${block.line}.ts`;
      await Deno.writeTextFile(path, toModule(block));
      modules.push(path);
    }
  }

  const { code, output } = modules.length === 0
    ? { code: 0, output: "" }
    : await runDeno(["check", `--config=${ROOT}deno.json`, ...modules], { timeoutMs: 120_000, quiet: true, cwd: ROOT });

  await Deno.remove(folder, { recursive: true });
  assertEquals(code, 0, output);
});

Deno.test("documentation: no example in a comment of src is exempt from being run", () => {
  const exempt = filesUnder("src", ".ts").filter((file) => /^ *\*? *```\w+ +\S/m.test(read(file)));

  assertEquals(exempt, []);
});

Deno.test("documentation: every error code has a heading in docs/errors.md", () => {
  const codes = [...read("src/errors.ts").matchAll(/^\s*readonly code = "(\w+)"/gm)].map(([, code]) => code);
  const headings = readHeadings(read("docs/errors.md")).map(({ text }) => text);

  assert(codes.length > 0);
  assertEquals(codes.filter((code) => !headings.includes(code ?? "")), []);
});

Deno.test(`documentation: every message of ours has a heading in ${PROTOCOL}`, () => {
  const types = new Set([
    ...controlTypes(),
    ...[...read("src/protocol/messages.ts").matchAll(/type: "(\$\w+)"/g)].map(([, type = ""]) => type),
  ]);
  const words = readHeadings(read(PROTOCOL)).flatMap(({ text }) => text.split(/[\s,]+/));

  assertEquals([...types].filter((type) => !words.includes(type)), []);
});

Deno.test(`documentation: every close code stands in a table of ${PROTOCOL}, with what a client does`, () => {
  const rows = readTableRows(read(PROTOCOL));
  const missing = CLOSE_CODES.filter(({ code, action }) => {
    const row = rows.find(([first = ""]) => first.split(/[\s,]+/).includes(String(code)));
    return !row?.slice(1).some((cell) => cell.replaceAll("_", " ").includes(action.replaceAll("_", " ")));
  });

  assertEquals(missing.map(({ code, action }) => `${code} ${action}`), []);
});

const OPTION_TYPES = [
  "WebSocketConfig",
  "ResumeOptions",
  "LogOptions",
  "LogRule",
  "BroadcastOptions",
  "WebSocketClientConfig",
  "ReconnectOptions",
];

for (const name of OPTION_TYPES) {
  Deno.test(`documentation: every field of ${name} stands in its table of ${OPTIONS}, with its default`, async () => {
    const symbols = await readExports(readManifest().exports["."] ?? "");
    const fields = symbols.find((symbol) => symbol.name === name)?.fields ?? [];
    const rows = readTableRows(readSection(read(OPTIONS), name));
    const wrong = fields.filter((field) => {
      const row = rows.find(([first]) => first === field.name);
      return row === undefined || (field.defaultText !== undefined && row[1] !== plain(field.defaultText));
    });

    assert(fields.length > 0, `mod.ts exports no interface ${name}`);
    assertEquals(wrong.map((field) => `${field.name}, default ${plain(field.defaultText ?? "none")}`), []);
    assertEquals(
      rows.slice(1).map(([first]) => first).filter((row) => !fields.some((field) => field.name === row)),
      [],
    );
  });
}

Deno.test("documentation: the comments of the options tell the defaults that the code has", async () => {
  const symbols = await readExports(readManifest().exports["."] ?? "");
  const client = resolveOptions({ url: "ws://localhost" });
  const used: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["WebSocketConfig", DEFAULTS],
    ["ResumeOptions", RESUME_DEFAULTS],
    ["LogOptions", LOG_DEFAULTS],
    ["LogRule", { ...LOG_DEFAULTS, maxAgeMs: undefined }], // which depends on what is kept
    ["WebSocketClientConfig", { ...client, url: undefined }],
    ["ReconnectOptions", { ...client.reconnect }],
  ];
  const wrong = used.flatMap(([name, values]) =>
    (symbols.find((symbol) => symbol.name === name)?.fields ?? []).filter((field) => {
      const value = values[field.name];
      const isSimple = ["number", "string", "boolean"].includes(typeof value);
      return isSimple && plain(field.defaultText ?? "none").replaceAll("_", "") !== written(value);
    }).map((field) => `${name}.${field.name}: ${field.defaultText}, used is ${written(values[field.name])}`)
  );

  assertEquals(wrong, []);
});

Deno.test("documentation: every task of deno.json stands in the table of docs/contributing.md, and no other", () => {
  const rows = readTableRows(readSection(read("docs/contributing.md"), "Tasks")).slice(1);
  const described = rows.flatMap(([first = ""]) => first.split(", "));

  assertEquals(described.sort(), Object.keys(tasks).sort());
});

Deno.test("documentation: one version of Deno is named everywhere", () => {
  const named = [...FILES, ".ci/run"].flatMap((file) => [...read(file).matchAll(/deno@(\d+\.\d+\.\d+)/g)]);

  assert(denoVersion !== "");
  assertEquals([...new Set(named.map(([, version]) => version))], [denoVersion]);
});

Deno.test("documentation: every link to a file of the repository leads somewhere", () => {
  const broken = FILES.flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
      .map(([, target = ""]) => new URL(target, `file:///${file}`).pathname.slice(1))
      .filter((target) => !isPresent(target))
      .map((target) => `${file}: ${target}`)
  );

  assertEquals(broken, []);
});
