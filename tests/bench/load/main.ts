/**
 * The load generator's process: takes commands as lines of JSON on the standard input, runs them
 * one after the other against one server, and answers each with a line.
 *
 * Arguments: port and process number of the server, kind of peers.
 *
 * It has no event loop: it waits in epoll, also between commands, so that idle connections go on
 * answering pings.
 *
 * @module
 */

import type { Answer, Command, Measured } from "./commands.ts";
import { readPipe } from "./libc.ts";
import { broadcast, echo, upgrades, watch } from "./loads.ts";
import { type PeerKind, Peers } from "./peers.ts";

const [port, server, kind] = Deno.args;
const serverPid = Number(server);
const peers = new Peers(Number(port), kind as PeerKind);
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

function run(command: Command): Measured | undefined {
  switch (command.do) {
    case "open":
      peers.events = {};
      peers.openMany(command);
      return undefined;
    case "echo":
      return echo(peers, serverPid, command);
    case "broadcast":
      return broadcast(peers, serverPid, command);
    case "upgrades":
      return upgrades(peers, serverPid, command);
    case "watch":
      return watch(peers, serverPid, command);
  }
}

function answer(line: Answer): void {
  const bytes = new TextEncoder().encode(JSON.stringify(line) + "\n");
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

while (true) {
  try {
    peers.poll(-1);
    for (let command; (command = commands.shift());) {
      const measured = run(command);
      answer(measured === undefined ? {} : { measured });
      peers.events = {};
    }
  } catch (error) {
    answer({ error: error instanceof Error ? error.message : String(error) });
    Deno.exit(1);
  }
}
