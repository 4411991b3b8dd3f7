/** Tests of the admission of peers: rates, overload, what those refused are told, and what is left behind. */

import { assertEquals, assertThrows } from "@std/assert";
import { admission } from "../../src/middleware/admission.ts";
import type { AdmissionOptions } from "../../src/middleware/admission_options.ts";
import type { ConnectionRequest, WebSocketConnection } from "../../src/server/types.ts";
import { FakeHost } from "./tools/fake_host.ts";

const NO_LIMITS = { upgradesPerSecond: Infinity, perAddress: false, perUser: false } as const;

function rig(options?: AdmissionOptions) {
  const host = new FakeHost();
  const plugin = admission(options);
  const uninstall = host.install(plugin) as () => void;
  return { host, plugin, uninstall };
}

/** The status for a peer and when it may come back; `undefined` when it was let in. */
function ask(host: FakeHost, request: Partial<ConnectionRequest> = {}): (number | string | null)[] | undefined {
  const response = host.ask(request) as Response | undefined;
  return response && [response.status, response.headers.get("retry-after")];
}

/** How many of `count` are let in. */
function crowd(host: FakeHost, count: number, request: (i: number) => Partial<ConnectionRequest>): number {
  return Array.from({ length: count }, (_, i) => ask(host, request(i))).filter((each) => each === undefined).length;
}

const somewhere = (i: number) => ({ remoteAddr: `10.0.${i >> 8}.${i & 255}` });

Deno.test("admission() lets in 1,000 at once and 200 a second by default", async () => {
  const { host, plugin } = rig();

  assertEquals(crowd(host, 1_100, somewhere), 1_000);
  await host.clock.advance(1_000);
  assertEquals(crowd(host, 300, somewhere), 200);
  assertEquals([plugin.state.admitted, plugin.state.refused.rate], [1_200, 200]);
});

Deno.test("admission() lets in 100 at once and 20 a second of one address by default", async () => {
  const { host, plugin } = rig();
  const one = () => ({ remoteAddr: "192.0.2.1" });

  assertEquals(crowd(host, 110, one), 100);
  await host.clock.advance(1_000);
  assertEquals(crowd(host, 30, one), 20);
  assertEquals(ask(host, { remoteAddr: "192.0.2.2" }), undefined);
  assertEquals([plugin.state.refused.address, plugin.state.trackedAddresses], [20, 2]);
});

Deno.test("admission() lets in 50 at once and 5 a second of one user by default, whatever their address", async () => {
  const { host, plugin } = rig();
  const one = (i: number) => ({ ...somewhere(i), userId: "ada" });

  assertEquals(crowd(host, 60, one), 50);
  await host.clock.advance(1_000);
  assertEquals(crowd(host, 10, one), 5);
  assertEquals(ask(host, { userId: "bob" }), undefined);
  assertEquals([plugin.state.refused.user, plugin.state.trackedUsers], [15, 2]);
});

Deno.test("admission() tells those over the rate of all to come back later, with 503", () => {
  const { host } = rig({ upgradesPerSecond: 0.05, burst: 1 });
  ask(host);

  assertEquals(ask(host), [503, "20"]);
  const patient = rig({ upgradesPerSecond: 100, burst: 1, retryAfterMs: 7_001 }).host;
  ask(patient);
  assertEquals(ask(patient), [503, "8"]);
});

Deno.test("admission() tells those over their own rate when it is their turn again, with 429", () => {
  const { host } = rig({
    perAddress: { upgradesPerSecond: 0.25, burst: 1 },
    perUser: { upgradesPerSecond: 0.5, burst: 1 },
  });
  ask(host, { userId: "ada" });

  assertEquals(ask(host), [429, "4"]);
  assertEquals(ask(host, { remoteAddr: "192.0.2.2", userId: "ada" }), [429, "2"]);
});

Deno.test("admission() takes nothing from the others for those who are refused for themselves", () => {
  const { host } = rig({ upgradesPerSecond: 1, burst: 10, perAddress: { upgradesPerSecond: 1, burst: 1 } });
  crowd(host, 1_000, () => ({ remoteAddr: "192.0.2.1" }));

  assertEquals(crowd(host, 100, (i) => ({ remoteAddr: `192.0.3.${i}` })), 9);
});

Deno.test("admission() takes nothing from an address or a user when the server refuses", async () => {
  const { host } = rig({ upgradesPerSecond: 1, burst: 1, perAddress: { upgradesPerSecond: 0.01, burst: 2 } });
  ask(host);
  assertEquals(crowd(host, 10, () => ({})), 0);
  await host.clock.advance(1_000);

  assertEquals(ask(host), undefined);
});

