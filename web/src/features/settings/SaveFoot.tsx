import { Trans } from '@lingui/react/macro';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../../ui/Button';
import css from './settings.module.css';

type Props = {
  /** What to say once it is done; absent as long as it is not. */
  done: ReactNode | false;
  busy: boolean;
  /** Whether there is something to save. */
  changed?: boolean;
  /** Another word than "Save". */
  action?: ReactNode;
};

/** The foot of a card with a form: what was done, and the button that does it. */
export function SaveFoot({ done, busy, changed = true, action }: Props) {
  return (
    <>
      {done && (
        <span className={css.done} role="status">
          <Check size={15} aria-hidden />
          {done}
        </span>
      )}
      <Button type="submit" variant="primary" isDisabled={!changed} busy={busy}>
        {action ?? <Trans>Save</Trans>}
      </Button>
    </>
  );
}
