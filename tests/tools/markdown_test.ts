import { assertEquals } from "@std/assert";
import { readBlocks, readHeadings, readSection, readTableRows } from "./markdown.ts";

const TEXT = `# Title

Words with \`\`\`ticks\`\`\` inside.

\`\`\`ts server
const a = 1;

# no heading
| no | row |
\`\`\`

## \`$ping\` and \`$pong\` ##

1. A list

   ~~~sh
   deno task demo
     indented
   ~~~

\`\`\`\`md
\`\`\`ts
inner
\`\`\`
\`\`\`\`

\`\`\`
bare
\`\`\`

| code | client |
| --- | :-: |
| \`1000\`, 1001 | stop |
`;

Deno.test("readBlocks() gives language, tags, code and the line of each block", () => {
  assertEquals(readBlocks(TEXT), [
    { line: 6, language: "ts", tags: ["server"], code: "const a = 1;\n\n# no heading\n| no | row |" },
    { line: 17, language: "sh", tags: [], code: "deno task demo\n  indented" },
    { line: 22, language: "md", tags: [], code: "```ts\ninner\n```" },
    { line: 28, language: "", tags: [], code: "bare" },
  ]);
});

Deno.test("readBlocks() takes a block that is not closed to the end", () => {
  assertEquals(readBlocks("```json\n{}"), [{ line: 2, language: "json", tags: [], code: "{}" }]);
});

Deno.test("readHeadings() gives headings outside of blocks, without marks", () => {
  assertEquals(readHeadings(TEXT), [{ level: 1, text: "Title" }, { level: 2, text: "$ping and $pong" }]);
});

Deno.test("readTableRows() gives cells outside of blocks, without marks", () => {
  assertEquals(readTableRows(TEXT), [["code", "client"], ["1000, 1001", "stop"]]);
});

Deno.test("readSection() gives what is under a heading", () => {
  assertEquals(readSection("# A\n1\n## The `B` part\n2\n### C\n3\n## D\n4", "B"), "## The `B` part\n2\n### C\n3");
  assertEquals(readSection("# A\n1\n## The `B` part\n2", "part"), "## The `B` part\n2");
  assertEquals(readSection("# AB\n1", "A"), "");
});
