/**
 * The load generator's process: takes commands as lines of JSON on the standard input, runs them
 * one after the other against one server, and answers each with a line.
 *
 * Arguments: port and process number of the server, kind of peers, what the echo load sends.
 *
 * It has no event loop: it waits in epoll, also between commands, so that idle connections go on
 * answering pings.
 *
 * @module
 */

import { broadcast } from "./broadcast.ts";
import type { Answer, Command } from "./commands.ts";
import type { Dialect, Exchange, PeerKind } from "./dialect.ts";
import { dialectOf } from "./dialects.ts";
import { flood } from "./flood.ts";
import { readPipe } from "./libc.ts";
import { echo, upgrades, watch } from "./loads.ts";
import { ManagedDialect } from "./managed_dialect.ts";
import { Peers } from "./peers.ts";
import { Storm } from "./storm.ts";

const [port, server, kind, exchange] = Deno.args;
const serverPid = Number(server);
let dialect: Dialect;
const peers = new Peers(Number(port), (line) => dialect = dialectOf(kind as PeerKind, exchange as Exchange, line));
let storm: Storm | undefined;
const commands: Command[] = [];
const input = new Uint8Array(64 * 1024);
let partial = "";

peers.onControl = () => {
  const length = readPipe(0, input);
  // The benchmark has ended.
  if (length <= 0) Deno.exit(0);
  const lines = (partial + new TextDecoder().decode(input.subarray(0, length))).split("\n");
  partial = lines.pop()!;
  for (const line of lines) commands.push(JSON.parse(line) as Command);
};

function run(command: Command): Answer {
  switch (command.do) {
    case "open":
      peers.events = {};
      peers.openMany(command);
      return {};
    case "echo":
      return { measured: echo(peers, serverPid, command) };
    case "broadcast":
      return { measured: broadcast(peers, serverPid, command) };
    case "upgrades":
      return { measured: upgrades(peers, serverPid, command) };
    case "watch":
      return { measured: watch(peers, serverPid, command) };
    case "join":
      theStorm().join(command);
      return {};
    case "cut":
      theStorm().cut();
      return {};
    case "return":
      return { measured: theStorm().comeBack(command) };
    case "flood":
      return { flooded: flood(peers, command) };
  }
}

function theStorm(): Storm {
  if (!(dialect instanceof ManagedDialect)) throw new Error("Only managed peers come back to their sessions");
  return storm ??= new Storm(peers, dialect, serverPid);
}

function answer(line: Answer): void {
  const bytes = new TextEncoder().encode(JSON.stringify(line) + "\n");
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

while (true) {
  try {
    peers.poll(-1);
    for (let command; (command = commands.shift());) {
      answer(run(command));
      peers.events = {};
    }
  } catch (error) {
    answer({ error: error instanceof Error ? error.message : String(error) });
    Deno.exit(1);
  }
}
