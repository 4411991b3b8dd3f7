/**
 * Group G of the hostile inputs: what peers say, in the log of a server (G01 to G05). The server logs by `setLogLevel("debug")`
 * with an access log, and its application puts everything that a peer says into errors.
 *
 * What is looked at are the lines as they stand in the output of the process: each begins with the time, level and category,
 * so that a line that a peer had forged or broken would be found.
 *
 * @module
 */

import { closeFrame, textFrame } from "./harness/frames.ts";
import { asUtf8, type HandshakeOptions } from "./harness/handshake.ts";
import type { HostileCase, Target } from "./harness/hostile_case.ts";
import { openManaged } from "./harness/observation.ts";
import type { RawPeer } from "./harness/raw_peer.ts";
import { FORGED, logged } from "./harness/log_cases.ts";
import { join } from "./harness/room_cases.ts";
import { message } from "./harness/wording.ts";

const MEGABYTE = 1_000_000;

/** Comes, says this, and leaves with this reason. */
async function say(target: Target, options: HandshakeOptions, text?: string, reason = ""): Promise<void> {
  using peer = await target.open(options);
  if (text !== undefined) await peer.write(textFrame(text));
  await depart(peer, reason);
}

async function depart(peer: RawPeer, reason: string): Promise<void> {
  await peer.write(closeFrame(4000, reason));
  await peer.ended();
}

/** A handshake that may be refused. */
async function knock(target: Target, options: HandshakeOptions): Promise<void> {
  using peer = await target.connect();
  await peer.write(target.handshake(options));
  const head = await peer.nextResponse();
  if (head?.status === 101) await depart(peer, "");
}

async function joinRoom(target: Target, room: string): Promise<void> {
  using peer = await openManaged(target);
  await peer.write(textFrame(join(1, room)));
  await peer.nextFrame();
  await peer.leave();
}

/** The path of a room, and the query of the case. */
function inRoom({ path }: Target, room: string): string {
  return path.replace("/ws?", `/ws/${room}?`);
}

/** Each place in which a peer's own text comes into the log: how it gets there. */
const PLACES: Readonly<Record<string, (text: string) => (target: Target) => Promise<void>>> = {
  "a header": (text) => (target) =>
    say(target, { headers: { "User-Agent": asUtf8(text), "X-Note": asUtf8(text) } }, message("a")),
  "the path": (text) => (target) => say(target, { target: inRoom(target, encodeURIComponent(text)) }, message("a")),
  "a type": (text) => (target) => say(target, {}, message(text)),
  "the data": (text) => (target) => say(target, {}, message("a", { data: text })),
  "a room": (text) => (target) => joinRoom(target, text),
  "the close reason": (text) => (target) => say(target, {}, undefined, text),
};

/** The same text in each of these places. */
function everywhere(
  id: string,
  what: string,
  text: string,
  shown: string,
  places: readonly string[] = Object.keys(PLACES),
): readonly HostileCase[] {
  return places.map((place) =>
    logged({
      id: `${id}${"abcdef"[Object.keys(PLACES).indexOf(place)]}`,
      title: `${what} in ${place}`,
      act: PLACES[place]!(text),
      shows: [shown],
      hides: [text],
    })
  );
}

/** HTTP itself lets no control characters below 0x80 into a header. */
const BUT_HEADERS = Object.keys(PLACES).filter((place) => place !== "a header");

const BREAKS: readonly HostileCase[] = [
  ...everywhere("G01", "CR LF", `a\r\n${FORGED}`, `a\\u000d\\u000a${FORGED}`, BUT_HEADERS),
  ...everywhere(
    "G01n",
    "a line end of C1 and others of Unicode",
    "a\u0085b\u2028c\u2029d",
    "b\\u2028c\\u2029d",
    BUT_HEADERS,
  ),
  logged({
    id: "G01aa",
    title: "line end of C1, as a single byte, in a header",
    act: (target) => say(target, { headers: { "User-Agent": `a\x85${FORGED}` } }, message("a")),
    shows: [`a\\u0085${FORGED}`],
  }),
  ...["\n", "\r", "\r\n ", "\r\n\t", "\0"].map((separator, index) =>
    logged({
      id: `G01h${"abcde"[index]}`,
      title: `${JSON.stringify(separator)} in a header`,
      // The runtime may refuse it, or take the rest for a header or for blanks; somebody comes right behind.
      act: async (target) => {
        await knock(target, { headers: { "User-Agent": `a${separator}${FORGED}` } });
        await say(target, {}, message("behind"));
      },
      shows: ["Cannot take behind"],
    })
  ),
  ...["a\x85b", "a\x1bb", "bearer.\x85\x85", "\xe2\x80\xae"].map((name, index) =>
    logged({
      id: `G01s${"abcd"[index]}`,
      title: `${JSON.stringify(name)} as a subprotocol`,
      act: async (target) => {
        await knock(target, { headers: { "Sec-WebSocket-Protocol": `${name}, chat` } });
        await say(target, {}, message("behind"));
      },
      shows: ["Cannot take behind"],
    })
  ),
];

