/** Tests of rules that are asked again after a peer has signed in anew: who stays, who goes, and what is told. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { ConnectionClosedError, HandlerTimeoutError, MessageError } from "../../src/errors.ts";
import type { RoomContext, RoomRule } from "../../src/server/room_types.ts";
import { WebSocketServer } from "../../src/server/server.ts";
import { connect, testPlatform, VirtualClock } from "../../src/testing/mod.ts";

type Data = { readonly userId: string; readonly token: string };
type Context = RoomContext<Data>;

/** A server with one rule for all rooms and one peer that is signed in with the token "old". */
async function signedIn(rule: RoomRule<Data>) {
  const clock = new VirtualClock();
  const errors: Error[] = [];
  const visits: string[] = [];
  const server = new WebSocketServer({
    platform: testPlatform(clock),
    authenticate: ({ token = "" }): Data => ({ userId: "ada", token }),
    handlerTimeoutMs: 1_000,
    handlers: { onError: (_connection, error) => void errors.push(error) },
  });
  const off = server.room("*", {
    ...rule,
    onJoin: ({ room }) => void visits.push(`+${room}`),
    onLeave: ({ room }) => void visits.push(`-${room}`),
  });
  const client = await connect(server, { managed: true, headers: { authorization: "Bearer old" } });
  const [connection] = server.connections;
  let id = 0;
  const settle = () => clock.advance(0);
  const ask = async (message: object) => {
    client.sendRaw(JSON.stringify({ id: ++id, ...message }));
    await settle();
  };
  return {
    ...{ clock, server, client, errors, visits, settle, off, connection: connection! },
    join: (room: string, data?: unknown) => ask({ type: "$join", room, data }),
    leave: (room: string) => ask({ type: "$leave", room }),
    renew: (token = "new") => ask({ type: "$credentials", token }),
    /** What the peer was told of rooms from which it was taken. */
    left: () =>
      client.frames.map((frame) => JSON.parse(String(frame))).filter(({ type }) => type === "$left").map((
        { room, code },
      ) => `${room} ${code}`),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** Ways to say no to a token that is not "old", each with the code that the peer is told. */
const REFUSALS: Readonly<Record<string, [(context: Context) => unknown, code: string, errors: number]>> = {
  "false": [() => false, "forbidden", 0],
  "a promise of false": [() => Promise.resolve(false), "forbidden", 0],
  "a MessageError": [
    () => {
      throw new MessageError("banned", "No");
    },
    "forbidden",
    0,
  ],
  "a promise that rejects with a MessageError": [() => Promise.reject(new MessageError("x", "No")), "forbidden", 0],
  "another error": [
    () => {
      throw new Error("the database is down");
    },
    "internal_error",
    1,
  ],
  "a promise that rejects": [() => Promise.reject(new Error("the database is down")), "internal_error", 1],
};

for (const [how, [refuse, code, count]] of Object.entries(REFUSALS)) {
  Deno.test(`RoomChecks take a member out whose rule now answers with ${how}`, async () => {
    await using talk = await signedIn({
      join: (context) => context.connection.data.token === "old" || context.room === "both" || refuse(context),
    });
    const { join, renew, left, visits, connection, errors } = talk;
    for (const room of ["one", "both", "two"]) await join(room);

    await renew();

    assertEquals([left(), connection.rooms], [[`one ${code}`, `two ${code}`], ["both"]]);
    assertEquals([visits, errors.length], [["+one", "+both", "+two", "-one", "-two"], 2 * count]);
  });
}

Deno.test("RoomChecks leave a member where it is whose rule says yes again, whatever it returns", async () => {
  const asked: unknown[] = [];
  await using talk = await signedIn({
    join: ({ connection, room, data, isMember }) => {
      asked.push([connection.data.token, room, data, isMember]);
      return room === "late" ? Promise.resolve({ some: "reply" }) : undefined;
    },
  });
  const { join, renew, left, visits, connection, client } = talk;
  await join("now", { password: "x" });
  await join("late");
  const frames = client.frames.length;

  await renew();

  assertEquals(asked, [
    ["old", "now", { password: "x" }, false],
    ["old", "late", undefined, false],
    ["new", "now", { password: "x" }, true],
    ["new", "late", undefined, true],
  ]);
  assertEquals([left(), connection.rooms, visits], [[], ["now", "late"], ["+now", "+late"]]);
  assertEquals(client.frames.length, frames + 1, "nothing but the answer to the credentials");
});

Deno.test("RoomChecks keep what a peer said when it joined for the next time, the latest, and not if it is much", async () => {
  const asked: unknown[] = [];
  await using talk = await signedIn({ join: ({ data, isMember }) => void (isMember && asked.push(data)) });
  const { join, renew } = talk;
  await join("text", "x".repeat(1024));
  await join("long text", "x".repeat(1025));
  await join("object", { text: "x".repeat(1000) });
  await join("long object", { text: "x".repeat(1024) });
  await join("again", 1);
  await join("again", 2);
  asked.length = 0;

  await renew();

  assertEquals(asked, ["x".repeat(1024), undefined, { text: "x".repeat(1000) }, undefined, 2]);
});

Deno.test("RoomChecks do not ask about rooms that the server's own code chose, nor where the peer was refused", async () => {
  const asked: string[] = [];
  await using talk = await signedIn({
    join: ({ room }) => {
      asked.push(room);
      return room !== "refused";
    },
  });
  const { join, leave, renew, connection } = talk;
  connection.join("chosen");
  for (const room of ["chosen", "refused", "asked", "left"]) await join(room);
  await leave("left");
  asked.length = 0;

  await renew();

  assertEquals([asked, connection.rooms], [["asked"], ["chosen", "asked"]]);
});

Deno.test("RoomChecks take members out for which there is no rule any more", async () => {
  await using talk = await signedIn({});
  const { join, renew, left, connection, off, server } = talk;
  await join("a");
  await join("b");
  connection.join("c");
  off();
  server.room("b");

  await renew();

  assertEquals([left(), connection.rooms], [["a forbidden"], ["b", "c"]]);
});

Deno.test("RoomChecks take a member out whose rule does not decide in time, and tell the rule", async () => {
  let signal: AbortSignal | undefined;
  const decided = Promise.withResolvers<void>();
  await using talk = await signedIn({
    join: (context) => {
      if (!context.isMember) return;
      signal = context.signal;
      return decided.promise;
    },
  });
  const { join, renew, left, connection, errors, clock, settle } = talk;
  await join("a");
  await renew();
  const during = connection.rooms;

  await clock.advance(1_100);
  decided.resolve();
  await settle();

  assertEquals([during, connection.rooms, left()], [["a"], [], ["a timeout"]]);
  assertInstanceOf(signal?.reason, HandlerTimeoutError);
  assertEquals([errors.length, errors[0] === signal?.reason], [1, true]);
});

/** What makes a decision worthless, and the rooms afterwards. */
const WORTHLESS: Readonly<
  Record<string, [(talk: Awaited<ReturnType<typeof signedIn>>) => unknown, rooms: readonly string[]]>
> = {
  "the peer has left": [({ leave }) => leave("a"), []],
  "the peer has left and joined again": [async ({ leave, join }) => {
    await leave("a");
    await join("a");
  }, ["a"]],
  "the server has taken it out": [({ connection }) => connection.leave("a"), []],
  "the connection is gone": [({ connection }) => connection.close(), []],
};

for (const [why, [end, rooms]] of Object.entries(WORTHLESS)) {
  Deno.test(`RoomChecks tell the rule when ${why}, and take no notice of what it decides then`, async () => {
    const signals: AbortSignal[] = [];
    const decided = Promise.withResolvers<boolean>();
    await using talk = await signedIn({
      join: (context) => {
        if (!context.isMember) return;
        signals.push(context.signal);
        return decided.promise;
      },
    });
    const { join, renew, connection, errors, visits, settle, clock } = talk;
    await join("a");
    await renew();

    await end(talk);
    await settle();
    const told = signals.map(({ aborted }) => aborted);
    decided.resolve(false);
    await settle();
    await clock.advance(2_000);

    assertEquals([told, connection.rooms, errors], [[true], rooms, []]);
    assertEquals(visits.filter((visit) => visit === "-a").length, 1);
    if (why.includes("gone")) assertInstanceOf(signals[0]?.reason, ConnectionClosedError);
  });
}

Deno.test("RoomChecks count what the rule says to the latest sign-in alone", async () => {
  const verdicts: PromiseWithResolvers<boolean>[] = [];
  const reasons: unknown[] = [];
  await using talk = await signedIn({
    join: ({ isMember, signal }) => {
      if (!isMember) return;
      const verdict = Promise.withResolvers<boolean>();
      signal.addEventListener("abort", () => verdict.reject(signal.reason));
      signal.addEventListener("abort", () => reasons.push(signal.reason));
      verdicts.push(verdict);
      return verdict.promise;
    },
  });
  const { join, renew, connection, errors, settle, clock } = talk;
  await join("a");

  await renew("second");
  await renew("third");
  verdicts[0]!.resolve(false);
  await settle();
  const during = [verdicts.length, reasons.length, connection.rooms.length];
  verdicts[1]!.resolve(true);
  await settle();
  await clock.advance(2_000);

  assertEquals([during, connection.rooms, errors], [[2, 1, 1], ["a"], []]);
});

Deno.test("RoomChecks ask about a room whose rule was deciding while the peer signed in anew", async () => {
  const decided = Promise.withResolvers<void>();
  await using talk = await signedIn({
    join: async ({ connection, isMember }) => {
      const { token } = connection.data;
      if (!isMember) await decided.promise;
      return token === "old";
    },
  });
  const { join, renew, left, visits, connection, settle } = talk;
  await join("a");
  await renew();

  decided.resolve();
  await settle();

  assertEquals([visits, left(), connection.rooms], [["+a", "-a"], ["a forbidden"], []]);
});

Deno.test("RoomChecks do not ask about a room that was left while its rule was deciding and the peer signed in anew", async () => {
  const decided = Promise.withResolvers<void>();
  let asked = 0;
  await using talk = await signedIn({
    join: () => {
      asked++;
      return decided.promise;
    },
  });
  const { join, leave, renew, connection, settle } = talk;
  await join("a");
  await renew();
  await leave("a");

  decided.resolve();
  await settle();

  assertEquals([asked, connection.rooms], [1, []]);
});

Deno.test("RoomChecks bear a rule that closes the connection, leaves the room, or joins another", async () => {
  for (const act of ["close", "leave", "join"] as const) {
    await using talk = await signedIn({
      join: ({ connection, room, isMember }) => {
        if (!isMember) return;
        if (act === "close") connection.close();
        else connection[act](act === "leave" ? room : "other");
        return false;
      },
    });
    const { join, renew, connection, errors, server, settle } = talk;
    await join("a");
    await join("b");

    await renew();
    await settle();

    assertEquals([connection.rooms, errors], [act === "join" ? ["other"] : [], []], act);
    assertEquals(server.rooms.size, act === "join" ? 1 : 0);
  }
});

Deno.test("RoomChecks do nothing where the peer never asked for a room", async () => {
  await using talk = await signedIn({ join: () => false });
  const { renew, left, connection, errors } = talk;
  connection.join("a");

  await renew();

  assertEquals([left(), connection.rooms, errors], [[], ["a"], []]);
});
