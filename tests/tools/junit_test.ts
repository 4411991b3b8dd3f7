import { assertEquals } from "@std/assert";
import { count, readReport, sum, summaryLine } from "./junit.ts";

/** A report as `deno test` writes it. */
function report(...cases: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="${cases.length}" failures="0" errors="0" time="0.1">
    <testsuite name="./a_test.ts" tests="${cases.length}" disabled="0" errors="0" failures="0">
        ${cases.join("\n        ")}
    </testsuite>
    <testsuite name="./b_test.ts" tests="0" disabled="0" errors="0" failures="0"></testsuite>
</testsuites>`;
}

function testCase(name: string, inside = ""): string {
  return `<testcase name="${name}" classname="./a_test.ts" time="0.001" line="1" col="6">${inside}</testcase>`;
}

const FAILURE = '<failure message="Uncaught &lt;testcase&gt;">Error: &lt;skipped/&gt;</failure>';

Deno.test("readReport() tells each test's module, name and outcome", () => {
  const { modules, results } = readReport(
    report(testCase("one"), testCase("a &lt; b &amp; &quot;c&quot;", "<skipped/>"), testCase("three", FAILURE)),
  );

  assertEquals([...modules], ["./a_test.ts", "./b_test.ts"]);
  assertEquals(results, [
    { module: "./a_test.ts", name: "one", outcome: "passed" },
    { module: "./a_test.ts", name: 'a < b & "c"', outcome: "skipped" },
    { module: "./a_test.ts", name: "three", outcome: "failed" },
  ]);
});

Deno.test("readReport() counts steps and not the test that holds them", () => {
  const { results } = readReport(
    report(testCase("all"), testCase("all &gt; one"), testCase("all &gt; two"), testCase("all &gt; two &gt; deep")),
  );

  assertEquals(results.map(({ name }) => name), ["all > one", "all > two > deep"]);
});

Deno.test("readReport() counts a test that failed although its steps passed, and no failure twice", () => {
  const own = readReport(report(testCase("all", FAILURE), testCase("all &gt; one")));
  const step = readReport(report(testCase("all", FAILURE), testCase("all &gt; one", FAILURE)));

  assertEquals(count(own.results), { passed: 1, failed: 1, skipped: 0 });
  assertEquals(count(step.results), { passed: 0, failed: 1, skipped: 0 });
});

Deno.test("readReport() finds nothing in an empty file", () => {
  assertEquals(readReport("").results, []);
});

Deno.test("sum() and summaryLine() give the last line of a run", () => {
  const total = sum([{ passed: 1, failed: 2, skipped: 3 }, { passed: 10, failed: 20, skipped: 30 }]);

  assertEquals(summaryLine(total), "11 passed, 22 failed, 33 skipped");
  assertEquals(summaryLine(sum([])), "0 passed, 0 failed, 0 skipped");
});
