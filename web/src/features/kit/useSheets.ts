import { useLingui } from '@lingui/react/macro';
import { useMemo } from 'react';
import type { NewRecoveryKit } from '../../api/types';
import { type Sheet, sheetsOf } from './sheet';

/** The sheets of a kit in the language of the person. */
export function useSheets(made: NewRecoveryKit): Sheet[] {
  const { t } = useLingui();
  return useMemo(() => {
    const host = location.origin;
    const at = `${made.kit.created_at.slice(0, 16).replace('T', ' ')} UTC`;
    const { fingerprint, needed, total } = made.kit;
    const command = 'plexichat keys recover';
    return sheetsOf(made, {
      title: t`PlexiChat recovery kit for ${host}`,
      made: t`made ${at}`,
      fingerprint: t`fingerprint ${fingerprint}`,
      ofWords: [
        t`Keep this page where you keep papers of value, apart from the server and its backups.`,
        t`The 24 words open everything that this server has stored.`,
        t`If its key file or passphrase is lost: ${command}`,
      ],
      ofShare: (number) => [
        t`Share ${number} of ${total}. Any ${needed} of them open everything that this server has stored; fewer say nothing.`,
        t`Keep it apart from the other shares, from the server and from its backups.`,
        t`If its key file or passphrase is lost: ${command}`,
      ],
    });
  }, [made, t]);
}
