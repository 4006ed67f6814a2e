import { Trans, useLingui } from '@lingui/react/macro';
import { UserSearch, X } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../../ui/Button';
import { Field } from '../../../../ui/Field';
import { Select } from '../../../../ui/Select';
import { ActorDialog } from './ActorDialog';
import { ACTIONS, actions, isAction } from './actions';
import css from './audit.module.css';
import { type Filters, isNone, isTarget, NONE } from './filters';

const ANY = 'any';

type Props = { filters: Filters; onChange: (filters: Filters) => void };

/** Who, what, on what, when. Each narrows the list at once. */
export function FilterBar({ filters, onChange }: Props) {
  const { t, i18n } = useLingui();
  const [choosing, setChoosing] = useState(false);
  const { actor, action } = filters;
  const name = actor?.display_name ?? '';
  const items = ACTIONS.map((id) => ({ id: id as string, name: i18n._(actions[id]) }));
  return (
    <section className={css.filters} aria-label={t`Filters`}>
      <div className={css.who}>
        {/* The label of a field, so that the button stands in line with the others. */}
        <span className={css.label} aria-hidden="true">{t`Who`}</span>
        <span className={css.whoButtons}>
          <Button
            icon={UserSearch}
            onPress={() => setChoosing(true)}
            aria-label={actor ? t`Who: ${name}. Choose somebody else` : t`Who: anybody. Choose somebody`}
          >
            {actor ? name : <Trans>Anybody</Trans>}
          </Button>
          {actor && (
            <Button
              variant="ghost"
              icon={X}
              onPress={() => onChange({ ...filters, actor: undefined })}
              aria-label={t`Anybody again`}
            >
              <span className="sr">{t`Anybody again`}</span>
            </Button>
          )}
        </span>
      </div>
      <Select
        label={t`What`}
        value={action ?? ANY}
        items={[{ id: ANY, name: t`Anything` }, ...items]}
        onChange={(id) => onChange({ ...filters, action: isAction(id) ? id : undefined })}
      />
      <Field
        label={t`Id of what it was done to`}
        value={filters.target}
        onChange={(target) => onChange({ ...filters, target })}
        error={isTarget(filters.target) ? undefined : t`An id is a number.`}
        inputMode="numeric"
        autoComplete="off"
        mono
      />
      <Field
        label={t`From (day)`}
        type="date"
        value={filters.from}
        onChange={(from) => onChange({ ...filters, from })}
      />
      <Field
        label={t`Until (day)`}
        type="date"
        value={filters.until}
        onChange={(until) => onChange({ ...filters, until })}
      />
      {!isNone(filters) && (
        <Button variant="ghost" onPress={() => onChange(NONE)}>
          <Trans>Clear filters</Trans>
        </Button>
      )}
      {choosing && (
        <ActorDialog onChoose={(user) => onChange({ ...filters, actor: user })} onClose={() => setChoosing(false)} />
      )}
    </section>
  );
}
