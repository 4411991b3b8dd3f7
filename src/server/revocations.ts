/**
 * Keeps out who was revoked while a check of them was under way: the check may have seen them as they were before. Pure.
 *
 * @module
 */

/** A check that is under way. */
export interface PendingCheck {
  /** How many revocations there had been when it began. */
  readonly begunAt: number;
}

/** Revocations, each kept no longer than a check is under way that began before it. */
export class Revocations {
  readonly #pending = new Set<PendingCheck>();
  /** When each user was last revoked, the earliest first. */
  readonly #revokedAt = new Map<string, number>();
  #count = 0;

  /** How many revocations are kept. */
  get size(): number {
    return this.#revokedAt.size;
  }

  /** A check begins. {@linkcode end} must follow. */
  begin(): PendingCheck {
    const check = { begunAt: this.#count };
    this.#pending.add(check);
    return check;
  }

  /** The check is over. */
  end(check: PendingCheck): void {
    this.#pending.delete(check);
    const [oldest] = this.#pending;
    for (const [userId, at] of this.#revokedAt) {
      if (oldest !== undefined && at > oldest.begunAt) return;
      this.#revokedAt.delete(userId);
    }
  }

  /** A user is revoked. */
  revoke(userId: string): void {
    this.#count++;
    if (this.#pending.size === 0) return;
    this.#revokedAt.delete(userId);
    this.#revokedAt.set(userId, this.#count);
  }

  /** Whether the user was revoked after the check began. */
  hits(check: PendingCheck, userId: string): boolean {
    return (this.#revokedAt.get(userId) ?? 0) > check.begunAt;
  }
}
