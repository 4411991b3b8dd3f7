import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createSession, isAnswer, type Session } from "../../src/client/session.ts";
import { ProtocolError } from "../../src/errors.ts";
import type { WebSocketMessage, WelcomeMessage } from "../../src/protocol/messages.ts";

const BOUNDS = { maxQueuedMessages: 100, maxQueuedBytes: 1_000_000 };

const WELCOME: WelcomeMessage = {
  type: "$welcome",
  id: "c1",
  resumed: false,
  features: ["resume"],
  heartbeat: { intervalMs: 0, timeoutMs: 0 },
  maxMessageBytes: 1_000,
  session: { secret: "s1", windowMs: 1_000 },
};

const RESUMED: WelcomeMessage = { ...WELCOME, resumed: true, session: { secret: "s2", windowMs: 1_000 } };

/** A session on its first connection. */
function begun(bounds = BOUNDS, welcome = WELCOME): Session {
  const session = createSession(bounds, "stream");
  session.begin(welcome);
  return session;
}

/** Sends messages, and returns what goes out. */
function send(session: Session, ...frames: string[]): unknown[] {
  return frames.map((frame) => session.keep(frame, frame, false, 1_000));
}

/** Receives an application's message; returns whether it is new. */
function receive(session: Session, beside: Record<string, unknown> = {}): boolean {
  return session.arrived({ type: "a" }, beside);
}

function framesOf(messages: readonly { readonly frame: unknown }[]): unknown[] {
  return messages.map(({ frame }) => frame);
}

Deno.test("Session.hello() names the stream and the first number, and with a session how to go on", () => {
  const session = createSession(BOUNDS, "stream");
  const first = session.hello();
  session.begin(WELCOME);
  send(session, "1", "2");
  session.acknowledged(1);
  receive(session);
  session.locate("$all", { epoch: "e", offset: 5 });

  assertEquals(first, { features: ["resume"], stream: "stream", next: 1 });
  assertEquals(session.hello(), {
    features: ["resume"],
    stream: "stream",
    next: 2,
    received: 1,
    resume: { id: "c1", secret: "s1" },
    positions: { $all: { epoch: "e", offset: 5 } },
  });
});

Deno.test("Session.hello() has 1,024 positions at most, of rooms of any name", () => {
  const session = begun();
  session.locate("__proto__", { epoch: "e", offset: 1 });
  for (let i = 0; i < 2_000; i++) session.locate(`room/${i}`, { epoch: "e", offset: 1 });

  const { positions } = session.hello();

  assertEquals(Object.keys(positions!).length, 1_024);
  assert(Object.hasOwn(positions!, "__proto__"));
});

Deno.test("Session.begin() of a session that goes on sends again what the server has not received", () => {
  const session = begun();
  send(session, "1", "2", "3", "4");
  session.acknowledged(1);

  const { again, ...rest } = session.begin({ ...RESUMED, received: 3 });

  assertEquals(framesOf(again), ["4"]);
  assertEquals(rest, { isResumed: true, isLost: false, isBehind: false, hasGap: false });
  assertEquals(session.hello().next, 2, "what was received and not handled is kept");
});

Deno.test("Session.begin() of another session sends again all that is not acknowledged, and answers to nobody", () => {
  const session = begun();
  const reply = '{"type":"$reply","id":1,"data":2}';
  send(session, "1", "2", reply);
  session.acknowledged(1);
  for (let i = 0; i < 3; i++) receive(session);

  const { again, isResumed, isLost } = session.begin(WELCOME);

  assertEquals([isResumed, isLost], [false, true]);
  assertEquals(framesOf(again), ["2", '{"type":"$reply","id":"","data":null}']);
  const { next, received } = session.hello();
  assertEquals([next, received, session.owed()], [2, 0, 0]);
});

Deno.test("Session.begin() without the feature sends all again, and counts no more", () => {
  const session = begun();
  send(session, "1", "2");

  const { again, isLost } = session.begin({ ...WELCOME, features: [], resumed: true });
  send(session, "3");
  receive(session);

  assertEquals([framesOf(again), isLost, session.isActive, session.isAlive], [["1", "2"], true, false, false]);
  assertEquals([session.hello().next, session.owed()], [3, 0]);
});

