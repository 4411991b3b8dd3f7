/** Tests of the access log: one line for each event, with what one wants to know, and nothing that a peer could forge. */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { accessLog, type AccessLogger, type AccessLogOptions } from "../../src/middleware/access_log.ts";
import { assertOneSafeLine, HOSTILE_TEXTS, logged } from "../server/tools/log_sink.ts";
import { FakeConnection, FakeHost } from "./tools/fake_host.ts";

function hostWith(options?: AccessLogOptions): FakeHost {
  const host = new FakeHost();
  host.install(accessLog(options));
  return host;
}

/** The lines for what `action` does. */
async function lines(action: (host: FakeHost) => unknown, options?: AccessLogOptions): Promise<string[]> {
  const records = await logged(() => action(hostWith(options)));
  return records.map(({ level, category, text }) => `${level} ${category.join(".")} ${text}`);
}

const ADA = {
  id: "01J9ZQ3V7K8M2N4P5R6S7T8V9W",
  url: "http://localhost/ws/lobby?token=s3cret",
  userAgent: "Mozilla/5.0 (X11)",
  protocol: "switchboard.v1",
  userId: "ada",
  closeInfo: { code: 4408, reason: "silent for too long" },
};

Deno.test("accessLog() writes a line when a connection opens, and one when it closes, in info", async () => {
  const ada = new FakeConnection(ADA);
  const written = await lines((host) => {
    host.emit("connection:added", ada);
    host.emit("connection:removed", ada);
  });

  assertEquals(written, [
    `info switchboard.access connection ${ADA.id} opened from 192.0.2.1: /ws/lobby protocol=switchboard.v1 user=ada ` +
    'agent="Mozilla/5.0 (X11)"',
    `info switchboard.access connection ${ADA.id} closed: code=4408 reason="silent for too long" after 1.234 s, user=ada`,
  ]);
});

Deno.test("accessLog() shows what is unknown as unknown", async () => {
  const nobody = new FakeConnection({ remoteAddr: "", url: "" });
  const written = await lines((host) => {
    host.emit("connection:added", nobody);
    host.emit("connection:removed", nobody);
  });

  assertMatch(written[0]!, /opened from -: - protocol=- user=- agent=""$/);
  assertMatch(written[1]!, /closed: code=1006 reason="" after 1.234 s, user=-$/);
});

Deno.test("accessLog() writes a line for a peer that a middleware behind it refuses, and hands the answer on", async () => {
  const responses = [new Response(null, { status: 403 }), new Response(null, { status: 429 })];
  const answers: unknown[] = [];
  const written = await lines(async (host) => {
    answers.push(host.ask({ url: "http://localhost/ws?token=s3cret" }, () => responses[0]));
    answers.push(await host.ask({ userId: "ada", userAgent: "x" }, () => Promise.resolve(responses[1])));
  });

  assertEquals(answers, responses);
  assertEquals(written, [
    'info switchboard.access connection refused with 403 from 192.0.2.1: /ws user=- agent=""',
    'info switchboard.access connection refused with 429 from 192.0.2.1: /ws user=ada agent="x"',
  ]);
});

Deno.test("accessLog() writes nothing for a peer that is let in before it is open, and stays synchronous", async () => {
  let answer: unknown = "none";
  assertEquals(await lines((host) => void (answer = host.ask())), []);
  assertEquals(answer, undefined);
});

Deno.test("accessLog() writes messages only when asked to, with their type and without their content", async () => {
  const message = { type: "chat", data: "s3cret" };
  const receive = (host: FakeHost) => host.receive(new FakeConnection({ id: "1" }), message);

  assertEquals(await lines(receive), []);
  assertEquals(await lines(receive, { messages: true }), [
    'info switchboard.access connection 1 message: type="chat"',
  ]);
});

Deno.test("accessLog() hands messages on as they are", async () => {
  const message = { type: "chat", data: 1 };
  let got: unknown;
  await lines((host) => void (got = host.receive(new FakeConnection(), message)), { messages: true });

  assertEquals(got === message, true);
});

