import { assertEquals, assertRejects } from "@std/assert";
import { DocStory } from "./doc_story.ts";
import { readBlocks } from "./markdown.ts";

const SERVER = '```ts server\nDeno.serve({ port: 8000 }, () => new Response("one"));\n```\n';
const CLIENT = '```ts\nconst answer = await fetch("http://localhost:8000");\n' +
  'if (await answer.text() !== "one") throw new Error("another answer");\n```\n';
const SOCKET_SERVER = "```ts server\nDeno.serve((request) => Deno.upgradeWebSocket(request).response);\n```\n";
const SOCKET = '```ts client\nnew WebSocket("ws://localhost:8000");\n```\n';

/** Plays a made-up text from its first block to its end. */
async function play(markdown: string, timeoutMs = 20_000): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await using story = new DocStory({ folder, timeoutMs });
    for (const block of readBlocks(markdown)) await story.play(block);
    await story.end();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("DocStory.play() runs a program, a test, and what follows a server against that server", async () => {
  await play("```ts\nconst one: number = 1;\nif (one !== 1) throw one;\n```\n");
  await play('```ts\nDeno.test("x", () => {});\n```\n');
  await play(SERVER + CLIENT);
  await play('```ts server\nexport default { fetch: () => new Response("one") };\n```\n' + CLIENT);
  await play(SOCKET_SERVER + SOCKET);
});

Deno.test("DocStory.play() puts a server in the place of the one before", async () => {
  const other = '```ts server\nDeno.serve(() => new Response("two"));\n```\n';

  await play(other + SERVER + CLIENT);

  await assertRejects(() => play(SERVER + other + CLIENT), Error, "another answer");
});

Deno.test("DocStory.play() resolves our own package to the repository", async () => {
  await play('```ts\nimport { CLOSE_CODES } from "@switchboard/websocket/protocol";\nCLOSE_CODES.at(0)!.code;\n```\n');
});

Deno.test("DocStory.play() fails with a program that fails", async () => {
  await assertRejects(() => play('```ts\nthrow new Error("broken");\n```\n'), Error, "broken");
  await assertRejects(() => play("```ts\nconst = 1;\n```\n"), Error, "exit code");
  await assertRejects(
    () => play('```ts\nDeno.test("x", () => { throw new Error("broken"); });\n```\n'),
    Error,
    "broken",
  );
});

Deno.test("DocStory.play() names the line of the documentation at which a program failed", async () => {
  await assertRejects(() => play('\n\n\n```ts\nf();\nthrow new Error("broken");\n```\n'), Error, "line_5.ts:5:");
});

Deno.test("DocStory.play() fails with a program that leaves something running", async () => {
  await assertRejects(() => play("```ts\nsetInterval(() => {}, 1000);\n```\n", 1_000), Error, "did not end");
});

Deno.test("DocStory.play() fails with a server that ends, fails or never listens", async () => {
  await assertRejects(() => play("```ts server\nconst a = 1;\n```\n"), Error, "ended with exit code 0");
  await assertRejects(() => play('```ts server\nthrow new Error("broken");\n```\n'), Error, "broken");
  await assertRejects(() => play("```ts server\nsetInterval(() => {}, 1000);\n```\n", 1_000), Error, "was not ready");
});

Deno.test("DocStory.end() fails with a server that ended by itself in the meantime", async () => {
  const leaving =
    '```ts server\nDeno.serve(() => { queueMicrotask(() => Deno.exit(0)); return new Response("one"); });\n```\n';
  const asking = '```ts\nawait fetch("http://localhost:8000").catch(() => {});\n```\n';

  await assertRejects(() => play(leaving + asking), Error, "ended by itself");
});

Deno.test("DocStory.play() needs a Python for a block in Python", async () => {
  const error = await assertRejects(() => play("```python\npass\n```\n"), Error);

  assertEquals(error.message, "Cannot run a block in Python as no Python was given");
});
