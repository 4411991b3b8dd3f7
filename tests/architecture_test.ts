/**
 * Holds the rules of the architecture against every file of src, and shows on made-up files that each rule can fail.
 */

import { assertEquals } from "@std/assert";
import { findBreaches } from "./tools/architecture_rules.ts";
import { filesUnder, isPresent, ROOT } from "./tools/repository.ts";

/** Files over 300 lines, each with the reason why it is not two. */
const LONG_FILES: Readonly<Record<string, string>> = {
  "src/errors.ts": "one table: a class for each condition, all of one shape",
  "src/server/config.ts": "one table: the default and the check of each option",
  "src/server/connection.ts":
    "the public face of a peer, and one field for each thing that a part keeps on it; no decision",
  "src/server/lifecycle.ts": "the one way in and the one way out: its functions are the arrows of one picture",
  "src/server/options.ts": "one list: what each option means",
  "src/server/parts.ts": "the wiring: one statement for each part, no decision",
  "src/server/server.ts": "the public face: one statement for each method, the rest is what their users have to know",
};

const HEADER = "/** Responsible for one thing. */\n";

/** One made-up file, and what is wrong with it; nothing when it keeps the rules. */
const MADE_UP: readonly { path: string; text: string; breaches: string[] }[] = [
  { path: "src/protocol/a.ts", text: 'import { x } from "../internal/x.ts"; import "./b.ts";', breaches: [] },
  {
    path: "src/protocol/a.ts",
    text: 'import { x } from "../server/x.ts";',
    breaches: ["may not import ../server/x.ts"],
  },
  {
    path: "src/protocol/a.ts",
    text: 'import type { X } from "../client/x.ts";',
    breaches: ["may not import the types of ../client/x.ts"],
  },
  { path: "src/protocol/a.ts", text: 'import "@std/ulid";', breaches: ["may not import @std/ulid"] },
  { path: "src/client/a.ts", text: 'export * from "../server/mod.ts";', breaches: ["may not import ../server/mod.ts"] },
  { path: "src/client/a.ts", text: 'import "@logtape/logtape";', breaches: ["may not import @logtape/logtape"] },
  { path: "src/client/a.ts", text: 'await import("../server/x.ts");', breaches: ["may not import ../server/x.ts"] },
  {
    path: "src/client/a.ts",
    text: 'let x: import("../testing/x.ts").X | undefined;',
    breaches: ["may not import the types of ../testing/x.ts", "holds state of the module: x"],
  },
  {
    path: "src/server/a.ts",
    text: 'import { x } from "../testing/x.ts";',
    breaches: ["may not import ../testing/x.ts"],
  },
  { path: "src/server/a.ts", text: 'import { x } from "../client/x.ts";', breaches: ["may not import ../client/x.ts"] },
  { path: "src/server/a.ts", text: 'import type { B } from "../brokers/broker.ts";', breaches: [] },
  {
    path: "src/server/a.ts",
    text: 'import { type B, c } from "../brokers/broker.ts";',
    breaches: ["may not import ../brokers/broker.ts"],
  },
  { path: "src/server/a.ts", text: 'import { x } from "../../mod.ts";', breaches: ["may not import ../../mod.ts"] },
  { path: "src/internal/a.ts", text: 'import { x } from "./b.ts";', breaches: ["may not import ./b.ts"] },
  { path: "src/internal/a.ts", text: 'import "node:crypto";', breaches: ["may not import node:crypto"] },
  { path: "src/middleware/a.ts", text: 'import type { X } from "../server/types.ts";', breaches: [] },
  {
    path: "src/middleware/a.ts",
    text: 'import { X } from "../server/types.ts";',
    breaches: ["may not import ../server/types.ts"],
  },
  { path: "src/testing/a.ts", text: 'import "../server/x.ts"; import "../client/x.ts";', breaches: [] },
  {
    path: "src/elsewhere/a.ts",
    text: "",
    breaches: ["stands in a place that has no row in the table of places"],
  },
  { path: "src/server/deno.ts", text: "Deno.serve(() => new Response());", breaches: [] },
  { path: "src/server/a.ts", text: "Deno.serve(() => new Response());", breaches: ["names Deno in code"] },
  { path: "src/client/a.ts", text: "console.log(globalThis.Deno);", breaches: ["names Deno in code"] },
  { path: "src/client/a.ts", text: "type Address = Deno.Addr;", breaches: ["names Deno in code"] },
  { path: "src/client/a.ts", text: '// Deno does this.\nconst text = "Deno";', breaches: [] },
  { path: "src/protocol/a.ts", text: "export const now = () => Date.now();", breaches: ["is pure and names Date"] },
  {
    path: "src/protocol/a.ts",
    text: "export const roll = () => Math.random() + performance.now();",
    breaches: ["is pure and names performance", "is pure and names Math.random"],
  },
  {
    path: "src/protocol/a.ts",
    text: "export const f = (random: () => number) => Math.min(random(), 1);",
    breaches: [],
  },
  { path: "src/protocol/a.ts", text: "export interface X { Date: number; setTimeout(): void }", breaches: [] },
  { path: "src/internal/a.ts", text: "setTimeout(() => {}, 1);", breaches: ["is pure and names setTimeout"] },
  { path: "src/server/a.ts", text: "setTimeout(() => {}, 1);", breaches: [] },
  {
    path: "src/server/a.ts",
    text: "/** One thing. Pure. */\nsetTimeout(() => {}, 1);",
    breaches: ["is pure and names setTimeout"],
  },
  { path: "src/server/a.ts", text: "export let last = 1;", breaches: ["holds state of the module: last"] },
  { path: "src/server/a.ts", text: "const all = new Map();", breaches: ["holds state of the module: all"] },
  { path: "src/server/a.ts", text: "const all: string[] = [];", breaches: ["holds state of the module: all"] },
  {
    path: "src/server/a.ts",
    text: "const NONE: readonly string[] = []; const NO: ReadonlySet<1> = new Set();",
    breaches: [],
  },
  { path: "src/server/a.ts", text: "const all = new Map([[1, 2]]); export const X = [1];", breaches: [] },
  { path: "src/server/a.ts", text: "export function f() { let x = 1; return x++; }", breaches: [] },
  { path: "src/access.ts", text: "let server: object | undefined;", breaches: [] },
  {
    path: "src/server/a.ts",
    text: "class X { private a = 1; constructor(private readonly b: number) {} #c = 1; }",
    breaches: [
      "hides a member by the keyword private and not by #",
      "hides a member by the keyword private and not by #",
    ],
  },
  { path: "src/server/a.ts", text: "1;\n".repeat(299), breaches: [] },
  { path: "src/server/a.ts", text: "1;\n".repeat(300), breaches: ["has 301 lines and no reason for more than 300"] },
  { path: "src/server/mod.ts", text: 'export { x } from "./x.ts"; export type * from "./y.ts";', breaches: [] },
  { path: "mod.ts", text: 'export * from "./src/server/mod.ts";', breaches: [] },
  { path: "mod.ts", text: "export const x = 1;", breaches: ["does more than to hand on what others export"] },
  { path: "mod.ts", text: 'export * from "./src/testing/mod.ts";', breaches: ["may not import ./src/testing/mod.ts"] },
];

