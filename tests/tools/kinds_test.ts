import { assertEquals } from "@std/assert";
import { filesByKind, fromRoot, KINDS, unownedFiles } from "./kinds.ts";
import { readManifest, ROOT } from "./repository.ts";

/** The names of the kinds that own a path. */
function owners(path: string): string[] {
  return KINDS.filter((kind) => kind.owns(path)).map(({ name }) => name);
}

Deno.test("KINDS run every test file of the repository", () => {
  assertEquals(unownedFiles(), []);
});

Deno.test("KINDS give a file to one kind, and to the soak what has a long form", () => {
  assertEquals(owners("tests/protocol/codec_test.ts"), ["unit", "soak"]);
  assertEquals(owners("tests/errors_test.ts"), ["unit", "soak"]);
  assertEquals(owners("tests/delivery/scenarios_test.ts"), ["delivery", "soak"]);
  assertEquals(owners("tests/tools/kinds_test.ts"), ["repository"]);
  assertEquals(owners("tests/docs_test.ts"), ["repository"]);
  assertEquals(owners("tests/integration/deep/echo_test.ts"), ["integration"]);
  assertEquals(owners("tests/hostile/hostile_test.ts"), ["hostile"]);
  assertEquals(owners("tests/browser/chat_test.ts"), ["browser"]);
  assertEquals(owners("tests/soak/cycles_test.ts"), ["soak"]);
  assertEquals(owners("src/client/mod.ts"), ["docstrings"]);
  assertEquals(owners("tests/nowhere/x_test.ts"), []);
  assertEquals(owners("tests/nowhere_test.ts"), []);
});

Deno.test("KINDS name sets of permissions that deno.json has", async () => {
  const { permissions } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));

  assertEquals(KINDS.map((kind) => kind.permissions).filter((name) => !(name in permissions)), []);
  assertEquals(permissions.unit, {});
});

Deno.test("deno.json keeps the sanitizers on, which are off otherwise", async () => {
  const { test } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));

  assertEquals(test, { sanitizeOps: true, sanitizeResources: true });
});

Deno.test("filesByKind() keeps to the paths that it is given", () => {
  const files = [...filesByKind(["tests/tools/", "./tests/docs_test.ts", `${ROOT}tests/exports_test.ts`]).values()]
    .flat();

  assertEquals(files.filter((file) => !file.startsWith("tests/tools/")), [
    "tests/docs_test.ts",
    "tests/exports_test.ts",
  ]);
  assertEquals(files.includes("tests/tools/kinds_test.ts"), true);
});

Deno.test("fromRoot() takes paths as people type them", () => {
  assertEquals(fromRoot("./tests/server/"), "tests/server");
  assertEquals(fromRoot(`${ROOT}tests/server`), "tests/server");
});

Deno.test("the tasks that name kinds name such as there are", () => {
  const names = KINDS.map(({ name }) => name);
  const commands = Object.values(readManifest().tasks).map((task) => typeof task === "string" ? task : task.command);
  const named = commands.flatMap((command) => /run_tests\.ts (\w+)/.exec(command ?? "")?.[1] ?? []);

  assertEquals(named.filter((name) => !names.includes(name)), []);
});
