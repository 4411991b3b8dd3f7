/** A sink for LogTape in tests, and texts of peers that a log must stand. */

import { assert, assertEquals } from "@std/assert";
import { configure, type LogLevel, type LogRecord, reset } from "@logtape/logtape";

/** A record, and its text with the values in their places. */
export type LoggedRecord = LogRecord & { readonly text: string };

/** Runs `action` with a sink for our category, and gives what it got. */
export async function logged(action: () => unknown, level: LogLevel = "debug"): Promise<LoggedRecord[]> {
  const records: LoggedRecord[] = [];
  const sink = (record: LogRecord) => void records.push({ ...record, text: record.message.map(String).join("") });
  await configure({
    sinks: { test: sink },
    loggers: [
      { category: "switchboard", sinks: ["test"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["test"], lowestLevel: "warning" },
    ],
  });
  try {
    await action();
  } finally {
    await reset();
  }
  return records;
}

/** Something that looks like a key. */
export const SECRET = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4MTIz";

/** What a peer may put into any text, and what must be found of it in a log; see group G of the hostile inputs. */
export const HOSTILE_TEXTS: readonly (readonly [what: string, text: string, shown: string | undefined])[] = [
  ["line ends", "a\r\nb 2030-01-01 INFO forged", "a\\u000d\\u000ab"],
  ["line ends of Unicode", "a\u2028b\u2029c\u0085d", "a\\u2028b\\u2029c\\u0085d"],
  ["a cleared screen", "\x1b[2Jx", "\\u001b[2Jx"],
  ["a written clipboard", "\x1b]52;c;ZXZpbA==\x07", "\\u001b]52;c;ZXZpbA==\\u0007"],
  ["turned text", "\u202egnp.exe", "\\u202egnp.exe"],
  ["a million characters", "x".repeat(1_048_576), `${"x".repeat(10)}… (`],
  ["a key", SECRET, "[redacted]"],
  ["a JWT", `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.${SECRET}`, "[redacted]"],
  ["a bearer token", "bearer.s3cret-t0ken", "bearer.[redacted]"],
  ["a token in a URL", "&access_token=s3cret-t0ken", "access_token=[redacted]"],
];

/** Holds records against what a log may look like: one line, nothing that moves a cursor, no secret, and `shown` in it. */
export function assertOneSafeLine(records: readonly LoggedRecord[], shown: string | undefined): void {
  assertEquals(records.length, 1, records.map(({ text }) => text).join("\n"));
  const { text, properties } = records[0]!;
  // deno-lint-ignore no-control-regex -- they are what must not be there
  const unsafe = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
  for (const each of [text, ...Object.values(properties).map(String)]) {
    assert(!unsafe.test(each), JSON.stringify(each));
    assert(each.length < 2_500, `${each.length} characters`);
    assert(!each.includes("s3cret") && !each.includes(SECRET.slice(0, 8)), each);
  }
  if (shown !== undefined) assert(text.includes(shown), text);
}