Deno.test("architecture: every file of src keeps the rules", () => {
  const paths = [...filesUnder("src", ".ts"), "mod.ts"].filter(isPresent);
  const sources = paths.map((path) => ({ path, text: Deno.readTextFileSync(`${ROOT}${path}`) }));

  assertEquals(findBreaches(sources, LONG_FILES), []);
});

Deno.test("findBreaches() finds exactly what is wrong with made-up files", () => {
  for (const { path, text, breaches } of MADE_UP) {
    const withHeader = text.startsWith("/**") ? text : `${HEADER}${text}`;

    const found = findBreaches([{ path, text: withHeader }], {});

    assertEquals(found, breaches.map((breach) => `${path}: ${breach}`), text);
  }
});

Deno.test("findBreaches() wants a comment at the beginning of each file", () => {
  const found = findBreaches([{ path: "src/server/a.ts", text: "export const X = 1;" }], {});

  assertEquals(found, ["src/server/a.ts: does not begin with a comment that says what it is responsible for"]);
});

Deno.test("findBreaches() wants reasons for long files, and none without need", () => {
  const long = { path: "src/server/long.ts", text: HEADER + "1;\n".repeat(300) };
  const short = { path: "src/server/short.ts", text: HEADER };
  const reason = "one table";

  assertEquals(findBreaches([long], { [long.path]: reason }), []);
  assertEquals(findBreaches([short], { [short.path]: reason }), [`${short.path}: has a reason to be long and is not`]);
  assertEquals(findBreaches([], { [long.path]: reason }), [`${long.path}: has a reason to be long and does not exist`]);
});
