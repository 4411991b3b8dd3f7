/**
 * Writes every frame of a run into its log, and everything that is in its transcript: for who has to find out what went
 * wrong.
 *
 * @module
 */

import type { SocketEvent } from "../../src/internal/socket_like.ts";
import type { NetworkPlatform } from "../../src/testing/mod.ts";
import type { Play } from "./play.ts";

/** Notes the frames of a run that has not begun. */
export function noteFrames({ members, network, observations: { transcript } }: Play): void {
  for (const name of ["sent", "received", "gap", "dropped", "acknowledged"] as const) {
    const note = transcript[name].bind(transcript) as (...what: unknown[]) => void;
    transcript[name] = (...what: unknown[]) => {
      network.note(`transcript: ${name} ${what.map((part) => JSON.stringify(part)).join(" ")}`);
      note(...what);
    };
  }
  for (const { platform } of members) {
    const connect = platform.connect.bind(platform);
    (platform as { connect: NetworkPlatform["connect"] }).connect = (...attempt) => {
      const socket = connect(...attempt);
      const { name, pair } = platform.lines.at(-1)!;
      for (const end of ["client", "server"] as const) {
        const handleEvent = ({ type, data, code }: SocketEvent) =>
          network.note(`${name} ${end} ${type} ${textOf(data) ?? code ?? ""}`);
        for (const type of ["open", "message", "close"] as const) pair[end].addEventListener(type, { handleEvent });
      }
      return socket;
    };
  }
}

function textOf(data: unknown): string | undefined {
  return data instanceof ArrayBuffer ? new TextDecoder().decode(data) : data as string | undefined;
}
