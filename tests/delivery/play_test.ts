/** Tests of the runs themselves: they can be repeated, and whatever goes wrong in one is found. */

import { assert, assertEquals } from "@std/assert";
import { Play, play } from "./play.ts";
import { drawScenario, type Scenario } from "./scenario.ts";

/** A run in which nothing goes wrong. */
function calm(seed: number): Scenario {
  const members = ["ann", "bob"].map((name) => ({ name, resumes: true, loops: false, baseDelayMs: 100 }));
  const heartbeat = { intervalMs: 30_000, timeoutMs: 60_000 };
  return {
    ...drawScenario(seed),
    members,
    rooms: ["lobby"],
    faults: {},
    faultEveryMs: 1e9,
    restart: "none",
    keptMessages: 10_000,
    windowMs: 120_000,
    maxBufferedBytes: 16_777_216,
    heartbeat,
    isAmple: true,
  };
}

/** Plays a calm run in which the transcript is told something else from the 20th message on that a client gets. */
async function spoil(
  tell: (received: (by: string, id: string) => void, by: string, id: string, count: number) => void,
) {
  const run = new Play(calm(1));
  const { transcript } = run.observations;
  const received = transcript.received.bind(transcript);
  let count = 0;
  transcript.received = (by, id) => {
    if (by === "server") received(by, id);
    else tell(received, by, id, ++count);
  };
  const { complaints } = await run.run();
  return complaints.map((complaint) => complaint.split(":")[0]);
}

Deno.test("play() gives the same run for the same seed", async () => {
  const [one, same, other] = [await play(7), await play(7), await play(8)];

  assertEquals([one.log, one.figures], [same.log, same.figures]);
  assert(one.log.join() !== other.log.join());
});

Deno.test("play() has nothing to complain of where nothing goes wrong, and something happens", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { complaints, figures } = await play(seed, () => calm(seed));

    assertEquals(complaints, [], `seed ${seed}`);
    assert(figures.sent > 20 && figures.received > 20);
  }
});

Deno.test("play() finds a message that is lost", async () => {
  const complaints = await spoil((received, by, id, count) => count === 20 ? undefined : received(by, id));

  assertEquals([...new Set(complaints)].filter((kind) => kind !== "invented"), ["lost"]);
});

Deno.test("play() finds a message that comes twice", async () => {
  assertEquals(
    await spoil((received, by, id, count) => {
      received(by, id);
      if (count === 20) received(by, id);
    }),
    ["duplicated"],
  );
});

Deno.test("play() finds a message that nobody sent", async () => {
  const complaints = await spoil((received, by, id, count) => received(by, count === 20 ? "made up" : id));

  assertEquals([...new Set(complaints)].sort(), ["invented", "lost"]);
});

Deno.test("play() finds messages that change their places", async () => {
  const waiting = new Map<string, string>();
  const complaints = await spoil((received, by, id, count) => {
    const row = `${by} ${id.split(":")[0]}`;
    const before = waiting.get(row);
    if (count >= 20 && waiting.size === 0) return void waiting.set(row, id);
    received(by, id);
    if (before !== undefined && before !== "") received(by, before);
    if (before !== undefined) waiting.set(row, "");
  });

  assertEquals([...new Set(complaints)], ["reordered"]);
});
