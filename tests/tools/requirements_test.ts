import { assertEquals, assertStringIncludes } from "@std/assert";
import { runDeno } from "./process.ts";

const MODULE = new URL("./requirements.ts", import.meta.url).href;

/** Asks for a file in a process of its own, as a test would while it loads. */
async function ask(path: string, ci: string): Promise<{ code: number; output: string }> {
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      script,
      `import { requireBinary } from "${MODULE}";\nconsole.log(JSON.stringify(requireBinary("${path}", "a-package")));\n`,
    );
    const args = ["run", "--no-check", "--no-config", "--allow-read", "--allow-env", script];
    const { code, output } = await runDeno(args, { timeoutMs: 20_000, env: { CI: ci }, quiet: true });
    return { code, output };
  } finally {
    await Deno.remove(script);
  }
}

Deno.test("requireBinary() gives the path of what is there", async () => {
  const { code, output } = await ask(Deno.execPath(), "");

  assertEquals(code, 0);
  assertEquals(JSON.parse(output), { path: Deno.execPath(), ignore: false, reason: "" });
});

Deno.test("requireBinary() skips what is not there and says what to install", async () => {
  const { code, output } = await ask("/no/such/program", "");

  const reason = "Missing /no/such/program: sudo apt-get install -y a-package";
  assertEquals(code, 0);
  assertStringIncludes(output, `${reason}\n`);
  assertStringIncludes(output, JSON.stringify({ path: "/no/such/program", ignore: true, reason }));
});

Deno.test("requireBinary() fails where CI is set, as nothing may be skipped there", async () => {
  const { code, output } = await ask("/no/such/program", "true");

  assertEquals(code, 1);
  assertStringIncludes(output, "sudo apt-get install -y a-package");
});
