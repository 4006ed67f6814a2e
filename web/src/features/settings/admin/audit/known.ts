/** The newest checkpoint of the log that this browser has seen and found to continue all before it. */

export type Known = { origin: string; size: number; root: string };

const KEY = 'plexichat.audit.checkpoint';

const isKnown = (value: unknown): value is Known =>
  typeof value === 'object' &&
  value !== null &&
  'origin' in value &&
  typeof value.origin === 'string' &&
  'size' in value &&
  typeof value.size === 'number' &&
  'root' in value &&
  typeof value.root === 'string';

export function known(): Known | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return isKnown(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function remember(value: Known): void {
  localStorage.setItem(KEY, JSON.stringify(value));
}

/** After a database was restored on purpose, say: what comes next is trusted again as the first. */
export function forget(): void {
  localStorage.removeItem(KEY);
}
