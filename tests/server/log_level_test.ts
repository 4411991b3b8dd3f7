/** Tests of the lines that come without a configuration of LogTape, and of how they leave one alone. */

import { assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { configure, getConfig, getLogger, type LogRecord, reset, type Sink } from "@logtape/logtape";
import { applyDebugVariable, type LogLevel, setLogLevel } from "../../src/server/log_level.ts";

const METHODS = ["debug", "info", "log", "warn", "error"] as const;

/** Runs `action` and returns what was written to the console, by which method. LogTape is as it was before, then. */
async function written(action: () => unknown): Promise<[method: string, ...texts: unknown[]][]> {
  const lines: [string, ...unknown[]][] = [];
  const original = { ...console };
  for (const name of METHODS) console[name] = (...texts: unknown[]) => void lines.push([name, ...texts]);
  try {
    await action();
  } finally {
    Object.assign(console, original);
    await reset();
  }
  return lines;
}

/** Writes one line of each level. */
function logEach(part: string): void {
  const logger = getLogger(["switchboard", part]);
  logger.debug("{part} 1", { part });
  logger.info("{part} 2", { part });
  logger.warning("{part} 3", { part });
  logger.error("{part} 4", { part });
  logger.fatal("{part} 5", { part });
}

/** A configuration of an application that notes what it gets, and whether it was ended. */
function application(category: string | string[], lowestLevel: "debug" | "info" | "error") {
  const got: string[] = [];
  let isEnded = false;
  const sink = Object.assign((record: LogRecord) => void got.push(record.message.join("")), {
    [Symbol.dispose]: () => void (isEnded = true),
  });
  const config = {
    sinks: { app: sink as Sink, none: () => {} },
    loggers: [
      { category, sinks: ["app" as const], lowestLevel },
      { category: ["logtape", "meta"], sinks: ["none" as const] },
    ],
  };
  return { config, got, isEnded: () => isEnded };
}

Deno.test("setLogLevel() writes lines of that level and above, with time, level, category and text", async () => {
  const lines = await written(() => {
    setLogLevel("warning");
    logEach("server");
  });

  assertEquals(lines.map(([method]) => method), ["warn", "error", "error"]);
  const texts = lines.map(([, ...texts]) => texts.join("|"));
  assertEquals(texts.map((text) => text.replace(/^\S+ /, "")), [
    "WARNING switchboard.server server 3",
    "ERROR switchboard.server server 4",
    "FATAL switchboard.server server 5",
  ]);
  for (const text of texts) assertMatch(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ [\w.]+ [^\n]*$/);
});

for (
  const [level, count] of [["debug", 5], ["info", 4], ["warning", 3], ["error", 2], ["fatal", 1], ["off", 0]] as const
) {
  Deno.test(`setLogLevel("${level}") writes ${count} of 5 levels, also of loggers that were there before`, async () => {
    const before = getLogger(["switchboard", "before"]);
    const lines = await written(() => {
      setLogLevel(level);
      logEach("before");
      logEach("new");
    });

    assertEquals([lines.length, before.isEnabledFor("fatal")], [2 * count, false]);
  });
}

Deno.test("setLogLevel() sets another level later, without a second line for each", async () => {
  const lines = await written(() => {
    for (const level of ["debug", "error", "info", "off", "fatal"] as const) {
      setLogLevel(level);
      logEach("server");
    }
  });

  assertEquals(lines.length, 5 + 2 + 4 + 0 + 1);
});

Deno.test("setLogLevel() keeps a line a line", async () => {
  const lines = await written(() => {
    setLogLevel("info");
    getLogger(["switchboard", "server"]).info("{text}", { text: "a\r\nforged\x1b[2J %s %c" });
  });

  assertStrictEquals(lines.length, 1);
  assertMatch(String(lines[0]![1]), / a\\r\\nforged\\x1b\[2J %s %c$/);
});

Deno.test("setLogLevel() does not count as a configuration: the application may still make one, which then decides", async () => {
  const { config, got } = application("switchboard", "error");
  const lines = await written(async () => {
    setLogLevel("debug");
    assertStrictEquals(getConfig(), null);
    await configure(config);
    logEach("server");
  });

  assertEquals([lines, got], [[], ["server 4", "server 5"]]);
});

for (const category of ["switchboard", []]) {
  Deno.test(`setLogLevel() leaves the sinks of an application's configuration for ${JSON.stringify(category)}, and sets the level`, async () => {
    const { config, got, isEnded } = application(category, "error");
    const lines = await written(async () => {
      await configure(config);
      setLogLevel("info");
      logEach("server");
      getLogger("other").info("not ours");
      assertStrictEquals(getConfig() as unknown, config);
      assertStrictEquals(isEnded(), false);
      setLogLevel("off");
      logEach("server");
    });

    assertEquals(lines, []);
    assertEquals(got.filter((text) => text.startsWith("server")), ["server 2", "server 3", "server 4", "server 5"]);
    assertEquals(got.includes("not ours"), false);
  });
}

Deno.test("setLogLevel() counts for a part for which the application has set another level", async () => {
  const { config, got } = application(["switchboard", "server"], "error");
  await written(async () => {
    await configure(config);
    setLogLevel("debug");
    logEach("server");
  });

  assertEquals(got.length, 5);
});

Deno.test("setLogLevel() writes to the console when the application has configured LogTape for others alone", async () => {
  const { config, got } = application("other", "debug");
  const lines = await written(async () => {
    await configure(config);
    setLogLevel("error");
    logEach("server");
  });

  assertEquals([lines.length, got], [2, []]);
});

Deno.test("setLogLevel() refuses what is no level", () => {
  for (const level of ["trace", "warn", "DEBUG", "", undefined, 1]) {
    assertThrows(() => setLogLevel(level as LogLevel), TypeError, 'must be one of "debug", "info"');
  }
});

Deno.test("applyDebugVariable() writes all lines for websocket:*", async () => {
  const lines = await written(() => {
    assertStrictEquals(applyDebugVariable("websocket:*"), true);
    logEach("server");
    logEach("access");
  });

  assertStrictEquals(lines.length, 10);
});

Deno.test("applyDebugVariable() writes the lines of the parts that it names, by either name", async () => {
  for (const value of ["websocket:access", "switchboard:access", "*,-websocket:server"]) {
    const lines = await written(() => {
      assertStrictEquals(applyDebugVariable(value), true);
      logEach("server");
      logEach("access");
    });

    assertEquals(lines.map(([, text]) => /switchboard\.(\w+)/.exec(String(text))?.[1]), Array(5).fill("access"), value);
  }
});

Deno.test("applyDebugVariable() of what names nothing of ours changes nothing", async () => {
  const lines = await written(() => {
    setLogLevel("fatal");
    for (const value of [undefined, "", "http:*", "websocket", "-websocket:*", "(", "websocket:(*"]) {
      assertStrictEquals(applyDebugVariable(value), false, value);
    }
    logEach("server");
  });

  assertStrictEquals(lines.length, 1);
});

Deno.test("applyDebugVariable() twice writes each line once", async () => {
  const lines = await written(() => {
    applyDebugVariable("websocket:*");
    applyDebugVariable("websocket:*");
    getLogger(["switchboard", "server"]).debug("once");
  });

  assertStrictEquals(lines.length, 1);
});

Deno.test("applyDebugVariable() lets an application's sinks have the lines, from debug on", async () => {
  const { config, got } = application("switchboard", "error");
  const lines = await written(async () => {
    await configure(config);
    assertStrictEquals(applyDebugVariable("websocket:*"), true);
    logEach("server");
  });

  assertEquals([lines, got.length], [[], 5]);
});