const DECEPTIONS: readonly HostileCase[] = [
  ...everywhere("G02", "ESC[2J", "a\u001b[2Jb", "a\\u001b[2Jb", BUT_HEADERS),
  ...everywhere("G02o", "OSC 52", "\u001b]52;c;aGk=\u0007", "\\u001b]52;c;aGk=\\u0007", BUT_HEADERS),
  ...everywhere("G02c", "CSI of C1", "a\u009b2Jb", "a\\u009b2Jb", BUT_HEADERS),
  logged({
    id: "G02ca",
    title: "CSI of C1, as a single byte, in a header",
    act: (target) => say(target, { headers: { "User-Agent": "a\x9b2Jb" } }, message("a")),
    shows: ["a\\u009b2Jb"],
  }),
  ...everywhere("G03", "U+202E", "a\u202eb", "a\\u202eb", BUT_HEADERS),
  ...everywhere("G03i", "isolates and marks", "a\u2066b\u2069c\u200fd", "a\\u2066b\\u2069c\\u200fd", BUT_HEADERS),
  ...everywhere("G03s", "half a character", "a\ud83db", "a\\ud83db", ["a type", "the data"]),
  ...everywhere("G03z", "characters that nobody sees", "a\u200b\u2060\ufeffb", "a\\u200b\\u2060\\ufeffb", [
    "a type",
    "the data",
  ]),
];

const LONG: readonly HostileCase[] = [
  logged({
    id: "G04a",
    title: "type of 1 MB",
    act: PLACES["a type"]!("n".repeat(MEGABYTE)),
    shows: [`${"n".repeat(200)}… (${MEGABYTE} characters)`, "Error: Cannot take nnn"],
    hides: ["n".repeat(201)],
  }),
  logged({
    id: "G04b",
    title: "data of 1 MB",
    act: PLACES["the data"]!("d".repeat(MEGABYTE)),
    shows: ["dd… (10000"],
    hides: ["d".repeat(201)],
  }),
  logged({
    id: "G04c",
    title: "room of 1 MB, of which nothing is logged",
    act: PLACES["a room"]!("r".repeat(MEGABYTE)),
    shows: ["closed with 1000"],
    hides: ["rrrr"],
  }),
  logged({
    id: "G04d",
    title: "path of 8 KB",
    act: (target) => say(target, { target: inRoom(target, "p".repeat(8_000)) }, message("a")),
    shows: ["pp… ("],
    hides: ["p".repeat(201)],
  }),
  logged({
    id: "G04e",
    title: "header of 16 KB",
    act: (target) => say(target, { headers: { "User-Agent": "u".repeat(16_000) } }, message("a")),
    shows: [`${"u".repeat(200)}… (16000 characters)`],
    hides: ["u".repeat(201)],
  }),
  logged({
    id: "G04f",
    title: "close reason of 123 bytes",
    act: (target) => say(target, {}, undefined, "c".repeat(123)),
    shows: ["c".repeat(123)],
    hides: ["c".repeat(124)],
  }),
];

/** A signed token, a secret of an API, and a word that stands where a token is due. */
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJtYXJpZSIsImFkbWluIjp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const API_KEY = "sk_live_51HxQp2eZvKYlo2C9qR7tU3wX8yB4dF6g";
const WORD = "swordfish";
const SECRETS: readonly (readonly [title: string, text: string, hidden: string])[] = [
  ["a signed token", `x ${JWT} y`, JWT.split(".")[2]!],
  ["a key", `x ${API_KEY} y`, "51HxQp2eZvKYlo2C9qR7tU3wX8yB4dF6g"],
  ["a word that is called a token", `x token=${WORD} y`, WORD],
  ["a word behind Bearer", `x Bearer ${WORD} y`, WORD],
  ["a word that is called a password, as JSON", `x {"password":"${WORD}"} y`, WORD],
  ["a word in a URL's user", `x https://me:${WORD}@example.com/ y`, WORD],
];

const TOKENS: readonly HostileCase[] = [
  ...SECRETS.flatMap(([title, text, hidden], index) =>
    // A path with a slash that is encoded is none of ours.
    Object.keys(PLACES).filter((place) => place !== "the path" || !text.includes("/")).map((place) =>
      logged({
        id: `G05${"abcdef"[index]}${"abcdef"[Object.keys(PLACES).indexOf(place)]}`,
        title: `${title} in ${place}`,
        act: PLACES[place]!(text),
        shows: ["[redacted]"],
        hides: [hidden],
      })
    )
  ),
  logged({
    id: "G05g",
    title: "tokens where tokens belong",
    act: (target) =>
      say(
        target,
        {
          target: `${target.path}&token=${WORD}&access_token=${JWT}`,
          headers: {
            "Authorization": `Bearer ${JWT}`,
            "Cookie": `session=${API_KEY}`,
            "Sec-WebSocket-Protocol": `bearer.${JWT}, chat`,
          },
        },
        message("a"),
      ),
    shows: ["Cannot take a from"],
    hides: [WORD, JWT.split(".")[2]!, API_KEY],
  }),
  logged({
    id: "G05h",
    title: "token in the query of a handshake that is refused",
    act: (target) =>
      knock(target, { target: `/elsewhere?token=${WORD}`, headers: { "Origin": `http://${WORD}.example` } })
        .then(() =>
          knock(target, { target: `${target.path}&token=${WORD}`, headers: { "Origin": "http://evil.example" } })
        ),
    shows: ["refused with 403"],
    hides: [`=${WORD}`],
  }),
];

/** All that is logged. */
export const GROUP_G: readonly HostileCase[] = [...BREAKS, ...DECEPTIONS, ...LONG, ...TOKENS];