Deno.test("Session.begin() takes a session that nobody asked for as a new one", () => {
  const session = createSession(BOUNDS, "stream");

  const { isResumed, isLost } = session.begin(RESUMED);

  assertEquals([isResumed, isLost], [false, false]);
});

Deno.test("Session.begin() says when messages of the server are lost, and goes on from its number", () => {
  const session = begun();
  receive(session);

  const { isBehind } = session.begin({ ...RESUMED, next: 5 });
  receive(session);

  assertEquals([isBehind, session.hello().received], [true, 5]);
});

Deno.test("Session.begin() and acknowledged() refuse numbers that were never given", () => {
  for (const n of [3, 1e9]) {
    const session = begun();
    send(session, "1", "2");
    assertStrictEquals(assertThrows(() => session.acknowledged(n), ProtocolError).closeCode, 4400);
    assertStrictEquals(assertThrows(() => session.begin({ ...RESUMED, received: n }), ProtocolError).closeCode, 4400);
  }
});

Deno.test("Session.acknowledged() returns what is new, and nothing for what is old", () => {
  const session = begun();
  send(session, "1", "2", "3");

  const released = [2, 1, 2, 0, 3].map((n) => framesOf(session.acknowledged(n)));

  assertEquals(released, [["1", "2"], [], [], [], ["3"]]);
});

Deno.test("Session.keep() lets messages wait where its bounds are reached, until there is room", () => {
  for (const bounds of [{ ...BOUNDS, maxQueuedMessages: 2 }, { ...BOUNDS, maxQueuedBytes: 2 }]) {
    const session = begun(bounds);

    const sent = send(session, "1", "2", "3");
    session.acknowledged(1);

    assertEquals([sent.at(-1), send(session, "3").length], [undefined, 1]);
    assertEquals(send(session, "4"), [undefined]);
  }
});

Deno.test("Session.keep() lets a message that is larger than the bound go when nothing else waits", () => {
  const session = begun({ ...BOUNDS, maxQueuedBytes: 4 });

  const sent = send(session, '{"type":"large"}', '{"type":"a"}');

  assertEquals(sent, ['{"type":"large","$ack":true}', undefined]);
  assertEquals(session.hello().next, 1);
});

Deno.test("Session.keep() that may keep nothing sends all the same, and says later what is missing", () => {
  const session = begun({ ...BOUNDS, maxQueuedMessages: 0 });

  const sent = send(session, "1", "2");
  const { next } = session.hello();
  const { hasGap, again } = session.begin({ ...RESUMED, received: 1 });

  assertEquals([sent, next, hasGap, again], [["1", "2"], 3, true, []]);
});

Deno.test("Session.keep() that may keep nothing keeps what is urgent, for its acknowledgement", () => {
  const session = begun({ ...BOUNDS, maxQueuedMessages: 0 });

  session.keep("a", "{}", true, 1_000);

  assertEquals([send(session, "2"), session.acknowledged(1).length, send(session, "2")], [[undefined], 1, ["2"]]);
});

Deno.test("Session.keep() asks for an acknowledgement when half of its room is taken, or somebody waits for it", () => {
  const session = begun({ ...BOUNDS, maxQueuedMessages: 4 });

  const urgent = session.keep("a", '{"type":"a"}', true, 1_000);
  session.acknowledged(1);

  assertEquals(urgent, '{"type":"a","$ack":true}');
  assertEquals(send(session, '{"n":1}', '{"n":2}', '{"n":3}'), ['{"n":1}', '{"n":2}', '{"n":3,"$ack":true}']);
});

Deno.test("Session.keep() asks beside bytes in their header, and not where there is no room for that", () => {
  const session = begun();
  const bytes = new Uint8Array([0, 0, 7]);

  const marked = session.keep("a", bytes, true, 1_000) as Uint8Array;

  assertEquals(marked.subarray(0, 2), new Uint8Array([0, 13]));
  assertEquals(new TextDecoder().decode(marked.subarray(2, 15)), '{"$ack":true}');
  assertEquals(marked.subarray(15), new Uint8Array([7]));
  assertEquals(session.keep("a", bytes, true, 15), bytes);
});

