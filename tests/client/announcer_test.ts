import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { createAnnouncer } from "../../src/client/announcer.ts";
import { FakeLogger } from "./fakes.ts";

function makeAnnouncer() {
  const logger = new FakeLogger();
  return { logger, announcer: createAnnouncer({ logger }) };
}

const MESSAGE = { type: "a" };

Deno.test("Announcer.tell() calls the handler first, then the listeners in their order", () => {
  const { announcer } = makeAnnouncer();
  const calls: string[] = [];
  announcer.on("message", () => calls.push("first listener"));
  announcer.on("message", () => calls.push("second listener"));
  announcer.handlers = { onMessage: () => void calls.push("handler") };

  announcer.tell("message", MESSAGE);

  assertEquals(calls, ["handler", "first listener", "second listener"]);
});

Deno.test("Announcer.tell() calls a handler on its object", () => {
  const { announcer } = makeAnnouncer();
  class Handlers {
    seen = 0;
    onMessage(): void {
      this.seen++;
    }
  }
  const handlers = new Handlers();
  announcer.handlers = handlers;

  announcer.tell("message", MESSAGE);

  assertEquals(handlers.seen, 1);
});

Deno.test("Announcer.tell() calls each handler for its own event", () => {
  const { announcer } = makeAnnouncer();
  const calls: unknown[] = [];
  announcer.handlers = {
    onOpen: (event) => void calls.push(event),
    onMessage: (event) => void calls.push(event),
    onClose: (event) => void calls.push(event),
    onError: (event) => void calls.push(event),
  };
  const open = { protocol: "", connectionId: undefined, resumed: false };
  const close = {
    code: 1000,
    reason: "",
    wasClean: true,
    willReconnect: false,
    delayMs: undefined,
    error: undefined,
  };
  const error = new Error("x");

  announcer.tell("open", open);
  announcer.tell("message", MESSAGE);
  announcer.tell("close", close);
  announcer.tell("error", error);

  assertEquals(calls, [open, MESSAGE, close, error]);
});

Deno.test("Announcer.tellListeners() leaves the handler out", () => {
  const { announcer } = makeAnnouncer();
  const calls: string[] = [];
  announcer.handlers = { onMessage: () => void calls.push("handler") };
  announcer.on("message", () => calls.push("listener"));

  announcer.tellListeners("message", MESSAGE);

  assertEquals(calls, ["listener"]);
});

Deno.test("Announcer.on() returns what takes the listener off, once", () => {
  const { announcer } = makeAnnouncer();
  let calls = 0;
  const listener = () => void calls++;
  const off = announcer.on("message", listener);
  announcer.on("message", listener);

  off();
  off();
  announcer.tell("message", MESSAGE);

  assertEquals(calls, 1);
});

Deno.test("Announcer.on() lets a listener add and remove listeners while it is called", () => {
  const { announcer } = makeAnnouncer();
  const calls: string[] = [];
  announcer.on("message", () => {
    calls.push("a");
    offB();
    announcer.on("message", () => calls.push("c"));
  });
  const offB = announcer.on("message", () => calls.push("b"));

  announcer.tell("message", MESSAGE);
  const first = calls.splice(0);
  announcer.tell("message", MESSAGE);

  assertEquals([first, calls], [["a", "b"], ["a", "c"]]);
});

Deno.test("Announcer.on() refuses events that there are not", () => {
  const { announcer } = makeAnnouncer();

  for (const name of ["opened", "", "constructor", "__proto__", "toString", "onOpen"]) {
    const error = assertThrows(() => announcer.on(name as "open", () => {}), TypeError);
    assert(error.message.includes("one of open,message,close,error,attempt,waiting,statechange,message:dropped"));
  }
});

Deno.test("Announcer.on() refuses a listener that is no function", () => {
  const { announcer } = makeAnnouncer();

  assertThrows(() => announcer.on("open", undefined as unknown as () => void), TypeError, "function");
});

Deno.test("Announcer.has() tells of handlers and of listeners, also when they are gone", () => {
  const { announcer } = makeAnnouncer();
  const found = [announcer.has("message")];

  announcer.handlers = { onMessage: () => {} };
  found.push(announcer.has("message"), announcer.has("open"));
  announcer.handlers = {};
  found.push(announcer.has("message"));
  const off = announcer.on("message", () => {});
  found.push(announcer.has("message"));
  off();
  found.push(announcer.has("message"));

  assertEquals(found, [false, true, false, false, true, false]);
});

