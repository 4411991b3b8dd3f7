import { assertEquals } from "@std/assert";
import { decideLiveness } from "../../src/protocol/liveness.ts";

const POLICY = { intervalMs: 100, timeoutMs: 50 };

for (
  const [what, lastSeenAt, pingSentAt, now, decision] of [
    ["was heard just now", 1_000, undefined, 1_000, { action: "none", lookAgainAt: 1_100 }],
    ["was silent for less than the interval", 1_000, undefined, 1_099, { action: "none", lookAgainAt: 1_100 }],
    ["was silent for the interval", 1_000, undefined, 1_100, { action: "ping", lookAgainAt: 1_150 }],
    ["was looked at late", 1_000, undefined, 1_400, { action: "ping", lookAgainAt: 1_450 }],
    ["was pinged and has time left", -Infinity, 1_100, 1_149, { action: "none", lookAgainAt: 1_150 }],
    ["was pinged and has no time left", -Infinity, 1_100, 1_150, { action: "dead" }],
    ["was pinged long ago", -Infinity, 1_100, 9_999, { action: "dead" }],
    ["answered in the moment of the ping", 1_100, 1_100, 1_150, { action: "none", lookAgainAt: 1_200 }],
    ["answered a ping", 1_120, 1_100, 1_150, { action: "none", lookAgainAt: 1_220 }],
    ["answered a ping and was silent again", 1_120, 1_100, 1_220, { action: "ping", lookAgainAt: 1_270 }],
  ] as const
) {
  Deno.test(`decideLiveness() about a peer that ${what}: ${decision.action}`, () => {
    assertEquals(decideLiveness({ lastSeenAt, pingSentAt }, now, POLICY), decision);
  });
}
