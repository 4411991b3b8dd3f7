/**
 * Faults of a network by chance: which, when, to whom and for how long.
 *
 * @module
 */

import type { LineEnd, NetworkLine } from "./network_line.ts";
import type { SeededRandom } from "./seeded_random.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/**
 * A kind of fault:
 * - `cut`: a connection breaks, and both ends hear of it within a moment;
 * - `halfOpen`: a connection breaks, and one of the ends or both hear of it much later, or not at all. So the old one
 *   seems to be open while the client opens another;
 * - `stall`: one end reads nothing for a while;
 * - `outage`: nobody can connect for a while;
 * - `restart`: what the option `restart` does.
 */
export type NetworkFault = "cut" | "halfOpen" | "stall" | "outage" | "restart";

/** Which faults to make. */
export interface DisturbOptions {
  /** For how long, in milliseconds. What a fault does may last longer; {@linkcode SeededNetwork.quiet} ends it all. */
  readonly forMs: number;
  /**
   * The mean time between two faults, in milliseconds.
   *
   * @default {1_000}
   */
  readonly everyMs?: number;
  /**
   * The mean time for which a fault lasts that lasts, in milliseconds.
   *
   * @default {1_000}
   */
  readonly lastsMs?: number;
  /**
   * How often each kind comes in relation to the others; one that is left out does not come. `restart` needs the option of
   * that name.
   *
   * @default {{ cut: 4, halfOpen: 2, stall: 2, outage: 1, restart: 1 }}
   */
  readonly faults?: Partial<Readonly<Record<NetworkFault, number>>>;
  /** Puts another server in the place of the one that is there. */
  readonly restart?: () => void;
}

/** What is disturbed. */
export interface Disturbed {
  readonly lines: readonly NetworkLine[];
  outage(forMs: number, isSilent?: boolean): void;
  note(text: string): void;
}

/** Faults that are being made. */
export interface Disturbance {
  /** Makes no more. */
  end(): void;
}

const USUAL_FAULTS = { cut: 4, halfOpen: 2, stall: 2, outage: 1, restart: 1 };

/** How long it takes at most until an end hears of a cut that does not remain hidden, in milliseconds. */
const SOON_MS = 100;

/** Makes faults by chance, from now on. */
export function disturb(
  network: Disturbed,
  setup: DisturbOptions & { readonly clock: VirtualClock; readonly random: SeededRandom },
): Disturbance {
  const { clock, random, forMs, everyMs = 1_000, lastsMs = 1_000, faults = USUAL_FAULTS, restart } = setup;
  const endsAt = clock.now() + forMs;
  let timer: unknown;
  const duration = () => Math.ceil(random.between(0, 2 * lastsMs));
  const line = () => {
    const lines = network.lines.filter(({ isCut }) => !isCut);
    return lines.length === 0 ? undefined : random.pick(lines);
  };

  const make: Readonly<Record<NetworkFault, () => void>> = {
    cut: () => line()?.cut({ clientLearnsAfterMs: random.below(SOON_MS), serverLearnsAfterMs: random.below(SOON_MS) }),
    halfOpen: () => {
      const [first, second] = [random.chance(0.8) ? random.below(SOON_MS) : Infinity, later()];
      const [clientLearnsAfterMs, serverLearnsAfterMs] = random.chance(0.7) ? [first, second] : [second, first];
      line()?.cut({ clientLearnsAfterMs, serverLearnsAfterMs, isLate: random.chance(0.5) });
    },
    stall: () => line()?.stall(random.pick<LineEnd>(["client", "server"]), duration()),
    outage: () => network.outage(duration(), random.chance(0.3)),
    restart: () => {
      network.note("the server is replaced");
      restart?.();
    },
  };

  wait();
  return { end: () => clock.clearTimer(timer) };

  function wait(): void {
    const delayMs = Math.ceil(random.between(0, 2 * everyMs));
    if (clock.now() + delayMs > endsAt) return;
    timer = clock.setTimer(() => {
      make[choose()]();
      wait();
    }, delayMs);
  }

  function choose(): NetworkFault {
    const kinds = (Object.entries(faults) as [NetworkFault, number][]).filter(([kind]) =>
      kind !== "restart" || restart
    );
    let rest = random.between(0, kinds.reduce((sum, [, weight]) => sum + weight, 0));
    return (kinds.find(([, weight]) => (rest -= weight) < 0) ?? kinds[0]!)[0];
  }

  function later(): number {
    return random.chance(0.5) ? SOON_MS + duration() : Infinity;
  }
}
