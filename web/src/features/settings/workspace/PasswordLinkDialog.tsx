import { Trans, useLingui } from '@lingui/react/macro';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { createPasswordLink } from '../../../api/auth';
import { errorText } from '../../../api/errors';
import type { OneTimeLink, UserView } from '../../../api/types';
import { useFormat } from '../../../i18n/format';
import { Button } from '../../../ui/Button';
import { CopyField } from '../../../ui/CopyField';
import { Dialog } from '../../../ui/Dialog';
import { Notice } from '../../../ui/display';
import css from '../settings.module.css';
import { useTask } from '../useTask';

/** A one-time link for who forgot the password. It is shown once. */
export function PasswordLinkDialog({ user, onClose }: { user: UserView; onClose: () => void }) {
  const { t } = useLingui();
  const format = useFormat();
  const [made, setMade] = useState<OneTimeLink | undefined>();
  const task = useTask();
  const name = user.display_name;
  const until = made ? format.full(Date.parse(made.expires_at)) : '';
  const handleMake = () => void task.run(async () => setMade(await createPasswordLink(user.id)));
  return (
    <Dialog
      title={t`A password link for ${name}`}
      hint={t`By it they choose a new password without knowing the old one. Hand it over in a way only they can read.`}
      onClose={onClose}
      foot={
        made ? (
          <Button variant="primary" onPress={onClose}>
            <Trans>Done</Trans>
          </Button>
        ) : (
          <>
            <Button variant="ghost" onPress={onClose}>
              <Trans>Cancel</Trans>
            </Button>
            <Button variant="primary" icon={KeyRound} onPress={handleMake} busy={task.busy}>
              <Trans>Make a link</Trans>
            </Button>
          </>
        )
      }
    >
      {task.error && <Notice tone="danger" title={errorText(task.error)} />}
      {made && (
        <>
          <CopyField label={t`Password link`} value={`${location.origin}${made.path}`} />
          <p className={css.fine} role="status">
            <Trans>It works once, until {until}. It is not shown again.</Trans>
          </p>
        </>
      )}
    </Dialog>
  );
}
