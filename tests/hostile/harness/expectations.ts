/**
 * What an outcome must be: small statements that can say what they expect and what is wrong.
 *
 * @module
 */

import { closeCodeOf, OPCODE, textOf } from "./frames.ts";
import { SAMPLE_ACCEPT } from "./handshake.ts";
import { closeFrameIn, type Outcome, printable } from "./outcome.ts";

/** A statement about an outcome. */
export interface Expectation {
  /** The statement in words, for the report. */
  readonly says: string;
  /** What contradicts the statement; `undefined` if nothing does. */
  complaint(outcome: Outcome): string | undefined;
}

/** What an answer's headers must be: a value, any of several, or `null` for "not there". */
export type ExpectedHeaders = Readonly<Record<string, string | null>>;

/** Text that a peer sends after its input, to see whether it is still served. */
export const PROBE = "are you still there?";
/** The same from a peer that speaks `switchboard.v1`. */
export const MANAGED_PROBE = JSON.stringify({ type: "$value", data: PROBE });

/** The upgrade is refused with one of these statuses, and no byte of WebSocket follows. */
export function refused(statuses: number | readonly number[], headers: ExpectedHeaders = {}): Expectation {
  const allowed = typeof statuses === "number" ? [statuses] : statuses;
  return {
    says: [`S${allowed.join("/")}`, ...headerWords(headers)].join(" "),
    complaint: ({ head, frames }) => {
      if (head === undefined || !allowed.includes(head.status)) return "the status is another";
      if (frames.length > 0) return "frames follow a refusal";
      return headerComplaint(head.headers, headers);
    },
  };
}

/** The upgrade succeeds, correctly, and the connection is served. */
export function upgraded(headers: ExpectedHeaders = {}): Expectation {
  return {
    says: ["101", ...headerWords(headers)].join(" "),
    complaint: ({ head, frames }) => {
      if (head?.status !== 101) return "the upgrade was refused";
      const always = {
        "sec-websocket-accept": SAMPLE_ACCEPT,
        "upgrade": "websocket",
        "sec-websocket-extensions": null,
      };
      const wrong = headerComplaint(head.headers, { ...always, ...headers }, (value) => value.toLowerCase());
      if (wrong !== undefined) return wrong;
      if (!head.headers.get("connection")?.toLowerCase().includes("upgrade")) return `"connection" is not "upgrade"`;
      const isServed = frames.some((frame) => frame.opcode === OPCODE.text && textOf(frame) === PROBE);
      return isServed ? undefined : "the connection is not served";
    },
  };
}

/** The connection is open and served after the input, and nothing but these texts and the probe's echo came back. */
export function echoed(...texts: readonly string[]): Expectation {
  return {
    says: `open, echoes ${texts.map((text) => printable(text)).join(", ")}`,
    complaint: ({ frames, end }) => {
      if (end !== undefined) return "the connection has ended";
      const got = frames.map((frame) => frame.opcode === OPCODE.text ? textOf(frame) : `opcode ${frame.opcode}`);
      const wanted = [...texts, PROBE];
      return JSON.stringify(got) === JSON.stringify(wanted) ? undefined : "other frames came back";
    },
  };
}

/** The server closes with one of these codes and ends the TCP connection. */
export function closed(codes: number | readonly number[]): Expectation {
  const allowed = typeof codes === "number" ? [codes] : codes;
  return {
    says: `C${allowed.join("/")}`,
    complaint: (outcome) => {
      const frame = closeFrameIn(outcome);
      if (frame === undefined) return "no close frame came";
      if (!allowed.includes(closeCodeOf(frame))) return "the close code is another";
      return outcome.end === undefined ? "the TCP connection is still open" : undefined;
    },
  };
}

/** The server ends the TCP connection without a close frame. */
export function dropped(): Expectation {
  return {
    says: "FIN or RST without a close frame",
    complaint: (outcome) => {
      if (closeFrameIn(outcome) !== undefined) return "a close frame came";
      return outcome.end === undefined ? "the TCP connection is still open" : undefined;
    },
  };
}

/** The server ends the TCP connection, with or without a close frame. */
export function ended(): Expectation {
  return {
    says: "FIN or RST",
    complaint: ({ end }) => end === undefined ? "the TCP connection is still open" : undefined,
  };
}

/** The answer comes within this time. */
export function answeredWithin(deadlineMs: number): Expectation {
  return {
    says: `within ${deadlineMs} ms`,
    complaint: ({ answeredAfterMs }) =>
      answeredAfterMs !== undefined && answeredAfterMs <= deadlineMs
        ? undefined
        : `it took ${answeredAfterMs?.toFixed(1)} ms`,
  };
}

/** A fact that the case's script established. */
export function fact(name: string, value: unknown): Expectation {
  return {
    says: `${name} = ${JSON.stringify(value)}`,
    complaint: ({ facts }) =>
      JSON.stringify(facts?.[name]) === JSON.stringify(value) ? undefined : `${name} is another`,
  };
}

/** A figure that the case's script measured. */
export function factAtMost(name: string, limit: number): Expectation {
  return {
    says: `${name} at most ${limit}`,
    complaint: ({ facts }) => {
      const value = facts?.[name];
      return typeof value === "number" && value <= limit ? undefined : `${name} is ${value}`;
    },
  };
}

/** All of these statements. */
export function all(...expectations: readonly Expectation[]): Expectation {
  return {
    says: expectations.map(({ says }) => says).join(", "),
    complaint: (outcome) => firstDefined(expectations.map((expectation) => expectation.complaint(outcome))),
  };
}

/** At least one of these statements. */
export function either(...expectations: readonly Expectation[]): Expectation {
  return {
    says: expectations.map(({ says }) => says).join(" or "),
    complaint: (outcome) => {
      const complaints = expectations.map((expectation) => expectation.complaint(outcome));
      return complaints.includes(undefined) ? undefined : complaints.join("; ");
    },
  };
}

function headerWords(headers: ExpectedHeaders): string[] {
  return Object.entries(headers).map(([name, value]) => value === null ? `without ${name}` : `${name}: ${value}`);
}

function headerComplaint(
  headers: ReadonlyMap<string, string>,
  expected: ExpectedHeaders,
  normalize: (value: string) => string = (value) => value,
): string | undefined {
  return firstDefined(
    Object.entries(expected).map(([name, value]) => {
      const got = headers.get(name);
      const isEqual = value === null ? got === undefined : got !== undefined && normalize(got) === normalize(value);
      return isEqual ? undefined : `"${name}" is ${got === undefined ? "missing" : printable(got)}`;
    }),
  );
}

function firstDefined(complaints: readonly (string | undefined)[]): string | undefined {
  return complaints.find((complaint) => complaint !== undefined);
}
