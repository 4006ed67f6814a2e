import { useLingui } from '@lingui/react/macro';
import { Keyboard, LogOut, Monitor, Moon, Settings, ShieldCheck, Sun } from 'lucide-react';
import { Button } from 'react-aria-components';
import { useMe, usePresence } from '../../entities/hooks';
import { openOverlay } from '../../lib/overlay';
import { navigate } from '../../lib/router';
import { chooseTheme, type Theme, useTheme } from '../../lib/theme';
import { Avatar } from '../../ui/Avatar';
import { Menu, type MenuGroup } from '../../ui/Menu';

type Props = { onSignOut: () => void; size: number; className?: string | undefined; label?: string };

/** One's own menu: how it looks, the settings, and the way out. */
export function YouMenu({ onSignOut, size, className, label }: Props) {
  const { t } = useLingui();
  const me = useMe();
  const theme = useTheme((s) => s.theme);
  const presence = usePresence(me?.id ?? '');
  if (!me) return null;
  const name = me.display_name;
  const groups: MenuGroup[] = [
    {
      label: t`Theme`,
      title: t`Theme`,
      items: [
        { id: 'theme:light', name: t`Light`, icon: Sun, checked: theme === 'light' },
        { id: 'theme:dark', name: t`Dark`, icon: Moon, checked: theme === 'dark' },
        { id: 'theme:system', name: t`As the system`, icon: Monitor, checked: theme === 'system' },
      ],
    },
    {
      label: t`More`,
      items: [
        { id: 'settings', name: t`Settings`, icon: Settings, keys: 'Ctrl ,' },
        ...(me.instance_role === 'member' ? [] : [{ id: 'admin', name: t`Administration`, icon: ShieldCheck }]),
        { id: 'keys', name: t`Keyboard shortcuts`, icon: Keyboard, keys: 'Ctrl /' },
        { id: 'out', name: t`Sign out`, icon: LogOut },
      ],
    },
  ];
  const handleAction = (id: string) => {
    const [kind, value = ''] = id.split(':');
    if (kind === 'theme') chooseTheme(value as Theme);
    else if (kind === 'settings') navigate({ name: 'settings', page: 'profile' });
    else if (kind === 'admin') navigate({ name: 'admin-settings', page: 'keys' });
    else if (kind === 'keys') openOverlay({ kind: 'keys' });
    else onSignOut();
  };
  return (
    <Menu
      label={t`You: ${name}`}
      placement="right bottom"
      groups={groups}
      onAction={handleAction}
      trigger={
        <Button className={className ?? ''} aria-label={t`You: ${name}`}>
          <Avatar id={me.id} name={name} size={size} presence={presence ?? 'online'} />
          {label && <span>{label}</span>}
        </Button>
      }
    />
  );
}
