/**
 * What a hostile peer got to see, and the words for it.
 *
 * @module
 */

import { closeCodeOf, closeReasonOf, type Frame, OPCODE, textOf } from "./frames.ts";
import type { ResponseHead } from "./handshake.ts";
import type { EndKind } from "./raw_peer.ts";

/** What became of one hostile input. */
export interface Outcome {
  /** The HTTP answer; `undefined` if the connection ended without one. */
  readonly head?: ResponseHead | undefined;
  /** Frames that came after a 101, in order. */
  readonly frames: readonly Frame[];
  /** How the server ended the TCP connection; `undefined` if it left it open. */
  readonly end: EndKind | undefined;
  /** Time from the last byte written to the answer. */
  readonly answeredAfterMs?: number;
  /** What else a case wants judged, for example what a handler on the server saw. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** The close frame among the frames, if there is one. */
export function closeFrameIn(outcome: Outcome): Frame | undefined {
  return outcome.frames.find((frame) => frame.opcode === OPCODE.close);
}

/** An outcome in one line, as a report shows it. */
export function describe(outcome: Outcome): string {
  const parts = outcome.head === undefined ? [] : [describeHead(outcome.head)];
  parts.push(...outcome.frames.map(describeFrame));
  if (outcome.end !== undefined) parts.push(outcome.end === "fin" ? "FIN" : "RST");
  if (outcome.facts !== undefined) parts.push(JSON.stringify(outcome.facts));
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

/** Text with everything but printable ASCII escaped, cut to a length that a line can bear. */
export function printable(text: string, maxLength = 60): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}… (${text.length})` : text;
  return JSON.stringify(cut).replace(/[^ -~…]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

function describeHead({ status, headers }: ResponseHead): string {
  const telling = ["allow", "upgrade", "sec-websocket-version", "sec-websocket-protocol", "retry-after"];
  const shown = telling.flatMap((name) => headers.has(name) ? [`${name}: ${printable(headers.get(name)!)}`] : []);
  return shown.length === 0 || status === 101 ? `S${status}` : `S${status} {${shown.join("; ")}}`;
}

function describeFrame(frame: Frame): string {
  switch (frame.opcode) {
    case OPCODE.text:
      return `text ${printable(textOf(frame))}`;
    case OPCODE.close:
      return `C${closeCodeOf(frame)} ${printable(closeReasonOf(frame))}`;
    default:
      return `opcode ${frame.opcode} (${frame.payload.length} bytes)`;
  }
}
