/** Tests of what is logged: nothing until the application asks for it, and then nothing that a peer could forge. */

import { assert, assertEquals } from "@std/assert";
import { MessageError } from "../../src/errors.ts";
import { ServerLog } from "../../src/server/log.ts";
import { connect, HandshakeRefusedError } from "../../src/testing/mod.ts";
import { assertOneSafeLine, HOSTILE_TEXTS, logged } from "./tools/log_sink.ts";
import { Rig } from "./tools/rig.ts";

async function oneVisit(rig: Rig, url = "/ws"): Promise<void> {
  const client = await connect(rig.server, { url });
  await client.close(4000, "bye\nforged line");
}

Deno.test("ServerLog writes one line when a connection comes and one when it goes, in debug", async () => {
  const rig = new Rig();
  const records = await logged(() => oneVisit(rig));

  assertEquals(records.map(({ level, category }) => [level, category.join(".")]), [
    ["debug", "switchboard.server"],
    ["debug", "switchboard.server"],
  ]);
  const { id } = records[0]!.properties as { id: string };
  assertEquals(
    records.map(({ text }) => text),
    [
      `connection "${id}" opened from "127.0.0.1" for "http://localhost/ws"`,
      `connection "${id}" closed with 4000 "bye\\u000aforged line"`,
    ].map((line) => line.replaceAll('"', "")),
  );
});

Deno.test("ServerLog never writes a query, which may hold a token", async () => {
  const records = await logged(() => oneVisit(new Rig(), "/ws?token=secret"));

  assertEquals(JSON.stringify(records).includes("secret"), false);
  assert(records[0]!.text.endsWith("http://localhost/ws"), records[0]!.text);
});

Deno.test("ServerLog escapes and cuts all that a peer controls", async () => {
  const rig = new Rig({ path: "/", trustProxy: 1 });
  const records = await logged(async () => {
    const { socket } = rig.peer({ remoteAddr: "\u202e\x1b[31m" });
    socket.isClosed(4000, "\u2028\0");
    const client = await connect(rig.server, { url: `/${"a".repeat(1_000)}` });
    await client.close();
  });

  for (const { text } of records) {
    // deno-lint-ignore no-control-regex -- they are what must not be there
    assertEquals(/[\0-\x1f\u2028\u202e]/.test(text), false, JSON.stringify(text));
    assert(text.length < 500, text);
  }
  assert(records[0]!.text.includes("\\u202e\\u001b[31m"), records[0]!.text);
});

Deno.test("ServerLog writes refusals with their reason, in info", async () => {
  const records = await logged(async () => {
    await connect(new Rig().server, { headers: { "sec-websocket-version": "7" } }).catch((error) => {
      assert(error instanceof HandshakeRefusedError);
    });
  }, "info");

  assertEquals(records.map(({ level, text }) => [level, text]), [
    ["info", "request from 127.0.0.1 refused with 426: Sec-WebSocket-Version must be 13"],
  ]);
});

Deno.test("ServerLog writes what failed as errors, with the connection, and a failing onError as fatal", async () => {
  const rig = new Rig({
    handlers: {
      onMessage: () => {
        throw new Error("broken\nhandler");
      },
      onError: () => {
        throw new TypeError("and onError too");
      },
    },
  });
  const { socket, connection } = rig.peer();
  const records = await logged(() => Promise.resolve(socket.receives("x")), "error");

  assertEquals(records.map(({ level }) => level), ["error", "fatal"]);
  assert(records[0]!.text.startsWith(`${connection.id}: Error: broken\\u000ahandler`), records[0]!.text);
  assert(records[1]!.text.includes("TypeError: and onError too"), records[1]!.text);
});

Deno.test("ServerLog is silent until the application configures a sink", async () => {
  const written: unknown[] = [];
  const original = { ...console };
  for (const name of ["debug", "info", "log", "warn", "error"] as const) {
    console[name] = (...args: unknown[]) => void written.push(args);
  }
  try {
    const rig = new Rig({
      handlers: {
        onMessage: () => {
          throw new Error("unseen");
        },
      },
    });
    const { socket } = rig.peer();
    socket.receives("x");
    await oneVisit(rig);
    await connect(rig.server, { url: "/ws", headers: { origin: "null" } }).catch(() => {});
  } finally {
    Object.assign(console, original);
  }

  assertEquals(written, []);
});

/** Every place of the log that a peer's text can get into. */
const PLACES: readonly (readonly [where: string, write: (log: ServerLog, text: string) => void])[] = [
  ["the path", (log, text) => log.opened({ id: "1", remoteAddr: "192.0.2.1", url: `http://localhost/${text}` })],
  ["an address that a proxy reported", (log, text) => log.opened({ id: "1", remoteAddr: text, url: "/ws" })],
  ["a close reason", (log, text) => log.closed({ id: "1", remoteAddr: "", url: "" }, 4000, text)],
  ["the reason of a refusal", (log, text) => log.refused(400, text, "192.0.2.1")],
  ["the address of a refusal", (log, text) => log.refused(400, "bad", text)],
  ["an error, such as one about a room or a type", (log, text) => log.failed("1", new RangeError(`room "${text}"`))],
  ["an error without a stack", (log, text) => log.failed("1", Object.assign(new Error(text), { stack: undefined }))],
  ["a cause", (log, text) => log.failed("1", new Error("x", { cause: new MessageError("forbidden", text) }))],
  ["the name of an error", (log, text) => log.failed("1", Object.assign(new Error("x"), { name: text }))],
  ["what a failing onError threw", (log, text) => log.errorHandlerFailed(text)],
];

for (const [where, write] of PLACES) {
  for (const [what, text, shown] of HOSTILE_TEXTS) {
    Deno.test(`ServerLog writes one safe line for ${what} in ${where}`, async () => {
      const records = await logged(() => write(new ServerLog(), text));

      assertOneSafeLine(records, shown);
    });
  }
}

Deno.test("ServerLog makes no text of an error while nobody wants it", () => {
  const error = new Error("x");
  let isRead = false;
  Object.defineProperty(error, "message", { get: () => isRead = true });

  new ServerLog().failed("1", error);
  new ServerLog().errorHandlerFailed(error);

  assertEquals(isRead, false);
});
