/**
 * The runner of the tests, run on made-up repositories that hold the tools and a few tests.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { runDeno, type RunResult } from "./process.ts";
import { filesUnder, ROOT } from "./repository.ts";

const HEADER = "/** Made up. */\n";
const PASSES = 'Deno.test("passes", () => {});\n';

/** Runs the runner in a repository with these files besides the tools. */
async function runIn(files: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<RunResult> {
  const folder = await Deno.makeTempDir();
  const copied = ["deno.json", "deno.lock", ...filesUnder("tests/tools", ".ts"), ...filesUnder("tests/std", "")];
  try {
    const contents = new Map(copied.map((path) => [path, Deno.readTextFileSync(`${ROOT}${path}`)]));
    contents.set("examples/chat/page/deno.json", "{}");
    for (const path of contents.keys()) if (path.endsWith("_test.ts")) contents.delete(path);
    for (const [path, text] of Object.entries(files)) contents.set(path, text);
    for (const [path, text] of contents) {
      await Deno.mkdir(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    return await runDeno(["run", "-A", "tests/tools/run_tests.ts", ...args], {
      timeoutMs: 60_000,
      cwd: folder,
      quiet: true,
      // Whether something may be skipped must not depend on where this test itself runs.
      env: { NO_COLOR: "1", CI: "" },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function lastLine({ output }: RunResult): string | undefined {
  return output.trimEnd().split("\n").at(-1);
}

Deno.test("run_tests.ts ends with the counts and succeeds when nothing failed", async () => {
  const result = await runIn({
    "src/a.ts": HEADER,
    "tests/a_test.ts": `${PASSES}Deno.test("steps", async (t) => { await t.step("one", () => {}); });\n`,
    "tests/hostile/b_test.ts": 'Deno.test({ name: "waits", ignore: true, fn() {} });\n',
  });

  // One more than the tests: that all types are right counts too.
  assertEquals(lastLine(result), "3 passed, 0 failed, 1 skipped", result.output);
  assertEquals(result.code, 0);
  assertStringIncludes(result.output, "Skipped:\n  ./tests/hostile/b_test.ts: waits\n");
});

Deno.test("run_tests.ts counts what failed, did not load, has wrong types or is run by no kind", async () => {
  const result = await runIn({
    "src/a.ts": HEADER,
    "tests/a_test.ts": `${PASSES}Deno.test("fails", () => { throw new Error("broken"); });\n`,
    "tests/integration/b_test.ts": 'throw new Error("does not load");\n',
    "tests/integration/c_test.ts": `${PASSES}const text: string = 1;\ntext;\n`,
    "tests/odd/d_test.ts": PASSES,
  });

  assertEquals(lastLine(result), "2 passed, 4 failed, 0 skipped", result.output);
  assertEquals(result.code, 1);
  assertStringIncludes(result.output, "  ./tests/a_test.ts: fails\n");
  assertStringIncludes(
    result.output,
    "  tests/integration/b_test.ts: ran no test: it did not load, or it holds none\n",
  );
  assertStringIncludes(result.output, "  tests: have wrong types, see above\n");
  assertStringIncludes(result.output, "  tests/odd/d_test.ts: is run by no kind of tests/tools/kinds.ts\n");
});

Deno.test("run_tests.ts gives unit tests no permission", async () => {
  const result = await runIn({
    "src/a.ts": HEADER,
    "tests/a_test.ts": 'Deno.test("reads", () => { Deno.readTextFileSync("deno.json"); });\n',
  });

  assertEquals(lastLine(result), "1 passed, 1 failed, 0 skipped", result.output);
  assertStringIncludes(result.output, "NotCapable");
});

Deno.test("run_tests.ts runs the examples in comments with sanitizers", async () => {
  const example = (code: string) => `/**\n * Made up.\n *\n * \`\`\`ts\n * ${code}\n * \`\`\`\n */\nexport {};\n`;

  const fine = await runIn({ "src/a.ts": example("const one: number = 1;") });
  const leaking = await runIn({ "src/a.ts": example("setInterval(() => {}, 1_000);") });

  assertEquals(lastLine(fine), "2 passed, 0 failed, 0 skipped", fine.output);
  assertEquals(lastLine(leaking), "1 passed, 1 failed, 0 skipped", leaking.output);
});

Deno.test("run_tests.ts repeats at its end what the machine lacks", async () => {
  const test = 'import { requireBinary } from "../tools/requirements.ts";\n' +
    'const { ignore } = requireBinary("/no/such/program", "a-package");\n' +
    'Deno.test({ name: "needs it", ignore, fn() {} });\n';

  const result = await runIn({ "tests/browser/a_test.ts": test });

  const summary = result.output.slice(result.output.indexOf("── summary"));
  assertStringIncludes(summary, "Missing /no/such/program: sudo apt-get install -y a-package\n");
  assertEquals(lastLine(result), "1 passed, 0 failed, 1 skipped");
});

Deno.test("run_tests.ts runs only the kinds and the paths that it is told, and fails when they hold no test", async () => {
  const files = {
    "src/a.ts": HEADER,
    "tests/a_test.ts": PASSES,
    "tests/integration/b_test.ts": 'Deno.test("fails", () => { throw new Error("broken"); });\n',
    "tests/integration/c_test.ts": PASSES + 'Deno.test("other", () => {});\n',
  };

  assertEquals(lastLine(await runIn(files, ["unit"])), "2 passed, 0 failed, 0 skipped");
  assertEquals(lastLine(await runIn(files, ["tests/integration/c_test.ts"])), "3 passed, 0 failed, 0 skipped");
  assertEquals(lastLine(await runIn(files, ["--filter=other"])), "2 passed, 0 failed, 0 skipped");
  assertEquals(lastLine(await runIn(files, ["tests/nothing"])), "0 passed, 1 failed, 0 skipped");
});