Deno.test("Session.arrived() counts messages of the application, replies and errors, and nothing else", () => {
  const session = begun();
  const counted: boolean[] = [];
  for (
    const [type, beside] of [
      ["a", {}],
      ["a", { $room: "lobby", $ack: true }],
      ["$reply", {}],
      ["$error", {}],
      ["a", { $at: 5 }],
      ["a", { $volatile: true }],
      ["$ping", {}],
      ["$later", {}],
    ] as const
  ) {
    const { received } = session.hello();
    session.arrived({ type }, beside);
    counted.push(session.hello().received !== received);
  }

  assertEquals(counted, [true, true, true, true, false, false, false, false]);
});

Deno.test("Session.arrived() drops what it has read of a log, by one room of several", () => {
  const session = begun();
  session.locate("$all", { epoch: "e", offset: 5 });
  session.locate("a", { epoch: "e", offset: 10 });
  session.locate("b", { epoch: "f", offset: 20 });

  const taken = [
    { $at: 5 },
    { $at: 7 },
    { $at: 6 },
    { $at: 11, $room: "a" },
    { $at: [12, 20], $room: ["a", "b"] },
    { $at: [12, 21], $room: ["a", "b"] },
    { $at: [null, 22], $room: ["a", "b"] },
    { $at: [12, null], $room: ["a", "b"] },
    { $at: 1, $room: "unknown" },
    { $at: "odd", $room: "a" },
  ].map((beside) => receive(session, beside));

  assertEquals(taken, [false, true, false, true, true, false, true, false, true, true]);
  assertEquals(session.hello().positions, {
    $all: { epoch: "e", offset: 7 },
    a: { epoch: "e", offset: 12 },
    b: { epoch: "f", offset: 22 },
  });
});

Deno.test("Session.arrived() drops nothing by a room in whose log we were put further, where another room has it for us", () => {
  const session = begun();
  session.locate("a", { epoch: "e", offset: 10 });
  session.locate("b", { epoch: "f", offset: 20 });

  session.begin(RESUMED);
  session.locate("a", { epoch: "e", offset: 10, recovered: true });
  session.locate("b", { epoch: "f", offset: 30, recovered: false });
  const taken = [
    { $at: [9, 20], $room: ["a", "b"] },
    { $at: [11, 21], $room: ["a", "b"] },
    { $at: [11, 21], $room: ["a", "b"] },
    { $at: [12, 30], $room: ["a", "b"] },
    { $at: 25, $room: "b" },
  ].map((beside) => receive(session, beside));

  assertEquals(taken, [false, true, false, true, false]);
});

Deno.test("Session.arrived() goes no further in the log of a room with which the connection does not go on", () => {
  const session = begun();
  session.locate("a", { epoch: "e", offset: 10 });
  session.locate("b", { epoch: "f", offset: 20 });

  session.begin(WELCOME);
  session.locate("a", { epoch: "e", offset: 10, recovered: true });
  const first = receive(session, { $at: [11, 25], $room: ["a", "b"] });
  const between = session.positionOf("b");
  session.locate("b", { epoch: "f", offset: 20, recovered: true });
  const taken = [{ $at: 21, $room: "b" }, { $at: [11, 25], $room: ["a", "b"] }].map((beside) =>
    receive(session, beside)
  );

  assertEquals([first, between, taken], [true, { epoch: "f", offset: 20 }, [true, false]]);
});

Deno.test("Session.locate() takes no step back, unless the log is shorter than we know it", () => {
  const session = begun();
  session.locate("a", { epoch: "e", offset: 10 });

  session.locate("a", { epoch: "e", offset: 7, recovered: true });
  session.locate("a", { epoch: "e", offset: 9, recovered: false, reason: "too_old" });
  const kept = session.positionOf("a");
  session.locate("a", { epoch: "e", offset: 7, recovered: false, reason: "ahead" });

  assertEquals([kept, session.positionOf("a")], [{ epoch: "e", offset: 10 }, { epoch: "e", offset: 7 }]);
});

Deno.test("Session.locate() forgets a room without a place in a log", () => {
  const session = begun();
  session.locate("a", { epoch: "e", offset: 1 });

  session.locate("a", { recovered: false, reason: "no_log" });

  assertEquals([session.positionOf("a"), session.hello().positions], [undefined, undefined]);
});

Deno.test("Session.owed() counts up to the first message that was not handed on", () => {
  const session = begun();
  const messages: WebSocketMessage[] = [1, 2, 3].map((data) => ({ type: "a", data }));
  for (const message of messages) session.arrived(message, {});

  const owed = [0, 1, 2].map((i) => {
    session.handed(messages[[1, 0, 2][i]!]!);
    return session.owed();
  });

  assertEquals([owed, session.acknowledge(), session.owed()], [[0, 2, 3], 3, 0]);
});

