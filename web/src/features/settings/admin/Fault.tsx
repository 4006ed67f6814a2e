import { errorText } from '../../../api/errors';
import type { ApiError } from '../../../api/problem';
import { Notice } from '../../../ui/display';

/** These say in general what is wrong; the server's own words say what exactly, and are worth reading in any language. */
const TOLD = new Set(['invalid', 'conflict', 'forbidden', 'unavailable']);

export function Fault({ error }: { error: ApiError | undefined }) {
  if (!error) return null;
  return (
    <Notice tone="danger" title={errorText(error)}>
      {TOLD.has(error.code) && <bdi>{error.problem.detail}</bdi>}
    </Notice>
  );
}
