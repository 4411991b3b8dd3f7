/**
 * Shows that a server ends when it is told to, whatever peers have done to the runtime's own listener.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Target } from "./harness/hostile_case.ts";
import { ServerProcess } from "./harness/server_process.ts";

const SERVER = new URL("./harness/server_main.ts", import.meta.url);

Deno.test("WebSocketServer.stop() ends although peers broke off behind their handshakes", async () => {
  const server = await ServerProcess.start(SERVER, ["default"]);
  const target = new Target(server, "stop", "default");
  for (let count = 0; count < 5; count++) {
    using peer = await target.connect();
    await peer.write(target.handshake());
    peer.reset();
  }
  await server.settle(0, { deadlineMs: 3_000 });

  // Asks the server to stop, and ends the process by a signal if that takes too long.
  await server[Symbol.asyncDispose]();

  assertEquals(server.exit, { success: true, code: 0, signal: null });
});
