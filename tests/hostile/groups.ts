/**
 * The groups of hostile inputs, by name, in the order in which they are run.
 *
 * @module
 */

import type { HostileCase } from "./harness/hostile_case.ts";
import { GROUP_A } from "./group_a.ts";
import { GROUP_A_LIVES } from "./group_a_lives.ts";
import { GROUP_A_SOURCES } from "./group_a_sources.ts";
import { GROUP_CLOSE_CODES } from "./group_close_codes.ts";
import { GROUP_F } from "./group_f.ts";
import { GROUP_G } from "./group_g.ts";
import { GROUP_H } from "./group_h.ts";
import { GROUP_L } from "./group_l.ts";
import { GROUP_L_CROWDS } from "./group_l_crowds.ts";
import { GROUP_L_RATES } from "./group_l_rates.ts";
import { GROUP_M } from "./group_m.ts";
import { GROUP_M_BATCHES } from "./group_m_batches.ts";
import { GROUP_M_CONTRACT } from "./group_m_contract.ts";
import { GROUP_M_FRAMES } from "./group_m_frames.ts";
import { GROUP_M_HANDLERS } from "./group_m_handlers.ts";
import { GROUP_M_LAYERS } from "./group_m_layers.ts";
import { GROUP_M_PENDING } from "./group_m_pending.ts";
import { GROUP_M_TYPED } from "./group_m_typed.ts";
import { GROUP_M_TYPED_FAULTS } from "./group_m_typed_faults.ts";
import { GROUP_MUTATED } from "./group_mutated.ts";
import { GROUP_O } from "./group_o.ts";
import { GROUP_R } from "./group_r.ts";
import { GROUP_R_BROADCASTS } from "./group_r_broadcasts.ts";
import { GROUP_R_CLOSING } from "./group_r_closing.ts";
import { GROUP_R_FLOODS } from "./group_r_floods.ts";
import { GROUP_R_TRAFFIC } from "./group_r_traffic.ts";
import { GROUP_U } from "./group_u.ts";
import { GROUP_X } from "./group_x.ts";
import { GROUP_X_FAULTS } from "./group_x_faults.ts";
import { GROUP_X_LIVES } from "./group_x_lives.ts";
import { GROUP_X_MESSAGES } from "./group_x_messages.ts";
import { GROUP_X_POSITIONS } from "./group_x_positions.ts";

/** Every table of the suite. */
export const GROUPS: Readonly<Record<string, readonly HostileCase[]>> = {
  "H handshakes": GROUP_H,
  "O origins": GROUP_O,
  "F frames": GROUP_F,
  "C close codes": GROUP_CLOSE_CODES,
  "U texts": GROUP_U,
  "L limits and floods": GROUP_L,
  "L crowds": GROUP_L_CROWDS,
  "L rates": GROUP_L_RATES,
  "M messages": GROUP_M,
  "M handlers and middleware": GROUP_M_HANDLERS,
  "M messages to typed handlers": GROUP_M_TYPED,
  "A tokens": GROUP_A,
  "A sources of tokens": GROUP_A_SOURCES,
  "A lives of sign-ins": GROUP_A_LIVES,
  "M typed handlers that fail": GROUP_M_TYPED_FAULTS,
  "M layers around handlers and the way in": GROUP_M_LAYERS,
  "M requests that nobody answers": GROUP_M_PENDING,
  "M members, headers and kinds of data": GROUP_M_FRAMES,
  "M data that breaks a contract": GROUP_M_CONTRACT,
  "M frames of many messages, and acknowledgements": GROUP_M_BATCHES,
  "R rooms": GROUP_R,
  "R floods of wishes": GROUP_R_FLOODS,
  "R wishes at the wrong time": GROUP_R_CLOSING,
  "R messages to rooms": GROUP_R_TRAFFIC,
  "R broadcasts": GROUP_R_BROADCASTS,
  "X sessions and their secrets": GROUP_X,
  "X positions": GROUP_X_POSITIONS,
  "X lives of sessions": GROUP_X_LIVES,
  "X messages that come again": GROUP_X_MESSAGES,
  "X faults of the application": GROUP_X_FAULTS,
  "G logs": GROUP_G,
  "Z mutated inputs": GROUP_MUTATED,
};
