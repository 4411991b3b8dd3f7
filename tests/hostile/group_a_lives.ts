/**
 * Group A of the hostile inputs: what becomes of a connection whose sign-in ends, is renewed or revoked, or of a user who comes
 * again; and how long refusals take.
 *
 * @module
 */

import { token } from "../auth/good_tokens.ts";
import { all, closed, echoed, type Expectation, fact, factAtMost, refused } from "./harness/expectations.ts";
import { closeCodeOf, closeReasonOf, OPCODE, textFrame, textOf } from "./harness/frames.ts";
import { collect, exchange, playRequest, type ScriptCase, type Target } from "./harness/hostile_case.ts";
import type { Outcome } from "./harness/outcome.ts";
import type { RawPeer } from "./harness/raw_peer.ts";
import { authorization, greet, nextMessage, showInHello } from "./harness/sign_in_cases.ts";
import { bearer, goodToken } from "./harness/sign_in_parts.ts";

/** How long the tokens live that end while somebody waits for it, in milliseconds. */
const SHORT_MS = 700;
/** By how much the end may be late (BAD_INPUT, A40). */
const LATE_MS = 1_000;

/** A token that ends so soon, and when that is, in milliseconds since the Unix epoch. */
async function shortToken(userId: string, lifeMs = SHORT_MS): Promise<{ text: string; endMs: number }> {
  const endMs = Date.now() + lifeMs;
  return { text: await goodToken(userId, { exp: endMs / 1000 }), endMs };
}

/** Waits for the end of a connection: the outcome, and by how much it was late. */
async function lateEnd(peer: RawPeer, endMs: number): Promise<Outcome> {
  const { frames, end } = await collect(peer);
  return { frames, end, facts: { lateMs: Date.now() - endMs } };
}

/** The end came when the token ended, not before. */
const IN_TIME: Expectation = {
  says: `0 to ${LATE_MS} ms after exp`,
  complaint: ({ facts }) => {
    const lateMs = facts?.["lateMs"];
    return typeof lateMs === "number" && lateMs >= 0 && lateMs <= LATE_MS ? undefined : `it was ${lateMs} ms late`;
  },
};

/** Sends what replaces a token, and gives the answer. */
async function renew(peer: RawPeer, credentials: unknown): Promise<unknown> {
  await peer.write(textFrame(JSON.stringify({ type: "$credentials", id: 1, token: credentials })));
  return await nextMessage(peer);
}

/** A managed peer whose token ends soon, that has been welcomed. */
async function welcomed(target: Target, userId: string): Promise<{ peer: RawPeer; endMs: number }> {
  const { text, endMs } = await shortToken(userId);
  const peer = await greet(target, text);
  await nextMessage(peer);
  return { peer, endMs };
}

/** A case in which a managed peer shows another token before its own ends. */
function renewal(id: string, title: string, make: (userId: string) => Promise<unknown>, code: string): ScriptCase {
  return {
    id,
    title,
    configuration: "signed_in",
    script: async (target) => {
      const userId = crypto.randomUUID();
      const { peer, endMs } = await welcomed(target, userId);
      using _peer = peer;
      const answer = await renew(peer, await make(userId)) as { error?: { code?: string } };
      const { facts, ...outcome } = await lateEnd(peer, endMs);
      return { ...outcome, facts: { ...facts, code: answer.error?.code } };
    },
    expect: all(closed(4401), IN_TIME, fact("code", code)),
  };
}

const ENDS: readonly ScriptCase[] = [
  {
    id: "A40a",
    title: "the token of a plain peer ends",
    configuration: "signed_in",
    script: async (target) => {
      const { text, endMs } = await shortToken("ada");
      using peer = await target.open({ headers: authorization(text) });
      return await lateEnd(peer, endMs);
    },
    expect: all(closed(4401), IN_TIME),
  },
  {
    id: "A40b",
    title: "the token of a managed peer ends",
    configuration: "signed_in",
    script: async (target) => {
      const { peer, endMs } = await welcomed(target, "ada");
      using _peer = peer;
      return await lateEnd(peer, endMs);
    },
    expect: all(closed(4401), IN_TIME),
  },
  {
    id: "A40c",
    title: "a new token comes before the old one ends, and ends too",
    configuration: "signed_in",
    script: async (target) => {
      const userId = crypto.randomUUID();
      const { peer } = await welcomed(target, userId);
      using _peer = peer;
      const { text, endMs } = await shortToken(userId, 2 * SHORT_MS);
      const answer = await renew(peer, text) as { type?: string; data?: { expiresInMs?: unknown } };
      const { facts, ...outcome } = await lateEnd(peer, endMs);
      return { ...outcome, facts: { ...facts, answer: [answer.type, typeof answer.data?.expiresInMs] } };
    },
    expect: all(closed(4401), IN_TIME, fact("answer", ["$reply", "number"])),
  },
  renewal("A40d", "the new token is bad", () => goodToken("ada").then((text) => `${text}x`), "unauthorized"),
  renewal("A40e", "the new token has ended", (userId) => goodToken(userId, { exp: 1 }), "unauthorized"),
  renewal("A40f", "the new token is somebody else's", () => goodToken("eve"), "forbidden"),
  {
    id: "A40g",
    title: "ten thousand new tokens at once",
    configuration: "signed_in",
    script: async (target) => {
      const { peer, endMs } = await welcomed(target, "ada");
      using _peer = peer;
      const one = textFrame(JSON.stringify({ type: "$credentials", id: 1, token: "no.good.token" }));
      const all = new Uint8Array(one.length * 10_000);
      for (let index = 0; index < 10_000; index++) all.set(one, index * one.length);
      await peer.write(all);
      const { frames, end, facts } = await lateEnd(peer, endMs);
      const texts = frames.filter(({ opcode }) => opcode === OPCODE.text).map(textOf);
      const judged = texts.filter((text) => !text.includes('"rate_limited"')).length;
      const last = frames.filter(({ opcode }) => opcode === OPCODE.close);
      return { frames: last, end, facts: { ...facts, answers: texts.length, judged } };
    },
    expect: all(closed(4401), IN_TIME, fact("answers", 10_000), factAtMost("judged", 11)),
  },
];

