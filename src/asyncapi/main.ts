/**
 * The command that writes the AsyncAPI document of a module's contract: arguments in, a file out. It also runs in Node.
 *
 * @module
 */

import process from "node:process";
import { pathToFileURL } from "node:url";
import type { Contract } from "../protocol/contract.ts";
import { asyncApi } from "./document.ts";
import type { AsyncApiOptions } from "./types.ts";

const USAGE = `Writes the AsyncAPI 3.0 document of a contract to the standard output.

  asyncapi <module> [--export name] [--url wss://host/path] [--path /path] [--title text] [--version text]

The module is a file or a URL. It exports the contract under the name "contract", as its default, or under the one that
--export names. If it exports a function "toJsonSchema" too, that makes the JSON Schemas.`;

/** The options that take a value. */
const NAMES = ["export", "url", "path", "title", "version"] as const;

type Values = { [Name in typeof NAMES[number]]?: string };

/** What ends the command with one line and without a stack. */
class UsageError extends Error {}

await main(process.argv.slice(2)).catch((error: unknown) => {
  const isExpected = error instanceof UsageError || error instanceof TypeError;
  process.stderr.write(`${isExpected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help") || args.length === 0) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const { file, values } = readArguments(args);
  const { export: name, ...options } = values;
  const module = await load(file);
  const contract = contractOf(module, file, name);
  const { toJsonSchema } = module;
  const document = asyncApi(contract, {
    ...options,
    ...(typeof toJsonSchema === "function"
      ? { toJsonSchema: toJsonSchema as AsyncApiOptions["toJsonSchema"] & object }
      : {}),
    onWarning: ({ message }) => void process.stderr.write(`Warning: ${message}\n`),
  });
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

function readArguments(args: readonly string[]): { readonly file: string; readonly values: Values } {
  const values: Values = {};
  const files: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [arg = ""] = args.slice(i);
    if (!arg.startsWith("--")) {
      files.push(arg);
      continue;
    }
    const [flag = "", ...inline] = arg.slice(2).split("=");
    const name = NAMES.find((name) => name === flag);
    if (name === undefined) throw new UsageError(`There is no option "--${flag}"\n\n${USAGE}`);
    const value = inline.length > 0 ? inline.join("=") : args[++i];
    if (value === undefined) throw new UsageError(`The option "--${name}" needs a value\n\n${USAGE}`);
    values[name] = value;
  }
  const [file, ...others] = files;
  if (file === undefined || others.length > 0) {
    throw new UsageError(`Exactly one module is needed: there are ${files.length}\n\n${USAGE}`);
  }
  return { file, values };
}

async function load(file: string): Promise<Record<string, unknown>> {
  const url = URL.canParse(file) ? file : pathToFileURL(file).href;
  try {
    return await import(url);
  } catch (error) {
    throw new UsageError(`Cannot load "${file}": ${error instanceof Error ? error.message : String(error)}`);
  }
}

function contractOf(module: Record<string, unknown>, file: string, name: string | undefined): Contract {
  const names = name === undefined ? ["contract", "default"] : [name];
  const found = names.find((each) => Object.hasOwn(module, each));
  if (found === undefined) {
    const offered = Object.keys(module).join(", ");
    throw new UsageError(`"${file}" has no export ${names.join(" or ")}: it has ${offered === "" ? "none" : offered}`);
  }
  return module[found] as Contract;
}
