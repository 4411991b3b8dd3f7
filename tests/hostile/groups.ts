/**
 * The groups of hostile inputs, by name, in the order in which they are run.
 *
 * @module
 */

import type { HostileCase } from "./harness/hostile_case.ts";
import { GROUP_CLOSE_CODES } from "./group_close_codes.ts";
import { GROUP_F } from "./group_f.ts";
import { GROUP_H } from "./group_h.ts";
import { GROUP_L } from "./group_l.ts";
import { GROUP_L_CROWDS } from "./group_l_crowds.ts";
import { GROUP_M } from "./group_m.ts";
import { GROUP_M_HANDLERS } from "./group_m_handlers.ts";
import { GROUP_MUTATED } from "./group_mutated.ts";
import { GROUP_O } from "./group_o.ts";
import { GROUP_U } from "./group_u.ts";

/** Every table of the suite. */
export const GROUPS: Readonly<Record<string, readonly HostileCase[]>> = {
  "H handshakes": GROUP_H,
  "O origins": GROUP_O,
  "F frames": GROUP_F,
  "C close codes": GROUP_CLOSE_CODES,
  "U texts": GROUP_U,
  "L limits and floods": GROUP_L,
  "L crowds": GROUP_L_CROWDS,
  "M messages": GROUP_M,
  "M handlers and middleware": GROUP_M_HANDLERS,
  "Z mutated inputs": GROUP_MUTATED,
};
