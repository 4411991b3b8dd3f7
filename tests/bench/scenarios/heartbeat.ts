/**
 * What it costs to know that 10,000 silent connections are alive, with default intervals.
 *
 * All servers run at the same time, with connections opened evenly over 45 s, and are watched for
 * 90 s: that is a whole number of every server's periods (raw pings after 15 s, ours after 45 s
 * for plain peers and 30 s for managed ones), so that the pings are as many as in a year's mean.
 *
 * @module
 */

import { type Claim, participants, type Row, rowsOf, type Scenario, type Setting } from "../compare.ts";
import type { Measured } from "../load/commands.ts";
import { Rig } from "../rig.ts";
import { MANAGED, OURS, RAW_BY_IDLE_TIMEOUT } from "../servers.ts";

const CONNECTIONS = 10_000;
const SPREAD_MS = 45_000;
const WINDOW_MS = 90_000;
/** Percent of one core. */
const BOUND = 2;

const SHARE: Claim<Measured> = {
  measure: "CPU of one core",
  unit: "%",
  bound: { of: "difference", is: "at most", value: BOUND },
  pick: ({ serverMs, ms }) => serverMs / ms * 100,
};

/** Share of a core above raw, which pings too. Raw with other idle timeouts is shown beside it, and not judged. */
export const HEARTBEAT: Scenario = {
  name: "heartbeat",
  title: `${CONNECTIONS} idle connections, default intervals, one window of ${WINDOW_MS / 1000} s for all`,
  async run(setting: Setting): Promise<Row[]> {
    const candidates = setting.candidates.includes(OURS) ? [...setting.candidates, MANAGED] : setting.candidates;
    const compared = participants({ ...setting, candidates });
    const specs = [...compared, ...RAW_BY_IDLE_TIMEOUT];

    await using rigs = new AsyncDisposableStack();
    const started = await Promise.all(specs.map(async (spec) => rigs.use(await Rig.start(spec, setting.cores))));
    await Promise.all(started.map((rig) => rig.open(CONNECTIONS, SPREAD_MS)));
    const samples = await Promise.all(started.map((rig) => rig.run({ do: "watch", warmMs: 1_000, ms: WINDOW_MS })));

    for (const [index, sample] of samples.entries()) {
      setting.log(
        `  ${specs[index]!.name.padEnd(14)} ${(sample.pings / sample.ms * 1000).toFixed().padStart(4)} pings/s, ` +
          `${SHARE.pick(sample).toFixed(2)} % of a core`,
      );
    }
    return rowsOf("heartbeat", SHARE, { candidates }, samples.slice(0, compared.length).map((sample) => [sample]));
  },
};
