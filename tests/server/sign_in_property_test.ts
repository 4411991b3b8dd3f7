/** Whatever happens in whichever order: nobody gets in who was not let in, and nothing is left in the end. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CLOSED, CONNECTING, OPEN } from "../../src/internal/socket_like.ts";
import type { AdoptInfo, WebSocketConnection } from "../../src/server/types.ts";
import { NOTHING, Rig } from "./tools/rig.ts";
import { ScriptedSocket } from "./tools/scripted_socket.ts";
import { authenticate, credentials, hello } from "./tools/sign_in.ts";

const USERS = ["ada", "bob"];

/** A server, its peers, and the decisions that are under way. */
class World {
  readonly peers: { socket: ScriptedSocket; connection: WebSocketConnection }[] = [];
  readonly undecided: (() => void)[] = [];
  /** Revocations, decisions and entries, in their order. */
  readonly revokedAt = new Map<string, number>();
  moment = 0;
  readonly rig: Rig;

  constructor(isReplacing: boolean) {
    this.rig = new Rig({
      maxConnectionsPerUser: 2,
      whenUserFull: isReplacing ? "replace" : "reject",
      tokenSources: { message: true },
      openTimeoutMs: 3_000,
      helloTimeoutMs: 4_000,
      handlers: { onConnect: (conn) => this.#entered(conn) },
      authenticate: ({ token = "" }) => {
        const [userId, kind] = token.split("-");
        if (!USERS.includes(userId!)) return kind === "slow" ? this.#later(null) : null;
        const begunAt = this.moment;
        const expiresAt = this.rig.clock.date() + 5_000;
        return kind === "slow" ? this.#later({ userId, begunAt, expiresAt }) : { userId, begunAt, expiresAt };
      },
    });
  }

  #later<Value>(value: Value): Promise<Value> {
    return new Promise((resolve) => this.undecided.push(() => resolve(value)));
  }

  #entered({ userId, data }: WebSocketConnection): void {
    assert(userId !== undefined && USERS.includes(userId), `${userId} got in`);
    assert((this.revokedAt.get(userId) ?? -1) <= (data.begunAt as number), `${userId} got in after a revocation`);
    if (this.rig.server.toUser(userId).size > 2) throw new Error(`${userId} has too many connections`);
  }

  come(readyState: number, info: AdoptInfo): void {
    const socket = new ScriptedSocket(readyState);
    this.peers.push({ socket, connection: this.rig.server.adopt(socket, info) });
  }

  revoke(userId: string): void {
    this.revokedAt.set(userId, ++this.moment);
    this.moment++;
    this.rig.server.revoke(userId);
  }
}

type Step = readonly [what: keyof typeof STEPS, which: number];

/** What may happen; `which` picks the peer, the user or the token. */
const STEPS = {
  managed: (world: World) => world.come(OPEN, { protocol: "switchboard.v1" }),
  plain: (world: World) => world.come(OPEN, {}),
  opening: (world: World, which: number) =>
    world.come(CONNECTING, { headers: { authorization: `Bearer ${tokenOf(which)}` } }),
  opens: (world: World, which: number) => of(world, which)?.socket.opens(),
  hello: (world: World, which: number) => of(world, which)?.socket.receives(hello(tokenOf(which))),
  authenticate: (world: World, which: number) => of(world, which)?.socket.receives(authenticate(tokenOf(which), which)),
  credentials: (world: World, which: number) => of(world, which)?.socket.receives(credentials(1, tokenOf(which))),
  chat: (world: World, which: number) => of(world, which)?.socket.receives({ type: "chat" }),
  decide: (world: World, which: number) => world.undecided.splice(which % (world.undecided.length || 1), 1)[0]?.(),
  close: (world: World, which: number) => of(world, which)?.connection.close(),
  leave: (world: World, which: number) => of(world, which)?.socket.isClosed(1001),
  revoke: (world: World, which: number) => world.revoke(USERS[which % 2]!),
  second: (world: World) => world.rig.clock.advance(1_000),
  settle: (world: World) => world.rig.settle(),
} as const;

/** One of the last peers: those before them have had their turn. */
function of({ peers }: World, which: number) {
  return peers.at(-1 - which % 4);
}

function tokenOf(which: number): string {
  return ["ada", "bob", "eve", "ada-slow", "bob-slow", "eve-slow"][which % 6]!;
}

Deno.test("the sign-in lets in nobody whom it should not, and leaves nothing behind, whatever happens", async () => {
  const names = Object.keys(STEPS) as (keyof typeof STEPS)[];
  const frequent = ["managed", "plain", "opening", "opens", "hello", "authenticate", "decide", "settle"] as const;
  const step = fc.tuple(fc.constantFrom(...names, ...frequent, ...frequent), fc.nat(11));
  let entries = 0;

  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 60 }),
      fc.boolean(),
      async (steps: Step[], isReplacing) => {
        const world = new World(isReplacing);
        const { rig, peers } = world;
        for (const [what, which] of steps) await STEPS[what](world, which);
        for (const decide of world.undecided.splice(0)) decide();
        await rig.settle();
        for (const { connection } of peers) {
          assertEquals(connection.isOpen, rig.server.getConnection(connection.id) === connection);
          assert(!connection.isOpen || connection.userId !== undefined);
        }
        for (const { socket } of peers) if (socket.readyState !== CLOSED) socket.isClosed(1001);
        for (const decide of world.undecided.splice(0)) decide();
        await rig.settle();

        const connects = rig.told.filter((each) => each === "connect").length;
        entries += connects;
        assertEquals(rig.told.filter((each) => each.startsWith("close")).length, connects);
        assertEquals([rig.left, USERS.map((user) => rig.server.toUser(user).size)], [NOTHING, [0, 0]]);
        assertEquals(rig.errorTexts.filter((text) => !text.includes("The check has not answered")), []);
      },
    ),
    { numRuns: 400, seed: 20_260_117 },
  );

  assert(entries > 200, `only ${entries} came in at all`);
});
