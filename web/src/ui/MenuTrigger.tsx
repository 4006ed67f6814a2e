import { Header, MenuItem, MenuSection, MenuTrigger, Popover, Menu as RacMenu, Separator } from 'react-aria-components';
import type { MenuProps } from './Menu';
import css from './Menu.module.css';

/** A trigger and its menu. Groups are separated by a line; dangerous actions go last. */
export default function MenuWithTrigger({
  label,
  groups,
  trigger,
  onAction,
  onOpenChange,
  defaultOpen,
  placement = 'bottom end',
}: MenuProps & { defaultOpen: boolean }) {
  return (
    <MenuTrigger defaultOpen={defaultOpen} {...(onOpenChange ? { onOpenChange } : {})}>
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
