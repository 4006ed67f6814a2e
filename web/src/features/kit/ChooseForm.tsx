import { Trans, useLingui } from '@lingui/react/macro';
import type { RecoveryKitOrder } from '../../api/types';
import { RadioCards } from '../../ui/RadioCards';
import { Select } from '../../ui/Select';
import css from './kit.module.css';

const LEAST_SHARES = 2;
const MOST_SHARES = 16;

type Props = { order: RecoveryKitOrder; onChange: (order: RecoveryKitOrder) => void };

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ id: String(from + i), name: String(from + i) }));

/** 24 words for one safe place, or shares for several people. */
export function ChooseForm({ order, onChange }: Props) {
  const { t } = useLingui();
  const handleForm = (form: string) =>
    onChange(form === 'shares' ? { form: 'shares', needed: 2, total: 3 } : { form: 'words' });
  return (
    <>
      <RadioCards
        label={t`Form`}
        value={order.form}
        onChange={handleForm}
        items={[
          { id: 'words', name: t`24 words`, hint: t`On one sheet of paper, in one safe place.` },
          {
            id: 'shares',
            name: t`Shares for several people`,
            hint: t`Some of them together open it, one alone says nothing.`,
          },
        ]}
      />
      {order.form === 'shares' && (
        <>
          <div className={css.counts}>
            <Select
              label={t`Number of shares`}
              value={String(order.total)}
              items={numbers(LEAST_SHARES, MOST_SHARES)}
              onChange={(total) =>
                onChange({ ...order, total: Number(total), needed: Math.min(order.needed, Number(total)) })
              }
            />
            <Select
              label={t`So many open it`}
              value={String(order.needed)}
              items={numbers(LEAST_SHARES, order.total)}
              onChange={(needed) => onChange({ ...order, needed: Number(needed) })}
            />
          </div>
          <p className={css.fine}>
            <Trans>Give them to people who would not lose them in the same fire.</Trans>
          </p>
        </>
      )}
    </>
  );
}
