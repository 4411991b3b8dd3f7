/**
 * Prints what became of every hostile input: id, expected, got. Run with `deno run -A tests/hostile/report_main.ts`, with the
 * beginnings of ids as arguments to run only those.
 *
 * @module
 */

import { GROUPS } from "./groups.ts";
import { Suite } from "./harness/suite.ts";

const SERVER = new URL("./harness/server_main.ts", import.meta.url);

await using suite = new Suite(SERVER, "native");
const isWanted = (id: string) => Deno.args.length === 0 || Deno.args.some((beginning) => id.startsWith(beginning));
const wanted = Object.fromEntries(
  Object.entries(GROUPS).map(([name, table]) => [name, table.filter(({ id }) => isWanted(id))]),
);
for (const results of (await suite.runAll(wanted, { isLast: true })).values()) {
  for (const { id, title, expected, got, complaint, breaches } of results) {
    const verdict = complaint === undefined && breaches.length === 0 ? "ok" : "WRONG";
    print(`${verdict}\t${id}\t${title}\texpected: ${expected}\tgot: ${got}`);
    for (const text of [complaint, ...breaches]) if (text !== undefined) print(`\t${text}`);
  }
}
for (const breach of await suite.endBreaches()) print(`WRONG\tat the end\t${breach}`);

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
