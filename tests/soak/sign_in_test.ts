/** The long form of tests/integration/sign_in_test.ts: a session that outlives its tokens. */

import { assert, assertEquals } from "@std/assert";
import { clientFor, startSigningServer } from "../integration/tools/signing_server.ts";

const SESSION_MS = 60_000;

Deno.test("a token of 5 s on a session of 60 s causes no reconnect", async () => {
  const { server, url, errors } = await startSigningServer();
  await using _server = server;
  const { client, met, tokens } = clientFor(url, "ada", 5);
  await client.connect();

  await new Promise((resolve) => setTimeout(resolve, SESSION_MS)); // how long a session lasts is what is tested

  assertEquals([client.getState(), met, errors], ["open", ["connecting", "open"], []]);
  assertEquals(server.getStats().totalConnections, 1);
  assert(tokens() >= 12, `${tokens()} tokens`);
  await client.disconnect();
});
