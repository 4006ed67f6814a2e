import { useLingui } from '@lingui/react/macro';
import { KeyRound, MoreHorizontal, UserMinus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import type { Role, WorkspaceMemberItem } from '../../../api/types';
import { entities } from '../../../entities/entities';
import { usePresence } from '../../../entities/hooks';
import { useFormat } from '../../../i18n/format';
import { Avatar } from '../../../ui/Avatar';
import { Row } from '../../../ui/Card';
import { Pill } from '../../../ui/display';
import icon from '../../../ui/IconButton.module.css';
import { Menu, type MenuEntry } from '../../../ui/Menu';
import { Select } from '../../../ui/Select';
import { outranks, rolesBelow, useRoleNames } from '../roles';
import css from '../settings.module.css';

type Props = {
  item: WorkspaceMemberItem;
  own: Role;
  manages: boolean;
  linksPasswords: boolean;
  onRole: (role: Role) => void;
  onRemove: () => void;
  onLink: () => void;
};

export function MemberRow({ item, own, manages, linksPasswords, onRole, onRemove, onLink }: Props) {
  const { t } = useLingui();
  const format = useFormat();
  const roles = useRoleNames();
  const presence = usePresence(item.user_id);
  const { display_name: name, handle, status, kind } = item.user;
  const [role, setRole] = useState(item.role);
  useEffect(() => setRole(item.role), [item]);
  const me = item.user_id === entities.state.myId;
  const acts = manages && outranks(own, item.role) && !me;
  const since = format.date(Date.parse(item.joined_at));
  const entry = (on: boolean, menuItem: MenuEntry): MenuEntry[] => (on ? [menuItem] : []);
  const items = [
    ...entry(linksPasswords && !me && kind === 'person', {
      id: 'link',
      name: t`Make a password link…`,
      icon: KeyRound,
    }),
    ...entry(acts, { id: 'remove', name: t`Remove from workspace…`, icon: UserMinus, danger: true }),
  ];
  return (
    <Row
      lead={<Avatar id={item.user_id} name={name} size={38} presence={presence} bot={kind !== 'person'} />}
      title={
        <>
          <bdi>{name}</bdi>
          {me && <Pill tone="accent">{t`You`}</Pill>}
          {status === 'suspended' && <Pill tone="warn">{t`Suspended`}</Pill>}
          {status === 'deactivated' && <Pill>{t`Deactivated`}</Pill>}
        </>
      }
      hint={t`@${handle}, since ${since}`}
    >
      {acts ? (
        <div className={css.roleSelect}>
          <Select
            label={t`Role of ${name}`}
            hideLabel
            value={role}
            onChange={(id) => {
              setRole(id as Role);
              onRole(id as Role);
            }}
            items={rolesBelow(own).map((id) => ({ id, name: roles[id] }))}
          />
        </div>
      ) : (
        <span className={css.role}>{roles[item.role]}</span>
      )}
      {manages && items.length === 0 && <span className={css.noMenu} />}
      {items.length > 0 && (
        <Menu
          label={t`Actions for ${name}`}
          groups={[{ label: t`Actions for ${name}`, items }]}
          onAction={(id) => (id === 'remove' ? onRemove : onLink)()}
          trigger={
            <Button className={icon.icon ?? ''} aria-label={t`Actions for ${name}`}>
              <MoreHorizontal size={18} aria-hidden />
            </Button>
          }
        />
      )}
    </Row>
  );
}
