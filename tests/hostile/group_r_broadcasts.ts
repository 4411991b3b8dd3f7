/**
 * Group R of the hostile inputs, fifth part: rooms that change, or break, while one goes through their members (R15 to R19).
 *
 * @module
 */

import { all, type Expectation, fact } from "./harness/expectations.ts";
import { type Frame, OPCODE, textFrame, textOf } from "./harness/frames.ts";
import { collect, type HostileCase, type Target } from "./harness/hostile_case.ts";
import { openManaged } from "./harness/observation.ts";
import type { RawPeer } from "./harness/raw_peer.ts";
import { failed, ROOMS } from "./harness/room_cases.ts";
import { DEPTH } from "./harness/room_parts.ts";
import { message } from "./harness/wording.ts";

/** Peers in one room: the first is the one who makes trouble. */
class Members implements Disposable {
  readonly peers: RawPeer[] = [];
  readonly #managed = new Set<RawPeer>();
  readonly room: string;
  readonly #target: Target;

  constructor(target: Target, kind = "open") {
    this.#target = target;
    this.room = `${kind}/${target.path.slice(-8)}`;
  }

  /** Lets managed and plain peers come in in turn. */
  async enter(count: number): Promise<this> {
    for (let index = 0; index < count; index++) {
      const isManaged = index % 2 === 0;
      const peer = isManaged ? await openManaged(this.#target) : await this.#target.open();
      this.peers.push(peer);
      if (isManaged) this.#managed.add(peer);
      await this.ask(index, "enter", this.room);
    }
    return this;
  }

  /** Sends a message and gives back the answer to it, and what came before. */
  async ask(index: number, type: string, data: unknown): Promise<{ answer: unknown; before: string[] }> {
    const peer = this.peers[index]!;
    await peer.write(textFrame(message(type, { id: "asked", data })));
    const before: string[] = [];
    while (true) {
      const frame = await peer.nextFrame();
      const text = frame === undefined ? "" : textOf(frame);
      const { id, data, error } = text.startsWith("{") ? JSON.parse(text) as Record<string, unknown> : {};
      if (id === "asked" || text === "") return { answer: error ?? data, before };
      before.push(text);
    }
  }

  /** What the others have got, until they leave; `C` and the code for who was closed. */
  async received(): Promise<string[][]> {
    return await Promise.all(this.peers.map(async (peer) => {
      const probe = this.#managed.has(peer) ? '{"type":"$value","data":"over"}' : "over";
      await peer.write(textFrame(probe));
      const { frames, end } = await collect(peer, undefined, probe);
      if (end === undefined) await peer.leave();
      return frames.map((frame) => this.#words(frame)).filter((words) => !words.includes("over"));
    }));
  }

  [Symbol.dispose](): void {
    for (const peer of this.peers) peer[Symbol.dispose]();
  }

  #words(frame: Frame): string {
    if (frame.opcode === OPCODE.close) return `C${(frame.payload[0]! << 8) | frame.payload[1]!}`;
    const text = textOf(frame);
    if (!text.startsWith('{"type":"news"')) return text.replaceAll(this.room, "room");
    const { data, $room } = JSON.parse(text) as Record<string, unknown>;
    return $room === undefined
      ? JSON.stringify(data)
      : `${JSON.stringify(data)} in ${$room === this.room ? "room" : $room}`;
  }
}

/** A case of several peers in a room. `play` does something and says what it wants judged. */
function together(
  id: string,
  title: string,
  count: number,
  play: (members: Members, target: Target) => Promise<Readonly<Record<string, unknown>>>,
  expect: Expectation,
  kind?: string,
): HostileCase {
  return {
    id,
    title,
    ...ROOMS,
    script: async (target) => {
      using members = await new Members(target, kind).enter(count);
      const facts = await play(members, target);
      const errors = target.events().filter(({ kind }) => kind === "error").length;
      return { frames: [], end: undefined, facts: { ...facts, errors } };
    },
    expect,
  };
}

const NEWS = { sent: 4, queued: 0, dropped: 0, merged: 0 };

/** All broadcasts. */
export const GROUP_R_BROADCASTS: readonly HostileCase[] = [
  together(
    "R15i",
    "members closed in the middle of a broadcast to their room",
    5,
    async (members) => {
      const { answer } = await members.ask(0, "close_another_meanwhile", members.room);
      return { answer, received: await members.received() };
    },
    all(
      fact("answer", { sent: 3, queued: 0, dropped: 0, merged: 0 }),
      fact("received", [[], ["C4000"], ['"closing" in room'], ["C4000"], ['"closing" in room']]),
      failed(0),
    ),
  ),
  together(
    "R15j",
    "member lost right before a broadcast to its room",
    5,
    async (members) => {
      members.peers[2]!.reset();
      const { answer } = await members.ask(0, "publish", { room: members.room, text: "x" });
      members.peers.splice(2, 1);
      const [first, ...others] = await Promise.all(members.peers.map((_, index) => index)).then(() =>
        members.received()
      );
      const { sent } = answer as { sent: number };
      return { isCounted: sent === 4 || sent === 5, first, others };
    },
    all(fact("isCounted", true), fact("others", [['"x"'], ['"x"'], ['"x" in room']]), failed(0)),
  ),
  together(
    "R15k",
    "members taken out by the room's own filter in the middle of a broadcast",
    4,
    async (members) => {
      const { answer } = await members.ask(0, "publish", { room: members.room, text: "x" });
      const look = (await members.ask(1, "look", members.room)).answer as { members: number; exists: boolean };
      return { answer, members: look.members, exists: look.exists };
    },
    all(fact("answer", NEWS), fact("members", 0), fact("exists", false), failed(0)),
    "leaky",
  ),
  together(
    "R16a",
    "handler that takes all members out while it goes through them",
    5,
    async (members) => {
      const { answer } = await members.ask(1, "empty", members.room);
      return { answer };
    },
    // Who has been taken out is not met any more.
    all(fact("answer", { steps: 1, members: 0, exists: false }), failed(0)),
  ),
  together(
    "R16b",
    "handler that moves members to and fro while it goes through them",
    5,
    async (members) => {
      const to = `${members.room} too`;
      const { answer } = await members.ask(1, "swap", { from: members.room, to });
      return { answer };
    },
    all(fact("answer", { steps: 5, from: 5, to: 5 }), failed(0)),
  ),
  together(
    "R17",
    "broadcast from inside a broadcast, 1,000 deep",
    2,
    async (members) => {
      const { answer, before } = await members.ask(1, "nest", members.room);
      const numbers = before.map((text) => (JSON.parse(text) as { data: number }).data);
      const isWhole = numbers.length === DEPTH + 1 && new Set(numbers).size === DEPTH + 1;
      return { answer, isWhole, others: (await members.received())[0]!.length };
    },
    all(fact("answer", DEPTH + 1), fact("isWhole", true), fact("others", DEPTH + 1), failed(0)),
  ),
  together(
    "R18",
    "object changed after it was broadcast",
    4,
    async (members) => {
      await members.ask(1, "change_after", members.room);
      return { received: await members.received() };
    },
    all(
      fact("received", [
        ['{"text":"as it was"} in room'],
        [],
        ['{"text":"as it was"} in room'],
        ['{"text":"as it was"}'],
      ]),
      failed(0),
    ),
  ),
  together(
    "R19",
    "member whose socket throws when something is sent",
    5,
    async (members) => {
      await members.peers[2]!.write(textFrame(message("break_my_socket")));
      await members.ask(1, "look", members.room);
      const { answer } = await members.ask(0, "publish", { room: members.room, text: "x" });
      members.peers[2]!.reset();
      members.peers.splice(2, 1);
      return { answer, others: (await members.received()).slice(1) };
    },
    // To managed members all goes out at the end of the turn: nobody knows of the failure when the answer is given.
    all(
      fact("answer", { ...NEWS, sent: NEWS.sent + 1 }),
      fact("others", [['"x"'], ['"x"'], ['"x" in room']]),
      failed(1),
    ),
  ),
];
