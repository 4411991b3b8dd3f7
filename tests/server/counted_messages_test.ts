/** What a client sends in a session is handled once and in order, whatever becomes of its connections. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Rig } from "./tools/rig.ts";
import { SessionPeer } from "./tools/session_peer.ts";

/** A client that keeps what it has sent until it is acknowledged, and sends it again where the server has not received it. */
class World {
  /** Handlers that have not settled. */
  readonly handlers: PromiseWithResolvers<unknown>[] = [];
  /** What handlers got, in order. */
  readonly handled: number[] = [];
  readonly rig: Rig;
  peer: SessionPeer;
  /** Whether what is sent does not arrive any more. */
  isLost = false;
  /** What was not acknowledged, by number. */
  readonly outbox = new Map<number, object>();
  sent = 0;
  acknowledged = 0;
  readonly asked: number[] = [];
  readonly answered = new Map<number, unknown>();

  constructor(concurrency: number) {
    this.rig = new Rig({ concurrency, maxQueuedMessages: 4 });
    const handle = (n: number) => {
      this.handled.push(n);
      const handler = Promise.withResolvers<unknown>();
      this.handlers.push(handler);
      return n % 3 === 0 ? n : handler.promise.then(() => n); // some are done at once
    };
    this.rig.server.handle("n", handle);
    this.peer = new SessionPeer(this.rig, { stream: "s" });
  }

  say(isRequest: boolean): void {
    const data = ++this.sent;
    const message = { type: "n", data, $ack: data % 5 === 0, ...(isRequest ? { id: data } : {}) };
    if (isRequest) this.asked.push(data);
    this.outbox.set(data, message);
    this.deliver(message);
  }

  deliver(message: object): void {
    if (!this.isLost && this.peer.connection.isOpen) this.peer.say(message);
    this.look();
  }

  look(): void {
    for (const message of this.peer.heard) {
      if (message.type === "$reply" && typeof message.id === "number") this.answered.set(message.id, message.data);
    }
    for (const n of this.peer.acks.splice(0)) {
      assert(n <= this.sent, `acknowledged ${n} of ${this.sent}`);
      this.acknowledged = Math.max(this.acknowledged, n);
      for (const number of this.outbox.keys()) if (number <= n) this.outbox.delete(number);
    }
  }

  cut(): void {
    this.look();
    this.peer.socket.isClosed();
  }

  come(): void {
    this.look();
    const next = [...this.outbox.keys()][0] ?? this.sent + 1;
    this.peer = this.peer.again({ stream: "s", next });
    this.isLost = false;
    const { resumed, received = 0 } = this.peer.welcome;
    assertEquals(resumed, true);
    assert(received >= this.acknowledged || next > received, `${received} of ${this.acknowledged}`);
    for (const [number, message] of [...this.outbox]) if (number > received) this.deliver(message);
  }

  settle(count: number): Promise<void> {
    for (const { resolve } of this.handlers.splice(0, count)) resolve(undefined);
    return this.rig.settle();
  }

  async end(): Promise<void> {
    for (let turns = 0; turns < 100 && this.acknowledged < this.sent; turns++) {
      await this.settle(100);
      await this.rig.clock.advance(300);
      if (!this.peer.connection.isOpen || this.isLost) this.come();
      this.look();
    }
  }
}

for (const concurrency of [1, 3]) {
  Deno.test(`With ${concurrency} at a time every message of a session is handled once, and acknowledged`, async () => {
    const STEPS = {
      say: (world: World) => world.say(false),
      ask: (world: World) => world.say(true),
      lose: (world: World) => void (world.isLost = true),
      cut: (world: World) => world.cut(),
      come: (world: World) => world.come(),
      settle: (world: World, count: number) => world.settle(count),
      wait: (world: World) => world.rig.clock.advance(300),
    };
    type Step = readonly [keyof typeof STEPS, number];
    const step: fc.Arbitrary<Step> = fc.tuple(
      fc.constantFrom(...["say", "say", "say", "ask", "ask", "lose", "cut", "come", "settle", "wait"] as const),
      fc.nat(3),
    );
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 50, size: "max" }), async (steps) => {
      const world = new World(concurrency);

      for (const [what, which] of steps) await STEPS[what](world, which);
      await world.end();

      const all = Array.from({ length: world.sent }, (_, n) => n + 1);
      assertEquals(world.handled.toSorted((one, other) => one - other), all);
      if (concurrency === 1) assertEquals(world.handled, all);
      assertEquals([world.acknowledged, world.outbox.size, world.rig.errors], [world.sent, 0, []]);
      assertEquals(world.asked.map((id) => world.answered.get(id)), world.asked);
    }));
  });
}
