/** Tests of the variable DEBUG and of setLogLevel in whole programs: what they write, and what they ask for. */

import { assertEquals, assertMatch } from "@std/assert";
import { runDeno } from "../tools/process.ts";
import { ROOT } from "../tools/repository.ts";

/** A program that lets a peer come and go, and refuses another one. */
const PROGRAM = `
  import { setLogLevel, WebSocketServer } from "${new URL("../../mod.ts", import.meta.url)}";
  import { accessLog } from "${new URL("../../src/middleware/mod.ts", import.meta.url)}";
  import { connect } from "${new URL("../../src/testing/mod.ts", import.meta.url)}";
  const level = Deno.args[0];
  if (level) setLogLevel(level);
  const server = new WebSocketServer();
  server.use(accessLog());
  const client = await connect(server, { url: "/ws?token=s3cret" });
  await client.close(4000, "bye\\nERROR forged");
  await connect(server, { headers: { origin: "https://elsewhere.example" } }).catch(() => {});
`;

/** The lines that the program writes, without their times. */
async function linesOf(debug: string | undefined, flags: string[], level = ""): Promise<string[]> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, PROGRAM);
    const args = ["run", "--no-check", "--no-prompt", `--config=${ROOT}deno.json`, ...flags, path, level];
    const env = { NO_COLOR: "1", ...(debug === undefined ? {} : { DEBUG: debug }) };
    const { code, output } = await runDeno(args, { timeoutMs: 30_000, quiet: true, env });
    assertEquals(code, 0, output);
    return output.split("\n").filter((line) => line !== "").map((line) => line.replace(/^[\dT:.-]+Z /, ""));
  } finally {
    await Deno.remove(path);
  }
}

const OPENED = /^DEBUG switchboard\.server connection \w{26} opened from 127\.0\.0\.1 for http:\/\/localhost\/ws$/;
const CLOSED = /^DEBUG switchboard\.server connection \w{26} closed with 4000 bye\\u000aERROR forged$/;
const REFUSED = /^INFO switchboard\.server request from 127\.0\.0\.1 refused with 403: /;
const CAME = /^INFO switchboard\.access connection \w{26} opened from 127\.0\.0\.1: \/ws /;
const WENT = /^INFO switchboard\.access connection \w{26} closed: code=4000 reason="bye\\u000aERROR forged" /;

for (
  const [what, debug, flags, level, expected] of [
    ["DEBUG=websocket:* writes everything", "websocket:*", ["--allow-env"], "", [OPENED, CAME, WENT, CLOSED, REFUSED]],
    ["DEBUG=websocket:server writes one part", "websocket:server", ["--allow-env=DEBUG"], "", [
      OPENED,
      CLOSED,
      REFUSED,
    ]],
    ["DEBUG leaves parts out", "*,-websocket:server", ["--allow-env=DEBUG"], "", [CAME, WENT]],
    ["DEBUG for others writes nothing", "express:*", ["--allow-env=DEBUG"], "", []],
    ["DEBUG is not read without the permission, and nobody is asked for it", "websocket:*", [], "", []],
    ["nothing is written by default", undefined, ["--allow-env=DEBUG"], "", []],
    ['setLogLevel("info") writes from info on', undefined, [], "info", [CAME, WENT, REFUSED]],
    ['setLogLevel("error") writes no refusals', undefined, [], "error", []],
  ] as const
) {
  Deno.test(`Logging: ${what}`, async () => {
    const lines = await linesOf(debug, [...flags], level);

    assertEquals(lines.length, expected.length, lines.join("\n"));
    expected.forEach((pattern, at) => assertMatch(lines[at]!, pattern));
  });
}
