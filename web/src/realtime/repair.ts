/**
 * The safety net of the stream: when a version is missing, reads the journal's changes from the position held,
 * window by window, until nothing is missing. One repair per journal at a time.
 */

import type { JournalKey } from '../api/events';
import { getChanges } from '../api/sync';
import type { Entities } from '../entities/entities';

export class Repair {
  private readonly running = new Set<JournalKey>();

  constructor(private readonly entities: Entities) {}

  async mend(journal: JournalKey): Promise<void> {
    const after = this.entities.position(journal);
    if (after === undefined || this.running.has(journal)) return;
    this.running.add(journal);
    const changes = await getChanges(journal, after, this.entities.state.epoch).catch(() => undefined);
    this.running.delete(journal);
    // Without an answer the socket is most likely gone too; the resume brings what is missing.
    if (changes) this.entities.ingest({ kind: 'changes', journal, changes });
  }

  /** Rows of the journal since a version, for a page that was read while the stream went on. */
  async replay(journal: JournalKey, after: number): Promise<void> {
    const changes = await getChanges(journal, after, this.entities.state.epoch).catch(() => undefined);
    if (changes && !changes.reset) this.entities.ingest({ kind: 'replay', events: changes.events });
  }
}
