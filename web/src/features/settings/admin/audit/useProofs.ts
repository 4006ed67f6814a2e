import { useCallback, useState } from 'react';
import { proveAuditEntry } from '../../../../api/admin';
import { type ApiError, asApiError } from '../../../../api/problem';
import type { AuditEntryView } from '../../../../api/types';
import { type Verdict, verifyEntry } from './verify';

export type Proof = { state: 'asked' } | { state: 'failed'; error: ApiError } | { state: 'worked'; verdict: Verdict };
export type Proofs = { of: (number: number) => Proof | undefined; ask: (entry: AuditEntryView) => Promise<void> };

/** What was found out about entries: asked for by the reader, one at a time, and worked out in the browser. */
export function useProofs(): Proofs {
  const [all, setAll] = useState<ReadonlyMap<number, Proof>>(new Map());
  const put = useCallback((number: number, proof: Proof) => {
    setAll((held) => new Map(held).set(number, proof));
  }, []);
  const ask = useCallback(
    async (entry: AuditEntryView) => {
      put(entry.number, { state: 'asked' });
      try {
        const proof = await proveAuditEntry(entry.number);
        put(entry.number, { state: 'worked', verdict: await verifyEntry(entry, proof) });
      } catch (cause) {
        put(entry.number, { state: 'failed', error: asApiError(cause) });
      }
    },
    [put],
  );
  return { of: (number) => all.get(number), ask };
}