const broken = new Error("broken");

for (
  const [how, fail] of [
    ["throws", () => {
      throw broken;
    }],
    ["rejects", () => Promise.reject(broken)],
  ] as const
) {
  Deno.test(`Announcer.tell() gives what a handler ${how} to onError, and calls the listeners`, async () => {
    const { announcer, logger } = makeAnnouncer();
    const errors: unknown[] = [];
    let calls = 0;
    announcer.handlers = { onMessage: fail, onError: (error) => void errors.push(error) };
    announcer.on("message", () => void calls++);

    announcer.tell("message", MESSAGE);
    await Promise.resolve();

    assertEquals([errors, calls, logger.errors], [[broken], 1, []]);
  });

  Deno.test(`Announcer.tell() gives what a listener ${how} to the listeners for errors, and calls the others`, async () => {
    const { announcer } = makeAnnouncer();
    const errors: unknown[] = [];
    let calls = 0;
    announcer.on("error", (error: unknown) => errors.push(error));
    announcer.on("message", fail);
    announcer.on("message", () => void calls++);

    announcer.tell("message", MESSAGE);
    await Promise.resolve();

    assertEquals([errors, calls], [[broken], 1]);
  });

  Deno.test(`Announcer.tell() logs what a handler ${how} when nobody hears of errors`, async () => {
    const { announcer, logger } = makeAnnouncer();
    announcer.handlers = { onMessage: fail };

    announcer.tell("message", MESSAGE);
    await Promise.resolve();

    assertEquals(logger.errors, [broken]);
  });

  Deno.test(`Announcer.tell() logs what onError ${how}, and goes on`, async () => {
    const { announcer, logger } = makeAnnouncer();
    let calls = 0;
    announcer.handlers = { onError: fail };
    announcer.on("error", () => void calls++);

    announcer.tell("error", new Error("first"));
    await Promise.resolve();

    assertEquals([logger.errors, calls], [[broken], 1]);
  });
}

Deno.test("Announcer.tell() survives a logger that throws", () => {
  const announcer = createAnnouncer({
    logger: {
      error: () => {
        throw broken;
      },
    },
  });
  announcer.handlers = {
    onMessage: () => {
      throw broken;
    },
  };

  announcer.tell("message", MESSAGE);
});

Deno.test("Announcer.tell() makes an error of whatever else was thrown", () => {
  const { announcer, logger } = makeAnnouncer();
  announcer.handlers = {
    onMessage: () => {
      throw "a text";
    },
  };

  announcer.tell("message", MESSAGE);

  const [error] = logger.errors;
  assert(error instanceof Error);
  assertStrictEquals(error.message, "Thrown: a text");
});

Deno.test("Announcer.tellNews() tells what was noted in order, and what handlers cause after it", () => {
  const { announcer } = makeAnnouncer();
  const calls: string[] = [];
  announcer.on("message", ({ type }: { type: string }) => {
    calls.push(type);
    if (type !== "a") return;
    announcer.note("message", { type: "c" });
    announcer.tellNews();
  });

  announcer.note("message", { type: "a" });
  announcer.note("message", { type: "b" });
  const before = [...calls];
  announcer.tellNews();

  assertEquals([before, calls], [[], ["a", "b", "c"]]);
});

Deno.test("Announcer.on() knows the events that it was made with besides its own", () => {
  const announcer = createAnnouncer({ logger: new FakeLogger() }, { "room:left": [] });
  const seen: unknown[] = [];
  announcer.on("room:left", (event: unknown) => seen.push(event));

  announcer.tell("room:left" as "close", "gone" as never);

  assertEquals(seen, ["gone"]);
  assertThrows(() => makeAnnouncer().announcer.on("room:left", () => {}), TypeError);
});

Deno.test("Announcer.fail() gives what was thrown to who hears of errors, else to the logger", () => {
  const { announcer, logger } = makeAnnouncer();
  const seen: string[] = [];
  announcer.fail(broken);
  announcer.on("error", ({ message }: Error) => seen.push(message));

  announcer.fail(broken);
  announcer.fail("a text");

  assertEquals([logger.errors, seen], [[broken], [broken.message, "Thrown: a text"]]);
});
