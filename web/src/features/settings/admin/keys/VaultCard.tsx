import { Trans, useLingui } from '@lingui/react/macro';
import { Vault } from 'lucide-react';
import { examineVault } from '../../../../api/admin';
import type { KeysView, VaultView } from '../../../../api/types';
import { Button } from '../../../../ui/Button';
import { Card, Row, Rows } from '../../../../ui/Card';
import { Notice, Pill } from '../../../../ui/display';
import settings from '../../settings.module.css';
import { Busy } from '../Busy';
import { Fault } from '../Fault';
import { useLoaded } from '../useLoaded';

/** The root key, and what the vault says to it at this moment: a vault that was lost since the start shows here first. */
export function VaultCard({ keys }: { keys: KeysView }) {
  const { t } = useLingui();
  const version = keys.root_version;
  const { value: vault, error, busy, reload } = useLoaded(examineVault);
  return (
    <Card
      title={t`Root key and vault`}
      action={
        <Button size="s" onPress={() => void reload()} busy={busy}>
          {busy ? t`Asking…` : t`Ask again`}
        </Button>
      }
    >
      <dl className={settings.facts}>
        <dt>{t`Root key`}</dt>
        <dd>
          <Trans>Version {version}</Trans>
        </dd>
        <dt>{t`Kept by`}</dt>
        <dd>
          <code>{keys.vault}</code>
        </dd>
      </dl>
      <Fault error={error} />
      {!vault && !error && <Busy />}
      {vault && <Parts vault={vault} />}
    </Card>
  );
}

function Parts({ vault }: { vault: VaultView }) {
  const { t } = useLingui();
  return (
    <>
      {!vault.opens && (
        <Notice tone="danger" title={t`The vault does not open the root key any more`}>
          <Trans>
            The server goes on with the key it has in memory, and will not start again. Bring the vault back, or have
            the recovery kit ready.
          </Trans>
        </Notice>
      )}
      <Rows label={t`Parts of the vault`}>
        {vault.parts.map((part) => (
          <li key={part.name}>
            <Row
              icon={Vault}
              title={
                <>
                  <code>{part.name}</code>
                  {part.problem === undefined ? (
                    <Pill tone="success">{t`Opens`}</Pill>
                  ) : (
                    <Pill tone={vault.opens ? 'warn' : 'danger'}>{t`Does not open`}</Pill>
                  )}
                </>
              }
              hint={part.problem !== undefined && <bdi>{part.problem}</bdi>}
            />
          </li>
        ))}
      </Rows>
    </>
  );
}
