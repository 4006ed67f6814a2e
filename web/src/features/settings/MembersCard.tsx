import { useLingui } from '@lingui/react/macro';
import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Id } from '../../api/types';
import { Card } from '../../ui/Card';
import { Notice } from '../../ui/display';
import { Field } from '../../ui/Field';
import { List } from './List';
import type { Pages } from './usePages';

type Props<T> = {
  pages: Pages<T>;
  query: string;
  onQuery: (query: string) => void;
  /** What went wrong with a change. */
  failed: string;
  row: (item: T) => ReactNode;
};

/** People in a channel or a workspace, with a search for one of them. */
export function MembersCard<T extends { user_id: Id }>({ pages, query, onQuery, failed, row }: Props<T>) {
  const { t } = useLingui();
  return (
    <Card title={t`People`}>
      {failed !== '' && <Notice tone="danger" title={failed} />}
      <Field
        label={t`Find a member`}
        value={query}
        onChange={onQuery}
        icon={Search}
        placeholder={t`Name or username`}
      />
      <List label={t`Members`} pages={pages} none={t`Nobody by that name.`} keyOf={(item) => item.user_id} row={row} />
    </Card>
  );
}
