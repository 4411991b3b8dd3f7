/**
 * The clients of a test of delivery, and the proxy between them and the server, in a process of their own.
 *
 * Usage: delivery_load_main.ts PLAN, see {@linkcode LoadPlan}. The commands are those of the object below, in that order.
 */

import { ChaosProxy } from "./chaos_proxy.ts";
import { DeliveryClient } from "./delivery_client.ts";
import { type LoadPlan, type LoadReport, roomOf, type ServerReport } from "./delivery_plan.ts";
import { pace } from "./pace.ts";
import { obey } from "./program.ts";

const plan: LoadPlan = JSON.parse(Deno.args[0]!);
const proxy = await ChaosProxy.start(plan.port);
const clients = Array.from({ length: plan.clients }, (_, number) => new DeliveryClient(number, proxy.port, plan));
if (plan.isRough && plan.chaos !== undefined) proxy.rage(plan.chaos);
await Promise.all(clients.map((client) => client.enter()));
const victims: number[] = [];
let hunt: ReturnType<typeof setInterval> | undefined;

await obey("entered", {
  /** Sends all messages while the proxy rages. */
  send: async () => {
    if (plan.chaos !== undefined && !plan.isRough) proxy.rage(plan.chaos);
    if (plan.resetEveryMs !== undefined) hunt = setInterval(resetNext, plan.resetEveryMs);
    await pace(plan.clients * plan.perClient, plan.clients * plan.perSecond, (n) => clients[n % plan.clients]!.send());
  },
  /** Calms the proxy, and waits until everything was handled. */
  settle: async () => {
    clearInterval(hunt);
    proxy.calm();
    await Promise.all(clients.map((client) => client.settled()));
  },
  /** Waits until the last number of each row came, and tells everything. */
  report: async (published: ServerReport["published"]): Promise<LoadReport> => {
    await Promise.all(clients.map((client, number) => client.received(lastFor(number, published))));
    return { clients: clients.map((client) => client.report()), faults: proxy.faults, victims };
  },
});

await Promise.all(clients.map(({ client }) => client.disconnect()));
await proxy[Symbol.asyncDispose]();

/** The last numbers that a client must get, by source. */
function lastFor(number: number, published: ServerReport["published"]): Record<string, number> {
  const room = roomOf(number, plan);
  const rows = { [room]: room, "$all": "$all", "$inbox": `$inbox${number}` };
  return Object.fromEntries(
    Object.entries(rows).flatMap(([source, row]) => row in published ? [[source, published[row]!]] : []),
  );
}

/** Resets the one connection of the next client, if it is not busy with coming back. */
function resetNext(): void {
  const victim = victims.length % plan.clients;
  const [link] = proxy.linksOf(`${victim}`);
  if (link === undefined || !clients[victim]!.isOpen) return;
  victims.push(victim);
  link.reset();
}
