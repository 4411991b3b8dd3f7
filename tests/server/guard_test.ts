/** Tests of the guard: nothing that the application throws gets out, and all of it is told. */

import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { toError } from "../../src/server/guard.ts";
import { NOTHING, Rig } from "./tools/rig.ts";

const UNPRINTABLE = Object.create(null);

/** Ways to fail: throwing, rejecting, things that are no errors, and promises that are none. */
const FAILURES: Readonly<Record<string, () => unknown>> = {
  "throws": () => {
    throw new Error("failed");
  },
  "throws a string": () => {
    throw "failed";
  },
  "throws nothing": () => {
    throw undefined;
  },
  "throws what has no text form": () => {
    throw UNPRINTABLE;
  },
  "rejects": () => Promise.reject(new Error("failed")),
  "rejects later": async () => {
    await null;
    throw new Error("failed");
  },
  "rejects with what has no text form": () => Promise.reject(UNPRINTABLE),
  "returns a thenable that rejects": () => ({
    then: (_: unknown, reject: (error: unknown) => void) => reject(new Error("failed")),
  }),
  "returns a thenable that throws": () => ({
    then: () => {
      throw new Error("failed");
    },
  }),
  "returns what throws when it is looked at": () => ({
    get then(): never {
      throw new Error("failed");
    },
  }),
};

for (const name of ["onConnect", "onMessage", "onClose"] as const) {
  Deno.test(`Guard reports whatever ${name} does wrong, once, and the connection goes its way`, async (t) => {
    for (const [title, failure] of Object.entries(FAILURES)) {
      await t.step(title, async () => {
        const rig = new Rig({ handlers: { [name]: failure as () => void } });

        const { socket, connection } = rig.peer();
        await rig.settle();
        socket.receives("hello");
        await rig.settle();
        assertEquals(connection.isOpen, true);
        socket.isClosed(1000);
        await rig.settle();

        assertEquals(rig.errors.length, 1);
        assertInstanceOf(rig.errors[0], Error);
        assertEquals(rig.told, ["connect", "message text", "close 1000"]);
        assertEquals([rig.server.getStats().errors, rig.left], [1, NOTHING]);
      });
    }
  });
}

Deno.test("Guard swallows what onError itself does wrong", async (t) => {
  for (const [title, failure] of Object.entries(FAILURES)) {
    await t.step(title, async () => {
      const rig = new Rig({
        handlers: {
          onMessage: () => {
            throw new Error("first");
          },
          onError: failure as () => void,
        },
      });

      const { socket, connection } = rig.peer();
      socket.receives("hello");
      await rig.settle();

      assertEquals([rig.errorTexts, connection.isOpen], [["first"], true]);
    });
  }
});

Deno.test("Guard reports what listeners of events do wrong, and does not go round for ever with listeners for errors", async () => {
  for (const failure of Object.values(FAILURES)) {
    const rig = new Rig();
    rig.server.on("connection:added", failure);
    let count = 0;
    rig.server.on("error", () => {
      count++;
      return failure();
    });

    const { connection } = rig.peer();
    await rig.settle();

    assert(rig.errors.length <= 1);
    assertEquals([count, connection.isOpen], [rig.errors.length, true]);
  }
});

Deno.test("Guard tells onError and the error event of the same error, with the connection that it belongs to", () => {
  const error = new Error("failed");
  const rig = new Rig({
    handlers: {
      onMessage: () => {
        throw error;
      },
    },
  });
  const seen: unknown[] = [];
  rig.server.on("error", (event) => seen.push(event.connection, event.error));

  const { socket, connection } = rig.peer();
  socket.receives("hello");

  assertStrictEquals(seen[0], connection);
  assertStrictEquals(seen[1], error);
  assertStrictEquals(rig.errors[0], error);
});

Deno.test("Guard calls the handlers that are set now", () => {
  const rig = new Rig();
  const { socket } = rig.peer();
  const seen: string[] = [];

  rig.server.handlers = { onMessage: () => void seen.push("new") };
  socket.receives("hello");
  rig.server.handlers = {};
  socket.receives("hello");

  assertEquals([seen, rig.told], [["new"], ["connect"]]);
});

Deno.test("toError() makes an error of anything, and leaves errors alone", () => {
  const error = new RangeError("x");

  assertStrictEquals(toError(error), error);
  assertEquals(toError("text").message, "Something other than an error was thrown: text");
  assertEquals(toError(undefined).message, "Something other than an error was thrown: undefined");
  assertEquals(toError(Symbol("s")).message, "Something other than an error was thrown: Symbol(s)");
  assertEquals(toError(UNPRINTABLE).message, "Something other than an error was thrown: an object without a text form");
});
