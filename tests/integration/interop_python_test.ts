/** Tests with a peer that shares no code and no language with us: Python's websockets. */

import { assertEquals } from "@std/assert";
import { requirePythonWebsockets } from "../tools/requirements.ts";
import { WatchedServer } from "./tools/watched_server.ts";

const python = requirePythonWebsockets();
const SCRIPT = new URL("tools/peer.py", import.meta.url).pathname;

/** A frame as the script shows it: text, or bytes as hex. */
type Shown = string | { readonly hex: string };

/** Runs the peer, and gives what it received, the close last. */
async function runPeer(url: string, messages: readonly Shown[]): Promise<unknown[]> {
  const child = new Deno.Command(python.path, {
    args: [SCRIPT, url],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(20_000),
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(messages)));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test({
  name: "Python's websockets exchanges text, JSON and binary with the server, and gets nothing of ours",
  ignore: python.ignore,
  fn: async () => {
    await using watched = await WatchedServer.start({
      heartbeatInterval: 200,
      heartbeatTimeoutMs: 60_000,
      handlers: {
        onConnect: (conn) => {
          conn.send({ type: "welcome", message: "hello" });
        },
        onMessage: (conn, message) => {
          if (message.type === "end") conn.close(4_000, "genug – ende");
          else conn.send(message.type === "text" || message.type === "binary" ? message.data : message);
        },
      },
    });
    const messages: Shown[] = [
      "hello",
      "",
      "äöü €😀",
      "{not json",
      '{"type":"chat","data":[1,null,"x"]}',
      { hex: "00ff10" },
      { hex: "" },
      "x".repeat(100_000),
    ];

    const received = await runPeer(watched.url(), [...messages, '{"type":"end"}']);

    assertEquals(received, ['{"type":"welcome","message":"hello"}', ...messages, {
      code: 4_000,
      reason: "genug – ende",
    }]);
    const { info } = await watched.next("close");
    assertEquals([info.code, info.wasClean], [4_000, true]);
  },
});

Deno.test({
  name: "Python's websockets, quiet for longer than interval and timeout, stays connected by its own pongs",
  ignore: python.ignore,
  fn: async () => {
    await using watched = await WatchedServer.start({ heartbeatInterval: 400, heartbeatTimeoutMs: 600 });
    const running = runPeer(watched.url(), []);
    await watched.next("connect");
    using silent = await watched.raw();
    await silent.nextResponse();

    await watched.next("close"); // of the silent one, which came later
    watched.server.closeAll(1_001, "bye");

    assertEquals(await running, [{ code: 1_001, reason: "bye" }]);
  },
});
