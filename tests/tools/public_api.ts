/**
 * What modules offer, as `deno doc` tells it: names, and the fields of interfaces.
 *
 * @module
 */

import { run } from "./process.ts";
import { ROOT } from "./repository.ts";

/** Something exported. */
export interface ExportedSymbol {
  readonly name: string;
  /** Its fields and methods, its own and inherited ones; empty for what is no interface. */
  readonly fields: readonly ExportedField[];
}

/** A field of an interface. */
export interface ExportedField {
  readonly name: string;
  /** What its comment says, without tags. */
  readonly doc: string;
  /** What its comment says of the default; `undefined` when it says nothing. */
  readonly defaultText: string | undefined;
}

interface DocMember {
  readonly name: string;
  readonly jsDoc?: {
    readonly doc?: string;
    readonly tags?: readonly { readonly kind: string; readonly value?: string; readonly doc?: string }[];
  };
}

interface DocDeclaration {
  readonly kind: string;
  readonly def: {
    readonly properties?: readonly DocMember[];
    readonly methods?: readonly DocMember[];
    readonly extends?: readonly { readonly repr: string }[];
  };
}

interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly DocDeclaration[];
}

/** Reads what a module, given by its path from the root, exports. */
export async function readExports(module: string): Promise<ExportedSymbol[]> {
  const { code, output } = await run(Deno.execPath(), ["doc", "--json", module], {
    timeoutMs: 60_000,
    cwd: ROOT,
    quiet: true,
    env: { NO_COLOR: "1" },
  });
  if (code !== 0) throw new Error(`Cannot read what ${module} exports:\n${output}`);
  const { nodes } = JSON.parse(output.slice(output.indexOf("{"))) as {
    readonly nodes: Readonly<Record<string, { readonly symbols: readonly DocSymbol[] }>>;
  };
  const symbols = Object.values(nodes).flatMap((node) => node.symbols);
  return symbols.map(({ name }) => ({ name, fields: fieldsOf(name, symbols) }));
}

function fieldsOf(name: string, symbols: readonly DocSymbol[]): ExportedField[] {
  const symbol = symbols.find((each) => each.name === name);
  return (symbol?.declarations ?? []).filter(({ kind }) => kind === "interface").flatMap(({ def }) => [
    ...[...def.properties ?? [], ...def.methods ?? []].map(toField),
    ...(def.extends ?? []).flatMap(({ repr }) => fieldsOf(repr.replace(/<.*/, ""), symbols)),
  ]);
}

function toField({ name, jsDoc }: DocMember): ExportedField {
  const tag = jsDoc?.tags?.find(({ kind }) => kind === "default");
  // `deno doc` takes the braces of "{{}}" for those of the tag and cuts the rest off.
  const defaultText = (tag?.value ?? tag?.doc)?.trim().replace(/^\{$/, "{}");
  return { name, doc: jsDoc?.doc?.trim() ?? "", defaultText };
}
