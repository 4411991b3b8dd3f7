/** Tests of what is kept of a peer that is not let in yet. */

import { assertEquals } from "@std/assert";
import { Phase, type ServerConnection } from "../../src/server/connection.ts";
import { Holding } from "../../src/server/holding.ts";
import { loneConnection } from "./tools/parts.ts";

function holdingWith(limits: { maxQueuedMessages?: number; maxQueuedBytes?: number } = {}) {
  const told: string[] = [];
  const { connection } = loneConnection();
  const holding = new Holding<undefined>({ maxQueuedMessages: 2, maxQueuedBytes: 100, ...limits }, {
    receive: (connection, { type }, size) => {
      told.push(`${type} ${size}`);
      if (type === "close") connection.phase = Phase.CLOSING;
    },
    kill: (_, code) => void told.push(`kill ${code}`),
  });
  const hold = (type: string, size = 1) => holding.hold(connection, { type }, size);
  const release = (target: ServerConnection<undefined> = connection) => {
    target.phase = Phase.OPEN;
    holding.release(target);
  };
  return { holding, connection, told, hold, release };
}

Deno.test("Holding hands on what has waited when the peer is let in, in order, and once", () => {
  const { told, hold, release, connection } = holdingWith();
  hold("a");
  hold("b", 7);
  assertEquals(told, []);

  release();
  release();

  assertEquals([told, connection.held], [["a 1", "b 7"], undefined]);
});

Deno.test("Holding ends who sends too much before it is let in", () => {
  const byCount = holdingWith();
  const byBytes = holdingWith();

  for (const type of ["a", "b", "c"]) byCount.hold(type);
  byBytes.hold("a", 60);
  byBytes.hold("b", 60);

  assertEquals([byCount.told, byBytes.told], [["kill 4429"], ["kill 4429"]]);
});

Deno.test("Holding hands on nothing behind the message that ended the connection", () => {
  const { told, hold, release } = holdingWith();
  hold("close");
  hold("b");

  release();

  assertEquals(told, ["close 1"]);
});

Deno.test("Holding does nothing for who has sent nothing", () => {
  const { told, release } = holdingWith();

  release();

  assertEquals(told, []);
});