Deno.test("accessLog() writes at the level that it is given", async () => {
  for (const level of ["debug", "warning"] as const) {
    const written = await lines((host) => host.emit("connection:added", new FakeConnection()), { level });
    assertEquals(written.map((line) => line.split(" ")[0]), [level]);
  }
});

Deno.test("accessLog() writes to the logger that it is given, and makes no line that nobody wants", () => {
  const written: unknown[][] = [];
  const logger = (isEnabled: boolean): AccessLogger => ({
    isEnabledFor: () => isEnabled,
    debug: (...args) => void written.push(["debug", ...args]),
    info: (...args) => void written.push(["info", ...args]),
    warning: (...args) => void written.push(["warning", ...args]),
  });
  const unread = Object.defineProperty(new FakeConnection(), "url", { get: () => written.push(["read"]) });
  hostWith({ logger: logger(false) }).emit("connection:added", unread);
  assertEquals(written, []);

  hostWith({ logger: logger(true), level: "debug" }).emit("connection:added", new FakeConnection({ id: "1" }));

  assertEquals(written.map(([level]) => level), ["debug"]);
});

/** Every place of the log that a peer's text can get into. */
const PLACES: readonly (readonly [where: string, write: (host: FakeHost, text: string) => unknown])[] = [
  ["the path", (host, text) => host.emit("connection:added", new FakeConnection({ url: `http://localhost/${text}` }))],
  ["the address", (host, text) => host.emit("connection:added", new FakeConnection({ remoteAddr: text }))],
  ["the User-Agent", (host, text) => host.emit("connection:added", new FakeConnection({ userAgent: text }))],
  ["the subprotocol", (host, text) => host.emit("connection:added", new FakeConnection({ protocol: text }))],
  ["the user", (host, text) => host.emit("connection:added", new FakeConnection({ userId: text }))],
  [
    "the close reason",
    (host, text) => host.emit("connection:removed", new FakeConnection({ closeInfo: { code: 4000, reason: text } })),
  ],
  ["the type of a message", (host, text) => host.receive(new FakeConnection(), { type: text })],
  ["the User-Agent of one refused", (host, text) => host.ask({ userAgent: text }, () => new Response(null))],
  ["the path of one refused", (host, text) => host.ask({ url: `/${text}` }, () => new Response(null))],
];

for (const [where, write] of PLACES) {
  for (const [what, text, shown] of HOSTILE_TEXTS) {
    Deno.test(`accessLog() writes one safe line for ${what} in ${where}`, async () => {
      const records = await logged(() => write(hostWith({ messages: true }), text));

      assertOneSafeLine(records, shown);
    });
  }
}

for (
  const [options, text] of [
    [{ level: "error" }, '"level" must be one of "debug", "info", "warning": current value is "error"'],
    [{ messages: 1 }, '"messages" must be true or false'],
    [{ logger: console }, '"logger.isEnabledFor" must be a function'],
    [{ file: "x" }, 'accessLog has no option "file"'],
  ] as const
) {
  Deno.test(`accessLog() refuses the options ${JSON.stringify(options)}`, () => {
    assertThrows(() => accessLog(options as unknown as AccessLogOptions), TypeError, text);
  });
}

Deno.test("accessLog() lets nobody end a field and go on with another", async () => {
  const forger = new FakeConnection({
    ...ADA,
    userId: "ada agent=other",
    userAgent: 'x" user="root',
    closeInfo: { code: 4000, reason: "ends with \\" },
  });
  const written = await lines((host) => {
    host.emit("connection:added", forger);
    host.emit("connection:removed", forger);
  });

  assertMatch(written[0]!, /user="ada agent=other" agent="x\\u0022 user=\\u0022root"$/);
  assertMatch(written[1]!, /reason="ends with \\u005c" after 1.234 s, user="ada agent=other"$/);
});
