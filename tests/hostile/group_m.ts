/**
 * Group M of the hostile inputs, first part: messages, once from a plain peer and once from a managed one (M01 to M41).
 *
 * A plain peer may send any text: what is no JSON object with a string `type` is handed on as text. A managed peer that breaks
 * `switchboard.v1` is closed with 4400. No name and no id means anything to us that does not begin with `$`.
 *
 * @module
 */

import { all, closed, either } from "./harness/expectations.ts";
import { type Expected, LEFT } from "./harness/frame_cases.ts";
import {
  type Answer,
  answered,
  endedLocally,
  heard,
  heardAndFailed,
  type HeardMessage,
  heardText,
} from "./harness/frame_expectations.ts";
import { concat, textFrame } from "./harness/frames.ts";
import type { HostileCase } from "./harness/hostile_case.ts";
import { observed } from "./harness/observation.ts";

/** The frame breaks `switchboard.v1`. */
const REFUSED = all(closed(4400), heard(), endedLocally({ code: 4400, wasClean: false, hasError: true }));
const DEPTH = 100_000;

/** What the control channel reports of a message. */
function summaryOf({ type, data }: { readonly type: string; readonly data?: unknown }): HeardMessage {
  const isText = typeof data === "string";
  return { type: type.slice(0, 100), ...isText ? { size: data.length, text: data.slice(0, 100) } : {} };
}

/** Handed on whole, and echoed as the same JSON. */
function whole(...texts: readonly string[]): Expected {
  const values = texts.map((text) => JSON.parse(text));
  return all(answered(...values.map((value) => JSON.stringify(value))), heard(...values.map(summaryOf)), LEFT);
}

/** Handed on as text. */
function asText(text: string): Expected {
  return all(answered(text), heardText(text), LEFT);
}

/** Taken, and of no effect. */
const IGNORED = all(answered(), heard(), LEFT);

function plain(id: string, title: string, text: string, expect: Expected): HostileCase {
  return observed(`${id}p`, `${title}, plain`, [textFrame(text)], expect);
}

function managed(id: string, title: string, text: string, expect: Expected): HostileCase {
  return observed(`${id}m`, `${title}, managed`, [textFrame(text)], expect, { isManaged: true });
}

/** A text that is no message: text for a plain peer, a breach for a managed one. */
function noMessage(id: string, title: string, text: string): readonly HostileCase[] {
  return [plain(id, title, text, asText(text)), managed(id, title, text, REFUSED)];
}

/** A message that both may send, whatever is in it. */
function message(id: string, title: string, text: string): readonly HostileCase[] {
  return [plain(id, title, text, whole(text)), managed(id, title, text, whole(text))];
}

/** A message of this type. */
function typed(id: string, type: string): readonly HostileCase[] {
  return message(id, `type ${JSON.stringify(type).slice(0, 20)}`, JSON.stringify({ type }));
}

/** Arrays or objects in one another. */
function nested(open: string, close: string, depth = DEPTH): string {
  return open.repeat(depth) + close.repeat(depth);
}

/** The answer when the handler could not be done with a message. */
function failure(type: "error" | "$error"): Answer {
  const error = { code: "internal_error", message: "The server could not handle this message" };
  return JSON.stringify({ type, id: 1, error });
}

/** A message that is nested so deep that it may not be possible to write it again: an echo, or an error for its id. */
function deep(id: string, title: string, data: string): readonly HostileCase[] {
  const text = `{"type":"deep","id":1,"data":${data}}`;
  const expect = (type: "error" | "$error") =>
    all(
      either(
        all(answered(text), heard({ type: "deep" })),
        all(answered(failure(type)), heardAndFailed(1, { type: "deep" })),
      ),
      LEFT,
    );
  return [plain(id, title, text, expect("error")), managed(id, title, text, expect("$error"))];
}

const NOT_JSON: readonly HostileCase[] = [
  ...noMessage("M01", "empty string", ""),
  ...noMessage("M02", "spaces", "   "),
  ...noMessage("M03", "null", "null"),
  ...noMessage("M04", "true", "true"),
  ...noMessage("M05", "number", "1"),
  ...noMessage("M06", "string", '"x"'),
  plain("M07", "empty array", "[]", asText("[]")),
  managed("M07", "empty array, which is no message at all", "[]", IGNORED),
  ...noMessage("M08", "empty object", "{}"),
  ...noMessage("M09a", `${DEPTH} arrays in one another`, nested("[", "]")),
  ...noMessage("M09b", `${DEPTH} arrays that are not closed`, "[".repeat(DEPTH)),
  ...deep("M09c", `${DEPTH} arrays as data`, nested("[", "]")),
  ...noMessage("M10a", `${DEPTH} objects in one another`, nested('{"a":', "}").replace(":}", ":1}")),
  ...noMessage("M10b", `${DEPTH} objects that are not closed`, '{"a":'.repeat(DEPTH)),
  ...deep("M10c", `${DEPTH} objects as data`, nested('{"a":', "}").replace(":}", ":1}")),
  ...noMessage("M11", "unclosed", '{"type":"x"'),
  ...noMessage("M12", "comma behind the last", '{"type":"x",}'),
  ...message("M13", "the same keys twice", '{"type":"x","data":"a","type":"y","data":"b"}'),
  ...message("M14", "2,000 keys", JSON.stringify({ type: "x", ...Object.fromEntries(numbered(2_000)) })),
  ...message("M15", "key of 100 KB", JSON.stringify({ type: "x", ["k".repeat(100_000)]: 1 })),
  ...noMessage("M16", "byte order mark", '\ufeff{"type":"x"}'),
  ...noMessage("M17", "single quotes", "{'type':'x'}"),
  ...noMessage("M18a", "NaN as data", '{"type":"x","data":NaN}'),
  ...noMessage("M18b", "Infinity alone", "Infinity"),
  ...message("M19a", "1e400 as data", '{"type":"x","data":1e400}'),
  ...noMessage("M19b", "1e400 alone", "1e400"),
];

