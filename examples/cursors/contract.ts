/**
 * What the boards' page and server say to each other.
 */

import { defineContract } from "@switchboard/websocket/protocol";
import * as v from "valibot";

/** A share of the board's width or height. */
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const place = v.object({ x: share, y: share });
const person = v.object({ id: v.string(), name: v.string() });

/** A mark that somebody left. */
export type Mark = v.InferOutput<typeof place>;

const board = v.object({ self: v.string(), marks: v.array(place), others: v.array(person) });

/** A board as one finds it. */
export type Board = v.InferOutput<typeof board>;

/** The contract. */
export const contract = defineContract({
  title: "Boards",
  version: "1.0.0",
  client: { move: place, mark: place },
  // For who may have missed something.
  requests: { look: { reply: board } },
  server: {
    arrived: person,
    gone: v.object({ id: v.string() }),
    moved: v.object({ id: v.string(), ...place.entries }),
    marked: place,
  },
  rooms: {
    "board/{id}": {
      data: v.object({ name: v.pipe(v.string(), v.nonEmpty(), v.maxLength(20)) }),
      reply: board,
    },
  },
});
