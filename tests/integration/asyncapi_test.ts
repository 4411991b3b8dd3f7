/**
 * AsyncAPI documents before the parser of the specification's authors, and the command that writes them.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DiagnosticSeverity, Parser } from "@asyncapi/parser";
import { asyncApi } from "../../src/asyncapi/mod.ts";
import { CONTRACTS, fromValibot } from "../asyncapi/contracts.ts";
import { readManifest, ROOT } from "../tools/repository.ts";

/** Reads a document, and tells the errors in it. */
async function parse(text: string) {
  const { document, diagnostics } = await new Parser().parse(text);
  const errors = diagnostics.filter(({ severity }) => severity === DiagnosticSeverity.Error);
  return { document, errors: errors.map(({ message, path }) => `${path.join("/")}: ${message}`) };
}

/** Runs the command in a process of its own, as its task says, with a module of this text. */
async function command(
  module: string,
  ...args: readonly string[]
): Promise<{ code: number; out: string; errors: string }> {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/contract #1.ts`;
    await Deno.writeTextFile(file, module);
    const task = readManifest().tasks.asyncapi;
    const [program, ...words] = (typeof task === "string" ? task : task?.command ?? "").split(" ");
    assertEquals(program, "deno");
    const child = new Deno.Command(Deno.execPath(), {
      args: [...words, ...args.map((arg) => arg === "MODULE" ? file : arg)],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
      stdin: "null",
    });
    const { code, stdout, stderr } = await child.output();
    return { code, out: new TextDecoder().decode(stdout), errors: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const MODULE = `
  import { z } from "zod";
  import { defineContract } from "${ROOT}src/protocol/mod.ts";
  export const contract = defineContract({ title: "Chat", client: { say: z.string(), at: z.date() } });
  export const other = defineContract({ server: { said: z.string() } });
`;

for (const [library, contract] of Object.entries(CONTRACTS)) {
  Deno.test(`the official parser finds no error in a document made with ${library}`, async () => {
    const made = asyncApi(contract, { url: "wss://example.com/base/ws", path: "/ws/:board" });

    const { document, errors } = await parse(JSON.stringify(made));

    assertEquals(errors, []);
    assert(document !== undefined);
    assertEquals(document.operations().all().map((each) => each.id()), Object.keys(made.operations));
    assertEquals(document.channels().all().map((each) => each.address()).includes("/ws/{board}"), true);
    for (const operation of document.operations().all()) {
      assert(operation.messages().all().length > 0, operation.id());
      assert(operation.channels().all().length === 1, operation.id());
    }
  });
}

Deno.test("the official parser finds no error where the application describes its schemas itself", async () => {
  const { document, errors } = await parse(JSON.stringify(asyncApi(CONTRACTS.valibot, { toJsonSchema: fromValibot })));

  assertEquals(errors, []);
  const move = document?.operations().all().find((each) => each.id() === "receive.move");
  assertEquals(move?.messages().all()[0]?.payload()?.property("data")?.property("x")?.type(), "number");
});

Deno.test("the official parser does find errors", async () => {
  const document = JSON.stringify(asyncApi(CONTRACTS.zod));

  const { errors } = await parse(
    document.replaceAll("#/components/messages/server.said", "#/components/messages/nobody"),
  );

  assert(errors.length > 0);
});

Deno.test("the command writes the document of a module's contract, and warnings beside it", async () => {
  const { code, out, errors } = await command(MODULE, "MODULE", "--url", "wss://example.com/ws", "--version=2.0.0");

  assertEquals(code, 0, errors);
  const document = JSON.parse(out);
  assertEquals(document.info, { title: "Chat", version: "2.0.0" });
  assertEquals(document.channels.socket.address, "/ws");
  assertEquals(Object.keys(document.operations), ["receive.say", "receive.at"]);
  assertStringIncludes(errors, "Warning: Anything is allowed for client.at as it has no JSON Schema");
  assertEquals((await parse(out)).errors, []);
});

Deno.test("the command takes the export that it is told, and the module's own maker of JSON Schema", async () => {
  const module = `${MODULE} export const toJsonSchema = () => ({ title: "made" });`;

  const { code, out, errors } = await command(module, "MODULE", "--export", "other");

  assertEquals(code, 0, errors);
  assertEquals(JSON.parse(out).components.schemas, { "server.said": { title: "made" } });
});

Deno.test("the command says how it is used", async () => {
  assertStringIncludes((await command("", "--help")).out, "asyncapi <module>");
});

/** What is asked of the command with a module, and what it says of it. */
const REFUSED: readonly (readonly [string, readonly string[], string])[] = [
  [MODULE, ["MODULE", "--uri", "x"], 'There is no option "--uri"'],
  [MODULE, ["MODULE", "--url"], 'The option "--url" needs a value'],
  [MODULE, ["MODULE", "MODULE"], "Exactly one module is needed: there are 2"],
  [MODULE, ["MODULE", "--url", "example.com"], '"url" must be a ws: or wss: URL'],
  [MODULE, ["MODULE", "--export", "nothing"], "has no export nothing: it has contract, other"],
  ["export const x = 1;", ["MODULE"], "has no export contract or default: it has x"],
  ["export const contract = { clients: {} };", ["MODULE"], '"clients" is no member of it'],
  ["", ["./there_is_no_such_file.ts"], 'Cannot load "./there_is_no_such_file.ts"'],
  ["throw new Error('broken module');", ["MODULE"], "broken module"],
];

for (const [module, args, text] of REFUSED) {
  Deno.test(`the command ends with an error and no document: ${text}`, async () => {
    const { code, out, errors } = await command(module, ...args);

    assertEquals(code, 1);
    assertEquals(out, "");
    assertStringIncludes(errors, text);
    assert(!/^\s+at /m.test(errors), errors);
  });
}
