/**
 * Rows by id, with a subscription per id. Readers get `ReadTable`; only the door (`ingest`) holds the writable one.
 * Changes are told once, when the batch they belong to ends.
 */
type Listener = () => void;

export interface ReadTable<V> {
  get(id: string): V | undefined;
  has(id: string): boolean;
  values(): readonly V[];
  readonly size: number;
  subscribe(id: string, listener: Listener): () => void;
  subscribeAll(listener: Listener): () => void;
}

export class Table<V> implements ReadTable<V> {
  private readonly rows = new Map<string, V>();
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly allListeners = new Set<Listener>();
  private readonly dirty = new Set<string>();
  private list: readonly V[] | undefined;

  /** Above `most` rows the oldest leave, except those `keep` names. */
  constructor(
    private readonly most = Number.POSITIVE_INFINITY,
    private readonly keep: (row: V) => boolean = () => false,
  ) {}

  get size(): number {
    return this.rows.size;
  }

  get(id: string): V | undefined {
    return this.rows.get(id);
  }

  has(id: string): boolean {
    return this.rows.has(id);
  }

  /** The same array until a row changes. */
  values(): readonly V[] {
    this.list ??= [...this.rows.values()];
    return this.list;
  }

  entries(): [string, V][] {
    return [...this.rows];
  }

  set(id: string, row: V): void {
    if (this.rows.get(id) === row) return;
    this.rows.set(id, row);
    this.touch(id);
    if (this.rows.size > this.most) this.shrink();
  }

  delete(id: string): void {
    if (this.rows.delete(id)) this.touch(id);
  }

  clear(): void {
    for (const id of this.rows.keys()) this.dirty.add(id);
    this.rows.clear();
    this.list = undefined;
  }

  subscribe(id: string, listener: Listener): () => void {
    const set = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, set);
    set.add(listener);
    return () => {
      set.delete(listener);
      if (set.size === 0) this.listeners.delete(id);
    };
  }

  subscribeAll(listener: Listener): () => void {
    this.allListeners.add(listener);
    return () => this.allListeners.delete(listener);
  }

  /** Tells who listens to what changed since the last call. */
  flush(): void {
    if (this.dirty.size === 0) return;
    const ids = [...this.dirty];
    this.dirty.clear();
    for (const id of ids) for (const listener of [...(this.listeners.get(id) ?? [])]) listener();
    for (const listener of [...this.allListeners]) listener();
  }

  private touch(id: string): void {
    this.dirty.add(id);
    this.list = undefined;
  }

  private shrink(): void {
    for (const [id, row] of this.rows) {
      if (this.rows.size <= this.most) return;
      if (!this.keep(row)) this.delete(id);
    }
  }
}