const USERS: readonly ScriptCase[] = [
  {
    id: "A40h",
    title: "a user is revoked, who is there twice",
    configuration: "signed_in",
    script: async (target) => {
      const userId = crypto.randomUUID();
      using plain = await target.open({ headers: await bearer(userId) });
      using managed = await greet(target, await goodToken(userId));
      await nextMessage(managed);
      using other = await target.open();
      const revokedAt = performance.now();
      await other.write(textFrame(JSON.stringify({ type: "revoke", data: userId })));
      const [one, two] = await Promise.all([collect(plain), collect(managed)]);
      const tookMs = performance.now() - revokedAt;
      const served = await exchange(other);
      const codes = [one, two].map(({ frames }) => frames.map((frame) => [closeCodeOf(frame), closeReasonOf(frame)]));
      return { ...served, facts: { codes, tookMs } };
    },
    expect: all(
      echoed(),
      fact("codes", [[[4401, "signed out everywhere"]], [[4401, "signed out everywhere"]]]),
      factAtMost("tookMs", LATE_MS),
    ),
  },
  {
    id: "A40i",
    title: "the user of a connection comes again",
    configuration: "one_per_user",
    script: async (target) => {
      const userId = crypto.randomUUID();
      using first = await target.open({ headers: await bearer(userId) });
      using second = await target.open({ headers: await bearer(userId) });
      const { frames } = await collect(first);
      const served = await exchange(second);
      return { ...served, facts: { codes: frames.map(closeCodeOf) } };
    },
    expect: all(echoed(), fact("codes", [4409])),
  },
  {
    id: "A40j",
    title: "the user of a connection comes again, where one is enough",
    configuration: "one_per_user_at_most",
    script: async (target) => {
      const headers = await bearer(crypto.randomUUID());
      using first = await target.open({ headers });
      const outcome = await playRequest(target, { target: target.path, headers });
      return { ...outcome, facts: { first: (await exchange(first)).end ?? "open" } };
    },
    expect: all(refused(429), fact("first", "open")),
  },
  {
    id: "A40k",
    title: "the same with a token in the hello",
    configuration: "one_per_user_at_most",
    script: async (target) => {
      const userId = crypto.randomUUID();
      using first = await target.open({ headers: await bearer(userId) });
      const { frames, end, facts } = await showInHello(target, await goodToken(userId));
      const { code } = facts?.["says"] as { code: string };
      return { frames, end, facts: { code, first: (await exchange(first)).end ?? "open" } };
    },
    expect: all(closed(1013), fact("code", "too_many_connections"), fact("first", "open")),
  },
];

/** So many answers are timed of each kind, in turn. */
const ANSWERS = 60;

/** A case that compares how long two kinds of refusals take. The best of three counts: a busy machine only adds to it. */
function equalTime(id: string, title: string, changes: Parameters<typeof token>[1]): ScriptCase {
  return {
    id,
    title: `${title} takes as long as a bad signature`,
    configuration: "signed_in",
    runsAlone: true,
    script: async (target) => {
      const nowS = Math.floor(Date.now() / 1000);
      const bad = await token(nowS, { signer: { bytes: new Uint8Array(32) } });
      const other = await token(nowS, changes);
      const differences: number[] = [];
      for (let attempt = 0; attempt < 3; attempt++) differences.push(await difference(target, bad, other));
      return { frames: [], end: undefined, facts: { differencePercent: Math.round(Math.min(...differences) * 100) } };
    },
    expect: factAtMost("differencePercent", 20),
  };
}

/** By which part of the one's time the other's is more or less. */
async function difference(target: Target, one: string, other: string): Promise<number> {
  const times: { readonly one: number[]; readonly other: number[] } = { one: [], other: [] };
  for (let count = 0; count < ANSWERS; count++) {
    times.one.push(await timeOf(target, one));
    times.other.push(await timeOf(target, other));
  }
  return Math.abs(median(times.other) / median(times.one) - 1);
}

async function timeOf(target: Target, text: string): Promise<number> {
  const { head, answeredAfterMs = Infinity } = await playRequest(target, {
    target: target.path,
    headers: authorization(text),
  });
  if (head?.status !== 401) throw new Error(`Cannot time a refusal: the answer is ${head?.status}`);
  return answeredAfterMs;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const TIMES: readonly ScriptCase[] = [
  equalTime("A41a", "an unknown kid", { header: { kid: "other" }, signer: { bytes: new Uint8Array(32) } }),
  equalTime("A41b", "a user whom the application does not know", { claims: { tenant: "red" } }),
];

/** All lives. */
export const GROUP_A_LIVES: readonly ScriptCase[] = [...ENDS, ...USERS, ...TIMES];
