import { assertEquals, assertThrows } from "@std/assert";
import { parseJsonBlock, scriptsOf, type ShellContext, shellProblems, toModule, treatmentOf } from "./doc_block.ts";
import type { Block } from "./markdown.ts";

const CONTEXT: ShellContext = {
  tasks: ["demo", "test"],
  packageName: "@scope/name",
  denoVersion: "9.9.9",
  isPresent: (path) => path === "examples/echo.ts",
};

function block(info: string, code: string): Block {
  const [language = "", ...tags] = info.split(" ");
  return { line: 3, language, tags, code };
}

Deno.test("treatmentOf() says what is done with each kind of block", () => {
  assertEquals(treatmentOf(block("ts", "f();")), "run");
  assertEquals(treatmentOf(block("js", "f();")), "run");
  assertEquals(treatmentOf(block("ts server", "f();")), "server");
  assertEquals(treatmentOf(block("ts client", "f();")), "client");
  assertEquals(treatmentOf(block("ts", 'import "x";\nDeno.test("x", () => {});')), "test");
  assertEquals(treatmentOf(block("python", "f()")), "python");
  assertEquals(treatmentOf(block("json", "{}")), "json");
  assertEquals(treatmentOf(block("sh", "cd x")), "shell");
  assertEquals(treatmentOf(block("html", "<p>")), "html");
  assertEquals(treatmentOf(block("text", "anything")), "none");
});

Deno.test("treatmentOf() refuses what has no rule, so that nothing passes unchecked", () => {
  assertThrows(() => treatmentOf(block("", "x")), Error, 'Cannot check a block ""');
  assertThrows(() => treatmentOf(block("typescript", "x")), Error, "typescript");
  assertThrows(() => treatmentOf(block("ts ignore", "x")), Error, "ignore");
  assertThrows(() => treatmentOf(block("ts server quietly", "x")), Error, "quietly");
  assertThrows(() => treatmentOf(block("json server", "{}")), Error, "json server");
});

Deno.test("toModule() keeps the numbers of the lines", () => {
  assertEquals(toModule(block("ts", "f();")).split("\n")[2], "f();");
});

Deno.test("parseJsonBlock() takes one value, or one on each line, and comments where they are announced", () => {
  assertEquals(parseJsonBlock(block("json", '{\n "a": 1\n}')), [{ a: 1 }]);
  assertEquals(parseJsonBlock(block("json", '{"a":1}\n\n{"b":2}')), [{ a: 1 }, { b: 2 }]);
  assertEquals(parseJsonBlock(block("jsonc", '// one\n{ "a": "http://x" } // two')), [{ a: "http://x" }]);
  assertThrows(() => parseJsonBlock(block("json", "{,}")), SyntaxError);
  assertThrows(() => parseJsonBlock(block("json", "// one\n{}")), SyntaxError);
});

Deno.test("shellProblems() knows the commands of the documentation", () => {
  const code = [
    "# a comment",
    "git clone https://example.com/x.git",
    "cd x # go there",
    "npx --yes deno@9.9.9 task demo",
    "PORT=8001 deno task \\",
    "  test",
    "deno add jsr:@scope/name",
    "npx jsr add @scope/name",
    "deno run --allow-net examples/echo.ts",
    "sudo apt-get install -y chromium",
  ].join("\n");

  assertEquals(shellProblems(block("sh", code), CONTEXT), []);
});

Deno.test("shellProblems() tells tasks, files, packages, versions and commands that do not exist", () => {
  const wrong = [
    "deno task demos",
    "npx --yes deno@9.9.8 task demo",
    "deno add jsr:@scope/other",
    "deno run --allow-net examples/nothing.ts",
    "deno lint",
    "curl https://example.com",
    "rm -rf x",
  ];

  for (const line of wrong) assertEquals(shellProblems(block("sh", line), CONTEXT).length, 1, line);
});

Deno.test("scriptsOf() gives the scripts that stand in the page", () => {
  const code = '<script src="x.js"></script><p><script type="module">\nlet a = "</p>";\n</script>';

  assertEquals(scriptsOf(block("html", code)), ['\nlet a = "</p>";\n']);
});