const IDS: readonly HostileCase[] = [
  ...message("M20", "id of 2^53 + 1", '{"type":"x","id":9007199254740993}'),
  ...message("M21", "id of -1", '{"type":"x","id":-1}'),
  ...message("M22", "id of 1.5", '{"type":"x","id":1.5}'),
  ...message("M23a", "id that is a string", '{"type":"x","id":"__proto__"}'),
  ...message("M23b", "id of 1 KB", JSON.stringify({ type: "x", id: "i".repeat(1_000) })),
  ...message("M24", "id that is an object", '{"type":"x","id":{"id":[]}}'),
  ...message("M25", "no id", '{"type":"x"}'),
  ...[false, true].map((isManaged) =>
    observed(
      `M26${isManaged ? "m" : "p"}`,
      `the same id twice at once, ${isManaged ? "managed" : "plain"}`,
      [concat(textFrame('{"type":"x","id":7}'), textFrame('{"type":"y","id":7}'))],
      whole('{"type":"x","id":7}', '{"type":"y","id":7}'),
      { isManaged },
    )
  ),
  ...[false, true].map((isManaged) =>
    observed(
      `M27${isManaged ? "m" : "p"}`,
      `the same id behind its answer, ${isManaged ? "managed" : "plain"}`,
      [textFrame('{"type":"x","id":7}'), (peer) => peer.nextFrame(), textFrame('{"type":"y","id":7}')],
      all(answered('{"type":"y","id":7}'), heard({ type: "x" }, { type: "y" }), LEFT),
      { isManaged },
    )
  ),
];

const NAMES: readonly HostileCase[] = [
  ...noMessage("M28", "no type", '{"data":1}'),
  ...noMessage("M29a", "type that is a number", '{"type":1}'),
  ...noMessage("M29b", "type that is an object", '{"type":{"toString":"x"}}'),
  ...message("M30a", "type that nobody knows", '{"type":"nobody.knows.this","data":{"a":[1]}}'),
  plain("M30b", "type of ours that nobody knows", '{"type":"$unknown"}', asText('{"type":"$unknown"}')),
  managed("M30b", "type of ours that nobody knows", '{"type":"$unknown","data":1}', IGNORED),
  plain("M30c", "hello", '{"type":"$hello"}', asText('{"type":"$hello"}')),
  managed(
    "M30c",
    "second hello",
    '{"type":"$hello"}',
    all(closed(4400), heard(), endedLocally({ code: 4400, wasClean: false })),
  ),
  plain(
    "M30d",
    "ping that is answered by us",
    '{"type":"ping","data":{"a":1}}',
    all(answered('{"type":"pong","data":{"a":1}}'), heard(), LEFT),
  ),
  managed("M30d", "message of ours in a wrong shape", '{"type":"$join","id":{},"room":"r"}', REFUSED),
  managed("M30e", "answer that nobody asked for", '{"type":"$reply","id":1,"data":1}', IGNORED),
  managed(
    "M30f",
    "message that only a server sends",
    '{"type":"$welcome","id":"x","resumed":true,"features":[],"heartbeat":{"intervalMs":0,"timeoutMs":0},"maxMessageBytes":1}',
    IGNORED,
  ),
  ...typed("M31", "__proto__"),
  ...typed("M32", "constructor"),
  ...typed("M33", "toString"),
  ...typed("M34", "hasOwnProperty"),
  ...typed("M35a", "then"),
  ...message("M35b", "key then", '{"type":"x","then":{"then":1},"data":{"then":1}}'),
  ...["error", "close", "open", "message", "connection", "disconnect"].flatMap((name, index) =>
    typed(`M36${"abcdef"[index]}`, name)
  ),
  ...["connection:added", "message:received"].flatMap((name, index) => typed(`M36${"gh"[index]}`, name)),
  ...message("M37a", "__proto__ in the data", '{"type":"x","data":{"__proto__":{"polluted":1}}}'),
  ...message("M37b", "__proto__ in the message", '{"type":"x","__proto__":{"polluted":1}}'),
  ...message(
    "M38",
    "constructor.prototype",
    '{"type":"x","data":{"constructor":{"prototype":{"x":1}}},"constructor":{"prototype":{"x":1}}}',
  ),
  ...message("M39", "toJSON that is a string", '{"type":"x","data":{"toJSON":"x"},"toJSON":"x"}'),
  ...typed("M40", "n".repeat(1_000_000)),
  ...["\n", "\u001b[2J", "\0", "\u202e"].flatMap((char, index) => typed(`M41${"abcd"[index]}`, `a${char}b`)),
];

function numbered(count: number): [string, number][] {
  return Array.from({ length: count }, (_, index) => [`key ${index}`, index]);
}

/** All messages. */
export const GROUP_M: readonly HostileCase[] = [...NOT_JSON, ...IDS, ...NAMES];
