/**
 * Whether an entry is in the log that the server has signed, worked out here: nothing of the server's word is taken but
 * its keys, and those are held against the ones this browser saw first.
 */
import { getAuditCheckpoint } from '../../../../api/admin';
import { asApiError } from '../../../../api/problem';
import type { AuditEntryView, AuditProofView } from '../../../../api/types';
import { bytes, type Checkpoint, isSigned, keysOf, parse } from './checkpoint';
import { type Known, known, remember } from './known';
import { isConsistent, isIncluded, leafHash, same } from './merkle';

export type Verdict =
  /** `signed`: whether the signature was checked; `body`: whether the content was there to be compared. */
  | { holds: true; size: number; root: string; origin: string; signed: boolean; body: boolean }
  | { holds: false; why: Fault };
export type Fault =
  | 'insecure'
  | 'form'
  | 'keys'
  | 'signature'
  | 'other-log'
  | 'leaf'
  | 'path'
  | 'entry'
  | 'shorter'
  | 'inconsistent';

const broken = (why: Fault): Verdict => ({ holds: false, why });
export const canVerify = (): boolean => globalThis.crypto?.subtle !== undefined;
const base64 = (data: Uint8Array): string => btoa(String.fromCharCode(...data));

type Signed = { checkpoint: Checkpoint; signed: boolean };

/** The checkpoint of a note, when the keys of this log have signed it. */
async function opened(key: string, note: string): Promise<Signed | Fault> {
  if (!canVerify()) return 'insecure';
  const checkpoint = parse(note);
  if (!checkpoint) return 'form';
  const keys = await keysOf(key);
  if (!keys) return 'keys';
  const signed = await isSigned(checkpoint, keys);
  if (signed === false) return 'signature';
  const before = known();
  if (before && before.origin !== checkpoint.origin) return 'other-log';
  return { checkpoint, signed: signed === true };
}

const verdict = ({ checkpoint, signed }: Signed, body: boolean): Verdict => ({
  holds: true,
  size: checkpoint.size,
  root: base64(checkpoint.root),
  origin: checkpoint.origin,
  signed,
  body,
});

export async function verifyEntry(entry: AuditEntryView, proof: AuditProofView): Promise<Verdict> {
  const found = await opened(proof.key, proof.checkpoint);
  if (typeof found === 'string') return broken(found);
  const leaf = bytes(proof.leaf);
  if (proof.body !== undefined && !same(leaf, await leafHash(new TextEncoder().encode(proof.body))))
    return broken('leaf');
  const { size, root } = found.checkpoint;
  const holds =
    proof.number === entry.number && (await isIncluded(leaf, proof.number, size, proof.proof.map(bytes), root));
  if (!holds) return broken('path');
  if (proof.body !== undefined && !shows(entry, proof.body)) return broken('entry');
  return verdict(found, proof.body !== undefined);
}

/** Whether the newest checkpoint continues the newest that this browser has seen; it is the newest seen from then on. */
export async function verifyLog(): Promise<Verdict> {
  const before = known();
  const told = await getAuditCheckpoint(before?.size).catch((cause: unknown) => {
    // What the server says when it has fewer entries than that.
    if (before && asApiError(cause).code === 'conflict') return undefined;
    throw cause;
  });
  if (!told) return broken('shorter');
  const found = await opened(told.key, told.checkpoint);
  if (typeof found === 'string') return broken(found);
  const { checkpoint } = found;
  if (before) {
    if (checkpoint.size < before.size) return broken('shorter');
    const older = { size: before.size, root: bytes(before.root) };
    if (!(await isConsistent(older, checkpoint, told.consistency.map(bytes)))) return broken('inconsistent');
  }
  const seen: Known = { origin: checkpoint.origin, size: checkpoint.size, root: base64(checkpoint.root) };
  remember(seen);
  return verdict(found, false);
}

type Plain = { [key: string]: unknown };
const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same value, whatever the order of its keys. */
function alike(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => alike(item, b[i]));
  if (!isPlain(a) || !isPlain(b)) return a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => alike(a[key], b[key]));
}

/** Whether what is on screen is what stands in the bytes of the leaf. What is sealed there cannot be compared. */
function shows(entry: AuditEntryView, body: string): boolean {
  let leaf: unknown;
  try {
    leaf = JSON.parse(body);
  } catch {
    return false;
  }
  if (!isPlain(leaf)) return false;
  const actor = isPlain(leaf['actor']) ? leaf['actor'] : {};
  const pairs: [unknown, unknown][] = [
    [entry.at === undefined ? undefined : Date.parse(entry.at), leaf['time_ms']],
    [entry.action, leaf['action']],
    [entry.outcome, leaf['outcome']],
    [entry.actor?.user_id, actor['account']],
    [entry.actor?.kind, actor['kind']],
    [entry.target, leaf['target']],
    [entry.workspace_id, leaf['workspace']],
    [entry.request_id, leaf['request']],
    [entry.before ?? {}, leaf['before'] ?? {}],
    [entry.after ?? {}, leaf['after'] ?? {}],
  ];
  return pairs.every(([shown, written]) => alike(shown, written));
}
