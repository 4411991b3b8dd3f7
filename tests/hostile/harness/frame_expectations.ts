/**
 * What an outcome of frames must be, on both ends: the answers that the peer got, and what the handlers on the server saw.
 *
 * @module
 */

import { all, closed, dropped, type Expectation, MANAGED_PROBE, PROBE } from "./expectations.ts";
import { type Frame, OPCODE, textOf } from "./frames.ts";
import type { TransportName } from "./hostile_case.ts";
import { printable } from "./outcome.ts";

/** A frame that the server must send: text, or any other kind. */
export type Answer = string | { readonly opcode: number; readonly payload: Uint8Array };

/** A message that the handler must get, as the control channel reports it. */
export interface HeardMessage {
  readonly type: string;
  /** Of text the number of UTF-16 units, of bytes their number; absent for other data. */
  readonly size?: number;
  /** Of text, its beginning. */
  readonly text?: string;
}

/** How a connection must have ended for the handler. */
export interface LocalEnd {
  readonly code: number;
  readonly wasClean: boolean;
  /** Any reason when omitted. */
  readonly reason?: string;
  /** Whether an error says what broke the connection. */
  readonly hasError?: boolean;
}

/** The connection is open and served after the input, whatever came back before the probe's echo. */
export function served(): Expectation {
  return {
    says: "open",
    complaint: ({ frames, end }) => {
      if (end !== undefined) return "the connection has ended";
      const last = frames.at(-1);
      const isServed = last !== undefined && [PROBE, MANAGED_PROBE].includes(textOf(last));
      return isServed ? undefined : "the connection is not served";
    },
  };
}

/** The connection is open and served after the input, and exactly these frames came back before the probe's echo. */
export function answered(...answers: readonly Answer[]): Expectation {
  const isServed = served();
  return {
    says: [isServed.says, ...answers.map(answerWords)].join(", "),
    complaint: (outcome) => {
      const { frames } = outcome;
      const isEqual = frames.length === answers.length + 1 &&
        answers.every((answer, index) => isAnswer(frames[index]!, answer));
      return isServed.complaint(outcome) ?? (isEqual ? undefined : "other frames came back");
    },
  };
}

/** These frames came back first, in this order; others may follow. */
export function received(...answers: readonly Answer[]): Expectation {
  return {
    says: `first ${answers.map(answerWords).join(", ")}`,
    complaint: ({ frames }) =>
      answers.every((answer, index) => frames[index] !== undefined && isAnswer(frames[index], answer))
        ? undefined
        : "other frames came first",
  };
}

/** The handler got exactly these messages, and nothing reached the handler of errors. */
export function heard(...messages: readonly HeardMessage[]): Expectation {
  return heardAndFailed(0, ...messages);
}

/** The handler got exactly these messages, and so many errors reached the handler of errors. */
export function heardAndFailed(errors: number, ...messages: readonly HeardMessage[]): Expectation {
  const wanted = messages.map(heardWords);
  return {
    says: `the handler gets ${wanted.length === 0 ? "nothing" : wanted.join(", ")}${
      errors > 0 ? `, ${errors} errors` : ""
    }`,
    complaint: ({ facts }) => {
      const got = facts?.["messages"] as readonly HeardMessage[] | undefined;
      if (JSON.stringify(got?.map(heardWords)) !== JSON.stringify(wanted)) return "the handler got something else";
      return facts?.["errors"] === errors ? undefined : `the handler of errors was called ${facts?.["errors"]} times`;
    },
  };
}

/** The handler got this text alone. */
export function heardText(text: string): Expectation {
  return heard({ type: "text", size: text.length, text: text.slice(0, 100) });
}

/** The handler of closes was called once, with this. */
export function endedLocally({ code, wasClean, reason, hasError = false }: LocalEnd): Expectation {
  return {
    says: `local ${code}${wasClean ? "" : " unclean"}${reason === undefined ? "" : ` ${printable(reason, 20)}`}`,
    complaint: ({ facts }) => {
      const close = facts?.["close"] as Readonly<Record<string, unknown>> | undefined;
      if (close?.["code"] !== code) return `the local code is ${close?.["code"]}`;
      if (close["wasClean"] !== wasClean) return `wasClean is ${close["wasClean"]}`;
      if (reason !== undefined && close["reason"] !== reason) return `the local reason is another`;
      const saysWhy = typeof close["error"] === "string" && close["error"] !== "";
      return saysWhy === hasError ? undefined : `the local error is ${JSON.stringify(close["error"])}`;
    },
  };
}

/**
 * The frame breaks RFC 6455: the peer is closed with this code and the handler hears nothing of it. The native transport ends
 * the TCP connection without a close frame, and knows the reason only as an error.
 */
export function broken(code: 1002 | 1007): Record<TransportName, Expectation> {
  return {
    native: all(dropped(), heard(), endedLocally({ code: 1006, wasClean: false, hasError: true })),
    node: all(closed(code), heard()),
  };
}

function isAnswer({ opcode, payload, isFinal, rsv, isMasked }: Frame, answer: Answer): boolean {
  const isPlain = isFinal && rsv === 0 && !isMasked;
  const wanted = typeof answer === "string"
    ? { opcode: OPCODE.text, payload: new TextEncoder().encode(answer) }
    : answer;
  return isPlain && opcode === wanted.opcode && payload.toHex() === wanted.payload.toHex();
}

function answerWords(answer: Answer): string {
  return typeof answer === "string"
    ? `text ${printable(answer)}`
    : `opcode ${answer.opcode} (${answer.payload.length} bytes)`;
}

function heardWords({ type, size, text }: HeardMessage): string {
  return [printable(type), size, text === undefined ? undefined : printable(text)].filter((word) => word !== undefined)
    .join(" ");
}