Deno.test("Session.owed() is without bound once a message was handed on whose sender waits", () => {
  const session = begun();
  const [first, second] = [{ type: "a" }, { type: "b" }];
  session.arrived(first, {});
  session.arrived(second, { $ack: true });

  session.handed(second);
  const before = session.owed();
  session.handed(first);

  assertEquals([before, session.owed(), session.acknowledge(), session.owed()], [0, Infinity, 2, 0]);
});

Deno.test("Session.begin() of a session that goes on owes what may not have been heard", () => {
  const session = begun();
  const message = { type: "a" };
  session.arrived(message, {});
  session.handed(message);
  session.acknowledge();

  session.begin({ ...RESUMED, next: 2 });

  assertEquals(session.owed(), 1);
});

Deno.test("isAnswer() knows answers by their frames alone", () => {
  const frames = ['{"type":"$reply","id":1}', '{"type":"$error","id":1}', '{"type":"$value","data":"$reply"}', "{}"];

  assertEquals([...frames, new Uint8Array(3)].map(isAnswer), [true, true, false, false, false]);
});

/** A server that keeps everything, and a network that loses everything that is on the way at a cut. */
class World {
  readonly session = createSession({ maxQueuedMessages: 5, maxQueuedBytes: 1_000 }, "stream");
  /** What the client has sent, by number; what the server has got of it. */
  readonly sent: string[] = [];
  readonly got = new Map<number, string>();
  /** What the server has sent in this session, and what the client has received of that. */
  serverSent: WebSocketMessage[] = [];
  clientGot: WebSocketMessage[] = [];
  /** The last number that the server has taken. */
  taken = 0;
  toServer: string[] = [];
  toClient: WebSocketMessage[] = [];

  constructor() {
    this.connect(false);
  }

  connect(canResume: boolean): void {
    const { next = 1, received = 0, resume } = this.session.hello();
    const resumed = canResume && resume !== undefined;
    if (!resumed) [this.serverSent, this.clientGot, this.taken] = [[], [], 0];
    const welcome = { ...WELCOME, resumed, received: this.taken, next: resumed ? received + 1 : 1 };
    this.taken = Math.max(next, this.taken + 1) - 1;
    this.toServer = this.session.begin(welcome).again.map(({ message }) => message as string);
    this.toClient = this.serverSent.slice(resumed ? received : 0);
  }

  send(): void {
    const text = `${this.sent.length + 1}`;
    if (this.session.keep(text, text, false, 1_000) === undefined) return;
    this.sent.push(text);
    this.toServer.push(text);
  }

  serve(): void {
    const text = this.toServer.shift();
    if (text === undefined) return;
    const number = ++this.taken;
    assertEquals(this.got.get(number) ?? text, text, "one number, one message");
    this.got.set(number, text);
  }

  say(): void {
    const message = { type: "a", data: this.serverSent.length };
    this.serverSent.push(message);
    this.toClient.push(message);
  }

  receive(): void {
    const message = this.toClient.shift();
    if (message === undefined) return;
    if (message.type === "$ack") return void this.session.acknowledged(message.data);
    this.session.arrived(message, {});
    this.session.handed(message);
    this.clientGot.push(message);
    assertEquals(this.session.acknowledge(), this.clientGot.length);
  }

  acknowledge(): void {
    this.toClient.push({ type: "$ack", data: this.taken });
  }
}

Deno.test("Session loses nothing and repeats nothing, whatever is cut when", () => {
  const steps = fc.constantFrom("send", "serve", "say", "receive", "acknowledge", "cut", "lose");
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 200 }), (names) => {
      const world = new World();
      for (const name of names) {
        if (name === "cut") world.connect(true);
        else if (name === "lose") world.connect(false);
        else world[name as "send"]();
      }
      world.connect(true);
      while (world.toServer.length > 0) world.serve();
      while (world.toClient.length > 0) world.receive();

      assertEquals([...world.got.entries()].sort(([a], [b]) => a - b), world.sent.map((text, i) => [i + 1, text]));
      assertEquals(world.clientGot, world.serverSent);
    }),
    { numRuns: 500 },
  );
});
