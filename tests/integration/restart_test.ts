/** Tests on real sockets what becomes of clients whose server is killed and started again with nothing in its memory. */

import { assertEquals } from "@std/assert";
import { downTroubles, rowTroubles } from "./tools/delivery_check.ts";
import { roomOf } from "./tools/delivery_plan.ts";
import { excusesOf, finish, loadPlan, type RunPlan, serverPlan } from "./tools/delivery_run.ts";
import { Program } from "./tools/program.ts";

const PLAN: RunPlan = { clients: 200, rooms: 20, messages: 30, perSecond: 5 };

/** After so many messages of all clients together the server is killed: in the middle. */
const KILL_AFTER = 2_000;

/** A message that a server has handled. */
interface Line {
  readonly client: number;
  readonly n: number;
  readonly key: string;
}

function readJournal(path: string): Line[] {
  return Deno.readTextFileSync(path).split("\n").slice(0, -1).map((line) => {
    const [client, n, key] = line.split(" ");
    return { client: Number(client), n: Number(n), key: key! };
  });
}

/** Waits until a file has so many lines. */
async function lines(path: string, count: number): Promise<void> {
  while (readJournal(path).length < count) await new Promise((resolve) => setTimeout(resolve, 20));
}

Deno.test("a server that is killed and restarted tells every client that nothing is recovered and why, and gets what was not acknowledged again", async () => {
  const first = await Deno.makeTempFile();
  const second = await Deno.makeTempFile();
  const result = await killInTheMiddle(first, second);
  const journals = [readJournal(first), readJournal(second)] as const;
  await Promise.all([first, second].map((path) => Deno.remove(path)));

  for (const { client, sent, troubles } of result.load.clients) {
    assertEquals([troubles, upTroubles(client, sent, journals)], [[], []]);
  }
  assertEquals(keyTroubles(journals.flat()), []);
  assertEquals(result.load.clients.flatMap((client) => downTroubles(client, result.server, PLAN)), []);
  const told = excusesOf(result).map(({ client, source, told }) => `${client} ${source}: ${told}`).sort();
  assertEquals(
    told,
    result.load.clients.flatMap(({ client }) => [
      `${client} $all: new_epoch`,
      `${client} $inbox: session_lost`,
      `${client} ${roomOf(client, PLAN)}: new_epoch`,
    ]).sort(),
  );
  assertEquals([result.resumed, result.lost], [0, PLAN.clients]);
});

async function killInTheMiddle(first: string, second: string) {
  const server = new Program("delivery_main", serverPlan(PLAN, { journal: first }));
  const port = await server.answer<number>();
  await using load = new Program("delivery_load_main", loadPlan(PLAN, port));
  await load.answer();
  const sent = load.ask("send");
  const published = server.ask("publish").catch(() => {}); // which it will not live to answer
  await lines(first, KILL_AFTER);
  await server.kill();
  await published;
  await server[Symbol.asyncDispose]();

  await using again = new Program("delivery_main", serverPlan(PLAN, { journal: second, port, life: 2 }));
  await again.answer();
  await Promise.all([again.ask("publish"), sent]);
  return await finish(again, load);
}

/** What is wrong with what a client sent: what the first server has not handled the second one must have, both in order. */
function upTroubles(
  client: number,
  sent: number,
  [first, second]: readonly [readonly Line[], readonly Line[]],
): string[] {
  const numbersIn = (journal: readonly Line[]) => journal.flatMap((line) => line.client === client ? [line.n] : []);
  const [before, after] = [numbersIn(first), numbersIn(second)];
  const last = before.at(-1) ?? 0;
  const begins = Math.min(after[0] ?? sent + 1, last + 1);
  return [
    ...rowTroubles(before, { who: `client ${client} to the first server`, before: 0, last }),
    ...rowTroubles(after, { who: `client ${client} to the second server`, before: begins - 1, last: sent }),
  ];
}

/** What is wrong with keys: the same message must have the same one each time, and no other message must have it. */
function keyTroubles(lines: readonly Line[]): string[] {
  const pairs = new Set(lines.map(({ client, n, key }) => `${client} ${n} ${key}`));
  const messages = new Set(lines.map(({ client, n }) => `${client} ${n}`));
  const keys = new Set(lines.map(({ key }) => key));
  const isOneToOne = pairs.size === messages.size && pairs.size === keys.size;
  return isOneToOne ? [] : [`${messages.size} messages have ${keys.size} keys in ${pairs.size} pairs`];
}
