import { Trans, useLingui } from '@lingui/react/macro';
import { LifeBuoy } from 'lucide-react';
import { useState } from 'react';
import { removeRecoveryKit } from '../../../../api/admin';
import { errorText } from '../../../../api/errors';
import { asApiError } from '../../../../api/problem';
import type { KeysView, RecoveryKitView } from '../../../../api/types';
import { useFormat } from '../../../../i18n/format';
import { openOverlay } from '../../../../lib/overlay';
import { Button } from '../../../../ui/Button';
import { Card, Row, Rows } from '../../../../ui/Card';
import { ConfirmDialog } from '../../../../ui/ConfirmDialog';
import { Notice, Pill } from '../../../../ui/display';
import { refreshKeys } from '../../../kit/state';

/** The beginning of a fingerprint: enough to tell one's own kits apart. */
const SHORT = 19;

/** The recovery kit that counts, one that waits, and the way to a new one. */
export function KitCard({ keys }: { keys: KeysView }) {
  const { t } = useLingui();
  const [removing, setRemoving] = useState<RecoveryKitView | undefined>();
  const { kit, waiting_kit: waiting } = keys;
  const remove = async (id: string): Promise<string | undefined> => {
    try {
      await removeRecoveryKit(id);
    } catch (cause) {
      return errorText(asApiError(cause));
    }
    await refreshKeys();
    return undefined;
  };
  return (
    <Card
      title={t`Recovery kit`}
      hint={t`24 words or shares on paper, which bring the root key back when its vault is lost.`}
      action={
        <Button
          size="s"
          variant={kit ? 'secondary' : 'primary'}
          onPress={() => openOverlay({ kind: 'recovery-kit', enter: false })}
        >
          <Trans>Make a new kit</Trans>
        </Button>
      }
    >
      {!kit && (
        <Notice tone="warn" title={t`No kit counts`}>
          <Trans>
            Whoever loses the vault now loses everything. The set-up is not complete before a kit was proven.
          </Trans>
        </Notice>
      )}
      {(kit || waiting) && (
        <Rows label={t`Recovery kits`}>
          {kit && (
            <li>
              <KitRow kit={kit} onRemove={() => setRemoving(kit)} onEnter={waiting ? undefined : enter} />
            </li>
          )}
          {waiting && (
            <li>
              <KitRow kit={waiting} onRemove={() => setRemoving(waiting)} onEnter={enter} />
            </li>
          )}
        </Rows>
      )}
      {removing && (
        <ConfirmDialog
          title={t`Remove this recovery kit?`}
          hint={t`For one that fell into wrong hands. Older copies of the database still open with it: replace the root key afterwards. One that is merely old is better replaced by a new one.`}
          action={t`Remove kit`}
          onConfirm={() => remove(removing.id)}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </Card>
  );
}

const enter = () => openOverlay({ kind: 'recovery-kit', enter: true });

type RowProps = { kit: RecoveryKitView; onRemove: () => void; onEnter: (() => void) | undefined };

function KitRow({ kit, onRemove, onEnter }: RowProps) {
  const { t } = useLingui();
  const format = useFormat();
  const { needed, total } = kit;
  const made = format.date(Date.parse(kit.created_at));
  const proven = kit.proven_at === undefined ? '' : format.date(Date.parse(kit.proven_at));
  const short = kit.fingerprint.slice(0, SHORT);
  return (
    <Row
      icon={LifeBuoy}
      title={
        <>
          {kit.form === 'words' ? t`24 words` : t`${needed} of ${total} shares`}
          {kit.proven_at === undefined ? (
            <Pill tone="warn">{t`Not proven yet`}</Pill>
          ) : (
            <Pill tone="success">{t`Counts`}</Pill>
          )}
        </>
      }
      hint={
        <>
          {proven === '' ? <Trans>made {made}</Trans> : <Trans>proven {proven}</Trans>}
          {', '}
          <Trans>
            fingerprint <code>{short}</code>
          </Trans>
        </>
      }
    >
      {onEnter && (
        <Button size="s" onPress={onEnter}>
          {kit.proven_at === undefined ? <Trans>Enter it</Trans> : <Trans>Prove again</Trans>}
        </Button>
      )}
      <Button size="s" variant="danger" onPress={onRemove} aria-label={t`Remove the kit with fingerprint ${short}`}>
        <Trans>Remove…</Trans>
      </Button>
    </Row>
  );
}
