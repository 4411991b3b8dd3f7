/**
 * Puts connection middleware around letting a peer in. Where all of it is synchronous, so is the whole. Pure.
 *
 * It fails closed: a Response of a layer further in stays a refusal, also where the layers around it forget to return it,
 * and who is neither handed on nor refused is not let in.
 *
 * @module
 */

import { isThenable } from "./guard.ts";
import { NOT_HANDED_ON, respond } from "./refusals.ts";
import type { ConnectionLayer, ConnectionRequest, ConnectionVerdict } from "./sign_in_types.ts";

type Answer = ConnectionVerdict | Promise<ConnectionVerdict>;

/** Layers in the order in which they were added: the first is the outermost. */
export class ConnectionLayers<Data> {
  readonly #unheard: (error: unknown) => void;
  #layers: ReadonlyArray<ConnectionLayer<Data>> = [];

  /** Makes an entrance without layers that tells `unheard` of errors that would reach nobody. */
  constructor(unheard: (error: unknown) => void) {
    this.#unheard = unheard;
  }

  /** Whether there is no layer. */
  get isEmpty(): boolean {
    return this.#layers.length === 0;
  }

  /** Adds a layer inside of those that are there. Returns what takes it out again; peers under way keep theirs. */
  add(layer: ConnectionLayer<Data>): () => void {
    // A function of its own, so that it can be told from the same layer added twice.
    const own: ConnectionLayer<Data> = (request, next) => layer(request, next);
    this.#layers = [...this.#layers, own];
    return () => {
      this.#layers = this.#layers.filter((each) => each !== own);
    };
  }

  /**
   * Hands a peer through the layers. Nothing, or a promise of nothing, lets it in.
   *
   * @throws {Error} If a layer calls `next` twice. What layers throw comes through.
   */
  run(request: ConnectionRequest<Data>): Answer {
    return new Passage(this.#layers, request, this.#unheard).enter(0);
  }
}

/** Where one layer stands, and what those further in came to. */
interface Step {
  isCalled: boolean;
  /** Whether the peer has got to the layers further in, and none of them threw at once. */
  isHandedOn: boolean;
  isOver: boolean;
  inner: Answer;
}

/** One peer's way through the layers. */
class Passage<Data> {
  readonly #layers: ReadonlyArray<ConnectionLayer<Data>>;
  readonly #request: ConnectionRequest<Data>;
  readonly #unheard: (error: unknown) => void;

  constructor(
    layers: ReadonlyArray<ConnectionLayer<Data>>,
    request: ConnectionRequest<Data>,
    unheard: (error: unknown) => void,
  ) {
    this.#layers = layers;
    this.#request = request;
    this.#unheard = unheard;
  }

  enter(at: number): Answer {
    const layer = this.#layers[at];
    if (layer === undefined) return undefined;
    const step: Step = { isCalled: false, isHandedOn: false, isOver: false, inner: undefined };
    let own: Answer;
    try {
      own = layer(this.#request, () => this.#next(step, at));
    } catch (error) {
      step.isOver = true;
      this.#drop(step, error);
      throw error;
    }
    if (isThenable(own)) return this.#later(step, own);
    step.isOver = true;
    return this.#outcome(step, own);
  }

  #next(step: Step, at: number): Answer {
    if (step.isOver) return this.#unheard(misuse("after the middleware was done"));
    if (step.isCalled) throw misuse("twice");
    step.isCalled = true;
    const inner = step.inner = this.enter(at + 1);
    step.isHandedOn = true;
    // Nobody need wait for it: it counts all the same, and an error of it comes out of the whole.
    if (isThenable(inner)) Promise.resolve(inner).catch(() => {});
    return inner;
  }

  async #later(step: Step, own: PromiseLike<ConnectionVerdict>): Promise<ConnectionVerdict> {
    try {
      return await this.#outcome(step, await own);
    } catch (error) {
      this.#drop(step, error);
      throw error;
    } finally {
      step.isOver = true;
    }
  }

  #outcome(step: Step, own: ConnectionVerdict): Answer {
    if (own instanceof Response) {
      this.#drop(step);
      return own;
    }
    return step.isHandedOn ? step.inner : respond(NOT_HANDED_ON);
  }

  /** What is further in counts no more; an error of it that is not the layer's own is told all the same. */
  #drop({ inner }: Step, known?: unknown): void {
    if (!isThenable(inner)) return;
    inner.then(undefined, (error) => {
      if (error !== known) this.#unheard(error);
    });
  }
}

function misuse(when: string): Error {
  return new Error(`Cannot hand on a peer as next() was called ${when}: call it once, and return its result`);
}
