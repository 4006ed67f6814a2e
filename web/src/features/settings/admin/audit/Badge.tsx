import { useLingui } from '@lingui/react/macro';
import { BadgeAlert, BadgeCheck, ShieldQuestion } from 'lucide-react';
import { Button } from '../../../../ui/Button';
import { Pill, Spinner } from '../../../../ui/display';
import type { Proof } from './useProofs';

type Props = { number: number; proof: Proof | undefined; onAsk: () => void };

/** Whether an entry was proven, here and now; a button before it was tried. */
export function Badge({ number, proof, onAsk }: Props) {
  const { t } = useLingui();
  if (proof?.state === 'asked')
    return (
      <Pill>
        <Spinner /> {t`Checking…`}
      </Pill>
    );
  if (proof?.state === 'worked' && proof.verdict.holds)
    return (
      <Pill tone="success" icon={BadgeCheck}>
        {t`Proven`}
      </Pill>
    );
  if (proof?.state === 'worked' && proof.verdict.holds === false && proof.verdict.why !== 'insecure')
    return (
      <Pill tone="danger" icon={BadgeAlert}>
        {t`Not genuine`}
      </Pill>
    );
  return (
    <Button size="s" variant="ghost" icon={ShieldQuestion} onPress={onAsk} aria-label={t`Prove entry ${number}`}>
      {t`Prove`}
    </Button>
  );
}
