/**
 * What is to be done with a block of the documentation, and the checks that need no process of their own.
 *
 * The scheme is described in docs/contributing.md.
 *
 * @module
 */

import type { Block } from "./markdown.ts";

/** What a test does with a block. */
export type Treatment = "run" | "server" | "client" | "test" | "python" | "json" | "shell" | "html" | "none";

const PROGRAMS = new Set(["ts", "js"]);
const TREATMENTS: Readonly<Record<string, Treatment>> = {
  python: "python",
  json: "json",
  jsonc: "json",
  sh: "shell",
  html: "html",
  // What no test here can execute: drawings, sessions with a peer, and the settings of other programs.
  text: "none",
  http: "none",
  nginx: "none",
};

/**
 * Decides what is done with a block.
 *
 * @throws {Error} If it has no language, or one for which there is no rule.
 */
export function treatmentOf({ language, tags, code }: Block): Treatment {
  const isProgram = PROGRAMS.has(language);
  const tag = tags[0];
  if (tags.length > 1 || (tag !== undefined && !(isProgram && (tag === "server" || tag === "client")))) {
    throw new Error(`Cannot check a block "${language} ${tags.join(" ")}": only programs have a tag, server or client`);
  }
  if (isProgram) {
    if (tag === "server" || tag === "client") return tag;
    return /^Deno\.test\(/m.test(code) ? "test" : "run";
  }
  const treatment = TREATMENTS[language];
  if (treatment === undefined) {
    throw new Error(
      `Cannot check a block "${language}": name one of ${[...PROGRAMS, ...Object.keys(TREATMENTS)].join(", ")}`,
    );
  }
  return treatment;
}

/** The block as a module of its own in which every line has the number that it has in the documentation. */
export function toModule({ code, line }: Block): string {
  return `${"\n".repeat(line - 1)}${code}\nexport {};\n`;
}

/** The values of a JSON block: one value, or one on each line. Comments are left out of `jsonc`. */
export function parseJsonBlock({ language, code }: Block): unknown[] {
  const text = language === "jsonc" ? code.replace(/(^|\s)\/\/.*$/gm, "") : code;
  try {
    return [JSON.parse(text)];
  } catch (error) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    if (lines.length < 2) throw error;
    return lines.map((line) => JSON.parse(line) as unknown);
  }
}

/** What the shell's lines may name. */
export interface ShellContext {
  /** The tasks of deno.json. */
  readonly tasks: readonly string[];
  /** The name of our package. */
  readonly packageName: string;
  /** The version of Deno that is used everywhere. */
  readonly denoVersion: string;
  /** Whether a path of the repository exists. */
  isPresent(path: string): boolean;
}

/** Checks a block of the shell. Returns what is wrong. */
export function shellProblems({ code }: Block, context: ShellContext): string[] {
  const lines = code.replaceAll("\\\n", " ").split("\n").map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  return lines.filter((line) => line !== "").flatMap((line) => lineProblems(line, context));
}

function lineProblems(line: string, context: ShellContext): string[] {
  const words = line.split(/\s+/).filter((word, index) => !(index === 0 && /^[A-Z_]+=/.test(word)));
  const command = words.join(" ");
  const [, version, ofDeno] = /^(?:npx --yes deno@(\S+)|deno) (.*)$/.exec(command) ?? [];
  if (ofDeno !== undefined) return denoProblems(line, version, ofDeno, context);
  const isOther = command.startsWith("git clone ") || command.startsWith("cd ") ||
    command.startsWith("sudo apt-get install -y ") || command === `npx jsr add ${context.packageName}`;
  return isOther ? [] : [`"${line}" is no command that is known here`];
}

function denoProblems(line: string, version: string | undefined, rest: string, context: ShellContext): string[] {
  const { tasks, packageName, denoVersion, isPresent } = context;
  const problems: string[] = [];
  if (version !== undefined && version !== denoVersion) {
    problems.push(`"${line}" names a Deno other than ${denoVersion}`);
  }
  const [subcommand = "", ...args] = rest.split(" ");
  if (subcommand === "task") {
    if (!tasks.includes(args[0] ?? "")) problems.push(`"${line}" names a task that deno.json does not have`);
  } else if (subcommand === "add") {
    if (args[0] !== `jsr:${packageName}`) problems.push(`"${line}" adds something else than jsr:${packageName}`);
  } else {
    const files = args.filter((arg) => /\.[a-z]+$/.test(arg) && !arg.startsWith("-"));
    const missing = files.filter((file) => !isPresent(file));
    if (files.length === 0) problems.push(`"${line}" names no task and no file`);
    problems.push(...missing.map((file) => `"${line}" names ${file}, which does not exist`));
  }
  return problems;
}

/** The scripts of an HTML block that stand in it, as modules. */
export function scriptsOf({ code }: Block): string[] {
  return [...code.matchAll(/<script\b([^>]*)>([^]*?)<\/script>/gi)]
    .filter(([, attributes = ""]) => !/\bsrc=/.test(attributes))
    .map(([, , script = ""]) => script);
}
