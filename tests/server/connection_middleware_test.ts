/** Tests of middleware around the way in, on a whole server. */

import { assertEquals, assertRejects } from "@std/assert";
import { RefusedError } from "../../src/errors.ts";
import { connect } from "../../src/testing/mod.ts";
import { NOTHING, Rig } from "./tools/rig.ts";
import { ALL, BY_NAME, refusal } from "./tools/sign_in.ts";

const failing = (): never => {
  throw new Error("secret");
};

Deno.test("connection middleware sees who was authenticated, and may add to the data or replace it", async () => {
  const rig = new Rig({ authenticate: () => ({ userId: "ada", n: 1 }) });
  const seen: unknown[] = [];
  rig.server.use({
    connection: (request, next) => {
      seen.push(request.userId, request.token, { ...request.data });
      request.data.n = 2;
      return next();
    },
  });
  const off = rig.server.use({
    connection: async (request, next) => {
      request.data = { userId: "bob", other: true };
      return await next();
    },
  });

  await using _a = await connect(rig.server, { token: "t" });
  off();
  await using _b = await connect(rig.server, { token: "t" });

  assertEquals(seen.slice(0, 3), ["ada", "t", { userId: "ada", n: 1 }]);
  assertEquals([...rig.server.connections].map(({ data, userId }) => [data, userId]), [
    [{ userId: "bob", other: true }, "ada"],
    [{ userId: "ada", n: 2 }, "ada"],
  ]);
});

Deno.test("connection middleware works on what the option data returned, and on an empty object without it", async () => {
  const made = new Rig({ data: () => ({ from: "data" }) });
  const bare = new Rig();
  for (const rig of [made, bare]) {
    rig.server.use({
      connection: (request, next) => {
        request.data.seen = request.userId === undefined && request.token === undefined;
        return next();
      },
    });
    await using _client = await connect(rig.server, { token: "not read" });
    const [conn] = rig.server.connections;
    assertEquals(conn!.data, rig === made ? { from: "data", seen: true } : { seen: true });
  }
});

Deno.test("connection middleware refuses by status, and managed peers in band, before anybody is upgraded", async () => {
  const rig = new Rig();
  const off = rig.server.use({
    connection: () => new Response("slow", { status: 429, headers: { "retry-after": "2" } }),
  });

  const { status, body } = await refusal(rig);
  const error = await assertRejects(() => connect(rig.server, { managed: true }), RefusedError);
  off();
  await using _client = await connect(rig.server);

  assertEquals([status, body, error.refusal, error.retryAfterMs], [429, "slow", "rate_limited", 2_000]);
  assertEquals(rig.told, ["connect"]);
});

Deno.test("connection middleware that fails, or a data option that does, is a 500 and leaves no place taken", async () => {
  const rig = new Rig();
  rig.server.use({ connection: failing });
  const other = new Rig({ data: failing });
  other.server.use({ connection: (_, next) => next() });

  for (const each of [rig, other]) {
    assertEquals([(await refusal(each)).status, each.left, each.errors.length], [500, NOTHING, 1]);
  }
});

Deno.test("connection middleware runs after the message of a peer that signs in by one", async () => {
  const rig = new Rig({ authenticate: BY_NAME, ...ALL });
  const seen: unknown[] = [];
  rig.server.use({
    connection: (request, next) => {
      seen.push([request.userId, request.isManaged]);
      request.data.seen = true;
      return request.userId === "bob" ? new Response(null, { status: 403 }) : next();
    },
  });

  for (const managed of [true, false]) {
    await using _client = await connect(rig.server, { managed, token: "ada", tokenIn: "message" });
    const error = await assertRejects(
      () => connect(rig.server, { managed, token: "bob", tokenIn: "message" }),
      RefusedError,
    );
    assertEquals(error.refusal, "forbidden");
    assertEquals([...rig.server.connections].map(({ data }) => data.seen), [true]);
  }
  assertEquals(seen, [["ada", true], ["bob", true], ["ada", false], ["bob", false]]);
});
