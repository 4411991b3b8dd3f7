/**
 * A run of a test of delivery in which the server is killed and started again, with nothing in its memory, on the same port.
 *
 * @module
 */

import { Journal, type Line } from "./journal.ts";
import { finish, loadPlan, type RunPlan, type RunResult, serverPlan } from "./delivery_run.ts";
import { Program } from "./program.ts";

/** What came of it, and what each of the servers has handled. */
export interface KilledResult extends RunResult {
  readonly lives: readonly (readonly Line[])[];
}

/** Kills the server whenever it has handled `killAfter` messages, `kills` times. */
export async function runKilling(
  plan: RunPlan,
  { kills, killAfter }: { readonly kills: number; readonly killAfter: number },
): Promise<KilledResult> {
  await using files = new AsyncDisposableStack();
  const journals: Journal[] = [];
  const start = async (port: number): Promise<readonly [Program, number]> => {
    const journal = files.use(await Journal.make());
    journals.push(journal);
    const program = files.use(
      new Program("delivery_main", serverPlan(plan, { journal: journal.path, port, life: journals.length })),
    );
    return [program, await program.answer<number>()];
  };
  let [server, port] = await start(0);
  const load = files.use(new Program("delivery_load_main", loadPlan(plan, port)));
  await load.answer();
  const sent = load.ask("send");
  for (let killed = 0; killed < kills; killed++) {
    const published = server.ask("publish").catch(() => {}); // which it will not live to answer
    await journals.at(-1)!.reaches(killAfter);
    await server.kill();
    await published;
    [server, port] = await start(port);
  }
  await Promise.all([server.ask("publish"), sent]);
  const result = await finish(server, load);
  return { ...result, lives: journals.map((journal) => journal.read()) };
}
