/**
 * What the cases about signing in share: showing a token, and what must be true of the answer.
 *
 * @module
 */

import { all, closed, type Expectation, fact, MANAGED_PROBE, refused } from "./expectations.ts";
import { closeCodeOf, closeFrame, closeReasonOf, type Frame, OPCODE, textFrame, textOf } from "./frames.ts";
import { asUtf8, type HandshakeOptions, type ResponseHead } from "./handshake.ts";
import { collect, playRequest, type Target } from "./hostile_case.ts";
import type { Outcome } from "./outcome.ts";
import type { RawPeer } from "./raw_peer.ts";
import type { ServerProcess } from "./server_process.ts";

/** Headers of a handshake. */
export type Headers = NonNullable<HandshakeOptions["headers"]>;

/** A peer that speaks `switchboard.v1` and brings no token in its handshake. */
const MANAGED: Headers = { "Authorization": null, "Sec-WebSocket-Protocol": "switchboard.v1" };

/** Of a token, pieces of this size are looked for where it must not stand. */
const PIECE = 8;
/** Of an enormous token only so many characters are looked for. */
const MAX_SEARCHED = 10_000;

/** The peer is refused with 401 before the upgrade, in the same words as one without a token. */
export const UNAUTHORIZED: Expectation = all(
  refused(401, { "www-authenticate": "Bearer" }),
  fact("tellsNoMore", true),
  fact("isLogged", false),
);

/** The same in band. */
export const UNAUTHORIZED_IN_BAND: Expectation = all(
  closed(4401),
  fact("says", { type: "$refused", code: "unauthorized" }),
  fact("tellsNoMore", true),
  fact("isLogged", false),
);

/** A managed peer is welcomed and served. */
export const WELCOMED: Expectation = {
  says: "welcomed and served",
  complaint: ({ frames, end }) => {
    const [first, ...others] = frames.filter(({ opcode }) => opcode === OPCODE.text).map(textOf);
    if (first === undefined || !first.startsWith('{"type":"$welcome"')) return "there is no welcome";
    if (end !== undefined) return "the connection has ended";
    return others.includes(MANAGED_PROBE) ? undefined : "the connection is not served";
  },
};

/** The header that brings a token. */
export function authorization(token: string): Headers {
  return { Authorization: `Bearer ${asUtf8(token)}` };
}

/** Shows a token in a handshake, and compares the answer with the one that a peer without a token gets. */
export async function showInHandshake(target: Target, token: string, request: HandshakeOptions): Promise<Outcome> {
  const nobody = await playRequest(target, { target: target.path });
  const outcome = await playRequest(target, { target: target.path, ...request });
  const tellsNoMore = sayingOf(outcome.head) === sayingOf(nobody.head);
  return { ...outcome, facts: { tellsNoMore, isLogged: await isLogged(target.server, token) } };
}

/** Shows a token in a hello, and compares the answer with the one that a hello without a token gets. */
export async function showInHello(target: Target, token: string): Promise<Outcome> {
  const nobody = await sayHello(target, {});
  const { frames, end } = await sayHello(target, { token });
  const [first] = frames;
  return {
    frames,
    end,
    facts: {
      says: first?.opcode === OPCODE.text ? JSON.parse(textOf(first)) : undefined,
      tellsNoMore: JSON.stringify(frames.map(textOrClose)) === JSON.stringify(nobody.frames.map(textOrClose)),
      isLogged: await isLogged(target.server, token),
    },
  };
}

/** Opens a connection of a managed peer that has brought no token yet, and says hello. */
export async function greet(target: Target, token: string): Promise<RawPeer> {
  const peer = await target.open({ headers: MANAGED });
  await peer.write(textFrame(JSON.stringify({ type: "$hello", token })));
  return peer;
}

/** The next text, as JSON; `undefined` where the connection ends or something else comes. */
export async function nextMessage(peer: RawPeer): Promise<unknown> {
  const frame = await peer.nextFrame();
  return frame?.opcode === OPCODE.text ? JSON.parse(textOf(frame)) : undefined;
}

/** Whether a part of a token stands in what the server has logged or printed until now. */
export async function isLogged(server: ServerProcess, token: string): Promise<boolean> {
  // The answer comes behind every line that was written before.
  await server.settle(Infinity, { deadlineMs: 0 });
  return holdsPartOf(token, [...server.logs, ...server.printed]);
}

/** Whether a part of a token stands in one of these lines: any that is twice as long as a piece holds a piece. */
export function holdsPartOf(token: string, lines: readonly string[]): boolean {
  const pieces = token.slice(0, MAX_SEARCHED).split(/[^\w-]+/).flatMap(piecesOf);
  return lines.some((line) => pieces.some((piece) => line.includes(piece)));
}

function piecesOf(text: string): string[] {
  return Array.from(
    { length: Math.floor(text.length / PIECE) },
    (_, index) => text.slice(index * PIECE, (index + 1) * PIECE),
  );
}

async function sayHello(target: Target, more: { readonly token?: string }): Promise<Outcome> {
  using peer = await target.open({ headers: MANAGED });
  await peer.write(textFrame(JSON.stringify({ type: "$hello", ...more })));
  const first = await peer.nextFrame();
  if (first === undefined) return { frames: [], end: peer.end };
  if (first.opcode === OPCODE.close) await peer.write(closeFrame(1000));
  const isWelcome = first.opcode === OPCODE.text && textOf(first).startsWith('{"type":"$welcome"');
  if (isWelcome) await peer.write(textFrame(MANAGED_PROBE));
  const { frames, end } = await collect(peer, undefined, MANAGED_PROBE);
  if (end === undefined) await peer.leave();
  return { frames: [first, ...frames], end };
}

/** All that an answer says, but for the time. */
function sayingOf(head: ResponseHead | undefined): string {
  const headers = Array.from(head?.headers ?? []).filter(([name]) => name !== "date").sort();
  return JSON.stringify([head?.status, headers, head?.body]);
}

function textOrClose(frame: Frame): string {
  return frame.opcode === OPCODE.close ? `${closeCodeOf(frame)} ${closeReasonOf(frame)}` : textOf(frame);
}
