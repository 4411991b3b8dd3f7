/**
 * Plays runs again by their seeds, and tells all of them:
 * `deno run tests/delivery/play_main.ts 17` the faults and what is wrong, `… 17 --frames` every frame as well.
 *
 * @module
 */

import { drawScenario } from "./scenario.ts";
import { Play } from "./play.ts";
import { noteFrames } from "./frames.ts";

const seeds = Deno.args.filter((arg) => !arg.startsWith("--")).map(Number);

for (const seed of seeds) {
  const run = new Play(drawScenario(seed));
  if (Deno.args.includes("--frames")) noteFrames(run);
  const { scenario, complaints, log, figures } = await run.run();
  console.log(scenario);
  console.log(log.join("\n"));
  console.log(figures);
  console.log(complaints.length === 0 ? "All is well." : complaints.join("\n"));
}