Deno.test("admission() does not count peers of unknown address, or of no user, by address and user", () => {
  const rate = { upgradesPerSecond: 1, burst: 1 };
  const { host, plugin } = rig({ perAddress: rate, perUser: rate });

  assertEquals(crowd(host, 10, () => ({ remoteAddr: "" })), 10);
  assertEquals([plugin.state.trackedAddresses, plugin.state.trackedUsers], [0, 0]);
});

Deno.test("admission() lets nobody in while too much memory is in use", () => {
  const { host, plugin } = rig({ maxMemoryBytes: 1_000 });
  host.memoryBytes = 1_001;
  assertEquals(ask(host), [503, "5"]);
  host.memoryBytes = 1_000;
  assertEquals(ask(host), undefined);
  host.memoryBytes = undefined;
  assertEquals(ask(host), undefined);

  assertEquals(plugin.state.refused.memory, 1);
});

Deno.test("admission() lets nobody in while the event loop is late, and everybody soon after", async () => {
  const { host, plugin } = rig({ maxEventLoopLagMs: 100 });
  assertEquals(ask(host), undefined);
  await host.clock.jump(1_000);

  assertEquals(ask(host), [503, "5"]);
  assertEquals([plugin.state.refused.lag, plugin.state.eventLoopLagMs > 100], [1, true]);
  await host.clock.advance(5_000);
  assertEquals(ask(host), undefined);
});

Deno.test("admission() without a limit of lag has no timer, and with one only while peers come", async () => {
  const off = rig();
  ask(off.host);
  assertEquals(off.host.clock.pending, 0);

  const on = rig({ maxEventLoopLagMs: 100 });
  assertEquals(on.host.clock.pending, 0);
  ask(on.host);
  assertEquals(on.host.clock.pending, 1);
  await on.host.clock.advance(15_000);
  assertEquals(on.host.clock.pending, 0);
});

Deno.test("admission() leaves no timer when it is taken out", () => {
  const { host, uninstall, plugin } = rig({ maxEventLoopLagMs: 100 });
  ask(host);
  uninstall();

  assertEquals([host.clock.pending, plugin.state.eventLoopLagMs, plugin.state.memoryBytes], [0, 0, undefined]);
});

Deno.test("admission() lets connections that renew their sign-in pass", () => {
  const { host, plugin } = rig({ upgradesPerSecond: 1, burst: 1 });
  ask(host);
  const connection = {} as WebSocketConnection;

  assertEquals([ask(host), ask(host, { connection })], [[503, "5"], undefined]);
  assertEquals(plugin.state.admitted, 1);
});

Deno.test("admission() with all limits off lets everybody in", () => {
  assertEquals(crowd(rig(NO_LIMITS).host, 5_000, () => ({ userId: "ada" })), 5_000);
});

Deno.test("admission() answers with what those behind it say", () => {
  const { host } = rig();
  const other = new Response(null, { status: 403 });

  assertEquals(host.ask({}, () => other), other);
});

Deno.test("admission() is for one server at a time", () => {
  const { plugin, uninstall } = rig();
  assertThrows(() => new FakeHost().install(plugin), TypeError, "make another by admission()");
  uninstall();

  assertEquals(typeof new FakeHost().install(plugin), "function");
});

for (
  const [options, kind, text] of [
    [{ upgradesPerSecond: 0 }, RangeError, '"upgradesPerSecond" must be a number of at least 0.001, or Infinity'],
    [{ burst: 0 }, RangeError, '"burst"'],
    [{ perAddress: true }, TypeError, '"perAddress" must be an object with upgradesPerSecond, or false'],
    [{ perUser: {} }, TypeError, '"perUser.upgradesPerSecond" must be given'],
    [{ perUser: { upgradesPerSecond: 1, burst: 0 } }, RangeError, '"perUser.burst"'],
    [{ perAddress: { perSecond: 1 } }, TypeError, 'perAddress has no option "perSecond"'],
    [{ maxEventLoopLagMs: -1 }, RangeError, '"maxEventLoopLagMs"'],
    [{ maxMemoryBytes: "1" }, TypeError, '"maxMemoryBytes"'],
    [{ retryAfterMs: NaN }, TypeError, '"retryAfterMs"'],
    [{ maxTracked: 1.5 }, RangeError, '"maxTracked"'],
    [{ rate: 1 }, TypeError, 'admission has no option "rate"'],
  ] as const
) {
  Deno.test(`admission() refuses the options ${JSON.stringify(options)}`, () => {
    assertThrows(() => admission(options as unknown as AdmissionOptions), kind, text);
  });
}
