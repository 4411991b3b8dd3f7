/**
 * The close codes of the hostile inputs: those that may stand in a close frame come back, the others break the protocol.
 *
 * @module
 */

import { all, closed } from "./harness/expectations.ts";
import { ending, type Expected, LOST } from "./harness/frame_cases.ts";
import { endedLocally, heard } from "./harness/frame_expectations.ts";
import { closeFrame } from "./harness/frames.ts";
import type { HostileCase } from "./harness/hostile_case.ts";

const REASON = "as I please";

const FORBIDDEN = [0, 1, 999, 1004, 1005, 1006, 1014, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
const ALLOWED = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 4000, 4999];

/** On the native transport the server knows of a forbidden code only as an error. */
const REFUSED: Expected = {
  native: all(closed(1002), LOST),
  node: all(closed(1002), heard()),
};

function close(code: number, kind: string, expect: Expected): HostileCase {
  return ending(`C${String(code).padStart(4, "0")}`, `${kind} close code ${code}`, [closeFrame(code, REASON)], expect);
}

/** All close codes. */
export const GROUP_CLOSE_CODES: readonly HostileCase[] = [
  ...FORBIDDEN.map((code) => close(code, "forbidden", REFUSED)),
  ...ALLOWED.map((code) =>
    close(code, "allowed", all(closed(code), heard(), endedLocally({ code, wasClean: true, reason: REASON })))
  ),
];
