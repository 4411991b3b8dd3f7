/**
 * Group X of the hostile inputs, first part: sessions that there are not, that are somebody else's, or over, and their secrets (X01 to
 * X04, X27 to X29).
 *
 * @module
 */

import { type Expectation, fact } from "./harness/expectations.ts";
import type { HostileCase, Target } from "./harness/hostile_case.ts";
import { gateOf } from "./harness/room_cases.ts";
import { endSession, range, shapeOf, told } from "./harness/session_cases.ts";
import { BRIEF_WINDOW_MS } from "./harness/session_parts.ts";
import { SessionPeer } from "./harness/session_peer.ts";

/** An id such as sessions have, of none that there is. */
const NOBODY = "01JGFJJZ00Z5W1Z3Y8P9Q6XK7M";
const SECRET = "mJ2wq8Z0c4V6b8N1x3L5k7H9g1F3d5S7";

/** The headers of a user of the case's own: the token is the name. */
function userHeaders(target: Target, name: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${name}-${gateOf(target)}` };
}

/** What becomes of one that shows something instead of a session's own id and secret, compared with who knows nothing at all. */
async function showing(
  target: Target,
  show: (id: string, secret: string) => { readonly id: string; readonly secret: string },
): Promise<Record<string, unknown>> {
  const owner = await SessionPeer.open(target);
  const { id, session: { secret } } = owner.welcome;
  const stranger = await SessionPeer.open(target, { resume: { id: NOBODY, secret: SECRET } });
  const thief = await SessionPeer.open(target, { resume: show(id, secret) });
  const facts = {
    resumed: thief.welcome.resumed,
    isAnotherSession: thief.welcome.id !== id,
    tellsNoMore: JSON.stringify(shapeOf(thief.welcome)) === JSON.stringify(shapeOf(stranger.welcome)),
    ownerIsServed: await owner.isServed(),
  };
  await Promise.all([stranger.leave(), thief.leave()]);
  await owner.vanish(target);
  return { ...facts, ownerComesBack: await endSession(target, owner.hello()) };
}

const STOLEN = {
  resumed: false,
  isAnotherSession: true,
  tellsNoMore: true,
  ownerIsServed: true,
  ownerComesBack: true,
};

const WRONG_SECRETS: readonly (readonly [string, (secret: string) => string])[] = [
  ["another", () => SECRET],
  ["an empty", () => ""],
  ["the beginning of the", (secret) => secret.slice(0, -1)],
  ["a longer", (secret) => `${secret}A`],
  ["the same in capitals", (secret) => secret.toUpperCase() === secret ? secret.toLowerCase() : secret.toUpperCase()],
  ["an enormous", (secret) => secret.repeat(10_000)],
  ["half a character as", () => "\ud800"],
  ["the id as", () => NOBODY],
];

const STRANGERS: readonly HostileCase[] = [
  told("X01a", "a session that there is not", async (target) => {
    const peer = await SessionPeer.open(target, { resume: { id: NOBODY, secret: SECRET }, received: 7 });
    const { id, resumed, received = 0, next = 1, features, rooms } = peer.welcome;
    const isServed = await peer.isServed();
    await peer.leave();
    return { isNew: id !== NOBODY, resumed, received, next, features, rooms: Object.keys(rooms), isServed };
  }, {
    isNew: true,
    resumed: false,
    received: 0,
    next: 1,
    features: ["resume"],
    rooms: ["$all"],
    isServed: true,
  }),
  ...["__proto__", "constructor", "", "\u0000", "x".repeat(100_000)].map((id, index) =>
    told(`X01${"bcdef"[index]}`, "a session with a strange name", async (target) => {
      const peer = await SessionPeer.open(target, { resume: { id, secret: SECRET } });
      const { resumed } = peer.welcome;
      await peer.leave();
      return { resumed };
    }, { resumed: false })
  ),
  ...WRONG_SECRETS.map(([title, secretOf], index) =>
    told(
      `X02${"abcdefgh"[index]}`,
      `the right session, and ${title} secret`,
      (target) => showing(target, (id, secret) => ({ id, secret: secretOf(secret) })),
      STOLEN,
    )
  ),
  told(
    "X03",
    "the session of another user, with its secret",
    async (target) => {
      const [ada, eve] = ["ada", "eve"].map((name) => (userHeaders(target, name)));
      const owner = await SessionPeer.open(target, {}, ada);
      await owner.vanish(target);
      const thief = await SessionPeer.open(target, owner.hello(), eve);
      const back = await SessionPeer.open(target, owner.hello(), ada);
      const facts = { thief: thief.welcome.resumed, owner: back.welcome.resumed };
      await Promise.all([thief.leave(), back.leave()]);
      return facts;
    },
    { thief: false, owner: true },
    { configuration: "resumable_signed_in" },
  ),
  told(
    "X04",
    "a session whose time is over",
    async (target) => {
      const owner = await SessionPeer.open(target);
      await owner.ask("count");
      await owner.vanish(target);
      const { detail } = await target.event("session", BRIEF_WINDOW_MS + 5_000);
      const back = await SessionPeer.open(target, owner.hello());
      const facts = { ended: detail["reason"], resumed: back.welcome.resumed, count: await back.ask("count") };
      await back.leave();
      return facts;
    },
    { ended: "expired", resumed: false, count: 1 },
    { configuration: "resumable_briefly" },
  ),
];

/** A session that was there, and what is said of it afterwards. */
function gone(id: string, title: string, end: (owner: SessionPeer, target: Target) => Promise<unknown>): HostileCase {
  return told(
    id,
    title,
    async (target) => {
      const headers = userHeaders(target, "ada");
      const owner = await SessionPeer.open(target, {}, headers);
      const hello = owner.hello();
      await end(owner, target);
      await target.eventNumber("close", 1);
      owner[Symbol.dispose]();
      const back = await SessionPeer.open(target, hello, headers);
      const { resumed } = back.welcome;
      await back.leave();
      return { resumed };
    },
    { resumed: false },
    { configuration: "resumable_signed_in" },
  );
}

/** How many secrets are looked at, over the wire. */
const SECRETS = 1_000;
/** Bits that each must have at least. */
const MIN_BITS = 128;
/** How far from half of the secrets those may be that have a certain bit set: six times what is usual. */
const MAX_DEVIATION = 6 * Math.sqrt(SECRETS) / 2;

/** What is wrong with secrets that are meant to be random. */
function secretTroubles(secrets: readonly string[]): string[] {
  const bytes = secrets.map((secret) => Uint8Array.fromBase64(secret, { alphabet: "base64url" }));
  const size = bytes[0]!.length;
  const isOn = (one: Uint8Array, bit: number) => (one[bit >> 3]! >> (bit & 7) & 1) === 1;
  const biased = range(0, size * 8 - 1).filter((bit) =>
    Math.abs(bytes.filter((one) => isOn(one, bit)).length - SECRETS / 2) > MAX_DEVIATION
  );
  return [
    ...size * 8 < MIN_BITS ? [`only ${size * 8} bits`] : [],
    ...bytes.some(({ length }) => length !== size) ? ["different sizes"] : [],
    ...new Set(secrets).size < secrets.length ? ["the same one twice"] : [],
    ...biased.map((bit) => `bit ${bit} is biased`),
  ];
}

const NO_TROUBLE: Expectation = fact("troubles", []);

const SECRETS_AGAIN: readonly HostileCase[] = [
  gone("X27a", "a session whose client has left", (owner) => owner.peer.leave()),
  gone("X27b", "a session whose user was signed out", async (owner) => {
    await owner.say({ type: "log_out" });
    while (await owner.next() !== undefined);
    await owner.leave();
  }),
  gone("X27c", "a session whose user was signed out while the client was away", async (owner, target) => {
    await owner.vanish(target);
    const again = await SessionPeer.open(target, {}, userHeaders(target, "ada"));
    await again.say({ type: "log_out" });
    while (await again.next() !== undefined);
    await again.leave();
  }),
  told("X28a", "a secret that was used, after the client has shown that it has the next one", async (target) => {
    const owner = await SessionPeer.open(target);
    const stolen = owner.hello();
    await owner.vanish(target);
    const back = await SessionPeer.open(target, stolen);
    await back.isServed();
    const thief = await SessionPeer.open(target, stolen);
    const facts = { back: back.welcome.resumed, thief: thief.welcome.resumed, isServed: await back.isServed() };
    await Promise.all([thief.leave(), back.leave()]);
    return facts;
  }, { back: true, thief: false, isServed: true }),
  told("X28b", "a secret that was used, where the welcome may have been lost", async (target) => {
    const owner = await SessionPeer.open(target);
    const hello = owner.hello();
    await owner.vanish(target);
    const lost = await SessionPeer.open(target, hello);
    await lost.vanish(target);
    const back = await SessionPeer.open(target, hello);
    const facts = { lost: lost.welcome.resumed, back: back.welcome.resumed };
    await back.leave();
    return facts;
  }, { lost: true, back: true }),
  told("X28c", "the secret before the last one", async (target) => {
    const first = await SessionPeer.open(target);
    const oldest = first.hello();
    await first.vanish(target);
    const second = await SessionPeer.open(target, oldest);
    const older = second.hello();
    await second.vanish(target);
    const third = await SessionPeer.open(target, older);
    await third.vanish(target);
    const thief = await SessionPeer.open(target, oldest);
    const facts = { thief: thief.welcome.resumed, owner: await endSession(target, third.hello()) };
    await thief.leave();
    return facts;
  }, { thief: false, owner: true }),
  {
    ...told(
      "X29",
      `${SECRETS} secrets`,
      async (target) => {
        const secrets: string[] = [];
        while (secrets.length < SECRETS) {
          const peers = await Promise.all(range(1, 20).map(() => SessionPeer.open(target)));
          secrets.push(...peers.map(({ welcome }) => welcome.session.secret));
          await Promise.all(peers.map((peer) => peer.leave()));
        }
        return { troubles: secretTroubles(secrets) };
      },
      {},
      { runsAlone: true },
    ),
    expect: NO_TROUBLE,
  },
];

/** Sessions and secrets. */
export const GROUP_X: readonly HostileCase[] = [...STRANGERS, ...SECRETS_AGAIN];
