/** Tests of upgrading inside of a route. */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { RefusedError } from "../../src/errors.ts";
import type { WebSocketConfig } from "../../src/server/options.ts";
import type { Authenticate } from "../../src/server/types.ts";
import { connect, HandshakeRefusedError } from "../../src/testing/mod.ts";
import { Rig } from "./tools/rig.ts";

type AnyAuthenticate = Authenticate<Record<string, unknown>>;

function rigOf(authenticate: AnyAuthenticate, config: WebSocketConfig = {}): Rig {
  return new Rig({ authenticate, ...config });
}

Deno.test("WebSocketServer.upgrade() makes the same checks on any path, and gives the connection", async () => {
  const rig = rigOf(({ token }) => token === "good" ? { userId: "ada" } : null, { origins: [] });
  const results: Awaited<ReturnType<typeof rig.server.upgrade>>[] = [];
  const here = {
    handleUpgrade: async (...args: Parameters<typeof rig.server.upgrade>) => {
      const result = await rig.server.upgrade(...args);
      results.push(result);
      return result.response;
    },
  };

  await using _client = await connect(here, { url: "/anywhere/else", token: "good" });
  const refused = await assertRejects(() => connect(here, { token: "bad" }), HandshakeRefusedError);
  const elsewhere = { token: "good", headers: { origin: "https://x.example", authorization: "Bearer good" } };
  const origin = await assertRejects(() => connect(here, elsewhere), HandshakeRefusedError);
  await assertRejects(() => connect(here, { token: "bad", managed: true }), RefusedError);
  const { response, connection } = await rig.server.upgrade(new Request("http://localhost/page"));

  assertEquals([refused.status, origin.status, response.status, connection], [401, 403, 426, undefined]);
  assertEquals(results.map((each) => each.connection?.userId), ["ada", undefined, undefined, undefined]);
  assertStrictEquals(results[0]!.connection, [...rig.server.connections][0]);
});
