import type { LucideIcon } from 'lucide-react';
import type { ReactElement } from 'react';
import { Header, MenuItem, MenuSection, MenuTrigger, Popover, Menu as RacMenu, Separator } from 'react-aria-components';
import css from './Menu.module.css';

export type MenuEntry = {
  id: string;
  name: string;
  icon?: LucideIcon;
  keys?: string;
  danger?: boolean;
  checked?: boolean;
};
export type MenuGroup = { label: string; title?: string; items: MenuEntry[] };
type Props = {
  label: string;
  groups: MenuGroup[];
  trigger: ReactElement;
  onAction: (id: string) => void;
  onOpenChange?: (open: boolean) => void;
  placement?: 'bottom start' | 'bottom end' | 'right bottom';
};

/** A trigger and its menu. Groups are separated by a line; dangerous actions go last. */
export function Menu({ label, groups, trigger, onAction, onOpenChange, placement = 'bottom end' }: Props) {
  return (
    <MenuTrigger {...(onOpenChange ? { onOpenChange } : {})}>
      {trigger}
      <Popover className={css.pop ?? ''} offset={4} placement={placement}>
        <RacMenu className={css.list ?? ''} aria-label={label} onAction={(key) => onAction(String(key))}>
          {groups.map((group, i) => (
            <MenuSection key={group.label} aria-label={group.label} className={css.group ?? ''}>
              {i > 0 && <Separator className={css.sep ?? ''} />}
              {group.title && <Header className={css.title ?? ''}>{group.title}</Header>}
              {group.items.map(({ id, name, icon: Icon, keys, danger, checked }) => (
                <MenuItem
                  key={id}
                  id={id}
                  textValue={name}
                  className={css.item ?? ''}
                  data-danger={danger || undefined}
                  data-checked={checked || undefined}
                  aria-label={name}
                >
                  {Icon && <Icon size={16} aria-hidden />}
                  <span className={css.text}>{name}</span>
                  {keys && <kbd aria-hidden>{keys}</kbd>}
                  {checked && <span className={css.check} aria-hidden />}
                </MenuItem>
              ))}
            </MenuSection>
          ))}
        </RacMenu>
      </Popover>
    </MenuTrigger>
  );
}
