/** Tests of the limit of messages: the rate itself, who shares it, and what those over it meet. */

import { assertEquals, assertThrows } from "@std/assert";
import { MessageError } from "../../src/errors.ts";
import { rateLimit, type RateLimitOptions } from "../../src/middleware/rate_limit.ts";
import { FakeConnection, FakeHost } from "./tools/fake_host.ts";

const TEXT = { type: "text", data: "x" };

function limited(options?: RateLimitOptions): FakeHost {
  const host = new FakeHost();
  host.install(rateLimit(options));
  return host;
}

/** How many of `count` messages at once come through before the connection is closed. */
function flood(host: FakeHost, connection: FakeConnection, count: number): number {
  let through = 0;
  for (let i = 0; i < count && connection.closed.length === 0; i++) {
    if (host.receive(connection, TEXT) !== undefined) through++;
  }
  return through;
}

Deno.test("rateLimit() lets a burst as large as the bucket through, and closes at one more with 4429", () => {
  const host = limited();
  const connection = new FakeConnection();

  assertEquals([flood(host, connection, 100), connection.closed], [100, []]);
  assertEquals([flood(host, connection, 1), connection.closed], [0, [4429]]);
});

Deno.test("rateLimit() never closes who keeps exactly to the rate, for an hour", () => {
  let now = 1e9 / 7;
  const host = limited({ messagesPerSecond: 30, burst: 1, now: () => now });
  const connection = new FakeConnection();
  const startedAt = now;
  for (let i = 0; i < 30 * 3_600; i++) {
    now = startedAt + i * 1_000 / 30;
    host.receive(connection, TEXT);
  }

  assertEquals(connection.closed, []);
});

Deno.test("rateLimit() per connection lets each connection have its own allowance", () => {
  const host = limited({ burst: 3 });

  assertEquals([1, 2].map(() => flood(host, new FakeConnection({ userId: "ada" }), 10)), [3, 3]);
});

Deno.test("rateLimit() per user lets the connections of a user share one, and those of nobody have their own", () => {
  const host = limited({ burst: 3, per: "user" });
  const users = ["ada", "ada", "bob", undefined, undefined];

  const through = users.map((userId) => flood(host, new FakeConnection(userId === undefined ? {} : { userId }), 10));

  assertEquals(through, [3, 0, 3, 3, 3]);
});

Deno.test("rateLimit() per address lets an IPv6 network of 64 bits share one, and unknown addresses have their own", () => {
  const host = limited({ burst: 3, per: "address" });
  const addresses = ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "2001:db8::2", "", ""];

  const through = addresses.map((remoteAddr) => flood(host, new FakeConnection({ remoteAddr }), 10));

  assertEquals(through, [3, 0, 3, 0, 3, 3]);
});

Deno.test("rateLimit() lets messages through again when time has passed", async () => {
  const host = limited({ messagesPerSecond: 10, burst: 2, onExceeded: "reply" });
  const connection = new FakeConnection();
  flood(host, connection, 2);
  assertThrows(() => host.receive(connection, TEXT), MessageError);

  await host.clock.advance(100);

  assertEquals(host.receive(connection, TEXT), TEXT);
});

Deno.test("rateLimit() with replies says when to come back, and closes nobody", () => {
  const host = limited({ messagesPerSecond: 4, burst: 1, onExceeded: "reply" });
  const connection = new FakeConnection();
  host.receive(connection, TEXT);

  const error = assertThrows(() => host.receive(connection, TEXT), MessageError);

  assertEquals([error.errorCode, error.data, connection.closed], ["rate_limited", { retryAfterMs: 250 }, []]);
});

Deno.test("rateLimit() takes what a message costs, nothing for 0", () => {
  const host = limited({ burst: 10, cost: ({ type }) => type === "free" ? 0 : 4 });
  const connection = new FakeConnection();

  const through = ["a", "free", "b", "free", "c", "d"].map((type) => host.receive(connection, { type }) !== undefined);

  assertEquals([through, connection.closed], [[true, true, true, true, false, false], [4429, 4429]]);
});

Deno.test("rateLimit() refuses costs that are no number of at least 0, and keeps the allowance", () => {
  let cost = NaN;
  const host = limited({ burst: 1, cost: () => cost });
  const connection = new FakeConnection();

  assertThrows(() => host.receive(connection, TEXT), RangeError, "must return a number of at least 0: it returned NaN");
  cost = -1;
  assertThrows(() => host.receive(connection, TEXT), RangeError, "it returned -1");
  cost = 1;
  assertEquals(host.receive(connection, TEXT), TEXT);
});

Deno.test("rateLimit() remembers no more users than it may", () => {
  const host = limited({ burst: 1, per: "user", maxTracked: 4, onExceeded: "reply" });
  for (const userId of ["a", "b", "c", "d", "e"]) host.receive(new FakeConnection({ userId }), TEXT);

  assertEquals(host.receive(new FakeConnection({ userId: "a" }), TEXT), TEXT); // forgotten
  assertThrows(() => host.receive(new FakeConnection({ userId: "e" }), TEXT), MessageError);
});

Deno.test("rateLimit() reads the clock that it is given", () => {
  let now = 0;
  const host = limited({ messagesPerSecond: 1, burst: 1, now: () => now });
  const connection = new FakeConnection();
  host.receive(connection, TEXT);
  now = 1_000;

  assertEquals(host.receive(connection, TEXT), TEXT);
});

Deno.test("rateLimit() put into two servers counts for each", () => {
  const plugin = rateLimit({ burst: 1, per: "user" });
  const hosts = [new FakeHost(), new FakeHost()];
  for (const host of hosts) host.install(plugin);

  assertEquals(hosts.map((host) => flood(host, new FakeConnection({ userId: "ada" }), 5)), [1, 1]);
});

for (
  const [options, kind, text] of [
    [{ messagesPerSecond: 0 }, RangeError, '"messagesPerSecond" must be a number of at least 0.001'],
    [{ burst: 0.5 }, RangeError, '"burst" must be a number of at least 1'],
    [{ burst: Infinity }, RangeError, '"burst"'],
    [{ maxTracked: 1 }, RangeError, '"maxTracked"'],
    [{ per: "room" }, TypeError, '"per" must be one of "connection", "user", "address": current value is "room"'],
    [{ onExceeded: "drop" }, TypeError, '"onExceeded"'],
    [{ cost: 1 }, TypeError, '"cost" must be a function'],
    [{ limit: 1 }, TypeError, 'rateLimit has no option "limit"'],
  ] as const
) {
  Deno.test(`rateLimit() refuses the options ${JSON.stringify(options)}`, () => {
    assertThrows(() => rateLimit(options as unknown as RateLimitOptions), kind, text);
  });
}
