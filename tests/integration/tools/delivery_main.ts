/**
 * The server of a test of delivery, in a process of its own: publishes numbered messages, and writes down what it handles.
 *
 * Usage: delivery_main.ts PLAN, see {@linkcode ServerPlan}. The commands are those of the object at the end.
 */

import {
  type MessageContext,
  type Sendable,
  type WebSocketConnection,
  WebSocketServer,
} from "../../../src/server/mod.ts";
import { NUMBERS_PER_LIFE, read, relayOf, roomOf, type ServerPlan, type ServerReport, write } from "./delivery_plan.ts";
import { pace } from "./pace.ts";
import { obey } from "./program.ts";

/** What is kept with a connection. */
interface Who {
  readonly client: number;
}

/** Of what goes to rooms, one in so many goes to everybody, and to each client alone, too. */
const OTHERS_ONE_IN = 10;

const plan: ServerPlan = JSON.parse(Deno.args[0]!);
const journal = plan.journal === undefined
  ? undefined
  : Deno.openSync(plan.journal, { append: true, create: true, write: true });
const handled: number[][] = Array.from({ length: plan.clients }, () => []);
const keys = new Map<string, string>();
let repeated = 0;
const published = new Map<string, number>();
const troubles: string[] = [];
const present = new Map<number, WebSocketConnection<Who>>();

const server = new WebSocketServer<Who>({
  maxConnectionsPerAddress: Infinity,
  ...plan.options,
  data: ({ url }) => ({ client: Number(new URL(url).searchParams.get("client")) }),
  handlers: {
    onError: (_connection, error) => void troubles.push(error.message),
  },
});
server.room("*");
server.handle("up", take);
server.handle("binary", take);
// Not at its connection: a hello that was held up may come when its client has another connection since long.
server.handle("here", (_data, { connection }) => void present.set(connection.data.client, connection));
server.handle("handled", (_data, { connection }) => handled[connection.data.client]!.length);

/** Writes down a message before anything else is done with it. */
function take(data: unknown, { connection, messageKey = "none" }: MessageContext<Who>): number {
  const { client } = connection.data;
  const { n } = read(data);
  journal?.writeSync(new TextEncoder().encode(`${client} ${n} ${messageKey}\n`));
  const known = keys.get(messageKey);
  if (known === `${client}:${n}`) {
    repeated++;
    return n;
  }
  if (known !== undefined) troubles.push(`key ${messageKey} of ${client}:${n} is that of ${known}`);
  keys.set(messageKey, `${client}:${n}`);
  handled[client]!.push(n);
  if (plan.isRelay) server.broadcast(message("down", n, relayOf(client)), { room: roomOf(client, plan) });
  return n;
}

function message(type: string, n: number, source: string): Sendable {
  return write(type, n, source);
}

/** The number behind the last one of a row. */
function nextOf(row: string): number {
  return (published.get(row) ?? plan.life * NUMBERS_PER_LIFE) + 1;
}

function publish(row: string, room?: string): void {
  const n = nextOf(row);
  published.set(row, n);
  server.broadcast(message("down", n, row), room === undefined ? {} : { room });
}

/** Sends to one client alone. Where it is not there, there is nobody to send to, and no number is used up. */
function whisper(client: number): void {
  const row = `$inbox${client}`;
  const n = nextOf(row);
  const outcome = present.get(client)?.send(message("down", n, "$inbox") as object);
  if (outcome === "sent" || outcome === "queued") published.set(row, n);
}

/** One turn: the next message to each room, and now and then to everybody, and to each client. */
function step(number: number): void {
  const room = number % plan.rooms;
  const turn = Math.floor(number / plan.rooms);
  publish(`room${room}`, `room${room}`);
  if (room === 0 && turn % OTHERS_ONE_IN === 0) publish("$all");
  for (let client = room; client < plan.clients; client += plan.rooms) {
    if ((turn + client) % OTHERS_ONE_IN === 0) whisper(client);
  }
}

function report(): ServerReport {
  return {
    handled,
    effects: keys.size,
    repeated,
    published: Object.fromEntries(published),
    troubles,
    stats: Object.fromEntries(Object.entries(server.getStats()).filter(([, value]) => typeof value === "number")),
  };
}

const { port } = await server.listen({ port: plan.port, hostname: "127.0.0.1" });
await obey(port, {
  /** Publishes everything. */
  publish: () => pace(plan.rooms * plan.perRoom, plan.rooms * plan.perSecond, step),
  /** Publishes one more message of every row: when it came, all before it have come. */
  finish: (): ServerReport["published"] => {
    for (let room = 0; room < plan.rooms; room++) publish(`room${room}`, `room${room}`);
    publish("$all");
    for (let client = 0; client < plan.clients; client++) whisper(client);
    return Object.fromEntries(published);
  },
  /** Tells everything. */
  report,
});
await server.stop();
